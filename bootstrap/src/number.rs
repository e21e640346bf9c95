//! The values of number literals.

use crate::ast::Literal;

/// The literal for an optional sign, digits, and the digits of a fraction.
pub(crate) fn literal(negative: bool, whole: &str, fraction: Option<&str>) -> Literal {
    if let Some(fraction) = fraction {
        let value: f64 = format!("{whole}.{fraction}").parse().unwrap_or(f64::NAN);
        return Literal::Float(if negative { -value } else { value });
    }
    let digits = whole.trim_start_matches('0');
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

    #[test]
    fn integers_fit_32_bits_or_are_large() {
        assert_eq!(literal(false, "0010", None), Literal::Integer(10));
        assert_eq!(literal(true, "0", None), Literal::Integer(0));
        assert_eq!(
            literal(true, "2147483648", None),
            Literal::Integer(i32::MIN)
        );
        assert_eq!(
            literal(false, "2147483648", None),
            Literal::Large {
                negative: false,
                digits: "2147483648".to_string()
            }
        );
        let huge = "9".repeat(40);
        assert_eq!(
            literal(true, &huge, None),
            Literal::Large {
                negative: true,
                digits: huge
            }
        );
    }

    #[test]
    fn fractions_are_floats() {
        assert_eq!(literal(false, "2", Some("5")), Literal::Float(2.5));
        assert_eq!(literal(true, "0", Some("1")), Literal::Float(-0.1));
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
