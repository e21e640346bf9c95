//! Ends what runs too long: a program made of random bytes may well be a loop.

use smallworld_runtime::Vm;
use smallworld_runtime::interrupt::InterruptHandle;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a program may run.
const PATIENCE: Duration = Duration::from_millis(10);

/// The machine at work, since when.
static WATCHED: Mutex<Option<(Instant, InterruptHandle)>> = Mutex::new(None);

static THREAD: LazyLock<()> = LazyLock::new(|| {
    std::thread::spawn(|| {
        loop {
            std::thread::sleep(Duration::from_millis(2));
            let watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((since, handle)) = &*watched
                && since.elapsed() > PATIENCE
            {
                handle.interrupt();
            }
        }
    });
});

/// Runs something of a machine's, which is stopped if it takes too long. One at a time.
pub fn limited<T>(vm: &mut Vm, work: impl FnOnce(&mut Vm) -> T) -> T {
    LazyLock::force(&THREAD);
    watch(Some((Instant::now(), vm.interrupt_handle())));
    let done = work(vm);
    watch(None);
    done
}

fn watch(machine: Option<(Instant, InterruptHandle)>) {
    *WATCHED.lock().unwrap_or_else(PoisonError::into_inner) = machine;
}
