//! `check`: everything that is wrong with an image.

use super::Output;
use crate::console::counted;
use crate::failure::{Failure, Outcome};
use crate::files::{ImageFile, format_name};
use crate::json::Json;
use std::path::PathBuf;

/// Check an image and every method in it, and list all problems
///
/// Ends with 0 for a sound image, with 1 when there are problems, with 2 when it cannot be read.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo world check my.image")]
pub struct Arguments {
    /// The image, in either format
    image: PathBuf,
    /// Write JSON, for programs
    #[arg(long)]
    json: bool,
}

/// Lists the problems.
pub fn run(arguments: &Arguments, output: &mut Output<'_>) -> Outcome {
    let file = ImageFile::read(&arguments.image)?;
    let image = &file.image;
    let problems = image.check();
    if arguments.json {
        let problems = problems.iter().map(|problem| {
            Json::Object(vec![
                ("place", problem.place.as_str().into()),
                ("message", problem.message.as_str().into()),
            ])
        });
        let json = Json::Object(vec![
            ("image", file.name().into()),
            ("format", format_name(image.format).into()),
            ("problems", problems.collect()),
        ]);
        writeln!(output.out, "{json}")?;
    } else {
        for problem in &problems {
            writeln!(output.out, "{problem}")?;
        }
    }
    let name = arguments.image.display();
    if !problems.is_empty() {
        let problems = counted(problems.len(), "problem");
        return Err(Failure::failed(format!("{name}: {problems}")));
    }
    if !arguments.json {
        let good = output.style.good("no problems");
        let checked = format!(
            "{}, {}, {}",
            counted(image.objects.len(), "object"),
            counted(image.classes().len(), "class"),
            counted(image.methods().len(), "method")
        );
        writeln!(output.out, "{name}: {good} ({checked})")?;
    }
    Ok(())
}
