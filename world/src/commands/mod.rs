//! The commands, one module each: its arguments, its help, what it does.
//!
//! Those for images are [`inspect`], [`check`], [`convert`], [`emit`], [`new_image`], [`build`]. Those for
//! profiles are [`profile`] (run a build to get one), [`merge`], [`report`], and [`optimize`] (rebuild until
//! nothing changes).

pub mod build;
pub mod check;
pub mod convert;
pub mod emit;
pub mod inspect;
pub mod merge;
pub mod new_image;
pub mod optimize;
pub mod profile;
pub mod report;

use crate::console::Style;
use std::io::Write;

/// What a command writes to, and how.
pub struct Output<'a> {
    /// Results: standard output.
    pub out: &'a mut dyn Write,
    /// How results are marked up.
    pub style: Style,
    /// How what goes to standard error is marked up.
    pub error_style: Style,
}

/// Says something to the person, on standard error.
pub fn note(text: impl std::fmt::Display) {
    // Nobody to tell is no reason to fail.
    let _ = writeln!(std::io::stderr(), "{text}");
}
