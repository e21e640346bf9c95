//! The SmallWorld machine: what compiled images are linked against.
//!
//! Where to look:
//!
//! | module | concept |
//! |---|---|
//! | `value`, `object` | tagged words; the layout of objects |
//! | `memory`, `allocate` | nursery, old space, collector; allocation with roots |
//! | `code`, `frame` | the calling convention; records on the machine stack |
//! | `pause`, [`interrupt`] | safepoints and who asks for them |
//! | `methods`, `sends` | method tables; inline caches |
//! | `intrinsics` | arithmetic that a method turns out to be |
//! | `whole`, `identity` | integers of any size; hashes that objects keep |
//! | `blocks`, `context`, `perform` | blocks, activations as objects, primitive 6 and sends by name |
//! | `interpreter`, `primitives` | the first tier; the numbered primitives |
//! | `process`, `scheduler`, `hosts`, [`budget`] | green processes; files, semaphores, panes as objects; what all that takes |
//! | `errors`, `reporting`, [`bug`] | what happens when a program goes wrong; when its error handling does; when the machine does |
//! | `loader`, [`saver`], [`evaluate`] | images in and out; running things from outside |
//! | [`embed`] | an image as a part of another Rust program |
//! | [`info`], [`inspect`], [`workspace`] | what a prompt needs: names, counts; variables that last |
//! | [`sampling`], [`recording`], [`observe`] | where the time goes; what send sites have seen; events |
//! | [`native`] | the contract with generated code |
//! | [`ui`], [`files`], [`file_access`], `surroundings`, [`float_text`] | the outside world; what of it a program may touch |

// Public items of the door to generated code refer to the inside, whose documentation is for who
// works on it: `cargo doc --document-private-items`.
#![allow(rustdoc::private_intra_doc_links)]

#[allow(unsafe_code)]
pub(crate) mod allocate;
#[allow(unsafe_code)]
pub(crate) mod blocks;
pub mod budget;
#[allow(unsafe_code)]
pub mod bug;
#[allow(unsafe_code)]
pub(crate) mod closures;
#[allow(unsafe_code)]
pub(crate) mod code;
mod compile;
#[allow(unsafe_code)]
pub(crate) mod context;
#[allow(unsafe_code)]
pub mod embed;
#[allow(unsafe_code)]
pub(crate) mod errors;
pub mod evaluate;
#[allow(unsafe_code)]
mod exchange;
pub mod file_access;
pub mod files;
pub mod float_text;
#[allow(unsafe_code)]
pub(crate) mod frame;
#[allow(unsafe_code)]
pub(crate) mod hosts;
pub(crate) mod identity;
pub mod info;
#[allow(unsafe_code)]
pub mod inspect;
#[allow(unsafe_code)]
pub(crate) mod interpreter;
#[allow(unsafe_code)]
pub mod interrupt;
#[allow(unsafe_code)]
pub(crate) mod intrinsics;
pub mod lines;
#[allow(unsafe_code)]
pub(crate) mod loader;
#[allow(unsafe_code)]
pub(crate) mod memory;
#[allow(unsafe_code)]
pub(crate) mod methods;
#[allow(unsafe_code)]
pub mod native;
#[allow(unsafe_code)]
pub(crate) mod object;
pub mod observe;
#[allow(unsafe_code)]
pub(crate) mod pause;
#[allow(unsafe_code)]
pub(crate) mod perform;
#[allow(unsafe_code)]
pub(crate) mod primitives;
#[allow(unsafe_code)]
pub(crate) mod process;
pub mod recording;
#[allow(unsafe_code)]
mod reporting;
#[allow(unsafe_code)]
pub mod sampling;
#[allow(unsafe_code)]
pub mod saver;
mod scheduler;
#[allow(unsafe_code)]
pub(crate) mod sends;
mod source;
mod surroundings;
mod transcript;
pub mod ui;
pub(crate) mod value;
#[allow(unsafe_code)]
pub mod vm;
mod whole;
#[allow(unsafe_code)]
pub mod workspace;

pub use evaluate::Evaluation;
pub use source::Source;
pub use vm::{Options, Vm};
