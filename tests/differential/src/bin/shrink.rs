//! Shrinks a program that a tier runs differently: `shrink PROGRAM TIER`, for instance
//! `shrink 17 baseline`. Prints the classes of what is left.
//!
//! Each round builds a batch of smaller programs with cargo (`SMALLWORLD_PROGRAMS`), runs it
//! with its binary, and goes on with the smallest that still differs.

use anyhow::{Context, Result, bail};
use smallworld_differential::batch::Name;
use smallworld_differential::shrink::shrink;
use std::process::Command;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [name, tier] = &words[..] else {
        bail!("which program, on which tier? shrink 17 baseline");
    };
    let name: Name = name.parse()?;
    if differing(std::slice::from_ref(&name), tier)?.is_empty() {
        bail!("program {name} is the same on {tier} and interpreted");
    }
    let small = shrink(name, |programs| {
        let names: Vec<Name> = programs.iter().map(|(name, _)| name.clone()).collect();
        let failed = differing(&names, tier)?;
        eprintln!(
            "{} of {} smaller programs still differ",
            failed.len(),
            names.len()
        );
        Ok(failed)
    })?;
    println!("program {small}");
    let program = small.program("P").context("the program is there")?;
    for text in program.texts() {
        println!("\n{text}");
    }
    Ok(())
}

/// Those programs that the tier runs differently.
fn differing(names: &[Name], tier: &str) -> Result<Vec<Name>> {
    let list: Vec<String> = names.iter().map(Name::to_string).collect();
    let package = match names.iter().any(|name| name.kind.closures) {
        true => "smallworld-differential-closures",
        false => "smallworld-differential-native",
    };
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "-p", package, "--", tier])
        .env("SMALLWORLD_PROGRAMS", list.join(","))
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !text.contains(" programs on ") && !text.contains("differs ") {
        let problem = String::from_utf8_lossy(&output.stderr).into_owned();
        if problem.contains("no program of the batch") {
            return Ok(Vec::new());
        }
        bail!("the batch could not be built or run:\n{problem}");
    }
    let differing = text
        .lines()
        .filter_map(|line| line.strip_prefix("differs "));
    let names = differing.filter_map(|line| line.split(' ').next());
    names.map(str::parse).collect()
}
