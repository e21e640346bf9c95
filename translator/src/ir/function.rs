//! Functions: blocks of instructions, how they end, and how they are left.

use super::op::Op;
use super::value::{Known, Operand, Site, Type, Value};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A block of a function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BlockId(pub u32);

/// An exit of a function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ExitId(pub u32);

/// Where a function of specialised code is entered. Activations are nodes of the inline tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Entry {
    /// A call.
    Call,
    /// With the value of a send, in a node at an offset.
    Resume(usize, usize),
    /// At the head of a loop, in a node at an offset, everything being in frames.
    Loop(usize, usize),
}

/// An instruction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inst {
    /// What it answers.
    pub result: Option<Value>,
    /// What it does.
    pub op: Op,
    /// What it takes.
    pub args: Vec<Operand>,
    /// Where control leaves if it cannot be done. Nothing has been done then.
    pub exit: Option<ExitId>,
}

/// The way to another block: what its parameters become.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edge {
    /// The block.
    pub to: BlockId,
    /// One operand for each of its parameters.
    pub args: Vec<Operand>,
}

/// How a block ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Terminator {
    /// It goes on there.
    Jump(Edge),
    /// It goes round a loop again, unless a pause is due: then it leaves by the exit.
    Again(Edge, ExitId),
    /// It goes on at the first if the operand, a Bool, is true, else at the second.
    Branch(Operand, Edge, Edge),
    /// The value is the sum of two words, if both are SmallInts and so is the sum, and it goes on
    /// at the first; else it goes on at the second.
    TryAdd(Value, [Operand; 2], Edge, Edge),
    /// Control leaves.
    Leave(ExitId),
    /// The function's own method returns a value.
    Return(Operand),
    /// The same; its Context, which is in that word of its frame, is told.
    Retire(usize, Operand),
    /// The block, the first operand, runs in place of the function's own method, with the others.
    RunBlock(Vec<Operand>),
    /// The same with a closure.
    RunClosure(Vec<Operand>),
    /// `^` in a block that is the function's own method: the closure, and the value.
    HomeReturn([Operand; 2]),
    /// A closure runs in place of the function's own method, with the elements of an Array.
    RunClosureWith([Operand; 2]),
}

/// A basic block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    /// Its parameters.
    pub params: Vec<Value>,
    /// Its instructions.
    pub insts: Vec<Inst>,
    /// How it ends.
    pub end: Terminator,
    /// Where it begins, in terms of the program: a node of the inline tree, and an offset.
    pub at: (usize, usize),
}

/// One activation of the inline tree, as whoever looks at frames has to find it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Activation {
    /// The node of the inline tree.
    pub node: usize,
    /// Its frame was there when the function started; arguments are in it.
    pub in_memory: bool,
    /// Its arguments (of a block: the Block).
    pub args: Vec<Operand>,
    /// Its temporaries, unless they are in an Array that is in memory.
    pub temps: Vec<Operand>,
    /// That Array.
    pub array: Option<Operand>,
    /// Its operand stack.
    pub stack: Vec<Operand>,
    /// Where it goes on when the next inner one returns.
    pub ip: usize,
}

/// What an object that has not been made would be.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Shape {
    /// An Array.
    Array,
    /// A closure, with the number of its method; its first slot is the entry of the table of literals.
    Closure(u32),
}

/// An object that has not been made (Stadler, Würthinger and Mössenböck, "Partial escape analysis and
/// scalar replacement for Java", 2014). It is made where something wants it, or where frames are
/// written that hold it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Virtual {
    /// What it is.
    pub shape: Shape,
    /// What is in its slots.
    pub slots: Vec<Operand>,
}

/// Objects that have not been made.
pub type Virtuals = BTreeMap<Site, Rc<Virtual>>;

/// Those of them that some operands are, or that are in those.
pub fn wanted(virtuals: &Virtuals, operands: impl Iterator<Item = Operand>) -> Virtuals {
    let mut found = Virtuals::new();
    if virtuals.is_empty() {
        return found;
    }
    let mut open: Vec<Site> = operands.filter_map(Operand::site).collect();
    while let Some(site) = open.pop() {
        if !found.contains_key(&site)
            && let Some(object) = virtuals.get(&site)
        {
            found.insert(site, object.clone());
            open.extend(object.slots.iter().filter_map(|o| o.site()));
        }
    }
    found
}

/// Changes operands in objects that have not been made.
pub fn change_virtuals(virtuals: &mut Virtuals, change: &dyn Fn(Operand) -> Operand) {
    for object in virtuals.values_mut() {
        if object.slots.iter().any(|&o| change(o) != o) {
            let slots = &mut Rc::make_mut(object).slots;
            slots.iter_mut().for_each(|o| *o = change(*o));
        }
    }
}

/// What frames say when control leaves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FrameState {
    /// The activations, the outermost first. Exits that follow each other share most of them.
    pub activations: Vec<Rc<Activation>>,
    /// Objects in them that have not been made.
    pub virtuals: Virtuals,
    /// Where the innermost goes on.
    pub ip: usize,
}

impl FrameState {
    /// Where an activation goes on.
    pub fn ip(&self, level: usize) -> usize {
        match level + 1 == self.activations.len() {
            true => self.ip,
            false => self.activations[level].ip,
        }
    }
}

/// What goes on with the innermost activation when a value comes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resume {
    /// The baseline, at the activation's offset: a side exit.
    Baseline,
    /// This function of the specialised code: a call.
    Specialised(Entry),
}

/// What is done once the frames are written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Action {
    /// A send of the operands through a site.
    Send {
        /// The site.
        site: u32,
        /// Does the lookup start above the method's class?
        is_super: bool,
    },
    /// The specialised method itself is called with the operands.
    CallSelf,
    /// A primitive gets the operands.
    Primitive(u8),
    /// A block, the first operand, runs with the others.
    RunBlock,
    /// A closure, the first operand, runs with the others.
    RunClosure,
    /// A closure runs with the elements of an Array.
    RunClosureWith,
    /// The receiver has no such instance variable: an error.
    NoInstanceVariable(usize),
    /// An instance variable is assigned by the runtime: object and value.
    AssignElsewhere(usize),
    /// The receiver's class has no such class variable: an error.
    NoClassVariable(usize),
    /// The object, the operand, has no such slot: an error.
    NoSlot(usize),
    /// `^` in a block: the closure, and the value.
    HomeReturn,
    /// A pause, after which the function with that entry goes on.
    Pause(Entry),
    /// The function with that entry goes on at once, after a pause if one is due.
    GoToLoop(Entry),
}

/// A way out of a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exit {
    /// What frames are written.
    pub state: FrameState,
    /// What goes on afterwards.
    pub resume: Resume,
    /// What is done.
    pub action: Action,
    /// What the action gets.
    pub operands: Vec<Operand>,
    /// It is left before the function's safepoint, and has one of its own.
    pub safepoint: bool,
}

/// Something about the frames that a function finds, which others may have changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FrameCheck {
    /// The word is the descriptor of a record of that node that goes on at an offset.
    Record(usize, usize, usize),
    /// The word is a Float.
    Float(usize),
    /// Argument `k`, which is the word `at`, is the same in the Array of arguments.
    Argument {
        /// The word that is the Array, if there is one yet.
        array: usize,
        /// Which argument.
        k: usize,
        /// Its word.
        at: usize,
    },
}

/// A function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Function {
    /// Where it is entered.
    pub entry: Entry,
    /// Words of frames that are there when it starts.
    pub frame_words: usize,
    /// Operands of the innermost activation that are there, the value that comes not counted.
    pub top_depth: usize,
    /// What must be true of them, or the baseline goes on.
    pub checks: Vec<FrameCheck>,
    /// Its blocks, by number; the first that is run is 0.
    pub blocks: BTreeMap<BlockId, Block>,
    /// Types of its values, and what is known of each wherever it is used.
    pub values: Vec<(Type, Known)>,
    /// Its exits.
    pub exits: Vec<Exit>,
    /// Words of nursery that its safepoint makes sure of.
    pub reserves: usize,
}

impl Function {
    /// The first block.
    pub const START: BlockId = BlockId(0);

    /// The type of a value.
    pub fn ty(&self, v: Value) -> Type {
        self.values[v.0 as usize].0
    }

    /// The type of an operand.
    pub fn operand_type(&self, o: Operand) -> Type {
        match o {
            Operand::Value(v) => self.ty(v),
            _ => Type::Word,
        }
    }

    /// An exit.
    pub fn exit(&self, id: ExitId) -> &Exit {
        &self.exits[id.0 as usize]
    }

    /// A fresh value.
    pub fn fresh(&mut self, ty: Type, known: Known) -> Value {
        self.values.push((ty, known));
        Value(self.values.len() as u32 - 1)
    }
}

impl Terminator {
    /// The ways on.
    pub fn edges(&self) -> Vec<&Edge> {
        match self {
            Terminator::Jump(e) | Terminator::Again(e, _) => vec![e],
            Terminator::Branch(_, a, b) | Terminator::TryAdd(_, _, a, b) => vec![a, b],
            _ => Vec::new(),
        }
    }

    /// The same, to be changed.
    pub fn edges_mut(&mut self) -> Vec<&mut Edge> {
        match self {
            Terminator::Jump(e) | Terminator::Again(e, _) => vec![e],
            Terminator::Branch(_, a, b) | Terminator::TryAdd(_, _, a, b) => vec![a, b],
            _ => Vec::new(),
        }
    }

    /// Its operands, but for those of edges and exits.
    pub fn operands_mut(&mut self) -> Vec<&mut Operand> {
        match self {
            Terminator::Branch(o, ..) | Terminator::Return(o) | Terminator::Retire(_, o) => {
                vec![o]
            }
            Terminator::TryAdd(_, pair, ..)
            | Terminator::RunClosureWith(pair)
            | Terminator::HomeReturn(pair) => pair.iter_mut().collect(),
            Terminator::RunBlock(all) | Terminator::RunClosure(all) => all.iter_mut().collect(),
            Terminator::Jump(_) | Terminator::Again(..) | Terminator::Leave(_) => Vec::new(),
        }
    }

    /// The same, to look at.
    pub fn operands(&self) -> Vec<Operand> {
        self.clone()
            .operands_mut()
            .into_iter()
            .map(|o| *o)
            .collect()
    }

    /// Its exit, to be changed.
    pub fn exit_mut(&mut self) -> Option<&mut ExitId> {
        match self {
            Terminator::Again(_, exit) | Terminator::Leave(exit) => Some(exit),
            _ => None,
        }
    }

    /// Its exit.
    pub fn exit(&self) -> Option<ExitId> {
        match self {
            Terminator::Again(_, exit) | Terminator::Leave(exit) => Some(*exit),
            _ => None,
        }
    }
}

impl Activation {
    /// All its values, place by place.
    pub fn places(&self) -> impl Iterator<Item = Operand> + '_ {
        let all = self.args.iter().chain(&self.temps).chain(&self.array);
        all.chain(&self.stack).copied()
    }

    /// The same, to be changed.
    pub fn places_mut(&mut self) -> impl Iterator<Item = &mut Operand> {
        let Activation {
            args,
            temps,
            array,
            stack,
            ..
        } = self;
        args.iter_mut().chain(temps).chain(array).chain(stack)
    }

    /// Changes operands; what stays as it is stays shared.
    pub fn change(this: &mut Rc<Activation>, change: &dyn Fn(Operand) -> Operand) {
        if this.places().any(|o| change(o) != o) {
            Rc::make_mut(this)
                .places_mut()
                .for_each(|o| *o = change(*o));
        }
    }
}

impl Exit {
    /// The functions of the specialised code that go on afterwards.
    pub fn entries(&self) -> Vec<Entry> {
        let resumed = match self.resume {
            Resume::Specialised(entry) => Some(entry),
            Resume::Baseline => None,
        };
        let next = match self.action {
            Action::Pause(entry) | Action::GoToLoop(entry) => Some(entry),
            Action::CallSelf => Some(Entry::Call),
            _ => None,
        };
        resumed.into_iter().chain(next).collect()
    }

    /// Everything that it needs.
    pub fn uses(&self) -> impl Iterator<Item = Operand> + '_ {
        let state = self.state.activations.iter().flat_map(|a| a.places());
        let virtuals = self.state.virtuals.values();
        let inside = virtuals.flat_map(|object| object.slots.iter().copied());
        state.chain(inside).chain(self.operands.iter().copied())
    }

    /// Changes what it needs.
    pub fn change(&mut self, change: &dyn Fn(Operand) -> Operand) {
        for activation in &mut self.state.activations {
            Activation::change(activation, change);
        }
        change_virtuals(&mut self.state.virtuals, change);
        self.operands.iter_mut().for_each(|o| *o = change(*o));
    }
}
