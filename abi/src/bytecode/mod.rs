//! The bytecode: instructions, how they are encoded, and what they do to stack and control.
//!
//! The high nibble of a byte is the operation and the low nibble its operand; with a high nibble of 0, the low
//! nibble is the operation and the next byte the operand. Source: the format specification, "Bytecodes".
//! Closures, slots of any object, and wide operands are our own; images of other machines have none.
//!
//! | module | has |
//! |---|---|
//! | `table` | one row for each bytecode, and what is made of the rows |
//! | `row` | what a row says |
//! | `decode` | from bytes to instructions |
//! | `encode` | from instructions to bytes |

mod decode;
mod encode;
mod row;
mod table;
#[cfg(test)]
mod tests;

pub use decode::{DecodeError, Instruction, decode};
pub use encode::{Beyond, Forward, Reach, encode, encode_forward};
pub use row::{Control, Encoding, Low, OperandKind, Row, Takes};
pub use table::{Code, Op, ROWS};

/// A value that bytecode can push without a literal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Constant {
    /// An integer from 0 to 9.
    Int(u8),
    /// `nil`
    Nil,
    /// `true`
    True,
    /// `false`
    False,
}

/// The numbers of the constants that are no integers.
const NIL: u8 = 10;
const TRUE: u8 = 11;
const FALSE: u8 = 12;

impl Constant {
    /// The constant with that number in the bytecode.
    pub const fn from_number(n: u8) -> Option<Constant> {
        Some(match n {
            0..NIL => Constant::Int(n),
            NIL => Constant::Nil,
            TRUE => Constant::True,
            FALSE => Constant::False,
            _ => return None,
        })
    }

    /// Its number in the bytecode.
    pub const fn number(self) -> u8 {
        match self {
            Constant::Int(n) => n,
            Constant::Nil => NIL,
            Constant::True => TRUE,
            Constant::False => FALSE,
        }
    }
}

/// As in a source.
impl std::fmt::Display for Constant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Constant::Int(n) => write!(f, "{n}"),
            Constant::Nil => f.write_str("nil"),
            Constant::True => f.write_str("true"),
            Constant::False => f.write_str("false"),
        }
    }
}

/// A selector that has an operation of its own, for the case that both operands are SmallInts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinaryOp {
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `+`
    Plus,
}

impl BinaryOp {
    /// All, in the order of their numbers in the bytecode.
    pub const ALL: [BinaryOp; 3] = [BinaryOp::Less, BinaryOp::LessEqual, BinaryOp::Plus];

    /// The message that is sent when an operand is no SmallInt, or the sum overflows.
    pub const fn selector(self) -> &'static str {
        match self {
            BinaryOp::Less => "<",
            BinaryOp::LessEqual => "<=",
            BinaryOp::Plus => "+",
        }
    }

    /// The operation with that selector.
    pub fn of_selector(selector: &str) -> Option<BinaryOp> {
        BinaryOp::ALL
            .into_iter()
            .find(|op| op.selector() == selector)
    }

    /// The operation with that number in the bytecode.
    pub fn from_number(n: u8) -> Option<BinaryOp> {
        BinaryOp::ALL.get(usize::from(n)).copied()
    }

    /// Its number in the bytecode.
    pub const fn number(self) -> u8 {
        self as u8
    }
}
