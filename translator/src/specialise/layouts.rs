//! What passes have to know of the methods behind the nodes of an inline tree.

use super::specialisation::Node;
use crate::ir::Closure;
use crate::program::Program;
use smallworld_abi::layout::FrameLayout;
use smallworld_image::BlockInfo;

/// Frames of nodes, and blocks of closures.
pub trait Layouts {
    /// The layout of a node's frame.
    fn layout(&self, node: usize) -> FrameLayout;
    /// The block of a closure, and how many arguments its home has.
    fn block(&self, closure: Closure) -> (&BlockInfo, usize);
}

/// An inline tree with its program.
pub struct Tree<'a, 'i> {
    /// The program.
    pub program: &'a Program<'i>,
    /// The tree.
    pub nodes: &'a [Node],
}

impl Layouts for Tree<'_, '_> {
    fn layout(&self, node: usize) -> FrameLayout {
        let n = &self.nodes[node];
        self.program.methods[n.method].1.layout(n.owner)
    }

    fn block(&self, closure: Closure) -> (&BlockInfo, usize) {
        let m = &self.program.methods[self.nodes[closure.home].method].1;
        (&m.analysis.blocks[closure.block], m.arity)
    }
}
