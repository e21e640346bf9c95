//! Primitives on closures and activations.

use super::{Arguments, Outcome, not_so};
use crate::vm::Vm;
use smallworld_abi::primitive::{Closures, Primitive};

/// Does one.
pub(super) fn run(vm: &mut Vm, a: &Arguments, primitive: Closures) -> Result<Outcome, String> {
    Ok(match primitive {
        // Whoever runs code does these in place.
        Closures::RunClosure => not_so(vm, Primitive::RunClosure),
        Closures::RunClosureWith => not_so(vm, Primitive::RunClosureWith),
        // They have short forms, for the right number of arguments.
        Closures::MarkUnwind => not_so(vm, Primitive::MarkUnwind),
        Closures::MarkHandler => not_so(vm, Primitive::MarkHandler),
        Closures::MarkHandling => not_so(vm, Primitive::MarkHandling),
        Closures::ReturnFrom => Outcome::ReturnFrom(a.get(0)?, a.get(1)?),
        Closures::NextHandler => Outcome::Value(a.next_handler(vm)?),
    })
}
