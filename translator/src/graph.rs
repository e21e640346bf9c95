//! Regions: the code that one Rust function has, as a graph of basic blocks.
//!
//! A region starts at a bytecode offset and reaches as far as control can go without a
//! send or anything else that gives up control. The translator turns it into structured
//! Rust by walking the dominator tree (Ramsey, "Beyond Relooper: recursive translation
//! of unstructured control flow to structured control flow", 2022): a merge point is a
//! labelled block, a loop head a labelled loop, and neither is ever copied.

use crate::method::Method;
use smallworld_image::Op;
use std::collections::{BTreeMap, BTreeSet};

/// A region's graph. Nodes are named by the offset of their first instruction.
pub struct Region {
    /// Where it starts.
    pub start: usize,
    /// Nodes in reverse postorder.
    pub order: Vec<usize>,
    /// Offsets of the instructions of each node.
    pub nodes: BTreeMap<usize, Node>,
    /// Offsets at which a function of their own starts: control leaves to it.
    pub cuts: BTreeSet<usize>,
    index: BTreeMap<usize, usize>,
    dominator: BTreeMap<usize, usize>,
    forward_edges: BTreeMap<usize, usize>,
    loops: BTreeSet<usize>,
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
    matches!(
        op,
        Op::Send { .. } | Op::SuperSend { .. } | Op::ReturnSelf | Op::ReturnTop | Op::BlockReturn
    ) || matches!(op, Op::Primitive { number, .. } if !crate::operations::is_open_coded(*number))
}

/// Does the instruction take room in the nursery that the function must have made sure of?
pub fn allocates(op: &Op) -> bool {
    matches!(op, Op::PushBlock { .. } | Op::Primitive { number: 36, .. })
}

/// Where control goes after an instruction, within the region.
fn successors(method: &Method, at: usize) -> Vec<usize> {
    let i = method.instruction(at);
    match i.op {
        op if ends_region(&op) => vec![],
        Op::Jump(t) => vec![t],
        Op::JumpIfTrue(t) | Op::JumpIfFalse(t) => vec![i.next, t],
        Op::PushBlock { end, .. } => vec![end],
        _ => vec![i.next],
    }
}

/// Offsets reachable from `from` (through at least one edge), not going beyond `cuts`.
fn reachable(method: &Method, from: usize, cuts: &BTreeSet<usize>) -> BTreeSet<usize> {
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
        for &at in &all {
            if allocates(&method.instruction(at).op) && reachable(method, at, &cuts).contains(&at) {
                cuts.insert(at);
            }
        }
        // Compiled Smalltalk has structured control flow. Should code from elsewhere jump
        // into the middle of a loop, the places it jumps to become functions.
        loop {
            let region = Region::build(method, start, &cuts);
            match region.irreducible() {
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
            let jumps = matches!(
                method.instruction(at).op,
                Op::Jump(_) | Op::JumpIfTrue(_) | Op::JumpIfFalse(_)
            );
            if jumps {
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
        let mut region = Region {
            start,
            order: Vec::new(),
            nodes,
            cuts: cuts.clone(),
            index: BTreeMap::new(),
            dominator: BTreeMap::new(),
            forward_edges: BTreeMap::new(),
            loops: BTreeSet::new(),
        };
        region.number();
        region.dominate();
        region.classify_edges();
        region
    }

    /// The nodes a node goes on to, cuts left out.
    fn inner(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        self.nodes[&node]
            .successors
            .iter()
            .copied()
            .filter(|s| !self.cuts.contains(s))
    }

    fn number(&mut self) {
        let mut done = BTreeSet::new();
        let mut postorder = Vec::new();
        let mut open = vec![(self.start, false)];
        while let Some((node, finished)) = open.pop() {
            if finished {
                postorder.push(node);
            } else if done.insert(node) {
                open.push((node, true));
                let next: Vec<usize> = self.inner(node).collect();
                for s in next.into_iter().rev() {
                    open.push((s, false));
                }
            }
        }
        postorder.reverse();
        self.index = postorder.iter().enumerate().map(|(i, &n)| (n, i)).collect();
        self.order = postorder;
    }

    /// Immediate dominators (Cooper, Harvey and Kennedy, "A simple, fast dominance
    /// algorithm", 2001).
    fn dominate(&mut self) {
        let mut predecessors: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &n in &self.order {
            let next: Vec<usize> = self.inner(n).collect();
            for s in next {
                predecessors.entry(s).or_default().push(n);
            }
        }
        let mut dominator = BTreeMap::from([(self.start, self.start)]);
        let mut changed = true;
        while changed {
            changed = false;
            for &n in &self.order[1..] {
                let mut new = None;
                for &p in &predecessors[&n] {
                    if dominator.contains_key(&p) {
                        new = Some(match new {
                            None => p,
                            Some(other) => self.meet(&dominator, p, other),
                        });
                    }
                }
                if let Some(d) = new
                    && dominator.insert(n, d) != Some(d)
                {
                    changed = true;
                }
            }
        }
        self.dominator = dominator;
    }

    fn meet(&self, dominator: &BTreeMap<usize, usize>, mut a: usize, mut b: usize) -> usize {
        while a != b {
            while self.index[&a] > self.index[&b] {
                a = dominator[&a];
            }
            while self.index[&b] > self.index[&a] {
                b = dominator[&b];
            }
        }
        a
    }

    fn dominates(&self, a: usize, mut b: usize) -> bool {
        loop {
            if a == b {
                return true;
            }
            let d = self.dominator[&b];
            if d == b {
                return false;
            }
            b = d;
        }
    }

    fn classify_edges(&mut self) {
        for &n in &self.order.clone() {
            let next: Vec<usize> = self.inner(n).collect();
            for s in next {
                if self.is_backward(n, s) {
                    self.loops.insert(s);
                } else {
                    *self.forward_edges.entry(s).or_default() += 1;
                }
            }
        }
    }

    /// A node that a retreating edge enters without dominating its source.
    fn irreducible(&self) -> Option<usize> {
        for &n in &self.order {
            for s in self.inner(n) {
                if self.is_backward(n, s) && !self.dominates(s, n) {
                    return Some(s);
                }
            }
        }
        None
    }

    /// Is the edge one back to a loop head?
    pub fn is_backward(&self, from: usize, to: usize) -> bool {
        self.index[&to] <= self.index[&from]
    }

    /// Is the node the head of a loop?
    pub fn is_loop(&self, node: usize) -> bool {
        self.loops.contains(&node)
    }

    /// Do several forward edges meet at the node?
    pub fn is_merge(&self, node: usize) -> bool {
        self.forward_edges.get(&node).is_some_and(|&n| n > 1)
    }

    /// The merge nodes whose immediate dominator is `node`, the last in order first.
    pub fn merges_under(&self, node: usize) -> Vec<usize> {
        let mut under: Vec<usize> = self
            .order
            .iter()
            .copied()
            .filter(|&n| n != node && self.dominator[&n] == node && self.is_merge(n))
            .collect();
        under.reverse();
        under
    }

    /// All instructions of the region.
    pub fn instructions(&self) -> impl Iterator<Item = usize> + '_ {
        self.nodes
            .values()
            .flat_map(|n| n.instructions.iter().copied())
    }
}
