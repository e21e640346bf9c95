//! What the loop does out of line.

use super::decoded::{Code, Insn};
use super::{Activation, set_aside};
use crate::code::Exit;
use crate::errors;
use crate::frame::Record;
use crate::object::{self, ObjectFormat};
use crate::value::Word;
use crate::vm::Vm;
use smallworld_abi::layout::{block_slot, closure_slot, context_slot};

/// The offset of the comparison in a fused frame word, integer, comparison and jump.
pub(super) unsafe fn ip_of_less(code: *const Insn, at: usize) -> usize {
    // The parts are still decoded at their own offsets: the push of the integer after
    // this one says where the comparison is. A push of a frame word takes one byte or,
    // with an operand above 15, two.
    // SAFETY: `at` is the offset of a decoded instruction.
    unsafe {
        let int = (at + 1..at + 3).find(|&p| (*code.add(p)).code() == Code::PushInt);
        int.map_or(at, |p| (*code.add(p)).next())
    }
}

/// Bytecode 12.
#[inline(never)]
pub(super) unsafe fn push_block(
    vm: &mut Vm,
    a: Activation,
    at: usize,
    parameters_at: usize,
    start: usize,
) -> Result<Word, Exit> {
    // SAFETY: as in `run`; after an allocation everything is read from the frame anew.
    unsafe {
        let layout = a.layout();
        let method = &*a.method;
        let shape = method.blocks.iter().find(|b| b.push_at as usize == at);
        let returns = shape.is_some_and(|b| b.returns);
        let made = (|| {
            let end = set_aside(a);
            let array = a.base.add(layout.arguments_array());
            if *array == Word::ZERO {
                *array = vm.new_array(end, a.base, layout.arguments)?;
            }
            if returns {
                vm.context_of(end, &Record::ending_at(end))?;
            }
            let class = crate::vm::BLOCK;
            let b = vm.allocate(end, class, ObjectFormat::Slots, block_slot::BLOCK_SIZE)?;
            object::init_slot(b, context_slot::METHOD, *a.base.add(layout.method()));
            object::init_slot(
                b,
                context_slot::ARGUMENTS,
                *a.base.add(layout.arguments_array()),
            );
            object::init_slot(
                b,
                context_slot::TEMPORARIES,
                *a.base.add(layout.temporaries()),
            );
            let start = Word::int(start as i32);
            object::init_slot(b, context_slot::BYTE_POINTER, start);
            object::init_slot(b, block_slot::OLD_BYTE_POINTER, start);
            object::init_slot(b, context_slot::STACK_TOP, Word::ZERO);
            let at = Word::int(parameters_at as i32);
            object::init_slot(b, block_slot::ARGUMENT_LOCATION, at);
            if returns {
                object::init_slot(b, block_slot::CREATOR, *a.base.add(layout.context()));
            }
            Ok(b)
        })();
        made.map_err(|e: crate::allocate::AllocationError| {
            let end = set_aside(a);
            errors::failed(vm, end, e.to_string())
        })
    }
}

/// A new closure with the top `count` operands and a literal.
#[inline(never)]
pub(super) unsafe fn push_closure(
    vm: &mut Vm,
    a: Activation,
    count: usize,
    literal: usize,
) -> Result<Word, Exit> {
    // SAFETY: the operands and the literal are there, by verification; both are read again after
    // the allocation.
    unsafe {
        let end = set_aside(a);
        let size = count + closure_slot::HOME;
        match vm.allocate(end, crate::vm::BLOCK, ObjectFormat::Slots, size) {
            Ok(closure) => {
                let method = object::slot((*a.method).literals, literal);
                object::init_slot(closure, closure_slot::METHOD, method);
                for i in 0..count {
                    let value = *a.sp.sub(count).add(i);
                    object::init_slot(closure, closure_slot::HOME + i, value);
                }
                Ok(closure)
            }
            Err(e) => Err(errors::failed(vm, end, e.to_string())),
        }
    }
}

/// The Context of an activation.
#[inline(never)]
pub(super) unsafe fn push_context(vm: &mut Vm, a: Activation) -> Result<Word, Exit> {
    // SAFETY: the activation is the one that runs.
    unsafe {
        let end = set_aside(a);
        let context = vm.context_of(end, &Record::ending_at(end));
        context.map_err(|e| errors::failed(vm, end, e.to_string()))
    }
}

/// An activation that has a Context returns.
#[cold]
#[inline(never)]
pub(super) unsafe fn leave_activation(vm: &mut Vm, a: Activation, value: Word) -> Word {
    // SAFETY: the activation is the one that runs.
    unsafe {
        let m = &*a.method;
        let makes_returning_blocks = if a.is_block() {
            let start = object::slot(*a.base, block_slot::OLD_BYTE_POINTER);
            let mine = |b: &&crate::methods::BlockShape| start == Word::int(b.start as i32);
            m.blocks.iter().find(mine).is_some_and(|b| b.inner_returns)
        } else {
            m.returns_from_blocks
        };
        if makes_returning_blocks {
            vm.retire(a.base, a.base.add(a.layout().context()), value)
        } else {
            value
        }
    }
}
