//! Ctrl-C: the first one stops what the machine is doing, with a backtrace. While nothing
//! runs it ends the program, and a profile that was asked for is written.

use crate::failure::tell;
use crate::session::write_profile;
use smallworld_profile::Profile;
use smallworld_runtime::interrupt::InterruptHandle;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Where Ctrl-C goes.
#[derive(Clone, Default)]
pub struct Interrupts(Arc<State>);

#[derive(Default)]
struct State {
    running: AtomicBool,
    handle: Mutex<Option<InterruptHandle>>,
    profile: Mutex<Option<(PathBuf, Profile)>>,
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

    /// The profile that is to be written if Ctrl-C ends the program.
    pub fn keep_profile(&self, path: PathBuf, profile: Profile) {
        let slot = self.0.profile.lock();
        *slot.unwrap_or_else(PoisonError::into_inner) = Some((path, profile));
    }

    /// Is the machine at work? Otherwise Ctrl-C ends the program.
    pub fn set_running(&self, running: bool) {
        self.0.running.store(running, Ordering::SeqCst);
    }
}

impl State {
    fn interrupted(&self) {
        if !self.running.load(Ordering::SeqCst) {
            let kept = self.profile.lock();
            if let Some((path, profile)) = &*kept.unwrap_or_else(PoisonError::into_inner)
                && let Err(problem) = write_profile(path, profile)
            {
                tell(format_args!("error: {problem}"));
            }
            std::process::exit(130);
        }
        let slot = self.handle.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = &*slot {
            handle.interrupt();
        }
    }
}
