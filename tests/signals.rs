//! What happens when somebody stops the program: Ctrl-C, and a kill in the middle of
//! saving.

#![cfg(unix)]

mod support;

use smallworld_image::Image;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use support::{command, folder, run};

/// Sends what Ctrl-C sends.
fn interrupt(child: &Child) {
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(sent.expect("there is a kill").success());
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
        assert!(profile.total() > 100);
    }
}

#[test]
fn a_kill_never_leaves_half_an_image() {
    let folder = folder("a_kill_never_leaves_half_an_image");
    let path = folder.join("kept.image");
    let name = path.display().to_string();
    run(&["save", &name]).is_fine("");
    let whole = std::fs::read(&path).unwrap();
    for n in 0..100 {
        let mut child = command(&["save", &name]).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(n * 450));
        // It may have ended already.
        let _ = child.kill();
        child.wait().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert!(bytes == whole, "after a kill the image is different");
    }
    Image::read(&whole).unwrap();
    run(&["--image", &name, "eval", "3 + 4"]).is_fine("7\n");
    std::fs::remove_dir_all(folder).unwrap();
}
