//! Tests of indexes that have been made are not made again.
//!
//! An image's own `at:` asks whether an index is at least 1 and at most the size, and then runs a
//! primitive that asks the same. The facts that a branch establishes hold in all blocks that its
//! arm dominates (as in Bodík, Gupta and Sarkar, "ABCD: eliminating array bounds checks on demand",
//! 2000, of which this is the simplest case). An object never loses slots or bytes, so that its
//! size may be an old one.

use crate::ir::op::Compare;
use crate::ir::{BlockId, Function, Known, Op, Operand, Terminator, Value, graph};
use std::collections::{BTreeMap, BTreeSet};

/// Something that a test has shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Fact {
    /// It is 1 or more.
    Positive(Operand),
    /// The first is at most the size of the second.
    WithinSize(Operand, Operand),
}

type Facts = BTreeSet<Fact>;

/// Drops the tests that facts make superfluous.
pub fn run(function: &mut Function) {
    let order = graph::order(function);
    let preds = graph::predecessors(function);
    let definitions = definitions(function);
    let mut facts: BTreeMap<BlockId, Facts> = BTreeMap::new();
    for &id in &order {
        let here = match preds.get(&id).map(Vec::as_slice) {
            // Reverse postorder: the only way here has been looked at.
            Some(&[before]) => {
                let mut known = facts[&before].clone();
                known.extend(shown(function, &definitions, before, id));
                known
            }
            _ => Facts::new(),
        };
        let positive = |function: &Function, o: Operand| match o {
            Operand::Int(n) => n > 0,
            Operand::Value(v) => {
                function.values[v.0 as usize].1 == Known::Positive
                    || here.contains(&Fact::Positive(o))
            }
            _ => false,
        };
        let mut within = Vec::new();
        for (n, inst) in function.blocks[&id].insts.iter().enumerate() {
            if let Op::SlotAt { .. } | Op::ByteAt { .. } | Op::SlotAtPut { .. } = inst.op {
                let (object, index) = (inst.args[0], inst.args[1]);
                if positive(function, index) && here.contains(&Fact::WithinSize(index, object)) {
                    within.push(n);
                }
            }
        }
        if let Some(block) = function.blocks.get_mut(&id) {
            for n in within {
                block.insts[n].op = match block.insts[n].op {
                    Op::SlotAt { .. } => Op::SlotAt { within: true },
                    Op::ByteAt { .. } => Op::ByteAt { within: true },
                    Op::SlotAtPut { .. } => Op::SlotAtPut { within: true },
                    other => other,
                };
            }
        }
        facts.insert(id, here);
    }
}

fn definitions(function: &Function) -> BTreeMap<Value, (Op, Vec<Operand>)> {
    let insts = function.blocks.values().flat_map(|b| &b.insts);
    insts
        .filter_map(|i| i.result.map(|v| (v, (i.op, i.args.clone()))))
        .collect()
}

/// What the way from one block to another shows.
fn shown(
    function: &Function,
    definitions: &BTreeMap<Value, (Op, Vec<Operand>)>,
    from: BlockId,
    to: BlockId,
) -> Facts {
    let mut facts = Facts::new();
    let Terminator::Branch(Operand::Value(condition), yes, no) = &function.blocks[&from].end else {
        return facts;
    };
    let define = |o: Operand| o.value().and_then(|v| definitions.get(&v));
    let (mut condition, mut truth) = (*condition, yes.to == to);
    if yes.to == no.to {
        return facts;
    }
    while let Some((Op::Not, args)) = definitions.get(&condition) {
        match args[0] {
            Operand::Value(v) => (condition, truth) = (v, !truth),
            _ => return facts,
        }
    }
    let Some((Op::CompareInts(compare), args)) = definitions.get(&condition) else {
        return facts;
    };
    // Of a test that has failed, the opposite holds.
    let (x, y, strict) = match (compare, truth) {
        (Compare::Less, true) => (args[0], args[1], true),
        (Compare::LessEqual, true) => (args[0], args[1], false),
        (Compare::Less, false) => (args[1], args[0], false),
        (Compare::LessEqual, false) => (args[1], args[0], true),
        (Compare::Equal, _) => return facts,
    };
    if let Operand::Int(n) = x
        && n >= i32::from(!strict)
    {
        facts.insert(Fact::Positive(y));
    }
    if let Some((Op::SizeOf { .. }, of)) = define(y) {
        facts.insert(Fact::WithinSize(x, of[0]));
    }
    facts
}
