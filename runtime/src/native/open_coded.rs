//! Primitives that generated code does in place, as far as they succeed: sizes, elements,
//! instance variables, bytes, integer division, new objects.

use super::{no_slot, return_value};
use crate::code::{Exit, Fp};
use crate::object::{bytes, bytes_mut, has_slot, init_slot, slot};
use crate::value::Word;
use crate::vm::{SMALL_INT, Vm};

/// Primitive 4: how many slots or bytes.
///
/// # Safety
/// The words are values: SmallInts, or references to live objects.
#[inline(always)]
pub unsafe fn size_of(w: Word) -> Word {
    // SAFETY: `slot_count` is for any value; what is no SmallInt is an object.
    unsafe {
        match crate::object::slot_count(w) {
            Some(n) => Word::int(n as i32),
            None if crate::object::is_bytes(w) => Word::int(crate::object::size(w) as i32),
            None => Word::ZERO,
        }
    }
}

/// Primitive 4 of what is known not to be a SmallInt.
///
/// # Safety
/// As said.
#[inline(always)]
pub unsafe fn size_of_object(w: Word) -> Word {
    // SAFETY: the caller's.
    unsafe {
        std::hint::assert_unchecked(!w.is_int());
        size_of(w)
    }
}

/// Primitive 30 where it succeeds.
///
/// # Safety
/// The words are values: SmallInts, or references to live objects.
#[inline(always)]
pub unsafe fn slot_at(w: Word, i: Word) -> Option<Word> {
    let index = i.as_int().wrapping_sub(1) as u32 as usize;
    // SAFETY: `has_slot` is for any value; an index of 0 or below is very large here.
    unsafe { (i.is_int() && has_slot(w, index)).then(|| slot(w, index)) }
}

/// Primitive 30 where the index has been found to be within the size.
///
/// # Safety
/// `i` is a SmallInt, 1 or more, and at most the size of `w`.
#[inline(always)]
pub unsafe fn slot_within(w: Word, i: Word) -> Option<Word> {
    let index = i.as_int() as u32 as usize - 1;
    // SAFETY: a SmallInt has size 0, so `w` is an object; the caller's.
    unsafe {
        debug_assert!(!w.is_int() && i.is_int() && index < crate::object::size(w));
        crate::object::is_slots(w).then(|| slot(w, index))
    }
}

/// Primitive 5 where the index has been found to be within the size, and no method can change
/// by it.
///
/// # Safety
/// As for [`slot_within`].
#[inline(always)]
pub unsafe fn slot_put_within(vm: &mut Vm, w: Word, i: Word, value: Word) -> bool {
    let index = i.as_int() as u32 as usize - 1;
    // SAFETY: as above.
    unsafe {
        debug_assert!(!w.is_int() && i.is_int() && index < crate::object::size(w));
        crate::object::is_slots(w) && put_unwatched(vm, w, index, value)
    }
}

/// Primitive 21 where the index has been found to be within the size.
///
/// # Safety
/// As for [`slot_within`].
#[inline(always)]
pub unsafe fn byte_within(w: Word, i: Word) -> Option<Word> {
    let index = i.as_int() as u32 as usize - 1;
    // SAFETY: as above.
    unsafe {
        debug_assert!(!w.is_int() && i.is_int() && index < crate::object::size(w));
        let byte = || Word::int(*bytes(w).get_unchecked(index) as i32);
        crate::object::is_bytes(w).then(byte)
    }
}

/// What became of a store by primitive 5.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stored {
    /// It is done.
    Done,
    /// It is done, and methods may have changed by it.
    Watched,
    /// There is no such slot.
    No,
}

/// Primitive 5 where it succeeds.
///
/// # Safety
/// The words are values: SmallInts, or references to live objects.
#[inline(always)]
pub unsafe fn slot_at_put(vm: &mut Vm, w: Word, i: Word, value: Word) -> Stored {
    let index = i.as_int().wrapping_sub(1) as u32 as usize;
    // SAFETY: as above.
    unsafe {
        if !i.is_int() || !has_slot(w, index) {
            Stored::No
        } else if vm.store_slot(w, index, value) {
            Stored::Watched
        } else {
            Stored::Done
        }
    }
}

/// Stores into a slot that is there, unless the object is one that methods depend on.
///
/// # Safety
/// `has_slot(w, index)`.
#[inline(always)]
pub unsafe fn put_unwatched(vm: &mut Vm, w: Word, index: usize, value: Word) -> bool {
    use crate::object::{NO_BARRIER, WATCHED, meta};
    // SAFETY: the caller's.
    unsafe {
        if meta(w) & (NO_BARRIER | WATCHED) != NO_BARRIER && !vm.may_store(w) {
            return false;
        }
        init_slot(w, index, value);
        true
    }
}

/// Primitive 5 where it succeeds and no method can change by it.
///
/// # Safety
/// The words are values: SmallInts, or references to live objects.
#[inline(always)]
pub unsafe fn slot_put(vm: &mut Vm, w: Word, i: Word, value: Word) -> bool {
    let index = i.as_int().wrapping_sub(1) as u32 as usize;
    // SAFETY: as above.
    unsafe { i.is_int() && has_slot(w, index) && put_unwatched(vm, w, index, value) }
}

/// Assigns an instance variable if it is there and no method can change by it.
///
/// # Safety
/// The words are values: SmallInts, or references to live objects.
#[inline(always)]
pub unsafe fn assigned(vm: &mut Vm, w: Word, index: usize, value: Word) -> bool {
    // SAFETY: as above.
    unsafe { has_slot(w, index) && put_unwatched(vm, w, index, value) }
}

/// Assigns an instance variable where [`assigned`] did not, and gives the value to the
/// record that ends at `f`, which goes on after the assignment.
///
/// # Safety
/// A complete record ends at `f`.
#[cold]
pub unsafe fn assign_elsewhere(vm: &mut Vm, f: Fp, w: Word, index: usize, value: Word) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        if !has_slot(w, index) {
            return no_slot(vm, f, w, index);
        }
        vm.store_slot(w, index, value);
        return_value(vm, f, value)
    }
}

/// Primitive 21 where it succeeds.
///
/// # Safety
/// The words are values: SmallInts, or references to live objects.
#[inline(always)]
pub unsafe fn byte_at(w: Word, i: Word) -> Option<Word> {
    let index = i.as_int().wrapping_sub(1) as u32 as usize;
    // SAFETY: the caller's.
    unsafe {
        if i.is_int() && crate::object::is_bytes(w) {
            bytes(w).get(index).map(|&b| Word::int(b as i32))
        } else {
            None
        }
    }
}

/// Primitives 11 (quotient) where they succeed; nothing for a zero divisor.
#[inline(always)]
pub fn quotient(x: Word, y: Word) -> Option<Word> {
    (Word::both_ints(x, y) && y.as_int() != 0)
        .then(|| Word::int(x.as_int().wrapping_div(y.as_int())))
}

/// Primitive 12 (remainder) where it succeeds.
#[inline(always)]
pub fn remainder(x: Word, y: Word) -> Option<Word> {
    (Word::both_ints(x, y) && y.as_int() != 0)
        .then(|| Word::int(x.as_int().wrapping_rem(y.as_int())))
}

/// Primitive 22 where it succeeds.
///
/// # Safety
/// The words are values: SmallInts, or references to live objects.
#[inline(always)]
pub unsafe fn byte_at_put(w: Word, i: Word, value: Word) -> bool {
    let index = i.as_int().wrapping_sub(1) as u32 as usize;
    // SAFETY: any value; a watched object is left to the full primitive.
    unsafe {
        if !Word::both_ints(i, value)
            || !crate::object::is_bytes(w)
            || crate::object::meta(w) & crate::object::WATCHED != 0
        {
            return false;
        }
        match bytes_mut(w).get_mut(index) {
            Some(b) => {
                *b = value.as_int() as u8;
                true
            }
            None => false,
        }
    }
}

/// Primitive 26 where it succeeds.
///
/// # Safety
/// The words are values: SmallInts, or references to live objects.
#[inline]
pub unsafe fn bytes_compared(x: Word, y: Word) -> Option<Word> {
    // SAFETY: the caller's.
    unsafe {
        let both = crate::object::is_bytes(x) && crate::object::is_bytes(y);
        both.then(|| Word::int(crate::primitives::compare(bytes(x), bytes(y))))
    }
}

/// Words that a byte object of that size takes in the nursery; 1 if that is no size, and
/// [`ELSEWHERE`] if the object is not to be made there.
#[inline(always)]
pub fn bytes_wanted(size: Word) -> usize {
    match size.to_int() {
        Some(n) if n >= 0 && (n as usize) < SMALL_BYTES => 1 + (n as usize).div_ceil(8),
        Some(n) if n >= 0 => ELSEWHERE,
        _ => 1,
    }
}

/// More words than any nursery has room for: the object is made by [`room_or_object`].
///
/// [`room_or_object`]: super::room_or_object
pub const ELSEWHERE: usize = 1 << 40;

/// Bytes of the largest byte object that native code makes itself.
const SMALL_BYTES: usize = 1024;

/// Primitive 20 where it succeeds in the nursery, leaving room for `spare` words.
///
/// # Safety
/// `class` is a class's number.
#[inline(always)]
pub unsafe fn object_of_bytes(vm: &mut Vm, class: u32, size: Word, spare: usize) -> Option<Word> {
    let n = size.to_int()?;
    if class == SMALL_INT
        || n < 0
        || n as usize >= SMALL_BYTES
        || !vm.has_room(spare + bytes_wanted(size))
    {
        return None;
    }
    // SAFETY: there is room.
    Some(unsafe { vm.bump_bytes(class, n as usize) })
}

/// How many bytes two objects have together, a SmallInt; -1 if one is not made of bytes.
///
/// # Safety
/// The words are values: SmallInts, or references to live objects.
#[inline(always)]
pub unsafe fn bytes_of_both(x: Word, y: Word) -> Word {
    // SAFETY: the caller's.
    unsafe {
        let both = crate::object::is_bytes(x) && crate::object::is_bytes(y);
        let total = both.then(|| crate::object::size(x) + crate::object::size(y));
        Word::int(total.and_then(|n| i32::try_from(n).ok()).unwrap_or(-1))
    }
}

/// The rest of primitive 24, once there is an object for the bytes of both: it gets those of
/// `y`, then those of `x`.
///
/// # Safety
/// Byte objects; `w` has as many bytes as both, and is neither.
pub unsafe fn fill_with_both(w: Word, x: Word, y: Word) {
    // SAFETY: the caller's.
    unsafe {
        let (first, second, into) = (bytes(y), bytes(x), bytes_mut(w));
        into[..first.len()].copy_from_slice(first);
        into[first.len()..].copy_from_slice(second);
    }
}

/// An Array of some words; there must be room for it.
///
/// # Safety
/// As said.
#[inline(always)]
pub unsafe fn array_of(vm: &mut Vm, words: &[Word]) -> Word {
    // SAFETY: there is room; every slot is written.
    unsafe {
        let w = vm.bump_slots(crate::vm::ARRAY, words.len());
        for (i, &word) in words.iter().enumerate() {
            crate::object::init_slot(w, i, word);
        }
        w
    }
}

/// Words that an object with that many slots takes in the nursery; 1 if that is no size (the
/// full primitive then says so), and [`ELSEWHERE`] if the object is not to be made there.
#[inline(always)]
pub fn size_wanted(size: Word) -> usize {
    match size.to_int() {
        Some(n) if n >= 0 && (n as usize) < crate::memory::LARGE_WORDS => n as usize + 1,
        Some(n) if n >= 0 => ELSEWHERE,
        _ => 1,
    }
}

/// Primitive 7 where it succeeds in the nursery, leaving room for `spare` words.
///
/// # Safety
/// `class` is a class's number.
#[inline(always)]
pub unsafe fn object_of_nils(vm: &mut Vm, class: u32, size: Word, spare: usize) -> Option<Word> {
    let n = size.to_int()?;
    let is_small = n >= 0 && (n as usize) < crate::memory::LARGE_WORDS;
    if class == SMALL_INT || !is_small || !vm.has_room(spare + 1 + n as usize) {
        return None;
    }
    // SAFETY: there is room; every slot is written.
    unsafe {
        let w = vm.bump_slots(class, n as usize);
        let body = (w.0 as *mut Word).add(1);
        std::slice::from_raw_parts_mut(body, n as usize).fill(vm.nil);
        Some(w)
    }
}
