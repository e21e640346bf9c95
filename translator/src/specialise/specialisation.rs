//! One specialisation: a method, customised for one class of receivers.
//!
//! Its functions are built from what is known where they are entered. Building one finds further
//! entries (the continuations of its calls, the heads of its loops), and perhaps that less is
//! known at others; functions are built until nothing changes any more.

use super::build::Builder;
use super::inlining::Limits;
use super::state::{State, Template};
use crate::ir::{Activation, Closure, Entry, Function, Known, Operand, Site, Type, Value};
use crate::method::{Method, Owner};
use crate::program::Program;
use smallworld_abi::layout::FrameLayout;
use smallworld_image::ObjId;
use smallworld_profile::Count;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// A node of the inline tree: which code, and who waits for it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Node {
    /// The node that sent the message, and where it goes on.
    pub parent: Option<(usize, usize)>,
    /// The method.
    pub method: usize,
    /// The method itself or one of its blocks.
    pub owner: Owner,
    /// For a block, the node of its home method; else this node.
    pub home: usize,
    /// Class of the receiver (of the home's, for a block).
    pub class: ObjId,
}

/// Something that specialised code relies on, in whichever image it runs.
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
    /// Blocks that have been made are as they were made.
    Blocks,
    /// The method itself, which nobody need look up for its activations to go on, is as it was:
    /// its blocks are run by what it is when they run.
    Unchanged(usize),
}

/// A specialisation under way.
pub struct Specialisation<'w, 'i> {
    /// What is known.
    pub program: &'w Program<'i>,
    /// Receiver class.
    pub class: ObjId,
    /// The method.
    pub method: usize,
    /// Limits.
    pub limits: Limits,
    /// Sends of that site of the method that does most.
    pub hottest: Count,
    /// The inline tree; 0 is the method itself.
    pub nodes: Vec<Node>,
    known_nodes: HashMap<Node, usize>,
    /// Bytes inlined so far.
    pub inlined: usize,
    /// Where its functions are entered, with what is known there.
    pub entries: BTreeMap<Entry, Template>,
    open: BTreeSet<Entry>,
    /// Sites of objects that are made where the program says so, since paths meet of which only some
    /// have made them.
    pub made: BTreeSet<Site>,
    /// What it relies on.
    pub assumptions: RefCell<BTreeSet<Assumption>>,
    /// Classes of the method's arguments that callers are expected to pass; tested at the call's
    /// entry, once.
    pub expected: BTreeMap<usize, ObjId>,
    /// What its sends say of the classes of arguments; nothing where they disagree.
    found: BTreeMap<usize, Option<ObjId>>,
}

/// What building came to.
pub struct Built {
    /// The functions.
    pub functions: BTreeMap<Entry, Function>,
    /// The inline tree.
    pub nodes: Vec<Node>,
    /// What the code relies on.
    pub assumptions: BTreeSet<Assumption>,
    /// Classes that are tested when it is called.
    pub expected: BTreeMap<usize, ObjId>,
}

impl Built {
    /// How much code it is: operations, and what exits take.
    pub fn size(&self) -> usize {
        let of = |f: &Function| {
            let insts: usize = f.blocks.values().map(|b| b.insts.len() + 1).sum();
            insts + 2 * f.exits.len()
        };
        self.functions.values().map(of).sum()
    }
}

impl<'w, 'i> Specialisation<'w, 'i> {
    /// Builds the functions of a method for a class.
    ///
    /// # Errors
    /// Why it cannot be done; the baseline then serves.
    pub fn build(
        program: &'w Program<'i>,
        class: ObjId,
        method: usize,
        limits: Limits,
    ) -> Result<Built, String> {
        // The first look at the method finds what its arguments are used as.
        let mut first = Specialisation::new(program, class, method, limits, BTreeMap::new())?;
        let expected = match Builder::function(&mut first, Entry::Call) {
            Ok(_) => first.expectations(),
            Err(_) => BTreeMap::new(),
        };
        Specialisation::new(program, class, method, limits, expected)?.all()
    }

    fn new(
        program: &'w Program<'i>,
        class: ObjId,
        method: usize,
        limits: Limits,
        expected: BTreeMap<usize, ObjId>,
    ) -> Result<Specialisation<'w, 'i>, String> {
        let mut new = Specialisation {
            program,
            class,
            method,
            limits,
            hottest: program.hottest(method),
            nodes: Vec::new(),
            known_nodes: HashMap::new(),
            inlined: 0,
            entries: BTreeMap::new(),
            open: BTreeSet::new(),
            made: BTreeSet::new(),
            assumptions: RefCell::default(),
            expected,
            found: BTreeMap::new(),
        };
        new.rely(Assumption::Unchanged(method));
        new.node(Node {
            parent: None,
            method,
            owner: None,
            home: 0,
            class,
        });
        new.begin()?;
        Ok(new)
    }

    fn all(mut self) -> Result<Built, String> {
        let functions = loop {
            let made = self.made.len();
            match self.functions() {
                Ok(functions) => break functions,
                // Begun again, with these objects made at once.
                Err(_) if self.made.len() > made => self.begin()?,
                Err(problem) => return Err(problem),
            }
        };
        Ok(Built {
            functions: reachable(functions),
            nodes: self.nodes,
            assumptions: self.assumptions.into_inner(),
            expected: self.expected,
        })
    }

    fn functions(&mut self) -> Result<BTreeMap<Entry, Function>, String> {
        let mut functions = BTreeMap::new();
        let mut rounds = 0;
        while let Some(entry) = self.open.pop_first() {
            rounds += 1;
            if rounds > 400 {
                return Err("it does not settle".into());
            }
            functions.insert(entry, Builder::function(self, entry)?);
        }
        Ok(functions)
    }

    /// Knows of no entry but the call.
    fn begin(&mut self) -> Result<(), String> {
        self.entries.clear();
        self.open.clear();
        let (state, types) = self.call_state();
        self.add_entry(Entry::Call, &state, &|v| types[v.0 as usize])
    }

    /// An argument of the method is used as an instance of a class, nearly always.
    pub fn found_argument(&mut self, argument: usize, class: ObjId) {
        if argument > 0 {
            let found = self.found.entry(argument).or_insert(Some(class));
            if *found != Some(class) {
                *found = None;
            }
        }
    }

    fn expectations(&self) -> BTreeMap<usize, ObjId> {
        let found = self.found.iter();
        let mut expected: BTreeMap<usize, ObjId> = found
            .filter_map(|(&k, class)| class.map(|c| (k, c)))
            .filter(|&(_, c)| matches!(self.instance_of(c), Instance::Some(_)))
            .collect();
        if Some(self.class) == self.program.float_class {
            expected.insert(0, self.class);
        }
        expected
    }

    /// What is known when the method is called, and the types of its values.
    fn call_state(&self) -> (State, Vec<Type>) {
        let m = &self.program.methods[self.method].1;
        let (mut types, mut known, mut args) = (Vec::new(), BTreeMap::new(), Vec::new());
        for i in 0..m.arity {
            let class = match self.expected.get(&i) {
                None if i == 0 => Some(self.class),
                class => class.copied(),
            };
            let tested = self.expected.contains_key(&i);
            let (ty, fact) = match class.map(|c| (c, self.instance_of(c))) {
                None => (Type::Word, Known::Any),
                Some((_, Instance::Only(o))) => {
                    args.push(o);
                    continue;
                }
                Some((c, _)) if tested && self.program.float_class == Some(c) => {
                    (Type::Float, Known::Float)
                }
                Some((_, Instance::Some(known))) => (Type::Word, known),
            };
            let v = Value(types.len() as u32);
            types.push(ty);
            known.insert(v, fact);
            args.push(Operand::Value(v));
        }
        let level = Activation {
            node: 0,
            args,
            temps: vec![Operand::Nil; m.parts.temporaries],
            array: None,
            stack: Vec::new(),
            in_memory: false,
            ip: 0,
        };
        let state = State {
            chain: vec![Rc::new(level)],
            virtuals: BTreeMap::new(),
            ip: 0,
            known: Rc::new(known),
        };
        (state, types)
    }

    /// Relies on something.
    pub fn rely(&self, on: Assumption) {
        self.assumptions.borrow_mut().insert(on);
    }

    /// What is known of an instance of a class.
    pub fn instance_of(&self, class: ObjId) -> Instance {
        let (program, roots) = (self.program, &self.program.image.roots);
        if class == roots.small_int {
            return Instance::Some(Known::Int);
        }
        for (object, operand) in [
            (roots.nil, Operand::Nil),
            (roots.true_, Operand::True),
            (roots.false_, Operand::False),
        ] {
            if program.class_of(object) == Some(class) {
                self.rely(Assumption::Constants);
                return Instance::Only(operand);
            }
        }
        if let Some(&only) = program.only_instances.get(&class)
            && let Some(&number) = program.class_numbers.get(&only)
        {
            self.rely(Assumption::Class(only));
            return Instance::Only(Operand::Class(only, number));
        }
        Instance::Some(Known::Instance(class, 0))
    }

    /// The class of an operand of which so much is known, if that says it.
    pub fn class_of(&self, o: Operand, known: Known) -> Option<ObjId> {
        let (program, roots) = (self.program, &self.program.image.roots);
        match o {
            Operand::True | Operand::False | Operand::Nil => {
                self.rely(Assumption::Constants);
                program.class_of(match o {
                    Operand::True => roots.true_,
                    Operand::False => roots.false_,
                    _ => roots.nil,
                })
            }
            Operand::Int(_) => Some(roots.small_int),
            Operand::Literal(_, class, _) => Some(class),
            Operand::Class(class, _) => program.class_of(class),
            Operand::Closure(_) => Some(roots.block),
            Operand::Home(_) => Some(roots.context),
            Operand::Virtual(_) if known == Known::Any => Some(roots.array),
            Operand::Value(_) | Operand::Virtual(_) => match known {
                Known::Any | Known::Bool => None,
                Known::Int | Known::Positive => Some(roots.small_int),
                Known::Float => program.float_class,
                Known::Instance(class, _) => Some(class),
                Known::Closure(_) | Known::Runs(..) => Some(roots.block),
            },
        }
    }

    /// The method of a node.
    pub fn method_of(&self, node: usize) -> &'i Method<'i> {
        &self.program.methods[self.nodes[node].method].1
    }

    /// The layout of a node's frame.
    pub fn layout(&self, node: usize) -> FrameLayout {
        self.method_of(node).layout(self.nodes[node].owner)
    }

    /// Has the node been made before?
    pub fn is_known(&self, node: &Node) -> bool {
        self.known_nodes.contains_key(node)
    }

    /// The number of a node; a new one if it is new.
    pub fn node(&mut self, mut node: Node) -> usize {
        let next = self.nodes.len();
        if node.owner.is_none() {
            // A method is its own home; the key must not depend on its number.
            node.home = usize::MAX;
        }
        if let Some(&n) = self.known_nodes.get(&node) {
            return n;
        }
        self.known_nodes.insert(node.clone(), next);
        if node.owner.is_none() {
            node.home = next;
        }
        self.nodes.push(node);
        next
    }

    /// Adds an entry, with what is known there on some path.
    ///
    /// # Errors
    /// Paths that cannot meet, or too many entries.
    pub fn add_entry(
        &mut self,
        entry: Entry,
        state: &State,
        types: &dyn Fn(Value) -> Type,
    ) -> Result<(), String> {
        match self.entries.get_mut(&entry) {
            Some(known) => {
                let joined = known.join(state, types);
                let joined = joined.map_err(|clash| clash.note(&mut self.made))?;
                if joined != *known {
                    *known = joined;
                    self.open.insert(entry);
                }
            }
            None => {
                if self.entries.len() >= self.limits.entries {
                    return Err("it has too many continuations".into());
                }
                self.entries.insert(entry, Template::of(state, types));
                self.open.insert(entry);
            }
        }
        Ok(())
    }

    /// The block of a closure: the offset of its parameters, and so on.
    pub fn block_of(&self, closure: Closure) -> &'i smallworld_image::BlockInfo {
        &self.method_of(closure.home).analysis.blocks[closure.block]
    }
}

/// What is known of an instance of a class.
pub enum Instance {
    /// There is only this one.
    Only(Operand),
    /// One of several.
    Some(Known),
}

/// The functions that are reached from the call.
fn reachable(mut functions: BTreeMap<Entry, Function>) -> BTreeMap<Entry, Function> {
    let mut reached = BTreeMap::new();
    let mut open = vec![Entry::Call];
    while let Some(entry) = open.pop() {
        let Some(function) = functions.remove(&entry) else {
            continue;
        };
        open.extend(function.exits.iter().flat_map(crate::ir::Exit::entries));
        reached.insert(entry, function);
    }
    reached
}
