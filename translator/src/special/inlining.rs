//! What is worth a copy: the decisions about inlining, and their limits.

use super::engine::Engine;
use super::unit::Scope;
use super::values::{Abs, Level, State, Val};
use crate::method::Kind;
use smallworld_image::ObjId;
use smallworld_profile::Count;

/// A send is worth a copy of its method only if it is done once in so many of the sends that
/// its unit's own method does most: what only prepares a loop is not to use up the unit.
const COLD: u64 = 64;
/// A send that is done at least once in so many of those may run a longer method.
const HOT: u64 = 4;
/// A method with a site that is run so often for one call is called: it has a unit of its own
/// if it matters.
const BUSY: u64 = 16;
/// Bytes of a method that takes no more code than the send of it.
const TINY_METHOD: usize = 12;
/// Bytes of a method that is inlined without having been counted.
pub const SMALL_METHOD: usize = 32;
/// Arguments, with the receiver, of a method that is inlined.
const MOST_ARGUMENTS: usize = 8;
/// How often a method that gets a block may be in a nest.
const NESTED_LOOPS: usize = 4;

/// Limits on what is inlined. They bound the size of the code; the defaults were chosen
/// so that loops over collections and arithmetic fit.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Activations in a nest.
    pub depth: usize,
    /// Bytes of bytecode of a method that is inlined.
    pub callee: usize,
    /// The same where it is sent about as often as anything in the unit's own method.
    pub hot_callee: usize,
    /// Bytes of bytecode inlined into one unit.
    pub unit: usize,
    /// Starts (entry and continuations) of one unit.
    pub starts: usize,
    /// Characters of Rust of one unit.
    pub text: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            depth: 12,
            callee: 100,
            hot_callee: 200,
            unit: 1200,
            starts: 24,
            text: 200_000,
        }
    }
}

impl Limits {
    /// What is tried next, one after the other, if a unit gets too large: first without copies
    /// of longer methods, which are called then; at last with few copies at all.
    pub fn less(self) -> [Limits; 4] {
        let short = Limits {
            callee: self.callee / 2,
            hot_callee: self.callee / 2,
            ..self
        };
        let part = |n: usize| Limits {
            unit: self.unit / n,
            depth: self.depth - n,
            ..short
        };
        [short, part(2), part(4), part(8)]
    }
}

impl Engine<'_, '_, '_> {
    /// Is a scope a method of arithmetic? What it sends has not been counted, since the sites
    /// in the baseline compute on SmallInts themselves.
    pub fn is_arithmetic(&self, scope: usize) -> bool {
        let scope = &self.unit.scopes[scope];
        let world = self.unit.world;
        scope.parent.is_some()
            && scope.owner.is_none()
            && scope.class == world.image.roots.small_int
            && world.methods[scope.method].1.parts.code.len() <= SMALL_METHOD
    }

    /// Has a method of arithmetic been run mostly by sites that computed the result themselves,
    /// if so many sends were done by it?
    pub fn are_mostly_ints(&self, scope: usize, sends: Count) -> bool {
        let scope = &self.unit.scopes[scope];
        let calls = self.unit.world.calls.get(&(scope.method, scope.class));
        calls.is_none_or(|&calls| sends * 2 <= calls)
    }

    /// Is a send that is done so often worth a copy of what it runs? A block that goes with it
    /// may be run more often.
    pub fn is_worth_a_copy(
        &self,
        state: &State,
        count: Count,
        target: usize,
        args: &[Val],
    ) -> bool {
        let unit = &self.unit;
        let in_block = |v: &Val| match v.abs {
            Abs::Block { home, block, .. } => {
                let method = unit.scopes[home].method;
                Some(unit.world.hottest_in_block(method, block))
            }
            _ => None,
        };
        let often = args.iter().filter_map(in_block).max();
        let size = unit.world.methods[target].1.parts.code.len();
        // In a loop, a call would take temporaries out of registers that blocks share, for
        // good.
        let in_registers =
            |l: &Level| !l.in_memory && self.layout(l.scope).kind == Kind::NativeShared;
        let in_loop = state.chain.len() > 1;
        if size <= TINY_METHOD || (in_loop && state.chain.iter().any(in_registers)) {
            return true;
        }
        // What does much in one call gains little by a copy, unless it runs a block of ours.
        let busy = often.is_none() && unit.world.sends_per_call(target) >= Count::new(BUSY);
        !busy && count.max(often.unwrap_or_default()) * COLD >= unit.hottest
    }

    /// May a method be inlined here, where it is sent so often?
    pub fn can_enter(
        &self,
        state: &State,
        target: usize,
        class: ObjId,
        args: &[Val],
        next: usize,
        count: Count,
    ) -> bool {
        let unit = &self.unit;
        let m = &unit.world.methods[target].1;
        let limits = &unit.limits;
        let same = |l: &&Level| {
            let s = &unit.scopes[l.scope];
            s.method == target && s.owner.is_none()
        };
        // Loops are methods that get a block, and loops are nested.
        let takes_block = args.iter().any(|v| matches!(v.abs, Abs::Block { .. }));
        // Arithmetic that converts an argument sends the same selector again.
        let converts = m.parts.code.len() <= TINY_METHOD;
        let most = match () {
            _ if takes_block => NESTED_LOOPS,
            _ if converts => 2,
            _ => 1,
        };
        let hot = !count.is_zero() && count * HOT >= unit.hottest;
        m.arity == args.len()
            && !m.asks_for_more()
            && state.chain.len() < limits.depth
            && m.parts.code.len()
                <= if hot {
                    limits.hot_callee
                } else {
                    limits.callee
                }
            && (unit.inlined + counted(m.parts.code.len()) <= limits.unit
                || (class == unit.world.image.roots.small_int
                    && m.parts.code.len() <= SMALL_METHOD)
                || unit.is_known(&self.callee_scope(state, target, class, next)))
            && state.chain.iter().filter(same).count() < most
            && args.len() <= MOST_ARGUMENTS
    }

    /// The scope of a method that is inlined where the innermost one sends.
    pub fn callee_scope(&self, state: &State, method: usize, class: ObjId, next: usize) -> Scope {
        let parent = state.chain.last().map(|l| (l.scope, next));
        Scope {
            parent,
            method,
            owner: None,
            home: usize::MAX,
            class,
        }
    }
}

/// What a method counts for the limit of a unit: bytes above those of one that only passes on
/// to another, as arithmetic does that dispatches twice.
pub fn counted(bytes: usize) -> usize {
    bytes.saturating_sub(TINY_METHOD)
}
