//! What must hold of an image before anything else looks at it.
//!
//! A reader of one format has checked lengths and kinds; here references and roots are, whatever the format.
//! The rest of the program relies on this and does not check it again.

use crate::closures::{CLASS_OF_CLOSURES, has_closures};
use crate::object::{Format, Image, ObjId, Payload, quote};
use crate::read::{RawImage, ReadError};

/// The most slots or bytes that an object can have: what a machine's object header has room for.
pub const MAX_OBJECT_SIZE: usize = (1 << 27) - 1;

/// Says what would keep an image from being read, had it been written.
///
/// # Errors
/// What is wrong with which object.
pub(crate) fn check_before_writing(image: &Image) -> Result<(), ReadError> {
    let validator = Validator {
        image,
        offsets: &[],
        roots_at: None,
        advice: "no image can be read that has such an object",
    };
    validator.run()
}

/// Makes an image of what was read, or says what keeps it from being one.
pub(crate) fn validate(format: Format, raw: RawImage) -> Result<Image, ReadError> {
    let image = Image {
        format,
        objects: raw.objects,
        roots: raw.roots,
    };
    let validator = Validator {
        image: &image,
        offsets: &raw.offsets,
        roots_at: raw.roots_at,
        advice: "the file is damaged: fetch it again, or save it anew",
    };
    validator.run()?;
    Ok(image)
}

struct Validator<'a> {
    image: &'a Image,
    /// Where the objects are in the file; none if there is no file yet.
    offsets: &'a [usize],
    roots_at: Option<usize>,
    /// How a message ends: what to do about it.
    advice: &'static str,
}

impl Validator<'_> {
    fn run(&self) -> Result<(), ReadError> {
        self.sizes()?;
        self.references()?;
        self.classes()?;
        self.roots()
    }

    fn error(&self, id: ObjId, message: String) -> ReadError {
        ReadError {
            path: None,
            offset: self.offsets.get(id.index()).copied(),
            object: Some(id.0),
            message: format!("{message}; {}", self.advice),
        }
    }

    /// An error about the root `name`, which is object `id` if that exists.
    fn root_error(&self, name: &str, id: ObjId, what: &str) -> ReadError {
        let offset = match (self.roots_at, self.offsets.get(id.index())) {
            (_, Some(&offset)) => offset,
            (Some(at), None) => at,
            (None, None) => self.offsets.last().copied().unwrap_or(0),
        };
        let message = format!("this object should be {name}, but {what}");
        ReadError {
            offset: (!self.offsets.is_empty()).then_some(offset),
            ..self.error(id, message)
        }
    }

    /// No object is larger than one can be in memory.
    fn sizes(&self) -> Result<(), ReadError> {
        for (number, object) in self.image.objects.iter().enumerate() {
            let size = match &object.payload {
                Payload::Bytes(bytes) => bytes.len(),
                _ => object.slots.len(),
            };
            if size > MAX_OBJECT_SIZE {
                let message = format!(
                    "it has {size} elements, and no object has more than {MAX_OBJECT_SIZE}"
                );
                return Err(self.error(ObjId(number as u32), message));
            }
        }
        Ok(())
    }

    /// Every class and slot is an object of this image, and every root.
    fn references(&self) -> Result<(), ReadError> {
        let count = self.image.objects.len();
        let within = |id: ObjId| id.index() < count;
        for (number, object) in self.image.objects.iter().enumerate() {
            let wrong = |what: String, id: ObjId| {
                // Indices are signed words in the file, so show them that way.
                let index = id.0 as i32;
                let message = format!("{what} is object {index}, but there are only {count}");
                self.error(ObjId(number as u32), message)
            };
            if !within(object.class) {
                return Err(wrong("its class".to_owned(), object.class));
            }
            if let Some(n) = object.slots.iter().position(|&slot| !within(slot)) {
                return Err(wrong(format!("its slot {n}"), object.slots[n]));
            }
        }
        for (name, id) in self.named_roots() {
            if !within(id) {
                return Err(self.root_error(&name, id, &format!("there are only {count} objects")));
            }
        }
        Ok(())
    }

    /// The roots with what each should be, for messages.
    fn named_roots(&self) -> impl Iterator<Item = (String, ObjId)> {
        let roots = &self.image.roots;
        let others = [
            ("nil", roots.nil),
            ("true", roots.true_),
            ("false", roots.false_),
            ("class Array", roots.array),
            ("class Block", roots.block),
            ("class Context", roots.context),
            ("class SmallInt", roots.small_int),
        ];
        let small_ints = roots.small_ints.iter().enumerate();
        let small_ints = small_ints.map(|(value, &id)| (format!("the SmallInt {value}"), id));
        others
            .into_iter()
            .map(|(name, id)| (name.to_owned(), id))
            .chain(small_ints)
    }

    /// The class of every object can be one.
    fn classes(&self) -> Result<(), ReadError> {
        for (number, object) in self.image.objects.iter().enumerate() {
            let id = ObjId(number as u32);
            if !self.image.is_class_shaped(object.class) {
                let message = format!(
                    "its class is object {}, which is no class: a class is an ordinary object of five slots \
                     or more, the first of them its name",
                    object.class.0
                );
                return Err(self.error(id, message));
            }
            // The machine keeps the value of a SmallInt and nothing else of it.
            let is_int = matches!(object.payload, Payload::SmallInt(_));
            if is_int && object.class != self.image.roots.small_int {
                let class = self.image.name_of_class(object.class);
                let message = format!("this SmallInt is of class {class}, not of class SmallInt");
                return Err(self.error(id, message));
            }
            if !is_int && object.class == self.image.roots.small_int {
                let message = "its class is SmallInt, but it is no integer".to_owned();
                return Err(self.error(id, message));
            }
        }
        Ok(())
    }

    /// The roots are what the format says they are.
    fn roots(&self) -> Result<(), ReadError> {
        let image = self.image;
        let roots = &image.roots;
        let mut seen: Vec<ObjId> = Vec::new();
        for (name, id) in self.named_roots().take(3) {
            if image.slots_of(id).is_none() {
                return Err(self.root_error(&name, id, "it is no ordinary object"));
            }
            if seen.contains(&id) {
                return Err(self.root_error(&name, id, "nil, true and false must differ"));
            }
            seen.push(id);
        }
        let class_of_blocks = match has_closures(image) {
            true => CLASS_OF_CLOSURES,
            false => "Block",
        };
        let classes = [
            ("Array", roots.array),
            (class_of_blocks, roots.block),
            ("Context", roots.context),
            ("SmallInt", roots.small_int),
        ];
        for (name, id) in classes {
            let expected = format!("class {name}");
            if !image.is_class_shaped(id) {
                return Err(self.root_error(&expected, id, "it is no class"));
            }
            match image.class_name_bytes(id) {
                Some(found) if found == name.as_bytes() => {}
                found => {
                    let found = quote(found.unwrap_or_default());
                    let what = format!("its name is {found}");
                    return Err(self.root_error(&expected, id, &what));
                }
            }
        }
        for (value, &id) in roots.small_ints.iter().enumerate() {
            if image.int_of(id) != Some(value as i32) {
                let expected = format!("the SmallInt {value}");
                let what = match image.int_of(id) {
                    Some(other) => format!("its value is {other}"),
                    None => "it is no SmallInt".to_owned(),
                };
                return Err(self.root_error(&expected, id, &what));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::object::{Object, Roots};

    /// The smallest image that can be read: the roots, and the names of the classes. Every class is of class
    /// Array, and has no methods.
    pub(crate) fn tiny() -> Image {
        let object = |class: u32, slots: &[u32], payload| Object {
            class: ObjId(class),
            slots: slots.iter().copied().map(ObjId).collect(),
            payload,
        };
        let class = |name| object(3, &[name, 0, 0, 7, 0], Payload::Slots);
        let mut objects: Vec<Object> = (0..3).map(|_| object(3, &[], Payload::Slots)).collect();
        objects.extend((17..21).map(class));
        objects.extend((0..10).map(|value| object(6, &[], Payload::SmallInt(value))));
        for name in ["Array", "Block", "Context", "SmallInt"] {
            objects.push(object(3, &[], Payload::Bytes(name.into())));
        }
        Image {
            format: Format::V1,
            objects,
            roots: Roots {
                nil: ObjId(0),
                true_: ObjId(1),
                false_: ObjId(2),
                array: ObjId(3),
                block: ObjId(4),
                context: ObjId(5),
                small_int: ObjId(6),
                small_ints: (7..17).map(ObjId).collect(),
            },
        }
    }

    #[test]
    fn the_tiny_image_round_trips_in_both_formats() {
        let image = tiny();
        let file = image.write(Format::V1);
        assert_eq!(Image::read(&file).unwrap(), image);
        let swst = image.write(Format::Swst);
        let read = Image::read(&swst).unwrap();
        assert_eq!(read.format, Format::Swst);
        assert_eq!(read.write(Format::Swst), swst);
        assert_eq!(read.write(Format::V1), file);
    }

    /// What reading `tiny` says after `change`. Written by the SWST writer, which lists roots explicitly, and
    /// by hand, so that broken references survive.
    fn rejected(change: impl Fn(&mut Image)) -> String {
        let mut image = tiny();
        change(&mut image);
        let offsets = (0..image.objects.len()).collect();
        let raw = RawImage {
            objects: image.objects,
            offsets,
            roots: image.roots,
            roots_at: Some(0),
        };
        validate(Format::Swst, raw).unwrap_err().to_string()
    }

    #[test]
    fn broken_promises_are_told() {
        type Change = fn(&mut Image);
        let cases: [(Change, &str); 13] = [
            (
                |i| i.objects[17].payload = Payload::Bytes(vec![0; MAX_OBJECT_SIZE + 1]),
                "it has 134217728 elements",
            ),
            (|i| i.objects[0].class = ObjId(21), "its class is object 21"),
            (
                |i| i.objects[3].slots[1] = ObjId(u32::MAX),
                "its slot 1 is object -1",
            ),
            (
                |i| i.objects[1].class = ObjId(0),
                "object 0, which is no class",
            ),
            (
                |i| i.objects[1].class = ObjId(17),
                "object 17, which is no class",
            ),
            (
                |i| i.objects[9].class = ObjId(3),
                "this SmallInt is of class Array",
            ),
            (
                |i| i.objects[17].class = ObjId(6),
                "its class is SmallInt, but it is no integer",
            ),
            (
                |i| i.roots.true_ = ObjId(0),
                "nil, true and false must differ",
            ),
            (
                |i| i.roots.nil = ObjId(17),
                "should be nil, but it is no ordinary",
            ),
            (
                |i| i.roots.block = ObjId(5),
                "should be class Block, but its name is 'Context'",
            ),
            (
                |i| i.roots.context = ObjId(0),
                "should be class Context, but it is no class",
            ),
            (
                |i| i.roots.small_ints.swap(3, 4),
                "should be the SmallInt 3, but its value is 4",
            ),
            (
                |i| i.roots.array = ObjId(77),
                "should be class Array, but there are only 21",
            ),
        ];
        for (change, expected) in cases {
            let message = rejected(change);
            assert!(message.contains(expected), "{message}");
            assert!(!message.contains('\n'), "{message}");
        }
    }
}
