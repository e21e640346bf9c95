//! Frames: the state of activations on the machine stack.
//!
//! The machine stack grows upwards. An activation's frame starts at its *base*:
//!
//! ```text
//! base[0]            receiver (for a block's activation: the Block)
//! base[1..n]         further arguments
//! base[n]            its Context, if it has got one, else SmallInt 0
//! then               temporaries in the frame, or where they are shared with blocks:
//!                    the temporaries Array and the arguments Array (or SmallInt 0)
//! then               the operand stack
//! last               the address of a Descriptor, plus 1
//! ```
//!
//! While an activation waits for a result, its frame is a complete *record*: all of the
//! above is written, and the word before the callee's base is the descriptor's address.
//! To return is to jump to that descriptor's `resume`. Because descriptor addresses are
//! stored odd, the words from the stack's start to its top are all tagged words, and the
//! collector needs no map to scan them.

use crate::code::{Code1, Exit, Fp};
use crate::value::Word;
use crate::vm::{STACK_RESERVE, Vm};
pub use smallworld_image::limits::FRAME_WORDS;

/// Words that the machine itself may need where the stack is full: arguments that are put
/// aside, what reports the error.
const MACHINE_WORDS: usize = 1024;

// Nobody writes above the reserve: a frame starts below the limit or is not made, and above
// its base no more than this is written, whatever code it is.
const _: () = assert!(FRAME_WORDS + MACHINE_WORDS <= STACK_RESERVE);
// The largest frame of the interpreter: arguments, what is fixed, temporaries, operands, and
// what completes the record.
const _: () = assert!(
    255 + crate::interpreter::FIXED + 255 + crate::interpreter::MAX_DEPTH + 2 <= FRAME_WORDS
);

/// What a record is, for whoever walks the stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// A native method activation, temporaries in the frame.
    Native,
    /// A native method activation that makes blocks: temporaries Array, arguments Array.
    NativeShared,
    /// A native block activation: temporaries Array, arguments Array, as above.
    NativeBlock,
    /// An activation the interpreter runs; see [`crate::interpreter`] for its layout.
    Interpreted,
    /// An activation whose state has moved to its Context (word 0 of the record).
    Heap,
    /// Primitive 6 started a chain here.
    Boundary,
    /// The start of a process.
    Bottom,
    /// Arguments saved at a safepoint.
    Arguments,
    /// The machine asked the image to deal with an error; see [`crate::reporting`]. Whoever walks
    /// the records does not meet it.
    ErrorMark,
}

/// The static description of a record.
#[repr(C, align(8))]
pub struct Descriptor {
    /// Continues the activation with a value.
    pub resume: Code1,
    /// Words from base to the end of the record, the descriptor's own included.
    /// 0: the word below the descriptor says it ([`pack`]).
    pub size: u32,
    /// Number of the native method.
    pub method: u32,
    /// Bytecode offset at which it goes on.
    pub ip: u32,
    /// Operands on the stack.
    pub stack: u16,
    /// Arguments, receiver included (1 for a block's activation).
    pub arguments: u8,
    /// Temporaries in the frame.
    pub temporaries: u8,
    /// What it is.
    pub kind: Kind,
}

impl Descriptor {
    /// Words between the arguments and the operand stack.
    pub const fn fixed(kind: Kind, temporaries: u8) -> u32 {
        match kind {
            Kind::Native => 1 + temporaries as u32,
            Kind::NativeShared | Kind::NativeBlock => 3,
            _ => 1,
        }
    }

    /// A descriptor for native code (see the fields for the parameters).
    pub const fn native(
        resume: Code1,
        kind: Kind,
        method: u32,
        ip: u32,
        arguments: u8,
        temporaries: u8,
        stack: u16,
    ) -> Descriptor {
        Descriptor {
            resume,
            size: arguments as u32 + Descriptor::fixed(kind, temporaries) + stack as u32 + 1,
            method,
            ip,
            stack,
            arguments,
            temporaries,
            kind,
        }
    }

    /// A descriptor of the runtime's own records.
    pub const fn special(resume: Code1, kind: Kind, size: u32) -> Descriptor {
        Descriptor {
            resume,
            size,
            method: u32::MAX,
            ip: 0,
            stack: 0,
            arguments: 0,
            temporaries: 0,
            kind,
        }
    }

    /// The word that stands for it on the stack.
    #[inline(always)]
    pub fn word(&'static self) -> Word {
        Word(self as *const Descriptor as u64 | 1)
    }
}

/// The descriptor of the record that ends at `fp`.
///
/// # Safety
/// `fp` is one past a complete record.
#[inline(always)]
pub unsafe fn descriptor(fp: Fp) -> &'static Descriptor {
    // SAFETY: the last word of a record is a descriptor's address plus one.
    unsafe { &*((*fp.sub(1)).0.wrapping_sub(1) as *const Descriptor) }
}

/// Returns `value` to the record that ends at `fp`.
///
/// # Safety
/// `fp` is one past a complete record.
#[inline(always)]
pub unsafe fn return_value(vm: &mut Vm, fp: Fp, value: Word) -> Exit {
    #[cfg(debug_assertions)]
    vm.request_pause_in_stress_mode();
    // SAFETY: the caller's.
    unsafe { (descriptor(fp).resume)(vm, fp, value) }
}

/// Packs what an interpreted record's descriptor does not say statically: the record's
/// size, the bytecode offset, the number of arguments, and whether it is a block.
#[inline(always)]
pub const fn pack(size: usize, ip: usize, arguments: usize, block: bool) -> Word {
    Word(
        1 | ((size as u64) << 2)
            | ((block as u64) << 1)
            | ((ip as u64) << 32)
            | ((arguments as u64) << 56),
    )
}

/// The serial number of an error, as its mark has it on the stack: no value of a program.
pub(crate) const fn error_serial(serial: u32) -> Word {
    Word((serial as u64) << 32 | 3)
}

/// The parts of a packed word.
#[derive(Clone, Copy, Debug)]
pub struct Packed {
    /// Words from base to the end of the record.
    pub size: usize,
    /// Bytecode offset.
    pub ip: usize,
    /// Arguments.
    pub arguments: usize,
    /// Is it a block's activation?
    pub block: bool,
}

/// Takes a packed word apart.
#[inline(always)]
pub const fn unpack(w: Word) -> Packed {
    Packed {
        size: ((w.0 >> 2) & 0x3fff_ffff) as usize,
        ip: ((w.0 >> 32) & 0xff_ffff) as usize,
        arguments: (w.0 >> 56) as usize,
        block: w.0 & 2 != 0,
    }
}

/// One record, as found by walking the stack.
#[derive(Clone, Copy)]
pub struct Record {
    /// Its first word.
    pub base: Fp,
    /// One past its last word.
    pub end: Fp,
    /// Its descriptor.
    pub descriptor: &'static Descriptor,
}

impl Record {
    /// The record that ends at `end`, or the one below the marks of errors that end there.
    ///
    /// # Safety
    /// `end` is one past a complete record.
    pub unsafe fn ending_at(mut end: Fp) -> Record {
        // SAFETY: the caller's; a record's size is static or in its packed word, and below a
        // mark is another record.
        unsafe {
            let mut d = descriptor(end);
            while d.kind == Kind::ErrorMark {
                end = end.sub(d.size as usize);
                d = descriptor(end);
            }
            let size = match d.size {
                0 => unpack(*end.sub(2)).size,
                n => n as usize,
            };
            Record {
                base: end.sub(size),
                end,
                descriptor: d,
            }
        }
    }

    /// Is it an activation of a method or block (and not one of the machine's marks)?
    pub fn is_activation(&self) -> bool {
        !matches!(
            self.descriptor.kind,
            Kind::Boundary | Kind::Bottom | Kind::Arguments | Kind::ErrorMark
        )
    }

    /// Arguments of the activation, receiver included (1 for a block).
    pub fn arguments(&self) -> usize {
        match self.descriptor.kind {
            // SAFETY: an interpreted record has its packed word below the descriptor.
            Kind::Interpreted => unsafe { unpack(*self.end.sub(2)).arguments },
            Kind::Heap => 0,
            _ => self.descriptor.arguments as usize,
        }
    }

    /// Where the record keeps the activation's Context.
    pub fn context_slot(&self) -> Fp {
        // SAFETY: every activation's record has the slot after its arguments.
        unsafe { self.base.add(self.arguments()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_words_come_apart() {
        let p = unpack(pack(123_456, 70_000, 9, true));
        assert_eq!(
            (p.size, p.ip, p.arguments, p.block),
            (123_456, 70_000, 9, true)
        );
        assert!(pack(1, 2, 3, false).is_int());
    }
}
