//! Feeds `smallworld_fuzzing::image`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| smallworld_fuzzing::image::feed(bytes));
