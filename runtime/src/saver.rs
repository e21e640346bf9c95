//! From a running machine to an image file.
//!
//! The file is written beside its final place, synced, and renamed: whoever looks finds
//! the old image or the new one, never half of one.

use crate::code::Fp;
use crate::hosts::Host;
use crate::memory::collector::Extent;
use crate::object::{self, ObjectFormat};
use crate::value::Word;
use crate::vm::{BLOCK, CONTEXT, Vm};
use smallworld_abi::layout::{context_slot, method_slot};
pub use smallworld_image::whole_file::write as write_atomically;
use smallworld_image::{Image, ObjId, Object, Payload, Roots};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::path::Path;

impl Vm {
    /// Writes the image to a file. `top` is the top of the live stack.
    ///
    /// # Errors
    /// Says which file could not be written, and why. The file that was there is still
    /// there then.
    pub(crate) fn save(&mut self, top: Fp, path: &Path) -> Result<LeftOut, String> {
        self.collect(top, Extent::Full);
        let (image, hosts) = self.exported();
        let format = image.format;
        let refused = |e: &dyn std::fmt::Display| {
            format!("cannot save the image to '{}': {e}", path.display())
        };
        if let Err(e) = image.check_before_writing() {
            let n = e.object.unwrap_or(0);
            let problem = format!("of object {n} of it, {}", e.message);
            return Err(refused(&problem));
        }
        write_atomically(path, &image.write(format)).map_err(|e| refused(&e))?;
        Ok(LeftOut {
            floats: image.floats_lost(format),
            hosts,
        })
    }

    /// The object memory as an image: everything reachable from the roots.
    pub fn export(&self) -> Image {
        self.exported().0
    }

    /// The same, and how many objects of which class are nil in it, because only a running machine
    /// has such.
    fn exported(&self) -> (Image, BTreeMap<String, usize>) {
        let mut e = Exporter {
            hosts: HashSet::new(),
            vm: self,
            numbers: HashMap::new(),
            integers: HashMap::new(),
            objects: Vec::new(),
            pending: Vec::new(),
        };
        let nil = e.number(self.nil);
        let true_ = e.number(self.true_);
        let false_ = e.number(self.false_);
        let array = e.number(self.specials.array);
        let block = e.number(self.specials.block);
        let context = e.number(self.specials.context);
        let small_int = e.number(self.specials.small_int);
        let small_ints = (0..10).map(|n| e.number(Word::int(n))).collect();
        e.run();
        let mut hosts = BTreeMap::new();
        for &bits in &e.hosts {
            let class = self.class_name_of(Word(bits));
            *hosts.entry(class).or_default() += 1;
        }
        let image = Image {
            format: self.format,
            objects: e.objects,
            roots: Roots {
                nil,
                true_,
                false_,
                array,
                block,
                context,
                small_int,
                small_ints,
            },
        };
        (image, hosts)
    }
}

/// What a saved file does not have of the objects in memory; nil is in their place.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Floats, which files of the image's machine cannot hold.
    pub floats: usize,
    /// How many objects of which class only the running machine had: open files, semaphores, pictures.
    /// Windows are not counted.
    pub hosts: BTreeMap<String, usize>,
}

impl LeftOut {
    /// Whether the file has everything.
    pub fn is_nothing(&self) -> bool {
        self.floats == 0 && self.hosts.is_empty()
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let floats = (self.floats > 0).then_some(("Float", self.floats));
        let hosts = self.hosts.iter().map(|(class, count)| (&**class, *count));
        let all = floats.into_iter().chain(hosts);
        let all: Vec<String> = all
            .map(|(class, count)| format!("{count} × {class}"))
            .collect();
        f.write_str(&all.join(", "))
    }
}

/// An export under way.
struct Exporter<'v> {
    vm: &'v Vm,
    /// Objects that only the running machine has.
    hosts: HashSet<u64>,
    numbers: HashMap<u64, ObjId>,
    integers: HashMap<i32, ObjId>,
    objects: Vec<Object>,
    pending: Vec<(Word, ObjId)>,
}

impl Exporter<'_> {
    /// The number of a value in the image; host objects are nil. What becomes of Floats is up
    /// to the format.
    fn number(&mut self, w: Word) -> ObjId {
        if let Some(n) = w.to_int() {
            if let Some(&id) = self.integers.get(&n) {
                return id;
            }
            let id = self.add(Payload::SmallInt(n));
            self.integers.insert(n, id);
            let class = self.number(self.vm.specials.small_int);
            self.objects[id.index()].class = class;
            return id;
        }
        if let Some(&id) = self.numbers.get(&w.0) {
            return id;
        }
        if let Some(value) = self.vm.float_of(w) {
            let id = self.add(Payload::Float(value.to_bits()));
            return self.enter(w, id);
        }
        // SAFETY: a value of the program.
        match unsafe { object::format(w) } {
            ObjectFormat::Raw => {
                // Nobody expects a window to be in a file.
                if !matches!(self.vm.host_of(w), Some(Host::Pane(_))) {
                    self.hosts.insert(w.0);
                }
                self.number(self.vm.nil)
            }
            ObjectFormat::Bytes => {
                // SAFETY: a byte object.
                let id = self.add(Payload::Bytes(unsafe { object::bytes(w) }.to_vec()));
                self.enter(w, id)
            }
            ObjectFormat::Slots => {
                let id = self.add(Payload::Slots);
                self.enter(w, id)
            }
        }
    }

    fn add(&mut self, payload: Payload) -> ObjId {
        let id = ObjId(self.objects.len() as u32);
        self.objects.push(Object {
            class: id,
            slots: Vec::new(),
            payload,
        });
        id
    }

    fn enter(&mut self, w: Word, id: ObjId) -> ObjId {
        self.numbers.insert(w.0, id);
        self.pending.push((w, id));
        id
    }

    fn run(&mut self) {
        while let Some((w, id)) = self.pending.pop() {
            let class = self.vm.class_of(w);
            self.objects[id.index()].class = self.number(self.vm.class_object(class));
            // SAFETY: a live object.
            if unsafe { object::format(w) } == ObjectFormat::Slots {
                let mut slots = Vec::new();
                while let Some(s) = self.vm.slot_of(w, slots.len()) {
                    slots.push(self.number(s));
                }
                if class == BLOCK && !self.vm.is_closure(w) || class == CONTEXT {
                    self.give_stack(w, &mut slots);
                }
                self.objects[id.index()].slots = slots;
            }
        }
    }

    /// Here a Block gets a stack only when it runs; other machines expect one.
    fn give_stack(&mut self, w: Word, slots: &mut [ObjId]) {
        let vm = self.vm;
        if vm.slot_of(w, context_slot::STACK) != Some(vm.nil) || slots.len() <= context_slot::STACK
        {
            return;
        }
        let size = vm
            .slot_of(w, context_slot::METHOD)
            .and_then(|m| vm.slot_of(m, method_slot::STACK_SIZE))
            .and_then(Word::to_int);
        if let Some(n) = size.filter(|n| (0..=10_000).contains(n)) {
            let id = self.add(Payload::Slots);
            let nil = self.number(vm.nil);
            self.objects[id.index()].class = self.number(vm.specials.array);
            self.objects[id.index()].slots = vec![nil; n as usize];
            slots[context_slot::STACK] = id;
        }
    }
}
