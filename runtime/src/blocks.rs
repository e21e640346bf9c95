//! Blocks: making them, running them, and returning from them.
//!
//! A Block object has the ten slots of the image's class: the seven of a Context, and
//! where its parameters go, who created it, and where its code starts. Its home's
//! temporaries and arguments are Arrays that it shares with the home and with all other
//! blocks of it. `creatingContext` is only filled in when the block contains `^`, the
//! one thing that needs it.

use crate::allocate::AllocationError;
use crate::code::{Code, Exit, Fp};
use crate::frame::{self, Record};
use crate::methods::NO_METHOD;
use crate::object::{self, ObjectFormat};
use crate::value::Word;
use crate::vm::{BLOCK, Vm};
pub use smallworld_abi::layout::BLOCK_WORDS;
use smallworld_abi::layout::block_slot::*;
use smallworld_abi::layout::context_slot::*;

const CACHE_SIZE: usize = 256;

/// Native code of blocks, found by Method object and offset.
pub struct BlockCache {
    entries: Box<[(Word, Word, Code)]>,
}

impl Default for BlockCache {
    fn default() -> BlockCache {
        BlockCache {
            entries: vec![(Word(0), Word(0), interpreted()); CACHE_SIZE].into(),
        }
    }
}

fn interpreted() -> Code {
    Code::of1(crate::interpreter::enter_block)
}

impl BlockCache {
    /// Forgets everything (methods have moved or changed).
    pub fn clear(&mut self) {
        self.entries.fill((Word(0), Word(0), interpreted()));
    }

    #[inline(always)]
    fn entry(&mut self, method: Word, ip: Word) -> &mut (Word, Word, Code) {
        let hash = (method.0 >> 3) ^ (ip.0 >> 32).wrapping_mul(7);
        // SAFETY: the index is below the size, a power of two.
        unsafe {
            self.entries
                .get_unchecked_mut(hash as usize & (CACHE_SIZE - 1))
        }
    }
}

impl Vm {
    /// A Block, room for [`BLOCK_WORDS`] having been made sure of.
    ///
    /// # Safety
    /// The words are as the parameters say; there is room.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    pub(crate) unsafe fn bump_block(
        &mut self,
        method: Word,
        arguments: Word,
        temporaries: Word,
        parameters_at: u8,
        creator: Word,
        start: u32,
    ) -> Word {
        // SAFETY: every slot is written; the object is young.
        unsafe {
            // Specialised code runs the block as it was made, without a look at the Block.
            let b = self.bump_watched(BLOCK, BLOCK_SIZE);
            let start = Word::int(start as i32);
            object::init_slot(b, METHOD, method);
            object::init_slot(b, ARGUMENTS, arguments);
            object::init_slot(b, TEMPORARIES, temporaries);
            object::init_slot(b, STACK, self.nil);
            object::init_slot(b, BYTE_POINTER, start);
            object::init_slot(b, STACK_TOP, Word::ZERO);
            object::init_slot(b, PREVIOUS, self.nil);
            object::init_slot(b, ARGUMENT_LOCATION, Word::int(parameters_at as i32));
            object::init_slot(b, CREATOR, creator);
            object::init_slot(b, OLD_BYTE_POINTER, start);
            b
        }
    }

    /// Puts `arguments` where a block's parameters are: from its argument location on in
    /// its temporaries. How many the block declares is not checked, as in the original.
    /// False if the object is no block, or the arguments do not fit
    /// ([`Vm::block_problem`] then says which).
    #[inline(always)]
    pub(crate) fn pass_to_block(&mut self, block: Word, arguments: &[Word]) -> bool {
        // SAFETY: the slots read are checked to exist first.
        unsafe {
            if !object::has_slot(block, OLD_BYTE_POINTER) || self.class_of(block) != BLOCK {
                return false;
            }
            if !arguments.is_empty() {
                let temporaries = object::slot(block, TEMPORARIES);
                let at = object::slot(block, ARGUMENT_LOCATION);
                let last = (at.as_int() as usize).wrapping_add(arguments.len() - 1);
                if !at.is_int() || at.as_int() < 0 || !object::has_slot(temporaries, last) {
                    return false;
                }
                for (i, &w) in arguments.iter().enumerate() {
                    self.store_slot(temporaries, at.as_int() as usize + i, w);
                }
            }
            true
        }
    }

    /// Why a block could not be given its arguments.
    #[cold]
    pub(crate) fn block_problem(&self, block: Word) -> String {
        // SAFETY: `has_slot` is for any value.
        let is_block =
            self.class_of(block) == BLOCK && unsafe { object::has_slot(block, OLD_BYTE_POINTER) };
        if is_block {
            return "the block has no place for that many arguments".into();
        }
        let class = self.class_name_of(block);
        format!("an instance of {class} cannot be run as a block")
    }

    /// A copy of the Block at `*top` (which is kept there while we allocate), so that two
    /// activations of it share nothing but their home.
    ///
    /// # Errors
    /// Memory is exhausted.
    ///
    /// # Safety
    /// `*top` is a Block with all its slots.
    pub(crate) unsafe fn new_block_copy(&mut self, top: Fp) -> Result<Word, AllocationError> {
        // SAFETY: the caller's; the stack has room for a word.
        unsafe {
            let class = self.class_of(*top);
            let copy = self.allocate(top.add(1), class, ObjectFormat::Slots, BLOCK_SIZE)?;
            for i in 0..BLOCK_SIZE {
                self.store_slot(copy, i, object::slot(*top, i));
            }
            Ok(copy)
        }
    }

    /// Where a block's code starts: native, if its method is bound to native code.
    #[inline(always)]
    pub(crate) fn block_code(&mut self, block: Word) -> Code {
        // SAFETY: `pass_to_block` has seen that these slots exist.
        let (method, ip) = unsafe {
            (
                object::slot(block, METHOD),
                object::slot(block, OLD_BYTE_POINTER),
            )
        };
        let e = self.block_cache.entry(method, ip);
        if e.0 == method && e.1 == ip {
            return e.2;
        }
        self.block_code_slow(method, ip)
    }

    #[cold]
    fn block_code_slow(&mut self, method: Word, ip: Word) -> Code {
        let mut code = interpreted();
        if let Some(number) = self.method_number(method)
            && let m = &self.methods[number as usize]
            && let (Some(native), true) = (m.native, m.runs_native())
        {
            let blocks = self.native_table.methods[native as usize].blocks;
            if let Some(b) = blocks.iter().find(|b| b.0 as i32 == ip.as_int()) {
                code = b.1;
            }
        }
        *self.block_cache.entry(method, ip) = (method, ip, code);
        code
    }
}

/// Out of line, so that the code that runs blocks has nothing to clean up and can jump.
#[cold]
#[inline(never)]
unsafe fn cannot_run(vm: &mut Vm, fp: Fp, block: Word) -> Exit {
    let problem = vm.block_problem(block);
    // SAFETY: `fp` is a base.
    unsafe { crate::errors::block_failed(vm, fp, block, problem) }
}

macro_rules! block_calls {
    ($($name:ident ($($a:ident),*);)*) => {$(
        /// Primitive 8 with that many arguments: the block goes on in place of the
        /// method that runs it.
        ///
        /// # Safety
        /// Called as code; `fp` is the base of the activation that is replaced.
        #[inline]
        pub unsafe fn $name(vm: &mut Vm, fp: Fp, block: Word $(, $a: Word)*) -> Exit {
            if vm.pass_to_block(block, &[$($a),*]) {
                let code = vm.block_code(block);
                // SAFETY: block code is of arity 1.
                return unsafe { code.as1()(vm, fp, block) };
            }
            // SAFETY: `fp` is a base.
            unsafe { cannot_run(vm, fp, block) }
        }
    )*};
}

block_calls! {
    value0();
    value1(a1);
    value2(a1, a2);
    value3(a1, a2, a3);
}

/// What the Context of a block's creator says of its caller (slot PREVIOUS), while nobody has
/// told it: it is still there, or has ended without returning and its caller as well. nil
/// says that it has none: it was the first of its chain.
pub(crate) const CALLER_UNKNOWN: Word = Word::ZERO;

/// `^` in a block: returns to the caller of the activation that created it. If that was the
/// first of its chain, the chain that runs now ends with the value.
///
/// # Safety
/// Called as code; `fp` is the base of the block's activation, `block` the Block.
pub unsafe fn non_local_return(vm: &mut Vm, fp: Fp, block: Word, value: Word) -> Exit {
    // SAFETY: `fp` ends the record of the block's caller.
    unsafe {
        let creator = vm.slot_of(block, CREATOR).unwrap_or(vm.nil);
        if !object::has_slot(creator, PREVIOUS) {
            return crate::errors::cannot_return(vm, fp, block, value);
        }
        if let Some(home) = vm.find_record(fp, creator) {
            return match Record::ending_at(home.base).is_activation() {
                true => unwind(vm, fp, home.base, value),
                false => end_chain(vm, fp, value),
            };
        }
        let caller = object::slot(creator, PREVIOUS);
        if caller == vm.nil {
            return end_chain(vm, fp, value);
        }
        if caller != CALLER_UNKNOWN
            && let Some(r) = vm.find_record(fp, caller)
        {
            return unwind(vm, fp, r.end, value);
        }
        crate::errors::cannot_return(vm, fp, block, value)
    }
}

/// Returns a value to the record that ends at `target`, leaving all activations above it.
///
/// # Safety
/// `fp` ends a complete record, and so does `target`, which is further down or the same.
unsafe fn unwind(vm: &mut Vm, fp: Fp, target: Fp, value: Word) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        let mut value = value;
        // Of the activations that are left, one has a caller that goes on.
        let last = abandon_to(vm, fp, target);
        if let Some(last) = last.filter(Record::is_activation)
            && *last.context_slot() != Word::ZERO
        {
            value = vm.retire(target, last.context_slot(), value);
        }
        frame::return_value(vm, target, value)
    }
}

/// Ends the chain that runs, the innermost primitive 6 or the process, with a value.
///
/// # Safety
/// `fp` ends a complete record.
unsafe fn end_chain(vm: &mut Vm, fp: Fp, value: Word) -> Exit {
    // SAFETY: the caller's; every process has its bottom.
    unsafe {
        let first = records(fp).find(|r| !r.is_activation());
        let end = first.map_or(fp, |r| r.end);
        abandon_to(vm, fp, end);
        frame::return_value(vm, end, value)
    }
}

/// The process whose stack ends at `fp` is about to end without returning.
///
/// # Safety
/// `fp` ends a complete record.
pub(crate) unsafe fn abandon(vm: &mut Vm, fp: Fp) {
    let bottom = vm.stack_start().wrapping_add(1);
    // SAFETY: the caller's; the first record is the bottom, of one word.
    unsafe { abandon_to(vm, fp, bottom) };
}

/// The activations above `target` are about to end without returning: those that are the
/// first of their chains, and may have made blocks with `^`, say that they have no caller.
/// Answers the lowest record above `target`.
///
/// # Safety
/// `fp` ends a complete record, and so does `target`, further down.
pub(crate) unsafe fn abandon_to(vm: &mut Vm, fp: Fp, target: Fp) -> Option<Record> {
    let mut end = fp;
    let mut last = None;
    // SAFETY: the caller's.
    unsafe {
        while end > target {
            let r = Record::ending_at(end);
            if r.is_activation() && !Record::ending_at(r.base).is_activation() {
                let context = *r.context_slot();
                if object::has_slot(context, PREVIOUS)
                    && object::slot(context, PREVIOUS) == CALLER_UNKNOWN
                {
                    vm.store_slot(context, PREVIOUS, vm.nil);
                }
            }
            end = r.base;
            last = Some(r);
        }
    }
    last
}

/// The process's records below `fp`, for whoever wants to walk them.
///
/// # Safety
/// `fp` ends a complete record.
pub unsafe fn records(fp: Fp) -> impl Iterator<Item = Record> {
    let mut end = Some(fp);
    std::iter::from_fn(move || {
        let at = end?;
        // SAFETY: the caller's, and the previous step's.
        let r = unsafe { Record::ending_at(at) };
        end = (r.descriptor.kind != frame::Kind::Bottom).then_some(r.base);
        Some(r)
    })
}

/// The machine's number of a block's method, if it is one that can run.
pub(crate) fn block_method(vm: &mut Vm, block: Word) -> u32 {
    vm.slot_of(block, METHOD)
        .and_then(|m| vm.method_number(m))
        .unwrap_or(NO_METHOD)
}
