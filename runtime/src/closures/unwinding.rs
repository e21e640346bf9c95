//! Leaving activations, and asking them who handles an exception.
//!
//! `^` in a block, and primitive 103, leave all activations down to the closure's home. A method
//! that wants to know of it, or handles exceptions, says so by its [`Mark`].

use crate::allocate::AllocationError;
use crate::blocks::{abandon_to, records};
use crate::code::{Exit, Fp};
use crate::errors;
use crate::frame::{Kind, Record, return_value};
use crate::interpreter;
use crate::value::Word;
use crate::vm::{CONTEXT, Vm};
use smallworld_abi::layout::{closure_slot, context_slot};
use smallworld_abi::primitive::Mark;

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
