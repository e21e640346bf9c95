//! How often something was done.
//!
//! A profile may come from anywhere and hold any numbers, and profiles are added up. So
//! there is no way to compute with counts that could overflow: they stop at the largest.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Sub};

/// A number of sends, or of something else that a run counts. Arithmetic saturates.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Count(u64);

impl Count {
    /// None at all.
    pub const ZERO: Count = Count(0);
    /// More than anybody counts.
    pub const MAX: Count = Count(u64::MAX);

    /// So many.
    pub const fn new(n: u64) -> Count {
        Count(n)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Was it never done?
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// At least one.
    pub fn or_one(self) -> Count {
        self.max(Count(1))
    }

    /// The part of it that `part` is of `all`, without loss on the way.
    pub fn share(self, part: Count, all: Count) -> Count {
        let share = u128::from(self.0) * u128::from(part.0) / u128::from(all.or_one().0);
        Count(u64::try_from(share).unwrap_or(u64::MAX))
    }
}

impl From<u64> for Count {
    fn from(n: u64) -> Count {
        Count(n)
    }
}

impl Add for Count {
    type Output = Count;
    fn add(self, other: Count) -> Count {
        Count(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Count) {
        *self = *self + other;
    }
}

impl Sub for Count {
    type Output = Count;
    fn sub(self, other: Count) -> Count {
        Count(self.0.saturating_sub(other.0))
    }
}

impl Mul<u64> for Count {
    type Output = Count;
    fn mul(self, factor: u64) -> Count {
        Count(self.0.saturating_mul(factor))
    }
}

impl Div<u64> for Count {
    type Output = Count;
    /// By zero as by one.
    fn div(self, by: u64) -> Count {
        Count(self.0 / by.max(1))
    }
}

impl Sum for Count {
    fn sum<I: Iterator<Item = Count>>(counts: I) -> Count {
        counts.fold(Count::ZERO, Add::add)
    }
}

impl<'a> Sum<&'a Count> for Count {
    fn sum<I: Iterator<Item = &'a Count>>(counts: I) -> Count {
        counts.copied().sum()
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_overflows() {
        let (most, one) = (Count::MAX, Count::new(1));
        assert_eq!(most + one, most);
        assert_eq!(most * 100, most);
        assert_eq!(one - most, Count::ZERO);
        assert_eq!(one / 0, one);
        assert_eq!([most, most, one].iter().sum::<Count>(), most);
        assert_eq!(most.share(most, one), most);
        assert_eq!(
            Count::new(10).share(Count::new(3), Count::new(6)),
            Count::new(5)
        );
        let mut sum = most;
        sum += most;
        assert_eq!(sum, most);
    }
}
