//! The contract between the runtime and generated code.
//!
//! A build hands over a [`NativeImage`]: the image, and for each method its code. What
//! the code itself calls is here too, all of it inlined: sends, pauses, frame access.
//! `docs/GENERATED_CODE.md` walks through one method.

pub use crate::blocks::{BLOCK_WORDS, non_local_return, value0, value1, value2, value3};
pub use crate::code::{Code, Exit, Fp, too_deep};
pub use crate::errors::{no_class_variable, no_instance_variable};
pub use crate::frame::{Descriptor, Kind, return_value};
pub use crate::interpreter::enter_block;
pub use crate::object::{
    bytes, bytes_mut, float_value, has_index, has_slot, init_slot, is_float, slot,
};
use crate::observe::Event;
pub use crate::pause::{leave1, pause1, pause2, pause3, pause4};
use crate::sends::{SUPER_CLASS, miss1, miss2, miss3, miss4};
pub use crate::value::Word;
pub use crate::vm::{ARRAY, BLOCK, SMALL_INT, Vm};
use std::sync::atomic::Ordering;

/// One translated method.
pub struct NativeMethod {
    /// Its number in the image's object table.
    pub object: u32,
    /// Fingerprint of class name, selector, bytecodes and literals.
    pub fingerprint: u64,
    /// Entry.
    pub code: Code,
    /// Blocks: offset of their code, and its translation.
    pub blocks: &'static [(u32, Code)],
    /// Its literals' place in the table of all; after them comes the Method object.
    pub first_literal: u32,
    /// How many literals it has.
    pub literals: u32,
    /// Its sites' place in the table of all.
    pub first_site: u32,
}

/// One send site of translated code.
pub struct NativeSite {
    /// The selector.
    pub selector: &'static [u8],
    /// Is it a super send?
    pub is_super: bool,
    /// Number of the native method.
    pub method: u32,
    /// Bytecode offset.
    pub ip: u32,
}

/// A method specialised for one class of receivers.
pub struct NativeUnit {
    /// The class's number.
    pub class: u32,
    /// Number of the native method.
    pub method: u32,
    /// Entry.
    pub code: Code,
}

/// A lookup that a specialised method relies on.
pub struct NativeAssumption {
    /// Number of the unit.
    pub unit: u32,
    /// Number of the class at which the lookup starts.
    pub class: u32,
    /// The selector.
    pub selector: &'static [u8],
    /// The native method that it must find.
    pub method: u32,
}

/// The profile that a build was guided by, and how well it matched the image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NativeProfile {
    /// How its file was called.
    pub name: &'static str,
    /// Hash of what it says.
    pub hash: u64,
    /// Sites that were used.
    pub matched: usize,
    /// Sites of methods whose bytecode had changed.
    pub stale: usize,
    /// Sites of methods or classes that were not there.
    pub unmatched: usize,
}

/// Everything a build hands over.
pub struct NativeImage {
    /// The image file.
    pub image: &'static [u8],
    /// The methods.
    pub methods: &'static [NativeMethod],
    /// The send sites.
    pub sites: &'static [NativeSite],
    /// Methods specialised by a profile.
    pub units: &'static [NativeUnit],
    /// What they rely on.
    pub assumptions: &'static [NativeAssumption],
    /// Names of the classes that the code tests for, in the order of their numbers.
    pub classes: &'static [&'static [u8]],
    /// How the build came about, for `info`: name of the image, hash.
    pub about: &'static str,
    /// The profile, if there was one.
    pub profile: Option<NativeProfile>,
}

/// A build without native code: everything is interpreted.
pub static NO_NATIVE: NativeImage = NativeImage {
    image: &[],
    methods: &[],
    sites: &[],
    units: &[],
    assumptions: &[],
    classes: &[],
    about: "",
    profile: None,
};

/// Must a function whose frame starts at `fp` pause first?
#[inline(always)]
pub fn pause_due(vm: &Vm, fp: Fp) -> bool {
    fp as usize >= vm.limit.load(Ordering::Relaxed) || too_deep(vm)
}

/// Must a loop whose frame starts at `base` pause?
#[inline(always)]
pub fn loop_pause_due(vm: &Vm, base: Fp) -> bool {
    base as usize >= vm.limit.load(Ordering::Relaxed)
}

/// Says what goes on after the pause that follows.
#[inline(always)]
pub fn set_pending(vm: &mut Vm, code: Code, arity: u32) {
    vm.pending = code;
    vm.pending_arity = arity;
}

/// A literal of translated code.
#[inline(always)]
pub fn literal(vm: &Vm, n: usize) -> Word {
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
#[inline(always)]
pub fn class_slot(vm: &Vm, w: Word, i: usize) -> Option<Word> {
    let class = vm.class_object(vm.class_of(w));
    // SAFETY: a class is an object.
    unsafe { has_slot(class, i).then(|| slot(class, i)) }
}

/// An Array of the `n` words at `from`, room (n + 1 words) having been made sure of.
///
/// # Safety
/// The words are written; [`Vm::bump_slots`].
#[inline(always)]
pub unsafe fn bump_array(vm: &mut Vm, from: Fp, n: usize) -> Word {
    // SAFETY: the caller's.
    unsafe {
        let w = vm.bump_slots(crate::vm::ARRAY, n);
        for i in 0..n {
            init_slot(w, i, *from.add(i));
        }
        w
    }
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

/// The arguments Array of the method activation at `base`, with `n` arguments, made when
/// first asked for; room for it (n + 1 words) having been made sure of.
///
/// # Safety
/// The frame is written; [`Vm::bump_slots`].
#[inline(always)]
pub unsafe fn arguments_array(vm: &mut Vm, base: Fp, n: usize) -> Word {
    // SAFETY: the caller's.
    unsafe {
        let known = *base.add(n + 2);
        if known != Word::ZERO {
            return known;
        }
        let w = bump_array(vm, base, n);
        *base.add(n + 2) = w;
        w
    }
}

/// Can a block's code rely on its arguments and temporaries? (A program can put anything
/// into a Block.) The lengths are those of the home method.
#[inline(always)]
pub fn block_intact(arguments: Word, arity: usize, temporaries: Word, size: usize) -> bool {
    // SAFETY: `has_slot` is for any value.
    unsafe { has_slot(arguments, arity - 1) && (size == 0 || has_slot(temporaries, size - 1)) }
}

/// Primitive 4: how many slots or bytes.
#[inline(always)]
pub fn size_of(w: Word) -> Word {
    // SAFETY: `slot_count` is for any value; what is no SmallInt is an object.
    unsafe {
        match crate::object::slot_count(w) {
            Some(n) => Word::int(n as i32),
            None if crate::object::is_bytes(w) => Word::int(crate::object::size(w) as i32),
            None => Word::ZERO,
        }
    }
}

/// Primitive 30 where it succeeds.
#[inline(always)]
pub fn slot_at(w: Word, i: Word) -> Option<Word> {
    let index = i.as_int().wrapping_sub(1) as u32 as usize;
    // SAFETY: `has_index` is for any value; an index of 0 or below is very large here.
    unsafe { (i.is_int() && has_index(w, index)).then(|| slot(w, index)) }
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
#[inline(always)]
pub fn slot_at_put(vm: &mut Vm, w: Word, i: Word, value: Word) -> Stored {
    let index = i.as_int().wrapping_sub(1) as u32 as usize;
    // SAFETY: as above.
    unsafe {
        if !i.is_int() || !has_index(w, index) {
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
#[inline(always)]
pub fn slot_put(vm: &mut Vm, w: Word, i: Word, value: Word) -> bool {
    let index = i.as_int().wrapping_sub(1) as u32 as usize;
    // SAFETY: as above.
    unsafe { i.is_int() && has_index(w, index) && put_unwatched(vm, w, index, value) }
}

/// Assigns an instance variable if it is there and no method can change by it.
#[inline(always)]
pub fn assigned(vm: &mut Vm, w: Word, index: usize, value: Word) -> bool {
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
            return no_instance_variable(vm, f, index);
        }
        vm.store_slot(w, index, value);
        return_value(vm, f, value)
    }
}

/// Primitive 21 where it succeeds.
#[inline(always)]
pub fn byte_at(w: Word, i: Word) -> Option<Word> {
    let index = i.as_int().wrapping_sub(1) as u32 as usize;
    // SAFETY: any value.
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
        let size = crate::context::slots::CONTEXT_SIZE;
        let c = vm.bump_slots(crate::vm::CONTEXT, size);
        for i in 0..size {
            init_slot(c, i, vm.nil);
        }
        *base.add(slot) = c;
        c
    }
}

/// The Context of the block activation at `base`: a copy of its Block, room for one
/// having been made sure of.
///
/// # Safety
/// As for [`own_context`]; the Block has its slots.
#[inline(always)]
pub unsafe fn own_block_context(vm: &mut Vm, base: Fp) -> Word {
    // SAFETY: the caller's.
    unsafe {
        let c = *base.add(1);
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
        let size = crate::context::slots::BLOCK_SIZE;
        let c = vm.bump_slots(BLOCK, size);
        for i in 0..size {
            init_slot(c, i, slot(*base, i));
        }
        *base.add(1) = c;
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

/// Does everything still hold that a specialised method relies on?
#[inline(always)]
pub fn unit_valid(vm: &Vm, unit: usize) -> bool {
    // SAFETY: units are numbered by the build; the table has one byte for each.
    unsafe { *vm.valid.add(unit) != 0 }
}

/// Is the value an instance of the class with that number (which is not SmallInt)?
#[inline(always)]
pub fn is_instance(w: Word, class: u32) -> bool {
    // SAFETY: no SmallInt, so an object.
    !w.is_int() && unsafe { crate::object::class_number(w) } == class
}

/// Primitive 22 where it succeeds.
#[inline(always)]
pub fn byte_at_put(w: Word, i: Word, value: Word) -> bool {
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
#[inline]
pub fn bytes_compared(x: Word, y: Word) -> Option<Word> {
    // SAFETY: any values.
    unsafe {
        let both = crate::object::is_bytes(x) && crate::object::is_bytes(y);
        both.then(|| Word::int(crate::primitives::compare(bytes(x), bytes(y))))
    }
}

/// Words that a byte object of that size takes in the nursery; 1 if it will not be made
/// there.
#[inline(always)]
pub fn bytes_wanted(size: Word) -> usize {
    match size.to_int() {
        Some(n) if n >= 0 && (n as usize) < SMALL_BYTES => 1 + (n as usize).div_ceil(8),
        _ => 1,
    }
}

/// Bytes of the largest byte object that native code makes itself.
const SMALL_BYTES: usize = 1024;

/// Primitive 20 where it succeeds in the nursery, leaving room for `spare` words.
///
/// # Safety
/// `class` is a class's number.
#[inline(always)]
pub unsafe fn object_of_bytes(vm: &mut Vm, class: u32, size: Word, spare: usize) -> Option<Word> {
    let n = size.to_int()?;
    if n < 0 || n as usize >= SMALL_BYTES || !vm.has_room(spare + bytes_wanted(size)) {
        return None;
    }
    // SAFETY: there is room.
    Some(unsafe { vm.bump_bytes(class, n as usize) })
}

/// How many bytes both have; nothing if one is not made of bytes.
#[inline(always)]
fn total_bytes(x: Word, y: Word) -> Option<usize> {
    // SAFETY: any values.
    unsafe {
        let both = crate::object::is_bytes(x) && crate::object::is_bytes(y);
        both.then(|| crate::object::size(x) + crate::object::size(y))
            .filter(|&n| n < SMALL_BYTES)
    }
}

/// Words that two byte objects take together, in one; 1 if it will not be made in the nursery.
#[inline]
pub fn together_wanted(x: Word, y: Word) -> usize {
    total_bytes(x, y).map_or(1, |n| 1 + n.div_ceil(8))
}

/// Primitive 24 where it succeeds in the nursery, leaving room for `spare` words: the bytes
/// of `y`, then those of `x`, in an object of the class of `y`.
///
/// # Safety
/// Both are values of the program.
pub unsafe fn bytes_together(vm: &mut Vm, x: Word, y: Word, spare: usize) -> Option<Word> {
    let n = total_bytes(x, y)?;
    if !vm.has_room(spare + together_wanted(x, y)) {
        return None;
    }
    // SAFETY: byte objects, as `total_bytes` says; the new one has room for both.
    unsafe {
        let w = vm.bump_bytes(crate::object::class_number(y), n);
        let (first, second) = (bytes(y), bytes(x));
        let into = bytes_mut(w);
        into[..first.len()].copy_from_slice(first);
        into[first.len()..].copy_from_slice(second);
        Some(w)
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

/// Is it a Float, of that class?
#[inline(always)]
pub fn is_float_of(w: Word, class: u32) -> bool {
    // SAFETY: `is_float` is for any value; what it is true of is an object.
    unsafe { is_float(w) && crate::object::class_number(w) == class }
}

/// The number a Float is; zero for anything else.
#[inline(always)]
pub fn float_or_zero(w: Word) -> f64 {
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

/// Words that an object with that many slots takes in the nursery; 1 if it will not be
/// made there (the full primitive then says what is wrong, or makes a large one).
#[inline(always)]
pub fn size_wanted(size: Word) -> usize {
    match size.to_int() {
        Some(n) if n >= 0 && (n as usize) < crate::memory::LARGE_WORDS => n as usize + 1,
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
    if n < 0 || n as usize >= crate::memory::LARGE_WORDS || !vm.has_room(spare + 1 + n as usize) {
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

/// Collects so that there is room for `words` words; the stack is live below `top`.
///
/// # Safety
/// All words of the stack below `top` are words; what else is alive is a root.
#[cold]
#[inline(never)]
pub unsafe fn make_room_here(vm: &mut Vm, top: Fp, words: usize) {
    vm.make_room(top, words);
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
            vm.store_slot(context, crate::context::slots::PREVIOUS, previous);
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
