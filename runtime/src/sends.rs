//! Sends: inline caches, the global method cache, and what happens on a miss.
//!
//! Each send site has three entries of class, count and target (Hölzle, Chambers and
//! Ungar, "Optimizing dynamically-typed object-oriented languages with polymorphic
//! inline caches", 1991). Generated code tests the first entry itself; everything else
//! comes here. The counts are the profile that a later build specialises by.

use crate::code::{Code, Exit, Fp};
use crate::interpreter;
use crate::intrinsics::Intrinsic;
use crate::methods::NO_METHOD;
use crate::value::Word;
use crate::vm::{SMALL_INT, Vm};
use smallworld_abi::layout::{class_slot, method_slot};
use std::collections::HashMap;

/// Entries of a site.
pub const SITE_ENTRIES: usize = 3;
/// The class number of an entry that is free.
pub const NO_CLASS: u32 = u32::MAX;
/// The class number under which a super send keeps its one target.
pub const SUPER_CLASS: u32 = u32::MAX - 1;

/// One class that a site has seen.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Entry {
    /// Class number of the receivers.
    pub class: u32,
    /// Number of the method they run, or [`NO_METHOD`].
    pub method: u32,
    /// Where its code starts.
    pub code: Code,
    /// Sends that came this way.
    pub count: u64,
}

/// A send site.
#[repr(C)]
pub struct Site {
    /// The classes it has seen, in the order of their first appearance.
    pub entries: [Entry; SITE_ENTRIES],
    /// Sends by classes for which there was no entry left.
    pub megamorphic: u64,
    /// Number of the selector.
    pub selector: u32,
    /// The machine's number of the method it stands in.
    pub method: u32,
    /// Bytecode offset in that method.
    pub ip: u32,
    /// How many values it passes, the receiver included. A method that it finds may look as
    /// if it took more or fewer.
    pub arity: u8,
    /// Is it a super send?
    pub is_super: bool,
    /// What the first entry's method does with two SmallInts, if that entry is for them.
    pub intrinsic: Intrinsic,
}

impl Site {
    /// A site that has seen nothing.
    pub fn new(selector: u32, arity: u8, is_super: bool, method: u32, ip: u32) -> Site {
        let free = Entry {
            class: NO_CLASS,
            method: NO_METHOD,
            code: miss_of_arity(usize::from(arity)),
            count: 0,
        };
        Site {
            entries: [free; SITE_ENTRIES],
            megamorphic: 0,
            selector,
            method,
            ip,
            arity,
            is_super,
            intrinsic: Intrinsic::None,
        }
    }

    /// Keeps classes and counts, but not the targets.
    pub fn forget_targets(&mut self) {
        self.intrinsic = Intrinsic::None;
        for e in &mut self.entries {
            e.method = NO_METHOD;
            e.code = miss_of_arity(self.arity as usize);
        }
    }

    /// All sends it has seen.
    pub fn total(&self) -> u64 {
        self.megamorphic + self.entries.iter().map(|e| e.count).sum::<u64>()
    }
}

/// Where a send goes.
#[derive(Clone, Copy)]
pub struct Target {
    /// Number of the method, or [`NO_METHOD`] when it is not understood.
    pub method: u32,
    /// Where to jump.
    pub code: Code,
}

const CACHE_SIZE: usize = 2048;

/// What is remembered of one lookup.
#[derive(Clone, Copy)]
struct Lookup {
    class: u32,
    selector: u32,
    method: u32,
    /// Where a send of that many values goes, if one has asked for that.
    code: Option<(u8, Code)>,
    /// Sends of sites that have met more classes than they can count.
    sends: u64,
}

const NO_LOOKUP: Lookup = Lookup {
    class: NO_CLASS,
    selector: 0,
    method: NO_METHOD,
    code: None,
    sends: 0,
};

/// The cache of lookups by class and selector, for all sites together.
pub struct GlobalCache {
    entries: Box<[Lookup]>,
    /// Counts of entries that had to make room, by class and selector.
    counted: HashMap<(u32, u32), u64>,
}

impl Default for GlobalCache {
    fn default() -> GlobalCache {
        GlobalCache {
            entries: vec![NO_LOOKUP; CACHE_SIZE].into(),
            counted: HashMap::new(),
        }
    }
}

impl GlobalCache {
    /// Forgets all lookups (but not what has been counted).
    pub fn clear(&mut self) {
        for at in 0..CACHE_SIZE {
            self.replace(at, NO_LOOKUP);
        }
    }

    /// Sends by class and selector of sites that have met more classes than they can count.
    pub fn megamorphic(&mut self) -> impl Iterator<Item = (&(u32, u32), &u64)> {
        self.clear();
        self.counted.iter()
    }

    #[inline]
    fn place(class: u32, selector: u32) -> usize {
        let hash = class.wrapping_mul(0x9e37) ^ selector.wrapping_mul(0x85eb);
        hash as usize % CACHE_SIZE
    }

    fn replace(&mut self, at: usize, lookup: Lookup) {
        let old = std::mem::replace(&mut self.entries[at], lookup);
        if old.sends > 0 {
            *self.counted.entry((old.class, old.selector)).or_default() += old.sends;
        }
    }

    /// The target of a send of a site that has no entry for the class, which is counted.
    #[inline]
    fn count(&mut self, class: u32, selector: u32, arity: u8) -> Option<Target> {
        let entry = &mut self.entries[GlobalCache::place(class, selector)];
        if (entry.class, entry.selector) != (class, selector) {
            return None;
        }
        entry.sends += 1;
        let (of, code) = entry.code?;
        (of == arity).then_some(Target {
            method: entry.method,
            code,
        })
    }

    /// Where a send of that many values goes, for a lookup that has just been done.
    fn keep_code(&mut self, class: u32, selector: u32, arity: u8, code: Code) {
        let entry = &mut self.entries[GlobalCache::place(class, selector)];
        if (entry.class, entry.selector) == (class, selector) {
            entry.code = Some((arity, code));
        }
    }
}

impl Vm {
    /// The method that objects of a class run for a selector; nothing if they do not
    /// understand it.
    pub(crate) fn find_method(&mut self, class: u32, selector: u32) -> Option<u32> {
        let at = GlobalCache::place(class, selector);
        let known = self.global_cache.entries[at];
        if (known.class, known.selector) == (class, selector) {
            return (known.method != NO_METHOD).then_some(known.method);
        }
        let found = self.lookup(self.class_object(class), selector);
        let lookup = Lookup {
            class,
            selector,
            method: found.unwrap_or(NO_METHOD),
            code: None,
            sends: 0,
        };
        self.global_cache.replace(at, lookup);
        found
    }

    /// The method a super send of the site runs: lookup starts above the class its own
    /// method belongs to.
    fn find_super(&mut self, site: u32) -> Option<u32> {
        let selector = self.site_table[site as usize].selector;
        let above = self.above_site(site)?;
        self.lookup(above, selector)
    }

    /// Where the lookup of a super send starts.
    pub(crate) fn above_site(&self, site: u32) -> Option<Word> {
        let method = self.site_table[site as usize].method;
        let class = self.slot_of(self.methods[method as usize].object, method_slot::CLASS)?;
        self.slot_of(class, class_slot::SUPERCLASS)
    }

    /// Finds the target of a send and counts it.
    pub(crate) fn resolve(&mut self, site: u32, receiver: Word) -> Target {
        let s = &self.site_table[site as usize];
        let arity = s.arity as usize;
        let miss = miss_of_arity(arity);
        let class = if s.is_super {
            SUPER_CLASS
        } else {
            self.class_of(receiver)
        };
        let s = &mut self.site_table[site as usize];
        let mut free = None;
        for (i, e) in s.entries.iter_mut().enumerate() {
            if e.class == class {
                e.count += 1;
                if e.code != miss {
                    let target = Target {
                        method: e.method,
                        code: e.code,
                    };
                    // Generated code only looks at the first entry: the most frequent
                    // class is to be there.
                    let more_frequent = e.count > s.entries[0].count;
                    if more_frequent && s.intrinsic == Intrinsic::None && class != SMALL_INT {
                        s.entries.swap(0, i);
                    }
                    return target;
                }
                free = Some(i);
                break;
            }
            if e.class == NO_CLASS {
                e.count = 1;
                free = Some(i);
                break;
            }
        }
        let selector = s.selector;
        if free.is_none() {
            s.megamorphic += 1;
            if let Some(target) = self.global_cache.count(class, selector, arity as u8) {
                self.tell_of_miss(site, (class != SUPER_CLASS).then_some(class), free);
                return target;
            }
        }
        let found = if class == SUPER_CLASS {
            self.find_super(site)
        } else {
            self.find_method(class, selector)
        };
        let mut target = match found {
            Some(m) => Target {
                method: m,
                code: self.methods[m as usize].code,
            },
            None => Target {
                method: NO_METHOD,
                code: dnu_of_arity(arity),
            },
        };
        let fits =
            target.method != NO_METHOD && self.methods[target.method as usize].arity == arity;
        if target.method != NO_METHOD && !fits {
            // It is run with the values that the send passes, whatever it looks like.
            target.code = interpreter::entry_of_arity(arity);
        }
        if fits && let Some(code) = self.unit_code(class, target.method) {
            target.code = code;
        }
        let mut intrinsic = Intrinsic::None;
        if class == SMALL_INT && arity == 2 && fits {
            intrinsic = self.intrinsic_of(target.method);
            target.code = intrinsic.code().unwrap_or(target.code);
        }
        let s = &mut self.site_table[site as usize];
        if free == Some(0) {
            s.intrinsic = intrinsic;
        }
        match free {
            Some(i) => {
                let e = &mut s.entries[i];
                e.class = class;
                e.method = target.method;
                e.code = target.code;
            }
            None if class == SUPER_CLASS || class == SMALL_INT => {}
            None => {
                let code = target.code;
                self.global_cache
                    .keep_code(class, selector, arity as u8, code);
            }
        }
        self.tell_of_miss(site, (class != SUPER_CLASS).then_some(class), free);
        target
    }

    /// The method that the send under way (whose code was jumped to) has found.
    pub(crate) fn callee_of_site(&mut self, receiver: Word) -> u32 {
        let site = self.site;
        let s = &self.site_table[site as usize];
        let class = if s.is_super {
            SUPER_CLASS
        } else {
            self.class_of(receiver)
        };
        for e in &s.entries {
            if e.class == class {
                return e.method;
            }
        }
        let selector = s.selector;
        self.find_method(class, selector).unwrap_or(NO_METHOD)
    }

    /// Enters a method with the number of values that its selector looks like; they are in
    /// the frame it is to have.
    ///
    /// # Safety
    /// `fp[0..arity]` are the arguments; below `fp` is a complete record.
    pub(crate) unsafe fn invoke(&mut self, fp: Fp, method: u32) -> Exit {
        let arity = self.methods[method as usize].arity;
        // SAFETY: the caller's.
        unsafe { self.invoke_with(fp, method, arity) }
    }

    /// Enters a method with `count` values, which are in the frame it is to have.
    ///
    /// # Safety
    /// `fp[0..count]` are the values, from 1 to 255 of them; below `fp` is a complete record.
    pub(crate) unsafe fn invoke_with(&mut self, fp: Fp, method: u32, count: usize) -> Exit {
        let m = &self.methods[method as usize];
        // SAFETY: the caller's.
        unsafe {
            if m.runs_native() && m.arity == count {
                m.code.call_from_frame(self, fp, count)
            } else {
                interpreter::enter_method(self, fp, method, count)
            }
        }
    }
}

macro_rules! send_stubs {
    ($($miss:ident $dnu:ident $as:ident ($($a:ident),*);)*) => {$(
        /// A send that did not hit the first entry of its site.
        ///
        /// # Safety
        /// Called as code: `vm.site` is the site of the send.
        pub unsafe fn $miss(vm: &mut Vm, fp: Fp, a0: Word $(, $a: Word)*) -> Exit {
            vm.request_pause_in_stress_mode();
            let target = vm.resolve(vm.site, a0);
            // SAFETY: the target's arity is that of the site.
            unsafe { target.code.$as()(vm, fp, a0 $(, $a)*) }
        }

        /// A send that is not understood.
        ///
        /// # Safety
        /// Called as code: `vm.site` is the site of the send.
        pub unsafe fn $dnu(vm: &mut Vm, fp: Fp, a0: Word $(, $a: Word)*) -> Exit {
            let words = [a0 $(, $a)*];
            // SAFETY: a frame's room is checked before it is entered.
            unsafe {
                for (i, w) in words.into_iter().enumerate() {
                    *fp.add(i) = w;
                }
                crate::errors::site_not_understood(vm, fp)
            }
        }
    )*};
}

send_stubs! {
    miss1 dnu1 as1 ();
    miss2 dnu2 as2 (a1);
    miss3 dnu3 as3 (a1, a2);
    miss4 dnu4 as4 (a1, a2, a3);
}

/// The miss code for an arity.
pub fn miss_of_arity(arity: usize) -> Code {
    match arity {
        0 | 1 => Code::of1(miss1),
        2 => Code::of2(miss2),
        3 => Code::of3(miss3),
        _ => Code::of4(miss4),
    }
}

/// The code of a send that is not understood, for an arity.
pub fn dnu_of_arity(arity: usize) -> Code {
    match arity {
        0 | 1 => Code::of1(dnu1),
        2 => Code::of2(dnu2),
        3 => Code::of3(dnu3),
        _ => Code::of4(dnu4),
    }
}
