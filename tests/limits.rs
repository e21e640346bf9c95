//! What a program makes grow counts against `--max-heap`, wherever it is kept, and ends in the
//! Smalltalk error.

#![cfg(target_os = "linux")]

mod support;

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use support::{command, file, folder, run};

/// What the machine needs for itself besides the 64 MiB that the program may use: code, nursery,
/// the image, the part of the machine stack that was used, what is copied when it grows. A full
/// collection has two copies of the objects for a moment.
const OVERHEAD_MIB: u64 = 80;

/// The most memory that a process has had so far, in MiB.
fn most_memory(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse::<u64>().unwrap() / 1024
}

/// Runs lines at a prompt, the last of which grows until it is stopped; the prompt must go on,
/// and the memory must have stayed within its limit.
#[track_caller]
fn grows_up_to_the_limit(name: &str, lines: &[&str]) {
    let path = folder("limits").join(format!("{name}.err"));
    let mut child = command(&["--max-heap", "64M", "--max-stack", "32M", "repl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(File::create(&path).unwrap())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    for line in lines {
        writeln!(input, "{line}").unwrap();
    }
    writeln!(input, "3 + 4000").unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while line != "4003\n" {
        line.clear();
        assert!(
            out.read_line(&mut line).unwrap() > 0,
            "it has ended: {lines:?}"
        );
    }
    let most = most_memory(&child);
    drop(input);
    let done = child.wait().unwrap();
    let told = std::fs::read_to_string(&path).unwrap();
    assert_eq!(done.code(), Some(0), "{lines:?}: {told}");
    assert!(told.contains("memory exhausted"), "{lines:?}: {told}");
    println!("{most} MiB: {lines:?}");
    assert!(most < 64 + OVERHEAD_MIB, "{most} MiB for {lines:?}");
}

#[test]
fn pictures() {
    let many = "| l | l := List new. [true] whileTrue: [l add: <110 Object 300 300>]";
    grows_up_to_the_limit("pictures", &[many]);
    run(&["--max-heap", "64M", "eval", "<110 Object 8000 8000>"]).failed(1, "memory exhausted");
    let picture = file("limits_pictures", "large.ppm", "P6 30000 2000 255 ");
    for name in [&picture, "/dev/zero"] {
        let read = format!("<111 Object '{name}'>");
        run(&["--max-heap", "64M", "eval", &read]).failed(1, "memory exhausted");
    }
    // Those that nobody refers to any more give their room back: 270 MB in all.
    let in_turn =
        "| n p | n := 0. [n < 1000] whileTrue: [n := n + 1. p := <110 Object 300 300>]. n";
    run(&["--max-heap", "16M", "eval", in_turn]).is_fine("1000\n");
}

#[test]
fn texts_of_widgets() {
    let long = "s <- <20 String 1000000>";
    for kept in [
        "<70 Object s>",
        "<90 Object s>",
        "<71 Object s [nil]>",
        "<91 m s [nil]>",
        "<82 <73 Object> s>",
        "<65 <60 Object> s>",
        "<75 Object a [nil]>",
        "<84 <75 Object #() [nil]> a>",
        // An error window for each.
        "<82 t s>. <60 Object>",
    ] {
        grows_up_to_the_limit(
            "texts",
            &[
                long,
                "a <- {s. s. s. s. s. s. s. s. s. s}",
                "m <- <90 Object 'menu'>",
                "t <- <73 Object>",
                &format!("[true] whileTrue: [{kept}]"),
            ],
        );
    }
}

#[test]
fn widgets_and_actions() {
    for kept in [
        "<60 Object>",
        "<73 Object>",
        "<71 Object '' [nil]>",
        "<86 t [nil]>",
        "<91 m '' [nil]>",
    ] {
        grows_up_to_the_limit(
            "widgets",
            &[
                "m <- <90 Object 'menu'>",
                "t <- <73 Object>",
                &format!("[true] whileTrue: [{kept}]"),
            ],
        );
    }
}

#[test]
fn a_line_without_end() {
    grows_up_to_the_limit("line", &["(File openRead: '/dev/zero') readLine"]);
}

#[test]
fn processes_that_wait() {
    // Few with deep stacks, and many with none.
    grows_up_to_the_limit(
        "deep",
        &[
            "Object compileMethod: 'down: n wait: s ^ n = 0 ifTrue: [s wait] ifFalse: [(self down: n - 1 wait: s) + 1]'",
            "s <- Semaphore new",
            "[1 to: 60 do: [:i | [nil down: 100000 wait: s] fork]. <33 1000>. nil down: 100000 wait: s] value",
        ],
    );
    grows_up_to_the_limit(
        "many",
        &["s <- Semaphore new", "[true] whileTrue: [[s wait] fork]"],
    );
}

#[test]
fn semaphores() {
    grows_up_to_the_limit(
        "semaphores",
        &["l <- List new", "[true] whileTrue: [l add: <100 Object>]"],
    );
}
