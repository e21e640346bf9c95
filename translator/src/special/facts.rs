//! What tests have shown of indexes.
//!
//! An image's own `at:` asks whether an index is at least 1 and at most the size, and then
//! runs a primitive that asks the same. The first test is followed here: which facts hold at
//! a point of the code, and which would hold if a boolean turned out to be true. A primitive
//! whose question has been answered does not ask again.
//!
//! Facts are about arguments, which nobody assigns, of activations that are in the nest. An
//! object never loses slots or bytes, so that its size may be an old one.

use super::engine::Engine;
use super::values::{Abs, Origin, State, Val};
use smallworld_image::BinaryOp;
use std::collections::BTreeSet;

/// Something that has been tested.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fact {
    /// The argument is a SmallInt, 1 or more.
    Positive(Origin),
    /// The first argument is a SmallInt that is at most the size of the second.
    WithinSize(Origin, Origin),
}

impl Fact {
    /// Is it only about activations of these scopes?
    fn is_within(self, scopes: &[usize]) -> bool {
        let of = |o| matches!(o, Origin::Argument(s, _) if scopes.contains(&s));
        match self {
            Fact::Positive(i) => of(i),
            Fact::WithinSize(i, object) => of(i) && of(object),
        }
    }
}

/// What a value stands for, besides being what it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Meaning {
    /// Nothing else.
    #[default]
    Nothing,
    /// The size of that argument, which is a SmallInt's (0), an object's in slots, or in bytes.
    SizeOf(Origin),
    /// If it is true, these hold.
    Implies(BTreeSet<Fact>),
}

impl Meaning {
    /// What a value means that is one on one path, where some facts hold, and another on
    /// another.
    pub fn merge(x: &Val, facts_x: &BTreeSet<Fact>, y: &Val, facts_y: &BTreeSet<Fact>) -> Meaning {
        let implies = |v: &Val| matches!(v.meaning, Meaning::Implies(_));
        if !implies(x) && !implies(y) {
            return match x.meaning == y.meaning {
                true => x.meaning.clone(),
                false => Meaning::Nothing,
            };
        }
        // If it turns out to be true, it has not come from where it was false.
        let known = |v: &Val, facts: &BTreeSet<Fact>| match (&v.meaning, v.abs) {
            (_, Abs::False) => None,
            (Meaning::Implies(more), _) => Some(more | facts),
            _ => Some(facts.clone()),
        };
        let both = match (known(x, facts_x), known(y, facts_y)) {
            (Some(x), Some(y)) => &x & &y,
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => BTreeSet::new(),
        };
        match both.is_empty() {
            true => Meaning::Nothing,
            false => Meaning::Implies(both),
        }
    }
}

impl State {
    /// A boolean has turned out to be true.
    pub fn is_true(&mut self, v: &Val) {
        if let Meaning::Implies(facts) = &v.meaning {
            self.facts.extend(facts);
        }
    }

    /// Activations have left the nest: nothing is said of them any more.
    pub fn forget_left(&mut self) {
        let scopes: Vec<usize> = self.chain.iter().map(|l| l.scope).collect();
        let stays = |fact: &Fact| fact.is_within(&scopes);
        self.facts.retain(stays);
        for v in self
            .chain
            .iter_mut()
            .flat_map(|l| l.args.iter_mut().chain(&mut l.stack))
        {
            let left = match &mut v.meaning {
                Meaning::Nothing => false,
                Meaning::SizeOf(Origin::Argument(s, _)) => !scopes.contains(s),
                Meaning::SizeOf(_) => true,
                Meaning::Implies(facts) => {
                    facts.retain(stays);
                    facts.is_empty()
                }
            };
            if left {
                v.meaning = Meaning::Nothing;
            }
        }
    }

    /// Nothing is known any more but what the values are.
    pub fn forget_facts(&mut self) {
        self.facts.clear();
        for level in &mut self.chain {
            for v in level.args.iter_mut().chain(&mut level.stack) {
                v.meaning = Meaning::Nothing;
            }
        }
    }

    /// The argument that a value is, if it is one.
    pub fn argument_of(&self, v: &Val) -> Option<Origin> {
        let from = self.passed_from(v.origin);
        from.filter(|o| matches!(o, Origin::Argument(..)))
    }

    /// Has it been tested that the object has an element at the index, of whichever kind its
    /// elements are?
    pub fn has_element(&self, object: &Val, index: &Val) -> bool {
        let (Some(o), Some(i)) = (self.argument_of(object), self.argument_of(index)) else {
            return false;
        };
        let positive = index.abs.is_positive() || self.facts.contains(&Fact::Positive(i));
        positive && self.facts.contains(&Fact::WithinSize(i, o))
    }
}

impl Engine<'_, '_, '_> {
    /// What it means if a comparison of two SmallInts is true.
    pub fn comparison(&self, state: &State, op: BinaryOp, x: &Val, y: &Val) -> Meaning {
        let least = match op {
            BinaryOp::Less => 0,
            BinaryOp::LessEqual => 1,
            BinaryOp::Plus => return Meaning::Nothing,
        };
        let mut facts = BTreeSet::new();
        if let (Abs::IntConst(n), Some(i)) = (x.abs, state.argument_of(y))
            && n >= least
        {
            facts.insert(Fact::Positive(i));
        }
        if let (Some(i), Meaning::SizeOf(object)) = (state.argument_of(x), &y.meaning) {
            facts.insert(Fact::WithinSize(i, *object));
        }
        match facts.is_empty() {
            true => Meaning::Nothing,
            false => Meaning::Implies(facts),
        }
    }
}
