//! Parts A and C: files of expressions, one a line, with a file of results beside each.

use crate::{Tally, World};
use anyhow::{Context, Result, ensure};
use smallworld_runtime::Vm;
use smallworld_runtime::lines::{is_heading, result_line};
use std::path::Path;

/// Which lines of a file are evaluated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sample {
    /// Every so many, the first one included.
    pub stride: usize,
    /// Of a sequence, so many from its start: what it leaves out, the rest would miss.
    pub head: usize,
}

impl Sample {
    /// All lines.
    pub const ALL: Sample = Sample {
        stride: 1,
        head: usize::MAX,
    };
}

/// Evaluates the lines of an `.expr` file and compares the results with its `.expect`
/// file. Every line gets a fresh copy of the image, except in files of sequences.
///
/// # Errors
/// The files cannot be read or do not belong together.
pub fn compare_file(world: &World, file: &Path, sample: Sample) -> Result<Tally> {
    let pairs = read_pairs(file, &file.with_extension("expect"))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let in_sequence = name.starts_with("sequence-");
    let mut tally = Tally::default();
    let mut vm = None;
    let lines = pairs.iter().filter(|pair| !is_heading(&pair.expression));
    for (n, pair) in lines.enumerate() {
        if in_sequence && n >= sample.head {
            break;
        }
        if !in_sequence {
            if n % sample.stride != 0 {
                continue;
            }
            vm = None;
        }
        let vm = vm.get_or_insert_with(|| world.machine());
        pair.compare(vm, &format!("{name}:{}", pair.line), &mut tally);
    }
    Ok(tally)
}

/// An expression and what is expected of it.
pub struct Pair {
    /// Its line, from 1.
    pub line: usize,
    /// The expression.
    pub expression: Vec<u8>,
    /// The result line.
    pub expected: String,
}

impl Pair {
    /// Evaluates the expression and compares.
    pub fn compare(&self, vm: &mut Vm, place: &str, tally: &mut Tally) {
        let got = match vm.evaluate(&self.expression) {
            Ok(evaluation) => result_line(&evaluation),
            Err(problem) => format!("no evaluation: {problem}"),
        };
        let expression = String::from_utf8_lossy(&self.expression);
        tally.compare(place, &expression, &self.expected, &got);
    }
}

/// Reads two files whose lines belong together.
///
/// # Errors
/// They cannot be read, or are of different lengths.
pub fn read_pairs(expressions: &Path, results: &Path) -> Result<Vec<Pair>> {
    let read = |path: &Path| {
        std::fs::read(path).with_context(|| format!("cannot read '{}'", path.display()))
    };
    let (expressions_text, results_text) = (read(expressions)?, read(results)?);
    let left: Vec<&[u8]> = lines_of(&expressions_text).collect();
    let right: Vec<&[u8]> = lines_of(&results_text).collect();
    ensure!(
        left.len() == right.len(),
        "'{}' has {} lines, its results {}",
        expressions.display(),
        left.len(),
        right.len()
    );
    let pairs = left.iter().zip(right).enumerate();
    Ok(pairs
        .map(|(n, (expression, result))| Pair {
            line: n + 1,
            expression: expression.to_vec(),
            expected: String::from_utf8_lossy(result).into_owned(),
        })
        .collect())
}

/// Lines without their ends; nothing after the last end.
pub fn lines_of(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.split(|&b| b == b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_literally() {
        let lines: Vec<&[u8]> = lines_of(b" 3 \n\n4\n").collect();
        assert_eq!(lines, [&b" 3 "[..], b"", b"4"]);
    }
}
