//! What the tests share: running the tool, folders to work in, the images that are there.
#![allow(dead_code)] // Each test binary uses its own part.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs the tool in the current folder.
pub fn world(arguments: &[&str]) -> Run {
    world_in(Path::new("."), arguments)
}

/// Runs the tool in a folder.
pub fn world_in(folder: &Path, arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_world"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("SMALLWORLD_PROFILE")
        .output()
        .expect("the tool can be started");
    Run::from(output)
}

/// What a run of the tool gave.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Run {
        let text = |bytes| String::from_utf8(bytes).expect("the tool writes UTF-8");
        Run {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

impl Run {
    /// The output of a run that went well.
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.err);
        self.out
    }

    /// What a run said that ended with `code`.
    #[track_caller]
    pub fn refused(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self.err
    }
}

/// A folder that is removed at the end.
pub struct Folder(pub PathBuf);

impl Folder {
    /// A new folder; `name` tells those of one process apart.
    pub fn new(name: &str) -> Folder {
        let name = format!("world-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("a folder can be made");
        Folder(folder)
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, contents).expect("a file can be written");
        path
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.join(name)).expect("the file is there")
    }

    /// The names of the files in it.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the folder is there");
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The workspace's root, which the default and relative paths start from.
pub fn root() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), ".."].iter().collect()
}

/// An image made from the project's kernel.
pub fn kernel_image(folder: &Folder) -> String {
    let path = folder.0.join("kernel.image");
    let path = path.to_str().expect("the path is text").to_owned();
    let kernel = root().join("kernel");
    world(&["new-image", kernel.to_str().unwrap(), "-o", &path]).done();
    path
}

/// The path of a real image; nothing, and loud words, where it is not.
pub fn real_image(year: u32) -> Option<String> {
    let path = smallworld_needs::shared_image(year)?;
    Some(path.to_str().expect("the path is text").to_owned())
}
