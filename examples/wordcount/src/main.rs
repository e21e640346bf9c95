//! A command-line program that is written in Smalltalk: `classes/WordCount.st`. It counts
//! lines, words and bytes.
//!
//! ```text
//! $ printf 'one two\nthree\n' | cargo run -p smallworld-example-wordcount
//!        2       3      14 -
//! ```

use std::process::ExitCode;

smallworld_runtime::include_image!(image);

fn main() -> ExitCode {
    smallworld_runtime::embed::program(&image::NATIVE, "WordCount")
}
