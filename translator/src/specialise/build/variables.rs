//! Literals and variables: where each is, and what is known of it.

use super::super::specialisation::Assumption;
use super::super::state::State;
use super::Builder;
use crate::ir::{Action, Known, Op, Operand};

/// The slot of a class in which its class variables begin.
const CLASS_VARIABLES: usize = smallworld_abi::layout::class_slot::CLASS_VARIABLES;

impl Builder<'_, '_, '_> {
    /// A literal of a node's method.
    pub(super) fn literal(&self, node: usize, k: u16) -> Operand {
        let m = self.spec.method_of(node);
        let id = m.parts.literals[usize::from(k)];
        let roots = &self.program.image.roots;
        if let Some(n) = self.program.int_of(id) {
            return Operand::Int(n);
        }
        if id == roots.nil {
            return Operand::Nil;
        }
        let class = self.program.class_of(id).unwrap_or(roots.array);
        let number = m.first_literal + u32::from(k);
        self.spec.rely(Assumption::Literal(number, id));
        let itself = self.program.class_numbers.contains_key(&id).then_some(id);
        Operand::Literal(number, class, itself)
    }

    /// Argument `k` of the innermost activation's home.
    pub(super) fn argument(&self, state: &State, k: usize) -> Operand {
        let home = self.spec.nodes[state.node()].home;
        let level = state.level(home).map(|l| &state.chain[l]);
        level.map_or(Operand::Nil, |l| l.args[k])
    }

    /// Pushes temporary `k` of the innermost activation's home.
    pub(super) fn push_temporary(&mut self, state: &mut State, k: usize) -> Result<(), String> {
        let home = self.spec.nodes[state.node()].home;
        let l = state.level(home).ok_or("a home is missing")?;
        let o = match state.chain[l].array {
            Some(array) => self.op(state, Op::Temporary(k), &[array], None, Known::Any),
            None => state.chain[l].temps[k],
        };
        state.push(o);
        Ok(())
    }

    /// Assigns it.
    pub(super) fn set_temporary(
        &mut self,
        state: &mut State,
        k: usize,
        o: Operand,
    ) -> Result<(), String> {
        let home = self.spec.nodes[state.node()].home;
        let l = state.level(home).ok_or("a home is missing")?;
        let Some(array) = state.chain[l].array else {
            state.at(l).temps[k] = o;
            return Ok(());
        };
        if o.is_closure() {
            return Err("a block is put into a shared temporary".into());
        }
        let word = self.object(state, o);
        self.act(Op::PutTemporary(k), &[array, word], None);
        Ok(())
    }

    /// The receiver, with an object.
    fn me(&mut self, state: &mut State) -> Operand {
        let me = self.argument(state, 0);
        self.object(state, me)
    }

    /// So many slots an operand surely has.
    fn slots_of(&self, state: &State, o: Operand) -> usize {
        match (o, state.known(o)) {
            (Operand::Literal(n, ..), _) => self.program.slots_of_literal(n),
            (Operand::Class(class, _), _) => self.program.slots_of(class),
            (_, Known::Instance(_, slots)) => slots as usize,
            _ => 0,
        }
    }

    /// An operand has been found to have a slot.
    fn has_slot(&self, state: &mut State, o: Operand, index: usize) {
        if let (Known::Instance(class, _), Ok(slots)) = (state.known(o), u8::try_from(index + 1)) {
            state.refine(o, Known::Instance(class, slots));
        }
    }

    /// Pushes instance variable `k`. A receiver that has none leaves.
    pub(super) fn push_instance(&mut self, state: &mut State, index: usize) {
        let me = self.me(state);
        let known = index < self.slots_of(state, me);
        let exit =
            (!known).then(|| self.leave(state, state.ip, &[], Action::NoInstanceVariable(index)));
        let o = self.op(state, Op::Slot { index, known }, &[me], exit, Known::Any);
        self.has_slot(state, me, index);
        state.push(o);
    }

    /// Assigns the same from the top of the stack, which stays.
    pub(super) fn assign_instance(
        &mut self,
        state: &mut State,
        index: usize,
    ) -> Result<(), String> {
        let me = self.me(state);
        let o = state.pop();
        if o.is_closure() {
            return Err("a block is put into an instance variable".into());
        }
        let word = self.object(state, o);
        let known = index < self.slots_of(state, me);
        let exit = self.leave(state, state.ip, &[me, word], Action::AssignElsewhere(index));
        self.act(Op::PutSlot { index, known }, &[me, word], Some(exit));
        self.has_slot(state, me, index);
        state.push(o);
        Ok(())
    }

    /// Pushes class variable `k`, as the baseline finds it.
    pub(super) fn push_class_variable(&mut self, state: &mut State, k: usize) {
        let me = self.me(state);
        let exit = self.leave(state, state.ip, &[], Action::NoClassVariable(k));
        let op = Op::ClassSlot(k + CLASS_VARIABLES);
        let o = self.op(state, op, &[me], Some(exit), Known::Any);
        state.push(o);
    }
}
