//! Whole numbers of any size: what the primitives on them compute.
//!
//! Most numbers are small, so there are two forms: what fits in 64 bits and a sign is calculated
//! with 128 bits at hand, and only the rest is a matter for `num-bigint`. An image keeps a number
//! that is no SmallInt as the bytes of its absolute value, the lowest first; its class is the sign.

use num_bigint::{BigInt, BigUint, Sign};
use std::cmp::Ordering;

/// A whole number.
#[derive(Clone, Debug)]
pub(crate) enum Whole {
    /// One that is calculated with at once. Sums of two do not overflow.
    Small(i128),
    /// Any other (or the same: the forms are not unique).
    Big(BigInt),
}

/// What there is to calculate with two whole numbers. The numbers are those of the primitive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operation {
    /// 1: a + b
    Sum,
    /// 2: a − b
    Difference,
    /// 3: a · b
    Product,
    /// 4: a ÷ b, cut towards zero
    Quotient,
    /// 5: what is left of that
    Remainder,
    /// 6: a ÷ b, rounded down
    FloorQuotient,
    /// 7: what is left of that
    Modulo,
    /// 8: the bits of both
    And,
    /// 9: the bits of either
    Or,
    /// 10: the bits of one alone
    Xor,
    /// 11: a · 2 to the b, rounded down
    Shift,
    /// 12: the greatest common divisor
    CommonDivisor,
    /// 13: a to the b
    Power,
    /// 14: the b-th root of a, rounded down
    Root,
}

impl Operation {
    /// The operation that a primitive's argument names.
    pub(crate) fn numbered(number: i32) -> Option<Operation> {
        const ALL: [Operation; 14] = [
            Operation::Sum,
            Operation::Difference,
            Operation::Product,
            Operation::Quotient,
            Operation::Remainder,
            Operation::FloorQuotient,
            Operation::Modulo,
            Operation::And,
            Operation::Or,
            Operation::Xor,
            Operation::Shift,
            Operation::CommonDivisor,
            Operation::Power,
            Operation::Root,
        ];
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        ALL.get(at).copied()
    }
}

impl From<i32> for Whole {
    fn from(value: i32) -> Whole {
        Whole::Small(value.into())
    }
}

impl Whole {
    /// The number with a sign and the bytes of its absolute value, the lowest first.
    pub(crate) fn from_bytes(negative: bool, bytes: &[u8]) -> Whole {
        if bytes.len() <= 8 {
            let mut eight = [0; 8];
            eight[..bytes.len()].copy_from_slice(bytes);
            let value = i128::from(u64::from_le_bytes(eight));
            return Whole::Small(if negative { -value } else { value });
        }
        let sign = if negative { Sign::Minus } else { Sign::Plus };
        Whole::Big(BigInt::from_bytes_le(sign, bytes))
    }

    /// The whole part of a number; nothing for what is none, or infinite.
    pub(crate) fn from_float(x: f64) -> Option<Whole> {
        const EXACT: f64 = 9e18;
        if !x.is_finite() {
            return None;
        }
        if x.abs() < EXACT {
            return Some(Whole::Small(x as i128));
        }
        let (mantissa, exponent) = parts(x);
        // Above that bound the exponent is never negative.
        let value = BigInt::from(mantissa) << exponent.unsigned_abs();
        Some(Whole::Big(if x < 0.0 { -value } else { value }))
    }

    /// The number that a text of digits in a base says, with a minus in front if it is negative.
    pub(crate) fn from_text(text: &[u8], base: u32) -> Option<Whole> {
        let digits = text.strip_prefix(b"-").unwrap_or(text);
        let all_digits = digits.iter().all(|b| char::from(*b).is_digit(base));
        if digits.is_empty() || !all_digits {
            return None;
        }
        let value = Whole::Big(BigInt::parse_bytes(text, base)?);
        Some(value)
    }

    /// The value, if it is one of 32 bits.
    pub(crate) fn to_i32(&self) -> Option<i32> {
        match self {
            Whole::Small(value) => i32::try_from(*value).ok(),
            Whole::Big(value) => i32::try_from(value).ok(),
        }
    }

    /// Is it negative, and the bytes of its absolute value.
    pub(crate) fn to_bytes(&self) -> (bool, Vec<u8>) {
        match self {
            Whole::Small(value) => {
                let mut bytes = value.unsigned_abs().to_le_bytes().to_vec();
                while bytes.last() == Some(&0) {
                    bytes.pop();
                }
                (*value < 0, bytes)
            }
            Whole::Big(value) => {
                let (sign, bytes) = value.to_bytes_le();
                (sign == Sign::Minus, bytes)
            }
        }
    }

    /// Its digits in a base from 2 to 36.
    pub(crate) fn to_text(&self, base: u32) -> String {
        match self {
            Whole::Small(value) if base == 10 => value.to_string(),
            _ => self.big().to_str_radix(base).to_ascii_uppercase(),
        }
    }

    fn big(&self) -> BigInt {
        match self {
            Whole::Small(value) => BigInt::from(*value),
            Whole::Big(value) => value.clone(),
        }
    }

    fn is_zero(&self) -> bool {
        match self {
            Whole::Small(value) => *value == 0,
            Whole::Big(value) => value.sign() == Sign::NoSign,
        }
    }

    /// How many bits its absolute value has.
    pub(crate) fn bits(&self) -> u64 {
        match self {
            Whole::Small(value) => u64::from(128 - value.unsigned_abs().leading_zeros()),
            Whole::Big(value) => value.bits(),
        }
    }

    /// Calculates. Results of more than `most_bits` bits are not begun with.
    ///
    /// # Errors
    /// Says what cannot be done.
    pub(crate) fn calculate(
        operation: Operation,
        a: &Whole,
        b: &Whole,
        most_bits: u64,
    ) -> Result<Whole, String> {
        use Operation as O;
        let divides = matches!(
            operation,
            O::Quotient | O::Remainder | O::FloorQuotient | O::Modulo
        );
        if divides && b.is_zero() {
            return Err("division by zero".into());
        }
        match operation {
            O::Shift => return shifted(a, b, most_bits),
            O::Power => return power(a, b, most_bits),
            O::Root => return root(a, b),
            _ => {}
        }
        if let (Whole::Small(x), Whole::Small(y)) = (a, b)
            && let Some(value) = small(operation, *x, *y)
        {
            return Ok(Whole::Small(value));
        }
        if operation == O::Product && a.bits() + b.bits() > most_bits {
            return Err(TOO_LARGE.into());
        }
        Ok(Whole::Big(big(operation, &a.big(), &b.big())))
    }

    /// How two compare.
    pub(crate) fn compare(&self, other: &Whole) -> Ordering {
        match (self, other) {
            (Whole::Small(a), Whole::Small(b)) => a.cmp(b),
            _ => self.big().cmp(&other.big()),
        }
    }

    /// How it compares with a Float, exactly; nothing if that is no number.
    pub(crate) fn compare_float(&self, x: f64) -> Option<Ordering> {
        if x.is_nan() {
            return None;
        }
        if x.is_infinite() {
            return Some(if x > 0.0 {
                Ordering::Less
            } else {
                Ordering::Greater
            });
        }
        let whole = self.compare(&Whole::from_float(x)?);
        let rest = x.fract();
        Some(match whole {
            Ordering::Equal if rest > 0.0 => Ordering::Less,
            Ordering::Equal if rest < 0.0 => Ordering::Greater,
            other => other,
        })
    }
}

const TOO_LARGE: &str = "the number is too large";

/// A result that needs no more than 128 bits.
fn small(operation: Operation, a: i128, b: i128) -> Option<i128> {
    match operation {
        Operation::Sum => a.checked_add(b),
        Operation::Difference => a.checked_sub(b),
        Operation::Product => a.checked_mul(b),
        Operation::Quotient => a.checked_div(b),
        Operation::Remainder => a.checked_rem(b),
        Operation::FloorQuotient => {
            let quotient = a.checked_div(b)?;
            let inexact = a % b != 0 && (a < 0) != (b < 0);
            Some(quotient - i128::from(inexact))
        }
        Operation::Modulo => {
            let rest = a.checked_rem(b)?;
            let other_sign = rest != 0 && (rest < 0) != (b < 0);
            Some(if other_sign { rest + b } else { rest })
        }
        Operation::And => Some(a & b),
        Operation::Or => Some(a | b),
        Operation::Xor => Some(a ^ b),
        Operation::CommonDivisor => {
            let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
            while b != 0 {
                (a, b) = (b, a % b);
            }
            i128::try_from(a).ok()
        }
        Operation::Shift | Operation::Power | Operation::Root => None,
    }
}

fn big(operation: Operation, a: &BigInt, b: &BigInt) -> BigInt {
    match operation {
        Operation::Sum => a + b,
        Operation::Difference => a - b,
        Operation::Product => a * b,
        Operation::Quotient => a / b,
        Operation::Remainder => a % b,
        Operation::FloorQuotient => {
            let (quotient, rest) = (a / b, a % b);
            let inexact = rest.sign() != Sign::NoSign && rest.sign() != b.sign();
            if inexact { quotient - 1 } else { quotient }
        }
        Operation::Modulo => {
            let rest = a % b;
            let other_sign = rest.sign() != Sign::NoSign && rest.sign() != b.sign();
            if other_sign { rest + b } else { rest }
        }
        Operation::And => a & b,
        Operation::Or => a | b,
        Operation::Xor => a ^ b,
        Operation::CommonDivisor => common_divisor(a.magnitude(), b.magnitude()).into(),
        // These have their own ways.
        Operation::Shift | Operation::Power | Operation::Root => BigInt::ZERO,
    }
}

/// Euclid's; what gets small on the way goes on without long divisions.
fn common_divisor(a: &BigUint, b: &BigUint) -> BigUint {
    let (mut a, mut b) = (a.clone(), b.clone());
    while b != BigUint::ZERO {
        if let (Ok(mut x), Ok(mut y)) = (u128::try_from(&a), u128::try_from(&b)) {
            while y != 0 {
                (x, y) = (y, x % y);
            }
            return x.into();
        }
        (a, b) = (b.clone(), a % b);
    }
    a
}

fn shifted(a: &Whole, b: &Whole, most_bits: u64) -> Result<Whole, String> {
    if a.is_zero() {
        return Ok(Whole::Small(0));
    }
    let by = match (b.to_i32(), b.compare(&Whole::Small(0))) {
        (Some(by), _) => i128::from(by),
        // No number has so many bits.
        (None, Ordering::Less) => i128::MIN,
        (None, _) => i128::MAX,
    };
    if by > 0 {
        let by = u64::try_from(by).map_err(|_| TOO_LARGE)?;
        if by.saturating_add(a.bits()) > most_bits {
            return Err(TOO_LARGE.into());
        }
        return Ok(Whole::Big(a.big() << by));
    }
    let by = by.unsigned_abs();
    let value = match a {
        Whole::Small(value) => Whole::Small(value >> by.min(127)),
        // Rounded down, as if negative numbers were infinite rows of ones.
        Whole::Big(value) => Whole::Big(value >> u64::try_from(by).unwrap_or(u64::MAX)),
    };
    Ok(value)
}

fn power(a: &Whole, b: &Whole, most_bits: u64) -> Result<Whole, String> {
    if b.compare(&Whole::Small(0)) == Ordering::Less {
        return Err("the exponent is negative".into());
    }
    let odd = matches!(b, Whole::Small(n) if n & 1 == 1) || matches!(b, Whole::Big(n) if n.bit(0));
    if let Whole::Small(base @ -1..=1) = a {
        return Ok(Whole::Small(match base {
            0 => i128::from(b.is_zero()),
            -1 if odd => -1,
            _ => 1,
        }));
    }
    let exponent = b.to_i32().and_then(|n| u32::try_from(n).ok());
    let exponent = exponent.ok_or(TOO_LARGE)?;
    // An absolute value of n bits is at least 2 to the n - 1.
    if (a.bits() - 1).saturating_mul(exponent.into()) > most_bits {
        return Err(TOO_LARGE.into());
    }
    Ok(Whole::Big(a.big().pow(exponent)))
}

fn root(a: &Whole, b: &Whole) -> Result<Whole, String> {
    let degree = b.to_i32().and_then(|n| u32::try_from(n).ok());
    match degree {
        Some(n @ 1..) if a.compare(&Whole::Small(0)) != Ordering::Less => {
            Ok(Whole::Big(a.big().nth_root(n)))
        }
        Some(_) | None => Err("there is no such root".into()),
    }
}

/// The absolute value of a finite number as a whole number and the power of two that it is
/// multiplied by.
pub(crate) fn parts(x: f64) -> (u64, i32) {
    const MANTISSA: u64 = (1 << 52) - 1;
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    match exponent {
        0 => (bits & MANTISSA, -1074),
        _ => (bits & MANTISSA | 1 << 52, exponent - 1075),
    }
}

/// The Float nearest to a ÷ b (that with an even mantissa of two), for b > 0.
pub(crate) fn ratio(a: &Whole, b: &Whole) -> f64 {
    /// Enough for a mantissa, a bit to round by, and whether there is anything behind it.
    const WANTED: i64 = 66;
    if a.is_zero() {
        return 0.0;
    }
    if let (Whole::Small(x), Whole::Small(1)) = (a, b) {
        // Conversions round to the nearest.
        return *x as f64;
    }
    let (a, b) = (a.big(), b.big());
    let negative = a.sign() == Sign::Minus;
    let (top, bottom) = (a.magnitude(), b.magnitude());
    let shift = WANTED - (top.bits() as i64 - bottom.bits() as i64);
    let by = shift.unsigned_abs();
    let (top, bottom) = match shift {
        0.. => (top << by, bottom.clone()),
        _ => (top.clone(), bottom << by),
    };
    let quotient = &top / &bottom;
    let rest = top - &quotient * bottom;
    let quotient = u128::try_from(&quotient).unwrap_or(u128::MAX);
    let sticky = u128::from(rest != BigUint::ZERO);
    let value = rounded(quotient | sticky, -shift);
    if negative { -value } else { value }
}

/// `value` times 2 to the `exponent`; the last bit of `value` also stands for what follows it.
pub(crate) fn rounded(value: u128, exponent: i64) -> f64 {
    /// The exponent of the smallest number there is.
    const LEAST: i64 = -1074;
    let bits = i64::from(128 - value.leading_zeros());
    if bits + exponent < LEAST {
        // Less than half of the smallest number.
        return 0.0;
    }
    let precision = (bits + exponent - LEAST).clamp(0, 53);
    let drop = bits - precision;
    let (mut mantissa, half) = match u32::try_from(drop) {
        Ok(drop @ 1..=127) => (value >> drop, 1_u128 << (drop - 1)),
        _ => (value, 0),
    };
    let rest = value - (mantissa << drop.clamp(0, 127));
    if half != 0 && (rest > half || rest == half && mantissa & 1 == 1) {
        mantissa += 1;
    }
    let exponent = exponent + drop.max(0);
    match exponent {
        972.. => f64::INFINITY,
        _ => mantissa as f64 * power_of_two(exponent.max(LEAST) as i32),
    }
}

/// 2 to the `n`, from -1074 to 1023.
fn power_of_two(n: i32) -> f64 {
    match n {
        -1022.. => f64::from_bits(((n + 1023) as u64) << 52),
        _ => f64::from_bits(1 << (n + 1074).clamp(0, 51)),
    }
}

#[cfg(test)]
mod tests;
