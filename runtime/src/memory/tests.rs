//! The collector against random graphs: whatever is reachable stays as it was, with the
//! same sharing, and what is not costs nothing.

use super::collector::{Collector, Extent};
use super::{Heap, LARGE_WORDS, verify};
use crate::object::{self, NO_BARRIER, ObjectFormat, Shape};
use crate::value::Word;
use std::collections::HashMap;

/// Class numbers that the objects of these tests have.
const CLASSES: u32 = 16;

/// The shape of an object of slots.
fn slots(size: usize) -> Shape {
    Shape::new(ObjectFormat::Slots, size).expect("small")
}

/// A generator that gives the same numbers each time (xorshift, Marsaglia 2003).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }
}

/// An object as it should be, whatever the memory does to it.
#[derive(Clone)]
enum Model {
    Slots(u32, Vec<Value>),
    Bytes(u32, Vec<u8>),
}

/// A value of the model: a number, or the object of that number.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Value {
    Int(i32),
    Object(usize),
}

/// A memory, a model of what is in it, and the roots that tie them together.
struct Bench {
    heap: Heap,
    /// Words of the nursery in use.
    used: usize,
    model: Vec<Model>,
    /// Where each object of the model is; nothing once it is known to be unreachable.
    places: Vec<Option<Word>>,
    /// Numbers of the objects that are roots.
    roots: Vec<usize>,
    numbers: Numbers,
}

impl Bench {
    fn new(seed: u64) -> Bench {
        let mut heap = Heap::new(1 << 30);
        heap.set_poison(true);
        Bench {
            heap,
            used: 0,
            model: Vec::new(),
            places: Vec::new(),
            roots: Vec::new(),
            numbers: Numbers(seed),
        }
    }

    /// A new object of random kind that refers to random others.
    fn make(&mut self) {
        let class = self.numbers.below(CLASSES as usize) as u32;
        let size = match self.numbers.below(60) {
            0 => 200 + self.numbers.below(600),
            1..20 => 0,
            _ => self.numbers.below(12),
        };
        let is_bytes = self.numbers.below(4) == 0;
        let format = if is_bytes {
            ObjectFormat::Bytes
        } else {
            ObjectFormat::Slots
        };
        let old = self.numbers.below(10) == 0;
        let place = self.allocate(class, format, size, old);
        let model = if is_bytes {
            let contents: Vec<u8> = (0..size).map(|_| self.numbers.below(256) as u8).collect();
            // SAFETY: a byte object of that size was just made.
            unsafe { object::bytes_mut(place) }.copy_from_slice(&contents);
            Model::Bytes(class, contents)
        } else {
            for i in 0..size {
                // SAFETY: an object of that many slots was just made.
                unsafe { object::init_slot(place, i, Word::int(0)) };
            }
            Model::Slots(class, vec![Value::Int(0); size])
        };
        self.model.push(model);
        self.places.push(Some(place));
        let new = self.model.len() - 1;
        for i in 0..if is_bytes { 0 } else { size } {
            let value = self.any_value();
            self.store(new, i, value);
        }
        if self.numbers.below(20) == 0 {
            self.roots.push(new);
        }
    }

    fn allocate(&mut self, class: u32, format: ObjectFormat, size: usize, old: bool) -> Word {
        let shape = Shape::new(format, size).expect("small");
        let words = shape.words();
        assert!(words < LARGE_WORDS);
        let (start, end) = self.heap.nursery_bounds();
        let p = start.wrapping_add(self.used);
        if old || (end as usize - p as usize) / 8 < words {
            return self.heap.allocate_old(class, shape);
        }
        self.used += words;
        // SAFETY: the nursery has the room.
        unsafe {
            *p = shape.header(class, NO_BARRIER);
            std::ptr::write_bytes(p.add(1), 0, words - 1);
        }
        Word(p as u64)
    }

    /// A number, or an object that is still there.
    fn any_value(&mut self) -> Value {
        let n = self.numbers.below(self.model.len());
        if self.numbers.below(3) == 0 || self.places[n].is_none() {
            Value::Int(self.numbers.below(1 << 31) as i32 - (1 << 30))
        } else {
            Value::Object(n)
        }
    }

    /// Stores into model and memory, with the barrier that the machine has.
    fn store(&mut self, at: usize, slot: usize, value: Value) {
        let Some(place) = self.places[at] else { return };
        let word = match value {
            Value::Int(n) => Word::int(n),
            Value::Object(n) => match self.places[n] {
                Some(w) => w,
                None => return,
            },
        };
        if let Model::Slots(_, slots) = &mut self.model[at] {
            slots[slot] = value;
        }
        // SAFETY: the object has that slot; barrier as in `Vm::store_slot`.
        unsafe {
            object::init_slot(place, slot, word);
            if object::meta(place) & NO_BARRIER == 0 {
                object::set_flags(place, NO_BARRIER, 0);
                self.heap.remember(place);
            }
        }
    }

    /// Changes some objects that are there, and some roots.
    fn change(&mut self) {
        for _ in 0..self.model.len() / 4 {
            let at = self.numbers.below(self.model.len());
            let size = match &self.model[at] {
                Model::Slots(_, slots) => slots.len(),
                Model::Bytes(..) => 0,
            };
            if size > 0 {
                let slot = self.numbers.below(size);
                let value = self.any_value();
                self.store(at, slot, value);
            }
        }
        for _ in 0..self.roots.len() / 3 {
            let n = self.numbers.below(self.roots.len());
            self.roots.swap_remove(n);
        }
    }

    /// Collects, perhaps with one object growing on the way, and compares.
    fn collect(&mut self, extent: Extent, grow: bool) {
        let growing = (grow && extent == Extent::Full)
            .then(|| self.roots.first().copied())
            .flatten()
            .filter(|&n| matches!(self.model[n], Model::Slots(..)));
        let before = verify::mark(&self.heap);
        let mut collector = Collector::start(&mut self.heap, extent, self.used);
        if let (Some(n), Some(place)) = (growing, growing.and_then(|n| self.places[n])) {
            // SAFETY: a live object.
            let size = unsafe { object::size(place) };
            collector.grow(place, Word::int(4711), slots(size + 1));
            if let Model::Slots(_, slots) = &mut self.model[n] {
                slots.push(Value::Int(4711));
            }
        }
        let mut words: Vec<Word> = self.roots.iter().filter_map(|&n| self.places[n]).collect();
        for w in &mut words {
            collector.forward(w);
        }
        collector.trace();
        for place in &mut self.places {
            *place = place.and_then(|w| collector.survivor(w));
        }
        collector.finish();
        self.used = 0;
        self.compare(&words);
        if extent == Extent::Minor {
            verify::check_since(&self.heap, before, CLASSES).expect("sound newcomers");
        } else {
            verify::check_old_space(&self.heap, CLASSES).expect("a sound old space");
            self.forget_the_unreachable();
        }
    }

    /// What the roots reach must be what the model says, each object in one place only.
    fn compare(&self, words: &[Word]) {
        let mut seen: HashMap<usize, Word> = HashMap::new();
        let mut open: Vec<(usize, Word)> = self
            .roots
            .iter()
            .copied()
            .zip(words.iter().copied())
            .collect();
        while let Some((n, w)) = open.pop() {
            if let Some(&known) = seen.get(&n) {
                assert_eq!(known.0, w.0, "object {n} is in two places");
                continue;
            }
            seen.insert(n, w);
            assert!(!self.heap.is_young(w), "object {n} was left in the nursery");
            // SAFETY: `w` is reachable, so it is an object.
            unsafe {
                match &self.model[n] {
                    Model::Bytes(class, contents) => {
                        assert_eq!(object::class_number(w), *class);
                        assert_eq!(object::bytes(w), contents);
                    }
                    Model::Slots(class, slots) => {
                        assert_eq!(object::class_number(w), *class);
                        assert_eq!(object::size(w), slots.len());
                        for (i, value) in slots.iter().enumerate() {
                            let s = object::slot(w, i);
                            match value {
                                Value::Int(k) => assert_eq!(s.to_int(), Some(*k)),
                                Value::Object(k) => open.push((*k, s)),
                            }
                        }
                    }
                }
            }
        }
        let places: std::collections::HashSet<u64> = seen.values().map(|w| w.0).collect();
        assert_eq!(places.len(), seen.len(), "two objects in one place");
    }

    /// After a full collection nothing may be left of what no root reaches.
    fn forget_the_unreachable(&mut self) {
        let alive: usize = (0..self.model.len())
            .filter(|&n| self.places[n].is_some())
            .map(|n| match &self.model[n] {
                Model::Slots(_, s) => slots(s.len()).words(),
                Model::Bytes(_, b) => {
                    let shape = Shape::new(ObjectFormat::Bytes, b.len());
                    shape.expect("small").words()
                }
            })
            .sum();
        assert_eq!(self.heap.old_bytes(), alive * 8);
    }
}

/// Many rounds of making, changing and collecting.
fn run(seed: u64, rounds: usize, full_every: usize, grow: bool) {
    let mut bench = Bench::new(seed);
    for round in 0..rounds {
        for _ in 0..150 {
            bench.make();
        }
        bench.change();
        let extent = match round % full_every {
            0 => Extent::Full,
            _ => Extent::Minor,
        };
        bench.collect(extent, grow);
    }
}

#[test]
fn random_graphs_survive_minor_collections() {
    for seed in 1..20 {
        run(seed * 7919, 30, 31, false);
    }
}

#[test]
fn random_graphs_survive_full_collections() {
    for seed in 1..20 {
        run(seed * 104_729, 20, 1, false);
    }
}

#[test]
fn random_graphs_survive_a_mixture() {
    for seed in 1..20 {
        run(seed * 15_485_863, 40, 5, false);
    }
}

#[test]
fn objects_grow_where_they_are() {
    for seed in 1..20 {
        run(seed * 32_452_843, 30, 3, true);
    }
}

#[test]
fn checks_find_what_is_wrong() {
    let damages: [fn(Word); 4] = [
        // A stale reference, one into the middle of nowhere, a header that is none, a class
        // that does not exist.
        |w| unsafe_store(w, 1, super::POISON),
        |w| unsafe_store(w, 1, 0x10),
        |w| unsafe_store(w, 0, 0x1000),
        |w| unsafe_store(w, 0, slots(3).header(CLASSES, 0)),
    ];
    for damage in damages {
        let mut heap = Heap::new(1 << 30);
        let before = verify::mark(&heap);
        let w = heap.allocate_old(1, slots(3));
        for i in 0..3 {
            // SAFETY: an object of three slots; everything is old.
            unsafe { object::init_slot(w, i, Word::int(i as i32)) };
        }
        verify::check_since(&heap, before, CLASSES).expect("sound so far");
        verify::check_old_space(&heap, CLASSES).expect("sound so far");
        damage(w);
        assert!(verify::check_since(&heap, before, CLASSES).is_err());
        assert!(verify::check_old_space(&heap, CLASSES).is_err());
    }
}

/// Writes a word of an object's memory: 0 is its header.
fn unsafe_store(object: Word, at: usize, word: u64) {
    // SAFETY: the object has three slots, and `at` is below.
    unsafe { *(object.0 as *mut u64).add(at) = word };
}

#[test]
fn a_long_chain_needs_no_native_stack() {
    let mut heap = Heap::new(1 << 30);
    let mut last = Word::int(0);
    for _ in 0..1_000_000 {
        let link = heap.allocate_old(1, slots(1));
        // SAFETY: an object of one slot; everything is old.
        unsafe { object::init_slot(link, 0, last) };
        last = link;
    }
    let mut collector = Collector::start(&mut heap, Extent::Full, 0);
    collector.forward(&mut last);
    collector.trace();
    collector.finish();
    assert_eq!(heap.old_bytes(), 16_000_000);
    let mut length = 0;
    while last.to_int().is_none() {
        // SAFETY: a link of the chain.
        last = unsafe { object::slot(last, 0) };
        length += 1;
    }
    assert_eq!(length, 1_000_000);
}
