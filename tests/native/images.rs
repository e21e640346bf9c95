// The body of the crates of translated images; `translate.rs` beside this file writes what
// is included here.

/// What every module uses.
pub mod prelude {
    pub use smallworld_runtime::native::*;
    pub use smallworld_runtime::vm::ARRAY;
}

include!(concat!(env!("OUT_DIR"), "/images.rs"));
