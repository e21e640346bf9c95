//! What the build scripts of batches do: make the programs that `SMALLWORLD_PROGRAMS` lists, record
//! a profile of them, and translate the image.

use crate::{batch, run};
use anyhow::{Context, Result};
use smallworld_translator::{Part, translate_part};
use std::path::PathBuf;

/// Makes the batch, of the programs given where the variable says nothing, or nothing of this kind
/// of image; and writes image and Rust into `OUT_DIR`.
///
/// # Errors
/// No such programs; the library cannot be compiled; a file cannot be written.
pub fn main(usual: &str, closures: bool) -> Result<()> {
    println!("cargo::rerun-if-env-changed=SMALLWORLD_PROGRAMS");
    println!("cargo::rerun-if-env-changed=SMALLWORLD_TRANSLATE");
    println!("cargo::rerun-if-changed=build.rs");
    let mut names = batch::parse(usual)?;
    if let Ok(list) = std::env::var("SMALLWORLD_PROGRAMS") {
        let asked = batch::parse(&list)?;
        if asked[0].kind.closures == closures {
            names = asked;
        }
    }
    let batch = batch::make(&names)?;
    let profile = run::profile(&batch);
    let part = Part::from_environment()?.unwrap_or_default();
    let translation = translate_part(&batch.image, &batch.bytes, "programs", Some(&profile), part)?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").context("OUT_DIR is not set")?);
    for (file, text) in &translation.files {
        std::fs::write(out.join(file), text)?;
    }
    std::fs::write(out.join("image.bin"), &batch.bytes)?;
    let programs = batch.programs.iter();
    let programs: Vec<String> = programs
        .map(|(name, class)| format!("{name} {class}\n"))
        .collect();
    std::fs::write(out.join("programs"), programs.concat())?;
    Ok(())
}
