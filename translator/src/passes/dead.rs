//! What nobody wants goes: values, parameters, exits.

use super::params::drop_params;
use super::threading::remove_unreachable;
use crate::ir::{Edge, Exit, ExitId, Function, Operand, Value};

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
    let mut makers: Vec<Vec<Operand>> = vec![Vec::new(); function.values.len()];
    let pass = |edge: &Edge, makers: &mut Vec<Vec<Operand>>| {
        for (&p, &o) in function.blocks[&edge.to].params.iter().zip(&edge.args) {
            makers[p.0 as usize].push(o);
        }
    };
    for block in function.blocks.values() {
        for inst in &block.insts {
            match inst.result {
                Some(v) if can_go(inst) => {
                    makers[v.0 as usize].extend(&inst.args);
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
        for o in std::mem::take(&mut makers[v.0 as usize]) {
            use_of(o, &mut open, &mut live);
        }
    }
    live
}

/// Removes exits by which nothing leaves, and numbers the others anew.
pub fn drop_exits(function: &mut Function) {
    let mut old: Vec<Option<Exit>> = function.exits.drain(..).map(Some).collect();
    let mut new: Vec<ExitId> = vec![ExitId(0); old.len()];
    let mut kept = Vec::new();
    let mut renumber = |id: &mut ExitId| {
        let n = id.0 as usize;
        if let Some(exit) = old[n].take() {
            kept.push(exit);
            new[n] = ExitId(kept.len() as u32 - 1);
        }
        *id = new[n];
    };
    for block in function.blocks.values_mut() {
        for inst in &mut block.insts {
            inst.exit.iter_mut().for_each(&mut renumber);
        }
        block.end.exit_mut().into_iter().for_each(&mut renumber);
    }
    function.exits = kept;
}
