//! What happens when somebody stops the program: Ctrl-C, requests to end, and kills in the
//! middle of saving.

#![cfg(unix)]

mod support;

use smallworld_image::Image;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::{command, folder, run};

/// Sends what Ctrl-C sends.
fn interrupt(child: &Child) {
    send(child, "INT");
}

#[test]
fn control_c_stops_eval_with_a_backtrace() {
    let endless = ["[true] whileTrue: [nil isNil]", "[true] whileTrue: [3]"];
    for expression in endless {
        let mut child = command(&["eval", "1", expression])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut first).unwrap();
        assert_eq!(first, "1\n");
        std::thread::sleep(Duration::from_millis(500));
        interrupt(&child);
        assert_eq!(child.wait().unwrap().code(), Some(1));
        let mut text = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert!(text.contains("interrupted"), "{text}");
        assert!(text.contains("doItCommand[Undefined,]"), "{text}");
    }
}

/// Everything that the evaluation has started stops with it, whatever it does.
#[test]
fn control_c_stops_every_process() {
    let programs = [
        // Busy, ready, asleep, waiting; the one that is waited for among them.
        "[[true] whileTrue: [nil isNil]] fork. [[true] whileTrue: [nil isNil]] fork. \
         [<33 100000>] fork. [Semaphore new wait] fork. <33 100000>",
        "[[true] whileTrue: [<33 1>]] fork. [[true] whileTrue: [<33 1>]] fork. 5",
        // Forking without end, one by one and all together.
        "[true] whileTrue: [[<33 100000>] fork]",
        "Object compileMethod: 'spread [self spread] fork. [self spread] fork. [true] whileTrue: [nil]'. \
         nil spread",
        // An error whose report does not end.
        "Object compileMethod: 'doesNotUnderstand: a [true] whileTrue: [nil isNil]'. nil foo",
    ];
    for program in programs {
        // `eval` takes one statement for each of its words.
        let program = format!("[{program}] value");
        let mut child = command(&["eval", "1", &program])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // To wait for a child closes its input, so this keeps it open.
        let _input = child.stdin.take();
        let mut first = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut first).unwrap();
        std::thread::sleep(Duration::from_millis(300));
        let before = Instant::now();
        interrupt(&child);
        let code = child.wait().unwrap().code();
        assert!(before.elapsed() < Duration::from_secs(5), "{program}");
        assert_eq!(code, Some(1), "{program}");
        let mut text = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert!(text.contains("interrupted"), "{program}: {text}");
    }
}

#[test]
fn control_c_at_the_prompt_stops_what_was_forked() {
    let mut child = command(&["repl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let endless = "[[true] whileTrue: [nil isNil]] fork. [true] whileTrue: [<33 1>]";
    write!(input, "1\n{endless}\n3 + 4\n").unwrap();
    drop(input);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    out.read_line(&mut text).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    interrupt(&child);
    out.read_to_string(&mut text).unwrap();
    assert_eq!(text, "1\n7\n");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// The machine cannot be reached while a primitive waits for input, and yet the program ends.
#[test]
fn control_c_twice_ends_the_program() {
    for program in ["<9>", "[true] whileTrue: [<33 5>]"] {
        let mut child = command(&["eval", "1", program])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // To wait for a child closes its input, so this keeps it open.
        let _input = child.stdin.take();
        let mut first = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut first).unwrap();
        std::thread::sleep(Duration::from_millis(300));
        let before = Instant::now();
        interrupt(&child);
        if program == "<9>" {
            std::thread::sleep(Duration::from_millis(300));
            assert_eq!(child.try_wait().unwrap(), None, "the first one waits");
            interrupt(&child);
            assert_eq!(child.wait().unwrap().code(), Some(130));
        } else {
            assert_eq!(child.wait().unwrap().code(), Some(1));
        }
        assert!(before.elapsed() < Duration::from_secs(3));
    }
}

#[test]
fn control_c_at_the_prompt_stops_one_evaluation() {
    let mut child = command(&["repl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input
        .write_all(b"1\n[true] whileTrue: [nil isNil]\n3 + 4\n")
        .unwrap();
    drop(input);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    out.read_line(&mut text).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    interrupt(&child);
    out.read_to_string(&mut text).unwrap();
    assert_eq!(text, "1\n7\n");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn control_c_writes_the_profile() {
    let path = folder("control_c_writes_the_profile").join("p.profile");
    let name = path.display().to_string();
    // While something runs, and while the prompt waits.
    for endless in ["[true] whileTrue: [nil isNil]\n", ""] {
        let _ = std::fs::remove_file(&path);
        let mut child = command(&["repl", "--profile-out", &name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let lines = format!("10 benchFib\n{endless}");
        input.write_all(lines.as_bytes()).unwrap();
        let mut first = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut first).unwrap();
        assert_eq!(first, "177\n");
        std::thread::sleep(Duration::from_millis(500));
        interrupt(&child);
        let waits = endless.is_empty();
        if !waits {
            drop(input);
        }
        assert_eq!(
            child.wait().unwrap().code(),
            Some(if waits { 130 } else { 0 })
        );
        let profile = smallworld_profile::codec::read(&path).unwrap();
        assert!(profile.total().get() > 100);
    }
}

/// Sends a signal by its name.
fn send(child: &Child, signal: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &child.id().to_string()])
        .status();
    assert!(sent.expect("there is a kill").success());
}

#[test]
fn a_request_to_end_ends_it_and_writes_the_profile() {
    let path = folder("a_request_to_end").join("p.profile");
    let name = path.display().to_string();
    // Busy; asleep; busy in a process that was forked; waiting for its user.
    let endless = [
        Some("[true] whileTrue: [nil isNil]"),
        Some("<33 100000>"),
        Some("[[true] whileTrue: [nil isNil]] fork. [true] whileTrue: [<33 1>]"),
        None,
    ];
    for (signal, number) in [("TERM", 15), ("HUP", 1)] {
        if signal == "HUP" && hangups_are_ignored() {
            eprintln!("hangups are ignored here (nohup?), so they were left out");
            continue;
        }
        for endless in endless {
            let _ = std::fs::remove_file(&path);
            let mut words = vec!["--profile-out", &name];
            match endless {
                Some(expression) => words.extend(["eval", "10 benchFib", expression]),
                None => words.push("repl"),
            }
            let mut child = command(&words)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut input = child.stdin.take().unwrap();
            input.write_all(b"10 benchFib\n").unwrap();
            let mut first = String::new();
            let mut out = BufReader::new(child.stdout.take().unwrap());
            out.read_line(&mut first).unwrap();
            assert_eq!(first, "177\n");
            std::thread::sleep(Duration::from_millis(100));
            let before = Instant::now();
            send(&child, signal);
            assert_eq!(child.wait().unwrap().code(), Some(128 + number));
            assert!(before.elapsed() < Duration::from_secs(4), "{endless:?}");
            let profile = smallworld_profile::codec::read(&path).unwrap();
            assert!(profile.total().get() > 100, "{signal} {endless:?}");
        }
    }
}

/// Have the tests been started so that their children do not get a hangup, as by `nohup`?
fn hangups_are_ignored() -> bool {
    let mut probe = Command::new("sh");
    probe.args(["-c", "kill -HUP $$; exit 7"]);
    probe.status().expect("there is a shell").code() == Some(7)
}

#[test]
fn a_hangup_is_ignored_under_nohup() {
    let mut child = Command::new("sh")
        .args(["-c", "trap '' HUP; exec \"$0\" eval '<33 700>'"])
        .arg(env!("CARGO_BIN_EXE_smallworld"))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    send(&child, "HUP");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// Kills at random moments while two images take turns in one file, each save by a process
/// of its own: afterwards the file is the one or the other.
#[test]
fn a_kill_never_leaves_half_an_image() {
    const KILLS: u32 = 500;
    let folder = folder("a_kill_never_leaves_half_an_image");
    let path = folder.join("kept.image");
    let name = path.display().to_string();
    let patch = folder.join("patch.st").display().to_string();
    std::fs::write(&patch, "EVAL Object compileMethod: 'patched ^ 42'\n").unwrap();
    run(&["save", &name, "--run", &patch]).is_fine("");
    let patched = std::fs::read(&path).unwrap();
    let start = Instant::now();
    run(&["save", &name]).is_fine("");
    let takes = start.elapsed().as_micros() as u64;
    let plain = std::fs::read(&path).unwrap();
    assert!(plain != patched);
    let (mut changed, mut finished) = (0, 0);
    // A generator that gives the same numbers each time (xorshift, Marsaglia 2003).
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut last = plain.clone();
    for n in 0..KILLS {
        let mut words = vec!["save", &name];
        if n % 2 == 0 {
            words.extend(["--run", &patch]);
        }
        let mut child = command(&words).stderr(Stdio::null()).spawn().unwrap();
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        std::thread::sleep(Duration::from_micros(random % (takes * 3 / 2)));
        // It may have ended already.
        let _ = child.kill();
        let ended = child.wait().unwrap();
        finished += u32::from(ended.success());
        let bytes = std::fs::read(&path).unwrap();
        assert!(
            bytes == plain || bytes == patched,
            "after kill {n} the image is neither the old nor the new one"
        );
        changed += u32::from(bytes != last);
        last = bytes;
    }
    Image::read(&last).unwrap();
    run(&["--image", &name, "eval", "3 + 4"]).is_fine("7\n");
    // The kills came at all stages.
    assert!(changed >= 5, "{changed} changes");
    assert!(finished < KILLS * 19 / 20, "{finished} finished");
    println!(
        "{KILLS} kills, 0 broken images ({finished} saves were done before the kill, {changed} changed the file)"
    );
    std::fs::remove_dir_all(folder).unwrap();
}
