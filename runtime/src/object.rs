//! The layout of objects in memory.
//!
//! An object is a header word and its body. The header's upper half is the class
//! number, so that a class test is one 32-bit compare with an immediate; the lower
//! half, called *meta* here, packs format, size and three flags:
//!
//! ```text
//!  63        32 31 30 29            3  2        1        0
//! | class number | fmt |    size     | watched| settled'| 1 |
//! ```
//!
//! Bit 0 is always 1 in a live header. A header whose bit 0 is 0 is a forwarding
//! address: the object has moved there in the collection that is under way.
//!
//! All functions here take words that must be references to live objects; that is
//! the safety condition of every one of them.

use crate::value::Word;

/// What the body of an object is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ObjectFormat {
    /// `size` words.
    Slots,
    /// `size` bytes, padded to whole words.
    Bytes,
    /// Machine data: one word, the bits of an `f64` (size 1), or two words, kind and
    /// index of an object of the host (size 2).
    Raw,
}

/// Flag in meta: header words have it, forwarding addresses do not.
pub const LIVE: u32 = 1;
/// Flag in meta: a store into this object needs no write barrier, because it is
/// young or already in the remembered set.
pub const NO_BARRIER: u32 = 2;
/// Flag in meta: a store into this object must be announced to the method tables
/// (classes, method dictionaries, methods, their code and literals), or is one that specialised
/// code relies on (Blocks and Arrays of arguments that native code has made).
pub const WATCHED: u32 = 4;

const SIZE_SHIFT: u32 = 3;
const FORMAT_SHIFT: u32 = 30;
/// No object has more slots or bytes than this.
pub const MAX_SIZE: usize = smallworld_image::MAX_OBJECT_SIZE;
/// Meta shifted right by [`SIZE_SHIFT`] is below this exactly for objects of slots.
const SLOTS_LIMIT: u32 = 1 << 27;

/// Format and size of an object, the size being one that a header has room for. Headers are
/// made of nothing else, so whoever makes an object or lets it grow has asked
/// [`Shape::new`] first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    format: ObjectFormat,
    size: u32,
}

impl Shape {
    /// An object without slots.
    pub const EMPTY: Shape = Shape {
        format: ObjectFormat::Slots,
        size: 0,
    };
    /// A Float: one raw word.
    pub const FLOAT: Shape = Shape {
        format: ObjectFormat::Raw,
        size: 1,
    };
    /// An object of the host: two raw words.
    pub const HOST: Shape = Shape {
        format: ObjectFormat::Raw,
        size: 2,
    };

    /// The shape of an object of that many slots, bytes or raw words; nothing if no object
    /// can have so many.
    #[inline(always)]
    pub const fn new(format: ObjectFormat, size: usize) -> Option<Shape> {
        if size > MAX_SIZE {
            return None;
        }
        let size = size as u32;
        Some(Shape { format, size })
    }

    /// The shape of an object for which there was room in a nursery. No nursery is so large
    /// that this could be too large for a header.
    #[inline(always)]
    pub const fn in_nursery(format: ObjectFormat, size: usize) -> Shape {
        debug_assert!(size < 8 * crate::memory::NURSERY_WORDS);
        let size = size as u32;
        Shape { format, size }
    }

    /// The shape that a header word tells of.
    #[inline(always)]
    pub const fn of_header(h: u64) -> Shape {
        let format = format_of_header(h);
        let size = size_of_header(h) as u32;
        Shape { format, size }
    }

    /// Slots, bytes or raw words.
    #[inline(always)]
    pub const fn size(self) -> usize {
        self.size as usize
    }

    /// The format.
    #[inline(always)]
    pub const fn format(self) -> ObjectFormat {
        self.format
    }

    /// Words of the body.
    #[inline(always)]
    pub const fn body_words(self) -> usize {
        match self.format {
            ObjectFormat::Slots | ObjectFormat::Raw => self.size as usize,
            ObjectFormat::Bytes => (self.size as usize).div_ceil(8),
        }
    }

    /// Words of header and body.
    #[inline(always)]
    pub const fn words(self) -> usize {
        1 + self.body_words()
    }

    /// The header word of an object of this shape.
    #[inline(always)]
    pub const fn header(self, class: u32, flags: u32) -> u64 {
        let format = match self.format {
            ObjectFormat::Slots => 0u32,
            ObjectFormat::Bytes => 2,
            ObjectFormat::Raw => 3,
        };
        let meta = (format << FORMAT_SHIFT) | (self.size << SIZE_SHIFT) | flags | LIVE;
        ((class as u64) << 32) | meta as u64
    }
}

/// The header word.
///
/// # Safety
/// `w` refers to a live object.
#[inline(always)]
pub unsafe fn header_of(w: Word) -> u64 {
    // SAFETY: an object's address is that of its header.
    unsafe { *(w.0 as *const u64) }
}

/// The lower half of the header.
///
/// # Safety
/// `w` refers to a live object.
#[inline(always)]
pub unsafe fn meta(w: Word) -> u32 {
    // SAFETY: as for `header_of`; the machine is little-endian or the whole word is
    // read and cut, which gives the same.
    unsafe { header_of(w) as u32 }
}

/// Sets and clears flags.
///
/// # Safety
/// `w` refers to a live object.
#[inline(always)]
pub unsafe fn set_flags(w: Word, set: u32, clear: u32) {
    // SAFETY: an object's address is that of its header.
    unsafe {
        let h = w.0 as *mut u64;
        *h = (*h | set as u64) & !(clear as u64);
    }
}

/// The class number in the header.
///
/// # Safety
/// `w` refers to a live object.
#[inline(always)]
pub unsafe fn class_number(w: Word) -> u32 {
    // SAFETY: an object's address is that of its header.
    unsafe { (header_of(w) >> 32) as u32 }
}

/// The format of an object.
///
/// # Safety
/// `w` refers to a live object.
#[inline(always)]
pub unsafe fn format(w: Word) -> ObjectFormat {
    // SAFETY: the caller's.
    format_of_header(unsafe { header_of(w) })
}

/// The format recorded in a header word.
#[inline(always)]
pub const fn format_of_header(h: u64) -> ObjectFormat {
    match (h as u32) >> FORMAT_SHIFT {
        0 | 1 => ObjectFormat::Slots,
        2 => ObjectFormat::Bytes,
        _ => ObjectFormat::Raw,
    }
}

/// The size recorded in a header word.
#[inline(always)]
pub const fn size_of_header(h: u64) -> usize {
    (((h as u32) >> SIZE_SHIFT) & (SLOTS_LIMIT - 1)) as usize
}

/// Slots, bytes or raw words, according to the format.
///
/// # Safety
/// `w` refers to a live object.
#[inline(always)]
pub unsafe fn size(w: Word) -> usize {
    // SAFETY: the caller's.
    size_of_header(unsafe { header_of(w) })
}

/// Is `w` an object of slots that has slot `index` (0-based), whatever the index? SmallInts
/// have none. (Of a constant index the compiler makes one comparison.)
///
/// # Safety
/// `w` is a SmallInt or refers to a live object.
#[inline(always)]
pub unsafe fn has_slot(w: Word, index: usize) -> bool {
    // SAFETY: the caller's.
    unsafe { slot_count(w) }.is_some_and(|n| index < n as usize)
}

/// The number of slots of an object of slots; nothing for what has none.
///
/// # Safety
/// `w` is a SmallInt or refers to a live object.
#[inline(always)]
pub unsafe fn slot_count(w: Word) -> Option<u32> {
    if w.is_int() {
        return None;
    }
    // SAFETY: not a SmallInt, so an object.
    let s = unsafe { meta(w) } >> SIZE_SHIFT;
    (s < SLOTS_LIMIT).then_some(s)
}

/// Is it an object of slots?
///
/// # Safety
/// `w` refers to a live object.
#[inline(always)]
pub unsafe fn is_slots(w: Word) -> bool {
    // SAFETY: the caller's.
    unsafe { meta(w) >> SIZE_SHIFT < SLOTS_LIMIT }
}

/// Reads slot `index` (0-based).
///
/// # Safety
/// `w` is an object of slots with more than `index` of them.
#[inline(always)]
pub unsafe fn slot(w: Word, index: usize) -> Word {
    // SAFETY: the body follows the header.
    unsafe {
        debug_assert!(has_slot(w, index));
        raw_word(w, index)
    }
}

/// Writes slot `index` without a write barrier: for objects just made.
///
/// # Safety
/// `w` is an object of slots with more than `index` of them, and is young or `value`
/// is not.
#[inline(always)]
pub unsafe fn init_slot(w: Word, index: usize, value: Word) {
    // SAFETY: the body follows the header.
    unsafe {
        debug_assert!(has_slot(w, index));
        set_raw_word(w, index, value);
    }
}

/// Reads word `index` of the body, whatever the format.
///
/// # Safety
/// `w` refers to an object whose body has more than `index` words.
#[inline(always)]
pub unsafe fn raw_word(w: Word, index: usize) -> Word {
    // SAFETY: the body follows the header.
    unsafe {
        debug_assert!(index < Shape::of_header(header_of(w)).body_words());
        *(w.0 as *const Word).add(1 + index)
    }
}

/// Writes word `index` of the body, whatever the format.
///
/// # Safety
/// As for [`raw_word`]; in an object of slots it is a value, and what is said of
/// [`init_slot`] holds.
#[inline(always)]
pub unsafe fn set_raw_word(w: Word, index: usize, value: Word) {
    // SAFETY: the body follows the header.
    unsafe {
        debug_assert!(index < Shape::of_header(header_of(w)).body_words());
        *(w.0 as *mut Word).add(1 + index) = value;
    }
}

/// The bytes of a byte object.
///
/// # Safety
/// `w` is a live byte object; no collection happens while the slice is used.
#[inline(always)]
pub unsafe fn bytes<'a>(w: Word) -> &'a [u8] {
    // SAFETY: the body follows the header and has `size` bytes.
    unsafe { std::slice::from_raw_parts((w.0 as *const u8).add(8), size(w)) }
}

/// The bytes of a byte object, to write.
///
/// # Safety
/// As for [`bytes`], and no other slice of the same object is in use.
#[inline(always)]
pub unsafe fn bytes_mut<'a>(w: Word) -> &'a mut [u8] {
    // SAFETY: the body follows the header and has `size` bytes.
    unsafe { std::slice::from_raw_parts_mut((w.0 as *mut u8).add(8), size(w)) }
}

/// Is `w` a byte object?
///
/// # Safety
/// `w` is a SmallInt or refers to a live object.
#[inline(always)]
pub unsafe fn is_bytes(w: Word) -> bool {
    // SAFETY: not a SmallInt, so an object.
    !w.is_int() && unsafe { format(w) } == ObjectFormat::Bytes
}

/// Is `w` a Float (raw, one word)?
///
/// # Safety
/// `w` is a SmallInt or refers to a live object.
#[inline(always)]
pub unsafe fn is_float(w: Word) -> bool {
    const FLOAT: u32 = (3 << FORMAT_SHIFT) | (1 << SIZE_SHIFT);
    // SAFETY: not a SmallInt, so an object.
    !w.is_int() && unsafe { meta(w) } & !(NO_BARRIER | WATCHED | LIVE) == FLOAT
}

/// The value of a Float.
///
/// # Safety
/// `is_float(w)`.
#[inline(always)]
pub unsafe fn float_value(w: Word) -> f64 {
    // SAFETY: the raw word after the header is the number's bits.
    f64::from_bits(unsafe { *(w.0 as *const u64).add(1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_pack_and_unpack() {
        for (f, n) in [
            (ObjectFormat::Slots, 0),
            (ObjectFormat::Slots, MAX_SIZE),
            (ObjectFormat::Bytes, 17),
            (ObjectFormat::Raw, 2),
        ] {
            let h = Shape::new(f, n).unwrap().header(77, NO_BARRIER);
            assert_eq!(format_of_header(h), f);
            assert_eq!(size_of_header(h), n);
            assert_eq!(h >> 32, 77);
            assert_eq!(h & 1, 1);
        }
    }

    #[test]
    fn no_header_is_made_for_more_than_an_object_can_have() {
        for f in [ObjectFormat::Slots, ObjectFormat::Bytes, ObjectFormat::Raw] {
            assert!(Shape::new(f, MAX_SIZE).is_some());
            for n in [MAX_SIZE + 1, 1 << 30, 1 << 32, usize::MAX] {
                assert_eq!(Shape::new(f, n), None);
            }
        }
    }

    #[test]
    fn no_index_is_taken_for_a_smaller_one() {
        for size in [0, 3, MAX_SIZE] {
            let shape = Shape::new(ObjectFormat::Slots, size).unwrap();
            let memory = [shape.header(1, 0)];
            let w = Word(memory.as_ptr() as u64);
            // SAFETY: only the header is looked at.
            let has = |index| unsafe { has_slot(w, index) };
            for power in 20..64 {
                for index in [(1usize << power) - 1, 1 << power, (1 << power) + 1] {
                    assert_eq!(has(index), index < size, "slot {index} of {size}");
                }
            }
            assert!(!has(usize::MAX));
        }
    }

    #[test]
    fn slot_test_rejects_other_formats() {
        let header =
            |class, format, size, flags| Shape::new(format, size).unwrap().header(class, flags);
        let check = |h: u64, index| {
            let memory = [h, 0, 0, 0];
            // SAFETY: `memory` is laid out as an object.
            unsafe { has_slot(Word(memory.as_ptr() as u64), index) }
        };
        assert!(check(header(1, ObjectFormat::Slots, 3, 0), 2));
        assert!(!check(header(1, ObjectFormat::Slots, 3, 0), 3));
        assert!(!check(header(1, ObjectFormat::Bytes, 3, 0), 0));
        assert!(!check(header(1, ObjectFormat::Raw, 2, 0), 0));
        // SAFETY: a SmallInt is allowed.
        assert!(!unsafe { has_slot(Word::int(5), 0) });
    }
}
