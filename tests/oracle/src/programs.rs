//! Part B: programs that are filed in, write a file, and may have an entry point that is
//! called with growing parameters.

use crate::expressions::read_pairs;
use crate::{Tally, World};
use anyhow::{Context, Result};
use smallworld_runtime::lines::{escape, result_line};
use std::path::Path;

/// Files a program into a fresh image, in the current folder, and compares its result, the
/// file it wrote, and what its entry point answers.
///
/// # Errors
/// Its files cannot be read.
pub fn compare_program(world: &World, program: &Path) -> Result<Tally> {
    let read = |path: &Path| {
        std::fs::read(path).with_context(|| format!("cannot read '{}'", path.display()))
    };
    let name = program.file_stem().unwrap_or_default().to_string_lossy();
    let local = format!("{name}.st");
    std::fs::write(&local, read(program)?).with_context(|| format!("cannot write '{local}'"))?;
    let mut vm = world.machine();
    let result = vm.file_in(&local).map_err(anyhow::Error::msg)?;
    let mut got = result_line(&result).into_bytes();
    got.push(b'\n');
    // A program that wrote nothing has failed, which the comparison shows.
    got.extend(std::fs::read(format!("{name}.out")).unwrap_or_default());
    let expected = read(&program.with_extension("expect"))?;
    let mut tally = Tally::default();
    tally.compare(
        &local,
        "file-in and output",
        &escape(&expected),
        &escape(&got),
    );

    let calls = program.with_extension("bench.expr");
    if calls.is_file() {
        for pair in read_pairs(&calls, &program.with_extension("bench.expect"))? {
            pair.compare(&mut vm, &format!("{name}.bench:{}", pair.line), &mut tally);
        }
    }
    Ok(tally)
}
