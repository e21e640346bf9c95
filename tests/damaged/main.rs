//! Damaged images: whatever is wrong with one, the program ends, by an answer or a message.
//!
//! Each copy is loaded by the program in a process of its own, once for each of three
//! expressions, with limits for memory. It has to end within ten seconds, in half a gigabyte, with
//! one of the exit codes of the program. An image may loop for ever, as any program may: then
//! Ctrl-C has to end it. `SMALLWORLD_DAMAGED=0..2000` says which copies of each image; see
//! docs/TESTING.md.

#![cfg(target_os = "linux")]

mod damage;

use smallworld_image::{Format, Image};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long an evaluation may take before it gets a Ctrl-C, and how long it may take then.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most kilobytes of memory.
const MOST_KILOBYTES: u64 = 512 * 1024;

const EXPRESSIONS: [&str; 3] = ["3 + 4", "#(1 2 3) printString", "1 foo"];

/// How an evaluation ended.
#[derive(PartialEq, Debug)]
enum End {
    /// As it should, with that exit code.
    Well(i32),
    /// By the Ctrl-C.
    Stopped,
    /// As it must not.
    Badly(String),
}

fn program() -> PathBuf {
    match std::env::var_os("SMALLWORLD_PROGRAM") {
        Some(path) => path.into(),
        None => env!("CARGO_BIN_EXE_smallworld").into(),
    }
}

/// The program with an image and an expression, its memory limited. Every other copy is
/// interpreted.
fn start(image: &Path, seed: u64, expression: &str) -> Child {
    let tier = if seed.is_multiple_of(2) {
        "specialised"
    } else {
        "interpreter"
    };
    Command::new(program())
        .args([
            "--max-heap",
            "128M",
            "--max-stack",
            "16M",
            "--no-files",
            "--tier",
            tier,
        ])
        .arg("--image")
        .arg(image)
        .args(["eval", expression])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

/// The most memory that a process has had so far.
fn kilobytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|p| p.trim().strip_suffix(" kB")?.trim().parse().ok());
    peak.unwrap_or(0)
}

/// Waits for an evaluation, and judges how it ends.
fn judge(mut child: Child) -> End {
    let mut errors = child.stderr.take().expect("it was asked for");
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        // What is said beyond that is read, so that nobody waits, and not kept.
        let _ = errors.by_ref().take(1 << 20).read_to_end(&mut text);
        let _ = std::io::copy(&mut errors, &mut std::io::sink());
        text
    });
    let (started, mut stops) = (Instant::now(), 0u16);
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status;
        }
        let most = kilobytes(child.id());
        let problem = if most > MOST_KILOBYTES {
            Some(format!("{most} kB of memory"))
        } else if started.elapsed() > 2 * PATIENCE {
            Some("it does not end, not even by Ctrl-C".into())
        } else {
            None
        };
        if let Some(problem) = problem {
            let _ = child.kill();
            let _ = child.wait();
            return End::Badly(problem);
        }
        // Starting the image up and the evaluation may each loop, and each takes a Ctrl-C.
        if started.elapsed() > PATIENCE + Duration::from_millis(1500) * u32::from(stops) {
            stops += 1;
            let pid = child.id().to_string();
            let sent = Command::new("kill").args(["-INT", &pid]).status();
            assert!(sent.is_ok_and(|s| s.success()) || child.try_wait().is_ok());
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let said = reader.join().expect("reading does not panic");
    match status.code() {
        None => End::Badly(format!("{status}")),
        Some(0) => End::Well(0),
        Some(_) if stops > 0 => End::Stopped,
        Some(code @ (1 | 2)) if !said.is_empty() => End::Well(code),
        Some(code) => {
            let said = String::from_utf8_lossy(&said[..said.len().min(2000)]).into_owned();
            End::Badly(format!("exit code {code}, and it said '{said}'"))
        }
    }
}

/// The images to be damaged: our own, and others where they are.
fn bases(folder: &Path) -> Vec<(String, Image)> {
    let own = folder.join("own.image");
    let saved = Command::new(program())
        .arg("save")
        .arg(&own)
        .output()
        .expect("the program starts");
    assert!(saved.status.success(), "{saved:?}");
    let own = Image::read_file(&own).expect("our own image can be read");
    // The same in the other format: without the 2004 image there is still one of that kind.
    let mut other = Image::read(&own.write(Format::Swst)).expect("it can be read");
    other.format = Format::Swst;
    let mut bases = vec![("own".to_owned(), own), ("own-swst".to_owned(), other)];
    for year in [2015, 2004] {
        if let Some(path) = smallworld_needs::shared_image(year) {
            let image = Image::read_file(&path).expect("a shared image can be read");
            bases.push((year.to_string(), image));
        }
    }
    bases
}

/// Copies that once found something: an `error:` that makes a window and shows none.
const FOUND: [u64; 2] = [894, 1354];

fn seeds() -> Vec<u64> {
    let Ok(text) = std::env::var("SMALLWORLD_DAMAGED") else {
        return (0..12).chain(FOUND).collect();
    };
    let (from, to) = text.split_once("..").expect("SMALLWORLD_DAMAGED=from..to");
    let number = |text: &str| text.parse::<u64>().expect("a number");
    (number(from)..number(to)).collect()
}

#[test]
fn damaged_copies_end_by_an_answer_or_a_message() {
    let folder = std::env::temp_dir().join(format!("smallworld-damaged-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let mut findings = Vec::new();
    for (name, image) in bases(&folder) {
        let seeds = seeds();
        let (next, count) = (AtomicU64::new(0), seeds.len());
        let (found, stopped) = (Mutex::new(Vec::new()), AtomicU64::new(0));
        let codes = [const { AtomicU64::new(0) }; 3];
        let work = |worker: usize| {
            let path = folder.join(format!("{name}-{worker}.image"));
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed) as usize;
                let Some(&seed) = seeds.get(place) else {
                    break;
                };
                let (bytes, done) = damage::damaged(&image, seed);
                std::fs::write(&path, bytes).expect("the copy can be written");
                for expression in EXPRESSIONS {
                    match judge(start(&path, seed, expression)) {
                        End::Well(code) => {
                            codes[code as usize].fetch_add(1, Ordering::Relaxed);
                        }
                        End::Stopped => {
                            eprintln!("{name} {seed}, {expression}: stopped ({done})");
                            stopped.fetch_add(1, Ordering::Relaxed);
                        }
                        End::Badly(how) => {
                            let finding = format!("{name} {seed}, {expression}: {how} ({done})");
                            eprintln!("{finding}");
                            found.lock().expect("nobody panics").push(finding);
                        }
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            for worker in 0..std::thread::available_parallelism().map_or(2, usize::from) {
                let work = &work;
                scope.spawn(move || work(worker));
            }
        });
        let found = found.into_inner().expect("nobody panics");
        let [answers, errors, refused] = codes.map(AtomicU64::into_inner);
        eprintln!(
            "{name}: {count} copies, {} findings; of {} evaluations {answers} ended in an answer, \
             {errors} in an error, {refused} were refused, {} were stopped by Ctrl-C",
            found.len(),
            count * EXPRESSIONS.len(),
            stopped.into_inner()
        );
        findings.extend(found);
    }
    let _ = std::fs::remove_dir_all(&folder);
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}
