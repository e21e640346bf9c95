//! Allocation and collection as the machine does them: with its roots.
//!
//! The discipline: everything alive is in a word of the machine stack below the `top`
//! that is passed in, or in a root of the machine. Whoever holds other words across an
//! allocation puts them on the stack first.

use crate::code::Fp;
use crate::memory::LARGE_WORDS;
use crate::memory::collector::{Collector, Extent};
use crate::object::{self, NO_BARRIER, ObjectFormat, Shape};
use crate::observe::Event;
use crate::value::Word;
use crate::vm::{SMALL_INT, Vm};

/// Why an object could not be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AllocationError {
    /// The heap limit is reached.
    OutOfMemory,
    /// More elements than an object can have.
    TooLarge,
}

impl std::fmt::Display for AllocationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            AllocationError::OutOfMemory => "memory exhausted",
            AllocationError::TooLarge => "an object cannot have that many elements",
        })
    }
}

/// What a full collection does on the way, besides moving objects.
enum Change {
    Nothing,
    /// An object gets a slot more, with this value.
    Grow(Word, Word, Shape),
    /// Objects take each other's places.
    Exchange(Vec<(Word, Word)>),
}

impl Vm {
    /// Room of `words` in the nursery, if there is.
    #[inline(always)]
    fn bump(&mut self, words: usize) -> Option<*mut u64> {
        let p = self.alloc;
        if !self.has_room(words) {
            return None;
        }
        // SAFETY: stays within the nursery.
        self.alloc = unsafe { p.add(words) };
        Some(p)
    }

    /// An object of slots in the nursery, of which the caller knows that there is room
    /// (a safepoint has just made sure of it). Slots are not initialised.
    ///
    /// # Safety
    /// A preceding check ([`Vm::has_room`]) covers it; the caller writes every slot.
    #[inline(always)]
    pub(crate) unsafe fn bump_slots(&mut self, class: u32, size: usize) -> Word {
        // SAFETY: the caller's.
        unsafe { self.bump_shape(class, Shape::in_nursery(ObjectFormat::Slots, size)) }
    }

    /// The same, for an object whose changes native code has to hear of.
    ///
    /// # Safety
    /// As for [`Vm::bump_slots`].
    #[inline(always)]
    pub(crate) unsafe fn bump_watched(&mut self, class: u32, size: usize) -> Word {
        // SAFETY: the caller's.
        unsafe {
            let shape = Shape::in_nursery(ObjectFormat::Slots, size);
            self.bump_flagged(class, shape, NO_BARRIER | object::WATCHED)
        }
    }

    /// An object in the nursery, its body not initialised.
    ///
    /// # Safety
    /// As for [`Vm::bump_slots`].
    #[inline(always)]
    unsafe fn bump_shape(&mut self, class: u32, shape: Shape) -> Word {
        // SAFETY: the caller's.
        unsafe { self.bump_flagged(class, shape, NO_BARRIER) }
    }

    /// # Safety
    /// As for [`Vm::bump_slots`].
    #[inline(always)]
    unsafe fn bump_flagged(&mut self, class: u32, shape: Shape, flags: u32) -> Word {
        debug_assert!(self.has_room(shape.words()), "a check for room is missing");
        debug_assert!(self.can_have_objects(class));
        let p = self.alloc;
        // SAFETY: the caller made sure of the room.
        unsafe {
            self.alloc = p.add(shape.words());
            *p = shape.header(class, flags);
        }
        Word(p as u64)
    }

    /// Is it the number of a class whose instances are objects? Those of SmallInt are tagged
    /// words, and all tiers rely on nothing else having that class.
    #[inline(always)]
    pub(crate) fn can_have_objects(&self, class: u32) -> bool {
        class != SMALL_INT && (class as usize) < self.class_objects.len()
    }

    /// An object of bytes in the nursery, all zero.
    ///
    /// # Safety
    /// As for [`Vm::bump_slots`].
    #[inline(always)]
    pub(crate) unsafe fn bump_bytes(&mut self, class: u32, size: usize) -> Word {
        let shape = Shape::in_nursery(ObjectFormat::Bytes, size);
        // SAFETY: the caller made sure of the room; the body follows the header.
        unsafe {
            let w = self.bump_shape(class, shape);
            std::ptr::write_bytes((w.0 as *mut u64).add(1), 0, shape.body_words());
            w
        }
    }

    /// Is there room for `words` words in the nursery?
    #[inline(always)]
    pub(crate) fn has_room(&self, words: usize) -> bool {
        debug_assert!(
            self.alloc <= self.alloc_end,
            "more was taken than there was"
        );
        // Without a difference, which would wrap if the nursery had overflowed.
        (self.alloc as usize).saturating_add(words * 8) <= self.alloc_end as usize
    }

    /// A Float, room for it (2 words) having been made sure of.
    ///
    /// # Safety
    /// As for [`Vm::bump_slots`].
    #[inline(always)]
    pub(crate) unsafe fn bump_float(&mut self, class: u32, value: f64) -> Word {
        // SAFETY: the caller made sure of the room.
        unsafe {
            let w = self.bump_shape(class, Shape::FLOAT);
            object::set_raw_word(w, 0, Word(value.to_bits()));
            w
        }
    }

    /// A new object; slots hold nil, bytes and raw words are zero. May collect: the
    /// roots are the machine's and the stack below `top`.
    ///
    /// # Errors
    /// The heap limit, or the largest size of an object, would be exceeded.
    pub(crate) fn allocate(
        &mut self,
        top: Fp,
        class: u32,
        format: ObjectFormat,
        size: usize,
    ) -> Result<Word, AllocationError> {
        let shape = Shape::new(format, size).ok_or(AllocationError::TooLarge)?;
        debug_assert!(self.can_have_objects(class));
        let words = shape.words();
        let p = if words > LARGE_WORDS {
            if self.heap.would_exceed(words) || self.heap.full_due(words) {
                self.collect(top, Extent::Full);
            }
            if self.heap.would_exceed(words) {
                return Err(AllocationError::OutOfMemory);
            }
            self.heap.allocate_old(class, shape).0 as *mut u64
        } else {
            self.make_room(top, words);
            if self.out_of_memory && words > 64 {
                return Err(AllocationError::OutOfMemory);
            }
            let Some(p) = self.bump(words) else {
                return Err(AllocationError::OutOfMemory);
            };
            // SAFETY: `bump` gave the room.
            unsafe {
                *p = shape.header(class, NO_BARRIER);
                std::ptr::write_bytes(p.add(1), 0, words - 1);
            }
            p
        };
        if format == ObjectFormat::Slots {
            // SAFETY: the object has `size` slots.
            unsafe { std::slice::from_raw_parts_mut(p.add(1), size) }.fill(self.nil.0);
        }
        Ok(Word(p as u64))
    }

    /// Makes sure that the nursery has room for `words` words (at most an eighth of it).
    pub(crate) fn make_room(&mut self, top: Fp, words: usize) {
        if !self.has_room(words) {
            self.collect_as_due(top);
        }
    }

    /// A new byte object with these bytes.
    ///
    /// # Errors
    /// See [`Vm::allocate`].
    pub(crate) fn new_bytes(
        &mut self,
        top: Fp,
        class: u32,
        contents: &[u8],
    ) -> Result<Word, AllocationError> {
        let w = self.allocate(top, class, ObjectFormat::Bytes, contents.len())?;
        // SAFETY: just made, with that length.
        unsafe { object::bytes_mut(w) }.copy_from_slice(contents);
        Ok(w)
    }

    /// A new Float.
    ///
    /// # Errors
    /// See [`Vm::allocate`].
    pub(crate) fn new_float(
        &mut self,
        top: Fp,
        class: u32,
        x: f64,
    ) -> Result<Word, AllocationError> {
        let w = self.allocate(top, class, ObjectFormat::Raw, Shape::FLOAT.size())?;
        // SAFETY: a raw object of one word.
        unsafe { object::set_raw_word(w, 0, Word(x.to_bits())) };
        Ok(w)
    }

    /// A new String.
    ///
    /// # Errors
    /// See [`Vm::allocate`].
    pub(crate) fn new_string(&mut self, top: Fp, text: &[u8]) -> Result<Word, AllocationError> {
        self.new_bytes(top, self.string_class, text)
    }

    /// An Array with the `size` words from `from` on (which are below `top`).
    ///
    /// # Errors
    /// See [`Vm::allocate`].
    ///
    /// # Safety
    /// The words are on the machine stack.
    pub(crate) unsafe fn new_array(
        &mut self,
        top: Fp,
        from: Fp,
        size: usize,
    ) -> Result<Word, AllocationError> {
        let w = self.allocate(top, crate::vm::ARRAY, ObjectFormat::Slots, size)?;
        for i in 0..size {
            // SAFETY: a large Array is old, its elements may be young: with barrier.
            unsafe { self.store_slot(w, i, *from.add(i)) };
        }
        Ok(w)
    }

    /// Stores into slot `index` with the write barrier. True if the object was a watched
    /// one: code that relies on what methods are must look again.
    ///
    /// # Safety
    /// `has_slot(w, index)`.
    #[inline(always)]
    pub(crate) unsafe fn store_slot(&mut self, w: Word, index: usize, value: Word) -> bool {
        // SAFETY: the caller's.
        unsafe {
            let flags = object::meta(w) & (NO_BARRIER | object::WATCHED);
            object::init_slot(w, index, value);
            flags != NO_BARRIER && self.store_slow(w)
        }
    }

    /// Before a store into an object whose flags are not just `NO_BARRIER`: remembers it.
    /// False if it is a watched one; it is then not to be stored into like that.
    #[cold]
    #[inline(never)]
    pub(crate) fn may_store(&mut self, w: Word) -> bool {
        // SAFETY: an object that is about to be stored into.
        unsafe {
            let flags = object::meta(w);
            if flags & object::WATCHED != 0 {
                return false;
            }
            if flags & NO_BARRIER == 0 {
                object::set_flags(w, NO_BARRIER, 0);
                self.heap.remember(w);
            }
            true
        }
    }

    /// The barrier's rare part: an old object not yet remembered, or a watched one.
    #[cold]
    #[inline(never)]
    fn store_slow(&mut self, w: Word) -> bool {
        // SAFETY: `w` is the object just stored into.
        unsafe {
            let flags = object::meta(w);
            if flags & NO_BARRIER == 0 {
                object::set_flags(w, NO_BARRIER, 0);
                self.heap.remember(w);
            }
            let watched = flags & object::WATCHED != 0;
            if watched {
                self.watched_changed(w);
            }
            watched
        }
    }

    /// Words allocated since the machine started, but for objects too large for the nursery.
    pub fn words_allocated(&mut self) -> u64 {
        self.heap.statistics.nursery_words + self.nursery_used() as u64
    }

    /// A collection of the extent that is due.
    pub(crate) fn collect_as_due(&mut self, top: Fp) {
        let young = self.nursery_used();
        self.collect(top, Extent::Minor);
        if self.heap.full_due(young / 8) {
            self.collect(top, Extent::Full);
            if self.heap.over_limit() {
                self.out_of_memory = true;
                self.request_pause();
            }
        }
    }

    /// Collects. Live words are the machine's roots and the stack below `top`.
    pub(crate) fn collect(&mut self, top: Fp, extent: Extent) {
        self.collect_with(top, extent, &Change::Nothing);
    }

    /// Collects everything; the object at `*grown` gets one more slot on the way, with the
    /// value at `*value` (see [`Collector::grow`]).
    ///
    /// # Errors
    /// It has as many slots as an object can have.
    ///
    /// # Safety
    /// Both are on the stack below `top`; the first is an object of slots.
    pub(crate) unsafe fn collect_growing(
        &mut self,
        top: Fp,
        grown: Fp,
        value: Fp,
    ) -> Result<(), AllocationError> {
        // The young are promoted first, so that only the old space is concerned.
        self.collect(top, Extent::Minor);
        // SAFETY: the caller's.
        let (object, value) = unsafe { (*grown, *value) };
        // SAFETY: an object.
        let size = unsafe { object::size(object) };
        let shape = Shape::new(ObjectFormat::Slots, size + 1).ok_or(AllocationError::TooLarge)?;
        self.collect_with(top, Extent::Full, &Change::Grow(object, value, shape));
        Ok(())
    }

    /// Collects everything; the objects at these places of the stack are exchanged on the way, each
    /// pair (see [`Collector::exchange`]).
    ///
    /// # Safety
    /// The two Arrays at `one` and `other`, on the stack below `top`, have the same number of elements,
    /// which are objects, none of them twice.
    pub(crate) unsafe fn collect_exchanging(&mut self, top: Fp, one: Fp, other: Fp) {
        // As above.
        self.collect(top, Extent::Minor);
        let mut pairs = Vec::new();
        // SAFETY: the caller's.
        unsafe {
            for i in 0..object::size(*one) {
                pairs.push((object::slot(*one, i), object::slot(*other, i)));
            }
        }
        self.collect_with(top, Extent::Full, &Change::Exchange(pairs));
    }

    fn collect_with(&mut self, top: Fp, extent: Extent, change: &Change) {
        self.collecting = true;
        let started = self.watch();
        let used = self.nursery_used();
        let full = extent == Extent::Full;
        #[cfg(debug_assertions)]
        let before = crate::memory::verify::mark(&self.heap);
        let depth = (top as usize - self.stack.as_ptr() as usize) / 8;
        #[cfg(debug_assertions)]
        self.verify_stack(&self.stack[..depth], used);
        let mut c = Collector::start(&mut self.heap, extent, used);
        match change {
            Change::Nothing => {}
            Change::Grow(object, value, shape) => c.grow(*object, *value, *shape),
            Change::Exchange(pairs) => pairs.iter().for_each(|(a, b)| c.exchange(*a, *b)),
        }
        for w in &mut self.stack[..depth] {
            c.forward(w);
        }
        let s = &mut self.specials;
        let singles = [
            &mut self.nil,
            &mut self.true_,
            &mut self.false_,
            &mut s.array,
            &mut s.block,
            &mut s.context,
            &mut s.small_int,
            &mut s.empty_array,
        ];
        // What the last collection left in the large tables is old.
        let tables_may_be_young = full || self.tables_grew;
        for w in singles.into_iter().chain(&mut self.extra_roots) {
            c.forward(w);
        }
        if tables_may_be_young {
            let tables = [&mut self.literal_table, &mut self.class_objects];
            for w in tables.into_iter().flatten() {
                c.forward(w);
            }
        } else {
            debug_assert!(
                !(self.literal_table.iter().chain(&self.class_objects)).any(|w| c.would_move(*w))
            );
        }
        self.scheduler.each_root(full, &mut |w| c.forward(w));
        self.hosts.each_root(full, &mut |w| c.forward(w));
        self.keeper.each_root(&mut |w| c.forward(w));
        // Methods that a build translated stay; others live while something refers to
        // them.
        if tables_may_be_young {
            for m in self.methods.iter_mut() {
                if !full || m.native.is_some() {
                    c.forward(&mut m.object);
                    c.forward(&mut m.literals);
                }
            }
        } else {
            let mut words = self.methods.iter().flat_map(|m| [m.object, m.literals]);
            debug_assert!(!words.any(|w| c.would_move(w)));
        }
        c.trace();
        let mut dead = Vec::new();
        if full {
            // What a living method refers to may be another method: until nothing changes.
            let mut open: Vec<u32> = (0..self.methods.len() as u32).collect();
            open.retain(|&n| {
                let m = &self.methods[n as usize];
                m.native.is_none() && m.object != Word::ZERO
            });
            loop {
                let before = open.len();
                open.retain(|&n| {
                    let m = &mut self.methods[n as usize];
                    match c.survivor(m.object) {
                        Some(w) => {
                            m.object = w;
                            c.forward(&mut m.literals);
                            false
                        }
                        None => true,
                    }
                });
                c.trace();
                if open.len() == before {
                    break;
                }
            }
            dead = open;
        }
        self.identities.follow(full, &|w| c.survivor(w));
        c.finish();
        (self.alloc, self.alloc_end) = self.heap.nursery_bounds();
        self.after_collection(full, &dead);
        self.collecting = false;
        if let Some(started) = started {
            self.tell(|vm| Event::Collection {
                full,
                time: started.elapsed(),
                old_bytes: vm.heap.old_bytes(),
            });
        }
        #[cfg(debug_assertions)]
        self.verify_memory(full, before);
    }

    /// In debug builds, after each collection: what it has moved must be sound; after a full
    /// one, and after some in stress mode, everything must.
    #[cfg(debug_assertions)]
    fn verify_memory(&self, full: bool, before: crate::memory::verify::Mark) {
        use crate::memory::verify::{check_old_space, check_since};
        let classes = self.class_objects.len() as u32;
        let stress = self.options.gc_stress > 0;
        let everything = match stress {
            true => self.heap.statistics.minor.is_multiple_of(16),
            false => full,
        };
        let checked = match everything {
            true => check_old_space(&self.heap, classes),
            false if full => Ok(()),
            false => check_since(&self.heap, before, classes),
        };
        if let Err(problem) = checked {
            panic!("object memory is damaged: {problem}");
        }
    }

    /// In debug builds, before each collection: every word of every frame must be one.
    #[cfg(debug_assertions)]
    fn verify_stack(&self, words: &[Word], nursery_used: usize) {
        let classes = self.class_objects.len() as u32;
        let checked = crate::memory::verify::check_words(&self.heap, nursery_used, words, classes);
        if let Err(problem) = checked {
            panic!("a frame is damaged: {problem}");
        }
    }

    /// Brings the tables that are keyed by address up to date.
    fn after_collection(&mut self, full: bool, dead: &[u32]) {
        self.class_cache = [(0, 0); 64];
        self.block_cache.clear();
        self.closure_cache.clear();
        self.class_table = self.class_objects.as_ptr();
        self.literals = self.literal_table.as_ptr();
        for &n in dead {
            // Neither may be shown to a later collection: they are where nothing is any more.
            let m = &mut self.methods[n as usize];
            (m.object, m.literals) = (Word::ZERO, Word::ZERO);
            self.free_methods.push(n);
        }
        if !dead.is_empty() {
            self.sweep_variants();
            self.forget_lookups();
        }
        // After a minor collection only what was added since the last one has moved.
        if full || std::mem::take(&mut self.tables_grew) {
            self.class_numbers.clear();
            for (n, w) in self.class_objects.iter().enumerate() {
                // nil stands for a class that native code knows but the image has not.
                if *w != self.nil {
                    self.class_numbers.insert(w.0, n as u32);
                }
            }
            self.method_numbers.clear();
            for (n, m) in self.methods.iter().enumerate() {
                if m.object != Word::ZERO && !m.superseded && !m.is_variant {
                    self.method_numbers.insert(m.object.0, n as u32);
                }
            }
        }
        if full {
            self.sweep_hosts();
        }
        if self.out_of_memory && !self.heap.over_limit() {
            self.out_of_memory = false;
        }
    }
}
