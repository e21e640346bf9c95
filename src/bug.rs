//! Panics: a bug of this program, and what its authors need to know about it.

use crate::args::GlobalOptions;
use crate::failure::tell;
use crate::session::built_in_name;
use smallworld_generated::NATIVE;
use smallworld_image::hash_bytes;
use smallworld_runtime::bug::last_place;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

/// The exit code that says so.
const CODE: u8 = 3;

/// What the first panic was about.
static NOTE: Mutex<Option<String>> = Mutex::new(None);

/// Does the program's work. If that panics, reports a bug.
pub fn guarded(options: &GlobalOptions, work: impl FnOnce() -> ExitCode) -> ExitCode {
    panic::set_hook(Box::new(note));
    match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(code) => code,
        Err(_) => report(options),
    }
}

/// Keeps what a panic says until it can be reported with what else is known. Only the main
/// thread comes to that.
fn note(info: &PanicHookInfo) {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let mut text = text.unwrap_or("?").to_string();
    if let Some(place) = info.location() {
        text.push_str(&format!("\n  at:      {place}"));
    }
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        text.push_str(&format!("\n{trace}"));
    }
    let mut slot = NOTE.lock().unwrap_or_else(PoisonError::into_inner);
    if slot.is_none() && std::thread::current().name() == Some("main") {
        *slot = Some(text);
    } else {
        tell(format_args!("error: this is a bug in smallworld: {text}"));
    }
}

fn report(options: &GlobalOptions) -> ExitCode {
    let note = NOTE.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (name, bytes) = match &options.image {
        None => (built_in_name().to_string(), Some(NATIVE.image.to_vec())),
        Some(path) => (path.display().to_string(), std::fs::read(path).ok()),
    };
    let hash = bytes.map_or("cannot be read".into(), |b| {
        format!("hash {:016x}", hash_bytes(&b))
    });
    tell(
        "error: smallworld itself has gone wrong. This is a bug in it, not in the program it ran.",
    );
    tell(format_args!(
        "  what:    {}",
        note.as_deref().unwrap_or("?")
    ));
    tell(format_args!("  version: {}", env!("CARGO_PKG_VERSION")));
    tell(format_args!("  image:   {name} ({hash})"));
    match last_place() {
        Some(place) => {
            tell(format_args!("  in:      {}", place.activation));
            for line in place.backtrace.lines() {
                tell(format_args!("    {line}"));
            }
        }
        None => tell("  in:      (where the Smalltalk program was is not known)"),
    }
    tell("Please report it with these lines, what was run, and the image if you can.");
    ExitCode::from(CODE)
}
