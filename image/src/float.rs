//! Floats as text: how the JavaScript machine writes a number, in its files and for `printString`.
//!
//! Source: ECMA-262, "Number::toString", with radix 10: the shortest digits that read back.

/// A number as JavaScript prints it: `3`, `0.5`, `1e+21`, `NaN`, `-Infinity`. Both zeros are `0`.
pub fn js_number(x: f64) -> String {
    if x.is_nan() {
        return "NaN".to_owned();
    } else if x.is_infinite() {
        return if x > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    } else if x == 0.0 {
        return "0".to_owned();
    }
    let sign = if x < 0.0 { "-" } else { "" };
    // One digit, perhaps a point and more digits, `e`, the exponent.
    let text = format!("{:e}", x.abs());
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = digits.replace('.', "");
    let count = digits.len() as i32;
    // Where the point is, counted from the first digit.
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let number = if count <= point && point <= 21 {
        format!("{digits}{}", "0".repeat((point - count) as usize))
    } else if 0 < point && point <= 21 {
        let (whole, rest) = digits.split_at(point as usize);
        format!("{whole}.{rest}")
    } else if -6 < point && point <= 0 {
        format!("0.{}{digits}", "0".repeat(-point as usize))
    } else {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        format!("{first}{dot}{rest}e{:+}", point - 1)
    };
    format!("{sign}{number}")
}

/// The text of a Float in a file, which says also which zero it is.
pub(crate) fn file_text(x: f64) -> String {
    match x {
        0.0 if x.is_sign_negative() => "-0".to_owned(),
        _ => js_number(x),
    }
}

/// The Float that a text in a file stands for.
pub(crate) fn from_file_text(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        // What Rust reads besides ("inf", "nan", "infinity") has letters at its start.
        _ if text.contains(|c: char| c.is_ascii_alphabetic() && c != 'e' && c != 'E') => None,
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_javascript_prints_them() {
        let cases: [(f64, &str); 20] = [
            (0.0, "0"),
            (-0.0, "0"),
            (3.0, "3"),
            (-3.5, "-3.5"),
            (0.1, "0.1"),
            (100.0, "100"),
            (123.456, "123.456"),
            (1e20, "100000000000000000000"),
            (123456789012345680000.0, "123456789012345680000"),
            (1e21, "1e+21"),
            (1.5e21, "1.5e+21"),
            (1e-6, "0.000001"),
            (1.5e-6, "0.0000015"),
            (1e-7, "1e-7"),
            (-1.25e-7, "-1.25e-7"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (x, expected) in cases {
            assert_eq!(js_number(x), expected);
        }
    }

    #[test]
    fn a_file_gives_back_the_same_number() {
        let numbers = [
            0.0,
            -0.0,
            1.0,
            -2.5,
            std::f64::consts::PI,
            1e300,
            5e-324,
            f64::INFINITY,
        ];
        for x in numbers {
            let back = from_file_text(file_text(x).as_bytes()).map(f64::to_bits);
            assert_eq!(back, Some(x.to_bits()), "{x}");
        }
        assert!(from_file_text(b"NaN").is_some_and(f64::is_nan));
        for damaged in [&b"inf"[..], b"", b"1.2.3", b"x", b"\xff", b"nan", b"--1"] {
            assert_eq!(from_file_text(damaged), None, "{damaged:?}");
        }
    }
}
