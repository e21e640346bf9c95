//! Signals. The first Ctrl-C stops what the machine is doing, all its processes, with a backtrace;
//! while nothing runs it ends the program, and so does a second one within a second, always. A
//! request to end (SIGTERM, SIGHUP) ends the program, whatever it
//! does. In all cases a profile that was asked for is written.

use crate::failure::tell;
use crate::session::write_profile;
use smallworld_profile::Profile;
use smallworld_runtime::interrupt::InterruptHandle;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The number that Ctrl-C has as a signal.
const INTERRUPT: u8 = 2;

/// How long the machine gets to reach a safepoint and the program to end in order. It may
/// wait for input that never comes.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whoever presses Ctrl-C twice within this time wants the program to end, whatever it does.
const TWICE: Duration = Duration::from_secs(1);

/// The signal that ends the program; 0 as long as there was none.
static ENDED_BY: AtomicU8 = AtomicU8::new(0);

/// The signal that asked the program to end, if one did.
pub fn ended_by() -> Option<u8> {
    Some(ENDED_BY.load(Ordering::SeqCst)).filter(|&signal| signal != 0)
}

/// Where signals go.
#[derive(Clone, Default)]
pub struct Interrupts(Arc<State>);

#[derive(Default)]
struct State {
    running: AtomicBool,
    waiting: AtomicBool,
    handle: Mutex<Option<InterruptHandle>>,
    /// When the last Ctrl-C came.
    last: Mutex<Option<Instant>>,
    profile: Mutex<Option<(PathBuf, Profile)>>,
}

impl Interrupts {
    /// Takes over the signals. Where that is not possible they end the program, as usual.
    pub fn listen() -> Interrupts {
        let interrupts = Interrupts::default();
        if let Err(problem) = listen(Arc::clone(&interrupts.0)) {
            tracing::warn!(target: "vm", "Ctrl-C will end the program: {problem}");
        }
        interrupts
    }

    /// The machine that is to be stopped from now on.
    pub fn attach(&self, handle: InterruptHandle) {
        let mut slot = self.0.handle.lock().unwrap_or_else(PoisonError::into_inner);
        *slot = Some(handle);
    }

    /// The profile that is to be written if a signal ends the program at the prompt.
    pub fn keep_profile(&self, path: PathBuf, profile: Profile) {
        let slot = self.0.profile.lock();
        *slot.unwrap_or_else(PoisonError::into_inner) = Some((path, profile));
    }

    /// Does the prompt wait for its user? Then signals end the program at once.
    pub fn set_waiting(&self, waiting: bool) {
        self.0.waiting.store(waiting, Ordering::SeqCst);
    }

    /// Is the machine at work? Otherwise Ctrl-C ends the program.
    pub fn set_running(&self, running: bool) {
        self.0.running.store(running, Ordering::SeqCst);
    }
}

/// A thread that waits for signals.
#[cfg(unix)]
fn listen(state: Arc<State>) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let mut wanted = vec![SIGINT, SIGTERM];
    if is_heard(SIGHUP) {
        wanted.push(SIGHUP);
    }
    let mut signals = signal_hook::iterator::Signals::new(wanted)?;
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in signals.forever() {
                match signal {
                    SIGINT => state.interrupted(),
                    other => state.ended(other as u8),
                }
            }
        })?;
    Ok(())
}

/// Would the signal have any effect? `nohup` starts programs that ignore SIGHUP, and they
/// must go on doing so. Where the system does not say, the signal is left alone.
#[cfg(unix)]
fn is_heard(signal: i32) -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return false;
    };
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & (1 << (signal - 1)) == 0)
}

#[cfg(not(unix))]
fn listen(state: Arc<State>) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(move || state.interrupted())
}

impl State {
    fn interrupted(&self) {
        let now = Instant::now();
        let last = self.last.lock();
        let last = last.unwrap_or_else(PoisonError::into_inner).replace(now);
        if last.is_some_and(|last| now.duration_since(last) < TWICE) {
            ENDED_BY.store(INTERRUPT, Ordering::SeqCst);
            self.leave(INTERRUPT);
        }
        if !self.running.load(Ordering::SeqCst) {
            return self.ended(INTERRUPT);
        }
        let slot = self.handle.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = &*slot {
            handle.interrupt();
        }
    }

    /// Somebody wants the program to end. The machine stops at its next safepoint, and the
    /// program goes its usual way to the exit.
    fn ended(&self, signal: u8) {
        ENDED_BY.store(signal, Ordering::SeqCst);
        if self.waiting.load(Ordering::SeqCst) {
            self.leave(signal);
        }
        let slot = self.handle.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = &*slot {
            handle.end();
        }
        drop(slot);
        std::thread::sleep(PATIENCE);
        self.leave(signal);
    }

    /// Ends the program here and now.
    fn leave(&self, signal: u8) -> ! {
        let kept = self.profile.lock();
        if let Some((path, profile)) = &*kept.unwrap_or_else(PoisonError::into_inner)
            && let Err(problem) = write_profile(path, profile)
        {
            tell(format_args!("error: {problem}"));
        }
        smallworld_image::whole_file::remove_unfinished();
        std::process::exit(128 + i32::from(signal));
    }
}
