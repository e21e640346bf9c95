//! Floats as numbers in registers.
//!
//! A Float that arithmetic makes is a number in a register, and gets its object only where one
//! is asked for: in a frame, an instance variable, an answer. It gets one only once, so that
//! `==` finds what it finds elsewhere.

use super::super::specialisation::Assumption;
use super::super::state::State;
use super::Builder;
use crate::ir::op::{Compare, FloatOp};
use crate::ir::{ExitId, Known, Op, Operand, Type};
use smallworld_abi::primitive::Primitive;

impl Builder<'_, '_, '_> {
    /// The number of the class of Floats.
    fn float_class(&self) -> u32 {
        let program = self.program;
        if let Some(class) = program.float_class {
            self.spec.rely(Assumption::Class(class));
        }
        let class = program
            .float_class
            .and_then(|c| program.class_numbers.get(&c));
        class.copied().unwrap_or_default()
    }

    /// The word of an operand; what has no object so far gets one here.
    pub(super) fn object(&mut self, state: &mut State, o: Operand) -> Operand {
        if o.is_unmade() {
            return self.make(state, o);
        }
        match self.is_float(o) {
            true => {
                self.float_class();
                self.op(state, Op::Object, &[o], None, Known::Float)
            }
            false => o,
        }
    }

    /// A primitive on Floats, or one that is given one. `slow` does the whole primitive
    /// elsewhere. What it answers; nothing if it was not done.
    pub(super) fn float_primitive(
        &mut self,
        state: &mut State,
        primitive: Primitive,
        args: &[Operand],
        slow: ExitId,
    ) -> Option<Operand> {
        use Primitive::*;
        let floats = self.program.float_class;
        let makes_float = |o: Operand| floats.is_some() && o.as_class() == floats;
        Some(match (primitive, args) {
            (SameObject, &[a, b]) if self.is_float(a) || self.is_float(b) => {
                self.same_float(state, a, b)
            }
            (ClassOf, &[a]) if self.is_float(a) => Operand::Class(floats?, self.float_class()),
            (FloatOfInteger, &[class, n]) if makes_float(class) && self.may_be_int(state, n) => {
                if !state.known(n).is_int() {
                    self.act(Op::GuardInts, &[n], Some(slow));
                    state.refine(n, Known::Int);
                }
                self.op(state, Op::FloatOfInt, &[n], None, Known::Float)
            }
            (FloatSum | FloatDifference | FloatProduct | FloatQuotient, &[class, a, b])
                if makes_float(class) =>
            {
                let [x, y] = self.numbers(state, [a, b], slow)?;
                let op = match primitive {
                    FloatSum => FloatOp::Add,
                    FloatDifference => FloatOp::Sub,
                    FloatProduct => FloatOp::Mul,
                    _ => FloatOp::Div,
                };
                self.op(state, Op::Float(op), &[x, y], None, Known::Float)
            }
            (FloatLess | FloatEqual, &[a, b]) => {
                let [x, y] = self.numbers(state, [a, b], slow)?;
                let compare = match primitive {
                    FloatLess => Compare::Less,
                    _ => Compare::Equal,
                };
                self.test(state, Op::CompareFloats(compare), &[x, y])
            }
            (SquareRoot, &[class, a]) if makes_float(class) => {
                let [x] = self.numbers(state, [a], slow)?;
                self.op(state, Op::SquareRoot, &[x], None, Known::Float)
            }
            (Truncate, &[a]) if self.is_float(a) => {
                self.op(state, Op::Truncate, &[a], None, Known::Int)
            }
            _ => return None,
        })
    }

    fn may_be_int(&self, state: &State, o: Operand) -> bool {
        let known = state.known(o);
        known.is_int() || (o.value().is_some() && known == Known::Any && !self.is_float(o))
    }

    /// Operands as numbers; nothing if one is surely no Float.
    fn numbers<const N: usize>(
        &mut self,
        state: &mut State,
        operands: [Operand; N],
        slow: ExitId,
    ) -> Option<[Operand; N]> {
        if !operands.iter().all(|&o| may_be_float(state, o)) {
            return None;
        }
        let unknown = |o: &Operand| state.known(*o) != Known::Float;
        let mut tested: Vec<Operand> = operands.iter().copied().filter(unknown).collect();
        tested.dedup();
        if !tested.is_empty() {
            self.program.float_class?;
            let class = self.float_class();
            self.act(Op::GuardFloats(class), &tested, Some(slow));
        }
        let mut found = operands;
        for i in 0..N {
            let o = operands[i];
            if self.type_of(o) == Type::Float {
                continue;
            }
            found[i] = match operands[..i].iter().position(|&p| p == o) {
                Some(same) => found[same],
                None => {
                    let float = self.op(state, Op::FloatOf, &[o], None, Known::Float);
                    state.replace(o, float);
                    float
                }
            };
        }
        Some(found)
    }

    /// Primitive 1 where at least one operand is a number in a register.
    fn same_float(&mut self, state: &mut State, a: Operand, b: Operand) -> Operand {
        let (float, other) = if self.is_float(a) { (a, b) } else { (b, a) };
        if float == other {
            return Operand::True;
        }
        match may_be_float(state, other) {
            true => self.test(state, Op::SameFloat, &[float, other]),
            false => Operand::False,
        }
    }
}

/// May an operand be a Float, as far as is known?
fn may_be_float(state: &State, o: Operand) -> bool {
    let known = state.known(o);
    o.value().is_some() && matches!(known, Known::Any | Known::Instance(..) | Known::Float)
}
