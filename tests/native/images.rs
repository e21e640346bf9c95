// The body of the crates of translated images; `translate.rs` beside this file writes what
// is included here. Lints do not apply to translated code, and nobody reads documentation of
// it, so neither gets to see it.

#[cfg(not(any(clippy, doc)))]
include!(concat!(env!("OUT_DIR"), "/images.rs"));

#[cfg(any(clippy, doc))]
include!(concat!(env!("OUT_DIR"), "/empty.rs"));
