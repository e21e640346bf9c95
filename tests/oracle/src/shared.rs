//! The images of others and what their machines answered. They are no part of the repository.

use anyhow::{Context, Result};
use smallworld_image::Image;
use std::path::{Path, PathBuf};

/// The folder with images and oracle.
#[derive(Clone, Debug)]
pub struct Shared {
    root: PathBuf,
}

impl Shared {
    /// The folder, if it is there. If it is not, says so.
    ///
    /// # Panics
    /// It has to be there, see `smallworld_needs`.
    #[track_caller]
    pub fn find() -> Option<Shared> {
        smallworld_needs::shared().map(|root| Shared { root })
    }

    /// The path of an image.
    pub fn image_path(&self, name: &str) -> PathBuf {
        self.root.join("images").join(name)
    }

    /// An image.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn image(&self, name: &str) -> Result<Image> {
        Ok(Image::read_file(&self.image_path(name))?)
    }

    /// The files of a part of the oracle with that ending, in the order of their names.
    ///
    /// # Errors
    /// The part cannot be read.
    pub fn files(&self, part: &str, ending: &str) -> Result<Vec<PathBuf>> {
        files_in(&self.root.join("oracle").join(part), ending)
    }

    /// The lines on which the reference machine crashed.
    pub fn faults_path(&self) -> PathBuf {
        self.root.join("oracle/A/reference-faults.txt")
    }
}

/// The files of a folder with that ending, in the order of their names.
///
/// # Errors
/// The folder cannot be read.
pub fn files_in(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot read '{}'", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(ending) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
