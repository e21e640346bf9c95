//! What can go wrong between a Rust program and the image in it.

/// Why something asked of a [`Machine`](super::Machine) did not succeed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Error {
    /// The program in the image failed: what its error window says, message and backtrace.
    Smalltalk(String),
    /// The image asked to quit.
    Quit,
    /// A value is not of the kind that was wanted.
    Kind {
        /// What was wanted, with its article.
        wanted: &'static str,
        /// What it is.
        found: String,
    },
    /// The machine cannot do what was asked: the text says what, and why.
    Machine(String),
}

impl Error {
    /// The first line: without the backtrace of a failed program.
    pub fn message(&self) -> String {
        let text = self.to_string();
        text.lines().next().unwrap_or_default().trim_end().into()
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Smalltalk(text) if text.trim().is_empty() => {
                f.write_str("the process ended without a value")
            }
            Error::Smalltalk(text) => f.write_str(text.trim_end()),
            Error::Quit => f.write_str("the image asked to quit"),
            Error::Kind { wanted, found } => write!(f, "the value is {found}, not {wanted}"),
            Error::Machine(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}
