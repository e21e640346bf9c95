//! The values of number literals.

use crate::ast::Literal;

/// The largest exponent of an integer: its digits are written out.
const MAX_EXPONENT: u32 = 100_000;

/// A number as it is written, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Written<'a> {
    /// The base; 10 if it is not written.
    pub(crate) radix: Option<u32>,
    /// Whether a minus follows the base.
    pub(crate) negative: bool,
    /// The digits before the point.
    pub(crate) whole: &'a str,
    /// The digits after the point.
    pub(crate) fraction: Option<&'a str>,
    /// What follows `e`.
    pub(crate) exponent: Option<&'a str>,
}

impl Written<'_> {
    /// The number, or what is wrong with it.
    pub(crate) fn value(self) -> Result<Literal, String> {
        let small = self
            .exponent
            .is_some_and(|exponent| exponent.starts_with('-'));
        let value = match self.fraction {
            None if !small => self.integer()?,
            fraction => {
                let (whole, exponent) = (self.whole, self.exponent.unwrap_or("0"));
                let text = format!("{whole}.{}e{exponent}", fraction.unwrap_or("0"));
                match text.parse::<f64>() {
                    Ok(value) if self.radix.is_none() && value.is_finite() => Literal::Float(value),
                    Ok(_) if self.radix.is_none() => return Err(format!("{text} is too large")),
                    _ => return Err("a number with a base has no fraction".to_string()),
                }
            }
        };
        Ok(if self.negative { negated(value) } else { value })
    }

    fn integer(self) -> Result<Literal, String> {
        let radix = self.radix.unwrap_or(10);
        let mut digits = Digits::default();
        if radix == 10 {
            digits.decimal(self.whole);
        } else {
            for letter in self.whole.chars() {
                digits.push(radix, letter.to_digit(36).unwrap_or(0));
            }
        }
        let exponent = match self.exponent.map(str::parse::<u32>) {
            None => 0,
            Some(Ok(exponent)) if exponent <= MAX_EXPONENT => exponent,
            Some(_) => return Err(format!("an exponent is at most {MAX_EXPONENT}")),
        };
        if radix == 10 {
            digits.text.push_str(&"0".repeat(exponent as usize));
        } else {
            (0..exponent).for_each(|_| digits.push(radix, 0));
        }
        Ok(of_digits(false, &digits.into_text()))
    }
}

/// An integer under construction: decimal digits, or parts of nine of them.
#[derive(Default)]
struct Digits {
    text: String,
    /// Base 10^9, least significant first.
    parts: Vec<u64>,
}

impl Digits {
    const BASE: u64 = 1_000_000_000;

    fn decimal(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn push(&mut self, radix: u32, digit: u32) {
        let mut carry = u64::from(digit);
        for part in &mut self.parts {
            let value = *part * u64::from(radix) + carry;
            *part = value % Digits::BASE;
            carry = value / Digits::BASE;
        }
        if carry > 0 {
            self.parts.push(carry);
        }
    }

    fn into_text(self) -> String {
        if !self.text.is_empty() {
            return self.text;
        }
        let parts = self.parts.iter().rev();
        parts.map(|part| format!("{part:09}")).collect()
    }
}

/// The integer with a sign and decimal digits.
pub(crate) fn of_digits(negative: bool, digits: &str) -> Literal {
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Literal::Integer(0);
    }
    let value: Option<i64> = digits.parse().ok();
    let value = value.map(|value| if negative { -value } else { value });
    match value.and_then(|value| i32::try_from(value).ok()) {
        Some(value) => Literal::Integer(value),
        None => Literal::Large {
            negative,
            digits: digits.to_string(),
        },
    }
}

/// The number with the other sign.
pub(crate) fn negated(literal: Literal) -> Literal {
    match literal {
        Literal::Integer(value) => of_digits(value > 0, &value.unsigned_abs().to_string()),
        Literal::Large { negative, digits } => of_digits(!negative, &digits),
        Literal::Float(value) => Literal::Float(-value),
        other => other,
    }
}

/// The bytes of a decimal number, least significant first, without zeros at the end.
pub(crate) fn bytes(digits: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> = Vec::new();
    for digit in digits.bytes() {
        let mut carry = u32::from(digit - b'0');
        for byte in &mut bytes {
            let value = u32::from(*byte) * 10 + carry;
            *byte = value as u8;
            carry = value >> 8;
        }
        if carry > 0 {
            bytes.push(carry as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn large(negative: bool, digits: &str) -> Literal {
        Literal::Large {
            negative,
            digits: digits.to_string(),
        }
    }

    fn integer(radix: u32, whole: &str, exponent: Option<&str>) -> Literal {
        let written = Written {
            radix: (radix != 10).then_some(radix),
            whole,
            exponent,
            ..Written::default()
        };
        written.value().unwrap()
    }

    #[test]
    fn integers_fit_32_bits_or_are_large() {
        assert_eq!(of_digits(false, "0010"), Literal::Integer(10));
        assert_eq!(of_digits(true, "0"), Literal::Integer(0));
        assert_eq!(of_digits(true, "2147483648"), Literal::Integer(i32::MIN));
        assert_eq!(of_digits(false, "2147483648"), large(false, "2147483648"));
        let huge = "9".repeat(40);
        assert_eq!(of_digits(true, &huge), large(true, &huge));
    }

    #[test]
    fn negation_goes_both_ways() {
        let least = Literal::Integer(i32::MIN);
        assert_eq!(negated(least.clone()), large(false, "2147483648"));
        assert_eq!(negated(large(false, "2147483648")), least);
        assert_eq!(negated(Literal::Integer(0)), Literal::Integer(0));
        assert_eq!(negated(Literal::Float(0.1)), Literal::Float(-0.1));
    }

    #[test]
    fn bases_and_exponents() {
        assert_eq!(integer(16, "1F", None), Literal::Integer(31));
        assert_eq!(integer(2, "101", Some("2")), Literal::Integer(20));
        assert_eq!(integer(10, "1", Some("10")), large(false, "10000000000"));
        assert_eq!(
            integer(36, "ZZZZZZZZZZZZZZ", None),
            large(false, "6140942214464815497215")
        );
        assert_eq!(integer(16, "000", None), Literal::Integer(0));
        let far = Written {
            whole: "1",
            exponent: Some("999999999"),
            ..Written::default()
        };
        assert!(far.value().is_err());
    }

    #[test]
    fn fractions_are_floats() {
        let float = |whole, fraction, exponent| {
            let written = Written {
                whole,
                fraction,
                exponent,
                ..Written::default()
            };
            written.value()
        };
        assert_eq!(float("2", Some("5"), None), Ok(Literal::Float(2.5)));
        assert_eq!(
            float("1", Some("5"), Some("-3")),
            Ok(Literal::Float(0.0015))
        );
        assert_eq!(float("1", None, Some("-3")), Ok(Literal::Float(0.001)));
        assert!(float("1", Some("0"), Some("999")).is_err());
    }

    #[test]
    fn bytes_begin_with_the_lowest() {
        assert_eq!(bytes("2147483648"), vec![0, 0, 0, 128]);
        assert_eq!(
            bytes("18446744073709551616"),
            [vec![0; 8], vec![1]].concat()
        );
        assert_eq!(bytes("7"), vec![7]);
        assert_eq!(bytes("0"), Vec::<u8>::new());
    }
}
