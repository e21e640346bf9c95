//! What a machine can say about its image: counts, names, sources.

use crate::value::Word;
use crate::vm::{ARRAY, Vm};
use smallworld_abi::layout::{class_slot, method_slot};
use std::collections::BTreeSet;

/// How much of everything there is.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Counts {
    /// Classes and metaclasses.
    pub classes: usize,
    /// Methods.
    pub methods: usize,
    /// Methods with native code.
    pub native: usize,
    /// Methods that are specialised for a class of receivers.
    pub specialised: usize,
    /// Of those, the ones whose assumptions all hold as the image is now.
    pub specialised_valid: usize,
    /// Methods without, by name, with what is wrong with those that cannot run at all.
    pub interpreted: Vec<(String, Option<String>)>,
    /// Blocks in the methods.
    pub blocks: usize,
    /// Send sites in the native methods.
    pub native_sites: usize,
    /// Send sites the interpreter has met.
    pub interpreted_sites: usize,
    /// Bytes of objects in the old space.
    pub old_bytes: usize,
    /// Minor collections so far.
    pub minor_collections: u64,
    /// Full collections so far.
    pub full_collections: u64,
}

/// A class as it is shown to a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClassOutline {
    /// Its name.
    pub name: String,
    /// The name of its superclass, if it has one.
    pub superclass: Option<String>,
    /// The instance variables it adds.
    pub variables: Vec<String>,
    /// The selectors of its methods.
    pub selectors: Vec<String>,
    /// The selectors of its metaclass's methods.
    pub class_selectors: Vec<String>,
}

impl Vm {
    /// Counts everything.
    pub fn counts(&mut self) -> Counts {
        if self.units_unchecked {
            self.check_units();
        }
        let mut counts = Counts {
            classes: self.class_objects.len(),
            old_bytes: self.heap.old_bytes(),
            minor_collections: self.heap.statistics.minor,
            full_collections: self.heap.statistics.full,
            specialised: self.units.len(),
            specialised_valid: match self.units.len() {
                0 => 0,
                _ => self.valid_units.iter().filter(|&&v| v != 0).count(),
            },
            ..Counts::default()
        };
        let mut bound = vec![false; self.native_table.methods.len()];
        for (n, m) in self.methods.iter().enumerate() {
            if m.superseded || m.is_variant || m.object == Word::ZERO {
                continue;
            }
            counts.methods += 1;
            counts.blocks += m.blocks.len();
            match m.native {
                Some(native) => {
                    counts.native += 1;
                    bound[native as usize] = true;
                }
                None => {
                    let name = self.method_name(n as u32);
                    counts.interpreted.push((name, m.problem.clone()));
                }
            }
        }
        let native = self.native_table.sites;
        counts.native_sites = native.iter().filter(|s| bound[s.method as usize]).count();
        counts.interpreted_sites = self.site_table.len() - native.len();
        counts
    }

    /// Minor and full collections so far, and bytes of objects in the old space.
    pub fn counts_of_collections(&self) -> (u64, u64, usize) {
        let s = &self.heap.statistics;
        (s.minor, s.full, self.heap.old_bytes())
    }

    /// The names of the classes, in alphabetical order; metaclasses are left out.
    pub fn class_names(&self) -> Vec<String> {
        let mut classes = self.listed_classes();
        classes.extend(&self.class_objects);
        let names: BTreeSet<String> = classes
            .into_iter()
            .map(|class| self.class_name(class))
            .filter(|name| name != "?" && !name.starts_with("Meta"))
            .collect();
        names.into_iter().collect()
    }

    /// The selectors the machine has met, in alphabetical order.
    pub fn selector_names(&self) -> Vec<String> {
        let names: BTreeSet<String> = self
            .selectors
            .names()
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        names.into_iter().collect()
    }

    /// A class, as it is shown to a person. Nothing if there is no such class.
    pub fn outline(&self, name: &str) -> Option<ClassOutline> {
        let class = self.class_named(name)?;
        let meta = self.class_object(self.class_of(class));
        let superclass = self
            .slot_of(class, class_slot::SUPERCLASS)
            .filter(|&s| s != self.nil)
            .map(|s| self.class_name(s));
        Some(ClassOutline {
            name: self.class_name(class),
            superclass,
            variables: self.strings_in(self.slot_of(class, class_slot::VARIABLES)),
            selectors: self.own_selectors(class),
            class_selectors: self.own_selectors(meta),
        })
    }

    /// The text of a method: of the class's instances, or of the class itself. The inner
    /// nothing says that the method is there, but its text is not.
    pub fn method_source(
        &self,
        name: &str,
        of_class: bool,
        selector: &str,
    ) -> Option<Option<String>> {
        let class = self.class_named(name)?;
        let class = match of_class {
            true => self.class_object(self.class_of(class)),
            false => class,
        };
        let method = self.own_methods(class).find(|&m| {
            let name = self.slot_of(m, method_slot::NAME);
            name.and_then(|n| self.bytes_of(n)) == Some(selector.as_bytes())
        })?;
        let text = self.slot_of(method, method_slot::TEXT);
        let text = text.and_then(|t| self.bytes_of(t));
        Some(text.map(|t| String::from_utf8_lossy(t).into_owned()))
    }

    /// The class with a name: from the image's list of classes, else among those the
    /// machine has met, the newest first.
    pub(crate) fn class_named(&self, name: &str) -> Option<Word> {
        let named = |w: &Word| {
            let slot = self.slot_of(*w, class_slot::NAME);
            slot.and_then(|n| self.bytes_of(n)) == Some(name.as_bytes())
        };
        self.listed_classes()
            .into_iter()
            .chain(self.class_objects.iter().rev().copied())
            .find(named)
    }

    /// What the image itself lists as its classes: an Array in a class variable of the
    /// class Class, if it has one.
    fn listed_classes(&self) -> Vec<Word> {
        let elements = |array: Word| (0..).map_while(move |i| self.slot_of(array, i));
        let is_class = |w: Word| {
            let name = self.slot_of(w, class_slot::NAME);
            name.is_some_and(|n| self.bytes_of(n).is_some())
                && self.slot_of(w, class_slot::VARIABLES).is_some()
        };
        let Some(&class) = self
            .class_objects
            .iter()
            .find(|&&w| self.class_name(w) == "Class")
        else {
            return Vec::new();
        };
        elements(class)
            .skip(class_slot::CLASS_VARIABLES)
            .filter(|&w| self.class_of(w) == ARRAY && self.slot_of(w, 0).is_some())
            .find(|&array| elements(array).all(is_class))
            .map(|array| elements(array).collect())
            .unwrap_or_default()
    }

    fn own_methods(&self, class: Word) -> impl Iterator<Item = Word> {
        let methods = self.slot_of(class, class_slot::METHODS);
        (0..).map_while(move |i| self.slot_of(methods?, i))
    }

    fn own_selectors(&self, class: Word) -> Vec<String> {
        let mut names: Vec<String> = self
            .own_methods(class)
            .filter_map(|m| self.slot_of(m, method_slot::NAME))
            .filter_map(|n| self.bytes_of(n))
            .map(|n| String::from_utf8_lossy(n).into_owned())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn strings_in(&self, array: Option<Word>) -> Vec<String> {
        (0..)
            .map_while(|i| self.slot_of(array?, i))
            .filter_map(|w| self.bytes_of(w))
            .map(|b| String::from_utf8_lossy(b).into_owned())
            .collect()
    }
}
