//! Asking a running machine for attention, from a signal or another thread.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a process runs before others that are ready get their turn.
pub const TIME_SLICE: Duration = Duration::from_millis(10);

#[derive(Default)]
struct Shared {
    /// Address of the machine's limit, while it runs.
    limit: Mutex<Option<usize>>,
    stop: AtomicBool,
    end: AtomicBool,
    tick: AtomicBool,
    ticking: AtomicBool,
    /// Samples to be taken, and the number of the clock that asks for them.
    samples_due: AtomicU32,
    sampler: AtomicU32,
}

impl Shared {
    fn request(&self) {
        let limit = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(address) = *limit {
            // SAFETY: the address is here while the machine runs, and is withdrawn under
            // this lock. A machine that runs is borrowed, so that nobody can move it.
            unsafe { &*(address as *const AtomicUsize) }.store(0, Ordering::Relaxed);
        }
    }
}

/// While there is one, requests reach the limit of a machine.
pub(crate) struct Attached(Arc<Shared>);

impl Drop for Attached {
    fn drop(&mut self) {
        let mut slot = self.0.limit.lock().unwrap_or_else(PoisonError::into_inner);
        *slot = None;
    }
}

/// The machine's side.
#[derive(Default)]
pub struct Interrupts(Arc<Shared>);

/// A handle by which any thread can stop what the machine is doing.
#[derive(Clone)]
pub struct InterruptHandle(Arc<Shared>);

impl InterruptHandle {
    /// Stops all processes, the active one at its next safepoint, with a backtrace.
    pub fn interrupt(&self) {
        self.0.stop.store(true, Ordering::Relaxed);
        self.0.request();
    }
}

impl InterruptHandle {
    /// Ends the program at the next safepoint, all its processes with it, as if it had
    /// asked to quit. There is no way back.
    pub fn end(&self) {
        self.0.end.store(true, Ordering::Relaxed);
        self.0.request();
    }
}

impl Interrupts {
    /// Where requests go, until the answer is dropped. What was asked for before is asked for
    /// now.
    ///
    /// # Safety
    /// The limit stays where it is until then.
    pub(crate) unsafe fn attach(&self, limit: &AtomicUsize) -> Attached {
        let shared = &self.0;
        let mut slot = shared.limit.lock().unwrap_or_else(PoisonError::into_inner);
        *slot = Some(limit as *const AtomicUsize as usize);
        drop(slot);
        let flags = [&shared.stop, &shared.end, &shared.tick];
        let samples = shared.samples_due.load(Ordering::Relaxed) > 0;
        if samples || flags.iter().any(|f| f.load(Ordering::Relaxed)) {
            limit.store(0, Ordering::Relaxed);
        }
        Attached(Arc::clone(shared))
    }

    /// A handle for others.
    pub fn handle(&self) -> InterruptHandle {
        InterruptHandle(Arc::clone(&self.0))
    }

    /// Is the program to end?
    pub(crate) fn ended(&self) -> bool {
        self.0.end.load(Ordering::Relaxed)
    }

    /// Has somebody asked to stop? Asking once is answered once.
    pub(crate) fn take_stop(&self) -> bool {
        self.0.stop.load(Ordering::Relaxed) && self.0.stop.swap(false, Ordering::Relaxed)
    }

    /// Is the time slice over?
    pub(crate) fn take_tick(&self) -> bool {
        self.0.tick.load(Ordering::Relaxed) && self.0.tick.swap(false, Ordering::Relaxed)
    }

    /// How many samples are due. Asking once is answered once.
    #[inline]
    pub(crate) fn take_samples_due(&self) -> u32 {
        match self.0.samples_due.load(Ordering::Relaxed) {
            0 => 0,
            _ => self.0.samples_due.swap(0, Ordering::Relaxed),
        }
    }

    /// Starts the clock of samples.
    pub(crate) fn start_sampling(&self, period: Duration) {
        self.stop_sampling();
        let number = self.0.sampler.fetch_add(1, Ordering::Relaxed) + 1;
        let weak = Arc::downgrade(&self.0);
        // Without a second thread there are no samples, and the program runs as ever.
        let _ = std::thread::Builder::new()
            .name("samples".into())
            .spawn(move || {
                loop {
                    std::thread::sleep(period);
                    let Some(shared) = weak.upgrade() else { break };
                    if shared.sampler.load(Ordering::Relaxed) != number {
                        break;
                    }
                    shared.samples_due.fetch_add(1, Ordering::Relaxed);
                    shared.request();
                }
            });
    }

    /// Stops it. The clock that runs sees that its number is not the newest any more.
    pub(crate) fn stop_sampling(&self) {
        self.0.sampler.fetch_add(1, Ordering::Relaxed);
        self.0.samples_due.store(0, Ordering::Relaxed);
    }

    /// Starts the clock of time slices, which runs until the machine goes away.
    pub(crate) fn start_ticking(&self) {
        if self.0.ticking.swap(true, Ordering::Relaxed) {
            return;
        }
        let weak = Arc::downgrade(&self.0);
        // Without a second thread processes still change where they wait.
        let _ = std::thread::Builder::new()
            .name("time slices".into())
            .spawn(move || {
                loop {
                    std::thread::sleep(TIME_SLICE);
                    let Some(shared) = weak.upgrade() else { break };
                    shared.tick.store(true, Ordering::Relaxed);
                    shared.request();
                }
            });
    }
}
