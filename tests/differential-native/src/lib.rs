//! A batch of random programs with its native code.

#![allow(
    unused,
    unreachable_code,
    unsafe_code,
    unsafe_op_in_unsafe_fn,
    missing_docs
)]
#![allow(clippy::all, clippy::undocumented_unsafe_blocks)]

/// What every module uses.
pub mod prelude {
    pub use smallworld_runtime::native::*;
    pub use smallworld_runtime::vm::ARRAY;
}

/// The modules, one a class.
#[doc(hidden)]
pub mod modules {
    include!(concat!(env!("OUT_DIR"), "/modules.rs"));
}

/// The image with its native code.
pub static NATIVE: prelude::NativeImage = prelude::NativeImage {
    image: include_bytes!(concat!(env!("OUT_DIR"), "/image.bin")),
    methods: modules::tables::METHODS,
    sites: modules::tables::SITES,
    units: modules::tables::UNITS,
    assumptions: modules::tables::ASSUMPTIONS,
    classes: modules::tables::CLASSES,
    about: modules::tables::ABOUT,
    profile: modules::tables::PROFILE,
};

/// The programs: a line for each, with its name and the class it begins with.
pub const PROGRAMS: &str = include_str!(concat!(env!("OUT_DIR"), "/programs"));
