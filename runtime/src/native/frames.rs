//! Frames of rare exits, written from tables.
//!
//! A side exit of specialised code leaves the registers that hold something above the frames
//! that it is to write, and a table says what goes where. The text of an exit, and the time to
//! compile it, would otherwise grow with the size of its frames.

use super::{
    arguments_array, boxed_float, bump_block, bump_nils, class_object, get, init_slot, literal,
    nil, own_block_context, own_context, put, slot,
};
use crate::code::Fp;
use crate::frame::Descriptor;
use crate::value::Word;
use crate::vm::Vm;
use smallworld_abi::layout::context_slot as slots;

/// The number of an exit that is not counted.
pub const NOT_COUNTED: usize = usize::MAX;

/// How an exit writes its frames.
pub struct FrameTable {
    /// Its number among all exits to the baseline, or [`NOT_COUNTED`].
    pub exit: usize,
    /// Where the last record ends, in words from the base.
    pub end: usize,
    /// Where the registers are that the code has put above the frames.
    pub live: usize,
    /// The number of the class of Floats.
    pub float_class: u32,
    /// What is done, in order.
    pub steps: &'static [FrameStep],
}

/// One thing that is done.
pub enum FrameStep {
    /// Words of the frames, one after the other, from there on.
    Words(u16, &'static [FrameWord]),
    /// An Array of temporaries, all nil: its number, its size.
    NewArray(u16, u16),
    /// An element of it.
    Element(u16, u16, FrameWord),
    /// The object of a Float: the register of its number; the next is that of the object, if it
    /// has one.
    NewFloat(u16),
    /// A Block: its number, and what it is made of.
    NewBlock(u16, &'static BlockRow),
}

/// Words of a table: pairs of a kind and what it is of, in one line.
#[macro_export]
macro_rules! words {
    (@ live $n:tt) => { $crate::native::FrameWord::Live($n) };
    (@ zero _) => { $crate::native::FrameWord::Zero };
    (@ nil _) => { $crate::native::FrameWord::Nil };
    (@ truth true) => { $crate::native::FrameWord::True };
    (@ truth false) => { $crate::native::FrameWord::False };
    (@ int $n:tt) => { $crate::native::FrameWord::Int($n) };
    (@ literal $n:tt) => { $crate::native::FrameWord::Literal($n) };
    (@ class $n:tt) => { $crate::native::FrameWord::Class($n) };
    (@ array $n:tt) => { $crate::native::FrameWord::Array($n) };
    (@ block $n:tt) => { $crate::native::FrameWord::Block($n) };
    (@ temporaries_of $n:tt) => { $crate::native::FrameWord::TemporariesOf($n) };
    (@ arguments_of $n:tt) => { $crate::native::FrameWord::ArgumentsOf($n) };
    (@ record ($d:path)) => { $crate::native::FrameWord::Record(&$d) };
    ($($kind:ident $of:tt)*) => { &[$($crate::words!(@ $kind $of)),*] };
}
pub use words;

/// A table: its name, the number of its exit, where the last record ends, where the registers
/// are, the class of Floats, and the steps.
#[macro_export]
macro_rules! frame_table {
    ($name:ident $exit:expr, $end:literal, $live:literal, $class:literal : $($step:tt)*) => {
        static $name: $crate::native::FrameTable = $crate::native::FrameTable {
            exit: $exit,
            end: $end,
            live: $live,
            float_class: $class,
            steps: &[$($crate::frame_step! $step),*],
        };
    };
}
pub use frame_table;

/// A step of a table.
#[macro_export]
macro_rules! frame_step {
    (words $from:literal, $($word:tt)*) => {
        $crate::native::FrameStep::Words($from, $crate::words!($($word)*))
    };
    (array $n:literal, $size:literal) => { $crate::native::FrameStep::NewArray($n, $size) };
    (element $n:literal, $i:literal, $kind:ident $of:tt) => {
        $crate::native::FrameStep::Element($n, $i, $crate::words!(@ $kind $of))
    };
    (float $n:literal) => { $crate::native::FrameStep::NewFloat($n) };
    (
        block $n:literal, $method:literal, $start:literal, $params_at:literal, $home:literal,
        $arity:literal, $creator:tt, $kind:ident $of:tt
    ) => {
        $crate::native::FrameStep::NewBlock($n, &$crate::native::BlockRow {
            method: $method,
            start: $start,
            params_at: $params_at,
            home: $home,
            arity: $arity,
            array: $crate::words!(@ $kind $of),
            creator: $creator,
        })
    };
}
pub use frame_step;

/// Puts registers above the frames that an exit writes, from a word on, and has them written.
#[macro_export]
macro_rules! side_exit {
    ($vm:ident $base:ident $table:ident above $at:literal : $($word:tt)*) => {{
        #[allow(unused_mut, unused_assignments)]
        let mut at = $at;
        $(
            $crate::native::put($base, at, $word);
            at += 1;
        )*
        $crate::native::write_frames($vm, $base, &$table)
    }};
}
pub use side_exit;

/// Where a word comes from.
pub enum FrameWord {
    /// From a register.
    Live(u16),
    /// SmallInt 0, where there is no object yet.
    Zero,
    /// nil
    Nil,
    /// true
    True,
    /// false
    False,
    /// A SmallInt.
    Int(i32),
    /// An entry of the table of literals.
    Literal(u32),
    /// A class, by its number.
    Class(u32),
    /// An Array made before.
    Array(u16),
    /// A Block made before.
    Block(u16),
    /// The temporaries Array of the Block at that word of the frames.
    TemporariesOf(u16),
    /// Its arguments Array.
    ArgumentsOf(u16),
    /// A descriptor.
    Record(&'static Descriptor),
}

/// What a Block is made of.
pub struct BlockRow {
    /// Its method, in the table of literals.
    pub method: usize,
    /// Where its code starts.
    pub start: u32,
    /// The temporary that takes its first argument.
    pub params_at: u8,
    /// Where its home's frame is.
    pub home: usize,
    /// Arguments of the home.
    pub arity: usize,
    /// The Array of temporaries.
    pub array: FrameWord,
    /// Whose Context it knows.
    pub creator: Creator,
}

/// The activation whose Context a Block knows: where its frame is.
pub enum Creator {
    /// None: it has no `^`.
    None,
    /// A block's.
    Block(usize),
    /// A method's, with the word for the Context.
    Method(usize, usize),
}

/// Objects of one kind that an exit makes at most; the translator writes exits with more in place.
pub const MOST_MADE: usize = 16;

/// The number of a Float as a word, on its way from a register to its object.
#[inline(always)]
pub fn number_word(x: f64) -> Word {
    Word(x.to_bits())
}

/// Counts the exit, and writes its frames. Answers where the last of them ends.
///
/// # Safety
/// The table belongs to the exit; its registers are above `base`; there is room for what it makes.
#[cold]
#[inline(never)]
pub unsafe fn write_frames(vm: &mut Vm, base: Fp, table: &'static FrameTable) -> Fp {
    // SAFETY: the caller's; the translator has made the table.
    unsafe {
        if table.exit != NOT_COUNTED {
            super::left(vm, table.exit);
        }
        let mut made = Made {
            base,
            live: table.live,
            arrays: [Word::ZERO; MOST_MADE],
            blocks: [Word::ZERO; MOST_MADE],
        };
        for step in table.steps {
            made.step(vm, step, table.float_class);
        }
        base.add(table.end)
    }
}

/// What has been made so far.
struct Made {
    base: Fp,
    live: usize,
    arrays: [Word; MOST_MADE],
    blocks: [Word; MOST_MADE],
}

impl Made {
    /// # Safety
    /// As for [`write_frames`].
    unsafe fn step(&mut self, vm: &mut Vm, step: &'static FrameStep, float_class: u32) {
        // SAFETY: the caller's.
        unsafe {
            match step {
                FrameStep::Words(at, words) => {
                    for (i, word) in words.iter().enumerate() {
                        let w = self.word(vm, word);
                        put(self.base, usize::from(*at) + i, w);
                    }
                }
                FrameStep::NewArray(n, size) => {
                    self.arrays[usize::from(*n)] = bump_nils(vm, usize::from(*size));
                }
                FrameStep::Element(n, i, word) => {
                    let w = self.word(vm, word);
                    init_slot(self.arrays[usize::from(*n)], usize::from(*i), w);
                }
                FrameStep::NewFloat(n) => {
                    let at = self.live + usize::from(*n);
                    let x = f64::from_bits(get(self.base, at).0);
                    let w = boxed_float(vm, float_class, get(self.base, at + 1), x);
                    put(self.base, at + 1, w);
                }
                FrameStep::NewBlock(n, row) => {
                    self.blocks[usize::from(*n)] = self.block(vm, row);
                }
            }
        }
    }

    /// # Safety
    /// As for [`write_frames`].
    unsafe fn block(&mut self, vm: &mut Vm, row: &'static BlockRow) -> Word {
        // SAFETY: the caller's; the frames of home and creator have been written.
        unsafe {
            let arguments = arguments_array(vm, self.base.add(row.home), row.arity);
            let creator = match row.creator {
                Creator::None => nil(vm),
                Creator::Block(at) => own_block_context(vm, self.base.add(at)),
                Creator::Method(at, slot) => own_context(vm, self.base.add(at), slot),
            };
            let (method, array) = (literal(vm, row.method), self.word(vm, &row.array));
            bump_block(
                vm,
                method,
                arguments,
                array,
                row.params_at,
                creator,
                row.start,
            )
        }
    }

    /// # Safety
    /// As for [`write_frames`].
    unsafe fn word(&self, vm: &Vm, word: &'static FrameWord) -> Word {
        // SAFETY: the caller's.
        unsafe {
            match word {
                FrameWord::Live(n) => get(self.base, self.live + usize::from(*n)),
                FrameWord::Zero => Word::ZERO,
                FrameWord::Nil => vm.nil,
                FrameWord::True => vm.true_,
                FrameWord::False => vm.false_,
                FrameWord::Int(n) => Word::int(*n),
                FrameWord::Literal(n) => literal(vm, *n as usize),
                FrameWord::Class(n) => class_object(vm, *n),
                FrameWord::Array(n) => self.arrays[usize::from(*n)],
                FrameWord::Block(n) => self.blocks[usize::from(*n)],
                FrameWord::TemporariesOf(at) => {
                    slot(get(self.base, usize::from(*at)), slots::TEMPORARIES)
                }
                FrameWord::ArgumentsOf(at) => {
                    slot(get(self.base, usize::from(*at)), slots::ARGUMENTS)
                }
                FrameWord::Record(d) => d.word(),
            }
        }
    }
}
