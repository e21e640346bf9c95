//! What must hold of any input, whoever made it up.
//!
//! Each function takes bytes, does with them what the programs of this project would, and
//! panics if a promise is broken. The coverage-guided targets in `fuzz/` feed them for as
//! long as one likes; `tests/replay.rs` feeds them the seeds, the findings of the past and
//! some variations in every run of the tests.
//!
//! | module | input | promise |
//! |---|---|---|
//! | [`image`] | an image file | an error in one line, or an image that can be checked, written and read |
//! | [`profile`] | a profile file | an error, or a profile that survives merging and the file |
//! | [`source`] | Smalltalk source | errors with places, or an image in which every method verifies |
//! | [`method`] | a program in bytecode | whatever verifies can run; memory stays sound |
//! | [`primitives`] | a program that runs primitives | each call ends in an answer or an error; memory stays sound |
//! | [`small`] | — | the image that programs run in |

pub mod image;
pub mod method;
pub mod primitives;
pub mod profile;
pub mod small;
pub mod source;
pub mod watchdog;

/// A function that is fed.
pub type Target = fn(&[u8]);

/// The targets by name; seeds and findings are in folders of these names.
pub const TARGETS: [(&str, Target); 5] = [
    ("image", image::feed),
    ("profile", profile::feed),
    ("source", source::feed),
    ("method", method::feed),
    ("primitives", primitives::feed),
];

/// Bytes to be read one after the other; after the last come zeros.
pub struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    /// All of them.
    pub fn new(bytes: &'a [u8]) -> Bytes<'a> {
        Bytes(bytes)
    }

    /// The next one.
    pub fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((&first, rest)) => {
                self.0 = rest;
                first
            }
            None => 0,
        }
    }

    /// The next ones, as many as there are.
    pub fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Nothing left?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
