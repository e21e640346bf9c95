//! Primitives on Floats.

use super::{Arguments, Outcome, wrong};
use crate::float_text::java_double;
use crate::object;
use crate::value::Word;
use crate::vm::Vm;
use smallworld_abi::primitive::Floats;
use smallworld_image::{FloatText, js_number};

/// Does one.
pub(super) fn run(vm: &mut Vm, a: &Arguments, primitive: Floats) -> Result<Outcome, String> {
    let word = match primitive {
        Floats::FloatOfInteger => {
            let n = a.int(vm, 1)?;
            new_float(vm, a, n as f64)?
        }
        Floats::FloatSum => calculated(vm, a, |x, y| y + x)?,
        Floats::FloatDifference => calculated(vm, a, |x, y| y - x)?,
        Floats::FloatProduct => calculated(vm, a, |x, y| y * x)?,
        Floats::FloatQuotient => calculated(vm, a, |x, y| y / x)?,
        Floats::FloatLess => compared(vm, a, |x, y| y < x)?,
        Floats::FloatEqual => compared(vm, a, |x, y| y == x)?,
        // A conversion that saturates, and answers 0 for what is no number, as Java's.
        Floats::Truncate => Word::int(float(vm, a, 0)? as i32),
        Floats::RandomFloat => {
            let x = vm.next_random();
            new_float(vm, a, x)?
        }
        // Our own addition: correctly rounded (IEEE 754, 5.4.1).
        Floats::SquareRoot => {
            let x = float(vm, a, 1)?;
            new_float(vm, a, x.sqrt())?
        }
        Floats::PrintFloat => {
            let class = a.class(vm, 0)?;
            let x = float(vm, a, 1)?;
            let text = match vm.dialect.floats {
                FloatText::Java => java_double(x),
                FloatText::JavaScript => js_number(x),
            };
            vm.new_bytes(a.top(), class, text.as_bytes())
                .map_err(|e| e.to_string())?
        }
    };
    Ok(Outcome::Value(word))
}

/// A new Float from two.
fn calculated(vm: &mut Vm, a: &Arguments, f: fn(f64, f64) -> f64) -> Result<Word, String> {
    let (x, y) = (float(vm, a, 1)?, float(vm, a, 2)?);
    new_float(vm, a, f(x, y))
}

fn compared(vm: &Vm, a: &Arguments, f: fn(f64, f64) -> bool) -> Result<Word, String> {
    let (x, y) = (float(vm, a, 0)?, float(vm, a, 1)?);
    Ok(vm.boolean(f(x, y)))
}

/// The number that argument `i` is.
pub(super) fn float(vm: &Vm, a: &Arguments, i: usize) -> Result<f64, String> {
    let w = a.get(i)?;
    // SAFETY: a value of the program.
    unsafe {
        if object::is_float(w) {
            Ok(object::float_value(w))
        } else {
            Err(wrong(vm, i, w, "a Float"))
        }
    }
}

pub(super) fn new_float(vm: &mut Vm, a: &Arguments, x: f64) -> Result<Word, String> {
    let class = a.class(vm, 0)?;
    vm.new_float(a.top(), class, x).map_err(|e| e.to_string())
}

impl Vm {
    /// A number in [0, 1) from a xorshift generator (Marsaglia, "Xorshift RNGs", 2003).
    fn next_random(&mut self) -> f64 {
        let mut x = self.random;
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.random = x;
        (x >> 11) as f64 / (1u64 << 53) as f64
    }
}
