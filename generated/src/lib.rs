//! The translated image: what `build.rs` made of it.
//!
//! One module for each class of the image is in `modules`; they are written by the
//! translator into the build's output folder and included here. See
//! `docs/GENERATED_CODE.md` for how to read them.

#![allow(
    unused,
    unreachable_code,
    unsafe_code,
    unsafe_op_in_unsafe_fn,
    missing_docs,
    clippy::all,
    clippy::undocumented_unsafe_blocks
)]

smallworld_runtime::include_image!();
