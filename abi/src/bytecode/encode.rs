//! From instructions to bytes.

use super::Op;
use super::row::Low;
use super::table::{MARK, SPECIAL, WIDEN};
use std::fmt;

/// A target is beyond what an operand can say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Beyond(
    /// The target.
    pub usize,
);

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "offset {} is beyond the reach of a jump", self.0)
    }
}

impl std::error::Error for Beyond {}

/// How much room a target gets that is not known yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// A byte: up to 255.
    Byte,
    /// Two bytes: up to 65,535.
    Wide,
}

/// The place of a target that is not known yet.
#[derive(Debug)]
#[must_use]
pub struct Forward {
    /// Where its lower byte is.
    lower: usize,
    /// Where its upper byte is, if it has one.
    upper: Option<usize>,
}

impl Forward {
    /// The target is the end of the code.
    ///
    /// # Errors
    /// That is further than the target can say.
    pub fn land(self, code: &mut [u8]) -> Result<(), Beyond> {
        self.go_to(code.len(), code)
    }

    /// The target is an offset in the code.
    ///
    /// # Errors
    /// That is further than the target can say.
    pub fn go_to(self, target: usize, code: &mut [u8]) -> Result<(), Beyond> {
        let beyond = Beyond(target);
        let [upper, lower] = u16::try_from(target).map_err(|_| beyond)?.to_be_bytes();
        match self.upper.and_then(|at| code.get_mut(at)) {
            Some(place) => *place = upper,
            None if upper > 0 => return Err(beyond),
            None => {}
        }
        if let Some(place) = code.get_mut(self.lower) {
            *place = lower;
        }
        Ok(())
    }
}

/// Adds an instruction to code, operands in the low nibble where they fit.
///
/// # Errors
/// A target is beyond 65,535; the instruction then goes to 0.
pub fn encode(op: Op, code: &mut Vec<u8>) -> Result<(), Beyond> {
    // Only a target can be more than two bytes.
    let target = op.target().filter(|&t| t > usize::from(u16::MAX));
    let wide = op.operands().find(|(kind, _)| kind.is_wide());
    let upper = wide.map_or(0, |(_, n)| n >> 8);
    if let (1.., Ok(upper)) = (upper, u8::try_from(upper)) {
        widen(upper, code);
    }
    plain(op, code);
    target.map_or(Ok(()), |t| Err(Beyond(t)))
}

/// The instruction with the lower bytes of its operands.
fn plain(op: Op, code: &mut Vec<u8>) {
    let encoding = op.row().encoding;
    let mut operands = op.operands().map(|(_, n)| n.to_le_bytes()[0]);
    let mut next = || operands.next().unwrap_or_default();
    if encoding.marked {
        operation(MARK, next(), code);
    }
    let low = match encoding.low {
        Low::Operand => next(),
        Low::Fixed(low) => low,
    };
    operation(encoding.high, low, code);
    if encoding.trailing {
        code.push(next());
    }
}

/// Adds an instruction whose target is further on, wherever [`Forward::land`] is called. Nothing if it
/// has no target.
pub fn encode_forward(op: Op, reach: Reach, code: &mut Vec<u8>) -> Option<Forward> {
    op.target()?;
    let upper = (reach == Reach::Wide).then(|| {
        widen(0, code);
        code.len() - 1
    });
    // What the target is now does not matter. Its lower byte is always the last.
    plain(op, code);
    Some(Forward {
        lower: code.len() - 1,
        upper,
    })
}

fn widen(upper: u8, code: &mut Vec<u8>) {
    code.extend([SPECIAL << 4 | WIDEN, upper]);
}

fn operation(high: u8, low: u8, code: &mut Vec<u8>) {
    if low < 16 {
        code.push(high << 4 | low);
    } else {
        code.extend([high, low]);
    }
}
