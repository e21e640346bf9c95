//! Feeds `smallworld_fuzzing::method`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| smallworld_fuzzing::method::feed(bytes));
