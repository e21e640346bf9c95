//! From instructions to bytes.

use super::Op;
use super::row::Low;
use super::table::MARK;
use std::fmt;

/// A target is beyond what a byte can say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Beyond(
    /// The target.
    pub usize,
);

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "offset {} is beyond byte 255", self.0)
    }
}

impl std::error::Error for Beyond {}

/// The place of a target that is not known yet.
#[derive(Debug)]
#[must_use]
pub struct Forward(usize);

impl Forward {
    /// The target is the end of the code.
    ///
    /// # Errors
    /// That is further than a target can say.
    pub fn land(self, code: &mut [u8]) -> Result<(), Beyond> {
        let here = u8::try_from(code.len()).map_err(|_| Beyond(code.len()))?;
        if let Some(target) = code.get_mut(self.0) {
            *target = here;
        }
        Ok(())
    }
}

/// Adds an instruction to code, operands in the low nibble where they fit.
///
/// # Errors
/// A target is beyond byte 255; the instruction then goes to 0.
pub fn encode(op: Op, code: &mut Vec<u8>) -> Result<(), Beyond> {
    let encoding = op.row().encoding;
    let mut beyond = None;
    // Only a target can be more than a byte.
    let mut operands = op.operands().map(|(_, n)| match u8::try_from(n) {
        Ok(byte) => byte,
        Err(_) => {
            beyond = Some(Beyond(n));
            0
        }
    });
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
    match beyond {
        Some(beyond) => Err(beyond),
        None => Ok(()),
    }
}

/// Adds an instruction whose target is further on, wherever [`Forward::land`] is called. Nothing if it
/// has no target.
pub fn encode_forward(op: Op, code: &mut Vec<u8>) -> Option<Forward> {
    op.target()?;
    // What the target is now does not matter. It is always the last byte.
    let _ = encode(op, code);
    Some(Forward(code.len() - 1))
}

fn operation(high: u8, low: u8, code: &mut Vec<u8>) {
    if low < 16 {
        code.push(high << 4 | low);
    } else {
        code.extend([high, low]);
    }
}
