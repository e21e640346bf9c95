//! Feeds `smallworld_fuzzing::source`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| smallworld_fuzzing::source::feed(bytes));
