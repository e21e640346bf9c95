//! Translates the image that the environment names, or else the project's own, which it
//! makes from the class files in `kernel/`; `generated` includes the modules.

use smallworld_translator::build::{Request, complaint, translate_into};
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-env-changed=SMALLWORLD_IMAGE");
    println!("cargo::rerun-if-env-changed=SMALLWORLD_PROFILE");
    println!("cargo::rerun-if-env-changed=SMALLWORLD_TRANSLATE");
    if let Err(problem) = translate() {
        // The build fails by this, and cargo shows nothing but these lines.
        for line in format!("{problem:#}").lines() {
            println!("cargo::error={line}");
        }
    }
}

fn translate() -> anyhow::Result<()> {
    let out = std::env::var_os("OUT_DIR").unwrap_or_default();
    let kernel = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kernel");
    let request = Request::from_environment(&kernel);
    for path in request.inputs() {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    if request.is_relative() {
        println!("cargo::rerun-if-env-changed=PWD");
    }
    let translation = translate_into(&request, Path::new(&out))?;
    if let Some(complaint) = complaint(&request, &translation) {
        println!("cargo::warning={complaint}");
    }
    Ok(())
}
