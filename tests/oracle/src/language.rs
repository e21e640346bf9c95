//! Our own tests of the language: lines of an expression, ` ==> `, and what `eval` shows of its value,
//! or `error`. They follow from the ANSI standard (INCITS 319-1998), and where that is silent from
//! what Pharo does, and are in the language of our own image. Each has a fresh image.

use crate::expressions::Sample;
use crate::{Tally, World};
use anyhow::{Context, Result};
use smallworld_runtime::{Evaluation, Vm};
use std::path::Path;

/// What stands between an expression and its value.
const ARROW: &str = " ==> ";
/// The value of what ends in an error.
const ERROR: &str = "error";

/// Evaluates the lines of a file and compares.
///
/// # Errors
/// It cannot be read.
pub fn compare_language(world: &World, file: &Path, sample: Sample) -> Result<Tally> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read '{}'", file.display()))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let lines = text.lines().enumerate();
    let pairs: Vec<(usize, &str, &str)> = lines
        .filter_map(|(n, line)| {
            let (expression, value) = line.split_once(ARROW)?;
            Some((n + 1, expression, value))
        })
        .collect();
    let mut tally = Tally::default();
    for (line, expression, expected) in pairs.iter().step_by(sample.stride) {
        let mut vm = world.machine_of_today();
        let got = shown(&mut vm, expression, *expected == ERROR);
        tally.compare(&format!("{name}:{line}"), expression, expected, &got);
    }
    Ok(tally)
}

/// What is shown of an expression's value; of an error only that it is one, if one is expected.
fn shown(vm: &mut Vm, expression: &str, fails: bool) -> String {
    match vm.evaluate_and_print(expression.as_bytes()) {
        Ok(Evaluation::Value(value)) => String::from_utf8_lossy(&value).into_owned(),
        Ok(Evaluation::Error(_)) if fails => ERROR.to_string(),
        Ok(Evaluation::Error(text)) => format!("error: {}", String::from_utf8_lossy(&text)),
        other => format!("{other:?}"),
    }
}
