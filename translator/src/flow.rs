//! Control flow graphs, and how to write them as structured code.
//!
//! Code is made from a graph by walking its dominator tree (Ramsey, "Beyond Relooper:
//! recursive translation of unstructured control flow to structured control flow", 2022):
//! a merge point is a labelled block, a loop head a labelled loop, and neither is ever
//! copied.

use std::collections::{BTreeMap, BTreeSet};

/// A graph of numbered nodes, all reachable from its start.
pub struct Flow {
    start: usize,
    successors: BTreeMap<usize, Vec<usize>>,
    /// Nodes in reverse postorder.
    pub order: Vec<usize>,
    index: BTreeMap<usize, usize>,
    dominator: BTreeMap<usize, usize>,
    forward_edges: BTreeMap<usize, usize>,
    loops: BTreeSet<usize>,
}

impl Flow {
    /// The graph with these edges, as far as it is reachable from `start`.
    pub fn new(start: usize, successors: BTreeMap<usize, Vec<usize>>) -> Flow {
        let mut flow = Flow {
            start,
            successors,
            order: Vec::new(),
            index: BTreeMap::new(),
            dominator: BTreeMap::new(),
            forward_edges: BTreeMap::new(),
            loops: BTreeSet::new(),
        };
        flow.number();
        flow.dominate();
        flow.classify_edges();
        flow
    }

    fn inner(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        self.successors.get(&node).into_iter().flatten().copied()
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

    /// Is the first on every way to the second?
    pub fn dominates(&self, a: usize, mut b: usize) -> bool {
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
    pub fn irreducible(&self) -> Option<usize> {
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
}
