//! Where something is wrong in a source text, and how that is shown to a person.

use std::fmt;

/// A source text with the name it is reported under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The name shown in diagnostics, usually a path.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// A source text with its name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        Source {
            name: name.into(),
            text: text.into(),
        }
    }

    /// The 1-based line and column (in characters) of a byte offset.
    ///
    /// An offset beyond the end, or inside a character, counts as the nearest position before it.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let (start, line) = self.line_start(offset);
        let offset = floor_boundary(&self.text, offset);
        let column = self.text[start..offset].chars().count() + 1;
        (line, column)
    }

    /// The line that holds a byte offset, without its end.
    pub fn line_at(&self, offset: usize) -> &str {
        let (start, _) = self.line_start(offset);
        self.text[start..].lines().next().unwrap_or("")
    }

    fn line_start(&self, offset: usize) -> (usize, usize) {
        let offset = floor_boundary(&self.text, offset);
        let before = &self.text[..offset];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        (start, line)
    }

    /// A diagnostic about the text at a byte offset.
    pub fn diagnostic(&self, offset: usize, message: impl Into<String>) -> Diagnostic {
        let (line, column) = self.position(offset);
        Diagnostic {
            file: self.name.clone(),
            line,
            column,
            message: message.into(),
            line_text: self.line_at(offset).to_string(),
        }
    }
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// One thing that is wrong in a source text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The name of the source.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The text of that line.
    pub line_text: String,
}

impl fmt::Display for Diagnostic {
    /// Shows the place and the message, then the line with a mark under the place.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{}:{}:{}: {}",
            self.file, self.line, self.column, self.message
        )?;
        writeln!(out, "    {}", self.line_text)?;
        // Tabs are kept, so that the mark stands under the place however wide a tab is shown.
        let indent: String = self
            .line_text
            .chars()
            .take(self.column - 1)
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        write!(out, "    {indent}^")
    }
}

impl std::error::Error for Diagnostic {}

/// An error inside one text: a byte offset and a message.
///
/// [`Source::diagnostic`] turns it into something to show, once it is known where the text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextError {
    /// Where, in bytes from the start of the text.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
}

impl TextError {
    /// An error at a byte offset.
    pub fn new(offset: usize, message: impl Into<String>) -> TextError {
        TextError {
            offset,
            message: message.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_line_and_a_column() {
        let source = Source::new("a.st", "one\n\ttwo )\nthree");
        assert_eq!(source.position(0), (1, 1));
        assert_eq!(source.position(9), (2, 6));
        assert_eq!(source.position(11), (3, 1));
        assert_eq!(source.position(999), (3, 6));
    }

    #[test]
    fn columns_count_characters() {
        let source = Source::new("a.st", "'é' x");
        assert_eq!(source.position(5), (1, 5));
        assert_eq!(source.position(2), (1, 2));
    }

    #[test]
    fn a_diagnostic_shows_its_line() {
        let source = Source::new("kernel/Array.st", "one\n\ttwo )\nthree");
        let shown = source.diagnostic(9, "unexpected ')'").to_string();
        assert_eq!(
            shown,
            "kernel/Array.st:2:6: unexpected ')'\n    \ttwo )\n    \t    ^"
        );
    }
}
