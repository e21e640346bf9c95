//! The SmallWorld machine: what compiled images are linked against.
//!
//! Where to look:
//!
//! | module | concept |
//! |---|---|
//! | [`value`], [`object`] | tagged words; the layout of objects |
//! | [`memory`], [`allocate`] | nursery, old space, collector; allocation with roots |
//! | [`code`], [`frame`] | the calling convention; records on the machine stack |
//! | [`pause`], [`interrupt`] | safepoints and who asks for them |
//! | [`methods`], [`sends`] | method tables; inline caches |
//! | [`intrinsics`] | arithmetic that a method turns out to be |
//! | [`blocks`], [`context`], [`perform`] | blocks, activations as objects, primitive 6 |
//! | [`interpreter`], [`primitives`] | the first tier; the numbered primitives |
//! | [`process`], [`hosts`] | green processes; files, semaphores, panes as objects |
//! | [`errors`] | what happens when a program goes wrong |
//! | [`loader`], [`saver`], [`evaluate`] | images in and out; running things from outside |
//! | [`embed`] | an image as a part of another Rust program |
//! | [`info`], [`inspect`], [`workspace`] | what a prompt needs: names, counts; variables that last |
//! | [`sampling`], [`recording`], [`observe`] | where the time goes; what send sites have seen; events |
//! | [`native`] | the contract with generated code |
//! | [`ui`], [`files`], [`float_text`] | the outside world |

pub mod allocate;
pub mod blocks;
pub mod code;
pub mod context;
pub mod embed;
pub mod errors;
pub mod evaluate;
pub mod files;
pub mod float_text;
pub mod frame;
pub mod hosts;
pub mod info;
pub mod inspect;
pub mod interpreter;
pub mod interrupt;
pub mod intrinsics;
pub mod lines;
pub mod loader;
pub mod memory;
pub mod methods;
pub mod native;
pub mod object;
pub mod observe;
pub mod pause;
pub mod perform;
pub mod primitives;
pub mod process;
pub mod recording;
pub mod sampling;
pub mod saver;
pub mod sends;
pub mod ui;
pub mod value;
pub mod vm;
pub mod workspace;

pub use evaluate::Evaluation;
pub use vm::{Options, Vm};
