//! The machine: its registers, its tables, and what ties them together.
//!
//! The first fields are what generated code touches all the time; they come first so
//! that their offsets are small. Everything else is the runtime's.

use crate::code::{Code, Fp, Next};
use crate::files::FileTable;
use crate::memory::Heap;
use crate::methods::{Findings, Method, Selectors};
use crate::object;
use crate::process::Scheduler;
use crate::sends::{GlobalCache, Site};
use crate::ui::Ui;
use crate::value::Word;
pub use smallworld_abi::layout::class_number::{ARRAY, BLOCK, CONTEXT, SMALL_INT};
use smallworld_abi::layout::class_slot;
use smallworld_abi::layout::limits::STACK_RESERVE;
use smallworld_image::{Dialect, Format};
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Words of machine stack when nothing else is said (512 MiB of address space; memory
/// is only used as far as the stack grows).
pub const DEFAULT_STACK_WORDS: usize = 64 * 1024 * 1024;

/// What the user chooses about a machine.
#[derive(Clone, Debug)]
pub struct Options {
    /// Most bytes of object memory.
    pub max_heap: usize,
    /// Words of machine stack.
    pub stack_words: usize,
    /// Bytes of native stack before generated code returns to the trampoline.
    pub native_stack: usize,
    /// Collect at every n-th safepoint (0: only when memory is full), and poison.
    pub gc_stress: u32,
    /// In builds with debug assertions, pause at about one of so many safepoints, at random
    /// but the same each time, and let another process run if one can (0: never; at least
    /// every second safepoint is passed, since code comes back to the one that it paused at).
    pub pause_stress: u32,
    /// Run native code where there is some.
    pub native: bool,
    /// Run specialised code where there is some.
    pub specialised: bool,
    /// Let primitive 255 panic, to test what happens then.
    pub provoke_bug: bool,
    /// Which files programs may open.
    pub files: crate::file_access::FileAccess,
    /// What the user gave the program (primitive 144).
    pub arguments: Vec<String>,
    /// May programs read the variables of the environment?
    pub environment: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            max_heap: 2 << 30,
            stack_words: DEFAULT_STACK_WORDS,
            native_stack: crate::code::DEFAULT_NATIVE_STACK,
            gc_stress: 0,
            pause_stress: 0,
            native: true,
            specialised: true,
            provoke_bug: false,
            files: crate::file_access::FileAccess::anywhere(),
            arguments: Vec::new(),
            environment: true,
        }
    }
}

/// Objects the machine knows by name.
#[derive(Clone, Copy, Debug)]
pub struct Specials {
    /// The class Array.
    pub array: Word,
    /// The class Block.
    pub block: Word,
    /// The class Context.
    pub context: Word,
    /// The class SmallInt.
    pub small_int: Word,
    /// An Array with no elements, shared where nobody can tell.
    pub empty_array: Word,
}

/// The machine. One per image that runs; it stays where it is (see [`Vm::new`]).
#[repr(C)]
pub struct Vm {
    /// Where the next object of the nursery goes.
    pub(crate) alloc: *mut u64,
    /// The end of the nursery.
    pub(crate) alloc_end: *mut u64,
    /// A frame must not start at or above this address. 0 asks for a pause.
    pub(crate) limit: AtomicUsize,
    /// Generated code that finds the native stack below this address leaves.
    pub(crate) native_limit: usize,
    /// The object nil.
    pub(crate) nil: Word,
    /// The object true.
    pub(crate) true_: Word,
    /// The object false.
    pub(crate) false_: Word,
    /// Send sites, native ones first.
    pub(crate) sites: *mut Site,
    /// Literals of the native methods.
    pub(crate) literals: *const Word,
    /// Classes by number.
    pub(crate) class_table: *const Word,
    /// For each specialised method: is everything true that it relies on?
    pub(crate) valid: *const u8,
    /// How often specialised code left at each of its exits.
    pub(crate) exits: *mut u64,
    /// The site of the send under way.
    pub(crate) site: u32,
    /// Arguments of the primitive or block call under way.
    pub(crate) argc: u32,
    /// Number of the primitive under way.
    pub(crate) primitive: u32,
    /// Arguments (all of them, receiver included) of `pending`.
    pub(crate) pending_arity: u32,
    /// What goes on after a pause.
    pub(crate) pending: Code,
    /// What the trampoline calls next.
    pub(crate) next: Next,

    pub(crate) stack: Box<[Word]>,
    pub(crate) heap: Heap,
    pub(crate) specials: Specials,
    /// The class of strings: that of the name of the class Array when the image was loaded.
    pub(crate) string_class: u32,
    /// The format of the file that the image came in, and is saved in.
    pub(crate) format: Format,
    /// The machine that the image was made for; where they differ, it decides.
    pub(crate) dialect: &'static Dialect,
    pub(crate) options: Options,
    pub(crate) site_table: Vec<Site>,
    pub(crate) literal_table: Vec<Word>,
    pub(crate) class_objects: Vec<Word>,
    pub(crate) class_numbers: HashMap<u64, u32>,
    pub(crate) class_cache: [(u64, u32); 64],
    // Boxed: frames refer to Methods by address.
    #[allow(clippy::vec_box)]
    pub(crate) methods: Vec<Box<Method>>,
    pub(crate) method_numbers: HashMap<u64, u32>,
    /// What the verifier has said, shared by the machines of a source.
    pub(crate) findings: Arc<Findings>,
    /// The views of methods for calls with another number of values than their selectors
    /// look like, by method and number.
    pub(crate) variants: HashMap<(u32, u8), u32>,
    pub(crate) free_methods: Vec<u32>,
    pub(crate) native_methods: Vec<u32>,
    pub(crate) units: HashMap<(u32, u32), u32>,
    pub(crate) valid_units: Vec<u8>,
    /// How often specialised code left, by exit.
    pub(crate) exit_counts: Vec<u64>,
    pub(crate) units_unchecked: bool,
    /// Has a program changed a Block that native code made?
    pub(crate) blocks_changed: bool,
    /// Those that were found useless at the last look, which are told of once.
    pub(crate) useless_units: std::collections::BTreeSet<u32>,
    pub(crate) native_table: &'static crate::native::NativeImage,
    pub(crate) selectors: Selectors,
    pub(crate) global_cache: GlobalCache,
    pub(crate) block_cache: crate::blocks::BlockCache,
    /// Code of closures.
    pub(crate) closure_cache: crate::closures::ClosureCache,
    pub(crate) scheduler: Scheduler,
    pub(crate) files: FileTable,
    pub(crate) ui: Box<dyn Ui + Send>,
    pub(crate) hosts: crate::hosts::Hosts,
    pub(crate) image_path: Option<std::path::PathBuf>,
    pub(crate) safepoints: u32,
    /// For pauses at random: the generator's state, and whether the pause that is asked for
    /// is one at which processes change.
    pub(crate) pause_numbers: Cell<u64>,
    pub(crate) switch_due: Cell<bool>,
    pub(crate) random: u64,
    pub(crate) started: std::time::Instant,
    pub(crate) out_of_memory: bool,
    pub(crate) interrupts: crate::interrupt::Interrupts,
    pub(crate) tables_grew: bool,
    pub(crate) quit: bool,
    /// What the program that has quit wants the process to end with.
    pub(crate) exit_code: Option<u8>,
    pub(crate) identities: crate::identity::Identities,
    /// Where the record ends for which the runtime works, if that is known.
    pub(crate) at_work: Fp,
    pub(crate) collecting: bool,
    pub(crate) extra_roots: Vec<Word>,
    pub(crate) observer: Option<crate::observe::Observer>,
    pub(crate) samples: Option<Box<crate::sampling::Samples>>,
    /// An error that nobody has seen because of one in its report; see [`crate::reporting`].
    pub(crate) error_before: Option<Vec<u8>>,
    pub(crate) keeper: crate::embed::Keeper,
    pub(crate) host_primitives: crate::primitives::host::HostPrimitives,
}

impl Vm {
    /// The class number of any value.
    #[inline(always)]
    pub(crate) fn class_of(&self, w: Word) -> u32 {
        if w.is_int() {
            SMALL_INT
        } else {
            // SAFETY: a word that is no SmallInt refers to an object.
            unsafe { object::class_number(w) }
        }
    }

    /// The class object with a number.
    #[inline(always)]
    pub(crate) fn class_object(&self, number: u32) -> Word {
        // SAFETY: class numbers come from headers, which only hold numbers of the table.
        unsafe { *self.class_table.add(number as usize) }
    }

    /// The number of a class, given the class object; it gets one if it has none.
    /// Nothing if `w` cannot be a class (it is no object of slots).
    #[inline]
    pub(crate) fn class_number_of(&mut self, w: Word) -> Option<u32> {
        let entry = &self.class_cache[(w.0 >> 4) as usize & 63];
        if entry.0 == w.0 {
            return Some(entry.1);
        }
        self.class_number_slow(w)
    }

    #[cold]
    fn class_number_slow(&mut self, w: Word) -> Option<u32> {
        // SAFETY: `w` is a value of the program.
        if w.is_int() || unsafe { object::format(w) } != object::ObjectFormat::Slots {
            return None;
        }
        let number = match self.class_numbers.get(&w.0) {
            Some(&n) => n,
            None => self.add_class(w),
        };
        self.class_cache[(w.0 >> 4) as usize & 63] = (w.0, number);
        Some(number)
    }

    /// Enters a class object into the table.
    pub(crate) fn add_class(&mut self, w: Word) -> u32 {
        let number = self.class_objects.len() as u32;
        self.class_objects.push(w);
        self.class_numbers.insert(w.0, number);
        self.tables_grew = true;
        self.class_table = self.class_objects.as_ptr();
        // SAFETY: a class is an object of slots.
        unsafe { object::set_flags(w, object::WATCHED, 0) };
        number
    }

    /// true or false.
    #[inline(always)]
    pub(crate) fn boolean(&self, b: bool) -> Word {
        if b { self.true_ } else { self.false_ }
    }

    /// Asks for a pause at the next safepoint.
    pub(crate) fn request_pause(&self) {
        self.limit.store(0, Ordering::Relaxed);
    }

    /// In stress mode asks for a pause at every occasion.
    #[inline(always)]
    pub(crate) fn request_pause_in_stress_mode(&self) {
        if self.options.gc_stress > 0 {
            self.request_pause();
        }
    }

    /// A safepoint: does whoever starts a frame here, or goes round a loop in one, have to
    /// pause first?
    #[inline(always)]
    pub(crate) fn limit_reached(&self, frame: Fp) -> bool {
        #[cfg(debug_assertions)]
        self.pause_at_random();
        frame as usize >= self.limit.load(Ordering::Relaxed)
    }

    /// A safepoint in a build with debug assertions: asks for a pause now and then, if it is
    /// to be so.
    #[cfg(debug_assertions)]
    #[inline]
    pub(crate) fn pause_at_random(&self) {
        if self.options.pause_stress > 0 {
            // Xorshift (Marsaglia 2003); never zero.
            let mut x = self.pause_numbers.get();
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            self.pause_numbers.set(x);
            if (x >> 20).is_multiple_of(u64::from(self.options.pause_stress.max(2))) {
                self.switch_due.set(true);
                self.request_pause();
            }
        }
    }

    /// The limit when no pause is asked for.
    pub(crate) fn stack_limit(&self) -> usize {
        self.stack.as_ptr() as usize + (self.stack.len() - STACK_RESERVE) * 8
    }

    /// Withdraws the request for a pause (unless stress mode wants one at once).
    pub(crate) fn reset_limit(&mut self) {
        let limit = if self.options.gc_stress > 0 {
            0
        } else {
            self.stack_limit()
        };
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// The first word of the machine stack.
    pub(crate) fn stack_start(&mut self) -> Fp {
        self.stack.as_mut_ptr()
    }

    /// Words bumped off the nursery since the last collection.
    pub(crate) fn nursery_used(&mut self) -> usize {
        let (start, _) = self.heap.nursery_bounds();
        (self.alloc as usize - start as usize) / 8
    }

    /// The bytes of a byte object, if it is one.
    pub(crate) fn bytes_of(&self, w: Word) -> Option<&[u8]> {
        // SAFETY: `w` is a value; the slice lives as long as the shared borrow, during
        // which nothing is collected.
        unsafe { object::is_bytes(w).then(|| object::bytes(w)) }
    }

    /// The value of a Float, if it is one.
    pub(crate) fn float_of(&self, w: Word) -> Option<f64> {
        // SAFETY: `w` is a value.
        unsafe { object::is_float(w).then(|| object::float_value(w)) }
    }

    /// The text of a large integer: to the machine those are objects of bytes with classes that
    /// the image names.
    pub(crate) fn large_integer_text(&self, w: Word) -> Option<String> {
        let bytes = self.bytes_of(w)?;
        let negative = match &*self.class_name_of(w) {
            "LargePositive" => false,
            "LargeNegative" => true,
            _ => return None,
        };
        Some(crate::whole::Whole::from_bytes(negative, bytes).to_text(10))
    }

    /// Is it an instance of String, or of a class below it?
    pub(crate) fn is_string(&self, w: Word) -> bool {
        /// A damaged chain may go round.
        const DEEPEST: usize = 1000;
        let mut class = self.class_object(self.class_of(w));
        for _ in 0..DEEPEST {
            if self.class_name(class) == "String" {
                return self.bytes_of(w).is_some();
            }
            match self.slot_of(class, class_slot::SUPERCLASS) {
                Some(above) => class = above,
                None => return false,
            }
        }
        false
    }

    /// Slot `index` (0-based), if the object has it.
    pub(crate) fn slot_of(&self, w: Word, index: usize) -> Option<Word> {
        // SAFETY: `has_slot` checks.
        unsafe { object::has_slot(w, index).then(|| object::slot(w, index)) }
    }

    /// The name of a class object, for people.
    pub(crate) fn class_name(&self, class: Word) -> String {
        match self
            .slot_of(class, class_slot::NAME)
            .and_then(|n| self.bytes_of(n))
        {
            Some(b) => String::from_utf8_lossy(b).into_owned(),
            None => "?".into(),
        }
    }

    /// The name of a value's class, for people.
    pub(crate) fn class_name_of(&self, w: Word) -> String {
        self.class_name(self.class_object(self.class_of(w)))
    }
}
