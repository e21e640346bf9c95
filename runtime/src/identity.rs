//! Identity hashes: numbers that objects keep although collections move them.
//!
//! A header has no room for one, so they are in a table by address, which follows the objects and
//! keeps none of them alive. Only objects that were asked have an entry. The numbers last as long as
//! the machine runs; tables of an image that was saved find out by [`Identities::run`] that theirs
//! are of an earlier run.

use crate::allocate::AllocationError;
use crate::budget::{Budget, Charge};
use crate::value::Word;
use crate::vm::Vm;
use std::collections::HashMap;

/// What an entry takes, roughly: the table is at most half empty.
const ENTRY_BYTES: usize = 48;
/// The numbers have 30 bits.
const MASK: u32 = 0x3fff_ffff;

/// The objects that have been asked, and what they answered.
#[derive(Default)]
pub(crate) struct Identities {
    hashes: HashMap<u64, i32>,
    /// Those that have come since the last collection: only they can be young.
    recent: Vec<u64>,
    last: u32,
    charge: Charge,
    /// A number of this run of the machine.
    pub(crate) run: i32,
}

impl Identities {
    /// Starts, with a number that is different each time.
    pub(crate) fn begin(&mut self, random: u64, budget: &Budget) {
        self.run = ((random >> 20) as u32 & MASK) as i32;
        self.charge = budget.charge(0);
    }

    /// After the objects have moved: `survivor` says where one is now, nothing if it has gone.
    pub(crate) fn follow(&mut self, full: bool, survivor: &dyn Fn(Word) -> Option<Word>) {
        let recent = std::mem::take(&mut self.recent);
        if full {
            let old = std::mem::take(&mut self.hashes);
            let moved = old
                .into_iter()
                .filter_map(|(at, hash)| Some((survivor(Word(at))?.0, hash)));
            self.hashes = moved.collect();
        } else {
            let moved: Vec<_> = recent
                .into_iter()
                .filter_map(|at| Some((survivor(Word(at)), self.hashes.remove(&at)?)))
                .collect();
            let living = moved
                .into_iter()
                .filter_map(|(word, hash)| Some((word?.0, hash)));
            self.hashes.extend(living);
        }
        self.charge.set(self.hashes.len() * ENTRY_BYTES);
    }
}

impl Vm {
    /// The identity hash of a value; that of a SmallInt is made from its number.
    ///
    /// # Errors
    /// There is no room for another entry.
    pub(crate) fn identity_hash(&mut self, w: Word) -> Result<i32, AllocationError> {
        if let Some(n) = w.to_int() {
            return Ok((n as u32 & MASK) as i32);
        }
        if let Some(hash) = self.identities.hashes.get(&w.0) {
            return Ok(*hash);
        }
        if self.heap.host_room() < ENTRY_BYTES {
            return Err(AllocationError::OutOfMemory);
        }
        let all = &mut self.identities;
        all.last = all.last.wrapping_add(0x9e37_79b1);
        let hash = (all.last >> 2 & MASK) as i32;
        all.hashes.insert(w.0, hash);
        all.recent.push(w.0);
        all.charge.set(all.hashes.len() * ENTRY_BYTES);
        Ok(hash)
    }
}
