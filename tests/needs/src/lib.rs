//! What some tests need that may not be there, and what they say then.
//!
//! A test that has not got what it needs passes, but says `NOT TESTED` on standard error: it
//! should not look like one that has tested something. All such notices go through
//! [`not_tested`].
//!
//! `SMALLWORLD_REQUIRE` names what has to be there, as in `shared,display`: then the test
//! fails instead. With `SMALLWORLD_NOT_TESTED=FILE` each notice is also a line of that file,
//! so that whoever runs many tests can say at the end what was left out.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Something that a test needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// The folder with images of others and what their machines answered.
    Shared,
    /// An X server in memory, and the programs that press keys and look at pixels.
    Display,
    /// That this build has native code of our own image, not of another one.
    Own,
}

impl Need {
    /// All of them.
    pub const ALL: [Need; 3] = [Need::Shared, Need::Display, Need::Own];

    /// How it is called in `SMALLWORLD_REQUIRE`.
    pub fn name(self) -> &'static str {
        match self {
            Need::Shared => "shared",
            Need::Display => "display",
            Need::Own => "own",
        }
    }

    /// What to do about it.
    fn advice(self) -> &'static str {
        match self {
            Need::Shared => {
                "set SMALLWORLD_SHARED to the folder that has 'images' and 'oracle', or put it \
                 beside the repository as 'shared'"
            }
            Need::Display => "install what docs/TESTING.md lists under Windows",
            Need::Own => "build without SMALLWORLD_IMAGE",
        }
    }
}

/// Says that something was not tested, and why: on standard error, once in a process for the
/// same reason.
///
/// # Panics
/// `SMALLWORLD_REQUIRE` says that the need has to be met, or cannot be understood.
#[track_caller]
pub fn not_tested(need: Need, why: &str) {
    let required = std::env::var("SMALLWORLD_REQUIRE").unwrap_or_default();
    match is_required(&required, need) {
        Ok(false) => tell(need, why),
        Ok(true) => panic!(
            "not tested, but SMALLWORLD_REQUIRE asks for '{}': {why}; {}",
            need.name(),
            need.advice()
        ),
        Err(problem) => panic!("{problem}"),
    }
}

/// Is the need among the words?
fn is_required(words: &str, need: Need) -> Result<bool, String> {
    let words = words.split(',').map(str::trim).filter(|w| !w.is_empty());
    let mut found = false;
    for word in words {
        if !Need::ALL.iter().any(|n| n.name() == word) {
            let names = Need::ALL.map(Need::name).join(", ");
            return Err(format!(
                "SMALLWORLD_REQUIRE has the word '{word}', which is none of {names}"
            ));
        }
        found |= word == need.name();
    }
    Ok(found)
}

/// Once for each reason: a process has many tests that lack the same.
fn tell(need: Need, why: &str) {
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut told = TOLD.lock().unwrap_or_else(|e| e.into_inner());
    if !told.insert(why.to_owned()) {
        return;
    }
    // Not `eprintln`, which the test harness keeps to itself when a test passes. Where nobody
    // listens on standard error there is nobody to tell.
    let _ = writeln!(
        std::io::stderr(),
        "\n*** NOT TESTED ({}): {why}.\n*** To test it, {}.\n",
        need.name(),
        need.advice()
    );
    if let Some(path) = std::env::var_os("SMALLWORLD_NOT_TESTED") {
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let written = file.and_then(|mut f| f.write_all(line(need, why).as_bytes()));
        written.unwrap_or_else(|e| panic!("cannot write to '{}': {e}", path.display()));
    }
}

/// The line of a notice.
fn line(need: Need, why: &str) -> String {
    let program = std::env::current_exe().unwrap_or_default();
    let program = program
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    // Cargo puts a number behind the name of a test program.
    let name = program.rsplit_once('-').map_or(&*program, |(name, _)| name);
    format!("{}: {name}: {why}\n", need.name())
}

/// The workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where images and oracle should be: the folder that `SMALLWORLD_SHARED` names (a relative
/// path counts from the workspace), or `shared` beside the workspace.
pub fn shared_folder() -> PathBuf {
    match std::env::var_os("SMALLWORLD_SHARED") {
        Some(path) => root().join(path),
        None => root().join("../shared"),
    }
}

/// The folder with images and oracle; where it is not there, a notice and nothing.
///
/// # Panics
/// As [`not_tested`].
#[track_caller]
pub fn shared() -> Option<PathBuf> {
    let folder = shared_folder();
    if folder.join("images").is_dir() && folder.join("oracle").is_dir() {
        return Some(folder);
    }
    let why = format!("no images and no oracle in '{}'", folder.display());
    not_tested(Need::Shared, &why);
    None
}

/// A shared image by its year; where it is not there, a notice and nothing.
///
/// # Panics
/// As [`not_tested`].
#[track_caller]
pub fn shared_image(year: u32) -> Option<PathBuf> {
    let path = shared_folder().join(format!("images/smallworld-{year}.image"));
    if path.is_file() {
        return Some(path);
    }
    not_tested(Need::Shared, &format!("there is no '{}'", path.display()));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_what_is_required() {
        for (words, expected) in [
            ("", [false, false, false]),
            ("shared", [true, false, false]),
            (" display , own,", [false, true, true]),
        ] {
            let got = Need::ALL.map(|need| is_required(words, need));
            assert_eq!(got, expected.map(Ok), "{words}");
        }
        let wrong = is_required("shared,dsplay", Need::Shared);
        assert!(wrong.is_err_and(|text| text.contains("'dsplay', which is none of")));
    }

    #[test]
    fn lines_name_the_program() {
        let line = line(Need::Display, "no server");
        assert_eq!(line, "display: smallworld_needs: no server\n");
    }
}
