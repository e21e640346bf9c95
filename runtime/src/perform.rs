//! Primitive 6 and its end: Contexts that are run on purpose. Also the sends of primitives 138 and
//! 139, whose selector is known only when they run.

use crate::code::{Exit, Fp};
use crate::frame::{Kind, Record, return_value};
use crate::object;
use crate::value::Word;
use crate::vm::Vm;
use smallworld_abi::layout::context_slot;
use smallworld_image::Halt;

/// Runs a Context at `fp`, above the boundary. A fresh one of a native method is an
/// ordinary call of it.
///
/// # Safety
/// The boundary's record ends at `fp`.
pub(crate) unsafe fn perform(vm: &mut Vm, fp: Fp, context: Word) -> Exit {
    // SAFETY: slots are checked before use.
    unsafe {
        if crate::pause::stack_is_full(vm, fp) {
            return crate::errors::stack_overflow(vm, fp);
        }
        let get = |i| vm.slot_of(context, i).unwrap_or(vm.nil);
        let arguments = get(context_slot::ARGUMENTS);
        let fresh = get(context_slot::BYTE_POINTER) == Word::ZERO
            && get(context_slot::STACK_TOP) == Word::ZERO;
        let method = get(context_slot::METHOD);
        if fresh && let Some(number) = vm.method_number(method) {
            let m = &vm.methods[number as usize];
            let n = m.arity;
            if m.runs_native() && object::has_slot(arguments, n - 1) && object::size(arguments) == n
            {
                for i in 0..n {
                    *fp.add(i) = object::slot(arguments, i);
                }
                return vm.invoke(fp, number);
            }
        }
        crate::interpreter::enter_context(vm, fp, context, None)
    }
}

/// The most values that a send can pass, the receiver included.
pub(crate) const MOST_VALUES: usize = 255;

/// Sends a selector to the first of `count` values at `fp`; what that answers, the primitive answers.
///
/// # Safety
/// `fp[0..count]` are the values, from 1 to 255; a complete record ends at `fp`.
pub(crate) unsafe fn send(vm: &mut Vm, fp: Fp, selector: u32, count: usize) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        if crate::pause::stack_is_full(vm, fp) {
            return crate::errors::stack_overflow(vm, fp);
        }
        let class = vm.class_of(*fp);
        match vm.find_method(class, selector) {
            Some(method) if vm.methods[method as usize].arity == count => vm.invoke(fp, method),
            Some(_) => {
                let name = String::from_utf8_lossy(vm.selectors.name(selector)).into_owned();
                let given = count - 1;
                let s = if given == 1 { "" } else { "s" };
                let text = format!("{given} argument{s} for \"{name}\"");
                crate::errors::failed(vm, fp, text)
            }
            None => crate::errors::not_understood(vm, fp, selector, count),
        }
    }
}

/// Primitive 34. It ends the process, or, on some machines, the innermost primitive 6, which
/// answers nil.
///
/// # Safety
/// A complete record ends at `fp`.
pub(crate) unsafe fn halt(vm: &mut Vm, fp: Fp) -> Exit {
    if vm.dialect.halt == Halt::InnermostRun {
        let mut end = fp;
        loop {
            // SAFETY: records are walked down to the bottom.
            let r = unsafe { Record::ending_at(end) };
            match r.descriptor.kind {
                Kind::Boundary => {
                    let nil = vm.nil;
                    // SAFETY: the boundary's base ends the primitive's record.
                    return unsafe {
                        crate::blocks::abandon_to(vm, fp, end);
                        return_value(vm, r.base, nil)
                    };
                }
                Kind::Bottom => break,
                _ => end = r.base,
            }
        }
    }
    // SAFETY: the caller's.
    unsafe {
        crate::blocks::abandon(vm, fp);
        crate::reporting::halted(vm, fp)
    }
}
