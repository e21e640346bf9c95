//! Programs that break translated code where it breaks a rule.

#![allow(
    unused,
    unreachable_code,
    unsafe_code,
    unsafe_op_in_unsafe_fn,
    missing_docs
)]
#![allow(clippy::all, clippy::undocumented_unsafe_blocks)]

smallworld_runtime::include_image!();

/// What was specialised, a line for each unit.
pub const REPORT: &str = include_str!(concat!(env!("OUT_DIR"), "/report"));
