// The body of the crates of translated images; `translate.rs` beside this file writes what
// is included here.

include!(concat!(env!("OUT_DIR"), "/images.rs"));
