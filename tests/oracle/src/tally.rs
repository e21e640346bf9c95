//! Counts and failures, and how they travel from the process that ran a file to the one
//! that reports.

use std::fmt::Write;

/// Of a long value only so much is shown.
const SHOWN: usize = 600;

/// What came of a number of comparisons.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Tally {
    /// How many were as expected.
    pub passed: usize,
    /// How many there were.
    pub total: usize,
    /// Those that were not as expected, each in a few lines.
    pub failures: Vec<String>,
}

impl Tally {
    /// Compares one result.
    pub fn compare(&mut self, place: &str, what: &str, expected: &str, got: &str) {
        self.total += 1;
        if expected == got {
            self.passed += 1;
            return;
        }
        self.failures.push(format!(
            "{place}\n    expression {}\n    expected   {}\n    got        {}",
            shorten(what),
            shorten(expected),
            shorten(got)
        ));
    }

    /// Something went so wrong that there was nothing to compare.
    pub fn broken(&mut self, message: String) {
        self.total += 1;
        self.failures.push(message);
    }

    /// Takes in another tally.
    pub fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.total += other.total;
        self.failures.extend(other.failures);
    }

    /// As text, for the process that reports.
    pub fn encode(&self) -> String {
        let mut text = format!("{} {}\n", self.passed, self.total);
        for failure in &self.failures {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "\u{1}{failure}");
        }
        text
    }

    /// From the text; nothing if it is not one.
    pub fn decode(text: &str) -> Option<Tally> {
        let mut parts = text.split('\u{1}');
        let mut counts = parts.next()?.split_whitespace();
        Some(Tally {
            passed: counts.next()?.parse().ok()?,
            total: counts.next()?.parse().ok()?,
            failures: parts.map(|f| f.trim_end().to_string()).collect(),
        })
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_travels() {
        let mut tally = Tally::default();
        tally.compare("a:1", "3 + 4", "OK 7", "OK 7");
        tally.compare("a:2", "3 - 4", "OK -1", "OK 7");
        assert_eq!((tally.passed, tally.total), (1, 2));
        assert!(tally.failures[0].contains("expected   OK -1"));
        assert_eq!(Tally::decode(&tally.encode()), Some(tally));
        assert_eq!(Tally::decode("thread panicked"), None);
    }

    #[test]
    fn long_values_are_shortened() {
        let mut tally = Tally::default();
        tally.compare("a:1", "x", &"é".repeat(5000), "");
        assert!(tally.failures[0].contains("… (10000 bytes)"));
    }
}
