//! What is true of every function, whichever passes have changed it.
//!
//! Each value is defined once, before it is used on every way to the use; edges have an operand
//! of the right type for each parameter; what may exit has an exit, and nothing else has.

use super::function::{BlockId, ExitId, Function, Inst, Terminator};
use super::graph;
use super::names::parts;
use super::op::Op;
use super::value::{Operand, Type, Value};
use std::collections::BTreeMap;

/// Checks a function.
///
/// # Errors
/// What is wrong, and in which block.
pub fn verify(function: &Function) -> Result<(), String> {
    let mut verifier = Verifier {
        function,
        defined: BTreeMap::new(),
    };
    verifier.definitions()?;
    let flow = graph::flow(function);
    for &n in &flow.order {
        let id = BlockId(n as u32);
        let uses = verifier.uses(id)?;
        for (at, v) in uses {
            let Some(&(block, defined_at)) = verifier.defined.get(&v) else {
                return Err(format!("{id}: {v} is not defined"));
            };
            let before = match block == id {
                true => defined_at < at,
                false => flow.dominates(block.0 as usize, n),
            };
            if !before {
                return Err(format!("{id}: {v} is used where {block} may not have been"));
            }
        }
    }
    Ok(())
}

struct Verifier<'f> {
    function: &'f Function,
    /// Where each value is defined: parameters at 0, instructions from 1 on.
    defined: BTreeMap<Value, (BlockId, usize)>,
}

/// Must the operation have an exit? Nothing if it may have one.
fn exits(op: Op) -> bool {
    match op {
        Op::GuardInts
        | Op::GuardClass(_)
        | Op::GuardFloats(_)
        | Op::Int(_)
        | Op::Quotient
        | Op::Remainder
        | Op::Slot { known: false, .. }
        | Op::PutSlot { .. }
        | Op::ClassSlot(_)
        | Op::SlotAt { .. }
        | Op::SlotAtPut { .. }
        | Op::ByteAt { .. }
        | Op::ByteAtPut
        | Op::CompareBytes
        | Op::NewObject(..)
        | Op::JoinBytes => true,
        Op::Argument(_)
        | Op::Resumed
        | Op::FrameWord(_)
        | Op::Safepoint
        | Op::Same
        | Op::SameFloat
        | Op::Not
        | Op::IsA(_)
        | Op::AreInts
        | Op::CompareInts(_)
        | Op::ClassOf
        | Op::SizeOf { .. }
        | Op::Slot { known: true, .. }
        | Op::Temporary(_)
        | Op::PutTemporary(_)
        | Op::NewArray
        | Op::NewClosure
        | Op::FloatOf
        | Op::FloatOfInt
        | Op::Float(_)
        | Op::CompareFloats(_)
        | Op::SquareRoot
        | Op::Truncate
        | Op::Object
        | Op::Retire { .. } => false,
    }
}

/// Does the operation want numbers in registers?
fn wants_floats(op: Op) -> bool {
    matches!(
        op,
        Op::Float(_) | Op::CompareFloats(_) | Op::SquareRoot | Op::Truncate | Op::Object
    )
}

impl Verifier<'_> {
    fn definitions(&mut self) -> Result<(), String> {
        for (&id, block) in &self.function.blocks {
            let params = block.params.iter().map(|&v| (v, 0));
            let insts = block.insts.iter().zip(1..);
            let results = insts.filter_map(|(i, at)| i.result.map(|v| (v, at)));
            let sum = match block.end {
                Terminator::TryAdd(v, ..) => Some((v, block.insts.len() + 1)),
                _ => None,
            };
            for (v, at) in params.chain(results).chain(sum) {
                if v.0 as usize >= self.function.values.len() {
                    return Err(format!("{id}: {v} has no type"));
                }
                if self.defined.insert(v, (id, at)).is_some() {
                    return Err(format!("{id}: {v} is defined twice"));
                }
            }
            for inst in &block.insts {
                self.inst(id, inst)?;
            }
        }
        Ok(())
    }

    fn inst(&self, id: BlockId, inst: &Inst) -> Result<(), String> {
        let function = self.function;
        if inst.exit.is_some() != exits(inst.op) {
            let missing = if inst.exit.is_none() { "no" } else { "an" };
            return Err(format!("{id}: {} has {missing} exit", parts(inst.op).0));
        }
        if inst.result.map(|v| function.ty(v)) != inst.op.result() {
            return Err(format!("{id}: {} has a wrong result", parts(inst.op).0));
        }
        for &o in &inst.args {
            let float = function.operand_type(o) == Type::Float;
            if float != wants_floats(inst.op) && inst.op != Op::SameFloat {
                return Err(format!(
                    "{id}: {o} is of a wrong type for {}",
                    parts(inst.op).0
                ));
            }
            if o.is_unmade() {
                return Err(format!(
                    "{id}: {} gets an object that has not been made",
                    parts(inst.op).0
                ));
            }
        }
        self.exit(id, inst.exit)
    }

    fn exit(&self, id: BlockId, exit: Option<ExitId>) -> Result<(), String> {
        match exit {
            Some(exit) if exit.0 as usize >= self.function.exits.len() => {
                Err(format!("{id}: there is no {exit}"))
            }
            _ => Ok(()),
        }
    }

    /// The values that a block uses, each with the place of the use.
    fn uses(&self, id: BlockId) -> Result<Vec<(usize, Value)>, String> {
        let function = self.function;
        let block = &function.blocks[&id];
        let mut uses = Vec::new();
        let mut add = |at: usize, o: Operand| uses.extend(o.value().map(|v| (at, v)));
        for (inst, at) in block.insts.iter().zip(1..) {
            inst.args.iter().for_each(|&o| add(at, o));
            if let Some(exit) = inst.exit {
                function.exit(exit).uses().for_each(|o| add(at, o));
            }
        }
        let end = block.insts.len() + 1;
        block.end.operands().into_iter().for_each(|o| add(end, o));
        self.exit(id, block.end.exit())?;
        if let Some(exit) = block.end.exit() {
            function.exit(exit).uses().for_each(|o| add(end, o));
        }
        for edge in block.end.edges() {
            let Some(to) = function.blocks.get(&edge.to) else {
                return Err(format!("{id}: there is no {}", edge.to));
            };
            if to.params.len() != edge.args.len() {
                return Err(format!("{id}: {} gets too few or too many", edge.to));
            }
            for (&p, &o) in to.params.iter().zip(&edge.args) {
                // The sum is defined by the terminator itself.
                add(end + 1, o);
                let fits = match (function.ty(p), o) {
                    (Type::Float, _) | (_, Operand::Value(_)) => {
                        let given = function.operand_type(o);
                        given == function.ty(p)
                            || (given, function.ty(p)) == (Type::Bool, Type::Word)
                    }
                    (Type::Bool, _) => matches!(o, Operand::True | Operand::False),
                    (Type::Word, _) => !o.is_unmade(),
                };
                if !fits {
                    return Err(format!("{id}: {o} does not fit {p} of {}", edge.to));
                }
            }
        }
        Ok(uses)
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn problem(blocks: &str) -> String {
        let text = format!("function call frame 0 depth 0 reserves 0\n{blocks}");
        let function = parse(&text).expect("a function");
        verify(&function).expect_err("refused")
    }

    #[test]
    fn what_is_wrong_is_found() {
        let cases = [
            ("b0 @0:0:\n  return v0\n", "not defined"),
            (
                "b0 @0:0:\n  v0: word any = argument 0\n  v0: word any = argument 1\n  return v0\n",
                "defined twice",
            ),
            (
                "b0 @0:0:\n  v1: bool truth = same v0, nil\n  v0: word any = argument 0\n  return v0\n",
                "may not have been",
            ),
            (
                "b0 @0:0:\n  v0: word any = argument 0\n  v1: bool truth = same v0, nil\n  \
                 branch v1, b1(), b2()\nb1 @0:0:\n  v2: word any = class_of v0\n  jump b2()\n\
                 b2 @0:0:\n  return v2\n",
                "may not have been",
            ),
            (
                "b0 @0:0:\n  v0: word any = argument 0\n  jump b1(v0)\nb1 @0:0:\n  return v0\n",
                "too few or too many",
            ),
            (
                "b0 @0:0:\n  v0: word any = argument 0\n  jump b1(v0)\n\
                 b1 @0:0 (v1: float number):\n  return nil\n",
                "does not fit",
            ),
            (
                "b0 @0:0:\n  v0: word any = argument 0\n  v1: word any = slot_at v0, 1\n  return v1\n",
                "no exit",
            ),
            (
                "b0 @0:0:\n  v0: word any = argument 0\n  v1: float number = float_add v0, v0\n  \
                 return v0\n",
                "wrong type",
            ),
            ("b0 @0:0:\n  leave x3\n", "no x3"),
        ];
        for (blocks, expected) in cases {
            let found = problem(blocks);
            assert!(found.contains(expected), "{found}\n{blocks}");
        }
    }
}
