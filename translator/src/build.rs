//! The door for build scripts: environment in, modules out.

use crate::output::{Translation, translate_with};
use anyhow::{Context, Result, anyhow};
use smallworld_image::{Format, Image};
use smallworld_profile::codec;
use std::path::{Path, PathBuf};

/// Where an image comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// A folder of class files, from which it is made.
    Sources(PathBuf),
}

/// What the environment of a build asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The image to translate.
    pub image: Origin,
    /// The profile to specialise by.
    pub profile: Option<PathBuf>,
    relative: bool,
}

impl Request {
    /// Reads `SMALLWORLD_IMAGE`; where it is not set (or empty), the image is made from
    /// the class files in the folder `kernel`. A relative path is relative to where the
    /// user stands: to `PWD`, since cargo runs build scripts elsewhere.
    pub fn from_environment(kernel: &Path) -> Request {
        let profile = std::env::var_os("SMALLWORLD_PROFILE")
            .filter(|p| !p.is_empty())
            .map(|p| absolute(Path::new(&p)));
        match std::env::var_os("SMALLWORLD_IMAGE") {
            Some(path) if !path.is_empty() => Request {
                image: Origin::File(absolute(Path::new(&path))),
                profile: profile.clone(),
                relative: Path::new(&path).is_relative(),
            },
            _ => Request {
                image: Origin::Sources(kernel.to_path_buf()),
                profile: profile.clone(),
                relative: false,
            },
        }
    }

    /// The files and folders that the outcome depends on. One that does not exist is
    /// left out: cargo would take it for changed every time.
    pub fn inputs(&self) -> Vec<&Path> {
        let (Origin::File(path) | Origin::Sources(path)) = &self.image;
        [Some(path), self.profile.as_ref()]
            .into_iter()
            .flatten()
            .map(PathBuf::as_path)
            .filter(|p| p.exists())
            .collect()
    }

    /// Does the outcome depend on where the user stands?
    pub fn is_relative(&self) -> bool {
        self.relative
    }

    /// The bytes of the image, and how it is called.
    fn image(&self) -> Result<(Vec<u8>, String)> {
        match &self.image {
            Origin::File(path) => {
                let bytes = std::fs::read(path).with_context(|| {
                    format!(
                        "cannot read the image '{}' that SMALLWORLD_IMAGE names",
                        path.display()
                    )
                })?;
                let name = path
                    .file_name()
                    .map_or_else(|| "image".into(), |n| n.to_string_lossy().into_owned());
                Ok((bytes, name))
            }
            Origin::Sources(folder) => Ok((from_sources(folder)?, "kernel".into())),
        }
    }
}

fn absolute(path: &Path) -> PathBuf {
    match std::env::var_os("PWD") {
        Some(here) if path.is_relative() => Path::new(&here).join(path),
        _ => path.to_path_buf(),
    }
}

/// The image that a folder of class files describes.
fn from_sources(folder: &Path) -> Result<Vec<u8>> {
    let sources = smallworld_bootstrap::sources_in(folder)
        .with_context(|| format!("cannot read the class files in '{}'", folder.display()))?;
    match smallworld_bootstrap::build(&sources) {
        Ok(image) => Ok(image.write(Format::V1)),
        Err(problems) => {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Err(anyhow!("{}", lines.join("\n")))
        }
    }
}

/// Translates the requested image into a folder: the modules, and a copy of the image as
/// `image.bin`. Files are written only when they change.
///
/// # Errors
/// The image cannot be read or translated, or a file not written.
pub fn translate_into(request: &Request, out: &Path) -> Result<Translation> {
    let (bytes, name) = request.image()?;
    let image = Image::read(&bytes).map_err(|mut problem| {
        if let Origin::File(path) = &request.image {
            problem.path = Some(path.clone());
        }
        problem
    })?;
    let profile = match &request.profile {
        Some(path) => Some(codec::read(path)?),
        None => None,
    };
    let translation = translate_with(&image, &bytes, &name, profile.as_ref())?;
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
