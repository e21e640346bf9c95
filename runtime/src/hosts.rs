//! Objects of the host that the image holds: files, semaphores, panes, pictures.
//!
//! In the object memory such an object is a raw one of two words, a kind and an index.
//! In a saved image it is nil, as in the original.

use crate::allocate::AllocationError;
use crate::code::Fp;
use crate::files::{FileId, FileTable};
use crate::object::{self, ObjectFormat, Shape};
use crate::ui::{ActionId, PaneId, PictureId};
use crate::value::Word;
use crate::vm::Vm;
use std::collections::BTreeMap;

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
#[derive(Default)]
pub struct Hosts {
    semaphores: BTreeMap<u32, Semaphore>,
    next_semaphore: u32,
    files: Vec<FileId>,
    actions: Vec<Word>,
}

impl Hosts {
    /// A new semaphore.
    pub fn new_semaphore(&mut self) -> Host {
        let n = self.next_semaphore;
        self.next_semaphore += 1;
        self.semaphores.insert(n, Semaphore::default());
        Host::Semaphore(n)
    }

    /// The semaphore with a number.
    pub fn semaphore(&mut self, n: u32) -> Option<&mut Semaphore> {
        self.semaphores.get_mut(&n)
    }

    /// Notes an open file, to be closed when nobody can reach it any more.
    pub fn opened(&mut self, id: FileId) -> Host {
        self.files.push(id);
        Host::File(id)
    }

    /// Keeps a block for the window system.
    pub fn keep_action(&mut self, block: Word) -> ActionId {
        self.actions.push(block);
        ActionId(self.actions.len() as u32 - 1)
    }

    /// The block of an action.
    pub fn action(&self, id: ActionId) -> Option<Word> {
        self.actions.get(id.0 as usize).copied()
    }

    /// Shows every object that is kept.
    pub fn each_root(&mut self, show: &mut dyn FnMut(&mut Word)) {
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
    pub fn sweep(&mut self, live: &[(u32, u32)], files: &mut FileTable) {
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
    }
}

impl Vm {
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
