//! The format "v1" of SmallWorld 2015: records to the end of the file, roots by position.
//!
//! Source: the format specification, "v1". Images whose blocks are closures, which no other machine
//! runs, have a kind of record more: Floats.

use crate::closures::has_closures;
use crate::object::{Image, ObjId, Object, Payload, Roots};
use crate::order::{Order, with_small_ints, without_floats};
use crate::read::{Cursor, RawImage, ReadError};
use std::borrow::Cow;

/// The first word of every v1 file: the version.
pub(crate) const VERSION: [u8; 4] = [0, 0, 0, 1];

/// The bytes before the first record.
pub(crate) const HEADER: usize = 4;

/// The cached SmallInts 0 to 9, at positions 7 to 16.
const SMALL_INTS: u32 = 10;
const FIRST_SMALL_INT: u32 = 7;

/// The words every record starts with: length, kind, class, number of slots.
const RECORD_WORDS: usize = 4;

const SMALL_INT: i32 = 0;
const BYTES: i32 = 1;
const ORDINARY: i32 = 2;
const FLOAT: i32 = 3;

/// The bytes the record of an object takes.
pub(crate) fn record_size(object: &Object) -> usize {
    let payload = match &object.payload {
        Payload::SmallInt(_) => 4,
        Payload::Bytes(bytes) => bytes.len(),
        Payload::Float(_) => 8,
        Payload::Slots => 0,
    };
    4 * (RECORD_WORDS + object.slots.len()) + payload
}

/// Reads the records; indices are not checked here.
pub(crate) fn read(bytes: &[u8]) -> Result<RawImage, ReadError> {
    let mut cursor = Cursor::new(bytes);
    cursor.take(HEADER, "the version")?;
    let (mut objects, mut offsets) = (Vec::new(), Vec::new());
    while cursor.remaining() > 0 {
        cursor.object = Some(objects.len());
        offsets.push(cursor.at);
        objects.push(read_record(&mut cursor)?);
    }
    Ok(RawImage {
        objects,
        offsets,
        roots: Roots {
            nil: ObjId(0),
            true_: ObjId(1),
            false_: ObjId(2),
            array: ObjId(3),
            block: ObjId(4),
            context: ObjId(5),
            small_int: ObjId(6),
            small_ints: (FIRST_SMALL_INT..FIRST_SMALL_INT + SMALL_INTS)
                .map(ObjId)
                .collect(),
        },
        roots_at: None,
    })
}

fn read_record(cursor: &mut Cursor<'_>) -> Result<Object, ReadError> {
    let start = cursor.at;
    let length = cursor.word("the length of the record")?;
    let kind = cursor.word("the kind of the object")?;
    let class = cursor.references(1, "the class of the object")?[0];
    let count = cursor.count(4, "the number of slots")?;
    // A length counts the header words and slot words, and then bytes one by one.
    let words = RECORD_WORDS + count;
    let extra = i64::from(length) - words as i64;
    let wrong = |what: &str| {
        let message = format!(
            "the length of this record is {length}, which does not fit {what} with {count} slots; \
             the file is damaged: fetch it again, or save it anew"
        );
        cursor.error(start, message)
    };
    match kind {
        FLOAT if extra != 2 => return Err(wrong("a Float (6)")),
        SMALL_INT if extra != 1 => return Err(wrong("a SmallInt (5)")),
        ORDINARY if extra != 0 => return Err(wrong("an ordinary object (4 + slots)")),
        BYTES if extra < 0 => return Err(wrong("a byte object (4 + slots + bytes)")),
        SMALL_INT | BYTES | FLOAT if count != 0 => {
            let what = match kind {
                BYTES => "byte object",
                FLOAT => "Float",
                _ => "SmallInt",
            };
            return Err(cursor.error(
                start,
                format!(
                    "a {what} has {count} slots, but no known image has such objects; \
                     the file is damaged: fetch it again, or save it anew"
                ),
            ));
        }
        SMALL_INT | BYTES | ORDINARY | FLOAT => {}
        _ => {
            return Err(cursor.error(
                start + 4,
                format!(
                    "{kind} is no kind of object (0 SmallInt, 1 bytes, 2 ordinary, 3 Float); \
                     the file is damaged: fetch it again, or save it anew"
                ),
            ));
        }
    }
    let slots = cursor.references(count, "the slots")?;
    let payload = match kind {
        SMALL_INT => Payload::SmallInt(cursor.word("the value of the SmallInt")?),
        BYTES => Payload::Bytes(cursor.take(extra as usize, "the bytes")?.to_vec()),
        FLOAT => {
            let high = cursor.word("the first half of the Float")? as u32;
            let low = cursor.word("the second half of the Float")? as u32;
            Payload::Float(u64::from(high) << 32 | u64::from(low))
        }
        _ => Payload::Slots,
    };
    Ok(Object {
        class,
        slots,
        payload,
    })
}

/// Whether the file of an image may have Floats: whoever else reads v1 files has no blocks that are
/// closures, and would take a Float for damage.
pub(crate) fn holds_floats(image: &Image) -> bool {
    has_closures(image)
}

/// Writes the objects breadth-first from the roots.
pub(crate) fn write(image: &Image) -> Vec<u8> {
    let image = &*with_small_ints(image, SMALL_INTS as usize);
    let image = &*match holds_floats(image) {
        true => Cow::Borrowed(image),
        false => without_floats(image),
    };
    let roots = &image.roots;
    let mut first = vec![roots.nil, roots.true_, roots.false_];
    first.extend([roots.array, roots.block, roots.context, roots.small_int]);
    first.extend(&roots.small_ints[..SMALL_INTS as usize]);
    let order = Order::breadth_first(image, &first);

    let mut file = VERSION.to_vec();
    for &id in &order.ids {
        let object = &image.objects[id.index()];
        let words = RECORD_WORDS + object.slots.len();
        let (kind, length) = match &object.payload {
            Payload::SmallInt(_) => (SMALL_INT, words + 1),
            Payload::Bytes(bytes) => (BYTES, words + bytes.len()),
            Payload::Float(_) => (FLOAT, words + 2),
            Payload::Slots => (ORDINARY, words),
        };
        let length = i32::try_from(length).expect("an object fits a 32-bit length");
        let class = order.number_of(object.class) as i32;
        for word in [length, kind, class, object.slots.len() as i32] {
            file.extend(word.to_be_bytes());
        }
        for &slot in &object.slots {
            file.extend(order.number_of(slot).to_be_bytes());
        }
        match &object.payload {
            Payload::SmallInt(value) => file.extend(value.to_be_bytes()),
            Payload::Bytes(bytes) => file.extend(bytes),
            Payload::Float(bits) => file.extend(bits.to_be_bytes()),
            Payload::Slots => {}
        }
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(words: &[i32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn reads_each_kind() {
        let mut bytes = file(&[1, 5, 0, 9, 0, -3, 6, 2, 8, 2, 1, 0, 7, 1, 4, 0]);
        bytes.extend(b"abc");
        bytes.extend(file(&[6, 3, 5, 0, 0x3ff8_0000, 0]));
        let raw = read(&bytes).unwrap();
        assert_eq!(raw.objects[0].payload, Payload::SmallInt(-3));
        assert_eq!(raw.objects[1].slots, [ObjId(1), ObjId(0)]);
        assert_eq!(raw.objects[2].payload, Payload::Bytes(b"abc".to_vec()));
        assert_eq!(raw.objects[3].payload, Payload::Float(1.5f64.to_bits()));
        assert_eq!(raw.offsets, [4, 24, 48, 67]);
        let sizes: Vec<_> = raw.objects.iter().map(record_size).collect();
        assert_eq!(sizes, [20, 24, 19, 24]);
    }

    #[test]
    fn rejects_what_does_not_add_up() {
        let cases: [(&[i32], &str); 11] = [
            (&[1, 4, 0, 0, 0, 7], "does not fit a SmallInt"),
            (&[1, 6, 0, 0, 1, 7, 7], "a SmallInt has 1 slots"),
            (&[1, 3, 1, 0, 0], "does not fit a byte object"),
            (&[1, 5, 1, 0, 1, 0], "a byte object has 1 slots"),
            (&[1, 5, 2, 0, 0, 0], "does not fit an ordinary"),
            (&[1, 4, 4, 0, 0], "4 is no kind"),
            (&[1, 5, 3, 0, 0, 7], "does not fit a Float"),
            (&[1, 7, 3, 0, 1, 0, 7, 7], "a Float has 1 slots"),
            (&[1, 6, 3, 0, 0, 7], "the second half"),
            (&[1, i32::MAX, 1, 0, 0], "the file ends after 0 more"),
            (&[1, 4, 2, 0, -1], "the number of slots is -1"),
        ];
        for (words, expected) in cases {
            let error = read(&file(words)).err().expect(expected);
            assert!(error.message.contains(expected), "{error}");
            assert_eq!(error.object, Some(0));
        }
    }
}
