//! Turns Smalltalk source text into a SmallWorld image.
//!
//! A method's text goes through [`scanner`], [`parser`] and [`codegen`]; [`compile_method`] is the
//! three in one. The code is exactly what the compiler inside an image makes of the same text.
//!
//! [`build`] takes whole files, in the class-file format the kernel is written in or in the image's own
//! file-in format, and lays out an image: classes with their metaclasses, methods, class variables.

pub mod ast;
mod build;
pub mod chunk;
mod chunk_file;
mod class_file;
pub mod codegen;
mod compile;
pub mod definition;
mod diagnostic;
mod folder;
mod hierarchy;
mod initial;
mod layout;
mod names;
mod number;
mod outline;
pub mod parser;
pub mod scanner;

pub use build::{build, read};
pub use compile::{CompiledMethod, compile_method};
pub use diagnostic::{Diagnostic, Source, TextError};
pub use folder::sources_in;
pub use names::Scope;
pub use outline::{Outline, StatementPlace, outline_method, outline_statements, selector_of};
pub use parser::Trailing;
