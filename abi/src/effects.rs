//! What a step of a program may do besides computing a value.

use std::ops::BitOr;

/// A set of effects. Something is in it if the step *may* do it.
///
/// Pauses are not in it: at an entry and at a jump back the machine may collect, and other processes
/// may run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Effects(u8);

impl Effects {
    /// Nothing: the value depends on the operands only.
    pub const PURE: Effects = Effects(0);
    /// It reads objects, or something outside.
    pub const READS: Effects = Effects(1);
    /// It changes objects, or something outside.
    pub const WRITES: Effects = Effects(2);
    /// It makes an object, and so may collect.
    pub const ALLOCATES: Effects = Effects(4);
    /// It may fail, which the image learns.
    pub const FAILS: Effects = Effects(8);
    /// Other code of the image may run before it is done.
    pub const RUNS_CODE: Effects = Effects(16);
    /// What follows it is not reached, or the activation is not the same any more.
    pub const ENDS: Effects = Effects(32);
    /// What any method may do.
    pub const ANY: Effects = Effects(1 | 2 | 4 | 8 | 16);

    /// Both sets.
    pub const fn and(self, other: Effects) -> Effects {
        Effects(self.0 | other.0)
    }

    /// Is all of the other set in this one?
    pub const fn has(self, other: Effects) -> bool {
        self.0 & other.0 == other.0
    }

    /// Is nothing in it?
    pub const fn is_pure(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for Effects {
    type Output = Effects;

    fn bitor(self, other: Effects) -> Effects {
        self.and(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_joined_and_asked() {
        let both = Effects::READS | Effects::FAILS;
        assert!(both.has(Effects::READS) && both.has(Effects::FAILS));
        assert!(!both.has(Effects::WRITES) && !both.has(Effects::READS | Effects::WRITES));
        assert!(Effects::PURE.is_pure() && !both.is_pure());
        assert!(Effects::ANY.has(both) && !Effects::ANY.has(Effects::ENDS));
    }
}
