//! Feeds `smallworld_fuzzing::primitives`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| smallworld_fuzzing::primitives::feed(bytes));
