//! Where this image answers something else than the 2015 image, deliberately.
//!
//! `kernel/compatibility.tsv` lists every such line of the oracle; `docs/COMPATIBILITY.md`
//! explains the kinds.

use crate::{Kernel, root};
use anyhow::{Context, Result, bail};
use smallworld_runtime::lines::{is_heading, result_line};
use std::collections::BTreeMap;
use std::path::Path;

/// A line of the oracle: part, file, number (from 1).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// `A` or `B`.
    pub part: String,
    /// The file of expressions, or the program.
    pub file: String,
    /// Of the file of expressions, or of the program's expected output.
    pub line: usize,
}

/// What is listed, or found, for a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The kind; empty when found.
    pub kind: String,
    /// In part B, the line of our output.
    pub ours: String,
}

/// Differences by place.
pub type Differences = BTreeMap<Place, Difference>;

/// Reads the list.
///
/// # Errors
/// It cannot be read, or has a malformed line.
pub fn listed() -> Result<Differences> {
    let path = root().join("kernel/compatibility.tsv");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read '{}'", path.display()))?;
    let mut differences = Differences::new();
    for (number, row) in text
        .lines()
        .enumerate()
        .filter(|(_, r)| !r.starts_with('#'))
    {
        let fields: Vec<&str> = row.split('\t').collect();
        let [part, file, line, kind, rest @ ..] = &fields[..] else {
            bail!("{}:{}: four fields are needed", path.display(), number + 1);
        };
        let place = Place {
            part: (*part).into(),
            file: (*file).into(),
            line: line
                .parse()
                .with_context(|| format!("{}:{}", path.display(), number + 1))?,
        };
        let difference = Difference {
            kind: (*kind).into(),
            ours: rest.first().copied().unwrap_or_default().into(),
        };
        differences.insert(place, difference);
    }
    Ok(differences)
}

/// Evaluates a file of expressions. Files called `sequence-` go on in one machine.
///
/// # Errors
/// It cannot be read.
pub fn expressions(kernel: &Kernel, path: &Path, found: &mut Differences) -> Result<usize> {
    let (texts, expected) = (
        std::fs::read(path)?,
        std::fs::read(path.with_extension("expect"))?,
    );
    let file = name_of(path);
    let mut machine = kernel.machine_of_2015()?;
    let mut count = 0;
    let pairs = texts
        .split(|b| *b == b'\n')
        .zip(expected.split(|b| *b == b'\n'));
    for (number, (text, wanted)) in pairs.enumerate() {
        if text.is_empty() || is_heading(text) {
            continue;
        }
        if !file.starts_with("sequence-") {
            machine = kernel.machine_of_2015()?;
        }
        count += 1;
        let got = result_line(&machine.evaluate(text).map_err(anyhow::Error::msg)?);
        if got.as_bytes() != wanted {
            note(found, "A", &file, number + 1, "");
        }
    }
    Ok(count)
}

/// Files in a program and compares its output line by line.
///
/// # Errors
/// It cannot be read.
pub fn program(kernel: &Kernel, path: &Path, found: &mut Differences) -> Result<()> {
    let file = name_of(path);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    std::fs::copy(path, &file)?;
    let mut machine = kernel.machine_of_2015()?;
    let result = machine.file_in(&file).map_err(anyhow::Error::msg)?;
    let mut got = result_line(&result) + "\n";
    got += &String::from_utf8_lossy(&std::fs::read(format!("{stem}.out")).unwrap_or_default());
    let wanted = std::fs::read(path.with_extension("expect"))?;
    let wanted = String::from_utf8_lossy(&wanted);
    compare(&mut wanted.split('\n'), &mut got.split('\n'), &file, found);
    let calls = path.with_extension("bench.expr");
    if calls.is_file() {
        let expected = std::fs::read_to_string(path.with_extension("bench.expect"))?;
        for (call, wanted) in std::fs::read_to_string(calls)?
            .lines()
            .zip(expected.lines())
        {
            let result = machine
                .evaluate(call.as_bytes())
                .map_err(anyhow::Error::msg)?;
            if result_line(&result) != wanted {
                bail!("{call} answers {}, not {wanted}", result_line(&result));
            }
        }
    }
    Ok(())
}

fn compare<'t>(
    wanted: &mut dyn Iterator<Item = &'t str>,
    got: &mut dyn Iterator<Item = &'t str>,
    file: &str,
    found: &mut Differences,
) {
    for line in 1.. {
        match (wanted.next(), got.next()) {
            (None, None) => return,
            (Some(wanted), Some(got)) if wanted == got => {}
            (_, got) => note(found, "B", file, line, got.unwrap_or("(missing)")),
        }
    }
}

fn note(found: &mut Differences, part: &str, file: &str, line: usize, ours: &str) {
    let place = Place {
        part: part.into(),
        file: file.into(),
        line,
    };
    let difference = Difference {
        kind: String::new(),
        ours: ours.into(),
    };
    found.insert(place, difference);
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
