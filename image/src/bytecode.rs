//! The bytecode: instructions, and how they are encoded.
//!
//! The high nibble of a byte is the operation and the low nibble its operand; with a high nibble of 0, the low
//! nibble is the operation and the next byte the operand. Source: the format specification, "Bytecodes".

use std::fmt;

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
    /// The message that is sent when an operand is no SmallInt, or the sum overflows.
    pub fn selector(self) -> &'static str {
        match self {
            BinaryOp::Less => "<",
            BinaryOp::LessEqual => "<=",
            BinaryOp::Plus => "+",
        }
    }
}

/// What an instruction does.
///
/// Operands of kind `u8` are zero-based indices unless they say otherwise; targets are byte offsets.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Op {
    /// Pushes an instance variable of the receiver.
    PushInstance(u8),
    /// Pushes an argument; argument 0 is the receiver.
    PushArgument(u8),
    /// Pushes a temporary.
    PushTemporary(u8),
    /// Pushes a literal.
    PushLiteral(u8),
    /// Pushes a constant.
    PushConstant(Constant),
    /// Stores the top of the stack into an instance variable, and leaves it.
    AssignInstance(u8),
    /// Stores the top of the stack into a temporary, and leaves it.
    AssignTemporary(u8),
    /// Takes `argc` values, the receiver first, and pushes the answer to the message.
    Send {
        /// How many values the message takes, the receiver included.
        argc: u8,
        /// The literal that is the selector.
        selector: u8,
    },
    /// As [`Op::Send`], but the lookup starts at the superclass of the method's own class.
    SuperSend {
        /// How many values the message takes, the receiver included.
        argc: u8,
        /// The literal that is the selector.
        selector: u8,
    },
    /// Replaces the top of the stack by whether it is nil.
    IsNil,
    /// Replaces the top of the stack by whether it is not nil.
    NotNil,
    /// Takes two values and pushes the result; a send of the selector where they are not both SmallInts.
    Binary(BinaryOp),
    /// Pushes a new block, whose code is what follows, and goes on at `end`.
    PushBlock {
        /// The temporary that takes the first parameter of the block.
        params_at: u8,
        /// Where execution goes on; the first offset after the code of the block.
        end: usize,
    },
    /// Takes `argc` values and pushes what the primitive answers.
    Primitive {
        /// How many values it takes.
        argc: u8,
        /// Which primitive it is.
        number: u8,
    },
    /// Pushes a class variable: slot `n + 5` of the receiver's class.
    PushClassVariable(u8),
    /// Returns the receiver to the caller.
    ReturnSelf,
    /// Returns the top of the stack to the caller.
    ReturnTop,
    /// Returns the top of the stack to the caller of the context that created the block (`^` in a block).
    BlockReturn,
    /// Pushes the top of the stack again.
    Duplicate,
    /// Drops the top of the stack.
    Pop,
    /// Goes on elsewhere.
    Jump(usize),
    /// Drops the top of the stack, and goes on elsewhere if it was exactly `true`.
    JumpIfTrue(usize),
    /// Drops the top of the stack, and goes on elsewhere if it was exactly `false`.
    JumpIfFalse(usize),
}

/// One instruction and where it stands. "Mark arguments" and the send that takes them are one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Instruction {
    /// The byte offset of the instruction.
    pub at: usize,
    /// The byte offset of what follows it in the code: for [`Op::PushBlock`], the start of the block's code.
    pub next: usize,
    /// What it does.
    pub op: Op,
}

/// Why there is no instruction at an offset.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct DecodeError {
    /// The byte offset where decoding started.
    pub at: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bytecode @{}: {}", self.at, self.message)
    }
}

impl std::error::Error for DecodeError {}

const MARK: u8 = 8;
const SEND: u8 = 9;
const SPECIAL: u8 = 15;
const SUPER_SEND: u8 = 11;

/// A place in the code; `start` is where the instruction being decoded starts.
struct Decoder<'a> {
    code: &'a [u8],
    start: usize,
    at: usize,
}

impl Decoder<'_> {
    fn error<T>(&self, message: impl Into<String>) -> Result<T, DecodeError> {
        Err(DecodeError {
            at: self.start,
            message: message.into(),
        })
    }

    fn byte(&mut self, what: &str) -> Result<u8, DecodeError> {
        match self.code.get(self.at) {
            Some(&byte) => {
                self.at += 1;
                Ok(byte)
            }
            None => self.error(format!("the code ends where {what} should be")),
        }
    }

    /// An operation and its operand.
    fn operation(&mut self, what: &str) -> Result<(u8, u8), DecodeError> {
        let byte = self.byte(what)?;
        match (byte >> 4, byte & 15) {
            (0, op) => Ok((op, self.byte("the operand")?)),
            (op, operand) => Ok((op, operand)),
        }
    }

    fn target(&mut self) -> Result<usize, DecodeError> {
        self.byte("the target").map(usize::from)
    }

    fn op(&mut self) -> Result<Op, DecodeError> {
        let (op, n) = self.operation("an instruction")?;
        Ok(match op {
            1 => Op::PushInstance(n),
            2 => Op::PushArgument(n),
            3 => Op::PushTemporary(n),
            4 => Op::PushLiteral(n),
            5 => Op::PushConstant(match n {
                0..=9 => Constant::Int(n),
                10 => Constant::Nil,
                11 => Constant::True,
                12 => Constant::False,
                _ => return self.error(format!("there is no constant {n} (0 to 12)")),
            }),
            6 => Op::AssignInstance(n),
            7 => Op::AssignTemporary(n),
            MARK => self.send(n)?,
            SEND => return self.error("a send that no mark arguments (8) precedes"),
            10 => match n {
                0 => Op::IsNil,
                1 => Op::NotNil,
                _ => return self.error(format!("there is no unary operation {n} (0 or 1)")),
            },
            11 => Op::Binary(match n {
                0 => BinaryOp::Less,
                1 => BinaryOp::LessEqual,
                2 => BinaryOp::Plus,
                _ => return self.error(format!("there is no binary operation {n} (0 to 2)")),
            }),
            12 => Op::PushBlock {
                params_at: n,
                end: self.target()?,
            },
            13 => Op::Primitive {
                argc: n,
                number: self.byte("the number of the primitive")?,
            },
            14 => Op::PushClassVariable(n),
            SPECIAL => self.special(n)?,
            _ => return self.error(format!("there is no operation {op}")),
        })
    }

    fn special(&mut self, n: u8) -> Result<Op, DecodeError> {
        Ok(match n {
            1 => Op::ReturnSelf,
            2 => Op::ReturnTop,
            3 => Op::BlockReturn,
            4 => Op::Duplicate,
            5 => Op::Pop,
            6 => Op::Jump(self.target()?),
            7 => Op::JumpIfTrue(self.target()?),
            8 => Op::JumpIfFalse(self.target()?),
            SUPER_SEND => return self.error("a super send that no mark arguments (8) precedes"),
            _ => return self.error(format!("there is no special operation {n}")),
        })
    }

    /// The send that takes the `argc` values marked just before.
    fn send(&mut self, argc: u8) -> Result<Op, DecodeError> {
        match self.operation("the send after mark arguments")? {
            (SEND, selector) => Ok(Op::Send { argc, selector }),
            (SPECIAL, SUPER_SEND) => Ok(Op::SuperSend {
                argc,
                selector: self.byte("the selector of the super send")?,
            }),
            (op, n) => self.error(format!(
                "mark arguments is followed by operation {op} ({n}), but only a send (9) or super send \
                 (15/11) can take the arguments"
            )),
        }
    }
}

/// The instruction that starts at byte offset `at` of `code`.
///
/// # Errors
/// When the code ends before the instruction does, or the operation or its operand does not exist. Whether a
/// target or an index makes sense is for [`verify`](crate::verify) to say.
pub fn decode(code: &[u8], at: usize) -> Result<Instruction, DecodeError> {
    let mut decoder = Decoder {
        code,
        start: at,
        at,
    };
    let op = decoder.op()?;
    Ok(Instruction {
        at,
        next: decoder.at,
        op,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(code: &[u8]) -> Op {
        let instruction = decode(code, 0).unwrap();
        assert_eq!(instruction.next, code.len(), "{instruction:?}");
        instruction.op
    }

    fn message(code: &[u8]) -> String {
        decode(code, 0).unwrap_err().message
    }

    #[test]
    fn short_and_long_operands() {
        assert_eq!(one(&[0x13]), Op::PushInstance(3));
        assert_eq!(one(&[0x01, 0x13]), Op::PushInstance(19));
        assert_eq!(one(&[0x20]), Op::PushArgument(0));
        assert_eq!(one(&[0x3f]), Op::PushTemporary(15));
        assert_eq!(one(&[0x04, 0xff]), Op::PushLiteral(255));
        assert_eq!(one(&[0x62]), Op::AssignInstance(2));
        assert_eq!(one(&[0x07, 16]), Op::AssignTemporary(16));
        assert_eq!(one(&[0xe1]), Op::PushClassVariable(1));
    }

    #[test]
    fn constants() {
        assert_eq!(one(&[0x59]), Op::PushConstant(Constant::Int(9)));
        assert_eq!(one(&[0x5a]), Op::PushConstant(Constant::Nil));
        assert_eq!(one(&[0x5b]), Op::PushConstant(Constant::True));
        assert_eq!(one(&[0x05, 12]), Op::PushConstant(Constant::False));
        assert_eq!(message(&[0x5d]), "there is no constant 13 (0 to 12)");
    }

    #[test]
    fn a_mark_and_its_send_are_one() {
        let (argc, selector) = (2, 1);
        assert_eq!(one(&[0x82, 0x91]), Op::Send { argc, selector });
        assert_eq!(one(&[0x08, 2, 0x09, 1]), Op::Send { argc, selector });
        assert_eq!(one(&[0x82, 0xfb, 1]), Op::SuperSend { argc, selector });
        assert_eq!(one(&[0x82, 0x0f, 11, 1]), Op::SuperSend { argc, selector });
        assert!(message(&[0x91]).contains("no mark arguments"));
        assert!(message(&[0xfb, 0]).contains("no mark arguments"));
        assert!(message(&[0x81, 0x51]).contains("followed by operation 5 (1)"));
        assert!(message(&[0x81, 0xf1]).contains("followed by operation 15 (1)"));
        assert!(message(&[0x81]).contains("the code ends"));
        assert!(message(&[0x81, 0xfb]).contains("the code ends"));
    }

    #[test]
    fn unary_binary_primitive_block() {
        assert_eq!(one(&[0xa0]), Op::IsNil);
        assert_eq!(one(&[0xa1]), Op::NotNil);
        assert!(message(&[0xa2]).contains("no unary"));
        assert_eq!(one(&[0xb0]), Op::Binary(BinaryOp::Less));
        assert_eq!(one(&[0xb1]), Op::Binary(BinaryOp::LessEqual));
        assert_eq!(one(&[0xb2]), Op::Binary(BinaryOp::Plus));
        assert!(message(&[0xb3]).contains("no binary"));
        let primitive = Op::Primitive {
            argc: 2,
            number: 119,
        };
        assert_eq!(one(&[0xd2, 119]), primitive);
        let block = decode(&[0xc1, 9, 0xf1], 0).unwrap();
        let (params_at, end) = (1, 9);
        assert_eq!(block.op, Op::PushBlock { params_at, end });
        assert_eq!(block.next, 2);
        assert_eq!(decode(&[0x0c, 20, 9, 0xf1], 0).unwrap().next, 3);
    }

    #[test]
    fn specials() {
        assert_eq!(one(&[0xf1]), Op::ReturnSelf);
        assert_eq!(one(&[0xf2]), Op::ReturnTop);
        assert_eq!(one(&[0xf3]), Op::BlockReturn);
        assert_eq!(one(&[0xf4]), Op::Duplicate);
        assert_eq!(one(&[0xf5]), Op::Pop);
        assert_eq!(one(&[0xf6, 200]), Op::Jump(200));
        assert_eq!(one(&[0xf7, 3]), Op::JumpIfTrue(3));
        assert_eq!(one(&[0x0f, 8, 3]), Op::JumpIfFalse(3));
        for n in [0, 9, 10, 12, 13, 14, 15] {
            assert!(message(&[0xf0 | n]).contains("no special operation"));
        }
        assert_eq!(message(&[0x00, 1]), "there is no operation 0");
    }

    #[test]
    fn every_byte_string_is_decoded_or_refused() {
        for first in 0..=255 {
            for second in 0..=255 {
                for length in 0..=4 {
                    let code = [first, second, first, second];
                    let _ = decode(&code[..length], 0);
                }
            }
        }
        assert!(decode(&[], 0).is_err());
        assert!(decode(&[0x50], usize::MAX).is_err());
    }
}
