//! Primitives on whole numbers of any size.

use super::floats::{float, new_float};
use super::{Arguments, Outcome, wrong};
use crate::object;
use crate::value::Word;
use crate::vm::Vm;
use crate::whole::{self, Operation, Whole};
use smallworld_abi::primitive::Numbers;
use std::cmp::Ordering;

/// Does one.
pub(super) fn run(vm: &mut Vm, a: &Arguments, primitive: Numbers) -> Result<Outcome, String> {
    let word = match primitive {
        Numbers::CalculateIntegers => {
            let operation =
                Operation::numbered(a.int(vm, 2)?).ok_or("there is no such operation")?;
            let (x, y) = (whole(vm, a, 0, 3)?, whole(vm, a, 0, 4)?);
            let value = Whole::calculate(operation, &x, &y, most_bits(vm))?;
            new_whole(vm, a, 0, &value)?
        }
        Numbers::CompareNumbers => match compared(vm, a)? {
            Some(order) => Word::int(order as i32),
            None => vm.nil,
        },
        Numbers::IntegerText => {
            let class = a.class(vm, 0)?;
            let (n, base) = (whole(vm, a, 1, 3)?, base(vm, a, 4)?);
            new_text(vm, a, class, n.to_text(base).as_bytes())?
        }
        Numbers::IntegerOfText => {
            let base = base(vm, a, 3)?;
            match Whole::from_text(a.bytes(vm, 2)?, base) {
                Some(value) => new_whole(vm, a, 0, &value)?,
                None => vm.nil,
            }
        }
        Numbers::FloatOfRatio => {
            let (x, y) = (whole(vm, a, 1, 3)?, whole(vm, a, 1, 4)?);
            if y.compare(&Whole::from(0)) != Ordering::Greater {
                return Err("the divisor must be above 0".into());
            }
            new_float(vm, a, whole::ratio(&x, &y))?
        }
        Numbers::IntegerOfFloat => match Whole::from_float(float(vm, a, 2)?) {
            Some(value) => new_whole(vm, a, 0, &value)?,
            None => vm.nil,
        },
        Numbers::FloatFunction => {
            let function = a.int(vm, 1)?;
            let (x, y) = (float(vm, a, 2)?, float(vm, a, 3)?);
            let value = float_function(function, x, y).ok_or("there is no such function")?;
            new_float(vm, a, value)?
        }
        Numbers::FloatFact => {
            let x = float(vm, a, 1)?;
            Word::int(float_fact(a.int(vm, 0)?, x).ok_or("there is no such fact")?)
        }
        Numbers::FloatOfText => match float_of_text(a.bytes(vm, 1)?) {
            Some(value) => new_float(vm, a, value)?,
            None => vm.nil,
        },
        Numbers::RandomBits => random_bits(vm, a)?,
    };
    Ok(Outcome::Value(word))
}

/// The largest number that the object memory would have room for. Nobody is to wait for one that
/// is thrown away.
fn most_bits(vm: &Vm) -> u64 {
    vm.options.max_heap.min(object::MAX_SIZE) as u64 * 8
}

/// The whole number at argument `i`; the classes of large ones begin at argument `classes`.
fn whole(vm: &Vm, a: &Arguments, classes: usize, i: usize) -> Result<Whole, String> {
    let w = a.get(i)?;
    maybe_whole(vm, a, classes, w)?.ok_or_else(|| wrong(vm, i, w, "an integer"))
}

fn maybe_whole(vm: &Vm, a: &Arguments, classes: usize, w: Word) -> Result<Option<Whole>, String> {
    if let Some(n) = w.to_int() {
        return Ok(Some(n.into()));
    }
    let class = vm.class_object(vm.class_of(w));
    let negative = class == a.get(classes + 1)?;
    if !negative && class != a.get(classes)? {
        return Ok(None);
    }
    let bytes = vm.bytes_of(w);
    Ok(bytes.map(|bytes| Whole::from_bytes(negative, bytes)))
}

/// The number as a SmallInt, or as an object of the class at argument `classes`, or the one after
/// it.
pub(super) fn new_whole(
    vm: &mut Vm,
    a: &Arguments,
    classes: usize,
    value: &Whole,
) -> Result<Word, String> {
    if let Some(n) = value.to_i32() {
        return Ok(Word::int(n));
    }
    let (negative, bytes) = value.to_bytes();
    let class = a.class(vm, classes + usize::from(negative))?;
    new_text(vm, a, class, &bytes)
}

fn new_text(vm: &mut Vm, a: &Arguments, class: u32, bytes: &[u8]) -> Result<Word, String> {
    vm.new_bytes(a.top(), class, bytes)
        .map_err(|e| e.to_string())
}

fn base(vm: &Vm, a: &Arguments, i: usize) -> Result<u32, String> {
    match a.int(vm, i)? {
        n @ 2..=36 => Ok(n as u32),
        n => Err(format!("a base is from 2 to 36, not {n}")),
    }
}

fn compared(vm: &Vm, a: &Arguments) -> Result<Option<Ordering>, String> {
    let is_float = |i| -> Result<bool, String> {
        // SAFETY: a value of the program.
        Ok(unsafe { object::is_float(a.get(i)?) })
    };
    Ok(match (is_float(2)?, is_float(3)?) {
        (true, true) => float(vm, a, 2)?.partial_cmp(&float(vm, a, 3)?),
        (true, false) => {
            let order = whole(vm, a, 0, 3)?.compare_float(float(vm, a, 2)?);
            order.map(Ordering::reverse)
        }
        (false, true) => whole(vm, a, 0, 2)?.compare_float(float(vm, a, 3)?),
        (false, false) => Some(whole(vm, a, 0, 2)?.compare(&whole(vm, a, 0, 3)?)),
    })
}

fn float_function(function: i32, x: f64, y: f64) -> Option<f64> {
    Some(match function {
        1 => x.sin(),
        2 => x.cos(),
        3 => x.tan(),
        4 => x.asin(),
        5 => x.acos(),
        6 => x.atan(),
        7 => x.exp(),
        8 => x.ln(),
        9 => x.log10(),
        10 => x.log2(),
        11 => x.floor(),
        12 => x.sinh(),
        13 => x.cosh(),
        14 => x.tanh(),
        15 => x.cbrt(),
        20 => y.atan2(x),
        21 => x.powf(y),
        22 => scaled(x, y),
        23 => x % y,
        _ => return None,
    })
}

/// x times 2 to the y, rounded once at most.
fn scaled(x: f64, y: f64) -> f64 {
    if !x.is_finite() || x == 0.0 || y.is_nan() {
        return x;
    }
    let (mantissa, exponent) = whole::parts(x);
    let sum = f64::from(exponent) + y.trunc();
    let value = whole::rounded(mantissa.into(), sum.clamp(-1e6, 1e6) as i64);
    if x < 0.0 { -value } else { value }
}

fn float_fact(fact: i32, x: f64) -> Option<i32> {
    Some(match fact {
        1 if x == 0.0 || !x.is_finite() => 0,
        1 => {
            let (mantissa, exponent) = whole::parts(x);
            exponent + mantissa.trailing_zeros() as i32
        }
        2 if x.is_nan() => 2,
        2 => i32::from(x.is_infinite()),
        3 if x.is_sign_negative() => -1,
        3 => 1,
        4 => (mixed(x.to_bits()) >> 34) as i32,
        _ => return None,
    })
}

/// Digits, with a point between digits, with an exponent behind `e` or `E`, or both; a minus may stand
/// in front.
fn float_of_text(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let mantissa_is_one = match mantissa.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(mantissa),
    };
    let exponent_is_one = exponent.is_none_or(|e| digits(e.strip_prefix(['-', '+']).unwrap_or(e)));
    let is_one = mantissa_is_one && exponent_is_one;
    // The library's reading is rounded correctly.
    is_one.then(|| text.parse().ok()).flatten()
}

/// The next number of Steele, Lea and Flood's generator ("Fast splittable pseudorandom number
/// generators", 2014): any state is as good as another, and neighbours have nothing in common.
fn random_bits(vm: &mut Vm, a: &Arguments) -> Result<Word, String> {
    let w = a.get(0)?;
    let eight = vm.bytes_of(w).and_then(|bytes| bytes.try_into().ok());
    let state = eight.map(u64::from_le_bytes);
    let state = state.ok_or_else(|| wrong(vm, 0, w, "8 bytes"))?;
    let next = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    // SAFETY: an object of 8 bytes.
    unsafe { object::bytes_mut(w) }.copy_from_slice(&next.to_le_bytes());
    vm.bytes_changed(w);
    Ok(Word::int((mixed(next) >> 33) as i32))
}

/// All bits of the result depend on all bits of the number.
fn mixed(number: u64) -> u64 {
    let z = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_floats_are_all_understood() {
        assert_eq!(float_of_text(b"1.5"), Some(1.5));
        assert_eq!(float_of_text(b"-0.25e-3"), Some(-0.00025));
        assert_eq!(float_of_text(b"1.0E7"), Some(1e7));
        assert_eq!(float_of_text(b"1e400"), Some(f64::INFINITY));
        for wrong in [
            "", ".5", "1.", "1.e5", "e5", "1e", "inf", "nan", "1_0.0", "+1.0", "1.5x",
        ] {
            assert_eq!(float_of_text(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn powers_of_two_are_multiplied_by_exactly() {
        assert_eq!(scaled(1.5, 4.0), 24.0);
        assert_eq!(scaled(-3.0, -1.0), -1.5);
        assert_eq!(scaled(1.0, -1074.0), f64::from_bits(1));
        assert_eq!(scaled(1.0, 2000.0), f64::INFINITY);
        assert_eq!(scaled(0.0, 5.0), 0.0);
        assert_eq!(float_fact(1, 12.0), Some(2));
        assert_eq!(float_fact(1, 0.75), Some(-2));
    }

    #[test]
    fn bits_of_states_are_mixed() {
        // States that differ in a bit have nothing in common.
        let same = (0..64).map(|i| (mixed(0) ^ mixed(1 << i)).count_ones());
        assert!(
            same.into_iter()
                .skip(1)
                .all(|bits| (10..54).contains(&bits))
        );
    }
}
