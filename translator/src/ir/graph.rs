//! Successors, predecessors and dominators of a function's blocks.

use super::function::{BlockId, Function};
use crate::flow::Flow;
use std::collections::BTreeMap;

/// The control flow of a function.
pub fn flow(function: &Function) -> Flow {
    let edges = function.blocks.iter().map(|(id, block)| {
        let to = block.end.edges().iter().map(|e| e.to.0 as usize).collect();
        (id.0 as usize, to)
    });
    Flow::new(Function::START.0 as usize, edges.collect())
}

/// The blocks that are reached, in reverse postorder.
pub fn order(function: &Function) -> Vec<BlockId> {
    let flow = flow(function);
    flow.order.iter().map(|&n| BlockId(n as u32)).collect()
}

/// The blocks from which edges lead to each; one that has two of them is there twice.
pub fn predecessors(function: &Function) -> BTreeMap<BlockId, Vec<BlockId>> {
    let mut all: BTreeMap<BlockId, Vec<BlockId>> = BTreeMap::new();
    for (&id, block) in &function.blocks {
        for edge in block.end.edges() {
            all.entry(edge.to).or_default().push(id);
        }
    }
    all
}
