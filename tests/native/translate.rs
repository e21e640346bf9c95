//! Translates images for the tests: the project's own, where a crate asks for it, and the
//! shared ones that are there. For one that is not, the table of native code is empty, and
//! the tests say that they have nothing to do.

use anyhow::{Context, Result, anyhow};
use smallworld_bootstrap::{build, sources_in};
use smallworld_image::{Format, Image};
use smallworld_profile::Profile;
use smallworld_translator::{Part, translate_part};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Module, name of the table, and file of each shared image.
const SHARED: [(&str, &str, &str); 2] = [
    ("image_2015", "SMALLWORLD_2015", "smallworld-2015.image"),
    ("image_2004", "SMALLWORLD_2004", "smallworld-2004.image"),
];

/// The same of our own, which is made from its sources.
const OWN: (&str, &str, &str) = ("image_own", "SMALLWORLD_OWN", "kernel");

/// Which images a crate has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Images {
    /// The shared ones that are there. (Our own is translated for `generated` anyway.)
    #[allow(dead_code)] // Each build script has its way.
    Shared,
    /// These, and our own.
    #[allow(dead_code)]
    All,
}

/// Makes a profile of an image, given the folder with images and oracle; or nothing, for
/// baseline code only.
pub type Profiler = fn(&Image, &Path) -> Result<Option<Profile>>;

/// What a build script does.
///
/// # Errors
/// An image that is there cannot be read, translated or profiled, or files not written.
pub fn run(images: Images, profiler: Profiler) -> Result<()> {
    println!("cargo::rerun-if-env-changed=SMALLWORLD_TRANSLATE");
    println!("cargo::rerun-if-env-changed=SMALLWORLD_SHARED");
    println!("cargo::rerun-if-changed=../native/translate.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").context("OUT_DIR is not set")?);
    let (mut index, mut empty) = (String::new(), String::new());
    if images == Images::All {
        let (module, table, name) = OWN;
        write_modules(&own()?, name, &out.join(module), profiler)?;
        index.push_str(&present(module, table, name));
        empty.push_str(&absent(table, name));
    }
    for (module, table, name) in SHARED {
        let path = shared()?.join("images").join(name);
        if path.is_file() {
            println!("cargo::rerun-if-changed={}", path.display());
            write_modules(&fs::read(&path)?, name, &out.join(module), profiler)?;
            index.push_str(&present(module, table, name));
        } else {
            index.push_str(&absent(table, name));
        }
        empty.push_str(&absent(table, name));
    }
    write_if_changed(&out.join("images.rs"), index.as_bytes())?;
    write_if_changed(&out.join("empty.rs"), empty.as_bytes())
}

/// Our own image, as a file has it.
fn own() -> Result<Vec<u8>> {
    let kernel = workspace()?.join("kernel");
    println!("cargo::rerun-if-changed={}", kernel.display());
    let image = build(&sources_in(&kernel)?);
    // The build of `generated` says what is wrong in the sources.
    let image = image.map_err(|problems| anyhow!("kernel/ has {} errors", problems.len()))?;
    Ok(image.write(Format::V1))
}

fn workspace() -> Result<PathBuf> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").context("not run by cargo")?);
    Ok(here.join("../.."))
}

/// Where images and oracle are: `SMALLWORLD_SHARED`, or beside the workspace.
fn shared() -> Result<PathBuf> {
    let workspace = workspace()?;
    Ok(match env::var_os("SMALLWORLD_SHARED") {
        Some(path) => workspace.join(path),
        None => workspace.join("../shared"),
    })
}

/// The modules of one image, in a folder of their own.
fn write_modules(bytes: &[u8], name: &str, folder: &Path, profiler: Profiler) -> Result<()> {
    fs::create_dir_all(folder)?;
    let image = Image::read(bytes)?;
    let inner = folder.file_name().unwrap_or_default().to_string_lossy();
    let part = Part::from_environment()?.unwrap_or_default();
    let profile = match part {
        Part::All => profiler(&image, &shared()?)?,
        Part::Nothing => None,
    };
    for (file, text) in translate_part(&image, bytes, name, profile.as_ref(), part)?.files {
        // The modules are written for a crate that has the folder to itself.
        let text = text.replace(
            "env!(\"OUT_DIR\"), \"/",
            &format!("env!(\"OUT_DIR\"), \"/{inner}/"),
        );
        write_if_changed(&folder.join(file), text.as_bytes())?;
    }
    write_if_changed(&folder.join("image.bin"), bytes)
}

/// The Rust that includes an image's modules.
fn present(module: &str, table: &str, file: &str) -> String {
    format!(
        r#"
/// The modules of {file}, one a class.
#[doc(hidden)]
pub mod {module} {{
    include!(concat!(env!("OUT_DIR"), "/{module}/modules.rs"));
}}

/// {file} and its native code.
pub static {table}: smallworld_runtime::native::NativeImage = smallworld_runtime::native::NativeImage {{
    // SAFETY: all of it was written by one run of the build script.
    contract: unsafe {{ smallworld_runtime::native::Contract::holds() }},
    image: include_bytes!(concat!(env!("OUT_DIR"), "/{module}/image.bin")),
    methods: {module}::tables::METHODS,
    sites: {module}::tables::SITES,
    units: {module}::tables::UNITS,
    assumptions: {module}::tables::ASSUMPTIONS,
    classes: {module}::tables::CLASSES,
    about: {module}::tables::ABOUT,
    profile: {module}::tables::PROFILE,
}};
"#
    )
}

/// The Rust that stands for an image that is not there.
fn absent(table: &str, file: &str) -> String {
    format!(
        r#"
/// No native code: {file} was not there.
pub static {table}: smallworld_runtime::native::NativeImage = smallworld_runtime::native::NativeImage {{
    // SAFETY: all of it was written by one run of the build script.
    contract: unsafe {{ smallworld_runtime::native::Contract::holds() }},
    image: &[],
    methods: &[],
    sites: &[],
    units: &[],
    assumptions: &[],
    classes: &[],
    about: "",
    profile: None,
}};
"#
    )
}

fn write_if_changed(path: &Path, contents: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == contents) {
        return Ok(());
    }
    fs::write(path, contents).with_context(|| format!("cannot write '{}'", path.display()))
}
