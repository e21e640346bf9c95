//! Where an entry looks whether a pause is due.
//!
//! A method that only looks at something and then returns needs no look: only what makes
//! frames, allocates or loops does. After a pause the entry is begun again, so nothing may be
//! done before the look that must not be done twice. Hence the nodes of an entry fall into
//! two parts: those that are reached before a look, in which only rare exits need one and have
//! it in them, and those after it. The look is on every way from the first part to the second.

use super::code::{Code, Item};
use super::graph::{Graph, Tail};
use std::collections::BTreeSet;

/// More looks than this are not worth their text: there is one at the start then.
const MOST_LOOKS: usize = 8;

/// Puts the looks of an entry where they are needed. True if one is to be at the very start
/// instead.
pub fn looks(graph: &mut Graph) -> bool {
    let after = after_look(graph);
    let order = graph.flow.order.iter().copied();
    let before: Vec<usize> = order.filter(|n| !after.contains(n)).collect();
    let count = |n: &usize| {
        let node = &graph.nodes[n];
        let other = match &node.tail {
            Tail::Choose(_, other) if other.effects().needs_look() => 1,
            _ => 0,
        };
        let edges = node.tail.edges();
        let crossing = edges.iter().filter(|e| after.contains(&e.to)).count();
        let on_edges: usize = edges.iter().map(|e| e.code.exits()).sum();
        node.code.exits() + other + crossing + on_edges
    };
    if after.contains(&graph.begin) || before.iter().map(count).sum::<usize>() > MOST_LOOKS {
        return true;
    }
    for n in before {
        let Some(node) = graph.nodes.get_mut(&n) else {
            continue;
        };
        node.code.look_in_exits();
        if let Tail::Choose(_, other) = &mut node.tail
            && other.effects().needs_look()
        {
            other.look_first();
        }
        for edge in node.tail.edges_mut() {
            match after.contains(&edge.to) {
                true => edge.code.look_first(),
                false => edge.code.look_in_exits(),
            }
        }
    }
    false
}

/// The nodes that come after a look. What follows one of them is one, too, so that a look is
/// never done twice, nor after something that it must not follow.
fn after_look(graph: &Graph) -> BTreeSet<usize> {
    let order = &graph.flow.order;
    // Nodes from which anything is reached that needs a look, rare exits included.
    let mut reaches: BTreeSet<usize> = BTreeSet::new();
    while grow(&mut reaches, order, |n, known| {
        let node = &graph.nodes[&n];
        let own = node.code.effects().needs_look()
            || matches!(&node.tail, Tail::Choose(_, other) if other.effects().needs_look());
        let edges = node.tail.edges();
        own || edges
            .iter()
            .any(|e| e.code.effects().needs_look() || known.contains(&e.to))
    }) {}
    // Nodes from which a look is needed on every way but by rare exits.
    let mut certain: BTreeSet<usize> = BTreeSet::new();
    while grow(&mut certain, order, |n, known| {
        let node = &graph.nodes[&n];
        let edges = node.tail.edges();
        let later = edges
            .iter()
            .any(|e| e.code.effects().needs_look() || reaches.contains(&e.to))
            || matches!(&node.tail, Tail::Choose(_, other) if other.effects().needs_look());
        let all = |e: &&super::graph::Edge| is_needed(&e.code, false) || known.contains(&e.to);
        graph.flow.is_loop(n)
            || is_needed(&node.code, later)
            || edges.iter().any(|e| acts_first(&e.code, &reaches, e.to))
            || (!edges.is_empty() && edges.iter().all(all))
    }) {}
    // And all that follows, or is reached by a way on which something is done.
    let mut after = certain;
    for node in graph.nodes.values() {
        let hot = node.tail.edges().into_iter();
        after.extend(hot.filter(|e| is_needed(&e.code, false)).map(|e| e.to));
    }
    while grow(&mut after, order, |n, known| {
        graph
            .nodes
            .iter()
            .any(|(m, node)| known.contains(m) && node.tail.edges().iter().any(|e| e.to == n))
    }) {}
    after
}

/// Does something on the way on act, and is a look needed after it?
fn acts_first(code: &Code, reaches: &BTreeSet<usize>, to: usize) -> bool {
    code.effects().writes && (reaches.contains(&to) || is_needed(code, true))
}

/// Adds nodes; did it find any?
fn grow(
    set: &mut BTreeSet<usize>,
    order: &[usize],
    belongs: impl Fn(usize, &BTreeSet<usize>) -> bool,
) -> bool {
    let found: Vec<usize> = order
        .iter()
        .copied()
        .filter(|&n| !set.contains(&n) && belongs(n, set))
        .collect();
    let grew = !found.is_empty();
    set.extend(found);
    grew
}

/// Does straight code need a look before it, other than in its exits: because it does what
/// needs one, or because it changes something and one is needed `later`, or in an exit of it
/// that comes after that?
fn is_needed(code: &Code, later: bool) -> bool {
    let mut later = later;
    for item in code.items().iter().rev() {
        let (effects, exit) = match item {
            Item::Do(_, effects) => (*effects, false),
            Item::Or { exit, effects, .. } => (*effects, exit.effects().needs_look()),
            // Nodes have no other pieces.
            _ => return true,
        };
        if effects.needs_look() || (effects.writes && later) {
            return true;
        }
        later |= exit;
    }
    false
}
