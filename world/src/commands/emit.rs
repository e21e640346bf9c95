//! `emit`: the Rust that a build would compile.

use super::{Output, note};
use crate::console::counted;
use crate::failure::{Failure, Outcome};
use crate::files::ImageFile;
use crate::profiles;
use crate::subject::{Subject, find};
use crate::translation;
use smallworld_image::{Image, ObjId};
use smallworld_profile::Profile;
use std::path::PathBuf;

/// Show the Rust that an image is translated to
///
/// Without a class it writes all modules, one after the other; with a class, its module; with a method, its
/// functions.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo world emit my.image 'Interval>>do:'\n  \
    cargo world emit my.image 'Interval>>do:' --profile my.profile\n  \
    cargo world emit my.image 'Interval>>do:' --profile my.profile --ir --pass params\n  \
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
    /// Show the intermediate representation of what is specialised
    #[arg(long, requires = "profile")]
    ir: bool,
    /// As it is after this pass, or before all with 'build'
    #[arg(long, value_name = "NAME", requires = "ir")]
    pass: Option<String>,
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
    if let Some(profile) = profile.as_ref().filter(|_| arguments.ir) {
        return intermediate(arguments, image, profile, subject, output);
    }
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
        Some(Subject::Class(class)) => match translation.module_of(class) {
            Some((name, text)) => writeln!(output.out, "// ---- {name}\n\n{text}")?,
            None => {
                let class = image.name_of_class(class);
                return Err(Failure::unusable(format!("class {class} has no methods")));
            }
        },
        Some(Subject::Method(found)) => {
            let items = translation.rust_of(found.method);
            if items.is_empty() {
                let name = found.name(image);
                return Err(Failure::failed(format!("no function is made of {name}")));
            }
            write!(output.out, "{}", items.join("\n"))?;
        }
    }
    Ok(())
}

/// Writes the intermediate representation of what a profile says is hot.
fn intermediate(
    arguments: &Arguments,
    image: &Image,
    profile: &Profile,
    subject: Option<Subject>,
    output: &mut Output<'_>,
) -> Outcome {
    let pass = arguments.pass.as_deref();
    let all = smallworld_translator::intermediate(image, profile, pass)
        .map_err(|e| Failure::unusable(format!("{e:#}")))?;
    let methods = image.methods();
    let is_wanted = |method: ObjId| match &subject {
        None => true,
        Some(Subject::Method(found)) => found.method == method,
        Some(Subject::Class(class)) => methods
            .iter()
            .any(|m| m.method == method && m.class == *class),
    };
    let mut count = 0;
    for (method, text) in all {
        if is_wanted(method) {
            writeln!(output.out, "{text}")?;
            count += 1;
        }
    }
    match count {
        0 => Err(Failure::failed("the profile does not say that it is hot")),
        _ => Ok(()),
    }
}
