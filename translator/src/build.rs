//! The door for build scripts: environment in, modules out.

use crate::output::{Part, Translation, translate_part};
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

/// The profile in the folder of class files: the one that the project's own image is
/// built with when nobody says otherwise.
pub const DEFAULT_PROFILE: &str = "default.profile";

impl Request {
    /// Reads `SMALLWORLD_IMAGE`; where it is not set (or empty), the image is made from
    /// the class files in the folder `kernel`. A relative path is relative to where the
    /// user stands: to `PWD`, since cargo runs build scripts elsewhere.
    ///
    /// `SMALLWORLD_PROFILE` names the profile. Where it is not set, the project's own
    /// image has its [`DEFAULT_PROFILE`], if there is one; set to nothing, it has none.
    pub fn from_environment(kernel: &Path) -> Request {
        Request::new(
            kernel,
            std::env::var_os("SMALLWORLD_IMAGE").map(PathBuf::from),
            std::env::var_os("SMALLWORLD_PROFILE").map(PathBuf::from),
        )
    }

    fn new(kernel: &Path, image: Option<PathBuf>, profile: Option<PathBuf>) -> Request {
        let named = |path: &PathBuf| !path.as_os_str().is_empty();
        let image = image.filter(named);
        let default = match (&image, &profile) {
            (None, None) => Some(kernel.join(DEFAULT_PROFILE)).filter(|p| p.is_file()),
            _ => None,
        };
        let profile = profile.filter(named);
        let relative = [&image, &profile]
            .iter()
            .any(|path| path.as_ref().is_some_and(|path| path.is_relative()));
        Request {
            relative,
            image: match &image {
                Some(path) => Origin::File(absolute(path)),
                None => Origin::Sources(kernel.to_path_buf()),
            },
            profile: profile.map(|path| absolute(&path)).or(default),
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
        Some(path) => Some(codec::read(path).with_context(|| {
            "SMALLWORLD_PROFILE does not name a profile that can be used: record one with \
             `cargo world profile IMAGE -- ARGS`, or build without (leave the variable empty)"
        })?),
        None => None,
    };
    let part = Part::from_environment()?.unwrap_or_default();
    let translation = translate_part(&image, &bytes, &name, profile.as_ref(), part)?;
    for (file, text) in &translation.files {
        write_if_changed(&out.join(file), text.as_bytes())?;
    }
    write_if_changed(&out.join("image.bin"), &bytes)?;
    Ok(translation)
}

/// What there is to say about a profile that matches the image badly.
pub fn complaint(request: &Request, translation: &Translation) -> Option<String> {
    let (path, m) = (request.profile.as_ref()?, translation.matching?);
    let bad = m.matched == 0 || m.stale + m.unmatched > m.matched;
    bad.then(|| {
        format!(
            "the profile '{}' matches the image badly: {} sites matched, {} stale (their \
             methods have changed), {} unmatched (not in the image); record it again with \
             `cargo world profile IMAGE -- ARGS`",
            path.display(),
            m.matched,
            m.stale,
            m.unmatched
        )
    })
}

pub(crate) fn write_if_changed(path: &Path, contents: &[u8]) -> Result<()> {
    if std::fs::read(path).is_ok_and(|old| old == contents) {
        return Ok(());
    }
    std::fs::write(path, contents).with_context(|| format!("cannot write '{}'", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_image_has_a_profile_unless_told_otherwise() {
        let kernel = std::env::temp_dir().join(format!("kernel-{}", std::process::id()));
        std::fs::create_dir_all(&kernel).unwrap();
        let request = |image: Option<&str>, profile: Option<&str>| {
            Request::new(
                &kernel,
                image.map(PathBuf::from),
                profile.map(PathBuf::from),
            )
        };
        assert_eq!(request(None, None).profile, None);
        let default = kernel.join(DEFAULT_PROFILE);
        std::fs::write(&default, "x").unwrap();
        assert_eq!(request(None, None).profile, Some(default.clone()));
        assert_eq!(request(Some(""), None).profile, Some(default));
        assert_eq!(request(None, Some("")).profile, None);
        assert_eq!(request(Some("/x.image"), None).profile, None);
        assert!(!request(Some("/x.image"), Some("/p")).is_relative());
        let relative = request(Some("/x.image"), Some("p"));
        assert!(relative.is_relative());
        assert_eq!(relative.profile, Some(absolute(Path::new("p"))));
        // Neither of them is there; cargo would take a missing file for changed.
        assert!(relative.inputs().is_empty());
        std::fs::remove_dir_all(&kernel).unwrap();
    }

    #[test]
    fn a_profile_that_cannot_be_used_is_named() {
        let folder = std::env::temp_dir().join(format!("profiles-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let kernel = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kernel");
        let attempt = |path: &Path| {
            let request = Request::new(&kernel, None, Some(path.to_path_buf()));
            let problem = translate_into(&request, &folder).err();
            format!("{:#}", problem.expect("no profile, no build"))
        };
        let path = folder.join("my.profile");
        let said = attempt(&path);
        assert!(
            said.contains("my.profile") && said.contains("cargo world profile"),
            "{said}"
        );
        std::fs::write(&path, "This is no profile, but a text.").unwrap();
        assert!(attempt(&path).contains("this is no profile"));
        let mut bytes = codec::encode(&smallworld_profile::Profile::default()).unwrap();
        bytes[8] = 99;
        std::fs::write(&path, &bytes).unwrap();
        assert!(attempt(&path).contains("format version 99"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
