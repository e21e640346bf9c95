//! `+`, `<`, `<=`: on two SmallInts at once, on others what the profile has seen.

use super::super::state::State;
use super::{Builder, End};
use crate::ir::op::Compare;
use crate::ir::{IntOp, Known, Op, Operand, Type};
use smallworld_image::BinaryOp;

/// What is known of the sum of two SmallInts.
pub(super) fn sum(state: &State, a: Operand, b: Operand) -> Known {
    let positive = |o| state.known(o) == Known::Positive;
    let adds = |o| positive(o) || o == Operand::Int(0);
    match (positive(a) && adds(b)) || (adds(a) && positive(b)) {
        true => Known::Positive,
        false => Known::Int,
    }
}

impl Builder<'_, '_, '_> {
    /// `+`, `<`, `<=`.
    pub(super) fn binary(
        &mut self,
        state: &mut State,
        at: usize,
        op: BinaryOp,
    ) -> Result<Option<End>, String> {
        let args = state.pop_many(2);
        let (x, y) = (args[0], args[1]);
        let at_most = |n: i32| matches!(x, Operand::Int(k) if k <= n);
        let certain = match op {
            BinaryOp::Less => at_most(0),
            BinaryOp::LessEqual => at_most(1),
            BinaryOp::Plus => false,
        };
        if certain && state.known(y) == Known::Positive {
            state.push(Operand::True);
            return Ok(None);
        }
        let selector = op.selector().as_bytes();
        let class = self.spec.class_of(x, state.known(x));
        let floats = args.iter().any(|&o| self.type_of(o) == Type::Float);
        let unmade = args.iter().any(|o| o.is_unmade());
        if floats || unmade || class.is_some() && !state.known(x).is_int() {
            return self.send(state, at, selector, args, false);
        }
        let method = self.spec.nodes[state.node()].method;
        let used = self.program.is_used(method, at, 10);
        let exit = self.send_exit(state, at, &args, false, used)?;
        let mut counts = self.program.counts(method, at);
        let none_counted = counts.total().is_zero();
        let arms = match used && class.is_none() {
            true => {
                // SmallInts are not sent anything here.
                let ints = self.program.image.roots.small_int;
                counts.classes.retain(|c| c.0 != ints);
                self.arms(state, selector, &counts, false, &args)?.0
            }
            false => Vec::new(),
        };
        if !arms.is_empty() {
            let no = self.arm(|b| b.choose(&mut state.clone(), x, arms, exit))?;
            return self.int_or(state, op, [x, y], no).map(Some);
        }
        if none_counted {
            let ints = self.program.image.roots.small_int;
            for &o in args.iter().filter(|&&o| state.known(o) == Known::Any) {
                self.found_argument(state, o, ints);
            }
        }
        self.guard_ints(state, x, y, exit);
        let result = match op {
            BinaryOp::Plus => {
                let known = sum(state, x, y);
                self.op(state, Op::Int(IntOp::Add), &[x, y], Some(exit), known)
            }
            _ => self.compare(state, op, x, y),
        };
        state.push(result);
        Ok(None)
    }

    /// On two SmallInts; otherwise it goes on with `no`.
    fn int_or(
        &mut self,
        state: &mut State,
        op: BinaryOp,
        [x, y]: [Operand; 2],
        no: Box<super::Tail>,
    ) -> Result<End, String> {
        let known = sum(state, x, y);
        let mut yes = state.clone();
        if op == BinaryOp::Plus {
            let result = self.fresh(Type::Word, known);
            yes.note(result, known);
            yes.refine(x, Known::Int);
            yes.refine(y, Known::Int);
            yes.push(Operand::Value(result));
            let yes = self.arm(|_| Ok(End::Go(yes)))?;
            return Ok(End::TryAdd(result, [x, y], yes, no));
        }
        let are = self.test(state, Op::AreInts, &[x, y]);
        let yes = self.arm(|b| {
            yes.refine(x, Known::Int);
            yes.refine(y, Known::Int);
            let result = b.compare(&mut yes, op, x, y);
            yes.push(result);
            Ok(End::Go(yes))
        })?;
        Ok(End::Branch(are, yes, no))
    }

    fn compare(&mut self, state: &mut State, op: BinaryOp, x: Operand, y: Operand) -> Operand {
        let compare = match op {
            BinaryOp::Less => Compare::Less,
            _ => Compare::LessEqual,
        };
        self.test(state, Op::CompareInts(compare), &[x, y])
    }

    /// Makes sure of it that both are SmallInts.
    pub(super) fn guard_ints(
        &mut self,
        state: &mut State,
        x: Operand,
        y: Operand,
        exit: crate::ir::ExitId,
    ) {
        let mut unknown: Vec<Operand> = [x, y]
            .into_iter()
            .filter(|&o| !state.known(o).is_int())
            .collect();
        unknown.dedup();
        if !unknown.is_empty() {
            self.act(Op::GuardInts, &unknown, Some(exit));
        }
        state.refine(x, Known::Int);
        state.refine(y, Known::Int);
    }
}
