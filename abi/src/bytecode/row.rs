//! What the table says of a bytecode.

use super::Code;
use crate::effects::Effects;

/// One bytecode.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Which it is.
    pub code: Code,
    /// Its name, for people.
    pub name: &'static str,
    /// How it is written.
    pub encoding: Encoding,
    /// Its operands, in the order of their bytes.
    pub operands: &'static [OperandKind],
    /// How many values it takes from the operand stack.
    pub takes: Takes,
    /// How many it leaves there.
    pub leaves: u8,
    /// Where control goes.
    pub control: Control,
    /// What it may do besides.
    pub effects: Effects,
}

/// The low nibble of an instruction's byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Low {
    /// An operand.
    Operand,
    /// It says which of the operation's instructions it is.
    Fixed(u8),
}

/// How an instruction is written: a mark of its arguments, if it takes what a send takes; operation
/// and low nibble; one more byte, if it has a further operand. Before all of that, where an operand is
/// above 255, stand two bytes with the upper part of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Encoding {
    /// "Mark arguments" with an operand of its own precedes it.
    pub marked: bool,
    /// The operation, the high nibble.
    pub high: u8,
    /// The low nibble.
    pub low: Low,
    /// A byte with an operand follows.
    pub trailing: bool,
}

impl Encoding {
    /// An operation whose low nibble is an operand.
    pub(super) const fn operation(high: u8) -> Encoding {
        Encoding {
            marked: false,
            high,
            low: Low::Operand,
            trailing: false,
        }
    }

    /// One of several instructions of an operation.
    pub(super) const fn one_of(high: u8, low: u8) -> Encoding {
        Encoding {
            low: Low::Fixed(low),
            ..Encoding::operation(high)
        }
    }

    /// The same with a byte that follows.
    pub(super) const fn and_byte(self) -> Encoding {
        Encoding {
            trailing: true,
            ..self
        }
    }

    /// The same after "mark arguments".
    pub(super) const fn marked(self) -> Encoding {
        Encoding {
            marked: true,
            ..self
        }
    }

    /// How many operands there are.
    pub const fn operands(self) -> usize {
        let low = matches!(self.low, Low::Operand);
        self.marked as usize + low as usize + self.trailing as usize
    }
}

/// What an operand means. Indices count from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OperandKind {
    /// An instance variable of the receiver.
    InstanceVariable,
    /// An argument; 0 is the receiver.
    Argument,
    /// A temporary.
    Temporary,
    /// The temporary that takes the first parameter of a block.
    FirstParameter,
    /// A literal.
    Literal,
    /// The literal that is the selector of a message.
    Selector,
    /// A [`Constant`](super::Constant).
    Constant,
    /// A [`BinaryOp`](super::BinaryOp).
    BinaryOp,
    /// How many values are taken, the receiver of a message included.
    ArgumentCount,
    /// A byte offset in the code.
    Target,
    /// The number of a primitive.
    PrimitiveNumber,
    /// A class variable of the receiver's class.
    ClassVariable,
    /// A slot of an object on the stack.
    Slot,
}

impl OperandKind {
    /// Can it be more than a byte says? Its upper byte then stands in front of the instruction.
    pub const fn is_wide(self) -> bool {
        matches!(
            self,
            OperandKind::Literal | OperandKind::Selector | OperandKind::Target | OperandKind::Slot
        )
    }
}

/// How many values an instruction takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Takes {
    /// Always so many.
    Fixed(u8),
    /// As many as its operand of the kind [`OperandKind::ArgumentCount`] says.
    Arguments,
}

/// Where control goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Control {
    /// To what follows in the code.
    Next,
    /// To other code of the image, which comes back with a value.
    Send,
    /// What the primitive says.
    Primitive,
    /// To the target.
    Jump,
    /// To the target, or to what follows.
    Branch,
    /// To the target; what follows is the code of a block.
    Block,
    /// Back to whoever is waiting.
    Return,
}
