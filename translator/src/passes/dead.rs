//! What nobody wants goes: values, parameters, exits.

use super::params::drop_params;
use super::threading::remove_unreachable;
use crate::ir::{Edge, ExitId, Function, Operand, Value};
use std::collections::BTreeMap;

/// Removes what is not used.
pub fn run(function: &mut Function) {
    remove_unreachable(function);
    let live = live(function);
    for block in function.blocks.values_mut() {
        block.insts.retain(|inst| match inst.result {
            Some(v) => live[v.0 as usize] || !can_go(inst),
            None => true,
        });
    }
    drop_params(function, &|v| live[v.0 as usize]);
    drop_exits(function);
}

/// May an instruction be left out where its answer is not used? One that may exit may not, since
/// the program would miss an error; nor may one that does something.
fn can_go(inst: &crate::ir::Inst) -> bool {
    inst.exit.is_none() && inst.op.is_removable()
}

/// Which values are used by what stays.
fn live(function: &Function) -> Vec<bool> {
    let mut live = vec![false; function.values.len()];
    let mut open: Vec<Value> = Vec::new();
    let use_of = |o: Operand, open: &mut Vec<Value>, live: &mut Vec<bool>| {
        if let Operand::Value(v) = o
            && !std::mem::replace(&mut live[v.0 as usize], true)
        {
            open.push(v);
        }
    };
    let mut makers: BTreeMap<Value, Vec<Operand>> = BTreeMap::new();
    let pass = |edge: &Edge, makers: &mut BTreeMap<Value, Vec<Operand>>| {
        for (&p, &o) in function.blocks[&edge.to].params.iter().zip(&edge.args) {
            makers.entry(p).or_default().push(o);
        }
    };
    for block in function.blocks.values() {
        for inst in &block.insts {
            match inst.result {
                Some(v) if can_go(inst) => {
                    makers.entry(v).or_default().extend(&inst.args);
                }
                _ => inst
                    .args
                    .iter()
                    .for_each(|&o| use_of(o, &mut open, &mut live)),
            }
            if let Some(exit) = inst.exit {
                let uses = function.exit(exit).uses();
                uses.for_each(|o| use_of(o, &mut open, &mut live));
            }
        }
        for o in block.end.operands() {
            use_of(o, &mut open, &mut live);
        }
        if let Some(exit) = block.end.exit() {
            let uses = function.exit(exit).uses();
            uses.for_each(|o| use_of(o, &mut open, &mut live));
        }
        block
            .end
            .edges()
            .into_iter()
            .for_each(|e| pass(e, &mut makers));
    }
    while let Some(v) = open.pop() {
        for &o in makers.get(&v).into_iter().flatten() {
            use_of(o, &mut open, &mut live);
        }
    }
    live
}

/// Removes exits by which nothing leaves, and numbers the others anew.
fn drop_exits(function: &mut Function) {
    let mut new: BTreeMap<ExitId, ExitId> = BTreeMap::new();
    let old = std::mem::take(&mut function.exits);
    let mut kept = Vec::new();
    let mut renumber = |id: &mut ExitId| {
        *id = *new.entry(*id).or_insert_with(|| {
            kept.push(old[id.0 as usize].clone());
            ExitId(kept.len() as u32 - 1)
        });
    };
    for block in function.blocks.values_mut() {
        for inst in &mut block.insts {
            inst.exit.iter_mut().for_each(&mut renumber);
        }
        block.end.exit_mut().into_iter().for_each(&mut renumber);
    }
    function.exits = kept;
}
