//! Ctrl-C: the first one stops what the machine is doing, with a backtrace.

use smallworld_runtime::interrupt::InterruptHandle;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Where Ctrl-C goes.
#[derive(Clone, Default)]
pub struct Interrupts(Arc<State>);

#[derive(Default)]
struct State {
    running: AtomicBool,
    handle: Mutex<Option<InterruptHandle>>,
}

impl Interrupts {
    /// Takes over Ctrl-C. Where that is not possible it ends the program, as usual.
    pub fn listen() -> Interrupts {
        let interrupts = Interrupts::default();
        let state = Arc::clone(&interrupts.0);
        let listening = ctrlc::set_handler(move || state.interrupted());
        if let Err(problem) = listening {
            tracing::warn!(target: "vm", "Ctrl-C will end the program: {problem}");
        }
        interrupts
    }

    /// The machine that is to be stopped from now on.
    pub fn attach(&self, handle: InterruptHandle) {
        let mut slot = self.0.handle.lock().unwrap_or_else(PoisonError::into_inner);
        *slot = Some(handle);
    }

    /// Is the machine at work? Otherwise Ctrl-C ends the program.
    pub fn set_running(&self, running: bool) {
        self.0.running.store(running, Ordering::SeqCst);
    }
}

impl State {
    fn interrupted(&self) {
        if !self.running.load(Ordering::SeqCst) {
            std::process::exit(130);
        }
        let slot = self.handle.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = &*slot {
            handle.interrupt();
        }
    }
}
