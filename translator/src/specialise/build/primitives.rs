//! Primitives: those that are done in place, and the full ones.

use super::super::specialisation::{Assumption, Instance};
use super::super::state::State;
use super::binary::sum;
use super::{Builder, End};
use crate::ir::op::{Compare, Format};
use crate::ir::{Action, ExitId, IntOp, Known, Op, Operand, Terminator, Test, Type};
use smallworld_abi::primitive::Primitive;
use smallworld_image::Op as Bytecode;

impl Builder<'_, '_, '_> {
    /// A primitive. Nothing is answered if the code simply goes on.
    pub(super) fn primitive(
        &mut self,
        state: &mut State,
        number: u8,
        mut args: Vec<Operand>,
    ) -> Result<Option<End>, String> {
        let primitive = Primitive::everywhere(number);
        if primitive == Some(Primitive::RunBlock) {
            return self.run_block(state, args).map(Some);
        }
        if primitive == Some(Primitive::RunClosure) && !args.is_empty() {
            return self.run_closure(state, args).map(Some);
        }
        if primitive == Some(Primitive::RunClosureWith) && args.len() == 2 {
            return self.run_closure_with(state, [args[0], args[1]]).map(Some);
        }
        // The full primitive, with the baseline to go on: when the short way fails.
        let slow = self.leave(state, state.ip, &args, Action::Primitive(number));
        let Some(primitive) = primitive else {
            return self.full(state, number, &args).map(Some);
        };
        if let Some(result) = self.float_primitive(state, primitive, &args, slow) {
            state.push(result);
            return Ok(None);
        }
        let stores = primitive == Primitive::SlotAtPut;
        if stores && args.len() == 3 && self.is_float(args[0]) {
            args[0] = self.object(state, args[0]);
        }
        let without_object = |&o: &Operand| self.is_float(o) || o.is_closure();
        let done = match args.iter().any(without_object) {
            true => self.on_blocks(state, primitive, &args),
            false => self.in_place(state, primitive, &args, slow),
        };
        match done {
            Some(result) => {
                state.push(result);
                Ok(None)
            }
            None => self.full(state, number, &args).map(Some),
        }
    }

    /// What primitives answer where an operand is a block without object.
    fn on_blocks(
        &mut self,
        state: &mut State,
        primitive: Primitive,
        args: &[Operand],
    ) -> Option<Operand> {
        match (primitive, args) {
            (Primitive::SameObject, &[a, b]) => self.are_same(state, a, b).map(truth),
            (Primitive::ClassOf, &[a]) => self.known_class(state, a),
            _ => None,
        }
    }

    /// Are two operands the same object, as far as that is known?
    fn are_same(&self, state: &State, a: Operand, b: Operand) -> Option<bool> {
        if let (Some(a), Some(b)) = (a.as_class(), b.as_class()) {
            return Some(a == b);
        }
        let single = |o| {
            matches!(
                o,
                Operand::True | Operand::False | Operand::Nil | Operand::Int(_)
            )
        };
        if single(a) && single(b) {
            return Some(a == b);
        }
        let class = |o| self.spec.class_of(o, state.known(o));
        match (class(a), class(b)) {
            (Some(a), Some(b)) if a != b => Some(false),
            _ => None,
        }
    }

    /// The class of an operand, where it is known.
    fn known_class(&self, state: &State, o: Operand) -> Option<Operand> {
        let class = self.spec.class_of(o, state.known(o))?;
        let &number = self.program.class_numbers.get(&class)?;
        self.spec.rely(Assumption::Class(class));
        Some(Operand::Class(class, number))
    }

    /// What succeeds in place; anything else leaves by `slow`.
    fn in_place(
        &mut self,
        state: &mut State,
        primitive: Primitive,
        args: &[Operand],
        slow: ExitId,
    ) -> Option<Operand> {
        use Primitive::*;
        let exit = Some(slow);
        Some(match (primitive, args) {
            (SameObject, &[a, b]) => match self.are_same(state, a, b) {
                Some(same) => truth(same),
                None => self.test(state, Op::Same, &[a, b]),
            },
            (ClassOf, &[a]) => match self.known_class(state, a) {
                Some(class) => class,
                None => self.op(state, Op::ClassOf, &[a], None, Known::Any),
            },
            (SizeOf, &[a]) => {
                let object = matches!(a, Operand::Literal(..) | Operand::Class(..))
                    || matches!(state.known(a), Known::Instance(..));
                self.op(state, Op::SizeOf { object }, &[a], None, Known::Int)
            }
            (Sum | Product | Difference, &[a, b]) => {
                self.guard_ints(state, a, b, slow);
                let positive = |o| state.known(o) == Known::Positive;
                let (op, known) = match primitive {
                    Sum => (IntOp::Add, sum(state, a, b)),
                    Product if positive(a) && positive(b) => (IntOp::Mul, Known::Positive),
                    Product => (IntOp::Mul, Known::Int),
                    _ => (IntOp::Sub, Known::Int),
                };
                self.op(state, Op::Int(op), args, exit, known)
            }
            (Less | Equal, &[a, b]) => {
                self.guard_ints(state, a, b, slow);
                let compare = match primitive {
                    Less => Compare::Less,
                    _ => Compare::Equal,
                };
                self.test(state, Op::CompareInts(compare), args)
            }
            (Quotient, [_, _]) => self.op(state, Op::Quotient, args, exit, Known::Int),
            (Remainder, [_, _]) => self.op(state, Op::Remainder, args, exit, Known::Int),
            (CompareBytes, [_, _]) => self.op(state, Op::CompareBytes, args, exit, Known::Int),
            (ByteAt, [_, _]) => {
                let op = Op::ByteAt { within: false };
                self.op(state, op, args, exit, Known::Int)
            }
            (SlotAt, [_, _]) => {
                let op = Op::SlotAt { within: false };
                self.op(state, op, args, exit, Known::Any)
            }
            (SlotAtPut, &[value, object, index]) => {
                let op = Op::SlotAtPut { within: false };
                self.act(op, &[object, index, value], exit);
                object
            }
            (ByteAtPut, &[value, object, index]) => {
                self.act(Op::ByteAtPut, &[object, index, value], exit);
                object
            }
            (NewObject | NewBytes, &[class, size]) => {
                let format = match primitive {
                    NewObject => Format::Slots,
                    _ => Format::Bytes,
                };
                let of = class.as_class()?;
                let &number = self.program.class_numbers.get(&of)?;
                let known = self.new_instance(of);
                let op = Op::NewObject(format, number);
                self.op(state, op, &[size], exit, known)
            }
            (JoinBytes, &[_, b]) => {
                let known = match state.known(b) {
                    Known::Instance(class, _) => Known::Instance(class, 0),
                    _ => Known::Any,
                };
                self.op(state, Op::JoinBytes, args, exit, known)
            }
            (mark, []) if mark.is_mark() => Operand::Nil,
            (NewArray, _) => {
                let known = self.new_instance(self.program.image.roots.array);
                self.op(state, Op::NewArray, args, None, known)
            }
            _ => return None,
        })
    }

    /// What is known of a new instance of a class.
    fn new_instance(&self, class: smallworld_image::ObjId) -> Known {
        match self.spec.instance_of(class) {
            Instance::Some(known @ Known::Instance(..)) => known,
            _ => Known::Any,
        }
    }

    /// Primitive 2 whose result is only compared with a class that is a literal: that is a
    /// test of the class, and the comparison is done with it. Was it so?
    pub(super) fn class_asked(&mut self, state: &mut State) -> bool {
        let method = self.spec.method_of(state.node());
        let size = method.parts.code.len();
        let next = state.ip;
        let jumped_to = |at| method.analysis.jump_targets.contains(&at);
        if next >= size || jumped_to(next) {
            return false;
        }
        let pushed = method.instruction(next);
        let Bytecode::PushLiteral(k) = pushed.op else {
            return false;
        };
        if pushed.next >= size || jumped_to(pushed.next) {
            return false;
        }
        let compared = method.instruction(pushed.next);
        let is_comparison = matches!(compared.op, Bytecode::Primitive { argc: 2, number }
                if number == Primitive::SameObject.number());
        let literal = self.literal(state.node(), k);
        let Operand::Literal(_, _, Some(class)) = literal else {
            return false;
        };
        if !is_comparison {
            return false;
        }
        let o = state.pop();
        let result = match self.spec.class_of(o, state.known(o)) {
            Some(known) => truth(known == class),
            None if self.type_of(o) == Type::Bool => {
                let classes =
                    [Operand::True, Operand::False].map(|o| self.spec.class_of(o, Known::Any));
                match classes.iter().position(|&c| c == Some(class)) {
                    Some(0) => o,
                    Some(_) => self.test(state, Op::Not, &[o]),
                    None => Operand::False,
                }
            }
            None => {
                let test: Test = self.class_test(class);
                self.test(state, Op::IsA(test), &[o])
            }
        };
        state.push(result);
        state.ip = compared.next;
        true
    }

    /// The primitive is run by the runtime; a function of ours goes on afterwards.
    fn full(&mut self, state: &State, number: u8, args: &[Operand]) -> Result<End, String> {
        let action = Action::Primitive(number);
        let ours = keeps_frames(number);
        let exit = match ours {
            true => self.call(state, state.ip, args, action)?,
            false => self.leave(state, state.ip, args, action),
        };
        Ok(End::Gone(Terminator::Leave(exit)))
    }
}

/// Are the frames where they were, and still ours, once the primitive is done?
fn keeps_frames(number: u8) -> bool {
    use Primitive::*;
    match Primitive::everywhere(number) {
        Some(RunContext | Fork | Grow | Sleep | EndProcess | CurrentContext) => false,
        _ => number != Wait.number(),
    }
}

fn truth(t: bool) -> Operand {
    if t { Operand::True } else { Operand::False }
}
