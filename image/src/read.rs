//! Reading: the bytes still to come, what can go wrong with them, and which format they are in.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::object::{Image, Object, Roots};
use crate::{swst, v1, validate};

/// Why an image could not be read.
///
/// It prints on one line: the file and the place when they are known, what is wrong, what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReadError {
    /// The file, when the image came from one.
    pub path: Option<PathBuf>,
    /// The byte offset of what is wrong; `None` when the file could not be read at all.
    pub offset: Option<usize>,
    /// The number of the object concerned, when there is one.
    pub object: Option<u32>,
    /// What is wrong, and what to do about it.
    pub message: String,
}

impl ReadError {
    pub(crate) fn at(offset: usize, object: Option<usize>, message: impl Into<String>) -> Self {
        ReadError {
            path: None,
            offset: Some(offset),
            object: object.map(|number| number as u32),
            message: message.into(),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}: ", path.display())?;
        }
        match (self.object, self.offset) {
            (Some(number), Some(offset)) => write!(f, "object {number} (offset {offset:#x}): ")?,
            (None, Some(offset)) => write!(f, "offset {offset:#x}: ")?,
            (_, None) => {}
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReadError {}

/// What a format's own reader found, before anything was checked beyond lengths and kinds.
pub(crate) struct RawImage {
    pub objects: Vec<Object>,
    /// Where the record of each object starts, for messages.
    pub offsets: Vec<usize>,
    pub roots: Roots,
    /// Where the root indices are, for messages; `None` when they are implied (v1).
    pub roots_at: Option<usize>,
}

/// How a file of Java's object serialization begins: its magic number and version.
const JAVA_OBJECTS: [u8; 4] = [0xac, 0xed, 0, 5];

pub(crate) fn read(bytes: &[u8]) -> Result<Image, ReadError> {
    match bytes.first_chunk::<4>() {
        Some(&swst::MAGIC) => validate::validate(crate::Format::Swst, swst::read(bytes)?),
        Some(&v1::VERSION) => validate::validate(crate::Format::V1, v1::read(bytes)?),
        Some(&JAVA_OBJECTS) => Err(ReadError::at(
            0,
            None,
            "not a SmallWorld image in a form that can be read: it is a file of Java's object serialization, as \
             Budd's own download of 2004 is, which only a Java program with his classes can read. The same \
             image as a SWST file is `base.image` in the folder `data` of its present maintainer's repository \
             (ericscharff/smallworld.js on GitHub): take that one",
        )),
        Some(other) => Err(ReadError::at(
            0,
            None,
            format!(
                "not a SmallWorld image: it starts with {other:02x?}, where a v1 image has the version \
                 [00, 00, 00, 01] and a SWST image the letters \"SWST\"; check that this is the image file"
            ),
        )),
        None => Err(ReadError::at(
            0,
            None,
            format!(
                "not a SmallWorld image: it is {} bytes long; check that the file was copied completely",
                bytes.len()
            ),
        )),
    }
}

pub(crate) fn read_file(path: &Path) -> Result<Image, ReadError> {
    let bytes = std::fs::read(path).map_err(|error| ReadError {
        path: Some(path.to_owned()),
        offset: None,
        object: None,
        message: format!("cannot read the image file: {error}"),
    })?;
    read(&bytes).map_err(|error| ReadError {
        path: Some(path.to_owned()),
        ..error
    })
}

/// A place in the file, and the object being read there.
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    /// The offset of the next byte.
    pub at: usize,
    /// The object being read, for messages.
    pub object: Option<usize>,
}

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Cursor {
            bytes,
            at: 0,
            object: None,
        }
    }

    /// The number of bytes still to come.
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// An error at `offset`, about the object being read.
    pub fn error(&self, offset: usize, message: impl Into<String>) -> ReadError {
        ReadError::at(offset, self.object, message)
    }

    /// The next `length` bytes, which are `what`.
    pub fn take(&mut self, length: usize, what: &str) -> Result<&'a [u8], ReadError> {
        if length > self.remaining() {
            return Err(self.error(
                self.at,
                format!(
                    "{what} should take {length} bytes here, but the file ends after {} more; \
                     it was cut short or is damaged: fetch it again",
                    self.remaining()
                ),
            ));
        }
        let taken = &self.bytes[self.at..self.at + length];
        self.at += length;
        Ok(taken)
    }

    /// The next word, which is `what`.
    pub fn word(&mut self, what: &str) -> Result<i32, ReadError> {
        let bytes = self.take(4, what)?;
        Ok(i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// The next word as a count of things of which each takes `unit` bytes or more of what follows.
    ///
    /// A count that the rest of the file cannot hold is an error, so that nothing is ever allocated for it.
    pub fn count(&mut self, unit: usize, what: &str) -> Result<usize, ReadError> {
        let at = self.at;
        let word = self.word(what)?;
        match usize::try_from(word) {
            Ok(count) if count <= self.remaining() / unit => Ok(count),
            _ => Err(self.error(
                at,
                format!(
                    "{what} is {word}, but the {} bytes left have no room for that many; \
                     the file was cut short or is damaged: fetch it again",
                    self.remaining()
                ),
            )),
        }
    }

    /// The next `count` words as references; whether those objects exist is checked later.
    pub fn references(&mut self, count: usize, what: &str) -> Result<Vec<crate::ObjId>, ReadError> {
        let bytes = self.take(count.saturating_mul(4), what)?;
        let words = bytes.chunks_exact(4);
        // A negative index becomes one that is far too large, and is rejected as such.
        Ok(words
            .map(|w| crate::ObjId(u32::from_be_bytes([w[0], w[1], w[2], w[3]])))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_limited_by_what_is_left() {
        let mut cursor = Cursor::new(&[0, 0, 0, 2, 1, 2, 3, 4]);
        assert_eq!(cursor.count(2, "the count"), Ok(2));
        let mut cursor = Cursor::new(&[0, 0, 0, 2, 1, 2, 3, 4]);
        let error = cursor.count(3, "the count").unwrap_err();
        assert_eq!(error.offset, Some(0));
        assert!(error.message.starts_with("the count is 2"), "{error}");
        let mut cursor = Cursor::new(&[255, 255, 255, 255]);
        assert!(cursor.count(1, "the count").is_err());
    }

    #[test]
    fn other_files_are_told_apart() {
        let short = Image::read(b"SW").unwrap_err();
        assert!(short.message.contains("2 bytes long"), "{short}");
        let java = Image::read(b"\xac\xed\0\x05sr\0").unwrap_err();
        assert!(java.message.contains("take that one"), "{java}");
        let other = Image::read(b"\x7fELF....").unwrap_err();
        assert!(other.message.contains("not a SmallWorld image"), "{other}");
    }

    #[test]
    fn errors_are_one_line_with_the_place() {
        let mut error = ReadError::at(31, Some(7), "broken");
        assert_eq!(error.to_string(), "object 7 (offset 0x1f): broken");
        error.object = None;
        error.path = Some("x.image".into());
        assert_eq!(error.to_string(), "x.image: offset 0x1f: broken");
        let missing = Image::read_file(Path::new("/no/such.image")).unwrap_err();
        let line = missing.to_string();
        assert!(line.starts_with("/no/such.image: cannot read"), "{line}");
        assert!(!line.contains('\n'));
    }
}
