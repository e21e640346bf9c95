//! The shared images and our own as native code that is optimised even in a development
//! build, as a user's binary is.

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
