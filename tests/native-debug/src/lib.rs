//! The shared images as native code that is never optimised: no call in tail position
//! becomes a jump, so all of it lives by the trampoline.

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
