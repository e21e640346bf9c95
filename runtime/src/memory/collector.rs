//! The copying collector: minor (nursery to old space) and full (all to fresh chunks).
//!
//! Cheney's scheme ("A nonrecursive list compacting algorithm", 1970) with an explicit
//! list of copied objects whose bodies are still to be scanned. Survivors of the
//! nursery go straight to the old space, so that after any collection nothing is
//! young and the remembered set is empty.

use super::{Chunk, Heap, POISON};
use crate::object::{NO_BARRIER, ObjectFormat, Shape, size_of_header};
use crate::value::Word;

/// How much a collection moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// The nursery only.
    Minor,
    /// Everything.
    Full,
}

/// A collection under way.
///
/// The machine shows it every root once ([`Collector::forward`]), then lets it finish.
pub struct Collector<'h> {
    heap: &'h mut Heap,
    extent: Extent,
    from: Vec<Chunk>,
    pending: Vec<*mut u64>,
    nursery_used: usize,
}

impl<'h> Collector<'h> {
    /// Starts a collection. `nursery_used` is the number of words bumped off so far.
    pub fn start(heap: &'h mut Heap, extent: Extent, nursery_used: usize) -> Collector<'h> {
        heap.statistics.nursery_words += nursery_used as u64;
        let mut from = Vec::new();
        let mut pending = Vec::new();
        match extent {
            Extent::Minor => {
                heap.statistics.minor += 1;
                let remembered = std::mem::take(&mut heap.remembered);
                for w in &remembered {
                    let p = w.0 as *mut u64;
                    // SAFETY: the set holds old objects, alive until the next full
                    // collection, which empties it.
                    unsafe { *p &= !(NO_BARRIER as u64) };
                    pending.push(p);
                }
            }
            Extent::Full => {
                heap.statistics.full += 1;
                heap.remembered.clear();
                heap.live_hosts.clear();
                from = std::mem::take(&mut heap.chunks);
                heap.old_words = 0;
            }
        }
        Collector {
            heap,
            extent,
            from,
            pending,
            nursery_used,
        }
    }

    /// In a full collection, before any root: makes `old` one slot longer, so that it gets
    /// `shape`, with `value` in it, keeping its identity (primitive 32). All references follow.
    pub fn grow(&mut self, old: Word, value: Word, shape: Shape) {
        debug_assert_eq!(self.extent, Extent::Full);
        let p = old.0 as *mut u64;
        // SAFETY: `old` is a live object of slots (the primitive checked).
        unsafe {
            let h = *p;
            let n = size_of_header(h);
            debug_assert_eq!(shape.size(), n + 1);
            let to = self.heap.bump_old(shape.words());
            let flags = (h as u32) & crate::object::WATCHED;
            *to = shape.header((h >> 32) as u32, flags);
            std::ptr::copy_nonoverlapping(p.add(1), to.add(1), n);
            *to.add(1 + n) = value.0;
            *p = to as u64;
            self.pending.push(to);
        }
    }

    /// In a full collection, before any root: whoever refers to one of two objects refers to the
    /// other from then on. Both must be objects that no other exchange names.
    pub fn exchange(&mut self, one: Word, other: Word) {
        debug_assert_eq!(self.extent, Extent::Full);
        // SAFETY: both are live objects (the primitive checked), and not yet moved.
        unsafe {
            let (new_one, new_other) = (self.copy(one), self.copy(other));
            *(one.0 as *mut u64) = new_other as u64;
            *(other.0 as *mut u64) = new_one as u64;
        }
    }

    /// Shows a root (or a slot) to the collection and updates it. Every location must
    /// be shown at most once.
    #[inline]
    pub fn forward(&mut self, w: &mut Word) {
        if self.would_move(*w) {
            *w = self.evacuate(*w);
        }
    }

    /// Does this collection move what the word refers to?
    pub fn would_move(&self, w: Word) -> bool {
        let refers = !w.is_int() && w.0 != 0;
        refers && (self.extent == Extent::Full || self.heap.is_young(w))
    }

    fn evacuate(&mut self, w: Word) -> Word {
        let p = w.0 as *mut u64;
        // SAFETY: `w` refers to an object of from-space, whose header is either live
        // or the address it has moved to.
        unsafe {
            let h = *p;
            if h & 1 == 0 {
                return Word(h);
            }
            let to = self.copy(w);
            *p = to as u64;
            Word(to as u64)
        }
    }

    /// Copies an object that has not been moved, to be scanned later on. Nothing says yet where it is.
    ///
    /// # Safety
    /// `w` refers to a live object of from-space.
    unsafe fn copy(&mut self, w: Word) -> *mut u64 {
        let p = w.0 as *mut u64;
        // SAFETY: the caller's; there is room for as many words.
        unsafe {
            let h = *p;
            let shape = Shape::of_header(h);
            let (format, size) = (shape.format(), shape.size());
            let words = shape.body_words();
            let to = self.heap.bump_old(1 + words);
            *to = h & !(NO_BARRIER as u64);
            std::ptr::copy_nonoverlapping(p.add(1), to.add(1), words);
            match format {
                ObjectFormat::Slots if size > 0 => self.pending.push(to),
                ObjectFormat::Raw if size == 2 && self.extent == Extent::Full => {
                    let host = (*to.add(1) as u32, *to.add(2) as u32);
                    self.heap.live_hosts.push(host);
                }
                _ => {}
            }
            if self.heap.is_young(w) {
                self.heap.statistics.promoted_words += 1 + words as u64;
            }
            to
        }
    }

    /// Scans copied objects until none is left. May be called more than once, with
    /// further roots in between.
    pub fn trace(&mut self) {
        while let Some(p) = self.pending.pop() {
            // SAFETY: `p` is a copied or remembered object; its slots are words.
            unsafe {
                let n = size_of_header(*p);
                for i in 1..=n {
                    let mut w = Word(*p.add(i));
                    self.forward(&mut w);
                    *p.add(i) = w.0;
                }
            }
        }
    }

    /// After [`Collector::trace`]: where `w` is now, or nothing if it was not reached.
    /// For tables that must not keep their entries alive.
    pub fn survivor(&self, w: Word) -> Option<Word> {
        if w.is_int() || (self.extent == Extent::Minor && !self.heap.is_young(w)) {
            return Some(w);
        }
        // SAFETY: from-space is still there until `finish`.
        let h = unsafe { *(w.0 as *const u64) };
        (h & 1 == 0).then_some(Word(h))
    }

    /// Frees from-space.
    pub fn finish(mut self) {
        debug_assert!(self.pending.is_empty());
        if self.heap.poison {
            let used = self.nursery_used;
            self.heap.nursery.memory[..used].fill(POISON);
            for chunk in &mut self.from {
                chunk.memory.fill(POISON);
            }
        }
        if self.extent == Extent::Full {
            self.heap.full_at = (self.heap.old_words * 2).max(super::FULL_FLOOR_WORDS);
        }
    }
}
