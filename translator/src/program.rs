//! The image, its methods and its profile, as the specialiser asks for them.

use crate::method::{Method, Owner};
use crate::unit::Start;
use proc_macro2::Ident;
use smallworld_image::{Image, MethodRef, ObjId, Payload, hash_bytes, method_slot};
use smallworld_profile::{Count, MethodName, Profile};
use std::collections::{BTreeMap, HashMap};

/// Rust names of a method's baseline code.
pub struct BaselineNames {
    /// The module.
    pub module: Ident,
    /// Functions by start.
    pub functions: BTreeMap<Start, Ident>,
}

/// What the profile says of a site, in terms of this image.
#[derive(Clone, Default, Debug)]
pub struct SiteCounts {
    /// Receiver classes and how often, most frequent first.
    pub classes: Vec<(ObjId, Count)>,
    /// Sends by other classes.
    pub rest: Count,
}

impl SiteCounts {
    /// All sends.
    pub fn total(&self) -> Count {
        self.rest + self.classes.iter().map(|c| c.1).sum()
    }
}

/// How a profile fits an image.
#[derive(Clone, Copy, Default, Debug)]
pub struct Matching {
    /// Sites used.
    pub matched: usize,
    /// Sites of methods whose bytecode has changed.
    pub stale: usize,
    /// Sites of methods or classes that are not there.
    pub unmatched: usize,
}

/// Everything known at build time.
pub struct Program<'i> {
    /// The image.
    pub image: &'i Image,
    /// Its methods, decoded.
    pub methods: &'i [(MethodRef, Method<'i>)],
    /// Names of their baseline code, in the same order.
    pub names: &'i [BaselineNames],
    /// Class numbers, as the machine gives them.
    pub class_numbers: HashMap<ObjId, u32>,
    /// What the profile says, by method and offset.
    pub sites: HashMap<(usize, usize), SiteCounts>,
    /// How often a method ran for a class of receivers, whoever sent the message.
    pub calls: BTreeMap<(usize, ObjId), Count>,
    /// How the profile fits.
    pub matching: Matching,
    /// The class of Floats.
    pub float_class: Option<ObjId>,
    /// Metaclasses, and the class that is their only instance in the image.
    pub only_instances: BTreeMap<ObjId, ObjId>,
    by_object: HashMap<ObjId, usize>,
    classes_by_name: HashMap<String, ObjId>,
}

/// The classes of an image in the order of the machine's class numbers.
pub fn class_order(image: &Image) -> Vec<ObjId> {
    // Without classes that have a place whatever the image, no place is empty.
    image.class_order(&[]).into_iter().flatten().collect()
}

impl<'i> Program<'i> {
    /// Puts together what is known.
    pub fn new(
        image: &'i Image,
        methods: &'i [(MethodRef, Method<'i>)],
        names: &'i [BaselineNames],
        profile: &Profile,
    ) -> Program<'i> {
        let order = class_order(image);
        let class_numbers = order
            .iter()
            .enumerate()
            .map(|(n, &c)| (c, n as u32))
            .collect();
        let classes_by_name = order
            .iter()
            .rev()
            .map(|&c| (image.name_of_class(c), c))
            .collect();
        let by_object = methods
            .iter()
            .enumerate()
            .map(|(n, m)| (m.0.method, n))
            .collect();
        let float_class = order
            .iter()
            .copied()
            .find(|&c| image.name_of_class(c) == "Float");
        let mut instances: BTreeMap<ObjId, Vec<ObjId>> = BTreeMap::new();
        for &class in &order {
            if let Some(metaclass) = image.class_of(class) {
                instances.entry(metaclass).or_default().push(class);
            }
        }
        let only_instances = instances
            .into_iter()
            .filter_map(|(metaclass, classes)| match classes[..] {
                [class] => Some((metaclass, class)),
                _ => None,
            })
            .collect();
        let mut program = Program {
            only_instances,
            float_class,
            image,
            methods,
            names,
            class_numbers,
            sites: HashMap::new(),
            calls: BTreeMap::new(),
            matching: Matching::default(),
            by_object,
            classes_by_name,
        };
        program.match_profile(profile);
        program
    }

    fn match_profile(&mut self, profile: &Profile) {
        let mut by_name: HashMap<MethodName, usize> = HashMap::new();
        for (n, (found, _)) in self.methods.iter().enumerate() {
            let name = MethodName {
                class: self.image.name_of_class(found.class),
                selector: found.selector(self.image),
            };
            by_name.entry(name).or_insert(n);
        }
        for t in profile.targets() {
            let class = self.classes_by_name.get(&t.class);
            let method = t.method.as_ref().and_then(|m| by_name.get(m));
            if let (Some(&class), Some(&method)) = (class, method) {
                *self.calls.entry((method, class)).or_default() += t.count;
            }
        }
        for (name, seen) in &profile.methods {
            let Some(&n) = by_name.get(name) else {
                self.matching.unmatched += seen.sites.len();
                continue;
            };
            let method = &self.methods[n].1;
            if hash_bytes(method.parts.code) != seen.hash {
                self.matching.stale += seen.sites.len();
                continue;
            }
            for (&ip, site) in &seen.sites {
                if !method.sites.contains_key(&(ip as usize)) {
                    self.matching.stale += 1;
                    continue;
                }
                self.matching.matched += 1;
                let mut counts = SiteCounts {
                    classes: Vec::new(),
                    rest: site.megamorphic,
                };
                for t in &site.targets {
                    match self.classes_by_name.get(&t.class) {
                        Some(&c) => counts.classes.push((c, t.count)),
                        None => counts.rest += t.count,
                    }
                }
                counts.classes.sort_by_key(|c| std::cmp::Reverse(c.1));
                self.sites.insert((n, ip as usize), counts);
            }
        }
    }

    /// The place in [`methods`](Self::methods) of a Method of the image.
    pub fn method_of(&self, object: ObjId) -> Option<usize> {
        self.by_object.get(&object).copied()
    }

    /// The method that a class's instances run for a selector.
    pub fn lookup(&self, class: ObjId, selector: &[u8]) -> Option<usize> {
        let mut class = class;
        for _ in 0..1000 {
            if class == self.image.roots.nil {
                return None;
            }
            for m in self.image.methods_of(class) {
                let name = self.image.slot(*m, method_slot::NAME);
                let name = name.and_then(|n| self.image.bytes_of(n));
                if name == Some(selector) {
                    return self.method_of(*m);
                }
            }
            class = self.image.superclass_of(class)?;
        }
        None
    }

    /// The slots of an object of the image.
    pub fn slots_of(&self, id: ObjId) -> usize {
        self.image.slots_of(id).map_or(0, |slots| slots.len())
    }

    /// The slots of an entry of the table of literals.
    pub fn slots_of_literal(&self, n: u32) -> usize {
        self.literal(n).map_or(0, |id| self.slots_of(id))
    }

    /// The object of an entry of the table of literals.
    pub fn literal(&self, n: u32) -> Option<ObjId> {
        // The literals of each method follow those of the one before.
        let after = |m: &(MethodRef, Method)| m.1.first_literal <= n;
        let method = self.methods.partition_point(after).checked_sub(1);
        let m = method.map(|m| &self.methods[m].1);
        let literal = m.and_then(|m| m.parts.literals.get((n - m.first_literal) as usize));
        literal.copied()
    }

    /// The class of an object of the image.
    pub fn class_of(&self, id: ObjId) -> Option<ObjId> {
        self.image.class_of(id)
    }

    /// The SmallInt an object is.
    pub fn int_of(&self, id: ObjId) -> Option<i32> {
        match self.image.get(id)?.payload {
            Payload::SmallInt(n) => Some(n),
            _ => None,
        }
    }

    /// The selector of the send at an offset.
    pub fn selector(&self, method: usize, literal: u16) -> &'i [u8] {
        let m = &self.methods[method].1;
        let id = m.parts.literals[usize::from(literal)];
        self.image.bytes_of(id).unwrap_or_default()
    }

    /// What the profile says of a site.
    pub fn counts(&self, method: usize, ip: usize) -> SiteCounts {
        self.sites.get(&(method, ip)).cloned().unwrap_or_default()
    }

    /// Is a site of a method used as often as its method is run, say once in so many times?
    /// Sites that hardly ever run are not worth code of their own.
    pub fn is_used(&self, method: usize, ip: usize, once_in: u64) -> bool {
        let calls = self.calls_of(method);
        let total = self.counts(method, ip).total();
        !total.is_zero() && total * once_in >= calls
    }

    /// The sends of that site of a method that does most.
    pub fn hottest(&self, method: usize) -> Count {
        self.hottest_between(method, 0, usize::MAX)
    }

    /// The same of one of its blocks, with the blocks inside.
    pub fn hottest_in_block(&self, method: usize, block: usize) -> Count {
        let b = &self.methods[method].1.analysis.blocks[block];
        self.hottest_between(method, b.start, b.end)
    }

    /// How often that site is run for one call of its method, or about how often a loop goes
    /// round of which nothing has been counted.
    pub fn sends_per_call(&self, method: usize) -> Count {
        let silent = match crate::specialise::rank::turns(&self.methods[method].1) {
            crate::specialise::rank::SILENT_TURNS => crate::specialise::rank::SILENT_TURNS,
            _ => 1,
        };
        let seen = self.hottest(method) / self.calls_of(method).get();
        seen.max(Count::new(silent))
    }

    /// Calls of a method, for whichever receivers.
    pub fn calls_of(&self, method: usize) -> Count {
        let calls = self
            .calls
            .range((method, ObjId(0))..=(method, ObjId(u32::MAX)));
        calls.map(|c| c.1).sum()
    }

    fn hottest_between(&self, method: usize, start: usize, end: usize) -> Count {
        let sites = self.methods[method].1.sites.keys();
        let inside = sites.filter(|&&ip| (start..end).contains(&ip));
        let totals = inside.map(|&ip| {
            self.sites
                .get(&(method, ip))
                .map_or(Count::ZERO, SiteCounts::total)
        });
        totals.max().unwrap_or_default()
    }

    /// Which block of a method is pushed at an offset.
    pub fn block_pushed_at(&self, method: usize, at: usize) -> Option<usize> {
        let blocks = &self.methods[method].1.analysis.blocks;
        blocks.iter().position(|b| b.push_at == at)
    }

    /// The offset at which a method's code, or a block's, starts.
    pub fn code_start(&self, method: usize, owner: Owner) -> usize {
        match owner {
            None => 0,
            Some(b) => self.methods[method].1.analysis.blocks[b].start,
        }
    }
}
