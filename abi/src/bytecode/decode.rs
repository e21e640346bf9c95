//! From bytes to instructions.

use super::row::{Low, OperandKind};
use super::table::{MARK, MOST_OPERANDS, ROWS, SPECIAL, UNARY, WIDEN};
use super::{Code, Op};
use std::fmt;

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

/// By high and low nibble: which instruction that is, without and after "mark arguments".
const UNMARKED: [Option<Code>; 256] = by_nibbles(false);
const MARKED: [Option<Code>; 256] = by_nibbles(true);

const fn by_nibbles(marked: bool) -> [Option<Code>; 256] {
    let mut codes = [None; 256];
    let mut i = 0;
    while i < ROWS.len() {
        let encoding = ROWS[i].encoding;
        let first = (encoding.high as usize) << 4;
        if encoding.marked == marked {
            let (mut low, last) = match encoding.low {
                Low::Operand => (0, 15),
                Low::Fixed(low) => (low as usize, low as usize),
            };
            while low <= last {
                assert!(codes[first + low].is_none(), "two rows have the same bytes");
                codes[first + low] = Some(ROWS[i].code);
                low += 1;
            }
        }
        i += 1;
    }
    codes
}

/// The instruction with that operation and low nibble, which a byte of its own may hold.
fn find(codes: &[Option<Code>; 256], (operation, low): (u8, u8)) -> Option<Code> {
    let code = codes[usize::from(operation << 4 | low.min(15))]?;
    let fits = low < 16 || code.row().encoding.low == Low::Operand;
    fits.then_some(code)
}

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
            (0, operation) => Ok((operation, self.byte("the operand")?)),
            nibbles => Ok(nibbles),
        }
    }

    fn op(&mut self) -> Result<Op, DecodeError> {
        let upper = match self.code.get(self.at) {
            Some(&byte) if byte == SPECIAL << 4 | WIDEN => {
                self.at += 1;
                Some(self.byte("the upper byte of an operand")?)
            }
            _ => None,
        };
        let (operation, n) = self.operation("an instruction")?;
        if operation == MARK {
            let (operation, low) = self.operation("the send after mark arguments")?;
            return match find(&MARKED, (operation, low)) {
                Some(code) => self.rest(code, low, Some(n), upper),
                None => self.error(format!(
                    "mark arguments is followed by operation {operation} ({low}), but only a send (9), a super \
                     send (15/11) or a new closure (15/9) can take the arguments"
                )),
            };
        }
        match find(&UNMARKED, (operation, n)) {
            Some(code) => self.rest(code, n, None, upper),
            None => self.error(no_such(operation, n)),
        }
    }

    /// The instruction of which operation and low nibble have been read, before it a mark, and
    /// before that the upper byte of an operand.
    fn rest(
        &mut self,
        code: Code,
        low: u8,
        mark: Option<u8>,
        upper: Option<u8>,
    ) -> Result<Op, DecodeError> {
        let row = code.row();
        let low = (row.encoding.low == Low::Operand).then_some(low);
        let mut numbers = [0; MOST_OPERANDS];
        let mut places = numbers.iter_mut();
        for (place, byte) in places.by_ref().zip(mark.into_iter().chain(low)) {
            *place = u16::from(byte);
        }
        if let (true, Some(kind)) = (row.encoding.trailing, row.operands.last()) {
            numbers[row.operands.len() - 1] = u16::from(self.byte(match kind {
                OperandKind::Target => "the target",
                OperandKind::PrimitiveNumber => "the number of the primitive",
                OperandKind::Selector => "the selector of the super send",
                _ => "the operand",
            })?);
        }
        if let Some(upper) = upper {
            match row.operands.iter().position(|kind| kind.is_wide()) {
                Some(wide) => numbers[wide] |= u16::from(upper) << 8,
                None => {
                    let name = row.name;
                    return self.error(format!("\"{name}\" has no operand that can be widened"));
                }
            }
        }
        match Op::of_numbers(code, numbers) {
            Some(op) => Ok(op),
            None => self.error(no_operand(row.operands[0], numbers[0])),
        }
    }
}

/// What there is to say of an operation that no row has.
fn no_such(operation: u8, n: u8) -> String {
    match find(&MARKED, (operation, n)) {
        Some(Code::SuperSend) => "a super send that no mark arguments (8) precedes".to_owned(),
        Some(Code::PushClosure) => "a new closure that no mark arguments (8) precedes".to_owned(),
        Some(_) => "a send that no mark arguments (8) precedes".to_owned(),
        None => match operation {
            UNARY => format!("there is no unary operation {n} (0 or 1)"),
            SPECIAL => format!("there is no special operation {n}"),
            _ => format!("there is no operation {operation}"),
        },
    }
}

/// What there is to say of an operand that means nothing.
fn no_operand(kind: OperandKind, n: u16) -> String {
    match kind {
        OperandKind::BinaryOp => format!("there is no binary operation {n} (0 to 2)"),
        OperandKind::Constant => format!("there is no constant {n} (0 to 12)"),
        _ => format!("there is no operand {n}"),
    }
}

/// The instruction that starts at byte offset `at` of `code`.
///
/// # Errors
/// When the code ends before the instruction does, or the operation or its operand does not exist. Whether a
/// target or an index makes sense is for a verifier to say.
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
