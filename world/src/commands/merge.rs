//! `merge`: one profile from many.

use super::{Output, note};
use crate::failure::Outcome;
use crate::files::check_writable;
use crate::profiles;
use crate::running::extent;
use std::path::PathBuf;

/// Make one profile from many
///
/// Counts are added. Where a method's bytecode differs between profiles, the one with more sends of it counts.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo world merge -o all.profile bench.profile repl.profile")]
pub struct Arguments {
    /// The profiles
    #[arg(required = true, value_name = "PROFILE")]
    profiles: Vec<PathBuf>,
    /// The profile to write
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// Keep only the N sites with the most sends
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    top: Option<u32>,
}

/// Merges.
pub fn run(arguments: &Arguments, output: &mut Output<'_>) -> Outcome {
    check_writable(&arguments.output)?;
    let mut merged = profiles::read(&arguments.profiles[0])?;
    for path in &arguments.profiles[1..] {
        let profile = profiles::read(path)?;
        if profile.image_hash != merged.image_hash {
            note(format_args!(
                "note: '{}' was recorded from another image than '{}': {} and {}",
                path.display(),
                arguments.profiles[0].display(),
                profile.image,
                merged.image
            ));
        }
        merged.merge(&profile);
    }
    if let Some(top) = arguments.top {
        profiles::keep_hottest(&mut merged, top as usize);
    }
    profiles::write(&arguments.output, &merged)?;
    writeln!(
        output.out,
        "{}: {}",
        arguments.output.display(),
        extent(&merged)
    )?;
    Ok(())
}
