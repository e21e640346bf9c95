//! The method tables: every Method object the machine has met, decoded once.
//!
//! A [`Method`] here is the machine's view of a Method object of the image: its
//! bytecodes, checked; its native code, if the build translated it; its send sites.
//! Everything it was made from is marked [`WATCHED`], so that a change by any route
//! (an assignment, primitives 5, 22, 31, 32) comes to `Vm::watched_changed`, which
//! makes the machine forget what it had concluded.

mod units;
mod verified;

use crate::code::Code;
use crate::interpreter::Insn;
use crate::object::{self, WATCHED};
use crate::value::Word;
use crate::vm::Vm;
use smallworld_abi::layout::limits::{MAX_DEPTH, MOST_IN_A_BYTE};
use smallworld_abi::layout::{class_slot, method_slot};
use smallworld_abi::primitive::Mark;
use smallworld_image::{
    Shape, block_name, closure_literals, decode, methods_inside, selector_arity,
};
use std::collections::HashMap;
pub(crate) use verified::Findings;

/// No method: the entry of a send that is not understood.
pub const NO_METHOD: u32 = u32::MAX;

/// Selectors, numbered by their bytes.
#[derive(Default)]
pub struct Selectors {
    numbers: HashMap<Box<[u8]>, u32>,
    names: Vec<Box<[u8]>>,
}

impl Selectors {
    /// The number of a selector.
    pub fn intern(&mut self, name: &[u8]) -> u32 {
        if let Some(&n) = self.numbers.get(name) {
            return n;
        }
        let n = self.names.len() as u32;
        self.names.push(name.into());
        self.numbers.insert(name.into(), n);
        n
    }

    /// The bytes of a selector.
    pub fn name(&self, number: u32) -> &[u8] {
        &self.names[number as usize]
    }

    /// All selectors, in the order in which they were met.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.names.iter().map(|n| &**n)
    }
}

/// A block inside a method, by the offset of the instruction that pushes it.
#[derive(Clone, Copy, Debug)]
pub struct BlockShape {
    /// Offset of the push.
    pub push_at: u32,
    /// Offset of its code.
    pub start: u32,
    /// Offset one past its code.
    pub end: u32,
    /// Its code contains a return from the method (`^`).
    pub returns: bool,
    /// A block directly inside it contains one.
    pub inner_returns: bool,
}

/// The machine's view of a Method object.
pub struct Method {
    /// The Method object.
    pub object: Word,
    /// Its literals Array (or nil).
    pub literals: Word,
    /// Number of its selector.
    pub selector: u32,
    /// Arguments, receiver included: as many as its selector looks like, but for a view of
    /// it for other calls ([`Vm::method_for`]).
    pub arity: usize,
    /// Is it such a view? Then the Method object has a number besides.
    pub is_variant: bool,
    /// Temporaries.
    pub temporaries: usize,
    /// Temporaries that the interpreter keeps in the frame: all, if there are no blocks.
    pub inline: usize,
    /// Deepest operand stack.
    pub depth: usize,
    /// Where a call enters it.
    pub code: Code,
    /// Its number among the native methods, if it was bound to one.
    pub native: Option<u32>,
    /// The Method object has changed since; a later entry describes what it is now.
    /// Activations that were under way go on with this one.
    pub superseded: bool,
    /// The bytecodes.
    pub bytes: Box<[u8]>,
    /// Operand stack depth before the instruction at each offset.
    pub depth_at: Box<[Option<u16>]>,
    /// Its blocks.
    pub blocks: Box<[BlockShape]>,
    /// One of its own blocks contains `^`.
    pub returns_from_blocks: bool,
    /// What it says of itself to whoever walks its activations.
    pub(crate) mark: Mark,
    /// The code as the interpreter runs it, by bytecode offset; empty until it first does.
    pub insns: Box<[Insn]>,
    /// Why it cannot run, if it cannot.
    pub problem: Option<String>,
    /// Calls the interpreter has entered it by.
    pub entries: u64,
}

impl Method {
    /// Does a call go to native code?
    #[inline(always)]
    pub fn runs_native(&self) -> bool {
        self.native.is_some() && !self.superseded
    }
}

/// The parts of a Method object, read from memory.
struct Parts {
    name: Vec<u8>,
    bytes: Vec<u8>,
    literals: Word,
    temporaries: usize,
}

impl Vm {
    fn method_parts(&self, object: Word) -> Result<Parts, String> {
        let part = |n| self.slot_of(object, n);
        let name = part(method_slot::NAME)
            .and_then(|w| self.bytes_of(w))
            .ok_or("its name is no string")?
            .to_vec();
        let bytes = part(method_slot::BYTECODES)
            .and_then(|w| self.bytes_of(w))
            .ok_or("its bytecodes are no byte array")?
            .to_vec();
        let literals = part(method_slot::LITERALS).ok_or("it has no literals slot")?;
        // SAFETY: a value of the program that is no SmallInt.
        let slots = |w| unsafe { object::format(w) } == object::ObjectFormat::Slots;
        if literals != self.nil && (literals.is_int() || !slots(literals)) {
            return Err("its literals are no array".into());
        }
        let temporaries = part(method_slot::TEMPORARY_SIZE)
            .and_then(Word::to_int)
            .filter(|&n| usize::try_from(n).is_ok_and(|n| n <= MOST_IN_A_BYTE))
            .ok_or("its number of temporaries is no small integer")?;
        Ok(Parts {
            name,
            bytes,
            literals,
            temporaries: temporaries as usize,
        })
    }

    /// Reads and checks a Method object. What cannot run still gets an entry, which
    /// says why when it is called.
    fn decode_method(&mut self, object: Word) -> Method {
        let mut method = Method {
            object,
            literals: self.nil,
            selector: 0,
            arity: 1,
            is_variant: false,
            temporaries: 0,
            inline: 0,
            depth: 0,
            code: crate::interpreter::entry_of_arity(1),
            native: None,
            superseded: false,
            bytes: Box::default(),
            depth_at: Box::default(),
            blocks: Box::default(),
            returns_from_blocks: false,
            mark: Mark::None,
            insns: Box::default(),
            problem: None,
            entries: 0,
        };
        match self.method_parts(object) {
            Err(problem) => method.problem = Some(problem),
            Ok(parts) => {
                method.selector = self.selectors.intern(&parts.name);
                method.arity = selector_arity(&parts.name);
                method.temporaries = parts.temporaries;
                method.literals = parts.literals;
                let literal = |n| self.slot_of(parts.literals, n);
                // SAFETY: literals is nil or an object of slots, both objects.
                let count = unsafe { object::size(parts.literals) };
                let shape = Shape {
                    code: &parts.bytes,
                    arity: method.arity,
                    temporaries: parts.temporaries,
                    literals: count,
                    is_selector: &|n| literal(n).is_some_and(|w| self.bytes_of(w).is_some()),
                };
                match &*self.findings.of(&shape) {
                    Err(problem) => method.problem = Some(problem.clone()),
                    Ok(analysis) if analysis.max_depth as usize > MAX_DEPTH => {
                        method.problem = Some("it needs too deep an operand stack".into());
                    }
                    Ok(analysis) => {
                        if analysis.blocks.is_empty() {
                            method.inline = parts.temporaries;
                        }
                        // It is accepted, so there is a first instruction.
                        method.mark =
                            decode(&parts.bytes, 0).map_or(Mark::None, |i| Mark::of(i.op));
                        method.depth_at = analysis.depth.as_slice().into();
                        method.depth = analysis.max_depth as usize;
                        method.blocks = analysis
                            .blocks
                            .iter()
                            .enumerate()
                            .map(|(i, b)| BlockShape {
                                push_at: b.push_at as u32,
                                start: b.start as u32,
                                end: b.end as u32,
                                returns: b.has_block_return,
                                inner_returns: analysis
                                    .blocks
                                    .iter()
                                    .any(|c| c.parent == Some(i) && c.has_block_return),
                            })
                            .collect();
                        method.returns_from_blocks = analysis
                            .blocks
                            .iter()
                            .any(|b| b.parent.is_none() && b.has_block_return);
                    }
                }
                method.bytes = parts.bytes.into();
            }
        }
        method.code = crate::interpreter::entry_of_arity(method.arity);
        method
    }

    /// The number of a Method object; it is decoded when first met. Nothing for what
    /// cannot be a Method (no object of slots).
    pub(crate) fn method_number(&mut self, object: Word) -> Option<u32> {
        if let Some(&n) = self.method_numbers.get(&object.0) {
            return Some(n);
        }
        // SAFETY: a value of the program.
        if object.is_int() || unsafe { object::format(object) } != object::ObjectFormat::Slots {
            return None;
        }
        Some(self.enter_method_object(object))
    }

    /// Decodes a Method object into a new entry, which from now on is its number.
    fn enter_method_object(&mut self, object: Word) -> u32 {
        let method = self.decode_method(object);
        let number = self.add_method(method);
        self.method_numbers.insert(object.0, number);
        self.watch_method(object);
        number
    }

    fn add_method(&mut self, method: Method) -> u32 {
        self.tables_grew = true;
        match self.free_methods.pop() {
            Some(n) => {
                *self.methods[n as usize] = method;
                n
            }
            None => {
                self.methods.push(Box::new(method));
                self.methods.len() as u32 - 1
            }
        }
    }

    /// The view of a method for calls with `count` values, receiver included. A send passes
    /// what it has gathered, whatever the selector looks like; then more arguments than the
    /// method asks for are there for whoever looks, and fewer are an error when one is
    /// missed. Such a view is interpreted.
    #[inline(always)]
    pub(crate) fn method_for(&mut self, number: u32, count: usize) -> u32 {
        if self.methods[number as usize].arity == count {
            return number;
        }
        self.variant(number, count)
    }

    #[cold]
    #[inline(never)]
    fn variant(&mut self, number: u32, count: usize) -> u32 {
        let key = (number, count as u8);
        if let Some(&known) = self.variants.get(&key) {
            return known;
        }
        let mut method = self.decode_method(self.methods[number as usize].object);
        method.arity = count;
        method.is_variant = true;
        method.code = crate::interpreter::entry_of_arity(count);
        let variant = self.add_method(method);
        self.variants.insert(key, variant);
        variant
    }

    /// Forgets the views of methods that are no more, or have changed.
    pub(crate) fn sweep_variants(&mut self) {
        let methods = &self.methods;
        let lives = |n: u32| {
            let m = &methods[n as usize];
            m.object != Word::ZERO && !m.superseded
        };
        self.variants
            .retain(|&(number, _), &mut variant| lives(number) && lives(variant));
    }

    /// Marks everything a method's decoding relied on.
    fn watch_method(&mut self, object: Word) {
        // SAFETY: set on live objects only, each checked to be one.
        let watch = |w: Word| unsafe {
            if !w.is_int() {
                object::set_flags(w, WATCHED, 0);
            }
        };
        watch(object);
        if let Some(name) = self.slot_of(object, method_slot::NAME) {
            watch(name);
        }
        if let Some(code) = self.slot_of(object, method_slot::BYTECODES) {
            watch(code);
        }
        if let Some(literals) = self.slot_of(object, method_slot::LITERALS) {
            watch(literals);
            // A selector is a literal string; changing its bytes changes the send.
            let mut n = 0;
            while let Some(w) = self.slot_of(literals, n) {
                if self.bytes_of(w).is_some() {
                    watch(w);
                }
                n += 1;
            }
        }
    }

    /// Finds the method for a selector, starting at a class object. Only nil ends the
    /// superclass chain; anything that is no class ends it too.
    pub(crate) fn lookup(&mut self, mut class: Word, selector: u32) -> Option<u32> {
        // A chain longer than this is a cycle somebody has made.
        for _ in 0..10_000 {
            if class == self.nil {
                return None;
            }
            let methods = self.slot_of(class, class_slot::METHODS)?;
            // SAFETY: a value of the program; watched so that additions are seen.
            unsafe {
                if !methods.is_int() && methods != self.nil {
                    object::set_flags(methods, WATCHED, 0);
                }
            }
            let mut i = 0;
            while let Some(m) = self.slot_of(methods, i) {
                i += 1;
                let name = self
                    .slot_of(m, method_slot::NAME)
                    .and_then(|n| self.bytes_of(n));
                if name == Some(self.selectors.name(selector)) {
                    return self.method_number(m);
                }
            }
            class = self.slot_of(class, class_slot::SUPERCLASS)?;
        }
        None
    }

    /// Called after a store into a watched object: what was concluded from it is void.
    #[cold]
    pub(crate) fn watched_changed(&mut self, changed: Word) {
        // Which activations run it, or will, is not known; this hardly ever happens.
        self.blocks_changed |= self.class_of(changed) == crate::vm::BLOCK;
        // Which methods were made from the changed object? Of their literals only the letters
        // of selectors matter; a class among them is looked at whenever it is used.
        // SAFETY: a live object.
        let letters = unsafe { object::is_bytes(changed) };
        let mut affected = Vec::new();
        for (n, m) in self.methods.iter().enumerate() {
            let uses = |w: Word| {
                w == changed
                    || method_slot::CODE
                        .iter()
                        .any(|&i| self.slot_of(w, i) == Some(changed))
                    || letters
                        && self
                            .slot_of(w, method_slot::LITERALS)
                            .is_some_and(|literals| {
                                let mut i = 0;
                                while let Some(l) = self.slot_of(literals, i) {
                                    if l == changed {
                                        return true;
                                    }
                                    i += 1;
                                }
                                false
                            })
            };
            if !m.superseded && m.object != Word::ZERO && uses(m.object) {
                affected.push(n);
            }
        }
        for n in affected {
            self.methods[n].superseded = true;
            if !self.methods[n].is_variant {
                let object = self.methods[n].object;
                self.enter_method_object(object);
            }
            self.block_cache.clear();
        }
        self.sweep_variants();
        self.forget_lookups();
    }

    /// Makes every send look its method up again.
    pub(crate) fn forget_lookups(&mut self) {
        // Specialised code is left at its next continuation, until a look has shown that
        // what it relies on still holds.
        self.valid_units.fill(0);
        self.units_unchecked = true;
        self.closure_cache.clear();
        self.global_cache.clear();
        for site in &mut self.site_table {
            site.forget_targets();
        }
    }

    /// `Class>>selector` of a method, for people.
    pub(crate) fn method_name(&self, number: u32) -> String {
        let m = &self.methods[number as usize];
        let class = self
            .slot_of(m.object, method_slot::CLASS)
            .unwrap_or(self.nil);
        format!("{}>>{}", self.class_name(class), self.selector_in(m.object))
    }

    /// The selector of a Method object, for people and profiles; a block's method is called after the
    /// one it is in.
    pub(crate) fn selector_in(&self, method: Word) -> String {
        let outer = |m| {
            let outer = self.slot_of(m, method_slot::OUTER);
            outer.filter(|&outer| outer != self.nil)
        };
        let mut home = method;
        // A chain longer than this is a cycle somebody has made.
        for _ in 0..1000 {
            match outer(home) {
                Some(next) => home = next,
                None => break,
            }
        }
        let name = self
            .slot_of(home, method_slot::NAME)
            .and_then(|w| self.bytes_of(w));
        let name = String::from_utf8_lossy(name.unwrap_or(b"?"));
        if home == method {
            return name.into_owned();
        }
        let inside = methods_inside(home, &|m| self.blocks_in(m));
        let n = inside.iter().position(|&m| m == method);
        block_name(&name, n.map_or(0, |n| n + 1))
    }

    /// The methods of the blocks that are directly in a Method object.
    fn blocks_in(&self, method: Word) -> Vec<Word> {
        let code = self.slot_of(method, method_slot::BYTECODES);
        let code = code.and_then(|w| self.bytes_of(w)).unwrap_or_default();
        let literals = self.slot_of(method, method_slot::LITERALS);
        let numbers = closure_literals(code).into_iter();
        numbers
            .filter_map(|n| self.slot_of(literals?, n))
            .filter(|w| !w.is_int())
            .collect()
    }

    /// The same of a Method object.
    pub(crate) fn name_of_method(&self, method: Word) -> String {
        let class = self.slot_of(method, method_slot::CLASS).unwrap_or(self.nil);
        format!("{}>>{}", self.class_name(class), self.selector_in(method))
    }
}
