//! `new-image`: an image from Smalltalk sources.

use super::convert::{FormatName, note_problems};
use super::{Output, note};
use crate::console::{counted, size};
use crate::failure::{Failure, Outcome};
use crate::files::{check_writable, format_name, write_whole};
use smallworld_bootstrap::{Diagnostic, Source, build, sources_in};
use smallworld_image::Format;
use std::fs;
use std::path::{Path, PathBuf};

/// Make an image from Smalltalk source
///
/// The sources are files, in the class-file or the file-in format, and folders, of which all .st files are taken.
/// A whole image needs the classes that the machine knows: take the folder 'kernel' and your own files.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo world new-image kernel my-classes/ main.st -o my.image")]
pub struct Arguments {
    /// Files and folders
    #[arg(required = true)]
    sources: Vec<PathBuf>,
    /// The image to write
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// The format to write
    #[arg(long, value_enum, default_value = "v1")]
    format: FormatName,
}

/// Makes the image, or says everything that is wrong with the sources.
pub fn run(arguments: &Arguments, output: &mut Output<'_>) -> Outcome {
    check_writable(&arguments.output)?;
    let sources = read_all(&arguments.sources)?;
    let image = build(&sources).map_err(|diagnostics| {
        for diagnostic in &diagnostics {
            show(diagnostic, output);
        }
        let errors = counted(diagnostics.len(), "error");
        Failure::failed(format!("{errors}; no image was written"))
    })?;
    let format = Format::from(arguments.format);
    let bytes = image.write(format);
    write_whole(&arguments.output, &bytes)?;
    writeln!(
        output.out,
        "{} ({}): {} and {} from {}, {}",
        arguments.output.display(),
        format_name(format),
        counted(image.classes().len(), "class"),
        counted(image.methods().len(), "method"),
        counted(sources.len(), "source"),
        size(bytes.len() as u64)
    )?;
    note_problems(&image);
    Ok(())
}

/// The texts of files, and of the files in folders, each once.
fn read_all(paths: &[PathBuf]) -> Outcome<Vec<Source>> {
    let mut sources: Vec<Source> = Vec::new();
    for path in paths {
        let found = if path.is_dir() {
            sources_in(path).map_err(|error| {
                // The file concerned may be anywhere below; the error names it.
                Failure::unusable(format!("cannot read '{}': {error}", path.display()))
            })?
        } else {
            vec![read_one(path)?]
        };
        if found.is_empty() {
            let path = path.display();
            return Err(Failure::unusable(format!(
                "the folder '{path}' has no .st files"
            )));
        }
        for source in found {
            if !sources.iter().any(|own| same_file(&own.name, &source.name)) {
                sources.push(source);
            }
        }
    }
    Ok(sources)
}

/// Whether two paths lead to one file.
fn same_file(a: &str, b: &str) -> bool {
    a == b || matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

fn read_one(path: &Path) -> Outcome<Source> {
    let bytes = fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        Failure::unusable(format!(
            "'{}' is no text: the byte at offset {} is not UTF-8",
            path.display(),
            error.utf8_error().valid_up_to()
        ))
    })?;
    Ok(Source::new(path.display().to_string(), text))
}

/// The place and the message, then the line with a mark under the place.
fn show(diagnostic: &Diagnostic, output: &Output<'_>) {
    let text = diagnostic.to_string();
    let style = output.error_style;
    match text.split_once('\n') {
        Some((head, line)) if !diagnostic.line_text.is_empty() => {
            note(format_args!("{}\n{line}", style.heading(head)));
        }
        _ => note(style.heading(&format!("{}: {}", diagnostic.file, diagnostic.message))),
    }
}
