//! Closures: running them, and `^` in them.
//!
//! A closure that the inline tree makes and runs is inlined like a method, with itself as the
//! receiver. One that has been made since, because control had left, is looked at first: a program may
//! have put another method into it.

use super::super::specialisation::Node;
use super::super::state::State;
use super::{Builder, End};
use crate::ir::{Action, Known, Op, Operand, Terminator};
use smallworld_abi::layout::closure_slot;
use smallworld_abi::primitive::Mark;

impl Builder<'_, '_, '_> {
    /// Primitive 121: a closure goes on in place of the method that runs it.
    pub(super) fn run_closure(
        &mut self,
        state: &mut State,
        mut operands: Vec<Operand>,
    ) -> Result<End, String> {
        let closure = operands[0];
        let inside = match state.known(closure) {
            Known::Runs(literal, method, _) => self
                .closure_state(state, method as usize, &operands)
                .map(|inside| (literal, inside)),
            _ => None,
        };
        match inside {
            Some((_, inside)) if closure.site().is_some() => Ok(End::Go(inside)),
            Some((literal, inside)) => {
                let otherwise = self.arm(|b| b.run_unknown(state, &mut operands))?;
                let index = closure_slot::METHOD;
                let op = Op::Slot { index, known: true };
                let runs = self.op(state, op, &[closure], None, Known::Any);
                let method = self.literal_operand(literal);
                let same = self.test(state, Op::Same, &[runs, method]);
                let inside = self.arm(|_| Ok(End::Go(inside)))?;
                Ok(End::Branch(same, inside, otherwise))
            }
            None => self.run_unknown(state, &mut operands),
        }
    }

    /// A closure of which nothing is known is run by the runtime.
    fn run_unknown(&mut self, state: &mut State, operands: &mut [Operand]) -> Result<End, String> {
        if self.spec.nodes[state.node()].parent.is_none() {
            for o in operands.iter_mut() {
                *o = self.object(state, *o);
            }
            return Ok(End::Gone(Terminator::RunClosure(operands.to_vec())));
        }
        self.run_outside(state, operands, Action::RunClosure)
    }

    /// Primitive 122: the same, with the elements of an Array.
    pub(super) fn run_closure_with(
        &mut self,
        state: &mut State,
        operands: [Operand; 2],
    ) -> Result<End, String> {
        if self.spec.nodes[state.node()].parent.is_none() {
            let operands = operands.map(|o| self.object(state, o));
            return Ok(End::Gone(Terminator::RunClosureWith(operands)));
        }
        self.run_outside(state, &operands, Action::RunClosureWith)
    }

    /// The state inside a closure's method, in place of the method that runs it; nothing if it is not
    /// to be inlined.
    fn closure_state(
        &mut self,
        state: &State,
        method: usize,
        operands: &[Operand],
    ) -> Option<State> {
        let runner = &self.spec.nodes[state.node()];
        let parent = runner.parent?;
        let m = &self.program.methods.get(method)?.1;
        let size = m.parts.code.len();
        let node = Node {
            parent: Some(parent),
            method,
            owner: None,
            home: usize::MAX,
            class: self.program.image.roots.block,
        };
        let mut inner = state.clone();
        inner.chain.pop();
        let recursive = inner
            .chain
            .iter()
            .any(|l| self.spec.nodes[l.node].method == method);
        let too_much = self.spec.inlined + size > self.spec.limits.bytes;
        if m.arity != operands.len()
            || m.asks_for_more()
            || recursive
            || inner.chain.is_empty()
            || (too_much && !self.spec.is_known(&node))
        {
            return None;
        }
        self.begin(&mut inner, node, size, operands);
        Some(inner)
    }

    /// `^` in a block.
    pub(super) fn home_return(&mut self, mut state: State, o: Operand) -> Result<End, String> {
        let closure = self.argument(&state, 0);
        let home = state.virtual_slot(closure, closure_slot::HOME);
        if let Some(Operand::Home(node)) = home
            && let Some(level) = state.level(node)
            && !state.chain[level..]
                .iter()
                .any(|l| self.has_promised(l.node))
        {
            return self.answer(state, node, o);
        }
        let node = state.node();
        let Some((_, next)) = self.spec.nodes[node].parent else {
            let operands = [closure, o].map(|o| self.object(&mut state, o));
            return Ok(End::Gone(Terminator::HomeReturn(operands)));
        };
        state.chain.pop();
        state.ip = next;
        state.top().ip = 0;
        let exit = self.leave(&state, next, &[closure, o], Action::HomeReturn);
        Ok(End::Gone(Terminator::Leave(exit)))
    }

    /// Does the method of a node say that something is to be run when it is left?
    fn has_promised(&self, node: usize) -> bool {
        Mark::of(self.spec.method_of(node).instruction(0).op) == Mark::Unwind
    }
}
