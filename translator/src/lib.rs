//! Translates a SmallWorld image to Rust.
//!
//! Each method becomes a function for its entry, one for each block, and one for each
//! place at which it goes on after having given up control (a send, mostly). All have the
//! calling convention of the runtime's `code` module and end in calls in tail position.
//!
//! | module | concept |
//! |---|---|
//! | [`method`] | a method decoded and verified, its frames laid out |
//! | [`graph`] | the region that one function covers, as a graph |
//! | [`flow`] | dominators, merges, loops |
//! | [`function`] | structured Rust from the graph, operands as locals |
//! | [`operations`] | bytecode by bytecode |
//! | [`mod@unit`] | all functions and descriptors of a method |
//! | [`output`] | modules, tables, formatting |
//! | [`build`] | the door for the build script of the project's own binary |
//! | [`script`] | the same for crates with images of their own |

pub mod build;
pub mod emit;
pub mod flow;
pub mod function;
pub mod graph;
pub mod ir;
pub mod method;
pub mod names;
pub mod operations;
pub mod output;
pub mod passes;
pub mod program;
pub mod script;
pub mod specialise;
pub mod unit;

pub use output::{
    Part, TRANSLATE, Translation, intermediate, translate, translate_part, translate_with,
};
