//! Takes a text in the chunk format of Smalltalk-80 apart, which Pharo, Squeak and others file out.
//!
//! ```text
//! Object subclass: #Shape
//!     instanceVariableNames: 'name'
//!     classVariableNames: ''
//!     package: 'Shapes'!
//!
//! !Shape methodsFor: 'access'!
//! name
//!     ^ name! !
//!
//! Transcript showCr: 'Filed in!!'!
//! ```
//!
//! A chunk goes up to an exclamation mark; one that is meant is written twice. A chunk that begins with
//! one, `!Shape methodsFor: 'access'!` or `!Shape class methodsFor: 'creation'!`, says that methods
//! follow, up to an empty chunk; `!Shape commentStamp: '' prior: 0!` that a comment follows.
//!
//! Source: Krasner, "The Smalltalk-80 Code File Format", in "Smalltalk-80: Bits of History, Words of
//! Advice" (1983).

use crate::chunk::{Chunk, ChunkKind};
use crate::class_file::is_name;
use crate::diagnostic::TextError;
use std::ops::Range;

/// Whether a text is in this format: some line ends in an exclamation mark.
pub(crate) fn is_bang_file(text: &str) -> bool {
    text.lines().any(|line| line.trim_end().ends_with('!'))
}

/// The chunks of a text from some offset on, and what is wrong with it.
pub(crate) fn chunks(text: &str, start: usize) -> (Vec<Chunk>, Vec<TextError>) {
    let mut reader = Reader {
        text,
        at: start,
        chunks: Vec::new(),
        faults: Vec::new(),
    };
    while let Some(part) = reader.next() {
        match reader.is_blank(&part) {
            false => reader.add(ChunkKind::Evaluation, part),
            true if part.end < text.len() => reader.reader(),
            true => {}
        }
    }
    (reader.chunks, reader.faults)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    chunks: Vec<Chunk>,
    faults: Vec<TextError>,
}

impl Reader<'_> {
    /// The text up to the next single exclamation mark, or the end.
    fn next(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        if start >= self.text.len() {
            return None;
        }
        let bytes = self.text.as_bytes();
        let mut at = start;
        while at < bytes.len() {
            match (bytes[at], bytes.get(at + 1)) {
                (b'!', Some(b'!')) => at += 2,
                (b'!', _) => break,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        Some(start..at)
    }

    fn is_blank(&self, part: &Range<usize>) -> bool {
        self.text[part.clone()].trim().is_empty()
    }

    /// Where a part begins, without blanks.
    fn first(&self, part: &Range<usize>) -> usize {
        part.end - self.text[part.clone()].trim_start().len()
    }

    fn add(&mut self, kind: ChunkKind, part: Range<usize>) {
        let start = self.first(&part);
        self.chunks.push(Chunk {
            kind,
            offset: start,
            text: start..part.end,
        });
    }

    /// What stands behind the mark that a chunk begins with.
    fn reader(&mut self) {
        let Some(part) = self.next() else {
            return;
        };
        let words: Vec<&str> = self.text[part.clone()].split_whitespace().collect();
        let (class, side, rest) = match words[..] {
            [class, "class", rest, ..] => (class, true, rest),
            [class, rest, ..] => (class, false, rest),
            // Two marks in a row end what has ended already.
            [] => return,
            _ => return self.unknown(&part),
        };
        if !is_name(class) {
            return self.unknown(&part);
        }
        let class = class.to_string();
        match rest {
            "methodsFor:" | "methodsFor" | "publicMethodsFor:" | "privateMethodsFor:" => {
                self.methods(&class, side);
            }
            "commentStamp:" if !side => {
                if let Some(comment) = self.next() {
                    self.add(ChunkKind::Comment { class }, comment);
                }
            }
            _ => self.unknown(&part),
        }
    }

    fn methods(&mut self, class: &str, class_side: bool) {
        while let Some(part) = self.next() {
            if self.is_blank(&part) {
                return;
            }
            let class = class.to_string();
            self.add(ChunkKind::Method { class, class_side }, part);
        }
    }

    fn unknown(&mut self, part: &Range<usize>) {
        let message = "behind '!' stands what follows: 'Shape methodsFor: ''x''!', \
                       'Shape class methodsFor: ''x''!' or 'Shape commentStamp: ''x'' prior: 0!'";
        self.faults
            .push(TextError::new(self.first(part), message.replace("''", "'")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_methods_and_statements() {
        let text = "Object subclass: #A!\n!A methodsFor: 'x'!\nfoo\n\t^ 'b!!'! \n\nbar ^ 2! !\n\n\
                    !A class methodsFor: 'y' stamp: 'z'!\nnew ^ 3! !\n!A commentStamp: '' prior: 0!\nGood.!\n\
                    A new foo!\n3 + 4";
        let (chunks, faults) = chunks(text, 0);
        assert_eq!(faults, []);
        let shown: Vec<(String, &str)> = chunks
            .iter()
            .map(|chunk| (format!("{:?}", chunk.kind), &text[chunk.text.clone()]))
            .collect();
        let of = |side| format!("Method {{ class: \"A\", class_side: {side} }}");
        let expected = [
            ("Evaluation".to_string(), "Object subclass: #A"),
            (of(false), "foo\n\t^ 'b!!'"),
            (of(false), "bar ^ 2"),
            (of(true), "new ^ 3"),
            ("Comment { class: \"A\" }".to_string(), "Good."),
            ("Evaluation".to_string(), "A new foo"),
            ("Evaluation".to_string(), "3 + 4"),
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_follows_must_be_known() {
        for text in [
            "!foo bar: 3!\n",
            "!3 methodsFor: 'x'!\n",
            "!A class commentStamp: 'x' prior: 0!",
        ] {
            let (_, faults) = chunks(text, 0);
            assert_eq!(faults[0].offset, 1, "{text}");
        }
        assert_eq!(chunks("! !\n", 0), (vec![], vec![]));
        assert_eq!(chunks("", 0), (vec![], vec![]));
    }

    #[test]
    fn the_format_is_known_by_its_marks() {
        assert!(is_bang_file("Object subclass: #A !\n"));
        assert!(!is_bang_file("Transcript show: 'a!b'.\n"));
    }
}
