//! How a command ends when it does not end well: exit code and message.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU8};

/// Why a command did not succeed.
#[derive(Debug)]
pub enum Failure {
    /// The Smalltalk program failed; its user has been told. Exit code 1.
    Program,
    /// Wrong usage, or a file that cannot be used. Exit code 2.
    Usage(String),
    /// The reader of standard output has gone: nothing more to do, and nothing wrong.
    Closed,
}

/// What commands answer.
pub type Outcome = Result<(), Failure>;

impl Failure {
    /// A [`Failure::Usage`].
    pub fn usage(message: impl Display) -> Failure {
        Failure::Usage(message.to_string())
    }

    /// Tells the user, and answers the exit code.
    pub fn report(&self) -> ExitCode {
        match self {
            Failure::Program => ExitCode::from(1),
            Failure::Usage(message) => {
                tell(format_args!("error: {message}"));
                ExitCode::from(2)
            }
            Failure::Closed => ExitCode::SUCCESS,
        }
    }
}

impl From<io::Error> for Failure {
    /// Of what is written to standard output.
    fn from(problem: io::Error) -> Failure {
        match problem.kind() {
            io::ErrorKind::BrokenPipe => Failure::Closed,
            _ => Failure::Usage(format!("cannot write to standard output: {problem}")),
        }
    }
}

/// The exit code that a program asked for, where it is not 0.
static WANTED: AtomicU8 = AtomicU8::new(0);
/// Has what the program shows on its Transcript left a line without its end?
static OPEN_LINE: AtomicBool = AtomicBool::new(false);

/// Notes the exit code that a program asked for.
pub fn wants(code: u8) {
    WANTED.store(code, Relaxed);
}

/// The exit code that a program asked for, if there is one and nothing else went wrong.
pub fn wanted(code: ExitCode) -> ExitCode {
    match WANTED.load(Relaxed) {
        0 => code,
        wanted => ExitCode::from(wanted),
    }
}

/// Notes whether standard output is in the middle of a line of the Transcript.
pub fn line_is_open(open: bool) {
    OPEN_LINE.store(open, Relaxed);
}

/// Ends the line of the Transcript, so that what follows begins with a new one.
pub fn end_line() {
    if OPEN_LINE.swap(false, Relaxed) {
        // Who has stopped reading it does not miss it.
        let _ = io::stdout().write_all(b"\n");
    }
}

/// Writes a line of diagnostics. Whoever closed standard error does not want it.
pub fn tell(message: impl Display) {
    let _ = writeln!(io::stderr(), "{message}");
}

/// Writes a line of results, and sees that it gets out.
pub fn print_line(line: &[u8]) -> Outcome {
    end_line();
    let mut out = io::stdout().lock();
    out.write_all(line)?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}
