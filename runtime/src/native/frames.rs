//! Frames of rare exits, written from tables.
//!
//! A side exit of specialised code leaves the registers that hold something above the frames
//! that it is to write, and a table says what goes where. The text of an exit, and the time to
//! compile it, would otherwise grow with the size of its frames.

use super::{
    arguments_array, assign_elsewhere, boxed_float, bump_block, bump_nils, class_object,
    closure_of_nils, get, home_return, init_slot, literal, nil, no_class_variable,
    no_instance_variable, no_slot, own_block_context, own_context, pause1, primitive, put, send1,
    send2, send3, send4, set_pending, slot, super1, super2, super3, super4,
};
use crate::code::{Code, Code1, Exit, Fp};
use crate::frame::Descriptor;
use crate::value::Word;
use crate::vm::Vm;
use smallworld_abi::layout::context_slot as slots;
use smallworld_abi::layout::limits::MOST_MADE_AT_EXIT;

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
    /// What is done then.
    pub action: ExitAction,
    /// What that gets: so many words, which the steps have put above the frames.
    pub operands: usize,
    /// The descriptors of the records; the tables of a module share them.
    pub records: &'static [&'static Descriptor],
}

/// What follows once the frames of a side exit are written.
pub enum ExitAction {
    /// A send through that site.
    Send(u32),
    /// A super send.
    Super(u32),
    /// A primitive.
    Primitive(u32),
    /// An error: the receiver has no such instance variable.
    NoInstanceVariable(usize),
    /// An instance variable is assigned.
    AssignElsewhere(usize),
    /// An error: the receiver's class has no such class variable.
    NoClassVariable(usize),
    /// An error: the object has no such slot.
    NoSlot(usize),
    /// `^` in a block: from the closure's home, with a value.
    HomeReturn(usize),
    /// A pause, after which that goes on.
    Pause(Code1),
}

/// One thing that is done.
pub enum FrameStep {
    /// Words of the frames, one after the other, from there on.
    Words(u16, &'static [FrameWord]),
    /// An Array of temporaries, all nil: its number, its size.
    NewArray(u16, u16),
    /// A closure, all nil: its number among the Arrays, its size.
    NewClosure(u16, u16),
    /// An element of one of them.
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
    (@ context $of:tt) => { $crate::context_word!($of) };
    (@ array $n:tt) => { $crate::native::FrameWord::Array($n) };
    (@ block $n:tt) => { $crate::native::FrameWord::Block($n) };
    (@ temporaries_of $n:tt) => { $crate::native::FrameWord::TemporariesOf($n) };
    (@ arguments_of $n:tt) => { $crate::native::FrameWord::ArgumentsOf($n) };
    (@ record $n:tt) => { $crate::native::FrameWord::Record($n) };
    ($($kind:ident $of:tt)*) => { &[$($crate::words!(@ $kind $of)),*] };
}
pub use words;

/// The Context of the activation whose frame is there, and its word for it.
#[macro_export]
macro_rules! context_word {
    (($at:literal, $slot:literal)) => {
        $crate::native::FrameWord::Context($at, $slot)
    };
}
pub use context_word;

/// A table: its name, what is done at last with how many operands, the number of its exit, where
/// the last record ends, where the registers are, the class of Floats, and the steps. `RECORDS` is
/// in its module.
#[macro_export]
macro_rules! frame_table {
    (
        $name:ident $action:ident($of:expr) $operands:literal, $exit:expr, $end:literal,
        $live:literal, $class:literal : $($step:tt)*
    ) => {
        static $name: $crate::native::FrameTable = $crate::native::FrameTable {
            exit: $exit,
            end: $end,
            live: $live,
            float_class: $class,
            steps: &[$($crate::frame_step! $step),*],
            action: $crate::native::ExitAction::$action($of),
            operands: $operands,
            records: &RECORDS,
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
    (closure $n:literal, $size:literal) => { $crate::native::FrameStep::NewClosure($n, $size) };
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

/// Leaves by a table: puts registers above the frames that it writes, from a word on.
#[macro_export]
macro_rules! side_exit {
    ($vm:ident $base:ident $table:ident above $at:literal : $($word:tt)*) => {
        #[allow(unused_mut, unused_assignments, unused_variables)]
        let mut at = $at;
        $(
            $crate::native::put($base, at, $word);
            at += 1;
        )*
        return $crate::native::leave_by($vm, $base, &$table);
    };
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
    /// An Array or a closure made before.
    Array(u16),
    /// The Context of the activation whose frame is there, and its word for it.
    Context(u16, u16),
    /// A Block made before.
    Block(u16),
    /// The temporaries Array of the Block at that word of the frames.
    TemporariesOf(u16),
    /// Its arguments Array.
    ArgumentsOf(u16),
    /// One of the table's descriptors.
    Record(u16),
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

/// The number of a Float as a word, on its way from a register to its object.
#[inline(always)]
pub fn number_word(x: f64) -> Word {
    Word(x.to_bits())
}

/// Counts the exit, writes its frames, and does what follows.
///
/// It is called in tail position, so that an exit costs the function that has it no native frame.
///
/// # Safety
/// The table belongs to the exit; its registers are above `base`; there is room for what it makes.
#[cold]
#[inline(never)]
pub unsafe fn leave_by(vm: &mut Vm, base: Fp, table: &'static FrameTable) -> Exit {
    // SAFETY: the caller's; the translator has made the table.
    unsafe {
        let f = write_frames(vm, base, table);
        let word = |i: usize| get(f, i);
        match (&table.action, table.operands) {
            (ExitAction::Send(n), 1) => send1(vm, f, *n, word(0)),
            (ExitAction::Send(n), 2) => send2(vm, f, *n, word(0), word(1)),
            (ExitAction::Send(n), 3) => send3(vm, f, *n, word(0), word(1), word(2)),
            (ExitAction::Send(n), _) => send4(vm, f, *n, word(0), word(1), word(2), word(3)),
            (ExitAction::Super(n), 1) => super1(vm, f, *n, word(0)),
            (ExitAction::Super(n), 2) => super2(vm, f, *n, word(0), word(1)),
            (ExitAction::Super(n), 3) => super3(vm, f, *n, word(0), word(1), word(2)),
            (ExitAction::Super(n), _) => super4(vm, f, *n, word(0), word(1), word(2), word(3)),
            (ExitAction::Primitive(n), count) => primitive(vm, f, *n, count as u32),
            (ExitAction::NoInstanceVariable(k), _) => no_instance_variable(vm, f, *k),
            (ExitAction::AssignElsewhere(k), _) => assign_elsewhere(vm, f, word(0), *k, word(1)),
            (ExitAction::NoClassVariable(k), _) => no_class_variable(vm, f, *k),
            (ExitAction::NoSlot(k), _) => no_slot(vm, f, word(0), *k),
            (ExitAction::HomeReturn(_), _) => home_return(vm, f, word(0), word(1)),
            (ExitAction::Pause(code), _) => {
                set_pending(vm, Code::of1(*code), 1);
                pause1(vm, f, Word::ZERO)
            }
        }
    }
}

/// Counts the exit, and writes its frames. Answers where the last of them ends.
///
/// # Safety
/// As for [`leave_by`].
unsafe fn write_frames(vm: &mut Vm, base: Fp, table: &'static FrameTable) -> Fp {
    // SAFETY: the caller's.
    unsafe {
        if table.exit != NOT_COUNTED {
            super::left(vm, table.exit);
        }
        let mut made = Made {
            base,
            live: table.live,
            arrays: [Word::ZERO; MOST_MADE_AT_EXIT],
            blocks: [Word::ZERO; MOST_MADE_AT_EXIT],
            records: table.records,
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
    arrays: [Word; MOST_MADE_AT_EXIT],
    blocks: [Word; MOST_MADE_AT_EXIT],
    records: &'static [&'static Descriptor],
}

impl Made {
    /// # Safety
    /// As for [`leave_by`].
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
                FrameStep::NewClosure(n, size) => {
                    self.arrays[usize::from(*n)] = closure_of_nils(vm, usize::from(*size));
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
    /// As for [`leave_by`].
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
    /// As for [`leave_by`].
    unsafe fn word(&self, vm: &mut Vm, word: &'static FrameWord) -> Word {
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
                FrameWord::Context(at, slot) => {
                    own_context(vm, self.base.add(usize::from(*at)), usize::from(*slot))
                }
                FrameWord::Block(n) => self.blocks[usize::from(*n)],
                FrameWord::TemporariesOf(at) => {
                    slot(get(self.base, usize::from(*at)), slots::TEMPORARIES)
                }
                FrameWord::ArgumentsOf(at) => {
                    slot(get(self.base, usize::from(*at)), slots::ARGUMENTS)
                }
                FrameWord::Record(n) => self.records[usize::from(*n)].word(),
            }
        }
    }
}
