//! What real users ran into, from the folder `cases` of the shared folder: each is a small input with
//! what should come of it. The folder's own runner says what the heads mean.

mod support;

use smallworld_needs::{Need, not_tested};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use support::{command, folder, wait_for};

/// How long a case may take at most; those that want to be quick say so.
const PATIENCE: Duration = Duration::from_secs(60);

/// A case: its head, and its input.
struct Case {
    name: String,
    head: HashMap<String, String>,
    input: String,
}

/// What came of one.
struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    took: Duration,
}

#[test]
fn what_users_ran_into() {
    let Some(shared) = smallworld_needs::shared() else {
        return;
    };
    let shared = shared.canonicalize().unwrap();
    let cases = cases(&shared.join("cases"));
    if cases.is_empty() {
        not_tested(Need::Shared, "there are no cases");
        return;
    }
    let world = world();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = case.run(&shared, &world);
                    if let Some(problem) = case.problem(&outcome) {
                        failures.lock().unwrap().push(problem);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    println!("{} cases", cases.len());
}

fn cases(folder: &Path) -> Vec<Case> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut cases: Vec<Case> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "case"))
        .map(|path| Case::read(&path))
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

/// The build tool, which a test of the whole workspace has built; otherwise it is built now.
fn world() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_smallworld")).with_file_name("world");
    if !program.is_file() {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "-p", "smallworld-world"]);
        assert!(cargo.status().unwrap().success());
    }
    program
}

impl Case {
    fn read(path: &Path) -> Case {
        let text = std::fs::read_to_string(path).unwrap();
        let (head, input) = text.split_once("\n---\n").unwrap();
        let head = head.lines().filter_map(|line| line.split_once(": "));
        Case {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            head: head.map(|(k, v)| (k.into(), v.into())).collect(),
            input: input.into(),
        }
    }

    fn field(&self, name: &str) -> &str {
        let missing = || panic!("{}: no '{name}'", self.name);
        self.head.get(name).unwrap_or_else(missing)
    }

    fn run(&self, shared: &Path, world: &Path) -> Outcome {
        let place = folder(&format!("case-{}", self.name));
        let image = match self.field("image") {
            "own" => None,
            year => Some(shared.join(format!("images/smallworld-{year}.image"))),
        };
        let image = image.map(|path| path.display().to_string());
        let image: Vec<&str> = image.iter().flat_map(|path| ["--image", path]).collect();
        let (mut command, lines) = match self.field("kind") {
            "expr" => {
                let text = self.input.trim_end_matches('\n');
                (command(&[&image[..], &["eval", "--", text]].concat()), "")
            }
            "st" => {
                std::fs::write(place.join("in.st"), &self.input).unwrap();
                (command(&[&image[..], &["run", "in.st"]].concat()), "")
            }
            "repl" => (command(&[&image[..], &["repl"]].concat()), &*self.input),
            "sh" => {
                let mut shell = Command::new("bash");
                shell.args(["-c", &self.input]);
                (shell, "")
            }
            kind => panic!("{}: unknown kind '{kind}'", self.name),
        };
        let input = place.join("input");
        std::fs::write(&input, lines).unwrap();
        let child = command
            .current_dir(&place)
            .env("SMALLWORLD", env!("CARGO_BIN_EXE_smallworld"))
            .env("WORLD", world)
            .env("IMAGES", shared.join("images"))
            .stdin(std::fs::File::open(input).unwrap())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let start = Instant::now();
        let done = wait_for(child, PATIENCE);
        Outcome {
            code: done.as_ref().and_then(|done| done.code),
            took: start.elapsed(),
            stdout: done.as_ref().map(|d| d.stdout.clone()).unwrap_or_default(),
            stderr: done.map_or_else(|| "it does not end".into(), |d| d.stderr),
        }
    }

    /// What is not as it should be.
    fn problem(&self, outcome: &Outcome) -> Option<String> {
        let want = self.field("want");
        let (kind, value) = want.split_once(' ').unwrap_or((want, ""));
        let value = value.replace("\\n", "\n");
        let both = format!("{}{}", outcome.stdout, outcome.stderr);
        let ended = outcome.code.is_some() && !outcome.stderr.contains("panicked");
        let holds = match kind {
            "equals" => outcome.stdout.trim() == value && outcome.code == Some(0),
            "contains" => both.contains(&value),
            "fails" => {
                outcome.code.is_some_and(|code| code > 0 && code < 128)
                    && !outcome.stderr.trim().is_empty()
            }
            "ok" => outcome.code == Some(0),
            // Development builds are slow.
            "within" => {
                let limit: f64 = value.parse().unwrap();
                cfg!(debug_assertions) || outcome.took.as_secs_f64() < limit
            }
            "ends" => true,
            _ => panic!("{}: unknown wish '{want}'", self.name),
        };
        (!ended || !holds).then(|| {
            format!(
                "{}: wanted '{want}', got {:?}: {both}",
                self.name, outcome.code
            )
        })
    }
}
