//! Turns Smalltalk source text into a SmallWorld image.
//!
//! A method's text goes through [`scanner`] and [`parser`], which make a tree of it; `scopes` finds out
//! what its names mean, and `codegen` makes the code. [`compile_method`] is all of that in one. The code
//! is exactly what the compiler inside an image makes of the same text. There are two languages, and two
//! ways to compile blocks: see [`Language`].
//!
//! [`build`] takes whole files, in the class-file format the kernel is written in or in the image's own
//! file-in format, and lays out an image: classes with their metaclasses, methods, class variables.

pub mod ast;
mod bang;
mod build;
pub mod chunk;
mod chunk_file;
mod class_file;
mod codegen;
mod compile;
mod control;
pub mod definition;
mod diagnostic;
mod folder;
mod hierarchy;
mod initial;
mod language;
mod layout;
mod number;
mod outline;
pub mod parser;
pub mod scanner;
mod scopes;

pub use build::{build, read};
pub use compile::{CompiledMethod, compile_method};
pub use diagnostic::{Diagnostic, Source, TextError};
pub use folder::sources_in;
pub use language::{Blocks, Dialect, Language, Trailing};
pub use layout::symbol_hash;
pub use outline::{Outline, StatementPlace, outline_method, outline_statements, selector_of};
pub use scopes::{FrameNames, Scope, frame_names};
