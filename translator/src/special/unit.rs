//! A specialised unit: one method, customised for one class of receivers.
//!
//! The unit is explored first: from its entry, and from every place at which it goes on
//! after a call, paths are followed with what is known of each value until nothing new is
//! learnt. Then each start becomes a Rust function.

use super::code::Code;
use super::engine::{End, Engine};
use super::graph::{Graph, Node};
use super::inlining::Limits;
use super::shared::Shared;
use super::values::{Abs, Level, Origin, State, Val};
use super::world::World;
use super::{check, place, writer};
use crate::flow::Flow;
use crate::method::Owner;
use proc_macro2::TokenStream;
use quote::format_ident;
use smallworld_image::ObjId;
use smallworld_profile::Count;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// An activation in the nest: which code, and who waits for it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Scope {
    /// The scope that sent the message, and where it goes on.
    pub parent: Option<(usize, usize)>,
    /// The method.
    pub method: usize,
    /// The method itself or one of its blocks.
    pub owner: Owner,
    /// For a block, the scope of its home method; else this scope.
    pub home: usize,
    /// Class of the receiver (of the home's, for a block).
    pub class: ObjId,
}

/// Where a function of the unit starts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum UnitStart {
    /// A call.
    Entry,
    /// With the value of a send, in a scope.
    Resume(usize, usize),
    /// At a loop head, everything in memory.
    Loop(usize, usize),
}

/// Something that the unit's code relies on, in whichever image it runs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Assumption {
    /// The class finds that method for the selector.
    Finds(ObjId, Vec<u8>, usize),
    /// The class inherits from that one.
    Inherits(ObjId, ObjId),
    /// The class has the metaclass and the slots that it has here.
    Class(ObjId),
    /// The entry of the table of literals has the class and the slots that this object has,
    /// and is the same class if it is one.
    Literal(u32, ObjId),
    /// nil, true and false have the classes that they have here.
    Constants,
}

/// A unit under way.
pub struct Unit<'w, 'i> {
    /// What is known.
    pub world: &'w World<'i>,
    /// Its number.
    pub number: usize,
    /// Receiver class.
    pub class: ObjId,
    /// The method.
    pub method: usize,
    /// Limits.
    pub limits: Limits,
    /// Sends of that site of the method that does most.
    pub hottest: Count,
    /// Its scopes; 0 is the method itself.
    pub scopes: Vec<Scope>,
    known_scopes: HashMap<Scope, usize>,
    /// Bytes inlined so far.
    pub inlined: usize,
    /// Starts, with what is known there.
    pub starts: BTreeMap<UnitStart, State>,
    open: BTreeSet<UnitStart>,
    /// What it relies on.
    pub assumptions: RefCell<BTreeSet<Assumption>>,
    /// What its exits have in common.
    pub shared: Shared,
    /// The baseline has no function for a place at which the unit would leave for it.
    pub no_continuation: Cell<bool>,
    /// Where it leaves for the baseline: method, and offset at which that goes on.
    pub exits: Vec<(usize, usize)>,
    /// Classes of the method's arguments that callers are expected to pass; tested at the
    /// entry, once.
    pub expected: BTreeMap<usize, ObjId>,
    /// What its sends say of the classes of arguments; nothing where they disagree.
    found: BTreeMap<usize, Option<ObjId>>,
}

/// A unit's code.
pub struct UnitCode {
    /// Functions and descriptors.
    pub items: TokenStream,
    /// Characters of them.
    pub text: usize,
    /// What it relies on.
    pub assumptions: BTreeSet<Assumption>,
    /// Scopes inlined (the method itself not counted).
    pub inlined: usize,
    /// Where it leaves for the baseline: method, and offset at which that goes on.
    pub exits: Vec<(usize, usize)>,
}

impl<'w, 'i> Unit<'w, 'i> {
    /// Specialises a method for a class.
    ///
    /// # Errors
    /// Why it cannot be done; the baseline then serves.
    pub fn translate(
        world: &'w World<'i>,
        number: usize,
        class: ObjId,
        method: usize,
        limits: Limits,
    ) -> Result<UnitCode, String> {
        // The first look at the method finds what its arguments are used as.
        let mut first = Unit::new(world, number, class, method, limits, BTreeMap::new())?;
        let expected = match first.explore(UnitStart::Entry) {
            Ok(_) => first.expectations(),
            Err(_) => BTreeMap::new(),
        };
        Unit::new(world, number, class, method, limits, expected)?.code()
    }

    fn new(
        world: &'w World<'i>,
        number: usize,
        class: ObjId,
        method: usize,
        limits: Limits,
        expected: BTreeMap<usize, ObjId>,
    ) -> Result<Unit<'w, 'i>, String> {
        let mut unit = Unit {
            world,
            number,
            class,
            method,
            limits,
            hottest: world.hottest(method),
            scopes: Vec::new(),
            known_scopes: HashMap::new(),
            inlined: 0,
            starts: BTreeMap::new(),
            open: BTreeSet::new(),
            assumptions: RefCell::default(),
            shared: Shared::default(),
            no_continuation: Cell::new(false),
            exits: Vec::new(),
            expected,
            found: BTreeMap::new(),
        };
        let root = Scope {
            parent: None,
            method,
            owner: None,
            home: 0,
            class,
        };
        unit.scope(root);
        let entry = unit.entry_state();
        unit.add_start(UnitStart::Entry, entry)?;
        Ok(unit)
    }

    /// An argument of the method is used as an instance of a class, nearly always.
    pub fn found_argument(&mut self, origin: Option<Origin>, class: ObjId) {
        if let Some(Origin::Argument(0, k)) = origin
            && k > 0
        {
            let found = self.found.entry(k).or_insert(Some(class));
            if *found != Some(class) {
                *found = None;
            }
        }
    }

    fn expectations(&self) -> BTreeMap<usize, ObjId> {
        let mut expected: BTreeMap<usize, ObjId> = self
            .found
            .iter()
            .filter_map(|(&k, class)| class.map(|c| (k, c)))
            .filter(|(_, c)| !self.class_abs(*c).is_constant())
            .collect();
        if Some(self.class) == self.world.float_class {
            expected.insert(0, self.class);
        }
        expected
    }

    /// Its functions.
    fn code(self) -> Result<UnitCode, String> {
        let mut unit = self;
        let mut rounds = 0;
        while let Some(start) = unit.open.pop_first() {
            rounds += 1;
            if rounds > 400 {
                return Err("it does not settle".into());
            }
            unit.explore(start)?;
        }
        // Writing may find further starts, or that more must be allowed for. What has been
        // written stays as long as no more is to be allowed for where it starts.
        let mut written: BTreeMap<UnitStart, (State, TokenStream)> = BTreeMap::new();
        for round in 0.. {
            let before = unit.starts.clone();
            for (&start, state) in &before {
                if written.get(&start).is_none_or(|w| w.0 != *state) {
                    let function = unit.function(start)?;
                    written.insert(start, (state.clone(), function));
                }
            }
            while let Some(start) = unit.open.pop_first() {
                unit.explore(start)?;
            }
            if unit.starts == before {
                break;
            }
            if round > 20 {
                return Err("its continuations do not settle".into());
            }
        }
        let mut items: TokenStream = written.into_values().map(|w| w.1).collect();
        items.extend(unit.shared.items());
        let text = items.to_string();
        if unit.no_continuation.get() {
            return Err("the baseline has no continuation at one of its exits".into());
        }
        if text.len() > unit.limits.text {
            return Err("its code gets too large".into());
        }
        Ok(UnitCode {
            text: text.len(),
            items,
            inlined: unit.scopes.len() - 1,
            exits: unit.exits,
            assumptions: unit.assumptions.into_inner(),
        })
    }

    fn entry_state(&self) -> State {
        let m = &self.world.methods[self.method].1;
        let args = (0..m.arity)
            .map(|i| {
                let class = match self.expected.get(&i) {
                    None if i == 0 => Some(self.class),
                    class => class.copied(),
                };
                let abs = match class {
                    Some(c) if i > 0 && self.world.float_class == Some(c) => Abs::Float(i as u32),
                    Some(c) if self.expected.get(&0) == Some(&c) && i == 0 => Abs::Float(0),
                    Some(c) => self.class_abs(c),
                    None => Abs::Any,
                };
                Val::word(abs, format_ident!("a0_{i}"))
            })
            .collect();
        State {
            chain: vec![Level {
                scope: 0,
                args,
                temps: vec![Abs::Nil; m.parts.temporaries],
                stack: Vec::new(),
                in_memory: false,
            }],
            ip: 0,
            facts: BTreeSet::new(),
        }
    }

    /// Relies on something.
    pub fn rely(&self, on: Assumption) {
        self.assumptions.borrow_mut().insert(on);
    }

    /// What is known of an instance of a class.
    pub fn class_abs(&self, class: ObjId) -> Abs {
        let roots = &self.world.image.roots;
        if class == roots.small_int {
            return Abs::Int;
        }
        for (object, abs) in [
            (roots.nil, Abs::Nil),
            (roots.true_, Abs::True),
            (roots.false_, Abs::False),
        ] {
            if self.world.class_of(object) == Some(class) {
                self.rely(Assumption::Constants);
                return abs;
            }
        }
        if let Some(&only) = self.world.only_instances.get(&class)
            && let Some(&number) = self.world.class_numbers.get(&only)
        {
            self.rely(Assumption::Class(only));
            return Abs::Class(only, number);
        }
        Abs::Instance(class, 0)
    }

    /// The class of a value, if it is known.
    pub fn abs_class(&self, abs: Abs) -> Option<ObjId> {
        let roots = &self.world.image.roots;
        if matches!(abs, Abs::True | Abs::False | Abs::Nil) {
            self.rely(Assumption::Constants);
        }
        match abs {
            Abs::Any | Abs::Bool => None,
            Abs::Int | Abs::Positive | Abs::IntConst(_) => Some(roots.small_int),
            Abs::Float(_) => self.world.float_class,
            Abs::True => self.world.class_of(roots.true_),
            Abs::False => self.world.class_of(roots.false_),
            Abs::Nil => self.world.class_of(roots.nil),
            Abs::Instance(c, _) | Abs::Literal(_, c, _) => Some(c),
            Abs::Class(c, _) => self.world.class_of(c),
            Abs::Block { .. } => Some(roots.block),
        }
    }

    /// The class that a value is.
    pub fn class_value(&self, abs: Abs) -> Option<ObjId> {
        match abs {
            Abs::Literal(_, _, class) => class,
            Abs::Class(class, _) => Some(class),
            _ => None,
        }
    }

    /// Are two values the same object, as far as that is known?
    pub fn are_same(&self, a: Abs, b: Abs) -> Option<bool> {
        if let (Some(a), Some(b)) = (self.class_value(a), self.class_value(b)) {
            return Some(a == b);
        }
        let single = |abs| matches!(abs, Abs::True | Abs::False | Abs::Nil | Abs::IntConst(_));
        if single(a) && single(b) {
            return Some(a == b);
        }
        match (self.abs_class(a), self.abs_class(b)) {
            (Some(a), Some(b)) if a != b => Some(false),
            _ => None,
        }
    }

    /// The number, in the unit, of the exit to a place in a method.
    pub fn exit(&mut self, method: usize, ip: usize) -> usize {
        let known = self.exits.iter().position(|&e| e == (method, ip));
        known.unwrap_or_else(|| {
            self.exits.push((method, ip));
            self.exits.len() - 1
        })
    }

    /// Has the scope been entered before?
    pub fn is_known(&self, scope: &Scope) -> bool {
        self.known_scopes.contains_key(scope)
    }

    /// The number of a scope; a new one if it is new.
    pub fn scope(&mut self, mut scope: Scope) -> usize {
        let next = self.scopes.len();
        if scope.owner.is_none() {
            // A method is its own home; the key must not depend on its number.
            scope.home = usize::MAX;
        }
        if let Some(&n) = self.known_scopes.get(&scope) {
            return n;
        }
        self.known_scopes.insert(scope.clone(), next);
        if scope.owner.is_none() {
            scope.home = next;
        }
        self.scopes.push(scope);
        next
    }

    /// Enters a start, with what is known there on some path.
    ///
    /// # Errors
    /// Paths that cannot meet, or too many starts.
    pub fn add_start(&mut self, start: UnitStart, state: State) -> Result<(), String> {
        match self.starts.get_mut(&start) {
            Some(known) => {
                if known.merge(&state)? {
                    self.open.insert(start);
                }
            }
            None => {
                if self.starts.len() >= self.limits.starts {
                    return Err("it has too many continuations".into());
                }
                self.starts.insert(start, state);
                self.open.insert(start);
            }
        }
        Ok(())
    }

    /// Follows the paths from a start until nothing new is learnt.
    fn explore(&mut self, start: UnitStart) -> Result<BTreeMap<Position, State>, String> {
        let mut engine = Engine::new(self, start);
        let first = engine.start_state();
        let begin = position(&first);
        engine.known.insert(begin, first);
        let mut open = BTreeSet::from([begin]);
        let mut rounds = 0;
        while let Some(at) = open.pop_first() {
            rounds += 1;
            if rounds > 5000 {
                return Err("a region does not settle".into());
            }
            let state = engine.canonical(&engine.known[&at].clone());
            let mut out = Code::default();
            let end = engine.node(state, &mut out)?;
            for next in end.states() {
                let to = position(next);
                match engine.known.get_mut(&to) {
                    Some(old) => {
                        if old.merge(next)? {
                            open.insert(to);
                        }
                    }
                    None => {
                        engine.known.insert(to, next.clone());
                        open.insert(to);
                    }
                }
            }
            if let End::Back(head) = &end {
                let head = engine.canonical(&engine.known[&position(head)].clone());
                engine.loop_start(&head)?;
            }
        }
        Ok(engine.known)
    }

    /// The function for a start.
    fn function(&mut self, start: UnitStart) -> Result<TokenStream, String> {
        let known = self.explore(start)?;
        let mut engine = Engine::new(self, start);
        engine.known = known;
        engine.writing = true;
        let begin = position(&engine.start_state());
        let mut ends = BTreeMap::new();
        let numbers: BTreeMap<Position, usize> = engine
            .known
            .keys()
            .enumerate()
            .map(|(n, &p)| (p, n))
            .collect();
        let mut edges = BTreeMap::new();
        for (&at, &n) in &numbers {
            let state = engine.canonical(&engine.known[&at].clone());
            let mut out = Code::default();
            let end = engine.node(state, &mut out)?;
            let next = end.states().iter().map(|s| numbers[&position(s)]).collect();
            edges.insert(n, next);
            ends.insert(n, (out, end));
        }
        let mut nodes = BTreeMap::new();
        for n in Flow::new(numbers[&begin], edges).order {
            let (code, end) = ends.remove(&n).ok_or("a node is missing")?;
            let tail = engine.tail(end, &numbers)?;
            nodes.insert(n, Node { code, tail });
        }
        let mut graph = Graph::new(numbers[&begin], nodes);
        if graph.flow.irreducible().is_some() {
            return Err("its control flow is irreducible".into());
        }
        let is_entry = start == UnitStart::Entry;
        let at_start = is_entry && place::looks(&mut graph);
        let mut code = writer::write(graph)?;
        if at_start {
            code.look_first();
        }
        let room = code.room().ok_or("a loop takes room each time around")?;
        check::function(&code, is_entry, room)?;
        Ok(engine.wrap(&code, room))
    }
}

/// A position in the code of a nest: the innermost scope, an offset in it, and which of
/// the activations were in memory when the function started (an activation may return,
/// and its code be entered anew, within one function).
pub type Position = (usize, usize, u64);

/// The position that a state is at.
pub fn position(state: &State) -> Position {
    let levels = state.chain.iter().enumerate();
    let in_memory = levels.map(|(i, l)| (l.in_memory as u64) << i).sum();
    (state.scope(), state.ip, in_memory)
}
