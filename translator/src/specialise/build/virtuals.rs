//! Objects that are not made before something wants them: closures, and Arrays whose elements are
//! given.
//!
//! Most closures are made to be passed down and run, and with them the Arrays of the variables that
//! they share. As long as all of that is inlined, the state knows what is in their slots, and no object
//! is needed (Stadler, Würthinger and Mössenböck, "Partial escape analysis and scalar replacement for
//! Java", 2014). One is made where an operation wants a word, and in frames that are written. Where
//! paths meet of which one has made it and another has not, the specialisation is built anew, and the
//! object made at once.

use super::super::specialisation::Assumption;
use super::super::state::State;
use super::Builder;
use crate::ir::{Action, Known, Op, Operand, Shape, Site, Virtual};
use std::rc::Rc;

/// An Array of more elements is made at once.
const MOST_ELEMENTS: usize = 12;

impl State {
    /// What is in a slot of an object that has not been made; nothing if it has, or has no such slot.
    pub(super) fn virtual_slot(&self, o: Operand, index: usize) -> Option<Operand> {
        let object = self.virtuals.get(&o.site()?)?;
        object.slots.get(index).copied()
    }

    /// Stores into it. False if that is not possible.
    pub(super) fn set_virtual_slot(&mut self, o: Operand, index: usize, value: Operand) -> bool {
        let object = o.site().and_then(|site| self.virtuals.get_mut(&site));
        let slot = object.and_then(|object| Rc::make_mut(object).slots.get_mut(index));
        match slot {
            Some(slot) => {
                *slot = value;
                true
            }
            None => false,
        }
    }

    /// Contexts of activations that have ended are as good as none: nothing returns from them.
    pub(super) fn forget_homes(&mut self) {
        let active: Vec<usize> = self.chain.iter().map(|l| l.node).collect();
        self.change(&|o| match o {
            Operand::Home(node) if !active.contains(&node) => Operand::Nil,
            o => o,
        });
    }
}

impl Builder<'_, '_, '_> {
    /// Pushes a new closure: its method is a literal of the innermost activation's.
    pub(super) fn push_closure(&mut self, state: &mut State, literal: u16, taken: Vec<Operand>) {
        let m = self.spec.method_of(state.node());
        let id = m.parts.literals[usize::from(literal)];
        let method = self.program.method_of(id);
        let code = self.literal(state.node(), literal);
        let mut slots = vec![code];
        slots.extend(taken);
        match method {
            Some(method) => self.push_virtual(state, Shape::Closure(method as u32), slots),
            None => {
                let words: Vec<Operand> = slots.iter().map(|&o| self.object(state, o)).collect();
                let o = self.op(state, Op::NewClosure, &words, None, Known::Any);
                state.push(o);
            }
        }
    }

    /// Pushes a new Array of these elements.
    pub(super) fn push_array(&mut self, state: &mut State, elements: Vec<Operand>) {
        if elements.len() <= MOST_ELEMENTS {
            return self.push_virtual(state, Shape::Array, elements);
        }
        let words: Vec<Operand> = elements.iter().map(|&o| self.object(state, o)).collect();
        let known = self.known_array(words.len());
        let o = self.op(state, Op::NewArray, &words, None, known);
        state.push(o);
    }

    fn push_virtual(&mut self, state: &mut State, shape: Shape, mut slots: Vec<Operand>) {
        let site = Site {
            node: state.node(),
            ip: state.ip,
        };
        let o = Operand::Virtual(site);
        state.prune_but(&slots);
        if state.virtuals.contains_key(&site) {
            // The one that the site has made before is still in use.
            let word = self.make(state, o);
            slots
                .iter_mut()
                .filter(|s| **s == o)
                .for_each(|s| *s = word);
        }
        state
            .virtuals
            .insert(site, Rc::new(Virtual { shape, slots }));
        let o = match self.spec.made.contains(&site) {
            true => self.make(state, o),
            false => o,
        };
        state.push(o);
    }

    /// What is known of an operand once its object has been made.
    pub(super) fn made_of(&self, state: &State, o: Operand) -> Known {
        let object = o.site().and_then(|site| state.virtuals.get(&site));
        match object {
            Some(object) if object.shape == Shape::Array => self.known_array(object.slots.len()),
            _ => state.known(o),
        }
    }

    fn known_array(&self, size: usize) -> Known {
        let array = self.program.image.roots.array;
        Known::Instance(array, u8::try_from(size).unwrap_or(u8::MAX))
    }

    /// Makes an object that has not been made, and those that it holds.
    pub(super) fn make(&mut self, state: &mut State, o: Operand) -> Operand {
        let known = self.made_of(state, o);
        let Some(site) = o.site() else {
            return self.fail("a block or a context is wanted as an object");
        };
        let Some(object) = state.virtuals.remove(&site) else {
            // It is held by what it holds. If it is made at once, there is nothing in it yet.
            self.spec.made.insert(site);
            return self.fail("an object holds itself");
        };
        let mut words = object.slots.clone();
        for i in 0..words.len() {
            let slot = words[i];
            let word = self.object(state, slot);
            if slot.is_unmade() {
                words
                    .iter_mut()
                    .filter(|w| **w == slot)
                    .for_each(|w| *w = word);
            }
            words[i] = word;
        }
        let op = match object.shape {
            Shape::Array => Op::NewArray,
            Shape::Closure(_) => Op::NewClosure,
        };
        let made = self.op(state, op, &words, None, known);
        state.replace(o, made);
        made
    }

    /// The operand of an entry of the table of literals that holds a block's method.
    pub(super) fn literal_operand(&self, n: u32) -> Operand {
        let id = self.program.literal(n);
        let class = id.and_then(|id| self.program.class_of(id));
        if let Some(id) = id {
            self.spec.rely(Assumption::Literal(n, id));
        }
        Operand::Literal(n, class.unwrap_or(self.program.image.roots.array), None)
    }

    /// Pushes a slot of the object on top of the stack, which goes.
    pub(super) fn push_slot(&mut self, state: &mut State, index: usize) {
        let object = state.pop();
        if let Some(o) = state.virtual_slot(object, index) {
            return state.push(o);
        }
        let object = self.object(state, object);
        let known = index < self.slots_of(state, object);
        let exit = (!known).then(|| self.leave(state, state.ip, &[object], Action::NoSlot(index)));
        let op = Op::Slot { index, known };
        let o = self.op(state, op, &[object], exit, Known::Any);
        self.has_slot(state, object, index);
        state.push(o);
    }

    /// Stores the value below an object into its slot; the object goes.
    pub(super) fn assign_slot(&mut self, state: &mut State, index: usize) {
        let (object, o) = (state.pop(), state.pop());
        if state.set_virtual_slot(object, index, o) {
            return state.push(o);
        }
        let object = self.object(state, object);
        let word = self.object(state, o);
        let known = index < self.slots_of(state, object);
        let action = Action::AssignElsewhere(index);
        let exit = self.leave(state, state.ip, &[object, word], action);
        self.act(Op::PutSlot { index, known }, &[object, word], Some(exit));
        self.has_slot(state, object, index);
        state.push(if o.is_unmade() { word } else { o });
    }

    /// It turns out that the function cannot be built; the block under way goes on as if.
    fn fail(&mut self, problem: &str) -> Operand {
        self.problem.get_or_insert(problem.into());
        Operand::Nil
    }
}
