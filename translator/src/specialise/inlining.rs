//! What is worth a copy: the decisions about inlining, and their limits.

use super::build::Builder;
use super::specialisation::Node;
use super::state::State;
use crate::ir::{Activation, Known, Operand};
use smallworld_abi::layout::Kind;
use smallworld_image::ObjId;
use smallworld_profile::Count;
use std::rc::Rc;

/// A send is worth a copy of its method only if it is done once in so many of the sends that
/// the specialised method itself does most: what only prepares a loop is not to use up the limit.
const COLD: u64 = 64;
/// A send that is done at least once in so many of those may run a longer method.
const HOT: u64 = 4;
/// A method with a site that is run so often for one call is called: it is specialised by itself
/// if it matters.
const BUSY: u64 = 16;
/// Bytes of a method that takes no more code than the send of it.
const TINY_METHOD: usize = 12;
/// Bytes of a method that is inlined without having been counted.
pub const SMALL_METHOD: usize = 32;
/// Arguments, with the receiver, of a method that is inlined.
const MOST_ARGUMENTS: usize = 8;
/// How often a method that gets a block may be active.
const NESTED_LOOPS: usize = 4;

/// Limits on what is inlined. They bound the size of the code; the defaults were chosen
/// so that loops over collections and arithmetic fit.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Activations, one in the other.
    pub depth: usize,
    /// Bytes of bytecode of a method that is inlined.
    pub callee: usize,
    /// The same where it is sent about as often as anything in the specialised method itself.
    pub hot_callee: usize,
    /// Bytes of bytecode inlined into one method.
    pub bytes: usize,
    /// Entries (the call, continuations, loops) of one method.
    pub entries: usize,
    /// Operations of one method.
    pub size: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            depth: 12,
            callee: 100,
            hot_callee: 200,
            bytes: 1200,
            entries: 24,
            size: 4_000,
        }
    }
}

impl Limits {
    /// What is tried next, one after the other, if a method gets too large: first without copies
    /// of longer methods, which are called then; at last with few copies at all.
    pub fn less(self) -> [Limits; 4] {
        let short = Limits {
            callee: self.callee / 2,
            hot_callee: self.callee / 2,
            ..self
        };
        let part = |n: usize| Limits {
            bytes: self.bytes / n,
            depth: self.depth - n,
            ..short
        };
        [short, part(2), part(4), part(8)]
    }
}

impl Builder<'_, '_, '_> {
    /// Is a node a method of arithmetic? What it sends has not been counted, since the sites
    /// in the baseline compute on SmallInts themselves.
    pub(super) fn is_arithmetic(&self, node: usize) -> bool {
        let node = &self.spec.nodes[node];
        node.parent.is_some()
            && node.owner.is_none()
            && node.class == self.program.image.roots.small_int
            && self.program.methods[node.method].1.parts.code.len() <= SMALL_METHOD
    }

    /// Has a method of arithmetic been run mostly by sites that computed the result themselves,
    /// if so many sends were done by it?
    pub(super) fn are_mostly_ints(&self, node: usize, sends: Count) -> bool {
        let node = &self.spec.nodes[node];
        let calls = self.program.calls.get(&(node.method, node.class));
        calls.is_none_or(|&calls| sends * 2 <= calls)
    }

    /// Is a send that is done so often worth a copy of what it runs? A block that goes with it
    /// may be run more often.
    pub(super) fn is_worth_a_copy(
        &self,
        state: &State,
        count: Count,
        target: usize,
        args: &[Operand],
    ) -> bool {
        let in_block = |&o: &Operand| match state.known(o) {
            Known::Closure(c) => {
                let method = self.spec.nodes[c.home].method;
                Some(self.program.hottest_in_block(method, c.block))
            }
            _ => None,
        };
        let often = args.iter().filter_map(in_block).max();
        let size = self.program.methods[target].1.parts.code.len();
        // In a loop, a call would take temporaries out of registers that blocks share, for
        // good.
        let in_registers = |l: &Rc<Activation>| {
            !l.in_memory && self.spec.layout(l.node).kind == Kind::NativeShared
        };
        let in_loop = state.chain.len() > 1;
        if size <= TINY_METHOD || (in_loop && state.chain.iter().any(in_registers)) {
            return true;
        }
        // What does much in one call gains little by a copy, unless it runs a block of ours.
        let busy = often.is_none() && self.program.sends_per_call(target) >= Count::new(BUSY);
        !busy && count.max(often.unwrap_or_default()) * COLD >= self.spec.hottest
    }

    /// May a method be inlined here, where it is sent so often?
    pub(super) fn can_enter(
        &self,
        state: &State,
        target: usize,
        class: ObjId,
        args: &[Operand],
        count: Count,
    ) -> bool {
        let spec = &self.spec;
        let m = &self.program.methods[target].1;
        let limits = &spec.limits;
        let same = |l: &&Rc<Activation>| {
            let n = &spec.nodes[l.node];
            n.method == target && n.owner.is_none()
        };
        // Loops are methods that get a block, and loops are nested.
        let is_block = |&o: &Operand| matches!(state.known(o), Known::Closure(_));
        let takes_block = args.iter().any(is_block);
        // Arithmetic that converts an argument sends the same selector again.
        let converts = m.parts.code.len() <= TINY_METHOD;
        let most = match () {
            _ if takes_block => NESTED_LOOPS,
            _ if converts => 2,
            _ => 1,
        };
        let hot = !count.is_zero() && count * HOT >= spec.hottest;
        let callee = match hot {
            true => limits.hot_callee,
            false => limits.callee,
        };
        m.arity == args.len()
            && !m.uses_closures()
            && !m.asks_for_more()
            && state.chain.len() < limits.depth
            && m.parts.code.len() <= callee
            && (spec.inlined + counted(m.parts.code.len()) <= limits.bytes
                || (class == self.program.image.roots.small_int
                    && m.parts.code.len() <= SMALL_METHOD)
                || spec.is_known(&self.callee(state, target, class)))
            && state.chain.iter().filter(same).count() < most
            && args.len() <= MOST_ARGUMENTS
    }

    /// The node of a method that is inlined where the innermost activation sends.
    pub(super) fn callee(&self, state: &State, method: usize, class: ObjId) -> Node {
        let parent = state.chain.last().map(|l| (l.node, state.ip));
        Node {
            parent,
            method,
            owner: None,
            home: usize::MAX,
            class,
        }
    }
}

/// What a method counts for the limit: bytes above those of one that only passes on to another,
/// as arithmetic does that dispatches twice.
pub fn counted(bytes: usize) -> usize {
    bytes.saturating_sub(TINY_METHOD)
}
