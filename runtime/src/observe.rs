//! What the machine does off the straight path, for who wants to watch: cache misses,
//! collections, changes of process. Nothing is made up of it while nobody does.

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
}

/// Who is told.
pub type Observer = Box<dyn FnMut(&Event)>;

impl Vm {
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
}
