//! Primitives of the JavaScript machine that no other has: 99 to 102, where its images mean them.

use super::{Arguments, Outcome, floats};
use crate::vm::Vm;
use std::io::Write;

/// Primitives 100–102: the Float pi, in the class that is given; the cosine and the sine of a
/// Float, in the class of that.
pub(super) fn trigonometry(vm: &mut Vm, a: &Arguments, number: u8) -> Result<Outcome, String> {
    let (class, x) = match number {
        100 => (a.class(vm, 0)?, std::f64::consts::PI),
        _ => {
            let x = floats::float(vm, a, 0)?;
            let class = vm.class_of(a.get(0)?);
            (class, if number == 101 { x.cos() } else { x.sin() })
        }
    };
    let word = vm.new_float(a.top(), class, x).map_err(|e| e.to_string())?;
    Ok(Outcome::Value(word))
}

/// Primitive 99: shows the text of the argument, on standard error. In these images it is also how
/// `error:` tells of an error; that text goes where those of error windows go.
pub(super) fn log(vm: &mut Vm, a: &Arguments) -> Result<Outcome, String> {
    let w = a.get(0)?;
    let text = match vm.bytes_of(w) {
        Some(bytes) => bytes.to_vec(),
        None => vm.describe(w).into_bytes(),
    };
    if a.are_for_error(vm) {
        crate::errors::show_window(vm, &text);
    } else {
        let mut line = text;
        line.push(b'\n');
        // Whoever closed standard error does not want it.
        let _ = std::io::stderr().write_all(&line);
    }
    Ok(Outcome::Value(w))
}
