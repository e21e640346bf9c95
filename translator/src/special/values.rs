//! What the specialiser knows of a value, and where the value is.

use super::facts::{Fact, Meaning};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use smallworld_image::ObjId;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Abs {
    /// Nothing.
    Any,
    /// A SmallInt.
    Int,
    /// A SmallInt, 1 or more.
    Positive,
    /// This SmallInt.
    IntConst(i32),
    /// true or false.
    Bool,
    /// true.
    True,
    /// false.
    False,
    /// nil.
    Nil,
    /// A Float. Values of one group are one object. Its number is in the local of
    /// [`float_number`], and the object, if there is one yet, in that of [`float_object`].
    Float(u32),
    /// An instance of the class (which is none of the above) that has at least so many slots.
    /// Instances are not bound to have those of their class, but no object ever loses one.
    Instance(ObjId, u8),
    /// An entry of the table of literals, an instance of the class; if it is itself a
    /// class, which.
    Literal(u32, ObjId, Option<ObjId>),
    /// This class, with its number.
    Class(ObjId, u32),
    /// A block that was pushed by an activation of the nest. Not `real`: nothing has
    /// been allocated for it yet.
    Block {
        /// Scope whose method the block belongs to.
        home: usize,
        /// Scope that pushed it.
        creator: usize,
        /// Which block of the method.
        block: usize,
        /// It exists as an object.
        real: bool,
    },
}

impl Abs {
    /// What is known of a value that is one or the other. Nothing is returned where a
    /// block without object would be lost.
    pub fn merge(self, other: Abs) -> Option<Abs> {
        use Abs::*;
        if self == other {
            return Some(self);
        }
        let virtual_block = |a: Abs| matches!(a, Block { real: false, .. });
        if virtual_block(self) || virtual_block(other) {
            return None;
        }
        Some(match (self, other) {
            (a, b) if a.is_positive() && b.is_positive() => Positive,
            (a, b) if a.is_int() && b.is_int() => Int,
            (Bool | True | False, Bool | True | False) => Bool,
            (Instance(a, m), Instance(b, n)) if a == b => Instance(a, m.min(n)),
            (Instance(a, _) | Literal(_, a, _), Instance(b, _) | Literal(_, b, _)) if a == b => {
                Instance(a, 0)
            }
            _ => Any,
        })
    }

    /// Is the other more precise, and can a variable whose value turns out to be that be
    /// taken for it?
    fn may_become(self, other: Abs) -> bool {
        match (self, other) {
            (Abs::Any, _) | (Abs::Instance(..), Abs::Float(_)) => true,
            (Abs::Instance(a, m), Abs::Instance(b, n)) => a == b && m < n,
            _ => false,
        }
    }

    /// Is it surely a SmallInt?
    pub fn is_int(self) -> bool {
        matches!(self, Abs::Int | Abs::Positive | Abs::IntConst(_))
    }

    /// Is it surely a SmallInt, 1 or more?
    pub fn is_positive(self) -> bool {
        matches!(self, Abs::Positive) || matches!(self, Abs::IntConst(n) if n > 0)
    }

    /// Is it a SmallInt that is known, and at most that?
    pub fn is_int_up_to(self, most: i32) -> bool {
        matches!(self, Abs::IntConst(n) if n <= most)
    }

    /// What is known of the sum of two SmallInts.
    pub fn sum(a: Abs, b: Abs) -> Abs {
        let adds = |x: Abs| x.is_positive() || x == Abs::IntConst(0);
        match (a.is_positive() && adds(b)) || (adds(a) && b.is_positive()) {
            true => Abs::Positive,
            false => Abs::Int,
        }
    }

    /// Is it surely true or false?
    pub fn is_bool(self) -> bool {
        matches!(self, Abs::Bool | Abs::True | Abs::False)
    }

    /// Does the value need no place, because what is known says it all?
    pub fn is_constant(self) -> bool {
        matches!(
            self,
            Abs::IntConst(_)
                | Abs::True
                | Abs::False
                | Abs::Nil
                | Abs::Literal(..)
                | Abs::Class(..)
                | Abs::Block { real: false, .. }
        )
    }
}

/// Where a value is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rep {
    /// A Rust local of type `Word`.
    Word(Ident),
    /// A Rust local of type `bool`.
    Bool(Ident),
    /// In the locals of the group of Floats that what is known of it names.
    Float,
    /// Nowhere: see what is known of it.
    Constant,
}

/// The local, an `f64`, with the number of a group of Floats.
pub fn float_number(group: u32) -> Ident {
    format_ident!("f{group}")
}

/// The local with the object of a group of Floats: zero as long as it has none. Objects
/// are made where something else than arithmetic wants one, and then only once, so that a
/// Float stays identical to itself.
pub fn float_object(group: u32) -> Ident {
    format_ident!("w{group}")
}

/// Groups that are new in a node have numbers from here on; others are named after a slot.
pub const NEW_GROUPS: u32 = 1_000_000;

/// A variable that a value was read from, as long as that has not been assigned since.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// A temporary of a scope.
    Temporary(usize, usize),
    /// An argument of a scope.
    Argument(usize, usize),
}

/// A value on a symbolic stack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Val {
    /// What is known of it.
    pub abs: Abs,
    /// Where it is.
    pub rep: Rep,
    /// Where it was read from. Of an argument: which argument was passed on.
    pub origin: Option<Origin>,
    /// What else it says.
    pub meaning: Meaning,
}

impl Val {
    /// A value that is known completely.
    pub fn constant(abs: Abs) -> Val {
        Val {
            abs,
            rep: Rep::Constant,
            origin: None,
            meaning: Meaning::Nothing,
        }
    }

    /// A value in a local.
    pub fn word(abs: Abs, id: Ident) -> Val {
        let rep = match abs {
            Abs::Float(_) => Rep::Float,
            abs if abs.is_constant() => Rep::Constant,
            _ => Rep::Word(id),
        };
        Val {
            abs,
            rep,
            origin: None,
            meaning: Meaning::Nothing,
        }
    }

    /// A boolean in a local.
    pub fn boolean(id: Ident) -> Val {
        Val {
            abs: Abs::Bool,
            rep: Rep::Bool(id),
            origin: None,
            meaning: Meaning::Nothing,
        }
    }

    /// A Float in the locals of its group.
    pub fn float(group: u32) -> Val {
        Val {
            abs: Abs::Float(group),
            rep: Rep::Float,
            origin: None,
            meaning: Meaning::Nothing,
        }
    }

    /// The group, of a Float whose number is in a local.
    pub fn group(&self) -> Option<u32> {
        match self.abs {
            Abs::Float(group) => Some(group),
            _ => None,
        }
    }

    /// The expression for its word; that of a Float in locals is zero if it has no object.
    pub fn object_expr(&self) -> TokenStream {
        match self.group().map(float_object) {
            Some(object) => quote!(#object),
            None => self.expr(),
        }
    }

    /// The expression for its word. Blocks without object have none, nor may it be asked of
    /// a Float in locals.
    pub fn expr(&self) -> TokenStream {
        match (&self.rep, self.abs) {
            (Rep::Word(id), _) => quote!(#id),
            (Rep::Bool(id), _) => quote!(boolean(vm, #id)),
            (Rep::Float, _) => quote!(float_without_object),
            (Rep::Constant, Abs::IntConst(n)) => quote!(Word::int(#n)),
            (Rep::Constant, Abs::True) => quote!(true_(vm)),
            (Rep::Constant, Abs::False) => quote!(false_(vm)),
            (Rep::Constant, Abs::Literal(n, ..)) => {
                let n = n as usize;
                quote!(literal(vm, #n))
            }
            (Rep::Constant, Abs::Class(_, n)) => quote!(class_object(vm, #n)),
            (Rep::Constant, _) => quote!(nil(vm)),
        }
    }
}

/// One activation of the nest, as known at some point of the code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Level {
    /// Which scope.
    pub scope: usize,
    /// Its arguments (for a block: the block).
    pub args: Vec<Val>,
    /// What is known of its temporaries, where they are Rust locals.
    pub temps: Vec<Abs>,
    /// Its operand stack.
    pub stack: Vec<Val>,
    /// Its frame has been written: it was active when the function started.
    pub in_memory: bool,
}

/// All that is known at a point of the code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State {
    /// The nest of activations, the outermost first.
    pub chain: Vec<Level>,
    /// Where the innermost is.
    pub ip: usize,
    /// What tests have shown.
    pub facts: BTreeSet<Fact>,
}

impl State {
    /// The innermost activation.
    pub fn top(&mut self) -> &mut Level {
        let last = self.chain.len() - 1;
        &mut self.chain[last]
    }

    /// The innermost scope.
    pub fn scope(&self) -> usize {
        self.chain[self.chain.len() - 1].scope
    }

    /// Position in the nest of a scope.
    pub fn level(&self, scope: usize) -> Option<usize> {
        self.chain.iter().position(|l| l.scope == scope)
    }

    /// Takes over what another path knows. `Ok(true)` if that changed anything; `Err` if
    /// the two cannot meet.
    pub fn merge(&mut self, other: &State) -> Result<bool, &'static str> {
        if self.chain.len() != other.chain.len() || self.ip != other.ip {
            return Err("paths of different nests meet");
        }
        for (a, b) in self.chain.iter().zip(&other.chain) {
            if a.scope != b.scope || a.stack.len() != b.stack.len() || a.in_memory != b.in_memory {
                return Err("paths of different nests meet");
            }
        }
        // Floats stay one object where both paths say so.
        let mut groups: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        let mut changed = false;
        let facts = self.facts.clone();
        for (a, b) in self.chain.iter_mut().zip(&other.chain) {
            let mine = a.args.iter_mut().chain(&mut a.stack);
            for (x, y) in mine.zip(b.args.iter().chain(&b.stack)) {
                let meaning = Meaning::merge(x, &facts, y, &other.facts);
                changed |= meaning != x.meaning;
                x.meaning = meaning;
            }
        }
        self.facts.retain(|fact| other.facts.contains(fact));
        changed |= facts != self.facts;
        for ((slot, x), (_, y)) in self.slots_mut().zip(other.slots()) {
            let merged = match (*x, y) {
                (Abs::Float(a), Abs::Float(b)) => Abs::Float(*groups.entry((a, b)).or_insert(slot)),
                (x, y) => x.merge(y).ok_or("a block meets something else")?,
            };
            changed |= merged != *x;
            *x = merged;
        }
        for (a, b) in self.chain.iter_mut().zip(&other.chain) {
            let mine = a.args.iter_mut().chain(&mut a.stack);
            for (x, y) in mine.zip(b.args.iter().chain(&b.stack)) {
                if x.origin.is_some() && x.origin != y.origin {
                    x.origin = None;
                    changed = true;
                }
            }
        }
        Ok(changed)
    }

    /// Every place of a value, with a number of its own, and what is known of the value.
    pub fn slots(&self) -> impl Iterator<Item = (u32, Abs)> {
        self.chain.iter().flat_map(|l| {
            let args = l.args.iter().zip(0..).map(|(v, i)| (i, v.abs));
            let temps = l.temps.iter().zip(300..).map(|(abs, i)| (i, *abs));
            let stack = l.stack.iter().zip(600..).map(|(v, i)| (i, v.abs));
            let first = l.scope as u32 * 1000;
            args.chain(temps)
                .chain(stack)
                .map(move |(i, abs)| (first + i, abs))
        })
    }

    fn slots_mut(&mut self) -> impl Iterator<Item = (u32, &mut Abs)> {
        self.chain.iter_mut().flat_map(|l| {
            let first = l.scope as u32 * 1000;
            let args = l.args.iter_mut().zip(0..).map(|(v, i)| (i, &mut v.abs));
            let temps = l.temps.iter_mut().zip(300..).map(|(abs, i)| (i, abs));
            let stack = l.stack.iter_mut().zip(600..).map(|(v, i)| (i, &mut v.abs));
            args.chain(temps)
                .chain(stack)
                .map(move |(i, abs)| (first + i, abs))
        })
    }

    /// Names each group of Floats after its first slot.
    pub fn name_groups(&mut self) {
        let mut names: BTreeMap<u32, u32> = BTreeMap::new();
        for (slot, abs) in self.slots_mut() {
            if let Abs::Float(group) = abs {
                *group = *names.entry(*group).or_insert(slot);
            }
        }
    }

    /// What is known of a variable becomes more precise, and so of the arguments that it was
    /// passed on from.
    pub fn refine(&mut self, origin: Option<Origin>, abs: Abs) {
        let mut origin = origin;
        while let Some(from) = origin.take() {
            match from {
                Origin::Temporary(scope, i) => {
                    if let Some(l) = self.level(scope)
                        && let Some(t) = self.chain[l].temps.get_mut(i)
                        && t.may_become(abs)
                    {
                        *t = abs;
                    }
                }
                Origin::Argument(scope, i) => {
                    if let Some(l) = self.level(scope)
                        && let Some(a) = self.chain[l].args.get_mut(i)
                    {
                        origin = a.origin;
                        if a.abs.may_become(abs) {
                            a.abs = abs;
                            if matches!(abs, Abs::Float(_)) {
                                a.rep = Rep::Float;
                            }
                        }
                    }
                }
            }
        }
    }

    /// The argument that a value was passed on from, if it was.
    pub fn passed_from(&self, origin: Option<Origin>) -> Option<Origin> {
        let mut from = origin;
        while let Some(Origin::Argument(scope, i)) = from {
            let level = self.level(scope).map(|l| &self.chain[l]);
            match level.and_then(|l| l.args.get(i)?.origin) {
                Some(outer) => from = Some(outer),
                None => break,
            }
        }
        from
    }

    /// A value has been found to have a slot.
    pub fn has_slot(&mut self, v: &Val, slot: usize) {
        if let (Abs::Instance(class, _), Ok(slots)) = (v.abs, u8::try_from(slot + 1)) {
            self.refine(v.origin, Abs::Instance(class, slots));
        }
    }

    /// A temporary is assigned: values read from it before say nothing of it any more.
    pub fn forget(&mut self, origin: Origin) {
        for level in &mut self.chain {
            for v in &mut level.stack {
                if v.origin == Some(origin) {
                    v.origin = None;
                }
            }
        }
    }
}
