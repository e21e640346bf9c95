//! Takes a text in the image's own file-in format apart, for whoever builds an image of it and
//! for whoever files it in.
//!
//! ```text
//! "Comments and empty lines may stand between the chunks."
//! EVAL 3 + 4
//! METHOD Shape
//! name
//!     ^ name
//! !
//! ```
//!
//! `EVAL` is followed by statements up to the end of the line, `METHOD` by a class and `META` by the
//! class of a metaclass; the method goes up to a line with only `!`. The images themselves skip all
//! other lines without a word; here anything else is an error.
//!
//! Texts without these words are in the chunk format of Smalltalk-80 (`bang`), if some line
//! ends in an exclamation mark, or else statements. The first line of each may begin with `#!`.

use crate::bang;
use crate::class_file::is_name;
use crate::diagnostic::TextError;
use std::ops::Range;

/// One part of a file-in text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// What it asks for.
    pub kind: ChunkKind,
    /// Where its first line begins.
    pub offset: usize,
    /// The statements; or the method with the end of its last line.
    pub text: Range<usize>,
}

/// What a chunk asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChunkKind {
    /// `EVAL`: to evaluate statements.
    Evaluation,
    /// `METHOD` and `META`: to add a method.
    Method {
        /// The name of the class.
        class: String,
        /// Whether the method is one of the class itself.
        class_side: bool,
    },
    /// The text is the comment of a class.
    Comment {
        /// The name of the class.
        class: String,
    },
}

/// Whether some line of a text begins with one of the words of the image's own format.
pub(crate) fn is_own_format(text: &str) -> bool {
    text.lines().any(|line| {
        let word = line.split(char::is_whitespace).next().unwrap_or("");
        ["EVAL", "METHOD", "META"].contains(&word)
    })
}

/// Whether an exclamation mark in a text is written twice.
pub fn doubles_marks(text: &str) -> bool {
    !is_own_format(text) && bang::is_bang_file(text)
}

/// The chunks of a text, and what is in it besides.
pub fn chunks(text: &str) -> (Vec<Chunk>, Vec<TextError>) {
    let start = match text.strip_prefix("#!") {
        Some(_) => text.find('\n').map_or(text.len(), |end| end + 1),
        None => 0,
    };
    if doubles_marks(text) {
        return bang::chunks(text, start);
    }
    if !is_own_format(text) && !only_comments(&text[start..]) {
        let chunk = Chunk {
            kind: ChunkKind::Evaluation,
            offset: start,
            text: start..text.len(),
        };
        return (vec![chunk], Vec::new());
    }
    let mut reader = Reader {
        text,
        at: start,
        chunks: Vec::new(),
        faults: Vec::new(),
    };
    while let Some((offset, line)) = reader.line() {
        reader.item(offset, line);
    }
    (reader.chunks, reader.faults)
}

/// Whether there is nothing to do.
fn only_comments(text: &str) -> bool {
    let mut rest = text.trim_start();
    while let Some(comment) = rest.strip_prefix('"') {
        let Some(end) = comment.find('"') else {
            return true;
        };
        rest = comment[end + 1..].trim_start();
    }
    rest.is_empty()
}

struct Reader<'a> {
    text: &'a str,
    /// Where the next line begins.
    at: usize,
    chunks: Vec<Chunk>,
    faults: Vec<TextError>,
}

impl<'a> Reader<'a> {
    fn line(&mut self) -> Option<(usize, &'a str)> {
        if self.at >= self.text.len() {
            return None;
        }
        let offset = self.at;
        let line = self.text[offset..].split('\n').next().unwrap_or("");
        self.at = offset + line.len() + 1;
        Some((offset, line))
    }

    fn item(&mut self, offset: usize, line: &str) {
        let (word, rest) = line.split_at(line.find(char::is_whitespace).unwrap_or(line.len()));
        match word {
            "EVAL" => self.evaluation(offset, offset + word.len(), rest),
            "METHOD" => self.method(offset, rest, false),
            "META" => self.method(offset, rest, true),
            _ => self.between(offset, line),
        }
    }

    fn evaluation(&mut self, offset: usize, start: usize, rest: &str) {
        if rest.trim().is_empty() {
            self.fault(start, "an expression must follow 'EVAL', in the same line");
            return;
        }
        // One blank belongs to the word, as in the image.
        let start = start + rest.chars().next().map_or(0, char::len_utf8);
        self.chunks.push(Chunk {
            kind: ChunkKind::Evaluation,
            offset,
            text: start..self.at.min(self.text.len() + 1) - 1,
        });
    }

    fn method(&mut self, offset: usize, rest: &str, class_side: bool) {
        let class = rest.trim();
        let start = self.at.min(self.text.len());
        let mut end = None;
        while let Some((line_start, line)) = self.line() {
            if line == "!" {
                end = Some(line_start);
                break;
            }
        }
        let Some(end) = end else {
            self.fault(offset, "the method has no end: a line with only '!'");
            return;
        };
        if !is_name(class) {
            self.fault(offset, format!("'{class}' is no name of a class"));
            return;
        }
        self.chunks.push(Chunk {
            kind: ChunkKind::Method {
                class: class.to_string(),
                class_side,
            },
            offset,
            text: start..end,
        });
    }

    /// What is not a chunk: blanks and comments.
    fn between(&mut self, offset: usize, line: &str) {
        let mut rest = line.trim_start();
        let mut at = offset + line.len() - rest.len();
        while let Some(comment) = self.text[at..].strip_prefix('"') {
            let Some(length) = comment.find('"') else {
                self.at = self.text.len();
                self.fault(at, "unterminated comment");
                return;
            };
            at += length + 2;
            // A comment may have several lines; what stands behind it belongs to its last one.
            rest = self.text[at..].split('\n').next().unwrap_or("");
            self.at = at + rest.len() + 1;
            at += rest.len() - rest.trim_start().len();
            rest = rest.trim_start();
        }
        let word = rest.trim_end();
        match word {
            "" => {}
            "!" => self.fault(at, "this '!' ends no method"),
            _ => self.fault(
                at,
                "a line is 'EVAL' with an expression, 'METHOD' or 'META' with a class (then a \
                 method, up to a line with only '!'), a comment, or empty",
            ),
        }
    }

    fn fault(&mut self, offset: usize, message: impl Into<String>) {
        self.faults.push(TextError::new(offset, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<usize> {
        let (_, faults) = chunks(text);
        faults.into_iter().map(|fault| fault.offset).collect()
    }

    #[test]
    fn a_text_has_chunks() {
        let text = "\"One\nEVAL two\" \"three\"\n\nEVAL 3 + 4\nMETHOD Shape \nname\n  ^ 1\n!\nMETA A\nx\n!\nEVAL\t5";
        let (chunks, faults) = chunks(text);
        assert_eq!(faults, []);
        let shown: Vec<_> = chunks
            .iter()
            .map(|chunk| (&chunk.kind, &text[chunk.text.clone()]))
            .collect();
        let method = |class: &str, class_side| ChunkKind::Method {
            class: class.to_string(),
            class_side,
        };
        assert_eq!(
            shown,
            [
                (&ChunkKind::Evaluation, "3 + 4"),
                (&method("Shape", false), "name\n  ^ 1\n"),
                (&method("A", true), "x\n"),
                (&ChunkKind::Evaluation, "5"),
            ]
        );
    }

    #[test]
    fn anything_else_is_a_fault() {
        assert_eq!(faults("nil foo\n\n  3\nEVAL 3"), [0, 11]);
        assert_eq!(faults("EVALUATE 3\nEVAL\nEVAL  \n"), [0, 15, 20]);
        assert_eq!(faults("\"a\nb\" 4\nEVAL 3\n\"c"), [6, 15]);
        assert_eq!(faults("METHOD \nfoo\n!\n!\nMETHOD A\nfoo"), [0, 14, 16]);
        assert_eq!(faults(""), [0; 0]);
        assert_eq!(faults("\"a"), [0]);
    }

    #[test]
    fn other_texts_are_statements() {
        for (text, statements) in [
            ("#!/usr/bin/env smallworld\n3 foo.\n4", "3 foo.\n4"),
            ("\"x\" 3", "\"x\" 3"),
        ] {
            let (chunks, faults) = chunks(text);
            assert_eq!(faults, []);
            assert_eq!(&text[chunks[0].text.clone()], statements);
            assert_eq!(chunks.len(), 1);
        }
        assert_eq!(chunks("#!x\n\"only this\"\n"), (vec![], vec![]));
    }
}
