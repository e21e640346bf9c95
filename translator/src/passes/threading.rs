//! Branches that the way to them decides are followed at once (jump threading).
//!
//! `a and: [b]` is compiled to jumps that meet with true or false on the stack, and then branch
//! on it. A block that does nothing else is left out: whoever jumps to it with a constant goes on
//! at the right place, and whoever jumps to it with what it has just tested branches itself. So
//! what a test has shown is known where the program goes on.
//!
//! This is done before parameters are removed: only then does nothing after such a block name the
//! parameters of the block itself.

use crate::ir::{BlockId, Edge, Function, Operand, Terminator, Type, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Follows branches until there are none that a way decides.
pub fn run(function: &mut Function) {
    for _ in 0..8 {
        let branches = branches(function);
        let mut changed = false;
        for id in function.blocks.keys().copied().collect::<Vec<_>>() {
            changed |= follow(function, id, &branches);
        }
        if !changed {
            break;
        }
    }
    remove_unreachable(function);
}

/// A block that only branches, on one of its own parameters.
struct Decision {
    params: Vec<Value>,
    on: usize,
    yes: Edge,
    no: Edge,
}

fn branches(function: &Function) -> BTreeMap<BlockId, Decision> {
    let elsewhere = used_elsewhere(function);
    let decision = |(&id, block): (&BlockId, &crate::ir::Block)| {
        let Terminator::Branch(Operand::Value(condition), yes, no) = &block.end else {
            return None;
        };
        let on = block.params.iter().position(|p| p == condition)?;
        let itself = yes.to == id || no.to == id;
        let alone = !block.params.iter().any(|p| elsewhere.contains(p));
        (block.insts.is_empty() && !itself && alone).then(|| {
            let decision = Decision {
                params: block.params.clone(),
                on,
                yes: yes.clone(),
                no: no.clone(),
            };
            (id, decision)
        })
    };
    function.blocks.iter().filter_map(decision).collect()
}

/// Parameters that are named outside of their own block: in arms of its branch that have
/// instructions of their own.
fn used_elsewhere(function: &Function) -> BTreeSet<Value> {
    let mut found = BTreeSet::new();
    for block in function.blocks.values() {
        let own: BTreeSet<Value> = block
            .insts
            .iter()
            .filter_map(|i| i.result)
            .chain(block.params.iter().copied())
            .collect();
        let insts = block.insts.iter().flat_map(|i| i.args.iter().copied());
        let exits = block
            .insts
            .iter()
            .filter_map(|i| i.exit)
            .chain(block.end.exit());
        let exits = exits.flat_map(|e| function.exit(e).uses());
        let edges = block.end.edges().into_iter().flat_map(|e| e.args.clone());
        let all = insts.chain(exits).chain(edges).chain(block.end.operands());
        found.extend(all.filter_map(Operand::value).filter(|v| !own.contains(v)));
    }
    found
}

/// Makes the jump at the end of a block take the decision itself. Was it so?
fn follow(function: &mut Function, id: BlockId, branches: &BTreeMap<BlockId, Decision>) -> bool {
    let block = &function.blocks[&id];
    let new = match &block.end {
        Terminator::Jump(edge) => {
            let Some(d) = branches.get(&edge.to) else {
                return false;
            };
            match edge.args[d.on] {
                Operand::True => Terminator::Jump(d.taken(&d.yes, &edge.args)),
                Operand::False => Terminator::Jump(d.taken(&d.no, &edge.args)),
                Operand::Value(v) if function.ty(v) == Type::Bool && !block.params.contains(&v) => {
                    let (yes, no) = (d.taken(&d.yes, &edge.args), d.taken(&d.no, &edge.args));
                    Terminator::Branch(Operand::Value(v), yes, no)
                }
                _ => return false,
            }
        }
        Terminator::Branch(condition, yes, no) => {
            let through = |edge: &Edge| {
                let d = branches.get(&edge.to)?;
                match edge.args[d.on] {
                    Operand::True => Some(d.taken(&d.yes, &edge.args)),
                    Operand::False => Some(d.taken(&d.no, &edge.args)),
                    _ => None,
                }
            };
            match (through(yes), through(no)) {
                (None, None) => return false,
                (a, b) => Terminator::Branch(
                    *condition,
                    a.unwrap_or_else(|| yes.clone()),
                    b.unwrap_or_else(|| no.clone()),
                ),
            }
        }
        _ => return false,
    };
    if let Some(block) = function.blocks.get_mut(&id) {
        block.end = new;
    }
    true
}

impl Decision {
    /// An edge of the decision, as seen by who comes with these operands.
    fn taken(&self, edge: &Edge, given: &[Operand]) -> Edge {
        let map = |&o: &Operand| match o {
            Operand::Value(v) => match self.params.iter().position(|&p| p == v) {
                Some(n) => given[n],
                None => o,
            },
            _ => o,
        };
        Edge {
            to: edge.to,
            args: edge.args.iter().map(map).collect(),
        }
    }
}

/// Removes blocks that nothing leads to.
pub fn remove_unreachable(function: &mut Function) {
    let order = crate::ir::graph::order(function);
    let reached: BTreeSet<BlockId> = order.into_iter().collect();
    function.blocks.retain(|id, _| reached.contains(id));
}
