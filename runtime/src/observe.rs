//! What the machine does off the straight path, for who wants to watch: cache misses,
//! collections, changes of process, specialised code that is given up. Nothing is made up of it while nobody does.

use crate::native::{NativeExit, NativeFact, NativeUnit};
use crate::vm::Vm;
use std::time::{Duration, Instant};

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// A send met a class that its site did not know: what was predicted there failed.
    Miss {
        /// The method of the site, and the offset in its bytecode.
        site: String,
        /// The selector.
        selector: String,
        /// The class of the receiver; empty for a super send.
        class: String,
        /// Classes that the site knew.
        known: usize,
        /// Can the site learn this one too?
        learns: bool,
    },
    /// A collection is over.
    Collection {
        /// Of everything, or of new objects only?
        full: bool,
        /// How long it took.
        time: Duration,
        /// Bytes of objects in the old space.
        old_bytes: usize,
    },
    /// Another process goes on.
    Switch {
        /// The number of the one that did before.
        from: u32,
        /// The number of the one that does now.
        to: u32,
    },
    /// A specialised method cannot be used any more, or yet: something that it relies on, a
    /// lookup mostly, is not as it was. The baseline serves in its place.
    Unusable {
        /// The method.
        method: String,
        /// The class of the receivers it was specialised for.
        class: String,
        /// The lookup, or what else it is.
        lookup: String,
    },
    /// A loop of specialised code goes on in the interpreter, since what it relies on has
    /// changed under way.
    LoopLeft {
        /// The method that it is in.
        method: String,
    },
}

/// Who is told.
pub type Observer = Box<dyn FnMut(&Event)>;

/// An exit of specialised code, and how often it was taken: what was predicted there failed,
/// or was never expected to be worth more than the baseline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExitCount {
    /// The specialised method.
    pub method: String,
    /// The class of the receivers it was specialised for.
    pub class: String,
    /// The method, perhaps an inlined one, that went on in the baseline.
    pub within: String,
    /// Where that did, an offset in its bytecode.
    pub ip: u32,
    /// How often.
    pub count: u64,
}

impl Vm {
    /// The exits that specialised code has taken, the most frequent first.
    pub fn exits_taken(&self) -> Vec<ExitCount> {
        let name = |native| self.bound_method(native).map(|m| self.method_name(m));
        let mut taken: Vec<ExitCount> = self
            .exits_counted()
            .filter_map(|(unit, exit, count)| {
                Some(ExitCount {
                    method: name(unit.method)?,
                    class: self.class_name(self.class_object(unit.class)),
                    within: name(exit.method)?,
                    ip: exit.ip,
                    count,
                })
            })
            .collect();
        taken.sort_by_key(|e| std::cmp::Reverse(e.count));
        taken
    }

    /// The same by the method, a number, that went on, and where.
    pub(crate) fn exits_by_method(&self) -> Vec<(u32, u32, u64)> {
        self.exits_counted()
            .filter_map(|(_, exit, count)| Some((self.bound_method(exit.method)?, exit.ip, count)))
            .collect()
    }

    fn exits_counted(&self) -> impl Iterator<Item = (&NativeUnit, &NativeExit, u64)> {
        let units = self.native_table.units.iter();
        let all = units.flat_map(|u| u.exits.iter().map(move |e| (u, e)));
        let counted = all.zip(&self.exit_counts).filter(|(_, count)| **count > 0);
        counted.map(|((unit, exit), &count)| (unit, exit, count))
    }

    /// The method that has a native method's code, if the image has one.
    fn bound_method(&self, native: u32) -> Option<u32> {
        let method = self.native_methods[native as usize];
        ((method as usize) < self.methods.len()).then_some(method)
    }

    /// Has someone told of events from now on, or nobody.
    pub fn observe(&mut self, observer: Option<Observer>) {
        self.observer = observer;
    }

    /// Tells of an event, if somebody wants to know.
    #[inline]
    pub(crate) fn tell(&mut self, event: impl FnOnce(&Vm) -> Event) {
        if self.observer.is_none() {
            return;
        }
        if let Some(mut observer) = self.observer.take() {
            observer(&event(self));
            self.observer = Some(observer);
        }
    }

    /// The time, if somebody wants to know.
    pub(crate) fn watch(&self) -> Option<Instant> {
        self.observer.is_some().then(Instant::now)
    }

    /// A send had to be looked up; `place` is the entry of the site it went to, if any.
    #[inline]
    pub(crate) fn tell_of_miss(&mut self, site: u32, class: Option<u32>, place: Option<usize>) {
        self.tell(|vm| {
            let s = &vm.site_table[site as usize];
            let known = place.unwrap_or(s.entries.len());
            Event::Miss {
                site: format!("{} @{}", vm.method_name(s.method), s.ip),
                selector: String::from_utf8_lossy(vm.selectors.name(s.selector)).into_owned(),
                class: class.map_or_else(String::new, |n| vm.class_name(vm.class_object(n))),
                known,
                learns: place.is_some(),
            }
        });
    }

    /// A unit was found not to be usable, by the assumption with that number.
    #[cold]
    pub(crate) fn tell_of_unit(&mut self, assumption: usize) {
        let table = self.native_table;
        let a = &table.assumptions[assumption];
        let unit = &table.units[a.unit as usize];
        let method = self.native_methods[unit.method as usize];
        if method as usize >= self.methods.len() {
            // Another image, which has no such method.
            return;
        }
        self.tell(|vm| {
            let class_name = |number| vm.class_name(vm.class_object(number));
            Event::Unusable {
                method: vm.method_name(method),
                class: class_name(unit.class),
                lookup: match a.fact {
                    NativeFact::Finds {
                        class, selector, ..
                    } => format!(
                        "{}>>{}",
                        class_name(class),
                        String::from_utf8_lossy(selector)
                    ),
                    NativeFact::Inherits { class, .. } => {
                        format!("what {} inherits from", class_name(class))
                    }
                    NativeFact::Class { class, .. } => {
                        format!("the variables of class {}", class_name(class))
                    }
                    NativeFact::Literal { class, .. } => {
                        format!("a literal of class {}", class_name(class))
                    }
                    NativeFact::LiteralIsClass { class, .. } => {
                        format!("the literal {}", class_name(class))
                    }
                    NativeFact::Constants { .. } => "nil, true and false".into(),
                    NativeFact::Blocks => "Blocks being as they were made".into(),
                    NativeFact::Unchanged { .. } => "its method".into(),
                },
            }
        });
    }
}
