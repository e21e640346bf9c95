//! The intermediate representation of specialised code: static single assignment with block
//! parameters.
//!
//! A [`Function`] is what becomes one Rust function: a call's entry, a continuation, or a loop
//! that goes on after a pause. Its blocks have parameters (in place of φ functions, as in Swift's
//! and Cranelift's representations); values are numbers with a [`Type`], and with what is
//! [`Known`] of them. What can leave the function for other code carries an [`Exit`] with a
//! [`FrameState`]: which activations of the inline tree are active, where each goes on, and where
//! each of their values is (as in Graal: Duboscq et al., "An intermediate representation for
//! speculative optimizations in a dynamic compiler", 2013).
//!
//! | module | concept |
//! |---|---|
//! | [`value`] | values, constants, types, what is known |
//! | [`op`] | operations, and their effects |
//! | [`function`] | blocks, terminators, exits, frame states |
//! | [`graph`] | successors, predecessors, dominators of a function |
//! | [`verify`] | what is true of every function |
//! | [`mod@print`], [`parse`], [`names`] | the text form |

pub mod function;
pub mod graph;
pub mod names;
pub mod op;
pub mod parse;
pub mod print;
pub mod value;
pub mod verify;

pub use function::{
    Action, Activation, Block, BlockId, Edge, Entry, Exit, ExitId, FrameCheck, FrameState,
    Function, Inst, Resume, Shape, Terminator, Virtual, Virtuals,
};
pub use op::{Effects, IntOp, Op, Test};
pub use value::{Closure, Known, Operand, Site, Type, Value};
