//! The documents tell the truth: what their `console` blocks show is what comes out.
//!
//! A line that begins with `$ ` is run by the shell, and the lines up to the next one are
//! what it prints, on standard output and standard error. `...` stands for anything: within
//! a line for a part of it, as a line for any number of lines. A comment
//! `<!-- file: NAME -->` before another block makes a file of that block. All blocks of a
//! document are run in order, in one folder. The README's session is entered at the prompt.

#![cfg(unix)]

mod support;

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A piece of a document.
#[derive(Debug, PartialEq)]
enum Step {
    /// A file with this name and text.
    File(String, String),
    /// A command, and what it prints. The number is that of its line.
    Run(usize, String, Vec<String>),
}

/// What a document wants to be done.
fn steps(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut file = None;
    let mut lines = text.lines().enumerate();
    while let Some((_, line)) = lines.next() {
        if let Some(name) = line.strip_prefix("<!-- file: ") {
            file = Some(name.trim_end_matches("-->").trim().to_string());
        }
        let Some(kind) = line.strip_prefix("```") else {
            continue;
        };
        let block = lines.by_ref().take_while(|(_, l)| !l.starts_with("```"));
        let block: Vec<(usize, &str)> = block.collect();
        if let Some(name) = file.take() {
            let text: String = block.iter().map(|(_, l)| format!("{l}\n")).collect();
            steps.push(Step::File(name, text));
        } else if kind == "console" {
            for (number, line) in block {
                match (line.strip_prefix("$ "), steps.last_mut()) {
                    (Some(command), _) => {
                        steps.push(Step::Run(number + 1, command.into(), Vec::new()));
                    }
                    (None, Some(Step::Run(_, command, _))) if command.ends_with('\\') => {
                        command.push('\n');
                        command.push_str(line);
                    }
                    (None, Some(Step::Run(_, _, output))) => output.push(line.into()),
                    (None, _) => panic!("line {}: output of no command", number + 1),
                }
            }
        }
    }
    steps
}

/// Do the lines printed fit the lines expected?
fn fits(expected: &[String], printed: &[&str]) -> bool {
    match expected.split_first() {
        None => printed.is_empty(),
        Some((first, rest)) if first == "..." => {
            (0..=printed.len()).any(|skipped| fits(rest, &printed[skipped..]))
        }
        Some((first, rest)) => match printed.split_first() {
            Some((line, others)) => line_fits(first, line) && fits(rest, others),
            None => false,
        },
    }
}

fn line_fits(expected: &str, line: &str) -> bool {
    let (line, expected) = (line.trim_end(), expected.trim_end());
    let Some((start, mut rest)) = expected.split_once("...") else {
        return expected == line;
    };
    let Some(mut left) = line.strip_prefix(start) else {
        return false;
    };
    while let Some((part, after)) = rest.split_once("...") {
        match left.split_once(part) {
            Some((_, remaining)) => (left, rest) = (remaining, after),
            None => return false,
        }
    }
    left.ends_with(rest)
}

/// The build tool, made if it is not there.
fn world() -> PathBuf {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_BIN_EXE_smallworld"))
            .parent()
            .unwrap();
        let release = folder.ends_with("release");
        let done = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "smallworld-world"])
            .args(release.then_some("--release"))
            .arg("--target-dir")
            .arg(folder.parent().unwrap())
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        assert!(done.unwrap().success(), "the build tool cannot be built");
        folder.join("world")
    });
    made.clone()
}

/// A folder with `smallworld` and a `cargo` that knows `cargo world`.
fn programs(folder: &Path) -> PathBuf {
    let programs = folder.join(".programs");
    fs::create_dir_all(&programs).unwrap();
    symlink(
        env!("CARGO_BIN_EXE_smallworld"),
        programs.join("smallworld"),
    )
    .unwrap();
    let cargo = programs.join("cargo");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = world ] || exec '{}' \"$@\"\nshift\nexec '{}' \"$@\"\n",
        env!("CARGO"),
        world().display()
    );
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    programs
}

/// Does what a document says.
fn check(name: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("docs").join(name)).unwrap();
    let folder = support::folder("documents").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    let programs = programs(&folder);
    // The documents call the project's folder `smallworld`.
    symlink(root.join("kernel"), folder.join("kernel")).unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let steps = steps(&text);
    let commands = steps.iter().filter(|s| matches!(s, Step::Run(..)));
    assert!(commands.count() > 0, "{name} has no command to check");
    let mut wrong = Vec::new();
    for step in steps {
        let (line, command, expected) = match step {
            Step::File(name, text) => {
                let path = folder.join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
                continue;
            }
            Step::Run(line, command, expected) => (line, command, expected),
        };
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{command}")])
            .env("PATH", format!("{}:{path}", programs.display()))
            .env_remove("SMALLWORLD_PROFILE")
            .env_remove("SMALLWORLD_IMAGE")
            .current_dir(&folder)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let printed: Vec<&str> = printed.lines().collect();
        if !fits(&expected, &printed) {
            wrong.push(format!(
                "docs/{name}:{line}: $ {command}\n--- the document:\n{}\n--- what came:\n{}\n",
                expected.join("\n"),
                printed.join("\n")
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn tutorial() {
    check("TUTORIAL.md");
}

#[test]
fn language() {
    check("SMALLTALK_FOR_RUSTACEANS.md");
}

#[test]
fn how_to() {
    check("HOWTO.md");
}

#[test]
fn compatibility() {
    check("COMPATIBILITY.md");
}

#[test]
fn reference() {
    check("REFERENCE.md");
}

/// The session at the beginning of the README: what stands behind each `> ` is entered, the
/// lines up to the next one are what comes. A time is different every time.
#[test]
fn readme() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("README.md")).unwrap();
    let (_, session) = text.split_once("```\n$ cargo run --release\n").unwrap();
    let (session, _) = session.split_once("```").unwrap();
    let (start, session) = session.split_once("\n> ").unwrap();
    let version = format!("smallworld {}: ", env!("CARGO_PKG_VERSION"));
    assert!(
        start.contains(&version),
        "the README is of a version before"
    );
    let (mut entered, mut expected) = (String::new(), Vec::new());
    for exchange in session.split("\n> ") {
        let (line, answer) = exchange.split_once('\n').unwrap_or((exchange, ""));
        entered += &format!("{line}\n");
        expected.extend(answer.lines().map(|line| match line.strip_suffix(" ms") {
            Some(time) if time.parse::<f64>().is_ok() => "... ms".to_string(),
            _ => line.to_string(),
        }));
    }
    assert!(expected.len() > 10, "{expected:?}");
    let mut child = Command::new("sh")
        .args(["-c", "exec \"$0\" 2>&1", env!("CARGO_BIN_EXE_smallworld")])
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(entered.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    // With the windows built in, the program says first why there are none.
    let printed: Vec<&str> = match cfg!(feature = "gui") {
        true => printed.lines().skip_while(|&l| l != expected[0]).collect(),
        false => printed.lines().collect(),
    };
    assert!(
        fits(&expected, &printed),
        "\n--- the README:\n{}\n--- what came:\n{}\n",
        expected.join("\n"),
        printed.join("\n")
    );
}

#[test]
fn blocks_are_understood() {
    let text = "x\n```console\n$ a \\\n b\nc\n...\n$ d\n```\n<!-- file: f.st -->\n```smalltalk\n$ e\n```\n";
    let expected = [
        Step::Run(3, "a \\\n b".into(), vec!["c".into(), "...".into()]),
        Step::Run(7, "d".into(), vec![]),
        Step::File("f.st".into(), "$ e\n".into()),
    ];
    assert_eq!(steps(text), expected);
    let lines = |text: &str| text.lines().map(String::from).collect::<Vec<_>>();
    assert!(fits(&lines("a\n...\nd"), &["a", "b", "c", "d"]));
    assert!(fits(&lines("a ... c ms"), &["a b c ms"]));
    assert!(!fits(&lines("a\n...\nd"), &["a", "b"]));
    assert!(!fits(&lines("a ...c"), &["b c"]));
    assert!(!fits(&[], &["more"]));
}
