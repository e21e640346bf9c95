//! Which values are still needed where (backward data flow).

use crate::ir::{BlockId, Function, Operand, Value, graph};
use std::collections::{BTreeMap, BTreeSet};

/// Values needed at the beginning of each block, its parameters not counted.
pub fn live_in(function: &Function) -> BTreeMap<BlockId, BTreeSet<Value>> {
    let mut live: BTreeMap<BlockId, BTreeSet<Value>> = BTreeMap::new();
    let order = graph::order(function);
    let mut changed = true;
    while changed {
        changed = false;
        for &id in order.iter().rev() {
            let block = &function.blocks[&id];
            let mut now = at_end(function, id, &live);
            for n in (0..block.insts.len()).rev() {
                before(function, id, n, &mut now);
            }
            for p in &block.params {
                now.remove(p);
            }
            if live.get(&id) != Some(&now) {
                live.insert(id, now);
                changed = true;
            }
        }
    }
    live
}

fn add(now: &mut BTreeSet<Value>, uses: impl Iterator<Item = Operand>) {
    now.extend(uses.filter_map(Operand::value));
}

/// Values needed before a block's terminator.
pub fn at_end(
    function: &Function,
    id: BlockId,
    live_in: &BTreeMap<BlockId, BTreeSet<Value>>,
) -> BTreeSet<Value> {
    let end = &function.blocks[&id].end;
    let mut now = BTreeSet::new();
    for edge in end.edges() {
        now.extend(live_in.get(&edge.to).into_iter().flatten());
        add(&mut now, edge.args.iter().copied());
    }
    if let crate::ir::Terminator::TryAdd(result, ..) = end {
        now.remove(result);
    }
    add(&mut now, end.operands().into_iter());
    if let Some(exit) = end.exit() {
        add(&mut now, function.exit(exit).uses());
    }
    now
}

/// Goes from after an instruction to before it.
pub fn before(function: &Function, id: BlockId, n: usize, now: &mut BTreeSet<Value>) {
    let inst = &function.blocks[&id].insts[n];
    if let Some(v) = inst.result {
        now.remove(&v);
    }
    add(now, inst.args.iter().copied());
    if let Some(exit) = inst.exit {
        add(now, function.exit(exit).uses());
    }
}
