//! `emit`: the Rust that a build would compile.

use super::{Output, note};
use crate::console::counted;
use crate::failure::{Failure, Outcome};
use crate::files::ImageFile;
use crate::profiles;
use crate::subject::{Subject, find};
use crate::translation;
use std::path::PathBuf;

/// Show the Rust that an image is translated to
///
/// Without a class it writes all modules, one after the other; with a class, its module; with a method, its
/// functions.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo world emit my.image 'Interval>>do:'\n  \
    cargo world emit my.image 'Interval>>do:' --profile my.profile\n  \
    cargo world emit my.image Array > array.rs")]
pub struct Arguments {
    /// The image, in either format
    image: PathBuf,
    /// A class or a method
    #[arg(value_name = "CLASS[>>SELECTOR]")]
    subject: Option<String>,
    /// Specialise by what this profile has seen
    #[arg(long, value_name = "PROFILE")]
    profile: Option<PathBuf>,
}

/// Writes the Rust.
pub fn run(arguments: &Arguments, output: &mut Output<'_>) -> Outcome {
    let file = ImageFile::read(&arguments.image)?;
    let image = &file.image;
    // A wrong name is said before the work is done.
    let subject = match &arguments.subject {
        Some(text) => Some(find(image, text)?),
        None => None,
    };
    let profile = match &arguments.profile {
        Some(path) => Some(profiles::read(path)?),
        None => None,
    };
    let translation = translation::translate(&file, profile.as_ref())?;
    if let Some(line) = profiles::matching_line(&translation) {
        note(line);
    }
    match subject {
        None => {
            for (name, text) in &translation.files {
                writeln!(output.out, "// ---- {name}\n\n{text}")?;
            }
            note(format_args!(
                "{} from {} with {}",
                counted(translation.functions, "function"),
                counted(translation.methods, "method"),
                counted(translation.sites, "send")
            ));
        }
        Some(Subject::Class(class)) => match translation::module_of(&translation, image, class) {
            Some((name, text)) => writeln!(output.out, "// ---- {name}\n\n{text}")?,
            None => {
                let class = image.name_of_class(class);
                return Err(Failure::unusable(format!("class {class} has no methods")));
            }
        },
        Some(Subject::Method(found)) => {
            let items = translation::items_of(&translation, image, found);
            if items.is_empty() {
                let name = found.name(image);
                return Err(Failure::failed(format!("no function is made of {name}")));
            }
            write!(output.out, "{}", items.join("\n"))?;
        }
    }
    Ok(())
}
