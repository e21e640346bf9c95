//! `optimize`: profile and rebuild until nothing changes.

use super::{Output, note};
use crate::cargo::Build;
use crate::console::{grouped, size};
use crate::failure::{Failure, Outcome};
use crate::files::{ImageFile, absolute, check_writable, copy_whole};
use crate::profiles::{self, default_path, seen};
use crate::progress::Progress;
use crate::running::Program;
use crate::translation;
use smallworld_image::whole_file::Scratch;
use smallworld_profile::Profile;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Runs that are short are repeated; the shortest one counts.
const REPEATED: u32 = 3;
/// What is a short run.
const SHORT: Duration = Duration::from_secs(5);

/// Profile an image and rebuild it, until the profile is stable
///
/// The first round builds without a profile and runs ARGS. Each further one builds with what the rounds before
/// saw, and runs ARGS again: predictions that failed become part of the profile. It is over when a round sees
/// nothing new. ARGS run several times, without input, and their standard output is not shown; they should do
/// the same work every time.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  \
    cargo world optimize my.image -o my-program -- bench\n\n\
    If ARGS fail, their exit code is passed on.")]
pub struct Arguments {
    /// The image, in either format
    image: PathBuf,
    /// Rounds at most
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(2..=20))]
    rounds: u32,
    /// Where to put the binary, besides cargo's own target folder
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The profile to write [default: the image's name with .profile, here]
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// What the binary does, for example: bench
    #[arg(last = true, required = true, value_name = "ARGS")]
    arguments: Vec<OsString>,
}

/// What a round came to.
struct Round {
    binary: PathBuf,
    units: usize,
    time: Duration,
    recorded: Profile,
}

/// Runs the rounds and prints a line for each.
pub fn run(arguments: &Arguments, output: &mut Output<'_>) -> Outcome {
    let default = default_path(&arguments.image);
    let path = arguments.profile.as_ref().unwrap_or(&default);
    for written in arguments.output.iter().chain([path]) {
        check_writable(written)?;
    }
    let file = ImageFile::read(&arguments.image)?;
    let head = "round      sites      units   run time     gained   program";
    writeln!(output.out, "{}", output.style.heading(head))?;
    let first = round(arguments, &file, None, path, output)?;
    let mut profile = first.recorded;
    row(
        output,
        1,
        &profile,
        first.units,
        first.time,
        first.time,
        &first.binary,
    )?;
    let mut stable = false;
    let mut binary = first.binary;
    for number in 2..=arguments.rounds {
        let (scratch, _) =
            Scratch::beside(path).map_err(|error| Failure::file("write", path, &error))?;
        // The build reads the profile from its file.
        profiles::write(path, &profile)?;
        let known = Some((path.as_path(), &profile));
        let done = round(arguments, &file, known, scratch.path(), output)?;
        drop(scratch);
        row(
            output,
            number,
            &profile,
            done.units,
            done.time,
            first.time,
            &done.binary,
        )?;
        binary = done.binary;
        let mut next = profile.clone();
        next.merge(&done.recorded);
        if seen(&next) == seen(&profile) {
            stable = true;
            break;
        }
        if number < arguments.rounds {
            profile = next;
        }
    }
    if let Some(place) = &arguments.output {
        copy_whole(&binary, place)?;
        binary.clone_from(place);
    }
    let ending = if stable {
        "stable: the last round saw nothing new"
    } else {
        "not stable yet: the last round still saw something new; try more --rounds"
    };
    writeln!(output.out, "{ending}")?;
    writeln!(output.out, "profile  {}", path.display())?;
    writeln!(output.out, "binary   {}", binary.display())?;
    Ok(())
}

/// Builds with the profile, if there is one, and runs ARGS: for the profile, written to `record`, and the time.
fn round(
    arguments: &Arguments,
    file: &ImageFile,
    profile: Option<(&Path, &Profile)>,
    record: &Path,
    output: &Output<'_>,
) -> Outcome<Round> {
    let image = absolute(&arguments.image)?;
    let profile_path = match profile {
        Some((path, _)) => Some(absolute(path)?),
        None => None,
    };
    let mut progress = Progress::start(output.error_style);
    progress.step(match profile {
        None => "building without a profile",
        Some(_) => "building with the profile",
    });
    let build = Build {
        image: &image,
        profile: profile_path.as_deref(),
    };
    let (binary, units) = std::thread::scope(|scope| {
        let translation = scope.spawn(|| translation::translate(file, profile.map(|(_, p)| p)));
        (build.run(&mut progress), translation.join())
    });
    let binary = binary?;
    let translation = units.map_err(|_| Failure::failed("the translator failed"))??;
    if let Some(line) = profiles::matching_line(&translation) {
        note(line);
    }
    let program = Program {
        binary: &binary,
        arguments: &arguments.arguments,
        visible: false,
    };
    let (recorded, mut time) = program.record(record)?;
    let mut runs = 1;
    while time < SHORT && runs < REPEATED {
        time = time.min(program.time()?);
        runs += 1;
    }
    Ok(Round {
        binary,
        units: translation::units(&translation),
        time,
        recorded,
    })
}

/// Prints a line of the table, now.
fn row(
    output: &mut Output<'_>,
    number: u32,
    profile: &Profile,
    units: usize,
    time: Duration,
    first: Duration,
    binary: &Path,
) -> Outcome {
    let gained = match number {
        1 => "-".to_owned(),
        _ => format!("{:.2}×", first.as_secs_f64() / time.as_secs_f64().max(1e-9)),
    };
    let bytes = std::fs::metadata(binary).map_or(0, |about| about.len());
    writeln!(
        output.out,
        "{number:>5} {:>10} {:>10} {:>8.2} s {gained:>10} {:>9}",
        grouped(profile.sites()),
        grouped(units),
        time.as_secs_f64(),
        size(bytes)
    )?;
    output.out.flush()?;
    Ok(())
}
