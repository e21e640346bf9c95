//! What only specialised code asks for: is it still valid, what is a value's class, Floats
//! as numbers, room in the middle of a nest, and leaving in unusual ways.

use super::{own_block_context, own_context};
use crate::code::{Exit, Fp};
use crate::object::{ObjectFormat, float_value, is_float};
use crate::observe::Event;
use crate::value::Word;
use crate::vm::{SMALL_INT, Vm};
use smallworld_abi::layout::context_slot;

/// Does everything still hold that a specialised method relies on?
///
/// # Safety
/// There is such a unit.
#[inline(always)]
pub unsafe fn unit_valid(vm: &Vm, unit: usize) -> bool {
    // SAFETY: units are numbered by the build; the table has one byte for each.
    unsafe { *vm.valid.add(unit) != 0 }
}

/// In debug builds, looks whether values are instances of the classes, given by their numbers,
/// that specialised code takes them for.
#[inline(always)]
pub fn believed(vm: &Vm, values: &[(Word, u32)]) {
    if cfg!(debug_assertions) {
        for &(w, class) in values {
            let right = w.is_int() == (class == SMALL_INT) && vm.class_of(w) == class;
            debug_assert!(
                right,
                "specialised code takes something for an instance of class number {class}"
            );
        }
    }
}

/// Counts that specialised code leaves for the baseline at its exit `n`, counted through all
/// units.
///
/// # Safety
/// There is such an exit.
#[inline(always)]
pub unsafe fn left(vm: &mut Vm, n: usize) {
    // SAFETY: exits are numbered by the build; the table has a place for each.
    unsafe { *vm.exits.add(n) += 1 }
}

/// Is the value an instance of the class with that number (which is not SmallInt)?
///
/// # Safety
/// The words are values: SmallInts, or references to live objects.
#[inline(always)]
pub unsafe fn is_instance(w: Word, class: u32) -> bool {
    // SAFETY: no SmallInt, so an object.
    !w.is_int() && unsafe { crate::object::class_number(w) } == class
}

/// Is it a Float, of that class?
///
/// # Safety
/// The words are values: SmallInts, or references to live objects.
#[inline(always)]
pub unsafe fn is_float_of(w: Word, class: u32) -> bool {
    // SAFETY: `is_float` is for any value; what it is true of is an object.
    unsafe { is_float(w) && crate::object::class_number(w) == class }
}

/// The number a Float is; zero for anything else.
///
/// # Safety
/// The words are values: SmallInts, or references to live objects.
#[inline(always)]
pub unsafe fn float_or_zero(w: Word) -> f64 {
    // SAFETY: as above.
    unsafe { if is_float(w) { float_value(w) } else { 0.0 } }
}

/// The object of a Float that is a number in a register: `w`, or a new one if that is zero.
///
/// # Safety
/// `class` is a class's number; there is room for two words.
#[inline(always)]
pub unsafe fn boxed_float(vm: &mut Vm, class: u32, w: Word, x: f64) -> Word {
    if w != Word::ZERO {
        return w;
    }
    // SAFETY: the caller made sure of the room.
    unsafe { vm.bump_float(class, x) }
}

/// Collects so that there is room for `words` words; the stack is live below `top`.
///
/// # Safety
/// All words of the stack below `top` are words; what else is alive is a root.
#[cold]
#[inline(never)]
pub unsafe fn make_room_here(vm: &mut Vm, top: Fp, words: usize) {
    vm.make_room(top, words);
}

/// Makes room for `words` words, as [`make_room_here`] does, and answers zero; or, if so many
/// are [`ELSEWHERE`](super::ELSEWHERE), a new object of that class and size outside the nursery.
/// Zero if the heap's limit forbids that.
///
/// # Safety
/// As for [`make_room_here`]; `class` is a class's number, `size` a SmallInt, not negative.
#[cold]
#[inline(never)]
pub unsafe fn room_or_object(
    vm: &mut Vm,
    top: Fp,
    words: usize,
    format: ObjectFormat,
    class: u32,
    size: Word,
) -> Word {
    if words < super::ELSEWHERE {
        vm.make_room(top, words);
        return Word::ZERO;
    }
    if !vm.can_have_objects(class) {
        return Word::ZERO;
    }
    let made = vm.allocate(top, class, format, size.as_int() as usize);
    made.unwrap_or(Word::ZERO)
}

/// An activation in a nest returns to the next outer one of the nest, both of them in
/// memory: a block with `^` that it made gets to know the caller. There is room for the
/// caller's Context.
///
/// # Safety
/// The bases and context slots are as said.
#[inline(always)]
pub unsafe fn retire_in_place(
    vm: &mut Vm,
    base: Fp,
    slot: usize,
    caller: Fp,
    caller_slot: usize,
    caller_is_block: bool,
) {
    // SAFETY: the caller's.
    unsafe {
        let context = *base.add(slot);
        if context != Word::ZERO {
            let previous = if caller_is_block {
                own_block_context(vm, caller)
            } else {
                own_context(vm, caller, caller_slot)
            };
            vm.store_slot(context, context_slot::PREVIOUS, previous);
        }
    }
}

/// Goes on with a record of native layout in the interpreter (without a value): what the
/// record belonged to is not valid any more.
///
/// # Safety
/// A complete record of native code ends at `fp`.
#[cold]
pub unsafe fn interpret_record(vm: &mut Vm, fp: Fp) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        match vm.settle_record(fp) {
            Ok((base, context)) => {
                vm.tell(|vm| Event::LoopLeft {
                    method: vm.context_method_name(context),
                });
                crate::interpreter::enter_context(vm, base, context, None)
            }
            Err(e) => crate::errors::failed(vm, fp, e.to_string()),
        }
    }
}
