//! Redundant parameters go.
//!
//! The builder gives a block a parameter for every place of its state. Most of them get the same
//! operand on every way to the block, or themselves: such a parameter is that operand (the rule
//! for trivial φ functions in Braun et al., "Simple and efficient construction of static single
//! assignment form", 2013).

use crate::ir::{BlockId, Function, Operand, Type, Value};
use std::collections::BTreeMap;

/// What values have turned out to be.
pub struct Same(Vec<Option<Operand>>);

impl Same {
    /// Nothing yet.
    pub fn none(function: &Function) -> Same {
        Same(vec![None; function.values.len()])
    }

    /// A value is another operand.
    pub fn is(&mut self, v: Value, o: Operand) {
        self.0[v.0 as usize] = Some(o);
    }

    /// Is it known to be another?
    pub fn knows(&self, v: Value) -> bool {
        self.0[v.0 as usize].is_some()
    }

    /// What an operand has turned out to be.
    pub fn resolve(&self, mut o: Operand) -> Operand {
        while let Operand::Value(v) = o {
            match self.0[v.0 as usize] {
                Some(other) => o = other,
                None => break,
            }
        }
        o
    }
}

/// What the ways to a block say of a parameter.
#[derive(Clone, Copy)]
enum Given {
    Nothing,
    One(Operand),
    Several,
}

/// Removes redundant parameters until there are none.
pub fn run(function: &mut Function) {
    let mut same = Same::none(function);
    loop {
        let mut given = vec![Given::Nothing; function.values.len()];
        for edge in function.blocks.values().flat_map(|b| b.end.edges()) {
            let params = &function.blocks[&edge.to].params;
            for (&p, &o) in params.iter().zip(&edge.args) {
                let o = same.resolve(o);
                let given = &mut given[p.0 as usize];
                *given = match *given {
                    _ if o == Operand::Value(p) => continue,
                    Given::Nothing => Given::One(o),
                    Given::One(before) if before == o => continue,
                    _ => Given::Several,
                };
            }
        }
        let mut settled = true;
        for &p in function.blocks.values().flat_map(|b| &b.params) {
            if let Given::One(o) = given[p.0 as usize]
                && !same.knows(p)
                && same.resolve(o) != Operand::Value(p)
                && fits(function, p, o)
            {
                same.is(p, o);
                settled = false;
            }
        }
        if settled {
            break;
        }
    }
    substitute(function, &same);
    drop_params(function, &|v| !same.knows(v));
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

/// Puts other operands in the place of values.
pub fn substitute(function: &mut Function, same: &Same) {
    let resolve = |o: Operand| same.resolve(o);
    change(function, &resolve);
}

/// Changes all operands of a function.
pub fn change(function: &mut Function, new: &dyn Fn(Operand) -> Operand) {
    let change = |o: &mut Operand| *o = new(*o);
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
        exit.change(new);
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
