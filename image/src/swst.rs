//! The format "SWST" of Budd's original image, as kept by its present maintainer.
//!
//! The JavaScript machine writes Floats, as a kind of their own.
//!
//! Source: the format specification, "SWST". The order of the objects in the known file is depth-first from
//! its roots in the order it lists them, the class of an object before its slots.

use crate::float;
use crate::object::{Image, ObjId, Object, Payload, Roots, quote};
use crate::order::{Order, with_small_ints};
use crate::read::{Cursor, RawImage, ReadError};

/// The first word of every SWST file.
pub(crate) const MAGIC: [u8; 4] = *b"SWST";

/// The bytes before the kinds: magic, version, number of objects.
pub(crate) const HEADER: usize = 12;

/// The bytes an object takes at least: its kind, its class, the number of its slots.
const LEAST: usize = 9;

/// Bytecode 5 pushes the integers 0 to 9 by their place among the cached ones.
const SMALL_INTS: usize = 10;

/// Roots besides the cached SmallInts: nil, true, false, and four classes.
const OTHER_ROOTS: usize = 7;

const ORDINARY: u8 = 0;
const SMALL_INT: u8 = 1;
const BYTES: u8 = 2;
const FLOAT: u8 = 3;

/// The bytes the record of an object takes, its kind byte not among them.
pub(crate) fn record_size(object: &Object) -> usize {
    let payload = match &object.payload {
        Payload::SmallInt(_) => 4,
        Payload::Bytes(bytes) => 4 + bytes.len(),
        Payload::Float(bits) => 1 + float::file_text(f64::from_bits(*bits)).len(),
        Payload::Slots => 0,
    };
    8 + 4 * object.slots.len() + payload
}

/// Reads the records and the roots; indices are not checked here.
pub(crate) fn read(bytes: &[u8]) -> Result<RawImage, ReadError> {
    let mut cursor = Cursor::new(bytes);
    cursor.take(MAGIC.len(), "the letters \"SWST\"")?;
    let version = cursor.word("the version")?;
    if version != 0 {
        return Err(cursor.error(
            4,
            format!("SWST version {version} is unknown; this program reads version 0"),
        ));
    }
    let count = cursor.count(LEAST, "the number of objects")?;
    let kinds = cursor.take(count, "the kinds of the objects")?;
    let mut objects = Vec::with_capacity(count);
    let mut offsets = Vec::with_capacity(count);
    for (number, &kind) in kinds.iter().enumerate() {
        cursor.object = Some(number);
        offsets.push(cursor.at);
        objects.push(read_record(&mut cursor, kind, HEADER + number)?);
    }
    cursor.object = None;
    let roots_at = cursor.at;
    let roots = read_roots(&mut cursor)?;
    if cursor.remaining() > 0 {
        return Err(cursor.error(
            cursor.at,
            format!(
                "{} bytes follow the roots, where the image should end; \
                 the file is damaged: fetch it again",
                cursor.remaining()
            ),
        ));
    }
    Ok(RawImage {
        objects,
        offsets,
        roots,
        roots_at: Some(roots_at),
    })
}

fn read_record(cursor: &mut Cursor<'_>, kind: u8, kind_at: usize) -> Result<Object, ReadError> {
    let start = cursor.at;
    let class = cursor.references(1, "the class of the object")?[0];
    let slots = match cursor.word("the number of slots")? {
        // No data at all; in memory that is the same as none.
        -1 => Vec::new(),
        _ => {
            cursor.at -= 4;
            let count = cursor.count(4, "the number of slots")?;
            cursor.references(count, "the slots")?
        }
    };
    let payload = match kind {
        ORDINARY => Payload::Slots,
        SMALL_INT => Payload::SmallInt(cursor.word("the value of the SmallInt")?),
        BYTES => {
            let length = cursor.count(1, "the number of bytes")?;
            Payload::Bytes(cursor.take(length, "the bytes")?.to_vec())
        }
        FLOAT => {
            let at = cursor.at;
            let length = usize::from(cursor.take(1, "the length of the Float's text")?[0]);
            let text = cursor.take(length, "the text of the Float")?;
            let Some(number) = float::from_file_text(text) else {
                let text = quote(text);
                return Err(cursor.error(
                    at,
                    format!("{text} is no number; the file is damaged: fetch it again"),
                ));
            };
            Payload::Float(number.to_bits())
        }
        _ => {
            return Err(cursor.error(
                kind_at,
                format!(
                    "{kind} is no kind of object (0 ordinary, 1 SmallInt, 2 bytes, 3 Float); \
                     the file is damaged: fetch it again"
                ),
            ));
        }
    };
    if kind != ORDINARY && !slots.is_empty() {
        let what = match kind {
            BYTES => "byte object",
            FLOAT => "Float",
            _ => "SmallInt",
        };
        return Err(cursor.error(
            start,
            format!(
                "a {what} has {} slots, but no known image has such objects; \
                 the file is damaged: fetch it again",
                slots.len()
            ),
        ));
    }
    Ok(Object {
        class,
        slots,
        payload,
    })
}

fn read_roots(cursor: &mut Cursor<'_>) -> Result<Roots, ReadError> {
    let at = cursor.at;
    let count = cursor.count(4, "the number of cached SmallInts")?;
    if count < SMALL_INTS {
        return Err(cursor.error(
            at,
            format!(
                "the image caches {count} SmallInts, but bytecode needs the ten from 0 to 9; \
                 the file is damaged: fetch it again"
            ),
        ));
    }
    let mut indices = cursor.references(3, "the roots nil, true, false")?;
    let small_ints = cursor.references(count, "the cached SmallInts")?;
    indices.extend(cursor.references(4, "the roots Array, Block, Context, SmallInt")?);
    debug_assert_eq!(indices.len(), OTHER_ROOTS);
    Ok(Roots {
        nil: indices[0],
        true_: indices[1],
        false_: indices[2],
        array: indices[3],
        block: indices[4],
        context: indices[5],
        small_int: indices[6],
        small_ints,
    })
}

/// Writes the objects depth-first from the roots.
pub(crate) fn write(image: &Image) -> Vec<u8> {
    let image = &*with_small_ints(image, SMALL_INTS);
    let roots = &image.roots;
    let mut listed: Vec<ObjId> = vec![roots.nil, roots.true_, roots.false_];
    listed.extend(&roots.small_ints);
    listed.extend([roots.array, roots.block, roots.context, roots.small_int]);
    let order = Order::depth_first(image, &listed);
    let length = |n: usize| i32::try_from(n).expect("an object fits a 32-bit length");

    let mut file = MAGIC.to_vec();
    file.extend(0i32.to_be_bytes());
    file.extend(length(order.ids.len()).to_be_bytes());
    for &id in &order.ids {
        file.push(match image.objects[id.index()].payload {
            Payload::Slots => ORDINARY,
            Payload::SmallInt(_) => SMALL_INT,
            Payload::Bytes(_) => BYTES,
            Payload::Float(_) => FLOAT,
        });
    }
    for &id in &order.ids {
        let object = &image.objects[id.index()];
        file.extend(order.number_of(object.class).to_be_bytes());
        file.extend(length(object.slots.len()).to_be_bytes());
        for &slot in &object.slots {
            file.extend(order.number_of(slot).to_be_bytes());
        }
        match &object.payload {
            Payload::Slots => {}
            Payload::SmallInt(value) => file.extend(value.to_be_bytes()),
            Payload::Bytes(bytes) => {
                file.extend(length(bytes.len()).to_be_bytes());
                file.extend(bytes);
            }
            Payload::Float(bits) => {
                let text = float::file_text(f64::from_bits(*bits));
                file.push(text.len() as u8); // At most 24 bytes.
                file.extend(text.as_bytes());
            }
        }
    }
    file.extend(length(roots.small_ints.len()).to_be_bytes());
    for root in listed {
        file.extend(order.number_of(root).to_be_bytes());
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(kinds: &[u8], words: &[i32]) -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        file.extend(0i32.to_be_bytes());
        file.extend((kinds.len() as i32).to_be_bytes());
        file.extend(kinds);
        file.extend(words.iter().flat_map(|word| word.to_be_bytes()));
        file
    }

    const ROOTS: [i32; 18] = [10, 0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 3, 4, 5, 6];

    #[test]
    fn reads_each_kind() {
        // The Float's length and text are the word 3, "1.5".
        let records = [
            7,
            2,
            1,
            0,
            8,
            0,
            -3,
            9,
            -1,
            4,
            0x6162_6364,
            9,
            0,
            0x0331_2e35,
        ];
        let bytes = file(&[0, 1, 2, 3], &[&records[..], &ROOTS].concat());
        let raw = read(&bytes).unwrap();
        assert_eq!(raw.objects[0].slots, [ObjId(1), ObjId(0)]);
        assert_eq!(raw.objects[1].payload, Payload::SmallInt(-3));
        assert_eq!(raw.objects[2].payload, Payload::Bytes(b"abcd".to_vec()));
        assert_eq!(raw.objects[3].payload, Payload::Float(1.5f64.to_bits()));
        assert_eq!(raw.offsets, [16, 32, 44, 60]);
        let sizes: Vec<_> = raw.objects.iter().map(record_size).collect();
        assert_eq!(sizes, [16, 12, 16, 12]);
        assert_eq!(raw.roots.small_int, ObjId(6));
    }

    #[test]
    fn rejects_what_does_not_add_up() {
        let cases: [(&[u8], &[i32], &str); 9] = [
            (&[0], &[0, i32::MAX], "the number of slots is"),
            (&[0], &[0, -2], "the number of slots is -2"),
            (&[1], &[0, 1, 0, 5], "a SmallInt has 1 slots"),
            (&[2], &[0, 0, 999], "the number of bytes is 999"),
            (&[4], &[0, 0], "4 is no kind"),
            (&[3], &[0, 1, 0, 0x0131_0000], "a Float has 1 slots"),
            (&[3], &[0, 0, 0x0378_2e35], "'x.5' is no number"),
            (
                &[3],
                &[0, 0, 0x0931_2e35],
                "the text of the Float should take 9",
            ),
            (&[0], &[0, 0, 2, 0, 0, 0], "caches 2 SmallInts"),
        ];
        for (kinds, words, expected) in cases {
            let error = read(&file(kinds, words)).err().expect(expected);
            assert!(error.message.contains(expected), "{error}");
        }
        let longer = file(&[0], &[&[0, 0], &ROOTS[..], &[0]].concat());
        let error = read(&longer).err().unwrap();
        assert!(error.message.contains("4 bytes follow"), "{error}");
        let huge = [&b"SWST\0\0\0\0\x7f\xff\xff\xff"[..], &[0; 64]].concat();
        assert!(read(&huge).is_err());
    }
}
