//! `convert`: from one image format to the other.

use super::{Output, note};
use crate::console::{counted, grouped, size};
use crate::failure::{Failure, Outcome};
use crate::files::{ImageFile, check_writable, format_name, write_whole};
use smallworld_image::{Format, Image};
use std::path::{Path, PathBuf};

/// How many SmallInts a v1 image has among its roots.
const V1_SMALL_INTS: usize = 10;

/// Convert an image to the other format
///
/// The format of OUT is what --format says, else what its name ends in (.v1, .swst), else the one that IN has not.
/// Objects that nothing leads to are left out.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo world convert smallworld-2004.image smallworld-2004.v1\n  \
    cargo world convert old.image new.image --format v1")]
pub struct Arguments {
    /// The image to convert, in either format
    #[arg(value_name = "IN")]
    from: PathBuf,
    /// The file to write
    #[arg(value_name = "OUT")]
    to: PathBuf,
    /// The format to write
    #[arg(long, value_enum)]
    format: Option<FormatName>,
}

/// The formats as one writes them.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum FormatName {
    /// The format of SmallWorld 2015
    V1,
    /// The format of Budd's original
    Swst,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Format {
        match name {
            FormatName::V1 => Format::V1,
            FormatName::Swst => Format::Swst,
        }
    }
}

/// Converts an image.
pub fn run(arguments: &Arguments, output: &mut Output<'_>) -> Outcome {
    check_writable(&arguments.to)?;
    let file = ImageFile::read(&arguments.from)?;
    let image = &file.image;
    let format = match arguments.format {
        Some(name) => name.into(),
        None => format_of_name(&arguments.to).unwrap_or(match image.format {
            Format::V1 => Format::Swst,
            Format::Swst => Format::V1,
        }),
    };
    let bytes = image.write(format);
    // What is written can be read, or nothing is written.
    let written = Image::read(&bytes).map_err(|error| {
        Failure::failed(format!("the converted image would be unusable: {error}"))
    })?;
    write_whole(&arguments.to, &bytes)?;

    writeln!(
        output.out,
        "{} ({}) -> {} ({}): {}, {}, {}",
        arguments.from.display(),
        format_name(image.format),
        arguments.to.display(),
        format_name(format),
        counted(written.objects.len(), "object"),
        counted(written.methods().len(), "method"),
        size(bytes.len() as u64)
    )?;
    report_changes(image, &written);
    match image.floats_lost(format) {
        0 => Ok(()),
        lost => Err(Failure::failed(format_args!(
            "{} cannot be in a file of that format; nil is in their place",
            counted(lost, "Float")
        ))),
    }
}

/// The format that the ending of a file name stands for, if it does.
fn format_of_name(path: &Path) -> Option<Format> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    match ending.as_str() {
        "v1" => Some(Format::V1),
        "swst" => Some(Format::Swst),
        _ => None,
    }
}

/// Says what is not the same in the converted image.
fn report_changes(before: &Image, after: &Image) {
    let (old, new) = (before.objects.len(), after.objects.len());
    if new < old {
        let left_out = counted(old - new, "object");
        note(format_args!(
            "note: left out {left_out} that nothing leads to"
        ));
    } else if new > old {
        let added = counted(new - old, "cached SmallInt");
        note(format_args!("note: added {added} that the image had not"));
    }
    let cached = before.roots.small_ints.len();
    if after.format == Format::V1 && cached > V1_SMALL_INTS {
        note(format_args!(
            "note: of {} cached SmallInts a v1 image keeps {V1_SMALL_INTS} as such",
            grouped(cached)
        ));
    }
    note_problems(before);
}

/// Says how many problems an image has, if it has any.
pub fn note_problems(image: &Image) {
    let problems = image.check().len();
    if problems > 0 {
        note(format_args!(
            "note: the image has {}; see `cargo world check`",
            counted(problems, "problem")
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_formats() {
        assert_eq!(format_of_name(Path::new("a/b.v1")), Some(Format::V1));
        assert_eq!(format_of_name(Path::new("b.SWST")), Some(Format::Swst));
        assert_eq!(format_of_name(Path::new("b.image")), None);
        assert_eq!(format_of_name(Path::new("swst")), None);
    }
}
