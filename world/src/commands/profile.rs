//! `profile`: run an image to see what its sends meet.

use super::{Output, note};
use crate::cargo::Build;
use crate::console::time;
use crate::failure::Outcome;
use crate::files::{ImageFile, absolute, check_writable};
use crate::profiles::default_path;
use crate::progress::Progress;
use crate::running::{Program, extent};
use std::ffi::OsString;
use std::path::PathBuf;

/// Build an image, run it, and keep what its sends have met
///
/// The binary is built without a profile and run with ARGS, which should do the work that is to become fast. Its
/// input and output are yours. If it fails, its exit code is passed on.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo world profile my.image -- bench\n  \
    cargo world profile my.image -o work.profile -- run work.st\n\n\
    What the profile holds is shown by `cargo world report`; several become one by `cargo world merge`.")]
pub struct Arguments {
    /// The image, in either format
    image: PathBuf,
    /// The profile to write [default: the image's name with .profile, here]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What the binary does, for example: bench
    #[arg(last = true, value_name = "ARGS")]
    arguments: Vec<OsString>,
}

/// Builds, runs, and says what to do next.
pub fn run(arguments: &Arguments, output: &mut Output<'_>) -> Outcome {
    let default = default_path(&arguments.image);
    let path = arguments.output.as_ref().unwrap_or(&default);
    check_writable(path)?;
    ImageFile::read(&arguments.image)?;
    let image = absolute(&arguments.image)?;
    let mut progress = Progress::start(output.error_style);
    progress.step(&format!(
        "building {} without a profile",
        arguments.image.display()
    ));
    let build = Build {
        image: &image,
        profile: None,
    };
    let binary = build.run(&mut progress)?;
    note(format_args!("built in {}", time(progress.elapsed())));
    if arguments.arguments.is_empty() {
        note("no ARGS: the image starts as it does alone; what you do in it is recorded");
    }
    let program = Program {
        binary: &binary,
        arguments: &arguments.arguments,
        visible: true,
    };
    let (profile, took) = program.record(path)?;
    let name = path.display();
    note(format_args!(
        "profile: {name} ({}, in {})",
        extent(&profile),
        time(took)
    ));
    let image = arguments.image.display();
    note(format_args!(
        "next: cargo world build {image} --profile {name}\n      cargo world report {name} --image {image}"
    ));
    Ok(())
}
