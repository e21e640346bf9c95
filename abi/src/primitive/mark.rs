//! What a method says of its activations by the primitive that it begins with.

use super::Primitive;
use crate::bytecode::Op;

/// What has to be known of an activation that is left, or asked who handles an exception.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Mark {
    /// Nothing.
    #[default]
    None,
    /// When it is left otherwise than by its own return, its first argument is to be run.
    Unwind,
    /// It handles exceptions.
    Handler,
    /// It runs a handler for the activation whose Context is its first argument: whoever looks for
    /// handlers goes on there.
    Handling,
}

impl Mark {
    /// The mark of a method with that first instruction.
    pub fn of(first: Op) -> Mark {
        match first {
            Op::Primitive { argc: 0, number } => {
                Primitive::everywhere(number).map_or(Mark::None, Primitive::mark)
            }
            _ => Mark::None,
        }
    }
}

impl Primitive {
    /// What it says of the method that begins with it.
    pub const fn mark(self) -> Mark {
        match self {
            Primitive::MarkUnwind => Mark::Unwind,
            Primitive::MarkHandler => Mark::Handler,
            Primitive::MarkHandling => Mark::Handling,
            _ => Mark::None,
        }
    }

    /// Does it do nothing but say something of the method that begins with it?
    pub const fn is_mark(self) -> bool {
        !matches!(self.mark(), Mark::None)
    }
}
