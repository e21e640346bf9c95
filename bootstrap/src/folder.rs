//! Finds the source files of an image.

use std::io;
use std::path::Path;

use crate::diagnostic::Source;

/// The sources in a folder: its `.st` files and those of the folders below it, sorted by path.
///
/// Each is named by its path, as it is reported in diagnostics.
pub fn sources_in(folder: &Path) -> io::Result<Vec<Source>> {
    let mut sources = Vec::new();
    collect(folder, &mut sources)?;
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(sources)
}

fn collect(folder: &Path, sources: &mut Vec<Source>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            collect(&path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "st") {
            let text = std::fs::read_to_string(&path).map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", path.display()))
            })?;
            sources.push(Source::new(path.display().to_string(), text));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_folder_is_an_error() {
        assert!(sources_in(Path::new("no such folder")).is_err());
    }

    #[test]
    fn only_source_files_are_taken() {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        assert_eq!(sources_in(&own).unwrap(), []);
    }
}
