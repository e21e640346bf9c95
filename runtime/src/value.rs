//! Tagged machine words: what a Smalltalk variable holds.
//!
//! A [`Word`] is either a SmallInt or the address of an object. A SmallInt has the
//! low bit set and its 32 bits in the upper half, so that the machine's own
//! overflow flag is the SmallInt overflow of the dialect. An address is a multiple
//! of eight. On the machine stack there are further odd words (descriptors, packed
//! interpreter state); they never reach a Smalltalk variable, and because they are
//! odd the collector takes them for integers and leaves them alone.

use std::fmt;

/// One Smalltalk value: a SmallInt or a reference to an object.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Word(pub(crate) u64);

impl Word {
    /// SmallInt 0; also the "nothing here" mark of a frame slot that the machine
    /// itself owns (it is not an object, so the collector skips it).
    pub const ZERO: Word = Word::int(0);

    /// The SmallInt `n`.
    #[inline(always)]
    pub const fn int(n: i32) -> Word {
        Word(((n as u32 as u64) << 32) | 1)
    }

    /// Is it a SmallInt?
    #[inline(always)]
    pub const fn is_int(self) -> bool {
        self.0 & 1 != 0
    }

    /// Are both words SmallInts? One test of the combined tags.
    #[inline(always)]
    pub const fn both_ints(a: Word, b: Word) -> bool {
        a.0 & b.0 & 1 != 0
    }

    /// The value of a SmallInt (of any other word: meaningless, but harmless).
    #[inline(always)]
    pub const fn as_int(self) -> i32 {
        (self.0 >> 32) as i32
    }

    /// The SmallInt's value, or nothing for an object.
    #[inline(always)]
    pub const fn to_int(self) -> Option<i32> {
        if self.is_int() {
            Some(self.as_int())
        } else {
            None
        }
    }

    /// Sum of two SmallInts; nothing on 32-bit overflow.
    #[inline(always)]
    pub const fn add(a: Word, b: Word) -> Option<Word> {
        match (a.0 as i64).checked_add((b.0 ^ 1) as i64) {
            Some(n) => Some(Word(n as u64)),
            None => None,
        }
    }

    /// Difference of two SmallInts; nothing on 32-bit overflow.
    #[inline(always)]
    pub const fn sub(a: Word, b: Word) -> Option<Word> {
        match (a.0 as i64).checked_sub((b.0 ^ 1) as i64) {
            Some(n) => Some(Word(n as u64)),
            None => None,
        }
    }

    /// Product of two SmallInts; nothing on 32-bit overflow.
    #[inline(always)]
    pub const fn mul(a: Word, b: Word) -> Option<Word> {
        match a.as_int().checked_mul(b.as_int()) {
            Some(n) => Some(Word::int(n)),
            None => None,
        }
    }

    /// `a < b` for two SmallInts.
    #[inline(always)]
    pub const fn less(a: Word, b: Word) -> bool {
        (a.0 as i64) < (b.0 as i64)
    }

    /// `a <= b` for two SmallInts.
    #[inline(always)]
    pub const fn less_equal(a: Word, b: Word) -> bool {
        (a.0 as i64) <= (b.0 as i64)
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_int() {
            Some(n) => write!(f, "{n}"),
            None => write!(f, "@{:x}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_keep_their_value() {
        for n in [0, 1, -1, i32::MAX, i32::MIN] {
            assert_eq!(Word::int(n).to_int(), Some(n));
        }
    }

    #[test]
    fn arithmetic_overflows_at_32_bits() {
        let max = Word::int(i32::MAX);
        let min = Word::int(i32::MIN);
        let one = Word::int(1);
        assert_eq!(Word::add(max, one), None);
        assert_eq!(Word::sub(min, one), None);
        assert_eq!(Word::mul(max, Word::int(2)), None);
        assert_eq!(Word::add(Word::int(-3), one), Some(Word::int(-2)));
        assert_eq!(Word::sub(one, Word::int(3)), Some(Word::int(-2)));
        assert_eq!(Word::mul(Word::int(-7), Word::int(6)), Some(Word::int(-42)));
    }

    #[test]
    fn comparison_is_signed() {
        assert!(Word::less(Word::int(-1), Word::int(0)));
        assert!(!Word::less(Word::int(5), Word::int(5)));
        assert!(Word::less_equal(Word::int(5), Word::int(5)));
    }
}
