//! What a program makes grow outside of the object memory: pictures, texts of widgets, copies of
//! the stacks of waiting processes, semaphores, open files, the machine's tables.
//!
//! All of it is counted in one place, and the limit of the heap includes it. Whoever keeps such
//! memory holds a [`Charge`] with it, so that the count goes down when the memory is given back.
//! Before a primitive makes something of that kind, the machine looks whether there is room
//! ([`Vm::make_host_room`]), after a collection if need be; where there is none, the primitive
//! fails. What cannot know its size beforehand (a picture in a file) asks for [`Budget::room`].

use crate::allocate::AllocationError;
use crate::code::Fp;
use crate::memory::collector::Extent;
use crate::vm::Vm;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// The count, shared by all that add to it.
#[derive(Clone, Debug, Default)]
pub struct Budget(Arc<Counter>);

#[derive(Debug)]
struct Counter {
    used: AtomicUsize,
    /// All that was ever counted.
    total: AtomicUsize,
    room: AtomicUsize,
}

impl Default for Counter {
    fn default() -> Counter {
        Counter {
            used: AtomicUsize::new(0),
            total: AtomicUsize::new(0),
            room: AtomicUsize::new(usize::MAX),
        }
    }
}

impl Counter {
    fn add(&self, bytes: usize) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
        self.total.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Budget {
    /// Bytes that are in use.
    pub fn used(&self) -> usize {
        self.0.used.load(Ordering::Relaxed)
    }

    /// Bytes that there is room for, as the machine found before the primitive under way;
    /// without a machine there is no limit.
    pub fn room(&self) -> usize {
        self.0.room.load(Ordering::Relaxed)
    }

    /// Counts so many bytes until the charge is dropped.
    pub fn charge(&self, bytes: usize) -> Charge {
        self.0.add(bytes);
        Charge {
            budget: self.clone(),
            bytes,
        }
    }
}

/// Bytes that are counted for as long as this lives.
#[derive(Debug, Default)]
pub struct Charge {
    budget: Budget,
    bytes: usize,
}

impl Charge {
    /// How many bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Where they are counted.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Counts another number of bytes from now on.
    pub fn set(&mut self, bytes: usize) {
        match bytes.checked_sub(self.bytes) {
            Some(more) => self.budget.0.add(more),
            None => {
                let less = self.bytes - bytes;
                self.budget.0.used.fetch_sub(less, Ordering::Relaxed);
            }
        }
        self.bytes = bytes;
    }

    /// Counts `after` bytes in place of `before`, which are part of what is counted.
    pub fn replace(&mut self, before: usize, after: usize) {
        self.set(self.bytes.saturating_sub(before).saturating_add(after));
    }

    /// Counts the same in another budget.
    pub fn move_to(&mut self, budget: &Budget) {
        *self = budget.charge(self.bytes);
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.set(0);
    }
}

impl Vm {
    /// Makes sure that there is room for `bytes` outside of the object memory, and in the nursery
    /// for the object that stands for what they are.
    ///
    /// # Errors
    /// The limit would be exceeded. A part of it is for objects alone, so that a program which has
    /// used up its room for pictures can still be talked to.
    pub(crate) fn make_host_room(&mut self, top: Fp, bytes: usize) -> Result<(), AllocationError> {
        if self.heap.host_room() < bytes && self.is_collecting_worth_it() {
            let started = Instant::now();
            self.collect(top, Extent::Full);
            let in_vain = self.heap.host_room() < bytes;
            self.hosts.collect_from = in_vain.then(|| Instant::now() + 10 * started.elapsed());
        }
        let room = self.heap.host_room();
        if room < bytes {
            return Err(AllocationError::OutOfMemory);
        }
        self.heap.budget.0.room.store(room, Ordering::Relaxed);
        self.make_room(top, crate::hosts::HOST_WORDS);
        Ok(())
    }

    /// May a collection find room? It may, unless one has just been made in vain and little has
    /// been made since: a program that goes on asking would do nothing but collect.
    fn is_collecting_worth_it(&mut self) -> bool {
        let waits = self.hosts.collect_from.is_some_and(|t| Instant::now() < t);
        let made = self.made_so_far().saturating_sub(self.hosts.made_before);
        !waits || made > self.heap.limit() / 64
    }

    /// Bytes that were ever made, in object memory and outside, but for large objects that have
    /// gone.
    pub(crate) fn made_so_far(&mut self) -> usize {
        let outside = self.heap.budget.0.total.load(Ordering::Relaxed);
        self.words_allocated() as usize * 8 + self.heap.old_bytes() + outside
    }

    /// Bytes in use outside of the object memory.
    pub fn host_bytes(&self) -> usize {
        self.heap.budget.used()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_not_counted_any_more() {
        let budget = Budget::default();
        let mut first = budget.charge(100);
        let second = budget.charge(20);
        assert_eq!(budget.used(), 120);
        first.set(30);
        first.replace(10, 15);
        assert_eq!((first.bytes(), budget.used()), (35, 55));
        drop(second);
        assert_eq!(budget.used(), 35);
        let other = Budget::default();
        first.move_to(&other);
        assert_eq!((budget.used(), other.used()), (0, 35));
    }
}
