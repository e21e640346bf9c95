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

/// The modules, one a class.
#[doc(hidden)] // Thousands of pages that `cargo doc` would write.
pub mod modules {
    include!(concat!(env!("OUT_DIR"), "/modules.rs"));
}

/// The image with its native code.
pub static NATIVE: smallworld_runtime::native::NativeImage =
    smallworld_runtime::native::NativeImage {
        image: include_bytes!(concat!(env!("OUT_DIR"), "/image.bin")),
        methods: modules::tables::METHODS,
        sites: modules::tables::SITES,
        units: modules::tables::UNITS,
        assumptions: modules::tables::ASSUMPTIONS,
        classes: modules::tables::CLASSES,
        about: modules::tables::ABOUT,
        profile: modules::tables::PROFILE,
    };
