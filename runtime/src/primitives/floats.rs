//! Primitives on Floats.

use super::{Arguments, Outcome, wrong};
use crate::float_text::java_double;
use crate::object;
use crate::value::Word;
use crate::vm::Vm;
use smallworld_image::{FloatText, js_number};

/// The number of our own addition: the correctly rounded square root (IEEE 754, 5.4.1).
pub(super) const SQUARE_ROOT: u8 = 120;

/// Primitives 50–59, and 120.
pub(super) fn run(vm: &mut Vm, a: &Arguments, number: u8) -> Result<Outcome, String> {
    let word = match number {
        50 => {
            let n = a.int(vm, 1)?;
            new_float(vm, a, n as f64)?
        }
        51..=54 => {
            let (x, y) = (float(vm, a, 1)?, float(vm, a, 2)?);
            let z = match number {
                51 => y + x,
                52 => y - x,
                53 => y * x,
                _ => y / x,
            };
            new_float(vm, a, z)?
        }
        55 | 56 => {
            let (x, y) = (float(vm, a, 0)?, float(vm, a, 1)?);
            vm.boolean(if number == 55 { y < x } else { y == x })
        }
        // A conversion that saturates, and answers 0 for what is no number, as Java's.
        57 => Word::int(float(vm, a, 0)? as i32),
        58 => {
            let x = vm.next_random();
            new_float(vm, a, x)?
        }
        SQUARE_ROOT => {
            let x = float(vm, a, 1)?;
            new_float(vm, a, x.sqrt())?
        }
        _ => {
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

fn new_float(vm: &mut Vm, a: &Arguments, x: f64) -> Result<Word, String> {
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
