//! Operations, and what they do besides computing a value.

use super::value::Type;
use smallworld_abi::layout::{BLOCK_WORDS, CONTEXT_WORDS};

/// What an operation does besides computing a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Effects {
    /// It reads objects.
    pub reads: bool,
    /// It changes objects, or something else that would be seen if it were done twice.
    pub writes: bool,
    /// It looks for room in the nursery on top of what the function has reserved, and collects
    /// if there is none.
    pub collects: bool,
    /// Words of the nursery that it takes out of the function's reservation.
    pub takes: usize,
    /// It writes the machine stack, up to so many words above the base.
    pub frame: usize,
}

impl Effects {
    /// None.
    pub const PURE: Effects = Effects {
        reads: false,
        writes: false,
        collects: false,
        takes: 0,
        frame: 0,
    };
    /// Reads objects.
    pub const READS: Effects = Effects {
        reads: true,
        ..Effects::PURE
    };
    /// Changes objects.
    pub const WRITES: Effects = Effects {
        writes: true,
        ..Effects::PURE
    };
    /// Makes an object.
    pub const ALLOCATES: Effects = Effects {
        reads: true,
        collects: true,
        ..Effects::PURE
    };

    /// Both, one after the other.
    pub fn and(self, then: Effects) -> Effects {
        Effects {
            reads: self.reads | then.reads,
            writes: self.writes | then.writes,
            collects: self.collects | then.collects,
            takes: self.takes + then.takes,
            frame: self.frame.max(then.frame),
        }
    }

    /// Must the function be past its safepoint before it does this?
    pub fn needs_safepoint(self) -> bool {
        self.collects || self.takes > 0 || self.frame > 0
    }
}

/// The class test of a guard or a branch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Test {
    /// A SmallInt.
    Int,
    /// nil itself.
    Nil,
    /// true itself.
    True,
    /// false itself.
    False,
    /// This class itself, by its number: the only instance of its metaclass.
    Class(u32),
    /// A Float of the class with that number.
    Float(u32),
    /// An instance of the class with that number.
    Instance(u32),
}

/// Arithmetic on SmallInts whose result may not be one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum IntOp {
    /// Sum.
    Add,
    /// Difference.
    Sub,
    /// Product.
    Mul,
}

/// A comparison of two SmallInts, or of two Floats.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Compare {
    /// The first is less.
    Less,
    /// The first is less, or they are equal.
    LessEqual,
    /// They are equal.
    Equal,
}

/// Arithmetic on Floats.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FloatOp {
    /// Sum.
    Add,
    /// Difference.
    Sub,
    /// Product.
    Mul,
    /// Quotient.
    Div,
}

/// What a new object is made of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Format {
    /// Slots, all nil.
    Slots,
    /// Bytes, all zero.
    Bytes,
}

/// An operation. Operands are in the instruction; what is here are its constants.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Op {
    /// Argument of the function's call.
    Argument(usize),
    /// The value that a continuation goes on with.
    Resumed,
    /// Word of the frames that are there when a continuation starts.
    FrameWord(usize),
    /// Looks whether a pause is due, and whether there is as much room as the function has
    /// reserved. If not, the function is begun again afterwards.
    Safepoint,
    /// Are two words the same?
    Same,
    /// Is a Float the object that the other operand, a word or a Float, is?
    SameFloat,
    /// Is a Bool false?
    Not,
    /// Has a word the class?
    IsA(Test),
    /// Are both words SmallInts?
    AreInts,
    /// Guard: both words are SmallInts, where that is not known. Exits.
    GuardInts,
    /// Guard: a word has the class. Exits.
    GuardClass(Test),
    /// Guard: words are Floats of the class with that number. Exits.
    GuardFloats(u32),
    /// On two SmallInts. Exits where the result is none.
    Int(IntOp),
    /// Of two SmallInts.
    CompareInts(Compare),
    /// Quotient of two words, cut. Exits.
    Quotient,
    /// Remainder. Exits.
    Remainder,
    /// The class of a word.
    ClassOf,
    /// The size of a word's object.
    SizeOf {
        /// It is surely no SmallInt.
        object: bool,
    },
    /// Slot of an object. Exits where it is not known to be there and is not.
    Slot {
        /// Which.
        index: usize,
        /// It is there.
        known: bool,
    },
    /// Stores the second operand into a slot of the first. Exits where the slot is not there, or
    /// the store could change a method.
    PutSlot {
        /// Which.
        index: usize,
        /// It is there.
        known: bool,
    },
    /// Slot of the class of a word. Exits.
    ClassSlot(usize),
    /// Element of an Array of temporaries.
    Temporary(usize),
    /// Stores the second operand into one.
    PutTemporary(usize),
    /// Element (object, index). Exits.
    SlotAt {
        /// The index is a SmallInt from 1 to the size.
        within: bool,
    },
    /// Stores the third operand as an element (object, index, value). Exits.
    SlotAtPut {
        /// As for reading.
        within: bool,
    },
    /// Byte (object, index). Exits.
    ByteAt {
        /// The index is a SmallInt from 1 to the size.
        within: bool,
    },
    /// Stores the third operand as a byte (object, index, value). Exits.
    ByteAtPut,
    /// Compares the bytes of two objects. Exits.
    CompareBytes,
    /// New object of the class with that number, of a size. Exits.
    NewObject(Format, u32),
    /// New object with the bytes of the second operand, then of the first. Exits.
    JoinBytes,
    /// New Array of the operands.
    NewArray,
    /// New closure of the operands.
    NewClosure,
    /// The Float that a word, known to be one, is.
    FloatOf,
    /// The Float of a SmallInt.
    FloatOfInt,
    /// On two Floats, the second operand first: `<51 class x y>` is y + x.
    Float(FloatOp),
    /// Of two Floats, likewise.
    CompareFloats(Compare),
    /// Square root.
    SquareRoot,
    /// A Float cut to a SmallInt.
    Truncate,
    /// The object of a Float, made if it has none.
    Object,
    /// An activation returns to the next outer one of the inline tree: a block with `^` that it
    /// made gets to know the caller.
    Retire {
        /// Where its frame is, in words from the base, and its Context in that.
        at: usize,
        /// See `at`.
        slot: usize,
        /// Where the caller's frame is.
        caller: usize,
        /// Its Context in that.
        caller_slot: usize,
        /// Is the caller a block?
        caller_is_block: bool,
    },
}

impl Op {
    /// The type of what it answers; nothing for what only does something.
    pub fn result(self) -> Option<Type> {
        Some(match self {
            Op::Argument(_)
            | Op::Resumed
            | Op::FrameWord(_)
            | Op::Int(_)
            | Op::Quotient
            | Op::Remainder
            | Op::ClassOf
            | Op::SizeOf { .. }
            | Op::Slot { .. }
            | Op::ClassSlot(_)
            | Op::Temporary(_)
            | Op::SlotAt { .. }
            | Op::ByteAt { .. }
            | Op::CompareBytes
            | Op::NewObject(..)
            | Op::JoinBytes
            | Op::NewArray
            | Op::NewClosure
            | Op::Truncate
            | Op::Object => Type::Word,
            Op::Same
            | Op::SameFloat
            | Op::Not
            | Op::IsA(_)
            | Op::AreInts
            | Op::CompareInts(_)
            | Op::CompareFloats(_) => Type::Bool,
            Op::FloatOf | Op::FloatOfInt | Op::Float(_) | Op::SquareRoot => Type::Float,
            Op::GuardInts
            | Op::GuardClass(_)
            | Op::GuardFloats(_)
            | Op::PutSlot { .. }
            | Op::PutTemporary(_)
            | Op::SlotAtPut { .. }
            | Op::ByteAtPut
            | Op::Safepoint
            | Op::Retire { .. } => return None,
        })
    }

    /// What it does if it does not exit.
    pub fn effects(self) -> Effects {
        match self {
            Op::Argument(_)
            | Op::Resumed
            | Op::FrameWord(_)
            | Op::Safepoint
            | Op::Same
            | Op::SameFloat
            | Op::Not
            | Op::AreInts
            | Op::GuardInts
            | Op::Int(_)
            | Op::CompareInts(_)
            | Op::Quotient
            | Op::Remainder
            | Op::FloatOfInt
            | Op::Float(_)
            | Op::CompareFloats(_)
            | Op::SquareRoot
            | Op::Truncate => Effects::PURE,
            Op::IsA(_)
            | Op::GuardClass(_)
            | Op::GuardFloats(_)
            | Op::ClassOf
            | Op::SizeOf { .. }
            | Op::Slot { .. }
            | Op::ClassSlot(_)
            | Op::Temporary(_)
            | Op::SlotAt { .. }
            | Op::ByteAt { .. }
            | Op::CompareBytes
            | Op::FloatOf => Effects::READS,
            Op::PutSlot { .. } | Op::PutTemporary(_) | Op::SlotAtPut { .. } | Op::ByteAtPut => {
                Effects::WRITES
            }
            Op::NewObject(..) | Op::NewArray | Op::NewClosure | Op::Object => Effects::ALLOCATES,
            Op::JoinBytes => Effects::ALLOCATES.and(Effects::WRITES),
            // It may make the caller's Context.
            Op::Retire {
                caller_is_block, ..
            } => Effects {
                takes: match caller_is_block {
                    true => BLOCK_WORDS,
                    false => CONTEXT_WORDS,
                },
                ..Effects::WRITES
            },
        }
    }

    /// May it be left out where nobody wants what it answers? What exits may not: the program
    /// would miss an error.
    pub fn is_removable(self) -> bool {
        self.result().is_some() && !self.effects().writes && !self.effects().collects
    }
}
