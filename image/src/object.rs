//! The object memory: objects, the roots the machine must know, and what can be asked of them.

use std::path::Path;

use crate::read::{self, ReadError};
use crate::{class_slot, float, swst, v1, validate};

/// The number of an object: its index into [`Image::objects`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ObjId(pub u32);

impl ObjId {
    /// The same number as an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What an object holds besides its slots.
///
/// Only ordinary objects have slots: the reader rejects any other object with some.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Payload {
    /// A SmallInt: a 32-bit integer.
    SmallInt(i32),
    /// A byte object: strings, bytecodes, large integers.
    Bytes(Vec<u8>),
    /// A Float: the bits of its 64-bit number. Files of the JavaScript machine have such objects.
    Float(u64),
    /// An ordinary object: nothing but slots.
    Slots,
}

/// One object of the image.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Object {
    /// Its class.
    pub class: ObjId,
    /// Its slots: instance variables, or the elements of an array.
    pub slots: Vec<ObjId>,
    /// Its kind, and the data that is not object references.
    pub payload: Payload,
}

/// The two file formats (the format specification, "Image file formats").
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// Object records to the end of the file, roots by position (SmallWorld 2015).
    V1,
    /// Kinds, records, then root indices, after the magic word "SWST" (Budd's original, as maintained).
    Swst,
}

/// The objects the machine knows without looking them up.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Roots {
    /// The only instance of Undefined; it ends superclass chains and fills new slots.
    pub nil: ObjId,
    /// The object `true`.
    pub true_: ObjId,
    /// The object `false`.
    pub false_: ObjId,
    /// Class Array.
    pub array: ObjId,
    /// Class Block.
    pub block: ObjId,
    /// Class Context.
    pub context: ObjId,
    /// Class SmallInt.
    pub small_int: ObjId,
    /// The cached SmallInts 0, 1, 2 …; ten or more in an image that was read.
    pub small_ints: Vec<ObjId>,
}

/// A SmallWorld object memory.
///
/// One that came from [`Image::read`] keeps these promises: every reference is in range, the class of every
/// object is [class-shaped](Image::is_class_shaped), the roots are what they claim to be. Programs that build or
/// change an image by hand keep them themselves; the writers panic on a reference out of range.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Image {
    /// The format of the file it was read from. Object offsets in messages refer to that file.
    pub format: Format,
    /// All objects, in the order of the file.
    pub objects: Vec<Object>,
    /// The objects the machine knows.
    pub roots: Roots,
}

impl Image {
    /// Reads an image; the content tells which format it has.
    ///
    /// # Errors
    /// When the bytes are no image, or one that breaks a promise listed at [`Image`].
    pub fn read(bytes: &[u8]) -> Result<Image, ReadError> {
        read::read(bytes)
    }

    /// Reads the image in the file `path`.
    ///
    /// # Errors
    /// As for [`Image::read`], and when the file cannot be read; the message names the file.
    pub fn read_file(path: &Path) -> Result<Image, ReadError> {
        read::read_file(path)
    }

    /// Would an image file with these objects be read again? Whoever replaces a file by such an
    /// image asks first.
    ///
    /// # Errors
    /// What is wrong with which object.
    pub fn check_before_writing(&self) -> Result<(), ReadError> {
        validate::check_before_writing(self)
    }

    /// The image as a file in `format`, its objects numbered in that format's canonical order: breadth-first
    /// from the roots for v1, depth-first for SWST, the class before the slots in both.
    ///
    /// Objects that no root leads to are left out. A file that was written in canonical order comes back byte
    /// for byte. Cached SmallInts beyond the tenth are no roots in v1, and missing ones are made. nil is
    /// written for Floats that the format does not hold ([`Image::floats_lost`]).
    ///
    /// # Panics
    /// When a reference is out of range, or an object is too large for the 32-bit lengths of the format.
    pub fn write(&self, format: Format) -> Vec<u8> {
        match format {
            Format::V1 => v1::write(self),
            Format::Swst => swst::write(self),
        }
    }

    /// How many Floats a file in `format` would not hold: a v1 file has some only where the image's
    /// blocks are closures.
    pub fn floats_lost(&self, format: Format) -> usize {
        if format == Format::Swst || v1::holds_floats(self) {
            return 0;
        }
        let objects = self.objects.iter();
        objects
            .filter(|object| matches!(object.payload, Payload::Float(_)))
            .count()
    }

    /// The object with that number, if there is one.
    pub fn get(&self, id: ObjId) -> Option<&Object> {
        self.objects.get(id.index())
    }

    /// The bytes of a byte object; `None` for any other object.
    pub fn bytes_of(&self, id: ObjId) -> Option<&[u8]> {
        match &self.get(id)?.payload {
            Payload::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The value of a SmallInt; `None` for any other object.
    pub fn int_of(&self, id: ObjId) -> Option<i32> {
        match self.get(id)?.payload {
            Payload::SmallInt(value) => Some(value),
            _ => None,
        }
    }

    /// The slots of an ordinary object; `None` for any other object.
    pub fn slots_of(&self, id: ObjId) -> Option<&[ObjId]> {
        match self.get(id)? {
            Object {
                payload: Payload::Slots,
                slots,
                ..
            } => Some(slots),
            _ => None,
        }
    }

    /// Slot `n` of an object, counted from 0.
    pub fn slot(&self, id: ObjId, n: usize) -> Option<ObjId> {
        self.get(id)?.slots.get(n).copied()
    }

    /// The class of an object.
    pub fn class_of(&self, id: ObjId) -> Option<ObjId> {
        Some(self.get(id)?.class)
    }

    /// The name of the class of an object, as for [`Image::name_of_class`].
    pub fn class_name(&self, id: ObjId) -> String {
        match self.class_of(id) {
            Some(class) => self.name_of_class(class),
            None => "(no such object)".to_owned(),
        }
    }

    /// The name of a class, with U+FFFD for bytes that are not UTF-8; `(object 12)` when it has none.
    pub fn name_of_class(&self, class: ObjId) -> String {
        match self.class_name_bytes(class) {
            Some(name) => String::from_utf8_lossy(name).into_owned(),
            None => format!("(object {})", class.0),
        }
    }

    /// The name of a class as the image holds it; `None` when it has none.
    pub fn class_name_bytes(&self, class: ObjId) -> Option<&[u8]> {
        self.bytes_of(self.slot(class, class_slot::NAME)?)
    }

    /// A short description for messages: `nil`, `12`, `String 'abc'`, `class Array`, `Array with 3 slots`.
    pub fn describe(&self, id: ObjId) -> String {
        let Some(object) = self.get(id) else {
            return format!("object {}, which does not exist", id.0);
        };
        if id == self.roots.nil {
            return "nil".to_owned();
        } else if id == self.roots.true_ {
            return "true".to_owned();
        } else if id == self.roots.false_ {
            return "false".to_owned();
        }
        match &object.payload {
            Payload::SmallInt(value) => value.to_string(),
            Payload::Float(bits) => {
                let number = float::js_number(f64::from_bits(*bits));
                format!("{} {number}", self.class_name(id))
            }
            Payload::Bytes(bytes) => format!("{} {}", self.class_name(id), quote(bytes)),
            Payload::Slots => match self.class_name_bytes(id) {
                Some(name) if self.is_class(id) => format!("class {}", lossy(name)),
                _ => {
                    let n = object.slots.len();
                    let s = if n == 1 { "" } else { "s" };
                    format!("{} with {n} slot{s}", self.class_name(id))
                }
            },
        }
    }

    /// Where the record of object `id` starts in a file of this image's format that holds the objects in
    /// their present order; for an image as it was read, that is the file it came from.
    pub(crate) fn offset_of(&self, id: ObjId) -> usize {
        let before = &self.objects[..id.index().min(self.objects.len())];
        match self.format {
            Format::V1 => v1::HEADER + before.iter().map(v1::record_size).sum::<usize>(),
            Format::Swst => {
                swst::HEADER
                    + self.objects.len()
                    + before.iter().map(swst::record_size).sum::<usize>()
            }
        }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Quotes bytes for a one-line message, cut off where they are long.
pub(crate) fn quote(bytes: &[u8]) -> String {
    const MOST: usize = 40;
    let shown = &bytes[..bytes.len().min(MOST)];
    let dots = if bytes.len() > MOST { "…" } else { "" };
    let text = lossy(shown).escape_debug().to_string();
    format!("'{text}{dots}'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::tests::tiny;

    #[test]
    fn describes_each_kind_of_object() {
        let mut image = tiny();
        let string = ObjId(image.objects.len() as u32);
        image.objects.push(Object {
            class: image.roots.array,
            slots: vec![],
            payload: Payload::Bytes(b"a\nb".to_vec()),
        });
        image.objects.push(Object {
            class: image.roots.array,
            slots: vec![string],
            payload: Payload::Slots,
        });
        assert_eq!(image.describe(image.roots.nil), "nil");
        assert_eq!(image.describe(image.roots.small_ints[7]), "7");
        assert_eq!(image.describe(image.roots.array), "class Array");
        assert_eq!(image.describe(string), "Array 'a\\nb'");
        assert_eq!(image.describe(ObjId(string.0 + 1)), "Array with 1 slot");
        assert!(image.describe(ObjId(9999)).contains("does not exist"));
    }

    #[test]
    fn answers_only_for_the_right_kind() {
        let image = tiny();
        assert_eq!(image.int_of(image.roots.small_ints[3]), Some(3));
        assert_eq!(image.bytes_of(image.roots.small_ints[3]), None);
        assert_eq!(image.slots_of(image.roots.small_ints[3]), None);
        assert_eq!(image.slot(image.roots.nil, 0), None);
        assert_eq!(image.int_of(ObjId(u32::MAX)), None);
        assert_eq!(image.name_of_class(image.roots.nil), "(object 0)");
    }

    #[test]
    fn long_bytes_are_cut() {
        assert_eq!(quote(b"abc"), "'abc'");
        assert!(quote(&[b'x'; 50]).ends_with("x…'"));
    }
}
