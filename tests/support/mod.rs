//! Running the program, and looking at what came of it.

#![allow(dead_code)] // Each test file uses its part.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How a run of the program ended.
#[derive(Debug)]
pub struct Done {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Done {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Done {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

impl Done {
    /// It ended well and printed this.
    #[track_caller]
    pub fn is_fine(&self, stdout: &str) {
        assert_eq!(
            (self.code, self.stdout.as_str()),
            (Some(0), stdout),
            "{}",
            self.stderr
        );
    }

    /// It ended with that exit code, and what it said about it contains `part`.
    #[track_caller]
    pub fn failed(&self, code: i32, part: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.stderr.contains(part), "no '{part}' in {self:?}");
        assert!(!self.stderr.is_empty(), "nothing is said");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
    }
}

/// The program with these arguments.
pub fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smallworld"));
    command.args(words);
    // Also a program that has windows shows them as text then.
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command
}

/// Runs the program with nothing on its standard input.
pub fn run(words: &[&str]) -> Done {
    let output = command(words).stdin(Stdio::null()).output();
    output.expect("the program starts").into()
}

/// Runs the program with a text on its standard input.
pub fn run_with_input(words: &[&str], input: &str) -> Done {
    finish_with_input(&mut command(words), input)
}

/// The same with a command that was changed.
pub fn finish_with_input(command: &mut Command, input: &str) -> Done {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut pipe = child.stdin.take().expect("it was asked for");
    // A program that ends early does not read everything.
    let _ = pipe.write_all(input.as_bytes());
    drop(pipe);
    child.wait_with_output().expect("it ends").into()
}

/// A folder for the files of one test.
pub fn folder(test: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    std::fs::create_dir_all(&path).expect("the folder for temporary files is writable");
    path
}

/// Writes a file for one test. Answers its path.
pub fn file(test: &str, name: &str, text: &str) -> String {
    let path = folder(test).join(name);
    std::fs::write(&path, text).expect("the folder for temporary files is writable");
    path.display().to_string()
}

/// An image of others, by its year, where there is one to test with.
pub fn shared_image(year: u32) -> Option<String> {
    let path = smallworld_needs::shared_image(year)?;
    Some(path.display().to_string())
}

/// Waits for a program, whose output goes to pipes, and ends it after that time; then there is nothing.
pub fn wait_for(mut child: Child, patience: Duration) -> Option<Done> {
    let read = |pipe: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut pipe) = pipe {
                // What came before an error is shown.
                let _ = pipe.read_to_end(&mut bytes);
            }
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let stdout = read(child.stdout.take().map(|p| Box::new(p) as _));
    let stderr = read(child.stderr.take().map(|p| Box::new(p) as _));
    let end = Instant::now() + patience;
    let status = loop {
        match child.try_wait().expect("it can be waited for") {
            Some(status) => break Some(status),
            None if Instant::now() > end => break None,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    if status.is_none() {
        // It may have ended just now.
        let _ = child.kill();
        let _ = child.wait();
    }
    let (stdout, stderr) = (stdout.join().ok()?, stderr.join().ok()?);
    Some(Done {
        code: status?.code(),
        stdout,
        stderr,
    })
}
