//! The shared images as native code, what a profile says is hot specialised.

#![allow(
    unused,
    unreachable_code,
    unsafe_code,
    unsafe_op_in_unsafe_fn,
    missing_docs,
    clippy::all,
    clippy::undocumented_unsafe_blocks
)]

include!("../../native/images.rs");
