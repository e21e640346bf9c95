//! Objects of the host that the image holds: files, semaphores, panes, pictures.
//!
//! In the object memory such an object is a raw one of two words, a kind and an index.
//! In a saved image it is nil, as in the original.

use crate::allocate::AllocationError;
use crate::budget::{Budget, Charge};
use crate::code::Fp;
use crate::files::{FileId, FileTable, LinePart};
use crate::object::{self, ObjectFormat, Shape};
use crate::ui::{ActionId, PaneId, PictureId};
use crate::value::Word;
use crate::vm::Vm;
use std::collections::{BTreeMap, HashSet};
use std::time::Instant;

/// Words of the object that stands for something of the host.
pub(crate) const HOST_WORDS: usize = 3;
/// Bytes that a semaphore takes, about.
pub(crate) const SEMAPHORE_BYTES: usize = 128;
/// Bytes that an action takes.
const ACTION_BYTES: usize = 16;
/// Bytes that a selector takes, besides its name, about.
const SELECTOR_BYTES: usize = 64;
/// How much of a line is read before somebody looks whether there is room for more.
const LINE_PART: usize = 64 * 1024;

/// What a host object is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Host {
    /// An open file.
    File(FileId),
    /// A semaphore.
    Semaphore(u32),
    /// Any widget.
    Pane(PaneId),
    /// A picture.
    Picture(PictureId),
}

impl Host {
    fn encode(self) -> (u32, u32) {
        match self {
            Host::File(id) => (1, id.0),
            Host::Semaphore(n) => (2, n),
            Host::Pane(id) => (3, id.0),
            Host::Picture(id) => (4, id.0),
        }
    }

    fn decode(kind: u32, index: u32) -> Option<Host> {
        Some(match kind {
            1 => Host::File(FileId(index)),
            2 => Host::Semaphore(index),
            3 => Host::Pane(PaneId(index)),
            4 => Host::Picture(PictureId(index)),
            _ => return None,
        })
    }
}

/// A one-shot semaphore: empty until it is set.
#[derive(Default)]
pub struct Semaphore {
    /// What it was set to.
    pub value: Option<Word>,
    /// Processes that wait for it.
    pub waiting: Vec<u32>,
}

/// The machine's side of host objects.
pub struct Hosts {
    semaphores: BTreeMap<u32, Semaphore>,
    next_semaphore: u32,
    files: Vec<FileId>,
    actions: Vec<Word>,
    /// Has a value been kept since the last collection?
    may_be_young: bool,
    charge: Charge,
    tables: Charge,
    tables_at_first: usize,
    /// What was made before the last full collection; see `make_host_room`.
    pub(crate) made_before: usize,
    /// No collection for such room before this, after one in vain.
    pub(crate) collect_from: Option<Instant>,
}

impl Hosts {
    /// Nothing yet; what there will be counts in that budget.
    pub(crate) fn new(budget: &Budget) -> Hosts {
        Hosts {
            semaphores: BTreeMap::new(),
            next_semaphore: 0,
            files: Vec::new(),
            actions: Vec::new(),
            may_be_young: true,
            charge: budget.charge(0),
            tables: budget.charge(0),
            tables_at_first: 0,
            made_before: 0,
            collect_from: None,
        }
    }

    /// A new semaphore.
    pub fn new_semaphore(&mut self) -> Host {
        let n = self.next_semaphore;
        self.next_semaphore += 1;
        self.semaphores.insert(n, Semaphore::default());
        self.count();
        Host::Semaphore(n)
    }

    /// The semaphore with a number.
    pub fn semaphore(&mut self, n: u32) -> Option<&mut Semaphore> {
        self.may_be_young = true;
        self.semaphores.get_mut(&n)
    }

    /// Nobody waits for any semaphore any more: all processes are over.
    pub(crate) fn forget_waiting(&mut self) {
        for s in self.semaphores.values_mut() {
            s.waiting.clear();
        }
    }

    fn count(&mut self) {
        let semaphores = self.semaphores.len() * SEMAPHORE_BYTES;
        self.charge
            .set(semaphores + self.actions.len() * ACTION_BYTES);
    }

    /// Notes an open file, to be closed when nobody can reach it any more.
    pub fn opened(&mut self, id: FileId) -> Host {
        self.files.push(id);
        Host::File(id)
    }

    /// Keeps a block for the window system.
    pub fn keep_action(&mut self, block: Word) -> ActionId {
        self.actions.push(block);
        self.may_be_young = true;
        self.count();
        ActionId(self.actions.len() as u32 - 1)
    }

    /// The block of an action.
    pub fn action(&self, id: ActionId) -> Option<Word> {
        self.actions.get(id.0 as usize).copied()
    }

    /// Shows every object that is kept and that a collection may move: all in a full one.
    pub fn each_root(&mut self, full: bool, show: &mut dyn FnMut(&mut Word)) {
        if !std::mem::take(&mut self.may_be_young) && !full {
            return;
        }
        for s in self.semaphores.values_mut() {
            if let Some(w) = &mut s.value {
                show(w);
            }
        }
        for w in &mut self.actions {
            show(w);
        }
    }

    /// After a full collection: gives back what no object refers to any more.
    fn sweep(&mut self, live: &HashSet<(u32, u32)>, files: &mut FileTable) {
        let alive = |h: Host| live.contains(&h.encode());
        self.semaphores
            .retain(|&n, s| !s.waiting.is_empty() || alive(Host::Semaphore(n)));
        self.files.retain(|&id| {
            let keep = alive(Host::File(id));
            if !keep {
                // Every write has reached the file already; nothing is lost.
                let _ = files.close(id);
            }
            keep
        });
        self.count();
    }
}

impl Vm {
    /// After a full collection: gives back what no object stands for any more, and counts the
    /// machine's tables, which nobody can make smaller.
    pub(crate) fn sweep_hosts(&mut self) {
        let live: HashSet<(u32, u32)> = std::mem::take(&mut self.heap.live_hosts)
            .into_iter()
            .collect();
        self.hosts.sweep(&live, &mut self.files);
        self.ui
            .keep_pictures(&|id| live.contains(&Host::Picture(id).encode()));
        let grown = self
            .table_bytes()
            .saturating_sub(self.hosts.tables_at_first);
        self.hosts.tables.set(grown);
        self.hosts.made_before = self.made_so_far();
    }

    /// Notes how large the machine's tables are for the image alone, which does not count.
    pub(crate) fn note_tables(&mut self) {
        self.hosts.tables_at_first = self.table_bytes();
    }

    /// Bytes of the tables that grow with the methods a program compiles.
    fn table_bytes(&self) -> usize {
        let sites = self.site_table.capacity() * size_of::<crate::sends::Site>();
        let methods = self.methods.len() * size_of::<crate::methods::Method>();
        let names = self.selectors.names();
        let selectors: usize = names.map(|name| SELECTOR_BYTES + 2 * name.len()).sum();
        sites + methods + selectors
    }

    /// The next line of a file, which is read as long as there is room for it.
    ///
    /// # Errors
    /// The file cannot be read, or there is no room for the line.
    pub(crate) fn read_line(&mut self, top: Fp, id: FileId) -> Result<Option<Vec<u8>>, String> {
        let mut line = Vec::new();
        let mut charge = self.heap.budget.charge(0);
        loop {
            // The line is copied when it grows, and once more to the object it becomes.
            let part = line.len().max(LINE_PART);
            self.make_host_room(top, line.len() + part)
                .map_err(|e| e.to_string())?;
            let more = self.files.read_part(id, &mut line, part)?;
            charge.set(line.capacity());
            match more {
                LinePart::Whole => return Ok(Some(line)),
                LinePart::End => return Ok(None),
                LinePart::More => {}
            }
        }
    }

    /// Makes a host object of a class.
    ///
    /// # Errors
    /// Memory is exhausted.
    pub(crate) fn new_host(
        &mut self,
        top: Fp,
        class: u32,
        host: Host,
    ) -> Result<Word, AllocationError> {
        let w = self.allocate(top, class, ObjectFormat::Raw, Shape::HOST.size())?;
        let (kind, index) = host.encode();
        // SAFETY: a raw object of two words.
        unsafe {
            object::set_raw_word(w, 0, Word(kind as u64));
            object::set_raw_word(w, 1, Word(index as u64));
        }
        Ok(w)
    }

    /// What host object a value is, if it is one.
    pub(crate) fn host_of(&self, w: Word) -> Option<Host> {
        // SAFETY: raw objects of size 2 have two words.
        unsafe {
            if w.is_int() || Shape::of_header(object::header_of(w)) != Shape::HOST {
                return None;
            }
            let word = |i| object::raw_word(w, i).0 as u32;
            Host::decode(word(0), word(1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn sweeping_many_takes_no_time() {
        let budget = Budget::default();
        let mut hosts = Hosts::new(&budget);
        let mut live = HashSet::new();
        for n in 0..200_000 {
            let semaphore = hosts.new_semaphore();
            if n % 2 == 0 {
                live.insert(semaphore.encode());
            }
        }
        assert_eq!(budget.used(), 200_000 * SEMAPHORE_BYTES);
        let before = Instant::now();
        hosts.sweep(&live, &mut FileTable::new());
        assert!(before.elapsed() < Duration::from_secs(1));
        assert_eq!(budget.used(), 100_000 * SEMAPHORE_BYTES);
        assert!(hosts.semaphore(0).is_some() && hosts.semaphore(1).is_none());
    }
}
