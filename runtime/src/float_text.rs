//! How a Float prints (primitive 59): the text Java's `Double.toString` gives.
//!
//! The digits are the fewest that read back as the same number, the closest to it among those, and
//! never fewer than two (`1.0`). From a thousandth up to, not including, ten million they are laid
//! out plainly; beyond that with an exponent (`2.5E-4`, `1.0E7`). This is what JDK 19 and later
//! print; older ones sometimes gave a digit too many.

/// The text of `x`, as primitive 59 answers it.
///
/// ```text
/// 1.0  -0.0  123.456  2.5E-4  1.234567E7  NaN  Infinity  -Infinity
/// ```
pub fn java_double(x: f64) -> String {
    if x.is_nan() {
        return "NaN".to_string();
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    if x.is_infinite() {
        return format!("{sign}Infinity");
    }
    let size = x.abs();
    if size == 0.0 {
        return format!("{sign}0.0");
    }
    let (digits, exponent) = shortest_digits(size);
    let plain = (1e-3..1e7).contains(&size);
    let body = if plain {
        plain_notation(&digits, exponent)
    } else {
        let (first, rest) = digits.split_at(1);
        format!("{first}.{}E{exponent}", or_zero(rest))
    };
    format!("{sign}{body}")
}

/// The significant digits of a positive finite number, and the power of ten of the first of them.
fn shortest_digits(x: f64) -> (String, i32) {
    let shortest = format!("{x:e}");
    let (digits, exponent) = split_scientific(&shortest);
    // Java wants, of the numbers with that many digits (two at least), the one closest to x, the even
    // one of two: 4.9E-324 rather than 5.0E-324, and halfway cases that Rust's shortest rounds up.
    let count = digits.len().max(2);
    let closest = format!("{x:.*e}", count - 1);
    if closest.parse() != Ok(x) {
        return (digits, exponent);
    }
    let (mut digits, exponent) = split_scientific(&closest);
    if digits.len() == 2 && digits.ends_with('0') {
        digits.truncate(1);
    }
    (digits, exponent)
}

/// Takes `1.25e-7` apart into its digits, `125`, and its exponent, -7.
fn split_scientific(text: &str) -> (String, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let digits = mantissa.chars().filter(char::is_ascii_digit).collect();
    (digits, exponent.parse().unwrap_or(0))
}

/// Lays digits out without an exponent, with at least one digit on each side of the point.
fn plain_notation(digits: &str, exponent: i32) -> String {
    let Ok(point) = usize::try_from(exponent + 1) else {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("0.{zeros}{digits}");
    };
    if point == 0 {
        format!("0.{digits}")
    } else if digits.len() <= point {
        format!("{digits}{}.0", "0".repeat(point - digits.len()))
    } else {
        let (whole, fraction) = digits.split_at(point);
        format!("{whole}.{fraction}")
    }
}

fn or_zero(digits: &str) -> &str {
    if digits.is_empty() { "0" } else { digits }
}

#[cfg(test)]
mod tests {
    use super::java_double;

    #[track_caller]
    fn prints(x: f64, text: &str) {
        assert_eq!(java_double(x), text);
    }

    #[test]
    fn special_values() {
        prints(f64::NAN, "NaN");
        prints(f64::INFINITY, "Infinity");
        prints(f64::NEG_INFINITY, "-Infinity");
        prints(0.0, "0.0");
        prints(-0.0, "-0.0");
    }

    #[test]
    fn plain_notation_between_a_thousandth_and_ten_million() {
        prints(1.0, "1.0");
        prints(-1.0, "-1.0");
        prints(10.0, "10.0");
        prints(100.0, "100.0");
        prints(0.1, "0.1");
        prints(0.001, "0.001");
        prints(0.012, "0.012");
        prints(0.1 + 0.2, "0.30000000000000004");
        prints(1.0 / 3.0, "0.3333333333333333");
        prints(2.0 / 3.0, "0.6666666666666666");
        prints(123.456, "123.456");
        prints(120.5, "120.5");
        prints(1234567.0, "1234567.0");
        prints(9999999.0, "9999999.0");
        prints(9999999.999999998, "9999999.999999998");
        prints(std::f64::consts::PI, "3.141592653589793");
    }

    #[test]
    fn an_exponent_beyond_that() {
        prints(1e7, "1.0E7");
        prints(-1e7, "-1.0E7");
        prints(12345670.0, "1.234567E7");
        prints(0.00025, "2.5E-4");
        prints(0.0009999, "9.999E-4");
        prints(1e10, "1.0E10");
        prints(1e21, "1.0E21");
        prints(1e100, "1.0E100");
        prints(1.5e300, "1.5E300");
        prints(f64::MAX, "1.7976931348623157E308");
        prints(f64::MIN_POSITIVE, "2.2250738585072014E-308");
        prints(2147483647.0 * 2147483647.0, "4.6116860141324206E18");
    }

    #[test]
    fn fewest_digits_that_read_back() {
        // Older JDKs printed 1.9999999999999998E23 here, or a digit too many below.
        prints(2e23, "2.0E23");
        prints(1e23, "1.0E23");
        prints(8.41e21, "8.41E21");
        prints(2.0_f64.powi(-44), "5.684341886080802E-14");
        prints(5e-5, "5.0E-5");
    }

    #[test]
    fn halfway_between_two_the_even_one() {
        prints(1658206780088562.0 + 0.25, "1.6582067800885622E15");
        prints(-1052730259603333.0 - 0.25, "-1.0527302596033332E15");
    }

    #[test]
    fn two_digits_at_least_and_the_closest_of_them() {
        prints(f64::from_bits(1), "4.9E-324");
        prints(f64::from_bits(2), "9.9E-324");
        prints(f64::from_bits(3), "1.5E-323");
        prints(f64::from_bits(4), "2.0E-323");
        prints(-f64::from_bits(1), "-4.9E-324");
    }

    #[test]
    fn every_text_reads_back() {
        let mut bits = 0x9E37_79B9_7F4A_7C15_u64;
        for _ in 0..20_000 {
            bits ^= bits << 13;
            bits ^= bits >> 7;
            bits ^= bits << 17;
            let x = f64::from_bits(bits);
            if x.is_finite() {
                assert_eq!(java_double(x).parse::<f64>(), Ok(x), "{bits:x}");
            }
        }
    }
}
