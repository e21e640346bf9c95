//! Where images and oracle are: the folder that `SMALLWORLD_SHARED` names, or `../shared`
//! beside the workspace. They are no part of the repository.

use anyhow::{Context, Result};
use smallworld_image::Image;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Once;

/// Once is enough for a process.
static TOLD: Once = Once::new();

/// The folder with images and oracle.
#[derive(Clone, Debug)]
pub struct Shared {
    root: PathBuf,
}

impl Shared {
    /// The folder, if it is there. If it is not, says so on standard error: a test that
    /// has nothing to do should not look like one that has passed.
    pub fn find() -> Option<Shared> {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = match std::env::var_os("SMALLWORLD_SHARED") {
            Some(path) => workspace.join(path),
            None => workspace.join("../shared"),
        };
        if root.join("images").is_dir() && root.join("oracle").is_dir() {
            return Some(Shared { root });
        }
        TOLD.call_once(|| {
            // Written past the test harness, which keeps what passing tests print. If
            // nobody listens on standard error there is nobody to tell.
            let _ = writeln!(
                std::io::stderr(),
                "\n*** NOT TESTED: there are no images and no oracle in '{}'.\n\
                 *** Set SMALLWORLD_SHARED to the folder that has 'images' and 'oracle'.\n",
                root.display()
            );
        });
        None
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
        let folder = self.root.join("oracle").join(part);
        let entries = std::fs::read_dir(&folder)
            .with_context(|| format!("cannot read '{}'", folder.display()))?;
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

    /// The lines on which the reference machine crashed.
    pub fn faults_path(&self) -> PathBuf {
        self.root.join("oracle/A/reference-faults.txt")
    }
}
