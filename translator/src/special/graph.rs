//! The nodes of a region as a graph: each one's code, and the ways on from it, with what is
//! done on them.

use super::code::Code;
use crate::flow::Flow;
use proc_macro2::TokenStream;
use std::collections::BTreeMap;

/// A way on to another node.
pub struct Edge {
    /// Where it goes.
    pub to: usize,
    /// What is done on the way.
    pub code: Code,
}

/// How a node ends.
pub enum Tail {
    /// Control has left.
    Left,
    /// It goes on.
    Go(Edge),
    /// It goes on at one or the other.
    If(TokenStream, Edge, Edge),
    /// It goes on at the first whose test holds, or leaves by the last, which is rare.
    Choose(Vec<(TokenStream, Edge)>, Code),
}

impl Tail {
    /// The ways on.
    pub fn edges(&self) -> Vec<&Edge> {
        match self {
            Tail::Left => vec![],
            Tail::Go(edge) => vec![edge],
            Tail::If(_, yes, no) => vec![yes, no],
            Tail::Choose(arms, _) => arms.iter().map(|(_, edge)| edge).collect(),
        }
    }

    /// The same, to be changed.
    pub fn edges_mut(&mut self) -> Vec<&mut Edge> {
        match self {
            Tail::Left => vec![],
            Tail::Go(edge) => vec![edge],
            Tail::If(_, yes, no) => vec![yes, no],
            Tail::Choose(arms, _) => arms.iter_mut().map(|(_, edge)| edge).collect(),
        }
    }
}

/// A node.
pub struct Node {
    /// Its code.
    pub code: Code,
    /// How it ends.
    pub tail: Tail,
}

/// A region.
pub struct Graph {
    /// Where it begins.
    pub begin: usize,
    /// Its nodes.
    pub nodes: BTreeMap<usize, Node>,
    /// Dominators, merges, loops.
    pub flow: Flow,
}

impl Graph {
    /// The graph of some nodes.
    pub fn new(begin: usize, nodes: BTreeMap<usize, Node>) -> Graph {
        let edges = nodes.iter().map(|(&n, node)| {
            let to = node.tail.edges().iter().map(|e| e.to).collect();
            (n, to)
        });
        let flow = Flow::new(begin, edges.collect());
        Graph { begin, nodes, flow }
    }
}
