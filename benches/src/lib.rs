//! The image's benchmarks written by hand in Rust: what its speed is compared with.
//!
//! Each twin runs the algorithm of the Smalltalk class of that name (`kernel/benchmarks`)
//! on the same data structures, as far as that is how one would write it in Rust: `Vec`
//! for Array, structs for objects, `dyn` where the Smalltalk sends are polymorphic. Integers
//! are `i32`, and the workspace's profile for this package keeps overflow checks on;
//! indexing is checked as always. Where a twin has less to do than the original, its
//! [`Twin::note`] says so.

pub mod arrays;
pub mod calls;
pub mod compile;
pub mod deltablue;
pub mod floats;
pub mod havlak;
pub mod json;
pub mod links;
pub mod measure;
pub mod numbers;
pub mod random;
pub mod richards;
pub mod table;
pub mod text;

/// One benchmark in Rust.
pub struct Twin {
    /// Its name in the image.
    pub name: &'static str,
    /// Computes the result for a size.
    pub run: fn(i32) -> i32,
    /// In what the comparison is unfair to the image; empty if it is not.
    pub note: &'static str,
}

const DIRECT: &str = "direct calls where the image dispatches";

/// All twins, in the order of the image's `Benchmark all`; then the two of the 2015 image.
pub const TWINS: &[Twin] = &[
    twin("fib", calls::fib, DIRECT),
    twin("sieve", arrays::sieve, ""),
    twin("tak", calls::tak, DIRECT),
    twin("ackermann", calls::ackermann, DIRECT),
    twin("queens", arrays::queens, ""),
    twin("towers", links::towers, ""),
    twin("permute", arrays::permute, ""),
    twin("bounce", arrays::bounce, "balls lie in the array itself"),
    twin(
        "storage",
        links::storage,
        "frees by ownership, no collector",
    ),
    twin("list", links::list, ""),
    twin("mandelbrot", floats::mandelbrot, "floats in registers"),
    twin(
        "nbody",
        floats::nbody,
        "floats in registers and in the structs themselves",
    ),
    twin(
        "json",
        json::json,
        "an enum instead of classes; bytes are no objects",
    ),
    twin("richards", richards::richards, ""),
    twin("deltablue", deltablue::deltablue, ""),
    twin("havlak", havlak::havlak, ""),
    twin("strings", text::strings, "bytes are no objects"),
    twin(
        "dictionary",
        text::dictionary,
        "the library's HashMap, keys of one type",
    ),
    twin("factorial", numbers::factorial, "digits of 32 bits, not 14"),
    twin(
        "compile",
        compile::compile,
        "another compiler, to the same code",
    ),
    twin("benchFib", calls::bench_fib, DIRECT),
    twin("benchmark", arrays::benchmark, ""),
];

const fn twin(name: &'static str, run: fn(i32) -> i32, note: &'static str) -> Twin {
    Twin { name, run, note }
}

/// The twin of that name.
pub fn find(name: &str) -> Option<&'static Twin> {
    TWINS.iter().find(|twin| twin.name == name)
}
