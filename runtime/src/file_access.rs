//! Which files a program may touch: the user's choice, so that an image from strangers can
//! be tried.
//!
//! Every way from the image to a file asks here first: primitives 41 and 42 (opening), 111
//! (pictures), 29 and 116 (saving). A name means what it always means, relative to the
//! folder in which the user stands; the choice only decides whether it is refused. A name is
//! followed step by step, with all its `..` and symbolic links. Where a step leads out, the
//! name is refused there and then, always with the same words: nothing is told of what is
//! outside, not even by a name that would come back in. The file is opened by the final
//! path, which has no links left.
//!
//! Not guarded against: another program that exchanges a folder for a link between the
//! look and the opening, and hard links to files outside. An image can make neither.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Component, Path, PathBuf};

/// The files that the programs of an image may open.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FileAccess {
    limit: Limit,
    /// Files that the user has named, which may be read whatever the limit.
    readable: BTreeSet<PathBuf>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
enum Limit {
    #[default]
    Anywhere,
    Nowhere,
    /// In this folder, whose path is canonical, and the folders in it.
    Inside(PathBuf),
}

/// How many links a name may have: as many as most systems allow.
const MAX_LINKS: usize = 40;

/// Where a name leads, without any links.
enum Followed {
    There(PathBuf),
    Missing(PathBuf),
}

/// One step of a name.
enum Step {
    Root(PathBuf),
    Up,
    Into(OsString),
}

/// The steps of a name, the last one first.
fn steps_of(name: &Path) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut root = PathBuf::new();
    for component in name.components() {
        match component {
            Component::Prefix(_) => root.push(component),
            Component::RootDir => {
                root.push(component);
                steps.push(Step::Root(root.clone()));
            }
            Component::CurDir => {}
            Component::ParentDir => steps.push(Step::Up),
            Component::Normal(name) => steps.push(Step::Into(name.to_os_string())),
        }
    }
    steps.reverse();
    steps
}

impl FileAccess {
    /// No limit but the operating system's.
    pub fn anywhere() -> FileAccess {
        FileAccess::default()
    }

    /// No files at all.
    pub fn nowhere() -> FileAccess {
        FileAccess {
            limit: Limit::Nowhere,
            ..FileAccess::default()
        }
    }

    /// Only the files in a folder, and in the folders in it.
    ///
    /// # Errors
    /// The folder is not there, or is none.
    pub fn inside(folder: &Path) -> io::Result<FileAccess> {
        let folder = folder.canonicalize()?;
        if !folder.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(FileAccess {
            limit: Limit::Inside(folder),
            ..FileAccess::default()
        })
    }

    /// Lets this one file be read, whatever the limit: the user has named it.
    pub fn also_read(&mut self, file: &Path) {
        // What cannot be found cannot be read either, and the opening will say so.
        if let Ok(path) = file.canonicalize() {
            self.readable.insert(path);
        }
    }

    /// The path by which a file may be opened for reading.
    ///
    /// # Errors
    /// It may not; it is not there.
    pub fn readable(&self, name: &Path) -> io::Result<PathBuf> {
        if self.limit == Limit::Anywhere {
            return Ok(name.to_path_buf());
        }
        match self.follow(name)? {
            Followed::There(path) if self.readable.contains(&path) || self.allows(&path) => {
                Ok(path)
            }
            Followed::There(_) => Err(self.refusal()),
            Followed::Missing(_) => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// The path by which a file may be written. The file itself need not be there.
    ///
    /// # Errors
    /// It may not; its folder is not there.
    pub fn writable(&self, name: &Path) -> io::Result<PathBuf> {
        if self.limit == Limit::Anywhere {
            return Ok(name.to_path_buf());
        }
        match self.follow(name)? {
            Followed::There(path) if self.allows(&path) => Ok(path),
            Followed::There(_) => Err(self.refusal()),
            // Writing would make a file at the other end of the link.
            Followed::Missing(_) if name.symlink_metadata().is_ok() => Err(self.refusal()),
            Followed::Missing(path) => Ok(path),
        }
    }

    /// Opens a file for reading.
    ///
    /// # Errors
    /// Those of [`FileAccess::readable`] and of the file system.
    pub fn open(&self, name: &Path) -> io::Result<File> {
        File::open(self.readable(name)?)
    }

    /// Opens a file for writing; makes it where it is missing, and empties it where it is
    /// not.
    ///
    /// # Errors
    /// Those of [`FileAccess::writable`] and of the file system.
    pub fn create(&self, name: &Path) -> io::Result<File> {
        let path = self.writable(name)?;
        let mut how = OpenOptions::new();
        how.write(true);
        if self.limit == Limit::Anywhere || path.exists() {
            how.create(true).truncate(true);
        } else {
            // New means new: not what somebody has put there since.
            how.create_new(true);
        }
        how.open(path)
    }

    fn allows(&self, canonical: &Path) -> bool {
        match &self.limit {
            Limit::Anywhere => true,
            Limit::Nowhere => false,
            Limit::Inside(folder) => canonical.starts_with(folder),
        }
    }

    /// Where a name leads. What is missing is missing inside, and its folder is there.
    fn follow(&self, name: &Path) -> io::Result<Followed> {
        // Where that is gone, relative names lead nowhere.
        let start = std::env::current_dir().and_then(|folder| folder.canonicalize());
        let start = start.unwrap_or_default();
        let mut at = start.clone();
        let mut steps = steps_of(name);
        if steps.is_empty() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let mut links = 0;
        while let Some(step) = steps.pop() {
            let next = match &step {
                Step::Root(root) => root.clone(),
                Step::Up => at.parent().unwrap_or(&at).to_path_buf(),
                Step::Into(name) => at.join(name),
            };
            let found = next.symlink_metadata();
            if found.as_ref().is_ok_and(|it| it.is_symlink()) {
                links += 1;
                if links > MAX_LINKS {
                    return Err(self.refusal());
                }
                let target = next.read_link().map_err(|_| self.refusal())?;
                steps.extend(steps_of(&target));
                continue;
            }
            if !self.may_pass(&next, &start) {
                return Err(self.refusal());
            }
            match found {
                Ok(_) if steps.is_empty() => at = next,
                Ok(folder) if folder.is_dir() => at = next,
                Ok(_) => return Err(self.hide(&next, io::ErrorKind::NotADirectory.into())),
                Err(e) if e.kind() == io::ErrorKind::NotFound && steps.is_empty() => {
                    return match self.allows(&next) {
                        true => Ok(Followed::Missing(next)),
                        false => Err(self.refusal()),
                    };
                }
                Err(e) => return Err(self.hide(&next, e)),
            }
        }
        Ok(Followed::There(at))
    }

    /// May a name lead through here? Inside, and through the folders of which the program
    /// may know: those that the user stands in, and those around what is allowed.
    fn may_pass(&self, path: &Path, start: &Path) -> bool {
        let around = match &self.limit {
            Limit::Inside(folder) => folder.starts_with(path),
            Limit::Anywhere | Limit::Nowhere => false,
        };
        self.allows(path)
            || around
            || start.starts_with(path)
            || self.readable.iter().any(|file| file.starts_with(path))
    }

    /// An error about a file outside says nothing of what is there.
    fn hide(&self, path: &Path, error: io::Error) -> io::Error {
        match self.allows(path) {
            true => error,
            false => self.refusal(),
        }
    }

    fn refusal(&self) -> io::Error {
        let text = match &self.limit {
            Limit::Inside(folder) => {
                format!("--files allows only what is in '{}'", folder.display())
            }
            _ => "--no-files forbids all files".to_string(),
        };
        io::Error::new(io::ErrorKind::PermissionDenied, text)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    /// `box` with `in`, `deep/er`, and links out; `out` with `secret`.
    struct Scene(PathBuf);

    impl Scene {
        fn new(name: &str) -> Scene {
            let root =
                std::env::temp_dir().join(format!("smallworld-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&root);
            fs::create_dir_all(root.join("box/deep")).unwrap();
            fs::create_dir_all(root.join("out")).unwrap();
            fs::create_dir_all(root.join("boxer")).unwrap();
            for file in ["box/in", "box/deep/er", "out/secret", "boxer/near"] {
                fs::write(root.join(file), file).unwrap();
            }
            symlink(root.join("out/secret"), root.join("box/to-file")).unwrap();
            symlink(root.join("out"), root.join("box/to-folder")).unwrap();
            symlink("../out/new", root.join("box/dangling")).unwrap();
            symlink("deep/er", root.join("box/harmless")).unwrap();
            symlink(root.join("nothing"), root.join("box/to-nothing")).unwrap();
            Scene(root)
        }
    }

    impl Drop for Scene {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// Names from the folder of the scene, and whether they are in the box.
    const NAMES: [(&str, bool); 13] = [
        ("box/in", true),
        ("box/deep/er", true),
        ("box/deep/../in", true),
        ("box/harmless", true),
        ("box/../box/in", true),
        ("out/../box/in", false),
        ("box/to-folder/../box/in", false),
        ("out/secret", false),
        ("boxer/near", false),
        ("box/../out/secret", false),
        ("box/deep/../../out/secret", false),
        ("box/to-file", false),
        ("box/to-folder/secret", false),
    ];

    #[test]
    fn only_what_is_inside() {
        let scene = Scene::new("inside");
        let access = FileAccess::inside(&scene.0.join("box")).unwrap();
        for (name, inside) in NAMES {
            let path = scene.0.join(name);
            assert_eq!(access.open(&path).is_ok(), inside, "reading {name}");
            assert_eq!(access.create(&path).is_ok(), inside, "writing {name}");
        }
        assert_eq!(fs::read(scene.0.join("out/secret")).unwrap(), b"out/secret");
        assert_eq!(fs::read(scene.0.join("boxer/near")).unwrap(), b"boxer/near");
    }

    #[test]
    fn new_files_only_inside() {
        let scene = Scene::new("new");
        let access = FileAccess::inside(&scene.0.join("box")).unwrap();
        let new = [
            ("box/new", true),
            ("box/deep/new", true),
            ("out/new", false),
            ("box/../new", false),
            ("box/to-folder/new", false),
            ("box/dangling", false),
            ("box/missing/new", false),
            ("box/..", false),
        ];
        for (name, inside) in new {
            let made = access.create(&scene.0.join(name));
            assert_eq!(made.is_ok(), inside, "{name}");
        }
        assert!(!scene.0.join("out/new").exists());
        assert!(!scene.0.join("new").exists());
    }

    #[test]
    fn nothing_is_told_of_what_is_outside() {
        let scene = Scene::new("told");
        let access = FileAccess::inside(&scene.0.join("box")).unwrap();
        let there = access.open(&scene.0.join("out/secret")).unwrap_err();
        let missing = access.open(&scene.0.join("out/none")).unwrap_err();
        let deep = access.open(&scene.0.join("out/no/ne")).unwrap_err();
        assert_eq!(there.to_string(), missing.to_string());
        assert_eq!(there.to_string(), deep.to_string());
        // Also not by names that would come back in, and whatever one wants to do there.
        for there in [
            "out/../box/in",
            "out/../box/none",
            "box/to-folder/../box/in",
        ] {
            let missing = there
                .replace("out/", "no/")
                .replace("to-folder", "to-nothing");
            for name in [there, &missing] {
                let path = scene.0.join(name);
                for told in [access.open(&path), access.create(&path)] {
                    assert_eq!(told.unwrap_err().to_string(), deep.to_string(), "{name}");
                }
            }
        }
        let inside = access.open(&scene.0.join("box/none")).unwrap_err();
        assert_eq!(inside.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn nowhere_but_what_the_user_has_named() {
        let scene = Scene::new("nowhere");
        let mut access = FileAccess::nowhere();
        for (name, _) in NAMES {
            let path = scene.0.join(name);
            assert!(access.open(&path).is_err() && access.create(&path).is_err());
        }
        access.also_read(&scene.0.join("box/deep/../in"));
        assert!(access.open(&scene.0.join("box/in")).is_ok());
        assert!(access.create(&scene.0.join("box/in")).is_err());
        assert!(access.open(&scene.0.join("box/deep/er")).is_err());
    }

    #[test]
    fn a_folder_that_is_not_there() {
        assert!(FileAccess::inside(Path::new("/no/such/folder")).is_err());
        assert!(FileAccess::inside(&std::env::current_exe().unwrap()).is_err());
    }
}
