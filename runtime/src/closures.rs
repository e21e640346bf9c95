//! Closures: running them, and returning from their homes.
//!
//! A closure is a block of an image whose blocks have variables of their own. Its code is a
//! method, which runs with the closure as the receiver; what it uses of the activations around it
//! are slots of the closure. So an activation of it is one of a method, and nothing else in the
//! machine need know of it. The objects have the class that Blocks have in other images
//! ([`crate::blocks`]); a closure's method says what it is written in.

use crate::allocate::AllocationError;
use crate::blocks::{abandon_to, records};
use crate::code::{Code, Exit, Fp};
use crate::errors;
use crate::frame::{Kind, Record, return_value};
use crate::interpreter;
use crate::object::{self, ObjectFormat};
use crate::value::Word;
use crate::vm::{BLOCK, CONTEXT, Vm};
use smallworld_abi::layout::limits::MOST_IN_A_BYTE;
use smallworld_abi::layout::{closure_slot, context_slot, method_slot};
use smallworld_abi::primitive::Primitive;
use smallworld_image::Op;

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

/// What the machine has to know of an activation that is left, or asked who handles an exception. A
/// method says it by the primitive that it begins with.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum Mark {
    /// Nothing.
    #[default]
    None,
    /// When it is left otherwise than by its own return, its first argument is to be run.
    Unwind,
    /// It handles exceptions.
    Handler,
    /// It runs a handler for the activation whose Context is its first argument: whoever looks for
    /// handlers goes on there.
    Handling,
}

impl Mark {
    /// The mark of a method with that first instruction.
    pub(crate) fn of(first: Op) -> Mark {
        let Op::Primitive { argc: 0, number } = first else {
            return Mark::None;
        };
        match Primitive::everywhere(number) {
            Some(Primitive::MarkUnwind) => Mark::Unwind,
            Some(Primitive::MarkHandler) => Mark::Handler,
            Some(Primitive::MarkHandling) => Mark::Handling,
            _ => Mark::None,
        }
    }
}

impl Vm {
    /// The mark of an activation.
    pub(crate) fn mark_of(&self, r: &Record) -> Mark {
        let number = match r.descriptor.kind {
            Kind::Native | Kind::NativeShared => {
                Some(self.native_methods[r.descriptor.method as usize])
            }
            // SAFETY: the record is complete.
            Kind::Interpreted if !r.is_interpreted_block() => unsafe {
                return interpreter::frame_method(r.base, r.arguments()).mark;
            },
            // SAFETY: as above; the record's first word is its Context.
            Kind::Heap if self.class_of(unsafe { *r.base }) == CONTEXT => {
                // It has run, so the machine has met it.
                self.method_numbers.get(&self.record_method(r).0).copied()
            }
            _ => None,
        };
        number.map_or(Mark::None, |n| self.methods[n as usize].mark)
    }
}

/// `^` in a block: returns `value` from the activation that is the closure's home.
///
/// # Safety
/// Called as code; `fp` is the base of the block's activation.
pub unsafe fn home_return(vm: &mut Vm, fp: Fp, closure: Word, value: Word) -> Exit {
    // SAFETY: `fp` ends the record of the block's caller.
    unsafe {
        let home = vm.slot_of(closure, closure_slot::HOME).unwrap_or(vm.nil);
        match leave_to(vm, fp, home, value) {
            Some(exit) => exit,
            None => cannot_return(vm, fp, closure, value),
        }
    }
}

/// Returns `value` from the activation that has the Context `home`, if there is one. An activation
/// that has promised to run something is only left as far as that: the image does it, and then goes
/// on by primitive 103.
///
/// # Safety
/// `fp` ends a complete record.
unsafe fn leave_to(vm: &mut Vm, fp: Fp, home: Word, value: Word) -> Option<Exit> {
    if home.is_int() || vm.class_of(home) != CONTEXT {
        return None;
    }
    let mut promise = None;
    // SAFETY: the caller's.
    unsafe {
        for r in records(fp) {
            if r.is_activation() && *r.context_slot() == home {
                return Some(match promise {
                    Some(first) => keep_promise(vm, fp, &first, home, value),
                    None => unwind(vm, fp, r.base, value),
                });
            }
            if promise.is_none() && vm.mark_of(&r) == Mark::Unwind {
                promise = Some(r);
            }
        }
    }
    None
}

/// Leaves all activations down to `target`, and returns a value to the record that ends there.
///
/// # Safety
/// `fp` ends a complete record, and so does `target`, which is further down or the same.
unsafe fn unwind(vm: &mut Vm, fp: Fp, target: Fp, value: Word) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        abandon_to(vm, fp, target);
        return_value(vm, target, value)
    }
}

/// Leaves all activations down to the one that has promised something, and that one too; in its
/// place runs what it has promised (`runThenReturn:from:`).
#[cold]
unsafe fn keep_promise(vm: &mut Vm, fp: Fp, r: &Record, home: Word, value: Word) -> Exit {
    // SAFETY: `r` is above the record of `home`, so that what is there stays.
    unsafe {
        let promised = vm.record_argument_words(r).get(1).copied();
        let words = [promised.unwrap_or(vm.nil), value, home];
        abandon_to(vm, fp, r.base);
        let selector = vm.selectors.intern(b"runThenReturn:from:");
        let class = vm.class_of(words[0]);
        match vm.find_method(class, selector) {
            Some(method) => {
                for (i, word) in words.into_iter().enumerate() {
                    *r.base.add(i) = word;
                }
                vm.invoke(r.base, method)
            }
            None => return_from(vm, r.base, home, value),
        }
    }
}

/// The home of a closure has ended: the image is told (`cannotReturn:`), or there is an error.
#[cold]
unsafe fn cannot_return(vm: &mut Vm, fp: Fp, closure: Word, value: Word) -> Exit {
    // SAFETY: `fp` ends a complete record; there is room for a call.
    unsafe {
        let selector = vm.selectors.intern(b"cannotReturn:");
        let class = vm.class_of(closure);
        match vm.find_method(class, selector) {
            Some(method) if vm.is_closure(closure) => {
                *fp = closure;
                *fp.add(1) = value;
                vm.invoke(fp, method)
            }
            _ => errors::cannot_return(vm, fp, closure, value),
        }
    }
}

/// Primitive 103: returns a value from the activation that has a Context.
///
/// # Safety
/// `fp` ends a complete record, that of the activation which runs the primitive or its caller.
pub(crate) unsafe fn return_from(vm: &mut Vm, fp: Fp, context: Word, value: Word) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        match leave_to(vm, fp, context, value) {
            Some(exit) => exit,
            None => errors::failed(vm, fp, "the activation to return from has ended".into()),
        }
    }
}

/// Primitive 104: the Context of the next activation that handles exceptions, outside that of a
/// Context, or outside whoever asks; nil if there is none. Of the Context, method and arguments are
/// filled in.
///
/// # Errors
/// Memory is exhausted.
///
/// # Safety
/// `fp` ends a complete record; `top` ends the live part of the stack.
pub(crate) unsafe fn next_handler(
    vm: &mut Vm,
    fp: Fp,
    top: Fp,
    from: Word,
) -> Result<Word, String> {
    // While this is set, the search is inside.
    let mut outside_of = (from != vm.nil).then_some(from);
    let mut found = None;
    // SAFETY: the caller's.
    unsafe {
        for r in records(fp).filter(Record::is_activation) {
            match (outside_of, vm.mark_of(&r)) {
                (Some(context), _) => {
                    if *r.context_slot() == context {
                        outside_of = None;
                    }
                }
                (None, Mark::Handler) => {
                    found = Some(r);
                    break;
                }
                (None, Mark::Handling) => {
                    outside_of = vm.record_argument_words(&r).get(1).copied();
                }
                (None, Mark::Unwind | Mark::None) => {}
            }
        }
        match found {
            Some(r) => vm.introduce(top, &r).map_err(|e| e.to_string()),
            None => Ok(vm.nil),
        }
    }
}

impl Vm {
    /// The Context of an activation of a method, with method and arguments.
    ///
    /// # Safety
    /// As for [`next_handler`].
    unsafe fn introduce(&mut self, top: Fp, r: &Record) -> Result<Word, AllocationError> {
        // SAFETY: the context slot is on the stack, so that it is right after a collection.
        unsafe {
            let slot = r.context_slot();
            self.context_of(top, r)?;
            if r.descriptor.kind != Kind::Heap {
                let given = self.record_argument_words(r).to_vec();
                *top = *slot;
                let from = top.add(1);
                for (i, word) in given.iter().enumerate() {
                    *from.add(i) = *word;
                }
                let arguments = self.new_array(from.add(given.len()), from, given.len())?;
                self.store_slot(*slot, context_slot::ARGUMENTS, arguments);
                let method = self.record_method(r);
                self.store_slot(*slot, context_slot::METHOD, method);
            }
            Ok(*slot)
        }
    }
}
