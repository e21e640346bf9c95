//! How an exit writes the frames of its activations.
//!
//! Whatever happens next finds ordinary baseline frames: every activation of the inline tree is
//! written as the baseline would have it, the outer ones waiting at their sends. What had no
//! object so far (blocks, the Arrays that they share, Floats) is made here, in the room that the
//! function has reserved. Words that are in the frames already, since the function started with
//! them, are not written again.

use crate::ir::{
    Closure, Entry, Exit, FrameCheck, Function, Op, Operand, Resume, Shape, Site, Type, Value,
    Virtual,
};
use crate::specialise::Node;
use crate::specialise::layouts::Layouts;
use smallworld_abi::layout::limits::MOST_MADE_AT_EXIT;
use smallworld_abi::layout::{BLOCK_WORDS, CONTEXT_WORDS, FLOAT_WORDS, Kind, array_words};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Where a word of a frame comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Source {
    /// An operand that is a word, or becomes one without an object being made.
    Operand(Operand),
    /// A Float's object, made before.
    Float(Value),
    /// The Block of a closure, made before.
    Closure(usize),
    /// An Array or a closure, made before.
    Array(usize),
    /// The Context of the activation whose frame is there, and its word for it.
    Context(usize, usize),
    /// What a frame has where there is no object yet.
    Zero,
    /// The temporaries Array of the Block at that word of the frames.
    TemporariesOf(usize),
    /// Its arguments Array.
    ArgumentsOf(usize),
    /// The descriptor of the baseline's record of a node that goes on at an offset.
    Baseline(usize, usize),
    /// The descriptor of our own function's record.
    Own(Entry),
}

/// Where the Array of a closure's home is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Shared {
    /// It is made here.
    New(usize),
    /// It is this operand.
    Known(Operand),
}

/// A Block to be made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NewBlock {
    /// Its code.
    pub closure: Closure,
    /// Where its home's frame is.
    pub home_at: usize,
    /// The Array of temporaries.
    pub array: Shared,
    /// Where the frame of the activation that made it is, and the word for its Context; nothing
    /// if the block does not need it. No word: that is a block's.
    pub creator: Option<(usize, Option<usize>)>,
}

/// One thing to be done, in order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Step {
    /// An Array of so many nils.
    NewArray(usize, usize),
    /// A closure of so many slots, all nil. It is counted among the Arrays.
    NewClosure(usize, usize),
    /// An element of it.
    Element(usize, usize, Source),
    /// A Block.
    NewBlock(usize, NewBlock),
    /// The object of a Float.
    NewFloat(Value),
    /// A word of the frames.
    Put(usize, Source),
}

/// What an exit does before its action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
    /// Where the last record ends, in words from the base.
    pub end: usize,
    /// What the action gets.
    pub operands: Vec<Source>,
    /// Words of nursery that the steps take at most.
    pub takes: usize,
}

impl Plan {
    /// Does it make more objects than a table can?
    pub fn makes_much(&self) -> bool {
        let count = |of: fn(&Step) -> bool| self.steps.iter().filter(|s| of(s)).count();
        count(|s| matches!(s, Step::NewArray(..) | Step::NewClosure(..))) > MOST_MADE_AT_EXIT
            || count(|s| matches!(s, Step::NewBlock(..))) > MOST_MADE_AT_EXIT
    }

    /// Words above the base that are written at most.
    pub fn frame(&self) -> usize {
        self.end + self.operands.len()
    }
}

/// What is in the frames that a function starts with.
pub struct Present {
    words: BTreeMap<usize, Value>,
    records: BTreeSet<(usize, usize, usize)>,
}

impl Present {
    /// Of a function.
    pub fn of(function: &Function) -> Present {
        let start = &function.blocks[&Function::START];
        let mut words = BTreeMap::new();
        let mut loaded = BTreeMap::new();
        for inst in &start.insts {
            match (inst.op, inst.result) {
                (Op::FrameWord(at), Some(v)) => {
                    words.insert(at, v);
                    loaded.insert(Operand::Value(v), at);
                }
                (Op::FloatOf, Some(v)) => {
                    if let Some(&at) = loaded.get(&inst.args[0]) {
                        words.insert(at, v);
                    }
                }
                _ => {}
            }
        }
        let records = function.checks.iter().filter_map(|check| match *check {
            FrameCheck::Record(at, node, ip) => Some((at, node, ip)),
            FrameCheck::Float(_) | FrameCheck::Argument { .. } => None,
        });
        Present {
            words,
            records: records.collect(),
        }
    }
}

/// A plan under way.
struct Planner<'a> {
    function: &'a Function,
    nodes: &'a [Node],
    layouts: &'a dyn Layouts,
    present: &'a Present,
    offsets: Vec<usize>,
    exit: &'a Exit,
    steps: Vec<Step>,
    takes: usize,
    arrays: BTreeMap<usize, usize>,
    /// The numbers of objects that have not been made, and whose slots are still to be filled.
    virtuals: BTreeMap<Site, usize>,
    unfilled: Vec<(usize, Rc<Virtual>)>,
    blocks: BTreeMap<Closure, usize>,
    floats: BTreeSet<Value>,
}

/// The plan of an exit.
pub fn plan(
    function: &Function,
    exit: &Exit,
    nodes: &[Node],
    layouts: &dyn Layouts,
    present: &Present,
) -> Plan {
    let (mut offsets, mut at) = (Vec::new(), 0);
    for activation in &exit.state.activations {
        offsets.push(at);
        at += layouts
            .layout(activation.node)
            .record(activation.stack.len());
    }
    let mut planner = Planner {
        function,
        nodes,
        layouts,
        present,
        offsets,
        exit,
        steps: Vec::new(),
        takes: 0,
        arrays: BTreeMap::new(),
        virtuals: BTreeMap::new(),
        unfilled: Vec::new(),
        blocks: BTreeMap::new(),
        floats: BTreeSet::new(),
    };
    planner.arrays();
    planner.frames();
    let operands = exit.operands.iter().map(|&o| planner.word(o)).collect();
    planner.elements();
    Plan {
        end: at,
        operands,
        steps: planner.steps,
        takes: planner.takes,
    }
}

impl Planner<'_> {
    /// Arrays for temporaries that were in registers and are shared with blocks.
    fn arrays(&mut self) {
        for activation in &self.exit.state.activations {
            let kind = self.layouts.layout(activation.node).kind;
            if kind == Kind::NativeShared && !activation.in_memory {
                let n = self.arrays.len();
                self.arrays.insert(activation.node, n);
                self.steps.push(Step::NewArray(n, activation.temps.len()));
                self.takes += array_words(activation.temps.len());
            }
        }
    }

    /// Their elements: last, since Blocks may be among them that know the Array.
    fn elements(&mut self) {
        for activation in &self.exit.state.activations {
            if let Some(&n) = self.arrays.get(&activation.node) {
                for (i, &o) in activation.temps.iter().enumerate() {
                    if o != Operand::Nil {
                        let word = self.word(o);
                        self.steps.push(Step::Element(n, i, word));
                    }
                }
            }
        }
        // Filling one may ask for others.
        while let Some((n, object)) = self.unfilled.pop() {
            for (i, &o) in object.slots.iter().enumerate() {
                if o != Operand::Nil {
                    let word = self.word(o);
                    self.steps.push(Step::Element(n, i, word));
                }
            }
        }
    }

    fn frames(&mut self) {
        let activations = &self.exit.state.activations;
        for (j, activation) in activations.iter().enumerate() {
            let layout = self.layouts.layout(activation.node);
            let at = self.offsets[j];
            if !activation.in_memory {
                for (i, &o) in activation.args.iter().enumerate() {
                    self.put_operand(at + i, o);
                }
                self.put(at + layout.context(), Source::Zero);
                let (t, a) = (at + layout.temporaries(), at + layout.arguments_array());
                match layout.kind {
                    Kind::NativeShared => {
                        self.put(t, Source::Array(self.arrays[&activation.node]));
                        self.put(a, Source::Zero);
                    }
                    Kind::NativeBlock => {
                        self.put(t, Source::TemporariesOf(at));
                        self.put(a, Source::ArgumentsOf(at));
                    }
                    _ => {}
                }
            }
            if layout.kind == Kind::Native {
                for (i, &o) in activation.temps.iter().enumerate() {
                    self.put_operand(at + layout.temporary(i), o);
                }
            }
            for (i, &o) in activation.stack.iter().enumerate() {
                self.put_operand(at + layout.operand(i), o);
            }
            let last = at + layout.record(activation.stack.len()) - 1;
            let ip = self.exit.state.ip(j);
            let record = (last, activation.node, ip);
            match (j + 1 == activations.len(), self.exit.resume) {
                (true, Resume::Specialised(entry)) => self.put(last, Source::Own(entry)),
                _ if self.present.records.contains(&record) => {}
                _ => self.put(last, Source::Baseline(activation.node, ip)),
            }
        }
    }

    fn put(&mut self, at: usize, source: Source) {
        self.steps.push(Step::Put(at, source));
    }

    fn put_operand(&mut self, at: usize, o: Operand) {
        // It is there already.
        if let Operand::Value(v) = o
            && self.present.words.get(&at) == Some(&v)
        {
            return;
        }
        let word = self.word(o);
        self.put(at, word);
    }

    /// The word of an operand; a block or Float without object gets one.
    fn word(&mut self, o: Operand) -> Source {
        match o {
            Operand::Value(v) if self.function.ty(v) == Type::Float => {
                if self.floats.insert(v) {
                    self.steps.push(Step::NewFloat(v));
                    self.takes += FLOAT_WORDS;
                }
                Source::Float(v)
            }
            Operand::Closure(closure) => Source::Closure(self.block(closure)),
            Operand::Virtual(site) => self.virtual_object(site),
            Operand::Home(node) => self.context(node),
            o => Source::Operand(o),
        }
    }

    /// An object that has not been made: it is made here, and filled at the end, since it may hold
    /// itself.
    fn virtual_object(&mut self, site: Site) -> Source {
        if let Some(&n) = self.virtuals.get(&site) {
            return Source::Array(n);
        }
        let Some(object) = self.exit.state.virtuals.get(&site) else {
            return Source::Operand(Operand::Nil);
        };
        let n = self.arrays.len() + self.virtuals.len();
        self.virtuals.insert(site, n);
        let size = object.slots.len();
        self.steps.push(match object.shape {
            Shape::Array => Step::NewArray(n, size),
            Shape::Closure(_) => Step::NewClosure(n, size),
        });
        self.takes += array_words(size);
        self.unfilled.push((n, object.clone()));
        Source::Array(n)
    }

    /// The Context of a node's activation.
    fn context(&mut self, node: usize) -> Source {
        let activations = &self.exit.state.activations;
        let Some(level) = activations.iter().position(|a| a.node == node) else {
            return Source::Operand(Operand::Nil);
        };
        self.takes += CONTEXT_WORDS;
        Source::Context(self.offsets[level], self.layouts.layout(node).context())
    }

    fn block(&mut self, closure: Closure) -> usize {
        if let Some(&n) = self.blocks.get(&closure) {
            return n;
        }
        let n = self.blocks.len();
        self.blocks.insert(closure, n);
        let activations = &self.exit.state.activations;
        // Both are active: blocks are only followed while they are.
        let at = |node| activations.iter().position(|a| a.node == node);
        let (home, creator) = (at(closure.home), at(closure.creator));
        let base = |level: Option<usize>| level.map_or(0, |l| self.offsets[l]);
        let (info, arity) = self.layouts.block(closure);
        let array = match self.arrays.get(&closure.home) {
            Some(&n) => Shared::New(n),
            None => {
                let array = home.and_then(|h| activations[h].array);
                Shared::Known(array.unwrap_or(Operand::Nil))
            }
        };
        let is_block = self.nodes[closure.creator].owner.is_some();
        let slot = self.layouts.layout(closure.creator).context();
        let creator = info
            .has_block_return
            .then(|| (base(creator), (!is_block).then_some(slot)));
        // The block, the Array of its home's arguments, the Context.
        self.takes += BLOCK_WORDS + array_words(arity);
        self.takes += match creator {
            None => 0,
            Some((_, Some(_))) => CONTEXT_WORDS,
            Some((_, None)) => BLOCK_WORDS,
        };
        self.steps.push(Step::NewBlock(
            n,
            NewBlock {
                closure,
                home_at: base(home),
                array,
                creator,
            },
        ));
        n
    }
}
