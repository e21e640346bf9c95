//! `inspect`: what is in an image, a class, a method.

mod class;
mod method;
mod overview;

use super::Output;
use crate::failure::{Failure, Outcome};
use crate::files::ImageFile;
use crate::subject::{Subject, find};
use smallworld_image::{Image, ObjId};
use std::collections::HashSet;
use std::path::PathBuf;

/// Look into an image: its classes, a class, a method with source and code
///
/// Without a class it gives an overview; with one, its variables and methods; with a method, the source beside
/// the code. The class side is named as 'Array class' or by its own name, 'MetaArray'.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo world inspect my.image\n  \
    cargo world inspect my.image Array\n  \
    cargo world inspect my.image 'Array>>do:'\n  \
    cargo world inspect my.image 'Array class>>new:' --json")]
pub struct Arguments {
    /// The image, in either format
    image: PathBuf,
    /// A class or a method
    #[arg(value_name = "CLASS[>>SELECTOR]")]
    subject: Option<String>,
    /// Write JSON, for programs
    #[arg(long)]
    json: bool,
}

/// Shows what was asked for.
pub fn run(arguments: &Arguments, output: &mut Output<'_>) -> Outcome {
    let file = ImageFile::read(&arguments.image)?;
    let image = &file.image;
    let subject = match &arguments.subject {
        Some(text) => Some(find(image, text)?),
        None => None,
    };
    match subject {
        None => {
            let overview = overview::Overview::of(&file);
            if arguments.json {
                writeln!(output.out, "{}", overview.json(image))?;
            } else {
                overview.write(image, output)?;
            }
        }
        Some(Subject::Class(id)) => {
            let class = class::ClassView::of(image, id);
            if arguments.json {
                writeln!(output.out, "{}", class.json(image))?;
            } else {
                class.write(image, output)?;
            }
        }
        Some(Subject::Method(found)) => {
            let method = method::MethodView::of(image, found).map_err(Failure::failed)?;
            if arguments.json {
                writeln!(output.out, "{}", method.json(image))?;
            } else {
                method.write(image, output)?;
            }
        }
    }
    Ok(())
}

/// The metaclasses of an image: the classes of classes that are instances of Class itself.
fn metaclasses(image: &Image, classes: &[ObjId]) -> HashSet<ObjId> {
    let metaclass = image.class_of(image.roots.array);
    let class_class = metaclass.and_then(|metaclass| image.class_of(metaclass));
    classes
        .iter()
        .filter_map(|&class| image.class_of(class))
        .filter(|&class| image.class_of(class) == class_class && Some(class) != class_class)
        .collect()
}
