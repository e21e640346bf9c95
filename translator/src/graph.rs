//! Regions: the code that one Rust function has, as a graph of basic blocks.
//!
//! A region starts at a bytecode offset and reaches as far as control can go without a
//! send or anything else that gives up control.

use crate::flow::Flow;
use crate::method::Method;
use smallworld_abi::bytecode::{Control, Op};
use smallworld_abi::layout::limits::{MOST_IN_A_BYTE, REGION_WORDS, words_of_block};
use smallworld_abi::layout::{BLOCK_WORDS, array_words, closure_words};
use smallworld_abi::primitive::Primitive;
use std::collections::{BTreeMap, BTreeSet};

const SAME_OBJECT: u8 = Primitive::SameObject.number();
const NEW_ARRAY: u8 = Primitive::NewArray.number();

/// A region's graph. Nodes are named by the offset of their first instruction.
pub struct Region {
    /// Where it starts.
    pub start: usize,
    /// Offsets of the instructions of each node.
    pub nodes: BTreeMap<usize, Node>,
    /// Offsets at which a function of their own starts: control leaves to it.
    pub cuts: BTreeSet<usize>,
    /// The nodes as a graph, cuts left out.
    pub flow: Flow,
}

/// A basic block.
pub struct Node {
    /// Its instructions.
    pub instructions: Vec<usize>,
    /// The nodes (or cuts) it may go on to.
    pub successors: Vec<usize>,
}

/// Does control leave the function at this instruction for good?
pub fn ends_region(op: &Op) -> bool {
    match op.control() {
        Control::Send | Control::Return => true,
        _ => {
            matches!(op, Op::Primitive { number, .. } if !crate::operations::is_open_coded(*number))
        }
    }
}

/// Does the instruction take room in the nursery that the function must have made sure of?
pub fn allocates(op: &Op) -> bool {
    matches!(
        op,
        Op::PushBlock { .. }
            | Op::PushClosure { .. }
            | Op::PushContext
            | Op::Primitive {
                number: NEW_ARRAY,
                ..
            }
    )
}

/// Words that the instruction takes in the nursery at most: a block with the Array of its home's
/// arguments and a Context, or an Array.
pub fn words_taken(op: &Op, arguments: usize) -> usize {
    match op {
        Op::PushBlock { .. } => words_of_block(arguments),
        Op::PushClosure { count, .. } => closure_words(usize::from(*count)),
        Op::PushContext => BLOCK_WORDS,
        Op::Primitive { argc, .. } if allocates(op) => array_words(usize::from(*argc)),
        _ => 0,
    }
}

/// What allocates starts a function of its own if a region would take more words than these
/// otherwise.
const MOST_WORDS: usize = 512;
// One instruction more may fit into a region, and the temporaries of the method.
const _: () = assert!(
    MOST_WORDS + words_of_block(MOST_IN_A_BYTE) + array_words(MOST_IN_A_BYTE) <= REGION_WORDS
);

/// May the instruction leave for the runtime, with a frame, although it mostly does not?
pub fn may_leave(op: &Op, arity: usize) -> bool {
    match op {
        // One that the selector does not look like may be missing.
        Op::PushArgument(n) => usize::from(*n) >= arity,
        Op::PushInstance(_)
        | Op::AssignInstance(_)
        | Op::PushClassVariable(_)
        | Op::PushSlot(_)
        | Op::AssignSlot(_)
        | Op::Binary(_) => true,
        Op::Primitive { number, argc } => {
            !ends_region(op)
                && !matches!((*number, argc), (SAME_OBJECT, 2) | (NEW_ARRAY, _))
                && !Primitive::everywhere(*number).is_some_and(Primitive::is_mark)
        }
        _ => false,
    }
}

/// Where control goes after an instruction, within the region.
fn successors(method: &Method, at: usize) -> Vec<usize> {
    let i = method.instruction(at);
    if ends_region(&i.op) {
        return vec![];
    }
    match i.op.target() {
        Some(target) if i.op.control() == Control::Branch => vec![i.next, target],
        Some(target) => vec![target],
        None => vec![i.next],
    }
}

/// Offsets reachable from `from` (through at least one edge), not going beyond `cuts`.
pub fn reachable(method: &Method, from: usize, cuts: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut open = successors(method, from);
    while let Some(at) = open.pop() {
        if !cuts.contains(&at) && seen.insert(at) {
            open.extend(successors(method, at));
        }
    }
    seen
}

impl Region {
    /// The region that starts at `start`.
    pub fn new(method: &Method, start: usize) -> Region {
        let mut cuts = BTreeSet::new();
        // What allocates inside a loop needs its room made sure of each time around: it
        // starts a function of its own.
        let mut all = reachable(method, start, &cuts);
        all.insert(start);
        let allocating: Vec<usize> = all
            .iter()
            .copied()
            .filter(|&at| allocates(&method.instruction(at).op))
            .collect();
        for &at in &allocating {
            if reachable(method, at, &cuts).contains(&at) {
                cuts.insert(at);
            }
        }
        let mut words = 0;
        for at in allocating {
            let taken = words_taken(&method.instruction(at).op, method.arity);
            words += taken;
            if words > MOST_WORDS && at != start {
                cuts.insert(at);
                words = taken;
            }
        }
        // Compiled Smalltalk has structured control flow. Should code from elsewhere jump
        // into the middle of a loop, the places it jumps to become functions.
        loop {
            let region = Region::build(method, start, &cuts);
            match region.flow.irreducible() {
                Some(at) => {
                    cuts.insert(at);
                }
                None => return region,
            }
        }
    }

    fn build(method: &Method, start: usize, cuts: &BTreeSet<usize>) -> Region {
        // Leaders: the start, and whatever is jumped to or follows a branch.
        let mut all = reachable(method, start, cuts);
        all.insert(start);
        let mut leaders = BTreeSet::from([start]);
        for &at in &all {
            let next = successors(method, at);
            let control = method.instruction(at).op.control();
            if matches!(control, Control::Jump | Control::Branch) {
                leaders.extend(next.into_iter().filter(|t| !cuts.contains(t)));
            }
        }
        let mut nodes = BTreeMap::new();
        for &leader in &leaders {
            let mut instructions = vec![leader];
            let mut next = successors(method, leader);
            while let [only] = next[..] {
                if leaders.contains(&only) || cuts.contains(&only) {
                    break;
                }
                instructions.push(only);
                next = successors(method, only);
            }
            let node = Node {
                instructions,
                successors: next,
            };
            nodes.insert(leader, node);
        }
        let edges = nodes
            .iter()
            .map(|(&n, node)| {
                let inner = node.successors.iter().copied();
                (n, inner.filter(|s| !cuts.contains(s)).collect())
            })
            .collect();
        Region {
            start,
            nodes,
            cuts: cuts.clone(),
            flow: Flow::new(start, edges),
        }
    }

    /// All instructions of the region.
    pub fn instructions(&self) -> impl Iterator<Item = usize> + '_ {
        self.nodes
            .values()
            .flat_map(|n| n.instructions.iter().copied())
    }
}
