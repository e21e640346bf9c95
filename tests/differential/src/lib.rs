//! Random programs, and images that are made of many of them.
//!
//! Every tier of the machine must give the same answers, whatever the program. Here
//! programs are made up; `smallworld-differential-native` and `smallworld-differential-closures`
//! translate a batch of them, run it on all tiers and compare.
//!
//! | module | concept |
//! |---|---|
//! | [`tree`] | programs as trees |
//! | `text` | their text |
//! | [`generate`] | the program of a seed |
//! | [`attack`] | programs that run primitives with arguments of all kinds |
//! | [`shrink`] | programs that are a little smaller than a given one |
//! | [`batch`] | which programs: seeds and shrinking steps; the image they are in |
//! | [`run`] | what a program answers on a tier |
//! | [`translate`] | what the build scripts of translated batches do |
//! | [`compare`] | what their binaries do |

pub mod attack;
pub mod batch;
pub mod compare;
pub mod generate;
pub mod run;
pub mod shrink;
mod text;
pub mod translate;
pub mod tree;
