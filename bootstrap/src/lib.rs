//! Turns Smalltalk source text into a SmallWorld image.
//!
//! A method's text goes through [`scanner`], [`parser`] and [`codegen`]; [`compile_method`] is the
//! three in one. The code is exactly what the compiler inside an image makes of the same text.

pub mod ast;
pub mod codegen;
mod compile;
mod diagnostic;
mod names;
mod number;
pub mod opcode;
pub mod parser;
pub mod scanner;

pub use compile::{CompiledMethod, compile_method};
pub use diagnostic::{Diagnostic, Source, TextError};
pub use names::Scope;
pub use parser::Trailing;
