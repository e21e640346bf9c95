//! What a machine should answer, and whether this one does.
//!
//! The shared oracle is a folder of expressions and programs with the results that reference
//! machines gave; its own README says how to read them. Our own is in `own/`, for the
//! project's image. Each is compared, line by line and byte by byte, with what a [`Tier`] of
//! this machine gives.
//!
//! | module | concept |
//! |---|---|
//! | [`shared`] | the images and the oracle of others |
//! | [`own`] | our own oracle |
//! | [`language`] | its part on the language of our own image |
//! | [`tier`] | the ways to run an image: interpreted, native, under stress |
//! | [`expressions`] | parts A and C: files of expressions |
//! | [`programs`] | part B: programs that are filed in and write a file |
//! | [`faults`] | lines on which the reference machine itself crashed |
//! | [`tally`] | counts and failures, and how they travel between processes |
//! | [`isolate`] | each file in a process and an empty folder of its own |

pub mod expressions;
pub mod faults;
pub mod isolate;
pub mod language;
pub mod own;
pub mod programs;
pub mod shared;
pub mod tally;
pub mod tier;

pub use shared::Shared;
pub use tally::Tally;
pub use tier::{Tier, World};
