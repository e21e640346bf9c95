//! The door for build scripts: environment in, modules out.

use crate::output::{Translation, translate};
use anyhow::{Context, Result, anyhow};
use smallworld_image::Image;
use std::path::{Path, PathBuf};

/// What the environment of a build asks for.
pub struct Request {
    /// The image to translate.
    pub image: PathBuf,
}

impl Request {
    /// Reads `SMALLWORLD_IMAGE`. A relative path is relative to where the user stands:
    /// to `PWD`, since cargo runs build scripts elsewhere.
    ///
    /// # Errors
    /// The variable is not set.
    pub fn from_environment() -> Result<Request> {
        let image = std::env::var_os("SMALLWORLD_IMAGE")
            .ok_or_else(|| anyhow!("SMALLWORLD_IMAGE is not set"))?;
        Ok(Request {
            image: absolute(Path::new(&image)),
        })
    }
}

fn absolute(path: &Path) -> PathBuf {
    match std::env::var_os("PWD") {
        Some(here) if path.is_relative() => Path::new(&here).join(path),
        _ => path.to_path_buf(),
    }
}

/// Translates the requested image into a folder: the modules, and a copy of the image as
/// `image.bin`. Files are written only when they change.
///
/// # Errors
/// The image cannot be read or translated, or a file not written.
pub fn translate_into(request: &Request, out: &Path) -> Result<Translation> {
    let image = Image::read_file(&request.image)?;
    let bytes = std::fs::read(&request.image)
        .with_context(|| format!("cannot read '{}'", request.image.display()))?;
    let name = request
        .image
        .file_name()
        .map_or_else(|| "image".into(), |n| n.to_string_lossy().into_owned());
    let translation = translate(&image, &bytes, &name)?;
    for (file, text) in &translation.files {
        write_if_changed(&out.join(file), text.as_bytes())?;
    }
    write_if_changed(&out.join("image.bin"), &bytes)?;
    Ok(translation)
}

fn write_if_changed(path: &Path, contents: &[u8]) -> Result<()> {
    if std::fs::read(path).is_ok_and(|old| old == contents) {
        return Ok(());
    }
    std::fs::write(path, contents).with_context(|| format!("cannot write '{}'", path.display()))
}
