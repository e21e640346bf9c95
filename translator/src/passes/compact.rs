//! Values are numbered in the order of their definitions, blocks in reverse postorder: what is
//! printed can be read, and sets of values are small.

use super::params::change;
use crate::ir::{Block, BlockId, Function, Operand, Terminator, Value, graph};
use std::collections::BTreeMap;

/// Numbers values and blocks anew.
pub fn run(function: &mut Function) {
    let order = graph::order(function);
    let new: BTreeMap<BlockId, BlockId> = order.iter().copied().zip((0..).map(BlockId)).collect();
    let mut values = Values {
        new: vec![None; function.values.len()],
        kept: Vec::new(),
    };
    for id in &order {
        let block = &function.blocks[id];
        for v in definitions(block) {
            values.define(v, function);
        }
    }
    function.values = values.kept;
    let map = values.new;
    change(function, &|o| match o {
        Operand::Value(v) => map[v.0 as usize].map_or(o, Operand::Value),
        o => o,
    });
    let mut blocks = std::mem::take(&mut function.blocks);
    for id in order {
        if let Some(mut block) = blocks.remove(&id) {
            let renamed = |v: &mut Value| *v = map[v.0 as usize].unwrap_or(*v);
            block.params.iter_mut().for_each(renamed);
            block
                .insts
                .iter_mut()
                .filter_map(|i| i.result.as_mut())
                .for_each(renamed);
            if let Terminator::TryAdd(v, ..) = &mut block.end {
                renamed(v);
            }
            for edge in block.end.edges_mut() {
                edge.to = new[&edge.to];
            }
            function.blocks.insert(new[&id], block);
        }
    }
}

/// The values that a block defines, in order.
fn definitions(block: &Block) -> impl Iterator<Item = Value> + '_ {
    let sum = match block.end {
        Terminator::TryAdd(v, ..) => Some(v),
        _ => None,
    };
    let results = block.insts.iter().filter_map(|i| i.result);
    block.params.iter().copied().chain(results).chain(sum)
}

struct Values {
    new: Vec<Option<Value>>,
    kept: Vec<(crate::ir::Type, crate::ir::Known)>,
}

impl Values {
    fn define(&mut self, v: Value, function: &Function) {
        self.new[v.0 as usize] = Some(Value(self.kept.len() as u32));
        self.kept.push(function.values[v.0 as usize]);
    }
}
