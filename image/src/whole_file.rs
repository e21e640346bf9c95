//! Files that are replaced as a whole or not at all.
//!
//! The new contents are written beside their final place, synced, and renamed: whoever looks
//! finds the old file or the new one, never half of one. The file beside it is made
//! exclusively, under a name that nobody can guess: neither a file that is there already nor
//! a link that somebody has put there is ever written to. It is removed however the writing
//! ends; for an end by a signal, see [`remove_unfinished`].

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, Permissions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How often a name may be taken before that is an error: with 64 random bits it never is.
const ATTEMPTS: usize = 16;

/// What is being written now, to be removed if a signal ends the program.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Writes a file so that at any moment either the old or the new contents are there. The
/// new file has the permissions of the old one; a symbolic link goes on leading to it.
///
/// # Errors
/// Those of the file system, in which case the new file is removed; there is something
/// else than a file in its place, or a link that leads nowhere.
pub fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    let target = Target::of(path)?;
    let (scratch, mut file) = Scratch::beside(&target.path)?;
    if let Some(permissions) = target.permissions {
        file.set_permissions(permissions)?;
    }
    file.write_all(contents)?;
    scratch.replaces(&target.path, &file)
}

/// Copies a file, its permissions included, as [`write()`] writes one.
///
/// # Errors
/// As for [`write()`], and those of reading.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let target = Target::of(to)?;
    let (scratch, mut file) = Scratch::beside(&target.path)?;
    file.set_permissions(source.metadata()?.permissions())?;
    io::copy(&mut source, &mut file)?;
    scratch.replaces(&target.path, &file)
}

/// Removes what is being written now. For whoever ends the program in the middle of it; a
/// file that is complete already stays.
pub fn remove_unfinished() {
    for path in unfinished().drain(..) {
        // It may be in its place by now.
        let _ = fs::remove_file(path);
    }
}

/// A file of one's own for a while, beside another one; removed when this is dropped.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes an empty file in the folder of `path`, with a name that begins like its name.
    ///
    /// # Errors
    /// Those of the file system; `path` does not end in a file name.
    pub fn beside(path: &Path) -> io::Result<(Scratch, File)> {
        let name = path
            .file_name()
            .ok_or_else(|| io::Error::other("this is no file name"))?;
        for _ in 0..ATTEMPTS {
            let mut own = OsString::from(name);
            own.push(format!(".{:016x}.tmp", random()));
            let own = path.with_file_name(own);
            // Whatever is there already, a link included, is left alone.
            match OpenOptions::new().write(true).create_new(true).open(&own) {
                Ok(file) => {
                    unfinished().push(own.clone());
                    return Ok((Scratch(own), file));
                }
                Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
                Err(e) => return Err(e),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Puts the file in the place of another one, now that all has been written to it.
    fn replaces(self, target: &Path, file: &File) -> io::Result<()> {
        file.sync_all()?;
        fs::rename(&self.0, target)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // After a rename it is not there any more, and nobody else can have its name.
        let _ = fs::remove_file(&self.0);
        unfinished().retain(|path| *path != self.0);
    }
}

/// A file that is to be replaced: where it is, all links followed, and what it may.
struct Target {
    path: PathBuf,
    permissions: Option<Permissions>,
}

impl Target {
    fn of(path: &Path) -> io::Result<Target> {
        match fs::metadata(path) {
            Ok(old) if !old.is_file() => Err(io::Error::other("this is there, but it is no file")),
            Ok(old) => Ok(Target {
                path: path.canonicalize()?,
                permissions: Some(old.permissions()),
            }),
            // Like `cp`: a file that a link only promises is not made at its other end, and
            // the link is not replaced.
            Err(_) if path.symlink_metadata().is_ok() => Err(io::Error::other(
                "this is a symbolic link to something that is not there",
            )),
            Err(_) => Ok(Target {
                path: path.to_path_buf(),
                permissions: None,
            }),
        }
    }
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A number that others cannot guess: the standard library's hash tables have random keys.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder for one test, removed at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let name = format!("smallworld-{name}-{:x}", random());
            let path = std::env::temp_dir().join(name);
            fs::create_dir(&path).unwrap();
            Folder(path)
        }

        fn names(&self) -> Vec<OsString> {
            let entries = fs::read_dir(&self.0).unwrap();
            let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name()).collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_file_is_replaced_and_nothing_left_behind() {
        let folder = Folder::new("replaced");
        let path = folder.0.join("x");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        copy(&path, &folder.0.join("y")).unwrap();
        assert_eq!(fs::read(folder.0.join("y")).unwrap(), b"two");
        assert_eq!(folder.names(), ["x", "y"]);
        assert!(write(&folder.0, b"x").is_err());
        assert!(write(&folder.0.join("no/x"), b"x").is_err());
        assert!(copy(&folder.0.join("none"), &path).is_err());
        assert_eq!(folder.names(), ["x", "y"]);
    }

    #[test]
    fn what_is_unfinished_goes() {
        let folder = Folder::new("unfinished");
        let path = folder.0.join("x");
        let (scratch, _file) = Scratch::beside(&path).unwrap();
        let (other, _file) = Scratch::beside(&path).unwrap();
        assert_ne!(scratch.path(), other.path());
        assert_eq!(folder.names().len(), 2);
        drop(scratch);
        assert_eq!(folder.names().len(), 1);
        remove_unfinished();
        assert!(folder.names().is_empty());
        drop(other);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_permissions_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = Folder::new("links");
        let path = folder.0.join("x");
        let link = folder.0.join("link");
        let dangling = folder.0.join("dangling");
        write(&path, b"one").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        symlink("x", &link).unwrap();
        symlink("nowhere", &dangling).unwrap();
        write(&link, b"two").unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o640
        );
        assert!(write(&dangling, b"three").is_err());
        assert!(dangling.symlink_metadata().unwrap().is_symlink());
        assert_eq!(folder.names(), ["dangling", "link", "x"]);
    }
}
