//! Object memory: a nursery for new objects, an old space of chunks, and the
//! remembered set between them.
//!
//! New objects are bumped off the nursery (the two pointers of that live in the
//! [`Vm`](crate::vm::Vm), where generated code reaches them). A minor collection
//! copies what is still reachable to the old space; a full one copies everything to
//! fresh chunks. Both are in [`collector`]. Roots are precise: collections only
//! happen at safepoints, where every live value is in a frame, an argument register
//! saved by the machine, or a root of the machine.

pub mod collector;
#[cfg(any(test, debug_assertions))]
#[deny(unsafe_code)]
pub mod verify;

use crate::budget::Budget;
use crate::object::Shape;
use crate::value::Word;

/// Words in the nursery (2 MiB).
pub const NURSERY_WORDS: usize = 256 * 1024;
/// Objects larger than this many words are made in the old space at once.
pub const LARGE_WORDS: usize = NURSERY_WORDS / 8;
/// Words in an ordinary chunk of the old space (256 KiB).
const CHUNK_WORDS: usize = 32 * 1024;
/// A full collection is not worth it while the old space is below this many words.
const FULL_FLOOR_WORDS: usize = 1024 * 1024;
/// What freed memory is filled with in stress mode: an even, unmapped address.
pub const POISON: u64 = 0xdead_dead_dead_dead & !1;

/// A contiguous piece of memory that holds objects one after the other.
pub struct Chunk {
    memory: Box<[u64]>,
    used: usize,
}

impl Chunk {
    fn new(words: usize) -> Chunk {
        Chunk {
            memory: vec![0; words].into_boxed_slice(),
            used: 0,
        }
    }

    fn bump(&mut self, words: usize) -> Option<*mut u64> {
        if self.memory.len() - self.used < words {
            return None;
        }
        let at = self.used;
        self.used += words;
        // Derived from the whole slice, so that it may reach the object's body.
        Some(self.memory.as_mut_ptr().wrapping_add(at))
    }

    /// The used words, objects one after the other.
    pub fn contents(&self) -> &[u64] {
        &self.memory[..self.used]
    }
}

/// Counters of the memory's work since the start.
#[derive(Clone, Copy, Default, Debug)]
pub struct Statistics {
    /// Minor collections.
    pub minor: u64,
    /// Full collections.
    pub full: u64,
    /// Words bumped off the nursery by the time of the last collection.
    pub nursery_words: u64,
    /// Words copied out of the nursery.
    pub promoted_words: u64,
    /// Objects made directly in the old space.
    pub large_objects: u64,
}

/// The object memory, without the machine's roots.
pub struct Heap {
    nursery: Chunk,
    chunks: Vec<Chunk>,
    old_words: usize,
    full_at: usize,
    limit_words: usize,
    remembered: Vec<Word>,
    poison: bool,
    /// What is in use outside of this memory, which the limit includes.
    pub budget: Budget,
    /// Host objects (kind and index) that the last full collection found alive.
    pub live_hosts: Vec<(u32, u32)>,
    /// Counters.
    pub statistics: Statistics,
}

impl Heap {
    /// An empty memory that may grow to `limit` bytes.
    pub fn new(limit: usize) -> Heap {
        Heap {
            nursery: Chunk::new(NURSERY_WORDS),
            chunks: Vec::new(),
            old_words: 0,
            full_at: FULL_FLOOR_WORDS,
            limit_words: limit / 8,
            remembered: Vec::new(),
            poison: false,
            budget: Budget::default(),
            live_hosts: Vec::new(),
            statistics: Statistics::default(),
        }
    }

    /// Fill what is freed with [`POISON`], so that a stale reference shows at once.
    pub fn set_poison(&mut self, on: bool) {
        self.poison = on;
    }

    /// First and one-past-last address of the nursery.
    pub fn nursery_bounds(&mut self) -> (*mut u64, *mut u64) {
        let start = self.nursery.memory.as_mut_ptr();
        (start, start.wrapping_add(NURSERY_WORDS))
    }

    /// The words of the nursery that have been bumped off.
    #[cfg(any(test, debug_assertions))]
    pub fn nursery_contents(&self, used: usize) -> &[u64] {
        &self.nursery.memory[..used]
    }

    /// Is the object at `w` in the nursery?
    #[inline(always)]
    pub fn is_young(&self, w: Word) -> bool {
        let start = self.nursery.memory.as_ptr() as u64;
        w.0.wrapping_sub(start) < (NURSERY_WORDS * 8) as u64
    }

    /// Bytes in use in the old space.
    pub fn old_bytes(&self) -> usize {
        self.old_words * 8
    }

    /// Is the old space above the limit the user has set?
    pub fn over_limit(&self) -> bool {
        self.would_exceed(0)
    }

    /// Would `words` more be above the limit?
    pub fn would_exceed(&self, words: usize) -> bool {
        self.old_words.saturating_add(words) > self.object_limit()
    }

    /// The words that the limit leaves to objects.
    fn object_limit(&self) -> usize {
        self.limit_words.saturating_sub(self.budget.used() / 8)
    }

    /// The bytes that the limit leaves to what is outside of this memory, which is at most three
    /// quarters of it.
    pub fn host_room(&self) -> usize {
        let most = self.limit_words - self.limit_words / 4;
        let left = self.limit_words.saturating_sub(self.old_words);
        (most.min(left) * 8).saturating_sub(self.budget.used())
    }

    /// The limit in bytes.
    pub fn limit(&self) -> usize {
        self.limit_words * 8
    }

    /// Is a full collection due, with `young` words in the nursery?
    pub fn full_due(&self, young: usize) -> bool {
        self.old_words + young > self.full_at.min(self.object_limit())
    }

    /// The chunks of the old space.
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// The objects of the old space, each with its header.
    pub fn old_objects(&self) -> impl Iterator<Item = (Word, u64)> {
        self.chunks.iter().flat_map(|chunk| {
            let contents = chunk.contents();
            let mut at = 0;
            std::iter::from_fn(move || {
                let (place, header) = (contents.get(at..)?, *contents.get(at)?);
                at += Shape::of_header(header).words();
                Some((Word(place.as_ptr() as u64), header))
            })
        })
    }

    /// Puts an old object into the remembered set (the barrier's slow path).
    pub fn remember(&mut self, w: Word) {
        self.remembered.push(w);
    }

    /// Uninitialised room in the old space.
    fn bump_old(&mut self, words: usize) -> *mut u64 {
        self.old_words += words;
        if let Some(p) = self.chunks.last_mut().and_then(|c| c.bump(words)) {
            return p;
        }
        let mut chunk = Chunk::new(words.max(CHUNK_WORDS));
        let p = chunk.bump(words);
        self.chunks.push(chunk);
        // A new chunk of at least `words` has the room; the null pointer of the
        // impossible case would fault at once rather than corrupt.
        p.unwrap_or(std::ptr::null_mut())
    }

    /// A new object in the old space, its body zeroed (for slots: not yet valid
    /// words; the caller fills them before the next safepoint).
    pub fn allocate_old(&mut self, class: u32, shape: Shape) -> Word {
        let p = self.bump_old(shape.words());
        self.statistics.large_objects += 1;
        // SAFETY: `bump_old` gives room for header and body.
        unsafe {
            *p = shape.header(class, 0);
            std::ptr::write_bytes(p.add(1), 0, shape.body_words());
        }
        Word(p as u64)
    }
}

#[cfg(test)]
mod tests;
