//! Text on the screen and text in the image.
//!
//! The image has bytes and counts them, the screen has characters and counts those. Most texts are
//! UTF-8 and go over as they are. One that is not is shown with a character for each byte (as
//! Latin-1 has them), and stays in that form as long as nobody types what does not fit it.

use smallworld_runtime::ui::widgets::Text;
use std::ops::Range;

/// A pane's text as the screen shows it.
#[derive(Default)]
pub(crate) struct Shown {
    /// What is shown, and edited.
    pub(crate) text: String,
    /// What was shown before the program set another text; that can be undone like typing.
    pub(crate) before: String,
    /// What it was made of, to see when the program sets another.
    bytes: Vec<u8>,
    /// A character for each byte.
    bytewise: bool,
}

/// What the program did to a text since it was last shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// There is more at the end.
    Appended,
    /// It has changed before a character; nothing behind that has.
    Replaced {
        /// The character.
        end: usize,
    },
}

impl Shown {
    /// Takes over what the program has set; answers what is new, if anything is.
    pub(crate) fn update(&mut self, text: &Text) -> Option<Change> {
        let bytes = text.bytes();
        if bytes == self.bytes {
            return None;
        }
        let appended = !self.bytes.is_empty() && bytes.starts_with(&self.bytes);
        let old = std::mem::take(&mut self.text);
        (self.text, self.bytewise) = decode(bytes);
        self.bytes = bytes.to_vec();
        if appended {
            self.before = old;
            return Some(Change::Appended);
        }
        let same = old.chars().rev().zip(self.text.chars().rev());
        let same = same.take_while(|(a, b)| a == b).count();
        let length = self.text.chars().count();
        // Two texts that have nothing to do with each other may end alike.
        let related = old.chars().next() == self.text.chars().next();
        self.before = old;
        Some(Change::Replaced {
            end: if related { length - same } else { 0 },
        })
    }

    /// Gives the program what a person has made of the text.
    pub(crate) fn edited(&mut self, text: &mut Text) {
        self.bytes = match self.bytewise.then(|| latin_1(&self.text)).flatten() {
            Some(bytes) => bytes,
            None => {
                self.bytewise = false;
                self.text.as_bytes().to_vec()
            }
        };
        text.set(&self.bytes);
    }

    /// Tells the program what a person has selected, in characters.
    pub(crate) fn select(&self, text: &mut Text, characters: Range<usize>) {
        let place = |n: usize| {
            if self.bytewise {
                return n.min(self.bytes.len());
            }
            let found = self.text.char_indices().nth(n);
            found.map_or(self.text.len(), |(place, _)| place)
        };
        text.select(place(characters.start)..place(characters.end));
    }
}

/// Bytes as a person reads them; true where each is a character of its own.
fn decode(bytes: &[u8]) -> (String, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_string(), false),
        Err(_) => (bytes.iter().copied().map(char::from).collect(), true),
    }
}

/// Short texts: titles, buttons, the lines of a list.
pub(crate) fn readable(bytes: &[u8]) -> String {
    decode(bytes).0
}

fn latin_1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(c).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8]) -> (Shown, Text) {
        let mut shown = Shown::default();
        let text = Text::new(bytes);
        shown.update(&text);
        (shown, text)
    }

    #[test]
    fn selections_are_bytes_for_the_program() {
        let (shown, mut text) = shown("naïve café".as_bytes());
        shown.select(&mut text, 2..5);
        assert_eq!(text.selected_or_all(), "ïve".as_bytes());
        shown.select(&mut text, 6..99);
        assert_eq!(text.selected_or_all(), "café".as_bytes());
    }

    #[test]
    fn bytes_that_are_no_utf_8_survive_editing() {
        let (mut shown, mut text) = shown(b"caf\xe9");
        assert_eq!(shown.text, "café");
        shown.select(&mut text, 3..4);
        assert_eq!(text.selected_or_all(), b"\xe9");
        shown.text.push('!');
        shown.edited(&mut text);
        assert_eq!(text.bytes(), b"caf\xe9!");
        shown.text.push('→');
        shown.edited(&mut text);
        assert_eq!(text.bytes(), "café!→".as_bytes());
        assert_eq!(shown.update(&text), None, "it is shown already");
    }

    #[test]
    fn what_the_program_did() {
        let (mut shown, mut text) = shown(b"one");
        assert_eq!(shown.update(&text), None);
        text.set(b"one\ntwo");
        assert_eq!(shown.update(&text), Some(Change::Appended));
        text.set(b"one\n2+2 4\ntwo");
        assert_eq!(
            shown.update(&text),
            Some(Change::Replaced { end: 9 }),
            "after what was put in"
        );
        text.set(b"another two");
        assert_eq!(shown.update(&text), Some(Change::Replaced { end: 0 }));
    }
}
