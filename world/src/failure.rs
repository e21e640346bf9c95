//! How a command ends when it does not end well, and the exit code for it.

use std::fmt::Display;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// Why a command stopped.
#[derive(Debug)]
pub enum Failure {
    /// What was asked for was done, and the answer is no: problems found, sources with errors, a failed build.
    /// What there is to say has been said, or is the text.
    Failed(Option<String>),
    /// Wrong usage, or a file that cannot be used.
    Unusable(String),
    /// The program that was run for the command failed: its exit code, and what there is to say.
    Program(u8, String),
    /// Nobody reads the output any more.
    Closed,
}

/// What commands answer.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// The command failed, for this reason.
    pub fn failed(message: impl Display) -> Failure {
        Failure::Failed(Some(message.to_string()))
    }

    /// The command cannot do its work with what it was given.
    pub fn unusable(message: impl Display) -> Failure {
        Failure::Unusable(message.to_string())
    }

    /// A file that something could not be done with: `cannot write 'x.image': Permission denied`.
    pub fn file(verb: &str, path: &Path, error: &io::Error) -> Failure {
        Failure::Unusable(format!("cannot {verb} '{}': {error}", path.display()))
    }

    /// Says what there is to say, on standard error, and answers the exit code.
    pub fn report(self) -> ExitCode {
        let (message, code) = match self {
            Failure::Failed(message) => (message, 1),
            Failure::Unusable(message) => (Some(message), 2),
            Failure::Program(code, message) => (Some(message), code),
            Failure::Closed => (None, 0),
        };
        if let Some(message) = message {
            use std::io::Write;
            // Where standard error is closed too, there is nobody to tell.
            let _ = writeln!(io::stderr(), "error: {message}");
        }
        ExitCode::from(code)
    }
}

impl From<io::Error> for Failure {
    /// An error of the output; files have messages of their own.
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::Closed,
            _ => Failure::unusable(format!("cannot write the output: {error}")),
        }
    }
}
