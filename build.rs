//! Translates the image that the environment names; `generated` includes the modules.

use smallworld_translator::build::{Request, translate_into};
use std::path::Path;

fn main() -> anyhow::Result<()> {
    println!("cargo::rerun-if-env-changed=SMALLWORLD_IMAGE");
    let out = std::env::var_os("OUT_DIR").unwrap_or_default();
    let request = Request::from_environment()?;
    println!("cargo::rerun-if-changed={}", request.image.display());
    translate_into(&request, Path::new(&out))?;
    Ok(())
}
