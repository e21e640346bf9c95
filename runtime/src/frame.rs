//! Frames: the state of activations on the machine stack.
//!
//! The machine stack grows upwards. An activation's frame starts at its *base*, with its arguments;
//! [`FrameLayout`] says what follows. The last word of a frame is the address of a
//! [`Descriptor`], plus 1.
//!
//! While an activation waits for a result, its frame is a complete *record*: all of the
//! above is written, and the word before the callee's base is the descriptor's address.
//! To return is to jump to that descriptor's `resume`. Because descriptor addresses are
//! stored odd, the words from the stack's start to its top are all tagged words, and the
//! collector needs no map to scan them.

use crate::code::{Code1, Exit, Fp};
use crate::value::Word;
use crate::vm::Vm;
pub use smallworld_abi::layout::Kind;
pub use smallworld_abi::layout::limits::FRAME_WORDS;
use smallworld_abi::layout::limits::STACK_RESERVE;
use smallworld_abi::layout::{DESCRIPTOR, FrameLayout, PACKED};

/// Words that the machine itself may need where the stack is full: arguments that are put
/// aside, what reports the error.
const MACHINE_WORDS: usize = 1024;

// Nobody writes above the reserve: a frame starts below the limit or is not made, and above
// its base no more than this is written, whatever code it is.
const _: () = assert!(FRAME_WORDS + MACHINE_WORDS <= STACK_RESERVE);
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
        let layout = FrameLayout {
            kind,
            arguments: arguments as usize,
            inline: temporaries as usize,
        };
        Descriptor {
            resume,
            size: layout.record(stack as usize) as u32,
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
    unsafe { &*((*fp.sub(DESCRIPTOR)).0.wrapping_sub(1) as *const Descriptor) }
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

/// The packed word of the record that ends at `fp`.
///
/// # Safety
/// `fp` is one past a complete record that has one.
#[inline(always)]
pub(crate) unsafe fn packed(fp: Fp) -> Packed {
    // SAFETY: the caller's.
    unsafe { unpack(*fp.sub(PACKED)) }
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
                0 => packed(end).size,
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
        self.descriptor.kind.is_activation()
    }

    /// Arguments of the activation, receiver included (1 for a block).
    pub fn arguments(&self) -> usize {
        match self.descriptor.kind {
            // SAFETY: an interpreted record has its packed word below the descriptor.
            Kind::Interpreted => unsafe { packed(self.end).arguments },
            Kind::Heap => 0,
            _ => self.descriptor.arguments as usize,
        }
    }

    /// Is it an activation of a block that the interpreter runs?
    pub(crate) fn is_interpreted_block(&self) -> bool {
        // SAFETY: as above.
        self.descriptor.kind == Kind::Interpreted && unsafe { packed(self.end).block }
    }

    /// Where its words are. Of an interpreted method that has temporaries in the frame, that does
    /// not say where those are.
    pub fn layout(&self) -> FrameLayout {
        FrameLayout {
            kind: self.descriptor.kind,
            arguments: self.arguments(),
            inline: self.descriptor.temporaries as usize,
        }
    }

    /// Where the record keeps the activation's Context.
    pub fn context_slot(&self) -> Fp {
        // SAFETY: every activation's record has the slot after its arguments.
        unsafe { self.base.add(self.layout().context()) }
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
