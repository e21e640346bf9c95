//! Feeds `smallworld_fuzzing::profile`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| smallworld_fuzzing::profile::feed(bytes));
