//! Safepoints: where generated code lets the machine in.
//!
//! Every function that makes a frame starts by comparing its frame pointer with
//! [`Vm::limit`] and the native stack pointer with its own limit; a function that
//! allocates also compares the room in the nursery with what it may need. When any of
//! these fails, it comes here with its arguments, and is called again afterwards. At
//! this moment every live value is an argument or in a record, so objects may move and
//! processes may change.

use crate::code::{Code, Exit, Fp, Next, too_deep};
use crate::memory::collector::Extent;
use crate::value::Word;
use crate::vm::Vm;
use crate::{errors, process};
use std::sync::atomic::Ordering;

pub use smallworld_abi::layout::limits::REGION_WORDS;

/// Is the stack so full that no frame may start at `fp`? Then nothing is written there, and
/// the error is [`errors::stack_overflow`]. (Code that looks at [`Vm::limit`] comes to
/// [`pause`], which asks this.)
pub(crate) fn stack_is_full(vm: &Vm, fp: Fp) -> bool {
    fp as usize >= vm.stack_limit()
}

/// Leaves to the trampoline, which calls `code` again with its one argument.
#[cold]
pub fn leave1(vm: &mut Vm, fp: Fp, a0: Word, code: Code) -> Exit {
    vm.next = Next {
        code,
        fp,
        arity: 1,
        args: [a0, Word::ZERO, Word::ZERO, Word::ZERO],
    };
    Exit::Again
}

macro_rules! pauses {
    ($($name:ident ($($a:ident),*);)*) => {$(
        /// A pause with that many register arguments; `vm.pending` goes on.
        ///
        /// # Safety
        /// Called as code, with `vm.pending` and `vm.pending_arity` set to what is to be
        /// called again with the same arguments.
        #[cold]
        #[inline(never)]
        pub unsafe fn $name(vm: &mut Vm, fp: Fp, a0: Word $(, $a: Word)*) -> Exit {
            let words = [a0 $(, $a)*];
            // SAFETY: the stack's reserve has room for arguments even at the limit.
            unsafe {
                for (i, w) in words.into_iter().enumerate() {
                    *fp.add(i) = w;
                }
                pause(vm, fp, true)
            }
        }
    )*};
}

pauses! {
    pause1();
    pause2(a1);
    pause3(a1, a2);
    pause4(a1, a2, a3);
}

/// A pause at a complete record; `code` goes on with it (and ignores its argument).
///
/// # Safety
/// `end` is one past a complete record.
#[cold]
pub(crate) unsafe fn at_record(vm: &mut Vm, end: Fp, code: Code) -> Exit {
    vm.pending = code;
    vm.pending_arity = 1;
    // SAFETY: the caller's.
    unsafe {
        *end = Word::ZERO;
        pause(vm, end, false)
    }
}

/// Does what is due and calls the pending code, its arguments being at `fp`. `looks` says
/// that this code looks again whether a pause is due.
unsafe fn pause(vm: &mut Vm, fp: Fp, looks: bool) -> Exit {
    let (code, arity) = (vm.pending, vm.pending_arity as usize);
    // SAFETY: `fp[0..arity]` are words, and below them is a complete record.
    unsafe {
        if too_deep(vm) {
            return again(vm, fp, code, arity);
        }
        let top = fp.add(arity);
        vm.reset_limit();
        if vm.options.gc_stress > 0 && looks {
            // It would come here for ever; only deeper frames pause until a return or a
            // primitive asks anew.
            vm.limit.store(fp as usize + 1, Ordering::Relaxed);
        }
        if stack_is_full(vm, fp) {
            return errors::stack_overflow(vm, fp);
        }
        if vm.options.gc_stress > 0 {
            vm.safepoints += 1;
            if vm.safepoints >= vm.options.gc_stress {
                vm.safepoints = 0;
                let full = vm.heap.statistics.minor % 64 == 63;
                vm.collect(top, if full { Extent::Full } else { Extent::Minor });
                // So that functions find no room, too.
                vm.alloc_end = vm.alloc.wrapping_add(REGION_WORDS);
            }
        }
        vm.make_room(top, REGION_WORDS);
        if vm.interrupts.ended() {
            vm.quit = true;
            return Exit::Switch;
        }
        let samples_due = vm.interrupts.take_samples_due();
        if samples_due > 0 {
            vm.take_sample(fp, code, u64::from(samples_due));
        }
        if vm.interrupts.take_stop() {
            return errors::interrupted(vm, fp);
        }
        if vm.out_of_memory {
            return errors::memory_exhausted(vm, fp);
        }
        let tick = vm.interrupts.take_tick() | vm.switch_due.take();
        if tick && process::others_ready(vm) {
            return process::preempt(vm, fp, code, arity);
        }
        // From the trampoline, and not from here: a function whose native frame is large
        // may find that the stack is too deep for it when it is not yet for this one, and
        // would come back for ever.
        again(vm, fp, code, arity)
    }
}

/// Has the trampoline call code, its arguments being at `fp`.
///
/// # Safety
/// `fp[0..arity]` are the arguments of `code`; below is a complete record.
pub(crate) unsafe fn again(vm: &mut Vm, fp: Fp, code: Code, arity: usize) -> Exit {
    let mut args = [Word::ZERO; 4];
    for (i, a) in args.iter_mut().enumerate().take(arity) {
        // SAFETY: `fp[0..arity]` are words.
        *a = unsafe { *fp.add(i) };
    }
    vm.next = Next {
        code,
        fp,
        arity,
        args,
    };
    Exit::Again
}
