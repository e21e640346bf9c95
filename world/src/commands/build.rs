//! `build`: from an image to a binary.

use super::Output;
use crate::cargo::Build;
use crate::console::{counted, grouped, padded, size, time};
use crate::failure::{Failure, Outcome};
use crate::files::{ImageFile, absolute, check_writable, copy_whole, format_name};
use crate::profiles;
use crate::progress::Progress;
use crate::translation;
use smallworld_translator::Translation;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Build the native binary for an image
///
/// The binary holds the image, all its methods as native code, and the machine; it needs nothing else.
/// SMALLWORLD_PROFILE is used where --profile is not given.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo world build my.image -o my-program\n  \
    cargo world build my.image --profile my.profile -o my-program")]
pub struct Arguments {
    /// The image, in either format
    image: PathBuf,
    /// Where to put the binary, besides cargo's own target folder
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Specialise by what this profile has seen
    #[arg(long, value_name = "PROFILE")]
    profile: Option<PathBuf>,
}

/// Builds the binary and says what is in it.
pub fn run(arguments: &Arguments, output: &mut Output<'_>) -> Outcome {
    if let Some(path) = &arguments.output {
        check_writable(path)?;
    }
    let image = absolute(&arguments.image)?;
    let in_environment = || {
        let set = std::env::var_os("SMALLWORLD_PROFILE");
        set.filter(|path| !path.is_empty()).map(PathBuf::from)
    };
    let profile = match arguments.profile.clone().or_else(in_environment) {
        Some(path) => Some((absolute(&path)?, profiles::read(&path)?)),
        None => None,
    };
    let mut progress = Progress::start(output.error_style);
    // What is wrong with the image is better said here than by a build script.
    let file = ImageFile::read(&arguments.image)?;
    progress.step(&format!(
        "building the binary for {} ({}, {})",
        arguments.image.display(),
        format_name(file.image.format),
        counted(file.image.methods().len(), "method")
    ));
    let build = Build {
        image: &image,
        profile: profile.as_ref().map(|(path, _)| path.as_path()),
    };
    // Translated again for what there is to say about it, while cargo is busy with other things.
    let (binary, translation) = std::thread::scope(|scope| {
        let translation = scope
            .spawn(|| translation::translate(&file, profile.as_ref().map(|(_, profile)| profile)));
        (build.run(&mut progress), translation.join())
    });
    let mut binary = binary?;
    let translation = translation.map_err(|_| Failure::failed("the translator failed"))??;
    if let Some(path) = &arguments.output {
        copy_whole(&binary, path)?;
        binary.clone_from(path);
    }
    summary(&binary, &translation, progress.elapsed(), output)
}

fn summary(
    binary: &Path,
    translation: &Translation,
    elapsed: Duration,
    output: &mut Output<'_>,
) -> Outcome {
    let bytes = std::fs::metadata(binary)
        .map_err(|error| Failure::file("read", binary, &error))?
        .len();
    let name = output.style.heading(&binary.display().to_string());
    writeln!(output.out, "built {name}")?;
    for (what, fact) in facts(translation, bytes, elapsed) {
        writeln!(output.out, "  {}{fact}", padded(what, 12))?;
    }
    Ok(())
}

/// What there is to say about a build, each with its heading.
fn facts(translation: &Translation, bytes: u64, elapsed: Duration) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("methods", grouped(translation.methods)),
        ("sends", grouped(translation.sites)),
        ("functions", grouped(translation.functions)),
    ];
    if let Some(m) = translation.matching {
        let units = translation::units(translation);
        let inlined = translation.specialised.iter();
        let inlined = inlined.filter_map(|(_, done)| done.as_ref().ok()).sum();
        let specialised = format!(
            "{}, {} inlined there",
            counted(units, "method"),
            counted(inlined, "send")
        );
        let profile = format!(
            "{} sites matched, {} stale, {} unmatched",
            grouped(m.matched),
            grouped(m.stale),
            grouped(m.unmatched)
        );
        facts.extend([("specialised", specialised), ("profile", profile)]);
    }
    facts.extend([("size", size(bytes)), ("time", time(elapsed))]);
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use smallworld_translator::program::Matching;

    fn lines(translation: &Translation, bytes: u64, seconds: u64) -> Vec<String> {
        let facts = facts(translation, bytes, Duration::from_secs(seconds));
        let line = |(what, fact): (&str, String)| format!("{what}: {fact}");
        facts.into_iter().map(line).collect()
    }

    #[test]
    fn the_summary_has_it_all() {
        let mut translation = Translation::default();
        (translation.methods, translation.sites) = (504, 2137);
        translation.functions = 3430;
        let plain = [
            "methods: 504",
            "sends: 2,137",
            "functions: 3,430",
            "size: 3.3 MB",
            "time: 1 min 12 s",
        ];
        assert_eq!(lines(&translation, 3_323_504, 72), plain);
        translation.matching = Some(Matching {
            matched: 1234,
            stale: 5,
            unmatched: 0,
        });
        translation.specialised = vec![
            ("SmallInt>>rem: for SmallInt".into(), Ok(12)),
            ("List>>do: for List".into(), Ok(1000)),
            ("List>>add: for List".into(), Err("too large".into())),
        ];
        let with_profile = [
            "methods: 504",
            "sends: 2,137",
            "functions: 3,430",
            "specialised: 2 methods, 1,012 sends inlined there",
            "profile: 1,234 sites matched, 5 stale, 0 unmatched",
            "size: 999 B",
            "time: 9.0 s",
        ];
        assert_eq!(lines(&translation, 999, 9), with_profile);
    }
}
