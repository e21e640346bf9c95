//! Running cargo on the workspace, and reading from what it says how far it is.

use crate::failure::{Failure, Outcome};
use crate::json::text_member;
use crate::progress::Progress;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The package whose binary is built.
const PACKAGE: &str = "smallworld";

/// Names of packages of the workspace, by which its root is known.
const ROOT_MARK: &str = "smallworld-runtime";

/// A build of the image binary.
pub struct Build<'a> {
    /// The image, as an absolute path.
    pub image: &'a Path,
    /// The profile, as an absolute path.
    pub profile: Option<&'a Path>,
}

impl Build<'_> {
    /// Runs cargo, and answers where the binary is.
    pub fn run(&self, progress: &mut Progress) -> Outcome<PathBuf> {
        let root = workspace()?;
        let mut child = self
            .command(&root, progress.is_live())
            .spawn()
            .map_err(|error| Failure::unusable(format!("cannot run cargo: {error}")))?;
        let executable = watch(&mut child, progress);
        let status = child
            .wait()
            .map_err(|error| Failure::failed(format!("cargo was lost: {error}")))?;
        progress.finish();
        if !status.success() {
            return Err(Failure::failed(format!(
                "cargo could not build the binary ({status}); what it said is above"
            )));
        }
        executable.ok_or_else(|| Failure::failed("cargo built no binary"))
    }

    fn command(&self, root: &Path, live: bool) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args(["build", "--release", "--package", PACKAGE, "--bin", PACKAGE])
            .arg("--message-format=json-render-diagnostics")
            .current_dir(root)
            .env("SMALLWORLD_IMAGE", self.image)
            .env("PWD", root)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        match self.profile {
            Some(profile) => command.env("SMALLWORLD_PROFILE", profile),
            None => command.env_remove("SMALLWORLD_PROFILE"),
        };
        if live {
            // Cargo's own bar says how far it is; a pipe only gets it when asked.
            command
                .env("CARGO_TERM_PROGRESS_WHEN", "always")
                .env("CARGO_TERM_PROGRESS_WIDTH", "100")
                .args(["--color", "always"]);
        }
        for name in left_by_cargo_run() {
            command.env_remove(name);
        }
        command
    }
}

/// What `cargo run` tells the program it runs about itself, and the cargo inside should not hear.
fn left_by_cargo_run() -> Vec<OsString> {
    let about_package = |name: &OsString| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
    };
    let names = std::env::vars_os().map(|(name, _)| name);
    names.filter(about_package).collect()
}

/// The root of the workspace: where this program was built, or a folder above the one the user stands in.
fn workspace() -> Outcome<PathBuf> {
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR"));
    let here = std::env::current_dir().unwrap_or_default();
    let candidates = built_in.parent().into_iter().chain(here.ancestors());
    candidates
        .filter(|folder| is_root(folder))
        .map(Path::to_owned)
        .next()
        .ok_or_else(|| {
            Failure::unusable(
                "cannot find the project's sources, which a build needs; run this inside their folder",
            )
        })
}

fn is_root(folder: &Path) -> bool {
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml"));
    manifest.is_ok_and(|text| text.contains("[workspace]") && text.contains(ROOT_MARK))
}

/// Reads what cargo says until it is done: messages on one stream, progress and diagnostics on the other.
fn watch(child: &mut Child, progress: &mut Progress) -> Option<PathBuf> {
    let messages = child.stdout.take()?;
    let words = child.stderr.take()?;
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| find_executable(BufReader::new(messages)));
        each_line(BufReader::new(words), &mut |line| show(line, progress));
        reader.join().ok().flatten()
    })
}

/// The last executable that the messages name.
fn find_executable(messages: impl BufRead) -> Option<PathBuf> {
    let lines = messages.lines().map_while(Result::ok);
    lines
        .filter(|line| line.contains("\"reason\":\"compiler-artifact\""))
        .filter_map(|line| text_member(&line, "executable"))
        .last()
        .map(PathBuf::from)
}

/// Calls `each` with every line; a carriage return ends one as well.
fn each_line(mut words: impl Read, each: &mut dyn FnMut(&str)) {
    let mut line = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = match words.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        for &byte in &buffer[..count] {
            if byte == b'\n' || byte == b'\r' {
                each(&String::from_utf8_lossy(&line));
                line.clear();
            } else {
                line.push(byte);
            }
        }
    }
    if !line.is_empty() {
        each(&String::from_utf8_lossy(&line));
    }
}

/// Passes a line of cargo's on: its bar becomes ours, and of the rest a person sees what is not routine.
fn show(line: &str, progress: &mut Progress) {
    let plain = without_colours(line);
    if let Some((done, all, what)) = parts(&plain) {
        progress.parts(done, all, what);
    } else if plain.trim().is_empty() && progress.is_live() {
        // The rest of a bar that was wiped.
    } else if !(progress.is_live() && is_routine(&plain)) {
        progress.say(line);
    }
}

/// Whether a line only says that things go on.
fn is_routine(line: &str) -> bool {
    const ROUTINE: &[&str] = &[
        "Blocking",
        "Compiling",
        "Downloaded",
        "Downloading",
        "Finished",
        "Fresh",
        "Locking",
        "Updating",
    ];
    let word = line.split_whitespace().next().unwrap_or_default();
    ROUTINE.contains(&word)
}

/// Reads cargo's bar: `Building [=====>   ] 12/31: syn, clap`.
fn parts(line: &str) -> Option<(usize, usize, &str)> {
    let rest = line.trim_start().strip_prefix("Building")?;
    let (_, rest) = rest.split_once("] ")?;
    let (counts, what) = rest.split_once(':').unwrap_or((rest, ""));
    let (done, all) = counts.trim().split_once('/')?;
    Some((done.parse().ok()?, all.parse().ok()?, what.trim()))
}

/// The text without what a terminal does not show.
fn without_colours(line: &str) -> String {
    let mut plain = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c != '\x1b' {
            plain.push(c);
            continue;
        }
        // `ESC [ … letter` is a colour; `ESC ] … ESC \` is a link or the title of the window.
        match chars.next() {
            Some('[') => {
                let _ = chars.find(|c| c.is_ascii_alphabetic());
            }
            Some(']') => {
                let _ = chars.find(|&c| c == '\x07' || c == '\x1b');
                let mut rest = chars.clone();
                if rest.next() == Some('\\') {
                    chars = rest;
                }
            }
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_of_cargo_is_understood() {
        let line = "\x1b[1m\x1b[36m    Building\x1b[0m [==>   ] 12/31: syn, clap(build)";
        let plain = without_colours(line);
        assert_eq!(parts(&plain), Some((12, 31, "syn, clap(build)")));
        assert_eq!(parts("   Building [>  ] 0/2"), Some((0, 2, "")));
        assert_eq!(parts("Building something"), None);
        assert_eq!(parts("   Compiling syn v2.0"), None);
        assert_eq!(without_colours("a\x1b]8;;x\x1b\\b\x1b[K"), "ab");
    }

    #[test]
    fn lines_end_at_either_return() {
        let mut lines = Vec::new();
        each_line(&b"a\rb\nc"[..], &mut |line| lines.push(line.to_owned()));
        assert_eq!(lines, ["a", "b", "c"]);
    }

    #[test]
    fn the_binary_is_found_in_the_messages() {
        let messages = r#"{"reason":"compiler-artifact","executable":null}
{"reason":"compiler-artifact","target":{"name":"smallworld"},"executable":"/x/smallworld"}
{"reason":"build-finished","success":true}
"#;
        let found = find_executable(messages.as_bytes());
        assert_eq!(found, Some(PathBuf::from("/x/smallworld")));
    }

    #[test]
    fn the_workspace_is_found() {
        let root = workspace().unwrap();
        assert!(root.join("world").join("Cargo.toml").is_file());
    }
}
