//! Objects that take each other's places (`become:`), and all instances of a class: what it takes to
//! change a class that has instances.
//!
//! The copying collector moves everything anyway, so an exchange is a full collection that begins by
//! leaving crossed forwarding addresses. What the machine itself relies on cannot be exchanged. Code
//! that runs reads the variables of its receiver without a look, so an object keeps as many slots as
//! the methods that are running with it know of.

use crate::blocks::records;
use crate::code::Fp;
use crate::frame::Record;
use crate::memory::collector::Extent;
use crate::object::{self, ObjectFormat, Shape, WATCHED};
use crate::scheduler::State;
use crate::value::Word;
use crate::vm::{ARRAY, BLOCK, CONTEXT, Vm};
use smallworld_abi::layout::{class_slot, method_slot};
use std::collections::{HashMap, HashSet};

impl Vm {
    /// Exchanges the elements of the Array at `fp` with those of the Array behind it. The Arrays, too,
    /// refer to the others afterwards. If `strict`, no method may run with one of them, whatever it becomes.
    ///
    /// # Errors
    /// Says which of them cannot be exchanged, and why.
    pub(crate) fn exchange(&mut self, top: Fp, fp: Fp, strict: bool) -> Result<(), String> {
        let second = fp.wrapping_add(1);
        // SAFETY: the primitive has two arguments, which are on the stack.
        let (ones, others) = unsafe { (*fp, *second) };
        let pairs = self.pairs(ones, others)?;
        // Which objects change their shapes, and how many slots whoever refers to them finds then.
        let mut changing = HashMap::new();
        for &(a, b) in &pairs {
            // SAFETY: both are objects.
            let (shape_a, shape_b) = unsafe { (shape(a), shape(b)) };
            if strict || self.class_of(a) != self.class_of(b) || shape_b.0 != shape_a.0 {
                changing.insert(a.0, slots_left(shape_b, strict));
                changing.insert(b.0, slots_left(shape_a, strict));
            } else if shape_a.1 != shape_b.1 {
                if self.class_of(a) == ARRAY && !self.has_closures() {
                    // It may have the temporaries of a method.
                    return Err("Arrays of different sizes cannot become each other".into());
                }
                let larger = if shape_a.1 > shape_b.1 { a } else { b };
                changing.insert(larger.0, shape_a.1.min(shape_b.1));
            }
        }
        if !changing.is_empty()
            && let Some(w) = self.receiver_in(fp, &changing)
        {
            let class = self.class_name_of(w);
            return Err(format!(
                "an instance of {class} cannot become something else while a method runs with it"
            ));
        }
        // SAFETY: the pairs have been looked at.
        unsafe { self.collect_exchanging(top, fp, second) };
        if !changing.is_empty() {
            // Specialised code knows classes and sizes of values; it ends at its next continuation.
            self.forget_lookups();
        }
        Ok(())
    }

    /// What is to be exchanged with what.
    fn pairs(&self, ones: Word, others: Word) -> Result<Vec<(Word, Word)>, String> {
        if self.class_of(ones) != ARRAY || self.class_of(others) != ARRAY {
            return Err("two Arrays are needed".into());
        }
        let methods: HashSet<u64> = self.methods.iter().map(|m| m.object.0).collect();
        let mut pairs = Vec::new();
        let mut seen = HashSet::new();
        while let Some(a) = self.slot_of(ones, pairs.len()) {
            let b = self
                .slot_of(others, pairs.len())
                .ok_or("the Arrays are not of the same size")?;
            for w in [a, b] {
                self.is_exchangeable(w, &methods)?;
                if w == ones || w == others || !seen.insert(w.0) {
                    return Err("an object is there twice".into());
                }
            }
            pairs.push((a, b));
        }
        match self.slot_of(others, pairs.len()) {
            Some(_) => Err("the Arrays are not of the same size".into()),
            None => Ok(pairs),
        }
    }

    fn is_exchangeable(&self, w: Word, methods: &HashSet<u64>) -> Result<(), String> {
        let cannot = |what: &str| Err(format!("{what} cannot become something else"));
        if w.is_int() {
            return cannot("a SmallInt");
        }
        if w == self.nil || w == self.true_ || w == self.false_ {
            return cannot("nil, true and false");
        }
        if self.class_numbers.contains_key(&w.0) {
            return cannot("a class");
        }
        let class = self.class_of(w);
        if class == BLOCK || class == CONTEXT {
            return cannot("a block or a Context");
        }
        // SAFETY: an object.
        let watched = unsafe { object::meta(w) } & WATCHED != 0;
        if watched || w == self.specials.empty_array || methods.contains(&w.0) {
            return cannot("what is part of a method or a class");
        }
        Ok(())
    }

    /// Something of these that a method runs with which knows of more slots than will be left: of this
    /// process, whose last record ends at `fp`, or of another, which may also be about to begin one.
    fn receiver_in(&self, fp: Fp, of: &HashMap<u64, usize>) -> Option<Word> {
        let running = |fp: Fp| {
            // SAFETY: `fp` ends a complete record.
            let mut all = unsafe { records(fp) }.filter(|r| r.is_activation());
            all.find_map(|r| {
                let receiver = self.record_receiver(&r);
                let left = *of.get(&receiver.0)?;
                (self.slots_known(&r) > left).then_some(receiver)
            })
        };
        if let Some(w) = running(fp) {
            return Some(w);
        }
        let active = self.scheduler.active;
        for (&id, process) in &self.scheduler.processes {
            if id == active || matches!(process.state, State::Ended(_)) {
                continue;
            }
            let pending = &process.stack[process.fp..process.fp + process.arity];
            if let Some(w) = pending.iter().find(|w| of.contains_key(&w.0)) {
                return Some(*w);
            }
            let fp = process.stack.as_ptr().wrapping_add(process.fp).cast_mut();
            if let Some(w) = running(fp) {
                return Some(w);
            }
        }
        None
    }

    /// How many slots of its receiver the method of an activation knows of: what instances of its class
    /// have.
    fn slots_known(&self, r: &Record) -> usize {
        let class = self.slot_of(self.record_method(r), method_slot::CLASS);
        let size = class.and_then(|class| self.slot_of(class, class_slot::SIZE));
        size.and_then(Word::to_int)
            .map_or(usize::MAX, |n| n.max(0) as usize)
    }

    /// All instances of a class that something leads to, in an Array.
    ///
    /// # Errors
    /// Memory is exhausted; they are SmallInts.
    pub(crate) fn instances_of(&mut self, top: Fp, class: u32) -> Result<Word, String> {
        self.collect(top, Extent::Full);
        let found: Vec<Word> = self
            .heap
            .old_objects()
            .filter(|(_, header)| (header >> 32) as u32 == class)
            .map(|(w, _)| w)
            .collect();
        let shape = Shape::new(ObjectFormat::Slots, found.len());
        let shape = shape.filter(|shape| !self.heap.would_exceed(shape.words()));
        let shape = shape.ok_or("memory is exhausted")?;
        // Nothing is collected before it is filled.
        let array = self.heap.allocate_old(ARRAY, shape);
        for (i, &w) in found.iter().enumerate() {
            // SAFETY: a new object of as many slots; everything is old.
            unsafe { object::init_slot(array, i, w) };
        }
        Ok(array)
    }
}

/// How many slots there are after an exchange that whoever runs may rely on.
fn slots_left(new: (ObjectFormat, usize), strict: bool) -> usize {
    match new {
        (ObjectFormat::Slots, size) if !strict => size,
        _ => 0,
    }
}

/// Format and size of an object.
///
/// # Safety
/// It is one.
unsafe fn shape(w: Word) -> (ObjectFormat, usize) {
    // SAFETY: the caller's.
    unsafe { (object::format(w), object::size(w)) }
}
