//! A batch of random programs with its native code.

#![allow(
    unused,
    unreachable_code,
    unsafe_code,
    unsafe_op_in_unsafe_fn,
    missing_docs
)]
#![allow(clippy::all, clippy::undocumented_unsafe_blocks)]

smallworld_runtime::include_image!();

/// The programs: a line for each, with its name and the class it begins with.
pub const PROGRAMS: &str = include_str!(concat!(env!("OUT_DIR"), "/programs"));
