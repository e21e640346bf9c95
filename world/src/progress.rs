//! How a build goes: one line that changes where a person watches, lines one after the other in a log.

use crate::console::{Style, time};
use std::io::{IsTerminal, Write};
use std::time::Instant;

/// The width of the bar.
const BAR: usize = 24;
/// The widest the line gets, so that it never wraps.
const WIDEST: usize = 78;

/// Shows progress on standard error.
pub struct Progress {
    live: bool,
    style: Style,
    started: Instant,
    /// The changing line, as it is shown now.
    shown: String,
}

impl Progress {
    /// Starts the clock.
    pub fn start(style: Style) -> Progress {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Progress {
            live: std::io::stderr().is_terminal() && !dumb,
            style,
            started: Instant::now(),
            shown: String::new(),
        }
    }

    /// Whether a person watches.
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// How long it has taken so far.
    pub fn elapsed(&self) -> std::time::Duration {
        self.started.elapsed()
    }

    /// A step of the build begins.
    pub fn step(&mut self, text: &str) {
        if self.live {
            self.show(text.to_owned());
        } else {
            self.say(text);
        }
    }

    /// `done` of `all` parts are there, and `what` is being worked on. A log does not show it.
    pub fn parts(&mut self, done: usize, all: usize, what: &str) {
        if self.live {
            let line = bar(done, all, &time(self.elapsed()), what);
            self.show(line);
        }
    }

    /// A line that stays.
    pub fn say(&mut self, line: &str) {
        let shown = std::mem::take(&mut self.shown);
        self.clear();
        let _ = writeln!(std::io::stderr(), "{line}");
        if !shown.is_empty() {
            self.show(shown);
        }
    }

    /// Takes the changing line away.
    pub fn finish(&mut self) {
        self.shown.clear();
        self.clear();
    }

    fn clear(&self) {
        if self.live {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }

    fn show(&mut self, line: String) {
        if line != self.shown {
            self.clear();
            let mut stderr = std::io::stderr();
            let _ = write!(stderr, "{}", self.style.label(&line));
            let _ = stderr.flush();
            self.shown = line;
        }
    }
}

/// `[=====>    ] 12/31  8.0 s  what`
fn bar(done: usize, all: usize, elapsed: &str, what: &str) -> String {
    let filled = (BAR * done.min(all)).checked_div(all).unwrap_or(0);
    let head = if filled < BAR { ">" } else { "" };
    let bar = format!("{}{head}", "=".repeat(filled));
    let line = format!("[{bar:<BAR$}] {done}/{all}  {elapsed}  {what}");
    match line.char_indices().nth(WIDEST) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills() {
        assert_eq!(
            bar(0, 4, "0.1 s", "x"),
            format!("[>{}] 0/4  0.1 s  x", " ".repeat(23))
        );
        assert_eq!(
            bar(2, 4, "3.0 s", "x"),
            format!("[{}>{}] 2/4  3.0 s  x", "=".repeat(12), " ".repeat(11))
        );
        assert_eq!(
            bar(4, 4, "9.0 s", "x"),
            format!("[{}] 4/4  9.0 s  x", "=".repeat(24))
        );
        assert!(bar(0, 0, "", "").contains("0/0"));
        assert!(bar(1, 2, "1.0 s", &"long ".repeat(40)).chars().count() <= WIDEST + 1);
    }
}
