//! Makes the batch of programs that `SMALLWORLD_PROGRAMS` lists, records a profile of them,
//! and translates the image.

use anyhow::{Context, Result};
use smallworld_differential::{batch, run};
use smallworld_translator::translate_with;
use std::path::PathBuf;

/// The programs of the tests: few, since they are compiled there.
const PROGRAMS: &str = "0..16,a0..a4";

fn main() -> Result<()> {
    println!("cargo::rerun-if-env-changed=SMALLWORLD_PROGRAMS");
    println!("cargo::rerun-if-changed=build.rs");
    let list = std::env::var("SMALLWORLD_PROGRAMS").unwrap_or_else(|_| PROGRAMS.into());
    let batch = batch::make(&batch::parse(&list)?)?;
    let profile = run::profile(&batch);
    let translation = translate_with(&batch.image, &batch.bytes, "programs", Some(&profile))?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").context("OUT_DIR is not set")?);
    for (file, text) in &translation.files {
        std::fs::write(out.join(file), text)?;
    }
    std::fs::write(out.join("image.bin"), &batch.bytes)?;
    let programs: Vec<String> = batch
        .programs
        .iter()
        .map(|(name, class)| format!("{name} {class}\n"))
        .collect();
    std::fs::write(out.join("programs"), programs.concat())?;
    Ok(())
}
