//! The contract between the runtime and generated code.
//!
//! This is the door to the inside of the machine, for code that the translator writes and
//! for nothing else. What could break the machine is `unsafe` here; what a Rust program may
//! do with an image is in [`embed`](crate::embed).
//!
//! A build hands over a [`NativeImage`]: the image, and for each method its code. What
//! the code itself calls is here too, nearly all of it inlined: here pauses, frames, sends,
//! blocks and Contexts, in `open_coded.rs` primitives, in `units.rs` what only specialised
//! code needs. `docs/GENERATED_CODE.md` walks through one method.

mod frames;
mod open_coded;
mod tables;
mod units;

use crate::blocks::CALLER_UNKNOWN;
pub use crate::blocks::{BLOCK_WORDS, non_local_return, value0, value1, value2, value3};
pub use crate::closures::{
    home_return, run_closure_many, run_closure_with, run_closure1, run_closure2, run_closure3,
    run_closure4,
};
pub use crate::code::{Code, Exit, Fp, too_deep};
pub use crate::errors::{missing_argument, no_class_variable, no_instance_variable, no_slot};
pub use crate::frame::{Descriptor, Kind, return_value};
pub use crate::interpreter::enter_block;
pub use crate::object::{
    ObjectFormat, bytes, bytes_mut, float_value, has_slot, init_slot, is_float, slot,
};
pub use crate::pause::{leave1, pause1, pause2, pause3, pause4};
use crate::sends::{SUPER_CLASS, miss1, miss2, miss3, miss4};
pub use crate::value::Word;
pub use crate::vm::{ARRAY, BLOCK, SMALL_INT, Vm};
pub use frames::*;
pub use open_coded::*;
use smallworld_abi::layout::{FrameLayout, block_slot, context_slot};
pub use tables::*;
pub use units::*;

/// Says where in the program the code that follows is. It does nothing.
#[macro_export]
macro_rules! at {
    ($place:literal) => {};
}
pub use at;
macro_rules! are_there {
    ($($name:ident($($parameter:ty),*): $($effect:ident)|*;)*) => {
        // Whatever translated code may call is there, and takes what the table says.
        const _: () = {
            $(let _: unsafe fn($($parameter),*) -> _ = $name;)*
        };
    };
}

smallworld_abi::for_each_native!(are_there);

/// The object nil.
#[inline(always)]
pub fn nil(vm: &Vm) -> Word {
    vm.nil
}

/// The object true.
#[inline(always)]
pub fn true_(vm: &Vm) -> Word {
    vm.true_
}

/// The object false.
#[inline(always)]
pub fn false_(vm: &Vm) -> Word {
    vm.false_
}

/// true or false.
#[inline(always)]
pub fn boolean(vm: &Vm, b: bool) -> Word {
    vm.boolean(b)
}

/// The class number of a value.
///
/// # Safety
/// It is one.
#[inline(always)]
pub unsafe fn class_of(vm: &Vm, w: Word) -> u32 {
    vm.class_of(w)
}

/// The class with that number.
///
/// # Safety
/// There is one.
#[inline(always)]
pub unsafe fn class_object(vm: &Vm, number: u32) -> Word {
    vm.class_object(number)
}

/// Is there room for `words` words in the nursery?
#[inline(always)]
pub fn has_room(vm: &Vm, words: usize) -> bool {
    vm.has_room(words)
}

/// An object of slots for which there is room, its slots not initialised.
///
/// # Safety
/// [`Vm::bump_slots`].
#[inline(always)]
pub unsafe fn bump_slots(vm: &mut Vm, class: u32, size: usize) -> Word {
    // SAFETY: the caller's.
    unsafe { vm.bump_slots(class, size) }
}

/// A Block for which there is room.
///
/// # Safety
/// [`Vm::bump_block`].
#[inline(always)]
#[allow(clippy::too_many_arguments)]
pub unsafe fn bump_block(
    vm: &mut Vm,
    method: Word,
    arguments: Word,
    temporaries: Word,
    parameters_at: u8,
    creator: Word,
    start: u32,
) -> Word {
    // SAFETY: the caller's.
    unsafe {
        vm.bump_block(
            method,
            arguments,
            temporaries,
            parameters_at,
            creator,
            start,
        )
    }
}

/// Stores into a slot that is there. True if methods may have changed by it.
///
/// # Safety
/// [`Vm::store_slot`].
#[inline(always)]
pub unsafe fn store_slot(vm: &mut Vm, w: Word, index: usize, value: Word) -> bool {
    // SAFETY: the caller's.
    unsafe { vm.store_slot(w, index, value) }
}

/// Must a function whose frame starts at `fp` pause first?
#[inline(always)]
pub fn pause_due(vm: &Vm, fp: Fp) -> bool {
    vm.limit_reached(fp) || too_deep(vm)
}

/// Must a loop whose frame starts at `base` pause?
#[inline(always)]
pub fn loop_pause_due(vm: &Vm, base: Fp) -> bool {
    vm.limit_reached(base)
}

/// Says what goes on after the pause that follows.
///
/// # Safety
/// `code` has that arity, and can be called with the arguments of the pause that follows.
#[inline(always)]
pub unsafe fn set_pending(vm: &mut Vm, code: Code, arity: u32) {
    vm.pending = code;
    vm.pending_arity = arity;
}

/// A literal of translated code.
///
/// # Safety
/// The table of literals has more than `n`.
#[inline(always)]
pub unsafe fn literal(vm: &Vm, n: usize) -> Word {
    // SAFETY: the table has every literal of every native method.
    unsafe { *vm.literals.add(n) }
}

/// Word `i` of a frame.
///
/// # Safety
/// `base` is a frame's, and the word has been written.
#[inline(always)]
pub unsafe fn get(base: Fp, i: usize) -> Word {
    // SAFETY: the caller's.
    unsafe { *base.add(i) }
}

/// Writes word `i` of a frame.
///
/// # Safety
/// `base` is a frame's.
#[inline(always)]
pub unsafe fn put(base: Fp, i: usize, w: Word) {
    // SAFETY: the caller's; the stack has a reserve beyond its limit.
    unsafe { *base.add(i) = w }
}

/// Completes the record of `size` words at `base`. Answers its end.
///
/// # Safety
/// All words below are written.
#[inline(always)]
pub unsafe fn seal(base: Fp, d: &'static Descriptor) -> Fp {
    let size = d.size as usize;
    // SAFETY: the caller's.
    unsafe {
        *base.add(size - 1) = d.word();
        base.add(size)
    }
}

macro_rules! sends {
    ($($send:ident $super:ident $miss:ident $as:ident ($($a:ident),*);)*) => {$(
        /// A send with that many register arguments through site `n`.
        ///
        /// # Safety
        /// A complete record ends at `fp`; further arguments are in the callee's frame.
        #[inline(always)]
        pub unsafe fn $send(vm: &mut Vm, fp: Fp, n: u32, a0: Word $(, $a: Word)*) -> Exit {
            // SAFETY: sites are numbered by the build; a hit's code is of this arity.
            unsafe {
                let class = vm.class_of(a0);
                let entry = &mut (*vm.sites.add(n as usize)).entries[0];
                vm.site = n;
                if entry.class == class {
                    entry.count += 1;
                    let code = entry.code;
                    return code.$as()(vm, fp, a0 $(, $a)*);
                }
                $miss(vm, fp, a0 $(, $a)*)
            }
        }

        /// A super send with that many register arguments through site `n`.
        ///
        /// # Safety
        /// As for the ordinary send.
        #[inline(always)]
        pub unsafe fn $super(vm: &mut Vm, fp: Fp, n: u32, a0: Word $(, $a: Word)*) -> Exit {
            // SAFETY: as above.
            unsafe {
                let entry = &mut (*vm.sites.add(n as usize)).entries[0];
                vm.site = n;
                if entry.class == SUPER_CLASS {
                    entry.count += 1;
                    let code = entry.code;
                    return code.$as()(vm, fp, a0 $(, $a)*);
                }
                $miss(vm, fp, a0 $(, $a)*)
            }
        }
    )*};
}

sends! {
    send1 super1 miss1 as1 ();
    send2 super2 miss2 as2 (a1);
    send3 super3 miss3 as3 (a1, a2);
    send4 super4 miss4 as4 (a1, a2, a3);
}

/// A primitive that is not open-coded, with `argc` arguments at `fp`.
///
/// # Safety
/// A complete record ends at `fp`, the arguments are there.
#[inline(always)]
pub unsafe fn primitive(vm: &mut Vm, fp: Fp, number: u32, argc: u32) -> Exit {
    vm.primitive = number;
    vm.argc = argc;
    // SAFETY: the caller's.
    unsafe { crate::primitives::call(vm, fp, Word::ZERO) }
}

/// Primitive 8 with more than three arguments: they and the block are at `fp`.
///
/// # Safety
/// `fp` is the base of the activation that is replaced; the words are on the stack.
pub unsafe fn value_many(vm: &mut Vm, fp: Fp, from: Fp, argc: u32) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        let given = std::slice::from_raw_parts(from, argc as usize - 1);
        let block = *from.add(argc as usize - 1);
        if vm.pass_to_block(block, given) {
            return vm.block_code(block).as1()(vm, fp, block);
        }
        let problem = vm.block_problem(block);
        crate::errors::block_failed(vm, fp, block, problem)
    }
}

/// Slot `i` of the class of `w`, if the class has it (bytecode 14).
///
/// # Safety
/// The words are values: SmallInts, or references to live objects.
#[inline(always)]
pub unsafe fn class_slot(vm: &Vm, w: Word, i: usize) -> Option<Word> {
    let class = vm.class_object(vm.class_of(w));
    // SAFETY: a class is an object.
    unsafe { has_slot(class, i).then(|| slot(class, i)) }
}

/// An Array of `n` nils, room (n + 1 words) having been made sure of.
///
/// # Safety
/// [`Vm::bump_slots`].
#[inline(always)]
pub unsafe fn bump_nils(vm: &mut Vm, n: usize) -> Word {
    // SAFETY: the caller's.
    unsafe {
        let w = vm.bump_slots(crate::vm::ARRAY, n);
        for i in 0..n {
            init_slot(w, i, vm.nil);
        }
        w
    }
}

/// A closure of `size` slots, all nil, room (`size` + 1 words) having been made sure of.
///
/// # Safety
/// [`Vm::bump_slots`].
#[inline(always)]
pub unsafe fn closure_of_nils(vm: &mut Vm, size: usize) -> Word {
    // SAFETY: the caller's.
    unsafe {
        let w = vm.bump_slots(BLOCK, size);
        for i in 0..size {
            init_slot(w, i, vm.nil);
        }
        w
    }
}

/// A closure of these words, room for it having been made sure of.
///
/// # Safety
/// [`Vm::bump_slots`].
#[inline(always)]
pub unsafe fn closure_of(vm: &mut Vm, words: &[Word]) -> Word {
    // SAFETY: the caller's.
    unsafe {
        let w = vm.bump_slots(BLOCK, words.len());
        for (i, &word) in words.iter().enumerate() {
            init_slot(w, i, word);
        }
        w
    }
}

/// The arguments Array of the method activation at `base`, with `n` arguments, made when
/// first asked for; room for it (n + 1 words) having been made sure of.
///
/// # Safety
/// The frame is written; [`Vm::bump_slots`].
#[inline(always)]
pub unsafe fn arguments_array(vm: &mut Vm, base: Fp, n: usize) -> Word {
    // SAFETY: the caller's.
    unsafe {
        let array = base.add(FrameLayout::shared(n).arguments_array());
        if *array != Word::ZERO {
            return *array;
        }
        // In specialised code, a block's home has its arguments in its frame.
        let w = vm.bump_watched(crate::vm::ARRAY, n);
        for i in 0..n {
            init_slot(w, i, *base.add(i));
        }
        *array = w;
        w
    }
}

/// Is argument `i` of an activation, a word of its frame, the same in the Array of its arguments,
/// where blocks look for it? There may be no Array yet.
///
/// # Safety
/// The Array is that of the frame.
#[inline(always)]
pub unsafe fn argument_kept(array: Word, i: usize, word: Word) -> bool {
    // SAFETY: the machine has made the Array with as many slots as there are arguments.
    unsafe { array == Word::ZERO || slot(array, i) == word }
}

/// Argument `i` of a block's home, which its selector does not look like; it is there if the
/// call passed so many.
#[inline(always)]
pub fn further_argument(arguments: Word, i: usize) -> Option<Word> {
    // SAFETY: `has_slot` is for any value.
    unsafe { has_slot(arguments, i).then(|| slot(arguments, i)) }
}

/// An argument of a method, which its selector does not look like. Translated methods are
/// called with what the selector looks like; other calls are interpreted.
#[inline(always)]
pub fn no_argument() -> Option<Word> {
    None
}

/// Can a block's code rely on its arguments and temporaries? (A program can put anything
/// into a Block.) The lengths are those of the home method.
///
/// # Safety
/// The words are values: SmallInts, or references to live objects.
#[inline(always)]
pub unsafe fn block_intact(arguments: Word, arity: usize, temporaries: Word, size: usize) -> bool {
    // SAFETY: `has_slot` is for any value.
    unsafe { has_slot(arguments, arity - 1) && (size == 0 || has_slot(temporaries, size - 1)) }
}

/// The Context of the activation at `base` (whose context slot is word `slot`), room for
/// one having been made sure of.
///
/// # Safety
/// The context slot is written; [`Vm::bump_slots`].
#[inline(always)]
pub unsafe fn own_context(vm: &mut Vm, base: Fp, slot: usize) -> Word {
    // SAFETY: the caller's.
    unsafe {
        let c = *base.add(slot);
        if c != Word::ZERO {
            c
        } else {
            new_context(vm, base, slot)
        }
    }
}

#[cold]
unsafe fn new_context(vm: &mut Vm, base: Fp, slot: usize) -> Word {
    // SAFETY: as for `own_context`.
    unsafe {
        let size = context_slot::CONTEXT_SIZE;
        let c = vm.bump_slots(crate::vm::CONTEXT, size);
        for i in 0..size {
            init_slot(c, i, vm.nil);
        }
        init_slot(c, context_slot::PREVIOUS, CALLER_UNKNOWN);
        *base.add(slot) = c;
        c
    }
}

/// The word of a block's frame for its Context.
const BLOCK_CONTEXT: usize = FrameLayout::block().context();

/// The Context of the block activation at `base`: a copy of its Block, room for one
/// having been made sure of.
///
/// # Safety
/// As for [`own_context`]; the Block has its slots.
#[inline(always)]
pub unsafe fn own_block_context(vm: &mut Vm, base: Fp) -> Word {
    // SAFETY: the caller's.
    unsafe {
        let c = *base.add(BLOCK_CONTEXT);
        if c != Word::ZERO {
            c
        } else {
            new_block_context(vm, base)
        }
    }
}

#[cold]
unsafe fn new_block_context(vm: &mut Vm, base: Fp) -> Word {
    // SAFETY: as for `own_block_context`.
    unsafe {
        let size = block_slot::BLOCK_SIZE;
        let c = vm.bump_slots(BLOCK, size);
        for i in 0..size {
            init_slot(c, i, slot(*base, i));
        }
        init_slot(c, context_slot::PREVIOUS, CALLER_UNKNOWN);
        *base.add(BLOCK_CONTEXT) = c;
        c
    }
}

/// A method (or block) activation that may have made a block with `^` returns `value`.
///
/// # Safety
/// `base` is its base, word `slot` its context slot; its frame is written.
#[inline(always)]
pub unsafe fn leave(vm: &mut Vm, base: Fp, slot: usize, value: Word) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        if *base.add(slot) != Word::ZERO {
            return leave_slow(vm, base, slot, value);
        }
        return_value(vm, base, value)
    }
}

#[cold]
#[inline(never)]
unsafe fn leave_slow(vm: &mut Vm, base: Fp, slot: usize, value: Word) -> Exit {
    // SAFETY: as for `leave`.
    unsafe {
        let value = vm.retire(base, base.add(slot), value);
        return_value(vm, base, value)
    }
}
