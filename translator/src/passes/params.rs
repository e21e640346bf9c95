//! Redundant parameters go.
//!
//! The builder gives a block a parameter for every place of its state. Most of them get the same
//! operand on every way to the block, or themselves: such a parameter is that operand (the rule
//! for trivial φ functions in Braun et al., "Simple and efficient construction of static single
//! assignment form", 2013).

use crate::ir::{BlockId, Function, Operand, Type, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Removes redundant parameters until there are none.
pub fn run(function: &mut Function) {
    let mut same: BTreeMap<Value, Operand> = BTreeMap::new();
    let mut settled = false;
    while !settled {
        settled = true;
        let mut incoming = incoming(function, &same);
        for (&id, block) in &function.blocks {
            for (n, &param) in block.params.iter().enumerate() {
                if same.contains_key(&param) {
                    continue;
                }
                let ways = incoming.entry(id).or_default();
                let others: BTreeSet<Operand> = ways
                    .iter()
                    .map(|args| args[n])
                    .filter(|&o| o != Operand::Value(param))
                    .collect();
                let mut others = others.into_iter();
                if let (Some(only), None) = (others.next(), others.next())
                    && fits(function, param, only)
                {
                    same.insert(param, only);
                    settled = false;
                }
            }
        }
    }
    substitute(function, &same);
    drop_params(function, &|v| !same.contains_key(&v));
}

/// Can the operand stand for the parameter, as it is?
fn fits(function: &Function, param: Value, o: Operand) -> bool {
    match (function.ty(param), o) {
        (ty, Operand::Value(v)) => function.ty(v) == ty,
        (Type::Bool, _) => matches!(o, Operand::True | Operand::False),
        (Type::Word, _) => true,
        (Type::Float, _) => false,
    }
}

/// The operands that each block gets, one row for each way to it.
fn incoming(
    function: &Function,
    same: &BTreeMap<Value, Operand>,
) -> BTreeMap<BlockId, Vec<Vec<Operand>>> {
    let mut all: BTreeMap<BlockId, Vec<Vec<Operand>>> = BTreeMap::new();
    for block in function.blocks.values() {
        for edge in block.end.edges() {
            let args = edge.args.iter().map(|&o| resolve(same, o)).collect();
            all.entry(edge.to).or_default().push(args);
        }
    }
    all
}

/// What an operand has turned out to be.
pub fn resolve(same: &BTreeMap<Value, Operand>, mut o: Operand) -> Operand {
    while let Operand::Value(v) = o {
        match same.get(&v) {
            Some(&other) => o = other,
            None => break,
        }
    }
    o
}

/// Puts other operands in the place of values.
pub fn substitute(function: &mut Function, same: &BTreeMap<Value, Operand>) {
    if same.is_empty() {
        return;
    }
    let change = |o: &mut Operand| *o = resolve(same, *o);
    for block in function.blocks.values_mut() {
        for inst in &mut block.insts {
            inst.args.iter_mut().for_each(change);
        }
        block.end.operands_mut().into_iter().for_each(change);
        for edge in block.end.edges_mut() {
            edge.args.iter_mut().for_each(change);
        }
    }
    for exit in &mut function.exits {
        exit.uses_mut().for_each(change);
    }
}

/// Keeps only some parameters.
pub fn drop_params(function: &mut Function, keep: &dyn Fn(Value) -> bool) {
    let kept: BTreeMap<BlockId, Vec<bool>> = function
        .blocks
        .iter()
        .map(|(&id, b)| (id, b.params.iter().map(|&p| keep(p)).collect()))
        .collect();
    for (id, block) in &mut function.blocks {
        let mut flags = kept[id].iter();
        block.params.retain(|_| *flags.next().unwrap_or(&true));
        for edge in block.end.edges_mut() {
            let mut flags = kept[&edge.to].iter();
            edge.args.retain(|_| *flags.next().unwrap_or(&true));
        }
    }
}
