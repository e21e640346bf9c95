//! Build script of the crate with specialised code. The profile is recorded here, by running
//! a few expressions and programs in the interpreter: a workload that is other than most of
//! what the tests then run.

use anyhow::{Context, Result, bail};
use smallworld_image::{Format, Image};
use smallworld_profile::Profile;
use smallworld_runtime::native::NO_NATIVE;
use smallworld_runtime::ui::Headless;
use smallworld_runtime::{Options, Source, Vm};
use std::fs;
use std::path::Path;

mod translate;

/// Expressions that are evaluated for the profile.
const EXPRESSIONS: [&str; 5] = [
    "18 benchFib",
    "30 factorial printString size",
    "(1 to: 200) inject: 0 into: [:a :b | a + (b quo: 3)]",
    "((1 to: 60) asArray reverse) size",
    "'x := [:i | i printString] value: 3'",
];

/// One that is evaluated first, in a machine of its own: a sieve, that its loops may be
/// inlined.
const FIRST: &str = "40 benchmark";

/// Programs of part B that are run for it.
const PROGRAMS: [&str; 5] = ["sieve", "json", "shapes", "queens", "bigmath"];

fn main() -> Result<()> {
    let images = translate::Images::Shared;
    translate::run(images, |image, shared| profile(image, shared).map(Some))
}

/// The profile of an image. That of the 2004 image is a bad one: it is mostly from another
/// image, whose methods of the same name are often others, and a third of it is not true.
fn profile(image: &Image, shared: &Path) -> Result<Profile> {
    let mut profile = record(image, shared)?;
    let other = shared.join("images/smallworld-2015.image");
    if image.format == Format::Swst && other.is_file() {
        println!("cargo::rerun-if-changed={}", other.display());
        let other = Image::read(&fs::read(other)?)?;
        let own = std::mem::replace(&mut profile, record(&other, shared)?);
        profile.merge(&own);
        mislead(&mut profile);
    }
    Ok(profile)
}

/// Makes every third site tell the classes of the one before it.
fn mislead(profile: &mut Profile) {
    let mut before = Vec::new();
    let sites = profile
        .methods
        .values_mut()
        .flat_map(|m| m.sites.values_mut());
    for (n, site) in sites.enumerate() {
        let own = site.targets.clone();
        if n % 3 == 2 {
            site.targets = std::mem::take(&mut before);
        }
        before = own;
    }
}

/// Runs the workload.
fn record(image: &Image, shared: &Path) -> Result<Profile> {
    let options = Options {
        stack_words: 1 << 20,
        native: false,
        ..Options::default()
    };
    let source = Source::other(&NO_NATIVE, image.clone())?;
    let machine = || {
        let ui = Box::new(Headless::silent());
        Vm::new(&source, options.clone(), ui)
    };
    let mut first = machine();
    let _ = first.evaluate(FIRST.as_bytes());
    let mut profile = first.profile();
    let mut found = false;
    for name in PROGRAMS {
        let file = shared.join("oracle/B").join(name).with_extension("st");
        if !file.is_file() {
            continue;
        }
        println!("cargo::rerun-if-changed={}", file.display());
        found = true;
        let mut vm = machine();
        // The programs write files where they stand.
        let out = std::env::var_os("OUT_DIR").context("not run by cargo")?;
        std::env::set_current_dir(out)?;
        // An image without the classes a program wants answers an error: that is work too.
        let _ = vm.file_in(&file.to_string_lossy());
        for expression in EXPRESSIONS {
            let _ = vm.evaluate(expression.as_bytes());
        }
        profile.merge(&vm.profile());
    }
    if found {
        Ok(profile)
    } else {
        bail!("the programs to profile are missing")
    }
}
