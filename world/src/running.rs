//! Running a binary that was built, for its profile and its time.

use crate::console::counted;
use crate::failure::{Failure, Outcome};
use crate::profiles;
use smallworld_profile::Profile;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A program with its arguments.
pub struct Program<'a> {
    /// The binary.
    pub binary: &'a Path,
    /// What the user wants it to do.
    pub arguments: &'a [OsString],
    /// Whether its output is the user's; otherwise nobody sees it, and it has no input.
    pub visible: bool,
}

impl Program<'_> {
    /// Runs it with `--profile-out`; what it saw is in the file `path` then, even when it fails. Answers the
    /// profile and the time it took.
    pub fn record(&self, path: &Path) -> Outcome<(Profile, Duration)> {
        let before = modified(path);
        let started = Instant::now();
        let status = self.run(&["--profile-out".into(), path.into()])?;
        let time = started.elapsed();
        let written = path.exists() && (before.is_none() || modified(path) != before);
        if !status.success() {
            let kept = if written {
                format!("; what it saw up to there is in '{}'", path.display())
            } else {
                String::new()
            };
            return Err(self.failed(status, &kept));
        }
        if !written {
            return Err(Failure::failed(format!(
                "no profile data: the program ended well but wrote no '{}'; it must end by itself or by Ctrl-C, \
                 not by leaving the machine from inside",
                path.display()
            )));
        }
        let profile = profiles::read(path)?;
        if profile.total().is_zero() {
            return Err(Failure::failed(
                "no profile data: the program ran, but sent no message; give it the work that is to be fast, for \
                 example: -- bench",
            ));
        }
        Ok((profile, time))
    }

    /// Runs it, and answers how long that took.
    pub fn time(&self) -> Outcome<Duration> {
        let started = Instant::now();
        let status = self.run(&[])?;
        if status.success() {
            Ok(started.elapsed())
        } else {
            Err(self.failed(status, ""))
        }
    }

    fn run(&self, options: &[OsString]) -> Outcome<ExitStatus> {
        let mut command = Command::new(self.binary);
        command.args(options).args(self.arguments);
        if !self.visible {
            command.stdin(Stdio::null()).stdout(Stdio::null());
        }
        let status = command.status();
        status.map_err(|error| Failure::file("run", self.binary, &error))
    }

    /// The failure for a program that ended badly. Its exit code becomes ours.
    fn failed(&self, status: ExitStatus, more: &str) -> Failure {
        let words: Vec<_> = self.arguments.iter().map(|a| a.to_string_lossy()).collect();
        let words = words.join(" ");
        match status.code().and_then(|code| u8::try_from(code).ok()) {
            Some(code) => Failure::Program(
                code,
                format!("the program failed ({words}): exit code {code}{more}"),
            ),
            None => Failure::failed(format!("the program was ended ({words}): {status}{more}")),
        }
    }
}

/// When a file was written last.
fn modified(path: &Path) -> Option<std::time::SystemTime> {
    fs::metadata(path).and_then(|about| about.modified()).ok()
}

/// `2,137 sites, 5,021,433 sends`
pub fn extent(profile: &Profile) -> String {
    format!(
        "{}, {}",
        counted(profile.sites(), "site"),
        counted(profile.total().get() as usize, "send")
    )
}
