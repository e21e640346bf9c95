//! Closures: running them. How they return from their homes is in `unwinding`.
//!
//! A closure is a block of an image whose blocks have variables of their own. Its code is a
//! method, which runs with the closure as the receiver; what it uses of the activations around it
//! are slots of the closure. So an activation of it is one of a method, and nothing else in the
//! machine need know of it. The objects have the class that Blocks have in other images
//! ([`crate::blocks`]); a closure's method says what it is written in.

mod unwinding;

use crate::code::{Code, Exit, Fp};
use crate::errors;
use crate::interpreter;
use crate::object::{self, ObjectFormat};
use crate::value::Word;
use crate::vm::{BLOCK, Vm};
use smallworld_abi::layout::limits::MOST_IN_A_BYTE;
use smallworld_abi::layout::{closure_slot, method_slot};
pub use unwinding::home_return;
pub(crate) use unwinding::{next_handler, return_from};

const CACHE_SIZE: usize = 256;

/// Code of closures, found by Method object and number of values.
pub(crate) struct ClosureCache {
    entries: Box<[(Word, usize, Code)]>,
}

impl Default for ClosureCache {
    fn default() -> ClosureCache {
        ClosureCache {
            entries: vec![NOTHING; CACHE_SIZE].into(),
        }
    }
}

/// An entry that no method has.
const NOTHING: (Word, usize, Code) = (Word(0), 0, Code::of1(nothing));

unsafe fn nothing(_: &mut Vm, _: Fp, _: Word) -> Exit {
    Exit::Switch
}

impl ClosureCache {
    /// Forgets everything (methods have moved or changed).
    pub(crate) fn clear(&mut self) {
        self.entries.fill(NOTHING);
    }

    #[inline(always)]
    fn entry(&mut self, method: Word, count: usize) -> &mut (Word, usize, Code) {
        let hash = (method.0 >> 3) as usize ^ count.wrapping_mul(7);
        // SAFETY: the index is below the size, a power of two.
        unsafe { self.entries.get_unchecked_mut(hash & (CACHE_SIZE - 1)) }
    }
}

impl Vm {
    /// Is a value a closure: of the class of blocks, with a method that is written in another?
    pub(crate) fn is_closure(&self, w: Word) -> bool {
        self.class_of(w) == BLOCK
            && self
                .slot_of(w, closure_slot::METHOD)
                .and_then(|method| self.slot_of(method, method_slot::OUTER))
                .is_some_and(|outer| outer != self.nil)
    }

    /// Where a closure that gets `count` values, itself included, starts; nothing if it is none or
    /// takes another number of them.
    #[inline(always)]
    pub(crate) fn closure_code(&mut self, closure: Word, count: usize) -> Option<Code> {
        // SAFETY: `has_slot` is for any value.
        unsafe {
            if self.class_of(closure) != BLOCK || !object::has_slot(closure, closure_slot::RECEIVER)
            {
                return None;
            }
            let method = object::slot(closure, closure_slot::METHOD);
            let e = self.closure_cache.entry(method, count);
            if e.0 == method && e.1 == count {
                return Some(e.2);
            }
        }
        self.closure_code_slow(closure, count)
    }

    #[cold]
    #[inline(never)]
    fn closure_code_slow(&mut self, closure: Word, count: usize) -> Option<Code> {
        if !self.is_closure(closure) {
            return None;
        }
        let method = self.slot_of(closure, closure_slot::METHOD)?;
        let number = self.method_number(method)?;
        let m = &self.methods[number as usize];
        if m.problem.is_some() || m.arity != count {
            return None;
        }
        let code = match (m.runs_native(), m.code) {
            (true, native) => self.unit_code(BLOCK, number).unwrap_or(native),
            (false, _) => interpreter::closure_entry_of_arity(count),
        };
        *self.closure_cache.entry(method, count) = (method, count, code);
        Some(code)
    }

    /// Why something could not be run as a closure with `count` values, itself included.
    #[cold]
    pub(crate) fn closure_problem(&mut self, closure: Word, count: usize) -> String {
        if !self.is_closure(closure) {
            let class = self.class_name_of(closure);
            return format!("an instance of {class} cannot be run as a block");
        }
        let method = self.slot_of(closure, closure_slot::METHOD);
        let number = method.and_then(|m| self.method_number(m));
        match number.map(|n| &self.methods[n as usize]) {
            Some(m) if m.problem.is_none() && m.arity != count => {
                let takes = match m.arity - 1 {
                    0 => "no arguments".to_string(),
                    1 => "1 argument".to_string(),
                    n => format!("{n} arguments"),
                };
                let given = match count - 1 {
                    1 => "1 was given".to_string(),
                    n => format!("{n} were given"),
                };
                format!("the block takes {takes}, but {given}")
            }
            Some(m) => m.problem.clone().unwrap_or_default(),
            None => "the block's method is none".into(),
        }
    }

    /// Can a block, of whichever kind, be run with these arguments? A Block has got them then.
    pub(crate) fn accepts(&mut self, block: Word, arguments: &[Word]) -> Result<(), String> {
        if self.is_closure(block) {
            let count = 1 + arguments.len();
            return match self.closure_code(block, count) {
                Some(_) => Ok(()),
                None => Err(self.closure_problem(block, count)),
            };
        }
        match self.pass_to_block(block, arguments) {
            true => Ok(()),
            false => Err(self.block_problem(block)),
        }
    }
}

/// Out of line, so that the code that runs closures has nothing to clean up and can jump.
#[cold]
#[inline(never)]
unsafe fn cannot_run(vm: &mut Vm, fp: Fp, closure: Word, count: usize) -> Exit {
    let problem = vm.closure_problem(closure, count);
    // SAFETY: `fp` is a base.
    unsafe { errors::block_failed(vm, fp, closure, problem) }
}

macro_rules! closure_calls {
    ($($name:ident $as:ident $count:literal ($($a:ident),*);)*) => {$(
        /// Primitive 121 with that many values: the closure goes on in place of the method that
        /// runs it.
        ///
        /// # Safety
        /// Called as code; `fp` is the base of the activation that is replaced.
        #[inline]
        pub unsafe fn $name(vm: &mut Vm, fp: Fp, closure: Word $(, $a: Word)*) -> Exit {
            if let Some(code) = vm.closure_code(closure, $count) {
                // SAFETY: the code is of that arity.
                return unsafe { code.$as()(vm, fp, closure $(, $a)*) };
            }
            // SAFETY: `fp` is a base.
            unsafe { cannot_run(vm, fp, closure, $count) }
        }
    )*};
}

closure_calls! {
    run_closure1 as1 1 ();
    run_closure2 as2 2 (a1);
    run_closure3 as3 3 (a1, a2);
    run_closure4 as4 4 (a1, a2, a3);
}

/// Primitive 121 with any number of values, which are at `from`.
///
/// # Safety
/// `fp` is the base of the activation that is replaced; the words are on the stack, `from` not
/// below `fp`.
pub unsafe fn run_closure_many(vm: &mut Vm, fp: Fp, from: Fp, count: u32) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        std::ptr::copy(from, fp, count as usize);
        run_closure_in_frame(vm, fp, count as usize)
    }
}

/// Runs the closure at `fp` with the values after it, `count` of them together.
///
/// # Safety
/// A complete record ends at `fp`.
pub(crate) unsafe fn run_closure_in_frame(vm: &mut Vm, fp: Fp, count: usize) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        match vm.closure_code(*fp, count) {
            Some(code) => code.call_from_frame(vm, fp, count),
            None => cannot_run(vm, fp, *fp, count),
        }
    }
}

/// The machine's number of the method of a closure that gets `count` values, if it is interpreted.
#[inline(always)]
pub(crate) fn interpreted_method(vm: &mut Vm, closure: Word, count: usize) -> Option<u32> {
    let code = vm.closure_code(closure, count)?;
    if code != interpreter::closure_entry_of_arity(count) {
        return None;
    }
    let method = vm.slot_of(closure, closure_slot::METHOD)?;
    vm.method_number(method)
}

/// Primitive 122: the closure goes on, with the elements of an Array, in place of the method that
/// runs it.
///
/// # Safety
/// `fp` is the base of the activation that is replaced.
pub unsafe fn run_closure_with(vm: &mut Vm, fp: Fp, closure: Word, arguments: Word) -> Exit {
    // SAFETY: the caller's; the format is that of an object, and there are so many slots.
    unsafe {
        let is_array = !arguments.is_int() && object::format(arguments) == ObjectFormat::Slots;
        let given = if is_array { object::size(arguments) } else { 0 };
        if !is_array || given >= MOST_IN_A_BYTE {
            let problem = "a block gets its arguments as an Array, 254 at most".to_string();
            return errors::block_failed(vm, fp, closure, problem);
        }
        *fp = closure;
        for i in 0..given {
            *fp.add(1 + i) = object::slot(arguments, i);
        }
        run_closure_in_frame(vm, fp, 1 + given)
    }
}
