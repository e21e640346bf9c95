//! From an image to a running machine.

use crate::blocks::BlockCache;
use crate::code::{Code, Next};
use crate::files::FileTable;
use crate::hosts::Hosts;
use crate::memory::Heap;
use crate::methods::Selectors;
use crate::native::NO_NATIVE;
use crate::object::{self, ObjectFormat, Shape};
use crate::process::Scheduler;
use crate::sends::{GlobalCache, Site};
use crate::source::Source;
use crate::ui::Ui;
use crate::value::Word;
use crate::vm::{ARRAY, Options, Specials, Vm};
use smallworld_abi::layout::class_slot;
use smallworld_image::{Image, ObjId, Payload};
use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::AtomicUsize;

impl Vm {
    /// A machine that runs an image, with the native code of a build for the methods that
    /// it knows.
    pub fn new(source: &Source, options: Options, ui: Box<dyn Ui + Send>) -> Box<Vm> {
        let (image, native, own) = (source.image(), source.native(), source.is_own());
        let stack = zeroed_stack(options.stack_words);
        let files = options.files.clone();
        let zero = Word::ZERO;
        let mut heap = Heap::new(options.max_heap);
        heap.set_poison(options.gc_stress > 0);
        let (alloc, alloc_end) = heap.nursery_bounds();
        let budget = heap.budget.clone();
        let mut vm = Box::new(Vm {
            alloc,
            alloc_end,
            limit: AtomicUsize::new(0),
            native_limit: 0,
            nil: zero,
            true_: zero,
            false_: zero,
            sites: std::ptr::null_mut(),
            literals: std::ptr::null(),
            class_table: std::ptr::null(),
            valid: std::ptr::null(),
            exits: std::ptr::null_mut(),
            site: 0,
            argc: 0,
            primitive: 0,
            pending_arity: 0,
            pending: Code(std::ptr::null()),
            next: Next {
                code: Code(std::ptr::null()),
                fp: std::ptr::null_mut(),
                arity: 0,
                args: [zero; 4],
            },
            stack,
            heap,
            specials: Specials {
                array: zero,
                block: zero,
                context: zero,
                small_int: zero,
                empty_array: zero,
            },
            string_class: ARRAY,
            format: image.format,
            dialect: source.dialect(),
            options,
            site_table: Vec::new(),
            literal_table: Vec::new(),
            class_objects: Vec::new(),
            class_numbers: HashMap::new(),
            class_cache: [(0, 0); 64],
            methods: Vec::new(),
            method_numbers: HashMap::new(),
            findings: source.findings(),
            variants: HashMap::new(),
            free_methods: Vec::new(),
            native_methods: Vec::new(),
            units: HashMap::new(),
            valid_units: Vec::new(),
            exit_counts: Vec::new(),
            useless_units: BTreeSet::new(),
            units_unchecked: false,
            blocks_changed: false,
            native_table: &NO_NATIVE,
            selectors: Selectors::default(),
            global_cache: GlobalCache::default(),
            block_cache: BlockCache::default(),
            closure_cache: crate::closures::ClosureCache::default(),
            scheduler: Scheduler::new(budget.clone()),
            files: FileTable::with_access(files),
            ui,
            hosts: Hosts::new(&budget),
            image_path: None,
            safepoints: 0,
            pause_numbers: Cell::new(0x2545_f491_4f6c_dd1d),
            switch_due: Cell::new(false),
            random: 0x2545_f491_4f6c_dd1d,
            started: std::time::Instant::now(),
            out_of_memory: false,
            interrupts: Default::default(),
            tables_grew: true,
            quit: false,
            exit_code: None,
            identities: Default::default(),
            at_work: std::ptr::null_mut(),
            collecting: false,
            extra_roots: Vec::new(),
            observer: None,
            samples: None,
            error_before: None,
            keeper: Default::default(),
            host_primitives: Default::default(),
        });
        vm.files.count_in(&budget);
        vm.ui.count_in(&budget);
        let classes = if vm.options.native && !own {
            native.classes
        } else {
            &[]
        };
        let words = vm.load_objects(image, classes);
        vm.bind(source, &words);
        vm.random ^= std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(1, |d| d.as_nanos() as u64)
            | 1;
        vm.identities.begin(vm.random, &vm.heap.budget);
        vm.note_tables();
        vm.reset_limit();
        vm
    }

    /// Numbers the classes and copies the objects to the old space. Answers the word of
    /// each object of the image.
    ///
    /// `known` are the names of classes whose numbers are fixed, because native code tests
    /// for them; a number whose class is not there stays unused.
    fn load_objects(&mut self, image: &Image, known: &[&[u8]]) -> Vec<Word> {
        let roots = &image.roots;
        let order = image.class_order(known);
        let mut numbers: HashMap<ObjId, u32> = HashMap::new();
        for (number, class) in order.iter().enumerate() {
            if let Some(class) = class {
                numbers.insert(*class, number as u32);
            }
        }
        let words: Vec<Word> = image
            .objects
            .iter()
            .map(|o| {
                let class = numbers.get(&o.class).copied().unwrap_or(ARRAY);
                let size = match &o.payload {
                    Payload::Bytes(b) => b.len(),
                    _ => o.slots.len(),
                };
                // Whoever reads an image has looked at the sizes.
                let shape = |format| Shape::new(format, size).unwrap_or(Shape::EMPTY);
                match &o.payload {
                    Payload::SmallInt(n) => Word::int(*n),
                    Payload::Bytes(b) => {
                        let w = self.heap.allocate_old(class, shape(ObjectFormat::Bytes));
                        // SAFETY: just made, with that length.
                        unsafe { object::bytes_mut(w) }.copy_from_slice(b);
                        w
                    }
                    Payload::Float(bits) => {
                        let w = self.heap.allocate_old(class, Shape::FLOAT);
                        // SAFETY: just made, a raw object of one word.
                        unsafe { object::set_raw_word(w, 0, Word(*bits)) };
                        w
                    }
                    Payload::Slots => self.heap.allocate_old(class, shape(ObjectFormat::Slots)),
                }
            })
            .collect();
        for (o, &w) in image.objects.iter().zip(&words) {
            if matches!(o.payload, Payload::Slots) {
                for (i, s) in o.slots.iter().enumerate() {
                    // SAFETY: the object has that many slots; everything is old.
                    unsafe { object::init_slot(w, i, words[s.index()]) };
                }
            }
        }
        self.nil = words[roots.nil.index()];
        self.true_ = words[roots.true_.index()];
        self.false_ = words[roots.false_.index()];
        for class in order {
            match class {
                Some(class) => {
                    self.add_class(words[class.index()]);
                }
                None => self.class_objects.push(self.nil),
            }
        }
        self.class_table = self.class_objects.as_ptr();
        self.specials = Specials {
            array: words[roots.array.index()],
            block: words[roots.block.index()],
            context: words[roots.context.index()],
            small_int: words[roots.small_int.index()],
            empty_array: self.heap.allocate_old(ARRAY, Shape::EMPTY),
        };
        self.heap.statistics.large_objects = 0;
        if let Some(name) = self.slot_of(self.specials.array, class_slot::NAME) {
            self.string_class = self.class_of(name);
        }
        words
    }

    /// Ties the methods of the image to the native code that was made for them.
    fn bind(&mut self, source: &Source, words: &[Word]) {
        let (native, own) = (source.native(), source.is_own());
        if self.options.native {
            self.native_table = native;
        }
        let native = self.native_table;
        let count = native.methods.last();
        let literals = count.map_or(0, |m| m.first_literal + m.literals + 1) as usize;
        self.literal_table = vec![self.nil; literals];
        self.native_methods = vec![0; native.methods.len()];
        let mut known: HashMap<u64, Vec<u32>> = HashMap::new();
        if !own {
            for (n, m) in native.methods.iter().enumerate() {
                known.entry(m.fingerprint).or_default().push(n as u32);
            }
        }
        let by_object: HashMap<u32, u32> = native
            .methods
            .iter()
            .enumerate()
            .map(|(n, m)| (m.object, n as u32))
            .collect();
        for found in source.methods() {
            let Some(number) = self.method_number(words[found.method.index()]) else {
                continue;
            };
            let bound = if own {
                by_object.get(&found.method.0).copied()
            } else {
                source
                    .fingerprint(found.method)
                    .and_then(|f| known.get_mut(&f).and_then(Vec::pop))
            };
            if let Some(n) = bound {
                self.bind_method(n, number);
            }
        }
        for s in native.sites {
            let selector = self.selectors.intern(s.selector);
            let method = self.native_methods[s.method as usize];
            let site = Site::new(selector, s.arity, s.is_super, method, s.ip);
            self.site_table.push(site);
        }
        self.sites = self.site_table.as_mut_ptr();
        self.literals = self.literal_table.as_ptr();
        self.valid_units = vec![1; native.units.len()];
        self.valid = self.valid_units.as_ptr();
        let exits = native.units.iter().map(|u| u.exits.len()).sum();
        self.exit_counts = vec![0; exits];
        self.exits = self.exit_counts.as_mut_ptr();
        if self.options.specialised {
            let units = native.units.iter().enumerate();
            self.units = units
                .map(|(n, u)| ((u.class, u.method), n as u32))
                .collect();
        }
        if !own {
            self.units_unchecked = true;
            self.valid_units.fill(0);
        }
        if cfg!(debug_assertions) && own {
            self.check_units();
            debug_assert!(
                self.useless_units.is_empty(),
                "units rely on what is not so in their own image"
            );
        }
    }

    fn bind_method(&mut self, native: u32, number: u32) {
        let table = &self.native_table.methods[native as usize];
        let m = &mut self.methods[number as usize];
        if m.problem.is_some() {
            return;
        }
        m.code = table.code;
        m.native = Some(native);
        let literals = m.literals;
        self.native_methods[native as usize] = number;
        for i in 0..table.literals as usize {
            if let Some(w) = self.slot_of(literals, i) {
                self.literal_table[table.first_literal as usize + i] = w;
            }
        }
        // After the literals comes the Method object, which blocks refer to.
        let own = table.first_literal as usize + table.literals as usize;
        self.literal_table[own] = self.methods[number as usize].object;
    }

    /// Adds a site for the interpreter.
    pub(crate) fn add_site(&mut self, site: Site) -> u32 {
        self.site_table.push(site);
        self.sites = self.site_table.as_mut_ptr();
        self.site_table.len() as u32 - 1
    }
}

/// The machine stack. Fresh zeroed memory from the system is only made real page by page
/// as the stack grows.
fn zeroed_stack(words: usize) -> Box<[Word]> {
    let zeros = vec![0u64; words].into_boxed_slice();
    // SAFETY: a Word is a u64 (`repr(transparent)`), and any bits are one.
    unsafe { Box::from_raw(Box::into_raw(zeros) as *mut [Word]) }
}
