//! SmallWorld (Little Smalltalk) images: reading, writing, and checking.
//!
//! An *image* is a saved object memory: every object of a SmallWorld system, the compiled methods among
//! them. This crate turns the two file formats that exist, "v1" and "SWST", into an [`Image`], writes either
//! of them back, decodes and verifies the bytecode of the methods, and reports whatever a translator or an
//! interpreter could trip over.
//!
//! ```no_run
//! use smallworld_image::{Image, method_shape};
//!
//! let image = Image::read_file("world.image".as_ref())?;
//! for problem in image.check() {
//!     eprintln!("{problem}");
//! }
//! for found in image.methods() {
//!     let method = method_shape(&image, found.method)?;
//!     let analysis = method.verify(&image).expect("check() found nothing");
//!     println!("{} needs {} stack slots", found.name(&image), analysis.max_depth);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What the machine does with all of that is described in `smallworld_abi`, of which the instructions
//! and the slots of classes and methods are here again: [`Op`], [`decode`], [`class_slot`], [`method_slot`].
//!
//! "The format specification" in these pages is the project's description of the machine: its file formats,
//! its objects, its bytecodes.
//!
//! | module | concept |
//! |---|---|
//! | `object` | the object memory and what can be asked of it |
//! | `read`, `v1`, `swst`, `validate` | from bytes to a memory that can be relied on |
//! | `order` | the order in which a writer numbers objects |
//! | `classes` | classes and methods, found in the object graph |
//! | `closures` | methods inside methods |
//! | `disassemble` | instructions as text |
//! | `verify` | what is true of a method's code before it runs |
//! | `check` | everything wrong with an image, in words |
//! | `dialect` | the machines that images are for, and how they differ |
//! | `float` | Floats as text |
//! | `fingerprint` | methods known again in another image |

mod check;
mod classes;
mod closures;
mod dialect;
mod disassemble;
mod fingerprint;
mod float;
mod object;
mod order;
mod read;
mod swst;
mod v1;
mod validate;
mod verify;
pub mod whole_file;

pub use check::Problem;
pub use classes::{MethodParts, MethodRef, method_shape};
pub use closures::{CLASS_OF_CLOSURES, block_name, closure_literals, has_closures, methods_inside};
pub use dialect::{DIALECTS, Dialect, FloatText, Halt, NotUnderstood};
pub use disassemble::disassemble;
pub use fingerprint::{fingerprint, hash_bytes};
pub use float::js_number;
pub use object::{Format, Image, ObjId, Object, Payload, Roots};
pub use read::ReadError;
pub use smallworld_abi::bytecode::{BinaryOp, Constant, DecodeError, Instruction, Op, decode};
pub use smallworld_abi::layout::{class_slot, limits, method_slot};
pub use validate::MAX_OBJECT_SIZE;
pub use verify::{Analysis, BlockInfo, Shape, VerifyError, selector_arity, verify};
