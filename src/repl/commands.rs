//! What the prompt understands besides Smalltalk.

use super::Repl;
use crate::failure::{Failure, Outcome, print_line, tell};
use smallworld_runtime::sampling::Samples;
use std::path::Path;
use std::time::{Duration, Instant};

/// Methods that `:profile` shows.
const SHOWN_SHARES: usize = 15;

const HELP: &str = "\
Type an expression to see its value. What you assign stays:

  x <- 3
  x + 4

Several statements are separated by full stops. An open bracket or quote, or a
backslash at the end, continues on the next line; Tab completes selectors and
classes; Ctrl-C stops what runs.

  :browse CLASS             variables and selectors of a class
  :source CLASS>>SELECTOR   the text of a method (CLASS class>>SELECTOR for the class's own)
  :inspect EXPR             the value, its class, and what is in its variables
  :time EXPR                the value, and how long it took
  :profile EXPR             the value, and in which methods the time went
  :load FILE                files a program in
  :save PATH                writes the image
  :profile-out PATH         writes what the send sites have seen so far
  :help                     this
  :quit                     leaves (so does Ctrl-D)";

impl Repl {
    /// Does a command, given without its colon.
    pub(super) fn command(&mut self, text: &str) -> Outcome {
        let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        let done = match (name, rest.is_empty()) {
            ("help" | "h" | "?", _) => print_line(HELP.as_bytes()),
            ("quit" | "q" | "exit", _) => {
                self.quit = true;
                Ok(())
            }
            ("load", false) => self.session.file_in(Path::new(rest)),
            ("save", false) => self.save(Path::new(rest)),
            ("profile-out", false) => self.session.write_profile(Path::new(rest)),
            ("profile", false) => self.profile(rest),
            ("inspect", false) => self.inspect(rest),
            ("browse", false) => self.browse(rest),
            ("source", false) => self.source(rest),
            ("time", false) => self.time(rest),
            (
                "load" | "save" | "profile-out" | "profile" | "inspect" | "browse" | "source"
                | "time",
                true,
            ) => Err(Failure::usage(format_args!(":{name} of what? See :help"))),
            _ => Err(Failure::usage(format_args!(
                "there is no command :{name}; see :help"
            ))),
        };
        match done {
            // The user is at a prompt and can try again.
            Err(Failure::Usage(message)) => {
                tell(message);
                Ok(())
            }
            Err(Failure::Program) => Ok(()),
            other => other,
        }
    }

    fn save(&mut self, path: &Path) -> Outcome {
        self.session.save_image(path)?;
        tell(format_args!("saved in '{}'", path.display()));
        Ok(())
    }

    fn time(&mut self, text: &str) -> Outcome {
        let started = Instant::now();
        let value = self.value(text)?;
        let time = started.elapsed();
        if let Some(value) = value {
            print_line(&value)?;
        }
        tell(format_args!("{:.3} ms", time.as_secs_f64() * 1000.0));
        Ok(())
    }

    fn profile(&mut self, text: &str) -> Outcome {
        // With `--profile-time` samples are being taken already; they go on afterwards.
        let before = self.session.vm.stop_sampling();
        self.session.vm.start_sampling(Samples::default());
        let started = Instant::now();
        let value = self.value(text);
        let time = started.elapsed();
        let samples = self.session.vm.stop_sampling().unwrap_or_default();
        if let Some(before) = before {
            self.session.vm.start_sampling(before);
        }
        if let Some(value) = value? {
            print_line(&value)?;
        }
        tell(shares(&samples, time));
        Ok(())
    }

    fn inspect(&mut self, text: &str) -> Outcome {
        let Some(expression) = self.prepared(text)? else {
            return Ok(());
        };
        let workspace = &self.workspace;
        let done = self
            .session
            .running(text, |vm| vm.inspect_in(workspace, &expression));
        match done {
            Ok(inspection) => print_line(inspection.to_string().as_bytes()),
            Err(ending) => self.shown(ending).map(|_| ()),
        }
    }

    fn browse(&mut self, name: &str) -> Outcome {
        let Some(class) = self.session.vm.outline(name) else {
            return Err(Failure::usage(format_args!("there is no class '{name}'")));
        };
        let mut text = class.name.clone();
        if let Some(superclass) = &class.superclass {
            text.push_str(&format!(" (a {superclass})"));
        }
        for (what, list) in [
            ("variables", &class.variables),
            ("methods", &class.selectors),
            ("class methods", &class.class_selectors),
        ] {
            if !list.is_empty() {
                text.push_str(&format!("\n{what}:"));
                text.push_str(&filled(list));
            }
        }
        print_line(text.as_bytes())
    }

    fn source(&mut self, wanted: &str) -> Outcome {
        let Some((class, selector)) = wanted.split_once(">>") else {
            return Err(Failure::usage("write it as :source CLASS>>SELECTOR"));
        };
        let (class, selector) = (class.trim(), selector.trim());
        let (name, of_class) = match class.strip_suffix(" class") {
            Some(name) => (name.trim(), true),
            None => (class, false),
        };
        match self.session.vm.method_source(name, of_class, selector) {
            Some(Some(text)) => print_line(text.replace('\r', "\n").trim_end().as_bytes()),
            Some(None) => Err(Failure::usage("the image does not keep its text")),
            None => Err(Failure::usage(format_args!(
                "there is no {class}>>{selector}; :browse {name} lists what there is"
            ))),
        }
    }
}

/// The methods in which most of the time went.
fn shares(samples: &Samples, time: Duration) -> String {
    let total = samples.total();
    let mut text = format!("{:.3} ms, {total} samples", time.as_secs_f64() * 1000.0);
    if total == 0 {
        text.push_str(": too short to say where the time went");
        return text;
    }
    text.push_str("\n   self   total  method");
    let percent = |count: u64| count as f64 * 100.0 / total as f64;
    for share in samples.shares().iter().take(SHOWN_SHARES) {
        let (own, all) = (percent(share.own), percent(share.total));
        text.push_str(&format!("\n {own:5.1}%  {all:5.1}%  {}", share.name));
    }
    text
}

/// Words in lines of at most 78 characters, indented.
fn filled(words: &[String]) -> String {
    let mut text = String::new();
    let mut column = usize::MAX;
    for word in words {
        let width = word.chars().count() + 1;
        if column.saturating_add(width) > 78 {
            text.push_str("\n ");
            column = 1;
        }
        text.push(' ');
        text.push_str(word);
        column += width;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn lists_are_broken_into_lines() {
        let words: Vec<String> = (0..40).map(|n| format!("word{n}")).collect();
        let text = filled(&words);
        assert!(text.lines().all(|l| l.len() <= 78));
        assert_eq!(text.split_whitespace().count(), 40);
    }
}
