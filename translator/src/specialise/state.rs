//! What is known at a point of the code while functions are built: the activations of the
//! inline tree that are active, and which operand each of their places holds.
//!
//! A value is the same wherever its number stands, so what a test shows of it is known of all
//! its places. Where paths meet, places stay one value as long as they are on every path.

use crate::ir::function::{change_virtuals, wanted};
use crate::ir::{Activation, Known, Operand, Shape, Site, Type, Value, Virtuals};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// All that is known at a point of the code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State {
    /// The activations, the outermost first.
    pub chain: Vec<Rc<Activation>>,
    /// Objects that have not been made.
    pub virtuals: Virtuals,
    /// Where the innermost is.
    pub ip: usize,
    /// What is known of values.
    pub known: Rc<BTreeMap<Value, Known>>,
}

impl State {
    /// The innermost activation.
    pub fn top(&mut self) -> &mut Activation {
        let last = self.chain.len() - 1;
        self.at(last)
    }

    /// One of the activations, to be changed.
    pub fn at(&mut self, level: usize) -> &mut Activation {
        Rc::make_mut(&mut self.chain[level])
    }

    /// Notes what is known of a value.
    pub fn note(&mut self, v: Value, known: Known) {
        Rc::make_mut(&mut self.known).insert(v, known);
    }

    /// Its node.
    pub fn node(&self) -> usize {
        self.chain[self.chain.len() - 1].node
    }

    /// Which of the activations is that of a node.
    pub fn level(&self, node: usize) -> Option<usize> {
        self.chain.iter().position(|l| l.node == node)
    }

    /// Pushes an operand.
    pub fn push(&mut self, o: Operand) {
        self.top().stack.push(o);
    }

    /// Pops an operand of the innermost activation.
    pub fn pop(&mut self) -> Operand {
        // The verifier of bytecode has seen that there is one.
        self.top().stack.pop().unwrap_or(Operand::Nil)
    }

    /// Pops several; the first pushed comes first.
    pub fn pop_many(&mut self, n: usize) -> Vec<Operand> {
        let stack = &mut self.top().stack;
        stack.split_off(stack.len().saturating_sub(n))
    }

    /// What is known of an operand.
    pub fn known(&self, o: Operand) -> Known {
        match o {
            Operand::Value(v) => self.known.get(&v).copied().unwrap_or(Known::Any),
            Operand::Int(n) if n > 0 => Known::Positive,
            Operand::Int(_) => Known::Int,
            Operand::True | Operand::False => Known::Bool,
            Operand::Literal(_, class, _) => Known::Instance(class, 0),
            Operand::Closure(c) => Known::Closure(c),
            Operand::Virtual(site) => self.known_virtual(site),
            Operand::Nil | Operand::Class(..) | Operand::Home(_) => Known::Any,
        }
    }

    /// More has become known of an operand.
    pub fn refine(&mut self, o: Operand, known: Known) {
        if let Operand::Value(v) = o
            && self.known(o).may_become(known)
        {
            self.note(v, known);
        }
    }

    /// A value has turned out to be another, which says more: it stands in all its places.
    pub fn replace(&mut self, old: Operand, new: Operand) {
        if let Operand::Value(_) | Operand::Virtual(_) = old {
            self.change(&|o| if o == old { new } else { o });
        }
    }

    /// All places, in order.
    pub fn places(&self) -> impl Iterator<Item = Operand> + '_ {
        let inside = self.virtuals.values();
        let inside = inside.flat_map(|object| object.slots.iter().copied());
        self.chain.iter().flat_map(|l| l.places()).chain(inside)
    }

    /// Changes operands in all places.
    pub fn change(&mut self, change: &dyn Fn(Operand) -> Operand) {
        for level in &mut self.chain {
            Activation::change(level, change);
        }
        change_virtuals(&mut self.virtuals, change);
    }

    /// What is known of an object that has not been made.
    fn known_virtual(&self, site: Site) -> Known {
        let Some(object) = self.virtuals.get(&site) else {
            return Known::Any;
        };
        let slots = u8::try_from(object.slots.len()).unwrap_or(u8::MAX);
        match (object.shape, object.slots.first()) {
            (Shape::Closure(method), Some(&Operand::Literal(literal, ..))) => {
                Known::Runs(literal, method, slots)
            }
            _ => Known::Any,
        }
    }

    /// Forgets objects that have not been made and that nothing holds.
    pub fn prune(&mut self) {
        self.prune_but(&[]);
    }

    /// The same, but for those that these operands are.
    pub fn prune_but(&mut self, also: &[Operand]) {
        if !self.virtuals.is_empty() {
            let held = self.chain.iter().flat_map(|l| l.places());
            self.virtuals = wanted(&self.virtuals, held.chain(also.iter().copied()));
        }
    }

    /// Forgets values that are in no place.
    pub fn tidy(&mut self) {
        let used: BTreeSet<Value> = self.places().filter_map(Operand::value).collect();
        Rc::make_mut(&mut self.known).retain(|v, _| used.contains(v));
    }
}

/// What is known where paths meet: a state whose values are numbered in the order of their first
/// places.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    /// The state.
    pub state: State,
    /// The types of its values.
    pub types: Vec<Type>,
}

/// Why paths cannot meet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Clash {
    /// They differ in something that they may not.
    Paths(&'static str),
    /// Objects of these sites have been made on one of them only, or are different ones.
    Objects(Vec<Site>),
}

impl Clash {
    /// Notes the sites of objects that have to be made; answers what there is to say.
    pub fn note(self, made: &mut BTreeSet<Site>) -> String {
        match self {
            Clash::Paths(problem) => problem.into(),
            Clash::Objects(sites) => {
                made.extend(sites);
                "objects that have been made meet others that have not".into()
            }
        }
    }
}

/// One path's part in a place.
#[derive(Clone, Copy)]
struct Part {
    operand: Operand,
    known: Known,
    ty: Type,
}

/// The more general of two.
fn join_known(a: Known, b: Known) -> Known {
    match (a, b) {
        _ if a == b => a,
        (a, b) if a.is_int() && b.is_int() => Known::Int,
        (Known::Instance(a, m), Known::Instance(b, n)) if a == b => Known::Instance(a, m.min(n)),
        _ => Known::Any,
    }
}

fn join_type(a: Part, b: Part) -> Type {
    let bool_like = |p: Part| p.ty == Type::Bool || is_truth(p.operand);
    match () {
        _ if a.known == Known::Float && b.known == Known::Float => match (a.ty, b.ty) {
            (Type::Word, Type::Word) => Type::Word,
            _ => Type::Float,
        },
        _ if bool_like(a) && bool_like(b) => Type::Bool,
        _ => Type::Word,
    }
}

fn is_truth(o: Operand) -> bool {
    matches!(o, Operand::True | Operand::False)
}

/// Gives places their values: equal keys are one value.
struct Numbering<K> {
    keys: BTreeMap<K, Value>,
    types: Vec<Type>,
    known: BTreeMap<Value, Known>,
}

impl<K: Ord> Numbering<K> {
    fn new() -> Self {
        Numbering {
            keys: BTreeMap::new(),
            types: Vec::new(),
            known: BTreeMap::new(),
        }
    }

    fn value(&mut self, key: K, ty: Type, known: Known) -> Value {
        let next = Value(self.types.len() as u32);
        let v = *self.keys.entry(key).or_insert(next);
        if v == next {
            self.types.push(ty);
            self.known.insert(v, known);
        }
        v
    }
}

impl Template {
    /// Of one path. `types` are those of its values.
    pub fn of(state: &State, types: &dyn Fn(Value) -> Type) -> Template {
        let mut numbers = Numbering::new();
        let mut out = state.clone();
        for v in state.places().filter_map(Operand::value) {
            numbers.value(v, types(v), state.known(Operand::Value(v)));
        }
        out.change(&|o| match o {
            Operand::Value(v) => numbers.keys[&v].into(),
            o => o,
        });
        out.known = Rc::new(numbers.known);
        Template {
            state: out,
            types: numbers.types,
        }
    }

    /// With another path.
    ///
    /// # Errors
    /// The paths cannot meet.
    pub fn join(&self, other: &State, types: &dyn Fn(Value) -> Type) -> Result<Template, Clash> {
        let mine = &self.state;
        let alike = |(a, b): (&Rc<Activation>, &Rc<Activation>)| {
            a.node == b.node
                && a.stack.len() == b.stack.len()
                && a.in_memory == b.in_memory
                && a.temps.len() == b.temps.len()
        };
        let mut levels = mine.chain.iter().zip(&other.chain);
        if mine.chain.len() != other.chain.len() || mine.ip != other.ip || !levels.all(alike) {
            return Err(Clash::Paths("paths of different inline trees meet"));
        }
        let apart = |a: &State, b: &State| -> Vec<Site> {
            let sites = a.virtuals.keys().copied();
            sites.filter(|s| !b.virtuals.contains_key(s)).collect()
        };
        let made: Vec<Site> = [apart(mine, other), apart(other, mine)].concat();
        if !made.is_empty() {
            return Err(Clash::Objects(made));
        }
        let mut numbers = Numbering::new();
        let mut out = mine.clone();
        let mut theirs = other.places();
        let places = out.chain.iter_mut().map(Rc::make_mut);
        let places = places.flat_map(|level| level.places_mut());
        let inside = out.virtuals.values_mut().map(Rc::make_mut);
        let places = places.chain(inside.flat_map(|object| object.slots.iter_mut()));
        for (o, b) in places.zip(theirs.by_ref()) {
            let a = Part {
                operand: *o,
                known: mine.known(*o),
                ty: match *o {
                    Operand::Value(v) => self.types[v.0 as usize],
                    _ => Type::Word,
                },
            };
            let b = Part {
                operand: b,
                known: other.known(b),
                ty: b.value().map_or(Type::Word, types),
            };
            if a.operand == b.operand && a.operand.value().is_none() {
                continue;
            }
            let sites: Vec<Site> = [a.operand, b.operand]
                .iter()
                .filter_map(|o| o.site())
                .collect();
            if !sites.is_empty() {
                return Err(Clash::Objects(sites));
            }
            if a.operand.is_unmade() || b.operand.is_unmade() {
                return Err(Clash::Paths("a block without object meets something else"));
            }
            let key = (a.operand, b.operand);
            *o = numbers
                .value(key, join_type(a, b), join_known(a.known, b.known))
                .into();
        }
        out.known = Rc::new(numbers.known);
        Ok(Template {
            state: out,
            types: numbers.types,
        })
    }

    /// The places of each value: the number of the first.
    pub fn first_places(&self) -> Vec<usize> {
        let mut first = Vec::new();
        for (n, o) in self.state.places().enumerate() {
            if let Operand::Value(v) = o
                && v.0 as usize == first.len()
            {
                first.push(n);
            }
        }
        first
    }
}
