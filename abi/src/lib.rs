//! The machine, described once: what a bytecode is, how it is encoded, what it does to the stack.
//!
//! Reader, verifier, compiler, interpreter, translator and documents all speak of the same machine.
//! What more than one of them has to know stands here, as tables, and nowhere else. A table is made
//! by a macro, one row a thing; the macro makes the type of the things as well, so that whoever
//! treats them one by one is told by the compiler what a new row lacks.
//!
//! | module | describes |
//! |---|---|
//! | [`bytecode`] | instructions: encoding, operands, stack, control |
//! | [`layout`] | the slots of objects the machine knows, the words of frames, sizes and limits |
//! | [`primitive`] | primitives: numbers, arguments, meaning, and on which machines |
//! | [`native`] | the functions that translated code calls |
//! | [`effects`] | what an instruction or primitive may do besides computing a value |

#![forbid(unsafe_code)]

pub mod bytecode;
pub mod effects;
pub mod layout;
pub mod native;
pub mod primitive;
