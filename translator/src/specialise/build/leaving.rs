//! Frame states and exits: what frames say when control leaves, and what is known when it
//! comes back.

use super::super::specialisation::{Assumption, Specialisation};
use super::super::state::State;
use super::{Builder, End};
use crate::ir::function::wanted;
use crate::ir::{
    Action, Entry, Exit, ExitId, FrameState, Known, Op, Operand, Resume, Terminator, Type, Value,
};
use smallworld_abi::layout::Kind;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Where each activation's frame starts, in words from the root's base, and the end of the last
/// record.
pub fn offsets(spec: &Specialisation, state: &State) -> (Vec<usize>, usize) {
    let mut at = 0;
    let mut all = Vec::new();
    for level in &state.chain {
        all.push(at);
        at += spec.layout(level.node).record(level.stack.len());
    }
    (all, at)
}

impl Builder<'_, '_, '_> {
    fn exit(
        &mut self,
        state: &State,
        next: usize,
        operands: &[Operand],
        action: Action,
        resume: Resume,
    ) -> ExitId {
        let places = state.chain.iter().flat_map(|l| l.places());
        let held = places.chain(operands.iter().copied());
        self.exits.push(Exit {
            state: FrameState {
                activations: state.chain.clone(),
                virtuals: wanted(&state.virtuals, held),
                ip: next,
            },
            resume,
            action,
            operands: operands.to_vec(),
            safepoint: false,
        });
        ExitId(self.exits.len() as u32 - 1)
    }

    /// Leaves for good: the innermost activation goes on in the baseline at `next`, with the
    /// value of what the action starts.
    pub(super) fn leave(
        &mut self,
        state: &State,
        next: usize,
        operands: &[Operand],
        action: Action,
    ) -> ExitId {
        self.exit(state, next, operands, action, Resume::Baseline)
    }

    /// Leaves for a while: a function of ours goes on at `next` with the value.
    pub(super) fn call(
        &mut self,
        state: &State,
        next: usize,
        operands: &[Operand],
        action: Action,
    ) -> Result<ExitId, String> {
        let entry = Entry::Resume(state.node(), next);
        self.add_entry(entry, state, next)?;
        let resume = Resume::Specialised(entry);
        Ok(self.exit(state, next, operands, action, resume))
    }

    /// Leaves for a function of ours that goes on where things are.
    pub(super) fn exit_to(&mut self, state: &State, action: Action, entry: Entry) -> ExitId {
        self.exit(state, state.ip, &[], action, Resume::Specialised(entry))
    }

    /// The entry at a loop's head.
    pub(super) fn loop_entry(&mut self, head: &State) -> Result<Entry, String> {
        let entry = Entry::Loop(head.node(), head.ip);
        self.add_entry(entry, head, head.ip)?;
        Ok(entry)
    }

    /// Goes on at the head of a loop that was entered before this function's: in the function
    /// that starts there, so that not every function has the whole loop once more.
    pub(super) fn go_to_loop(&mut self, state: &State) -> Result<End, String> {
        let entry = self.loop_entry(state)?;
        let exit = self.exit_to(state, Action::GoToLoop(entry), entry);
        Ok(End::Gone(Terminator::Leave(exit)))
    }

    fn add_entry(&mut self, entry: Entry, state: &State, next: usize) -> Result<(), String> {
        let after = self.after_leaving(state, next);
        let values = &self.values;
        let types = |v: Value| values[v.0 as usize].0;
        self.spec.add_entry(entry, &after, &types)
    }

    /// What is known when a function of ours goes on after having left: everything is in frames;
    /// what others may have changed is not known any more.
    fn after_leaving(&mut self, state: &State, next: usize) -> State {
        let mut after = state.clone();
        after.ip = next;
        let mut renamed: BTreeMap<Operand, Operand> = BTreeMap::new();
        for level in &mut after.chain {
            let level = Rc::make_mut(level);
            level.in_memory = true;
            if self.spec.layout(level.node).kind == Kind::NativeShared && level.array.is_none() {
                level.temps.clear();
                let array = self.fresh(Type::Word, Known::Any);
                level.array = Some(Operand::Value(array));
            }
        }
        let places: Vec<Operand> = after.chain.iter().flat_map(|l| l.places()).collect();
        for o in places {
            let known = after.known(o);
            let new = match (o, self.type_of(o)) {
                (Operand::Closure(_), _) => {
                    self.spec.rely(Assumption::Blocks);
                    (Type::Word, known)
                }
                (Operand::Virtual(_), _) => (Type::Word, self.made_of(state, o)),
                (Operand::Home(_), _) => (Type::Word, Known::Any),
                (_, Type::Bool) => (Type::Word, Known::Bool),
                (Operand::Value(_), Type::Word) if known == Known::Float => (Type::Float, known),
                _ => continue,
            };
            if let std::collections::btree_map::Entry::Vacant(place) = renamed.entry(o) {
                let v = self.fresh(new.0, new.1);
                after.note(v, new.1);
                place.insert(Operand::Value(v));
            }
        }
        // What was in objects that are made now may change.
        after.virtuals.clear();
        after.change(&|o| renamed.get(&o).copied().unwrap_or(o));
        after.tidy();
        after
    }

    /// The instructions that get what is known at the entry: arguments, or words of frames.
    pub(super) fn prologue(&mut self) -> State {
        let template = self.spec.entries[&self.entry].clone();
        let mut state = template.state.clone();
        let places = self.places(&template.state);
        let mut values = Vec::new();
        for (n, place) in template.first_places().into_iter().enumerate() {
            let known = template.state.known(Operand::Value(Value(n as u32)));
            let op = match self.entry {
                Entry::Call => Op::Argument(places[place]),
                _ => Op::FrameWord(places[place]),
            };
            let float = template.types[n] == Type::Float;
            let word = self.op(&mut state, op, &[], None, known);
            values.push(match float {
                true => self.op(&mut state, Op::FloatOf, &[word], None, Known::Float),
                false => word,
            });
        }
        state.change(&|o| match o {
            Operand::Value(v) => values[v.0 as usize],
            o => o,
        });
        let known = |o: &Operand| o.value().map(|v| (v, self.values[v.0 as usize].1));
        state.known = Rc::new(values.iter().filter_map(known).collect());
        if let Entry::Resume(..) = self.entry {
            let o = self.op(&mut state, Op::Resumed, &[], None, Known::Any);
            state.push(o);
        }
        state
    }

    /// The word of the frames for each place of a state. For a call: the argument.
    pub(super) fn places(&self, state: &State) -> Vec<usize> {
        let (offsets, _) = offsets(self.spec, state);
        let mut all = Vec::new();
        for (level, at) in state.chain.iter().zip(offsets) {
            let layout = self.spec.layout(level.node);
            all.extend((0..level.args.len()).map(|i| at + i));
            all.extend((0..level.temps.len()).map(|i| at + layout.temporary(i)));
            all.extend(level.array.iter().map(|_| at + layout.temporaries()));
            all.extend((0..level.stack.len()).map(|i| at + layout.operand(i)));
        }
        all
    }
}
