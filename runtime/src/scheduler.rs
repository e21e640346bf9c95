//! All processes that there are: which of them are ready, sleep, wait or are over, and the words
//! of those that do not run. [`process`](crate::process) is what switches between them.

use crate::budget::{Budget, Charge};
use crate::code::Code;
use crate::reporting::PendingErrors;
use crate::value::Word;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

/// Bytes that a process takes with a shallow stack, about. So there is room for it to wait.
pub(crate) const PROCESS_BYTES: usize = 320 + SHALLOW_BYTES;
/// Bytes of a stack that is not counted beyond that.
pub(crate) const SHALLOW_BYTES: usize = 512;

/// What a process is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// The machine's caller waits for its result.
    Main,
    /// Made by primitive 19.
    Forked,
    /// Runs the action of a widget.
    Callback,
}

/// What a process does while it does not run.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum State {
    Ready,
    Sleeping(Instant),
    Waiting,
    /// Over; with a value, unless it was ended.
    Ended(Option<Word>),
}

/// A process, and how it goes on.
pub(crate) struct Process {
    pub(crate) purpose: Purpose,
    pub(crate) state: State,
    pub(crate) stack: Vec<Word>,
    /// May its words be in the nursery?
    may_be_young: bool,
    /// What counts for it.
    pub(crate) charge: Charge,
    /// Errors that the image deals with in it.
    errors: PendingErrors,
    /// Code, offset of its frame pointer, arity.
    pub(crate) code: Code,
    pub(crate) fp: usize,
    pub(crate) arity: usize,
}

/// All processes.
pub struct Scheduler {
    pub(crate) processes: BTreeMap<u32, Process>,
    pub(crate) ready: VecDeque<u32>,
    /// Those that sleep, by when they wake up.
    pub(crate) sleeping: BTreeSet<(Instant, u32)>,
    /// Those whose words may be in the nursery.
    young: Vec<u32>,
    pub(crate) active: u32,
    next: u32,
    last_error: u32,
    /// Stands for the errors of a process that is none.
    no_errors: PendingErrors,
    budget: Budget,
    pub(crate) left_native_stack: u64,
}

impl Scheduler {
    /// No processes; what they will take counts in that budget.
    pub(crate) fn new(budget: Budget) -> Scheduler {
        Scheduler {
            processes: BTreeMap::new(),
            ready: VecDeque::new(),
            sleeping: BTreeSet::new(),
            young: Vec::new(),
            active: 0,
            next: 0,
            last_error: 0,
            no_errors: Vec::new(),
            budget,
            left_native_stack: 0,
        }
    }

    /// Shows the words of the processes that do not run: of all in a full collection, else of
    /// those that ran since the last one.
    pub fn each_root(&mut self, full: bool, show: &mut dyn FnMut(&mut Word)) {
        let young = std::mem::take(&mut self.young);
        if full {
            self.processes.values_mut().for_each(|p| p.show(show));
            return;
        }
        for id in young {
            if let Some(p) = self.processes.get_mut(&id) {
                p.show(show);
            }
        }
    }

    pub(crate) fn add(
        &mut self,
        purpose: Purpose,
        stack: Vec<Word>,
        code: Code,
        arity: usize,
    ) -> u32 {
        let id = self.next;
        self.next += 1;
        let fp = stack.len() - arity;
        let process = Process {
            purpose,
            state: State::Ready,
            charge: self.budget.charge(PROCESS_BYTES),
            stack,
            may_be_young: true,
            errors: Vec::new(),
            code,
            fp,
            arity,
        };
        self.processes.insert(id, process);
        self.young.push(id);
        self.ready.push_back(id);
        id
    }

    /// Notes that a process has got words that may be in the nursery.
    pub(crate) fn note_young(&mut self, id: u32) {
        if let Some(p) = self.processes.get_mut(&id)
            && !std::mem::replace(&mut p.may_be_young, true)
        {
            self.young.push(id);
        }
    }

    /// The errors that the image deals with in the active process, outermost first.
    pub(crate) fn active_errors(&mut self) -> &mut PendingErrors {
        match self.processes.get_mut(&self.active) {
            Some(p) => &mut p.errors,
            None => &mut self.no_errors,
        }
    }

    /// A number that no error had before.
    pub(crate) fn next_error(&mut self) -> u32 {
        self.last_error = self.last_error.wrapping_add(1);
        self.last_error
    }

    /// What the active process is for.
    pub fn active_purpose(&self) -> Purpose {
        self.processes
            .get(&self.active)
            .map_or(Purpose::Main, |p| p.purpose)
    }

    /// Processes that are not over.
    pub fn living(&self) -> usize {
        self.processes
            .values()
            .filter(|p| !matches!(p.state, State::Ended(_)))
            .count()
    }

    /// Ends every process but the main one that is being waited for.
    pub fn forget_all(&mut self) {
        self.processes.clear();
        self.ready.clear();
        self.sleeping.clear();
        self.young.clear();
    }

    /// Ends every process; only main ones are kept, for whoever waits for them.
    pub(crate) fn end_all(&mut self) {
        self.ready.clear();
        self.sleeping.clear();
        self.processes.retain(|_, p| {
            if !matches!(p.state, State::Ended(_)) {
                p.end(None);
            }
            p.purpose == Purpose::Main
        });
    }

    pub(crate) fn wake_sleepers(&mut self, now: Instant) {
        while let Some(&(until, id)) = self.sleeping.first()
            && until <= now
        {
            self.sleeping.pop_first();
            self.make_ready(id);
        }
    }

    pub(crate) fn next_alarm(&self) -> Option<Instant> {
        self.sleeping.first().map(|&(until, _)| until)
    }

    /// The process whose backtrace tells most, of those that are not over: the main one, else the
    /// oldest.
    pub(crate) fn foremost(&self, main: Option<u32>) -> Option<u32> {
        let living = |id: &u32| {
            let p = self.processes.get(id);
            p.is_some_and(|p| !matches!(p.state, State::Ended(_)))
        };
        let others = self.processes.keys().copied();
        main.into_iter().chain(others).find(living)
    }

    fn make_ready(&mut self, id: u32) {
        if let Some(p) = self.processes.get_mut(&id) {
            p.state = State::Ready;
            self.ready.push_back(id);
        }
    }

    /// A process that waited for a semaphore goes on with its value.
    pub(crate) fn deliver(&mut self, id: u32, value: Word) {
        if let Some(p) = self.processes.get_mut(&id)
            && let Some(last) = p.stack.last_mut()
        {
            *last = value;
            self.note_young(id);
            self.make_ready(id);
        }
    }
}

impl Process {
    fn show(&mut self, show: &mut dyn FnMut(&mut Word)) {
        self.may_be_young = false;
        for w in &mut self.stack {
            show(w);
        }
        if let State::Ended(Some(w)) = &mut self.state {
            show(w);
        }
    }

    pub(crate) fn end(&mut self, value: Option<Word>) {
        self.state = State::Ended(value);
        self.stack = Vec::new();
        self.errors = Vec::new();
        self.charge.set(PROCESS_BYTES);
    }
}
