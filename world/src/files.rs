//! Files: images in, results out.

use crate::failure::{Failure, Outcome};
use smallworld_image::{Format, Image, whole_file};
use std::fs;
use std::path::{Path, PathBuf};

/// An image with the file it came from.
pub struct ImageFile {
    /// The file, as the user named it.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What they hold.
    pub image: Image,
}

impl ImageFile {
    /// Reads an image.
    pub fn read(path: &Path) -> Outcome<ImageFile> {
        let bytes = fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
        let image = Image::read(&bytes).map_err(|mut error| {
            error.path = Some(path.to_owned());
            Failure::unusable(error)
        })?;
        Ok(ImageFile {
            path: path.to_owned(),
            bytes,
            image,
        })
    }

    /// The name of the file, without its folder.
    pub fn name(&self) -> String {
        let name = self.path.file_name();
        name.map_or_else(
            || "image".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        )
    }
}

/// What a format is called.
pub fn format_name(format: Format) -> &'static str {
    match format {
        Format::V1 => "v1",
        Format::Swst => "SWST",
    }
}

/// The path as seen from the root of the file system.
pub fn absolute(path: &Path) -> Outcome<PathBuf> {
    std::path::absolute(path).map_err(|error| Failure::file("find", path, &error))
}

/// Refuses a path that no file can be written to, before any work is done for it.
pub fn check_writable(path: &Path) -> Outcome {
    if path.is_dir() {
        let path = path.display();
        return Err(Failure::unusable(format!(
            "'{path}' is a folder; name the file to write, as in '{path}/name'"
        )));
    }
    let folder = absolute(path)?;
    match folder.parent() {
        Some(folder) if !folder.is_dir() => Err(Failure::unusable(format!(
            "there is no folder '{}' to write '{}' to",
            folder.display(),
            path.display()
        ))),
        _ => Ok(()),
    }
}

/// Writes a file as a whole or not at all: what was there before stays until the new file is complete.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Outcome {
    check_writable(path)?;
    whole_file::write(path, bytes).map_err(|error| Failure::file("write", path, &error))
}

/// Copies a file, its permissions included, as a whole or not at all.
pub fn copy_whole(from: &Path, to: &Path) -> Outcome {
    check_writable(to)?;
    whole_file::copy(from, to).map_err(|error| Failure::file("write", to, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_left_behind() {
        let folder = std::env::temp_dir().join(format!("world-files-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("x");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        assert!(write_whole(&folder, b"x").is_err());
        assert!(write_whole(&folder.join("no/x"), b"x").is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
