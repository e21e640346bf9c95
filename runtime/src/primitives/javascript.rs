//! Primitives of the JavaScript machine that no other has.

use super::{Arguments, Outcome, floats};
use crate::vm::Vm;
use smallworld_abi::primitive::JavaScript;
use std::io::Write;

/// Does one. `number` is the one that it was run by.
pub(super) fn run(
    vm: &mut Vm,
    a: &Arguments,
    primitive: JavaScript,
    number: u8,
) -> Result<Outcome, String> {
    match primitive {
        JavaScript::Log => log(vm, a),
        JavaScript::Pi => {
            let class = a.class(vm, 0)?;
            new_float(vm, a, class, std::f64::consts::PI)
        }
        JavaScript::Cosine => of_float(vm, a, f64::cos),
        JavaScript::Sine => of_float(vm, a, f64::sin),
        JavaScript::PageElement => Ok(Outcome::Absent(format!(
            "primitive {number} is about an element of a web page, and there is none"
        ))),
    }
}

/// What a function makes of a Float, in the class of that.
fn of_float(vm: &mut Vm, a: &Arguments, f: fn(f64) -> f64) -> Result<Outcome, String> {
    let x = floats::float(vm, a, 0)?;
    let class = vm.class_of(a.get(0)?);
    new_float(vm, a, class, f(x))
}

fn new_float(vm: &mut Vm, a: &Arguments, class: u32, x: f64) -> Result<Outcome, String> {
    let word = vm.new_float(a.top(), class, x).map_err(|e| e.to_string())?;
    Ok(Outcome::Value(word))
}

/// Shows the text of the argument, on standard error. In these images it is also how
/// `error:` tells of an error; that text goes where those of error windows go.
fn log(vm: &mut Vm, a: &Arguments) -> Result<Outcome, String> {
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
