//! Whole numbers: both forms agree, conversions round to the nearest.

use super::*;

const MOST: u64 = 1 << 20;

fn number(text: &str) -> Whole {
    Whole::from_text(text.as_bytes(), 10).unwrap()
}

fn both_forms(value: i128) -> [Whole; 2] {
    [Whole::Small(value), Whole::Big(BigInt::from(value))]
}

#[test]
fn small_and_big_agree() {
    let values: [i128; 12] = [-7, -4, -2, -1, 0, 1, 2, 3, 5, 8, 1 << 40, -(1 << 63)];
    for operation in (1..=12).filter_map(Operation::numbered) {
        for a in values {
            for b in values {
                if operation == Operation::Shift && b.abs() > 100 {
                    continue;
                }
                let answers = both_forms(a).map(|x| {
                    both_forms(b).map(|y| {
                        let value = Whole::calculate(operation, &x, &y, MOST);
                        value.map(|value| value.to_text(10))
                    })
                });
                let [[first, others @ ..], more] = answers;
                for other in others.iter().chain(&more) {
                    assert_eq!(other, &first, "{operation:?} {a} {b}");
                }
            }
        }
    }
}

#[test]
fn division_rounds_as_it_says() {
    let all = |a, b| {
        [4, 5, 6, 7].map(|n| {
            let operation = Operation::numbered(n).unwrap();
            let (a, b) = (Whole::Small(a), Whole::Small(b));
            let value = Whole::calculate(operation, &a, &b, MOST).unwrap();
            value.to_i32().unwrap()
        })
    };
    assert_eq!(all(7, 2), [3, 1, 3, 1]);
    assert_eq!(all(-7, 2), [-3, -1, -4, 1]);
    assert_eq!(all(7, -2), [-3, 1, -4, -1]);
    assert_eq!(all(-7, -2), [3, -1, 3, -1]);
    let zero = Whole::calculate(Operation::Modulo, &7.into(), &0.into(), MOST);
    assert_eq!(zero.unwrap_err(), "division by zero");
}

#[test]
fn what_would_not_fit_is_not_begun() {
    let calculate = |operation, a: i32, b: i32| {
        Whole::calculate(operation, &a.into(), &b.into(), MOST).map(|value| value.bits())
    };
    assert_eq!(calculate(Operation::Power, 2, 100), Ok(101));
    assert!(calculate(Operation::Power, 10, i32::MAX).is_err());
    assert!(calculate(Operation::Power, 2, -1).is_err());
    assert!(calculate(Operation::Shift, 1, i32::MAX).is_err());
    assert_eq!(calculate(Operation::Shift, 1, i32::MIN), Ok(0));
    assert_eq!(calculate(Operation::Shift, -1, i32::MIN), Ok(1));
    assert!(calculate(Operation::Root, -4, 2).is_err());
}

#[test]
fn bytes_and_texts_read_back() {
    for text in [
        "0",
        "-1",
        "2147483648",
        "-9223372036854775809",
        "340282366920938463463374607431768211456",
    ] {
        let value = number(text);
        let (negative, bytes) = value.to_bytes();
        assert_eq!(Whole::from_bytes(negative, &bytes).to_text(10), text);
    }
    assert_eq!(number("255").to_text(16), "FF");
    for wrong in ["", "-", "12x", "1_000", "+5"] {
        assert!(Whole::from_text(wrong.as_bytes(), 10).is_none(), "{wrong}");
    }
}

#[test]
fn ratios_are_the_nearest_floats() {
    let of = |a: &str, b: &str| ratio(&number(a), &number(b));
    assert_eq!(of("176532133334532981", "1"), 1.76532133334533e17);
    assert_eq!(of("1", "3"), 1.0 / 3.0);
    assert_eq!(of("-2", "3"), -2.0 / 3.0);
    assert_eq!(of("1", &format!("1{}", "0".repeat(320))), 1e-320);
    assert_eq!(of("1", &format!("1{}", "0".repeat(400))), 0.0);
    assert_eq!(of(&format!("1{}", "0".repeat(308)), "1"), 1e308);
    assert_eq!(of(&format!("1{}", "0".repeat(309)), "1"), f64::INFINITY);
    // Halfway cases go to the even one: 2^53 + 1, and 2^53 + 3.
    assert_eq!(of("9007199254740993", "1"), 9007199254740992.0);
    assert_eq!(of("9007199254740995", "1"), 9007199254740996.0);
    assert_eq!(of("27021597764222979", "3"), 9007199254740992.0);
    // The text of a number as a ratio, against the way texts are read.
    for (digits, places) in [
        ("31415926535897932384", 19),
        ("22250738585072011", 324),
        ("49", 325),
        ("17976931348623157", 0),
    ] {
        let bottom = format!("1{}", "0".repeat(places));
        let expected: f64 = format!("{digits}e-{places}").parse().unwrap();
        assert_eq!(of(digits, &bottom), expected, "{digits} {places}");
    }
}

#[test]
fn floats_compare_exactly() {
    let of = |a: &str, x: f64| number(a).compare_float(x);
    assert_eq!(
        of("9007199254740993", 9007199254740992.0),
        Some(Ordering::Greater)
    );
    assert_eq!(of("1", 1.5), Some(Ordering::Less));
    assert_eq!(of("-1", -1.5), Some(Ordering::Greater));
    assert_eq!(of("3", 3.0), Some(Ordering::Equal));
    assert_eq!(of("3", f64::INFINITY), Some(Ordering::Less));
    assert_eq!(of("3", f64::NAN), None);
    let huge = Whole::from_float(1.8446744073709552e19).unwrap();
    assert_eq!(huge.to_text(10), "18446744073709551616");
    assert!(Whole::from_float(f64::NAN).is_none());
}
