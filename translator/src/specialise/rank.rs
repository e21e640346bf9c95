//! Which methods are worth specialising, and for which classes of receivers.

use crate::method::Method;
use crate::program::Program;
use smallworld_image::{ObjId, Op};
use smallworld_profile::Count;
use std::collections::BTreeMap;

/// Ranks methods by receiver class. The seed's weights: a send counts 40 / bytes of what
/// it runs, for the method that is run and for the one that sends. `share`: what is worth it, in
/// 1/10,000 of all sends; `most`: so many at most.
pub fn rank(program: &Program, share: u64, most: usize) -> Vec<(ObjId, usize)> {
    let bytes = |m: usize| program.methods[m].1.parts.code.len().max(1) as u64;
    let mut sent: BTreeMap<usize, Count> = BTreeMap::new();
    for (&(method, ip), counts) in &program.sites {
        let selector = match program.methods[method].1.instruction(ip).op {
            Op::Send { selector, .. } => program.selector(method, selector),
            Op::Binary(op) => op.selector().as_bytes(),
            _ => continue,
        };
        for &(class, n) in &counts.classes {
            let weight = program
                .lookup(class, selector)
                .map_or(1, |t| 40 / bytes(t).min(40));
            *sent.entry(method).or_default() += n * weight;
        }
    }
    let mut all_calls: BTreeMap<usize, Count> = BTreeMap::new();
    for (&(method, _), &n) in &program.calls {
        *all_calls.entry(method).or_default() += n;
    }
    let mut ranked: Vec<(Count, usize, ObjId)> = Vec::new();
    for (&(method, class), &n) in &program.calls {
        let here = sent.get(&method).copied().unwrap_or_default();
        let part = here.share(n, all_calls[&method]);
        let turns = turns(&program.methods[method].1);
        let weight = n * turns * 40 / bytes(method) + part;
        if bytes(method) > 8 && n * 20 >= all_calls[&method] {
            ranked.push((weight, method, class));
        }
    }
    let total: Count = ranked.iter().map(|r| r.0).sum();
    let wide = |n: Count| u128::from(n.get());
    ranked.retain(|r| wide(r.0) * 10_000 >= wide(total) * u128::from(share));
    ranked.sort_by_key(|r| (std::cmp::Reverse(r.0), r.1, r.2));
    ranked.truncate(most);
    ranked
        .into_iter()
        .map(|(_, target, class)| (class, target))
        .collect()
}

/// How often a loop is taken to go round. The profile counts sends, and a loop may do
/// without any.
const TURNS: u64 = 50;
/// The same of a loop in a method that sends nothing at all but to prepare and to end: all
/// of its work is in the loop, and nothing of that has been counted.
pub const SILENT_TURNS: u64 = 1000;

/// How often the loops of a method go round for one call of it, as far as nothing is known.
pub fn turns(method: &Method) -> u64 {
    let mut turns = 1;
    for (&at, i) in &method.code {
        if let Op::Jump(to) = i.op
            && to <= at
        {
            let silent = method.sites.range(to..at).all(|(ip, _)| {
                let op = method.code.get(ip).map(|i| i.op);
                matches!(op, Some(Op::Binary(_)))
            });
            turns = turns.max(if silent { SILENT_TURNS } else { TURNS });
        }
    }
    turns
}
