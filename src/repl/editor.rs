//! Line editing: history, completion, inputs of several lines.

use super::syntax;
use rustyline::completion::Completer;
use rustyline::config::{CompletionType, Configurer};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};
use std::path::PathBuf;

/// An editor with its history.
pub struct Editor {
    inner: rustyline::Editor<Names, FileHistory>,
    history: Option<PathBuf>,
}

/// What the user entered.
pub enum Line {
    /// A whole input, maybe of several lines.
    Text(String),
    /// Ctrl-C: what was there is forgotten.
    Cancelled,
    /// Ctrl-D.
    End,
}

impl Editor {
    /// An editor that knows what was entered before.
    pub fn new() -> Result<Editor, ReadlineError> {
        let mut inner = rustyline::Editor::<Names, FileHistory>::new()?;
        inner.set_helper(Some(Names::default()));
        inner.set_completion_type(CompletionType::List);
        inner.set_auto_add_history(true);
        let history = history_file();
        if let Some(path) = &history {
            // The first time there is none.
            let _ = inner.load_history(path);
        }
        Ok(Editor { inner, history })
    }

    /// Reads an input.
    pub fn read(&mut self) -> Result<Line, ReadlineError> {
        match self.inner.readline("> ") {
            Ok(text) => Ok(Line::Text(text)),
            Err(ReadlineError::Interrupted) => Ok(Line::Cancelled),
            Err(ReadlineError::Eof) => Ok(Line::End),
            Err(problem) => Err(problem),
        }
    }

    /// What Tab completes from now on.
    pub fn set_names(&mut self, mut names: Vec<String>) {
        names.sort();
        names.dedup();
        if let Some(helper) = self.inner.helper_mut() {
            helper.0 = names;
        }
    }

    /// Keeps the history, where there is a place for it.
    pub fn save_history(&mut self) {
        let Some(path) = &self.history else { return };
        let folder = path.parent().map(std::fs::create_dir_all);
        if matches!(folder, Some(Ok(()))) {
            // A history that cannot be written is no loss worth a message.
            let _ = self.inner.save_history(path);
        }
    }
}

/// `$XDG_STATE_HOME/smallworld/history`, by default below `~/.local/state`.
fn history_file() -> Option<PathBuf> {
    let absolute = |name| {
        let path = PathBuf::from(std::env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    let state = absolute("XDG_STATE_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".local").join("state")))?;
    Some(state.join("smallworld").join("history"))
}

/// The names that can be completed, sorted.
#[derive(Default)]
struct Names(Vec<String>);

impl Names {
    /// Where the word before the cursor begins, and its completions.
    fn completions(&self, line: &str, at: usize) -> (usize, Vec<String>) {
        let before = &line[..at];
        let is_part = |c: char| c.is_alphanumeric() || c == ':';
        let start = before
            .char_indices()
            .rev()
            .take_while(|(_, c)| is_part(*c))
            .last()
            .map_or(at, |(i, _)| i);
        let word = &before[start..];
        if word.is_empty() {
            return (at, Vec::new());
        }
        if start == 0 && word.starts_with(':') {
            let commands = [
                ":browse ",
                ":help",
                ":inspect ",
                ":load ",
                ":profile ",
                ":profile-out ",
                ":quit",
                ":save ",
                ":source ",
                ":time ",
            ];
            let fitting = commands.iter().filter(|c| c.starts_with(word));
            return (start, fitting.map(ToString::to_string).collect());
        }
        let fitting = self.0.iter().filter(|n| n.starts_with(word));
        (start, fitting.cloned().collect())
    }
}

impl Completer for Names {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.completions(line, at))
    }
}

impl Validator for Names {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        Ok(
            if text.trim_start().starts_with(':') || syntax::is_complete(text) {
                ValidationResult::Valid(None)
            } else {
                ValidationResult::Incomplete
            },
        )
    }
}

impl Hinter for Names {
    type Hint = String;
}

impl Highlighter for Names {}

impl Helper for Names {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_completed() {
        let names = Names(vec!["Array".into(), "at:".into(), "at:put:".into()]);
        let of = |line: &str| names.completions(line, line.len());
        assert_eq!(of("x at"), (2, vec!["at:".into(), "at:put:".into()]));
        assert_eq!(of("x at:p"), (2, vec!["at:put:".into()]));
        assert_eq!(of("(Arr"), (1, vec!["Array".into()]));
        assert_eq!(of(":b"), (0, vec![":browse ".into()]));
        assert_eq!(of("x "), (2, vec![]));
    }
}
