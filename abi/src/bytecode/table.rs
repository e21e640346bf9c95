//! The table of bytecodes.
//!
//! A row says, from left to right: the variant of [`Op`] with its operands, in the order of their
//! bytes; the name; the encoding; how many values are taken and left; where control goes; what else
//! may happen. To add a bytecode is to add a row: what treats bytecodes one by one then does not
//! compile until it treats the new one.

use super::row::{Control, Encoding, OperandKind, Row, Takes};
use super::{BinaryOp, Constant};
use crate::effects::Effects;

/// The Rust type of an operand in [`Op`].
macro_rules! operand_type {
    (Constant) => {
        Constant
    };
    (BinaryOp) => {
        BinaryOp
    };
    (Target) => {
        usize
    };
    (Literal) => {
        u16
    };
    (Selector) => {
        u16
    };
    (Slot) => {
        u16
    };
    ($other:ident) => {
        u8
    };
}

/// An operand from its number; `None` where there is none with that number.
macro_rules! operand_of_number {
    (Constant, $number:expr) => {
        u8::try_from($number).ok().and_then(Constant::from_number)
    };
    (BinaryOp, $number:expr) => {
        u8::try_from($number).ok().and_then(BinaryOp::from_number)
    };
    (Target, $number:expr) => {
        Some(usize::from($number))
    };
    (Literal, $number:expr) => {
        Some($number)
    };
    (Selector, $number:expr) => {
        Some($number)
    };
    (Slot, $number:expr) => {
        Some($number)
    };
    ($other:ident, $number:expr) => {
        u8::try_from($number).ok()
    };
}

/// An operand as a number.
macro_rules! number_of_operand {
    (Constant, $operand:expr) => {
        $operand.number() as usize
    };
    (BinaryOp, $operand:expr) => {
        $operand.number() as usize
    };
    ($other:ident, $operand:expr) => {
        $operand as usize
    };
}

macro_rules! bytecodes {
    ($(
        $(#[doc = $doc:literal])*
        $variant:ident
            $(($($t:ident: $t_kind:ident),*))?
            $({$($(#[doc = $f_doc:literal])* $f:ident: $f_kind:ident),* $(,)?})?
        = $name:literal, $encoding:expr, $takes:expr => $leaves:literal, $control:ident, $effects:expr;
    )*) => {
        /// What an instruction does.
        ///
        /// Operands are zero-based indices unless they say otherwise; targets are byte offsets.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Op {
            $(
                $(#[doc = $doc])*
                $variant
                    $(($(operand_type!($t_kind)),*))?
                    $({$($(#[doc = $f_doc])* $f: operand_type!($f_kind)),*})?,
            )*
        }

        /// Which instruction it is, without its operands.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub enum Code {
            $($(#[doc = $doc])* $variant,)*
        }

        /// The bytecodes, in the order of [`Code`].
        pub static ROWS: [Row; Code::COUNT] = [$(
            Row {
                code: Code::$variant,
                name: $name,
                encoding: $encoding,
                operands: &[
                    $($(OperandKind::$t_kind),*)?
                    $($(OperandKind::$f_kind),*)?
                ],
                takes: $takes,
                leaves: $leaves,
                control: Control::$control,
                effects: $effects,
            },
        )*];

        impl Code {
            /// How many there are.
            pub const COUNT: usize = [$(Code::$variant),*].len();
        }

        impl Op {
            /// Which instruction it is.
            pub const fn code(self) -> Code {
                match self {
                    $(Op::$variant { .. } => Code::$variant,)*
                }
            }

            /// Its operands as numbers, in the order of their bytes; what is not there is 0.
            pub(super) const fn numbers(self) -> [usize; MOST_OPERANDS] {
                match self {
                    $(
                        Op::$variant $(($($t),*))? $({$($f),*})? => padded(&[
                            $($(number_of_operand!($t_kind, $t)),*)?
                            $($(number_of_operand!($f_kind, $f)),*)?
                        ]),
                    )*
                }
            }

            /// The instruction with these operands; `None` if one of them means nothing.
            pub(super) fn of_numbers(code: Code, numbers: [u16; MOST_OPERANDS]) -> Option<Op> {
                let mut numbers = numbers.into_iter();
                let mut next = || numbers.next().unwrap_or_default();
                Some(match code {
                    $(
                        Code::$variant => {
                            $($(let $t = operand_of_number!($t_kind, next())?;)*)?
                            $($(let $f = operand_of_number!($f_kind, next())?;)*)?
                            Op::$variant $(($($t),*))? $({$($f),*})?
                        }
                    )*
                })
            }
        }
    };
}

/// No instruction has more operands.
pub(super) const MOST_OPERANDS: usize = 2;

const fn padded(given: &[usize]) -> [usize; MOST_OPERANDS] {
    let mut numbers = [0; MOST_OPERANDS];
    let mut i = 0;
    while i < given.len() {
        numbers[i] = given[i];
        i += 1;
    }
    numbers
}

const NONE: Takes = Takes::Fixed(0);
const ONE: Takes = Takes::Fixed(1);
const TWO: Takes = Takes::Fixed(2);
const ARGUMENTS: Takes = Takes::Arguments;

const PURE: Effects = Effects::PURE;
const READS: Effects = Effects::READS;
const WRITES: Effects = Effects::WRITES;
const MAY_FAIL: Effects = READS.and(Effects::FAILS);
/// An activation whose blocks may outlive it tells them its caller.
const RETURNS: Effects = Effects::ENDS.and(WRITES).and(Effects::ALLOCATES);

/// The operation that marks the arguments of the send that follows.
pub(super) const MARK: u8 = 8;
/// The operations of which there are several instructions, told apart by the low nibble.
pub(super) const UNARY: u8 = 10;
/// See [`UNARY`].
pub(super) const SPECIAL: u8 = 15;
/// The special operation that widens the instruction after it: the byte that follows is the upper one
/// of that instruction's wide operand ([`OperandKind::is_wide`]).
pub(super) const WIDEN: u8 = 0;

const fn operation(high: u8) -> Encoding {
    Encoding::operation(high)
}

const fn unary(low: u8) -> Encoding {
    Encoding::one_of(UNARY, low)
}

const fn special(low: u8) -> Encoding {
    Encoding::one_of(SPECIAL, low)
}

bytecodes! {
    /// Pushes an instance variable of the receiver.
    PushInstance(n: InstanceVariable)
        = "push instance", operation(1), NONE => 1, Next, MAY_FAIL;
    /// Pushes an argument; argument 0 is the receiver.
    PushArgument(n: Argument)
        = "push argument", operation(2), NONE => 1, Next, MAY_FAIL;
    /// Pushes a temporary.
    PushTemporary(n: Temporary)
        = "push temporary", operation(3), NONE => 1, Next, READS;
    /// Pushes a literal.
    PushLiteral(n: Literal)
        = "push literal", operation(4), NONE => 1, Next, READS;
    /// Pushes a constant.
    PushConstant(constant: Constant)
        = "push constant", operation(5), NONE => 1, Next, PURE;
    /// Stores the top of the stack into an instance variable, and leaves it.
    AssignInstance(n: InstanceVariable)
        = "assign instance", operation(6), ONE => 1, Next, WRITES.and(Effects::FAILS);
    /// Stores the top of the stack into a temporary, and leaves it.
    AssignTemporary(n: Temporary)
        = "assign temporary", operation(7), ONE => 1, Next, WRITES;
    /// Takes `argc` values, the receiver first, and pushes the answer to the message.
    Send {
        /// How many values the message takes, the receiver included.
        argc: ArgumentCount,
        /// The literal that is the selector.
        selector: Selector,
    } = "send", operation(9).marked(), ARGUMENTS => 1, Send, Effects::ANY;
    /// As [`Op::Send`], but the lookup starts at the superclass of the method's own class.
    SuperSend {
        /// How many values the message takes, the receiver included.
        argc: ArgumentCount,
        /// The literal that is the selector.
        selector: Selector,
    } = "send to super", special(11).and_byte().marked(), ARGUMENTS => 1, Send, Effects::ANY;
    /// Replaces the top of the stack by whether it is nil.
    IsNil = "is nil", unary(0), ONE => 1, Next, PURE;
    /// Replaces the top of the stack by whether it is not nil.
    NotNil = "not nil", unary(1), ONE => 1, Next, PURE;
    /// Takes two values and pushes the result; a send of the selector where they are not both SmallInts.
    Binary(binary: BinaryOp)
        = "binary", operation(11), TWO => 1, Next, Effects::ANY;
    /// Pushes a new block, whose code is what follows, and goes on at `end`.
    PushBlock {
        /// The temporary that takes the first parameter of the block.
        params_at: FirstParameter,
        /// Where execution goes on; the first offset after the code of the block.
        end: Target,
    } = "push block", operation(12).and_byte(), NONE => 1, Block, Effects::ALLOCATES;
    /// Takes `argc` values and pushes what the primitive answers.
    Primitive {
        /// How many values it takes.
        argc: ArgumentCount,
        /// Which primitive it is.
        number: PrimitiveNumber,
    } = "primitive", operation(13).and_byte(), ARGUMENTS => 1, Primitive, Effects::ANY.and(Effects::ENDS);
    /// Pushes a class variable: slot `n + 5` of the receiver's class.
    PushClassVariable(n: ClassVariable)
        = "push class var", operation(14), NONE => 1, Next, MAY_FAIL;
    /// Returns the receiver to the caller.
    ReturnSelf = "return self", special(1), NONE => 0, Return, RETURNS;
    /// Returns the top of the stack to the caller.
    ReturnTop = "return top", special(2), ONE => 0, Return, RETURNS;
    /// Returns the top of the stack to the caller of the context that created the block (`^` in a block).
    BlockReturn = "return from home", special(3), ONE => 0, Return, RETURNS.and(MAY_FAIL);
    /// Pushes the top of the stack again.
    Duplicate = "duplicate", special(4), ONE => 2, Next, PURE;
    /// Drops the top of the stack.
    Pop = "pop", special(5), ONE => 0, Next, PURE;
    /// Pushes a new closure: its slots are the literal, a block's method, and the `count` values taken.
    PushClosure {
        /// How many values it takes.
        count: ArgumentCount,
        /// The literal that is the method of the block.
        method: Literal,
    } = "push closure", special(9).and_byte().marked(), ARGUMENTS => 1, Next, Effects::ALLOCATES;
    /// Pushes the Context of the activation, which says who it is and nothing else.
    PushContext = "push context", special(10), NONE => 1, Next, Effects::ALLOCATES.and(WRITES);
    /// Returns the top of the stack from the activation whose Context is in slot 1 of the receiver, a
    /// closure (`^` in a block).
    HomeReturn = "return from closure's home", special(12), ONE => 0, Return, Effects::ANY.and(Effects::ENDS);
    /// Replaces the object on top of the stack by its slot.
    PushSlot(n: Slot)
        = "push slot", special(13).and_byte(), ONE => 1, Next, MAY_FAIL;
    /// Takes an object, and stores the value below it, which stays, into its slot.
    AssignSlot(n: Slot)
        = "assign slot", special(14).and_byte(), TWO => 1, Next, WRITES.and(Effects::FAILS);
    /// Goes on elsewhere.
    Jump(to: Target) = "jump", special(6).and_byte(), NONE => 0, Jump, PURE;
    /// Drops the top of the stack, and goes on elsewhere if it was exactly `true`.
    JumpIfTrue(to: Target) = "jump if true", special(7).and_byte(), ONE => 0, Branch, PURE;
    /// Drops the top of the stack, and goes on elsewhere if it was exactly `false`.
    JumpIfFalse(to: Target) = "jump if false", special(8).and_byte(), ONE => 0, Branch, PURE;
}

/// Every row has the operands that its encoding has room for.
const _: () = {
    let mut i = 0;
    while i < ROWS.len() {
        let operands = ROWS[i].operands.len();
        assert!(operands == ROWS[i].encoding.operands() && operands <= MOST_OPERANDS);
        i += 1;
    }
};

impl Code {
    /// What the table says of it.
    pub const fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }
}

impl Op {
    /// What the table says of it.
    pub const fn row(self) -> &'static Row {
        self.code().row()
    }

    /// Its name, for people.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// Where control goes after it.
    pub const fn control(self) -> Control {
        self.row().control
    }

    /// Its operands: what they mean, and their numbers.
    pub fn operands(self) -> impl DoubleEndedIterator<Item = (OperandKind, usize)> {
        let (kinds, numbers) = (self.row().operands, self.numbers());
        (0..kinds.len()).map(move |i| (kinds[i], numbers[i]))
    }

    /// The number of its operand of that kind, if it has one.
    fn operand(self, kind: OperandKind) -> Option<usize> {
        let place = self.row().operands.iter().position(|&k| k == kind)?;
        self.numbers().get(place).copied()
    }

    /// How many values it takes from the operand stack.
    pub fn takes(self) -> u16 {
        match self.row().takes {
            Takes::Fixed(n) => u16::from(n),
            // The count is one byte.
            Takes::Arguments => self.operand(OperandKind::ArgumentCount).unwrap_or(0) as u16,
        }
    }

    /// How many values it leaves on the operand stack.
    pub const fn leaves(self) -> u16 {
        self.row().leaves as u16
    }

    /// The offset that it names: where it may go, or where its block ends.
    pub fn target(self) -> Option<usize> {
        self.operand(OperandKind::Target)
    }
}
