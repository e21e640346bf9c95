//! What an image may touch is the user's choice: `--no-files` and `--files DIR`.

#![cfg(unix)]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use support::{Done, command, folder, run};

/// A folder with `box` (the allowed one, with a link out of it) and `secret.txt`.
fn scene(test: &str) -> PathBuf {
    let root = folder(test);
    fs::create_dir_all(root.join("box")).unwrap();
    fs::write(root.join("secret.txt"), "secret\n").unwrap();
    fs::write(root.join("box/mine.txt"), "mine\n").unwrap();
    let link = root.join("box/link");
    let _ = fs::remove_file(&link);
    symlink(&root, link).unwrap();
    root
}

/// Runs the program with that folder as the current one.
fn run_in(root: &PathBuf, words: &[&str]) -> Done {
    let output = command(words).current_dir(root).output();
    output.unwrap().into()
}

fn reading(name: &str) -> String {
    format!("(File openRead: '{name}') readLine")
}

fn writing(name: &str) -> String {
    format!("(File openWrite: '{name}') write: 'changed'. 5")
}

#[test]
fn files_keeps_programs_in_a_folder() {
    let root = scene("files_keeps_programs_in_a_folder");
    let absolute = root.join("secret.txt").display().to_string();
    let inside = root.join("box/mine.txt").display().to_string();
    for name in [
        "box/mine.txt",
        "box/../box/mine.txt",
        "./box/link/box/mine.txt",
        &inside,
    ] {
        run_in(&root, &["--files", "box", "eval", &reading(name)]).is_fine("mine\n");
    }
    for name in [
        "secret.txt",
        "box/../secret.txt",
        "box/link/secret.txt",
        &absolute,
        "/etc/passwd",
    ] {
        for program in [
            reading(name),
            writing(name),
            format!("<29 '{name}'>"),
            format!("<111 Object '{name}'>"),
        ] {
            let done = run_in(&root, &["--files", "box", "eval", &program]);
            done.failed(1, "--files allows only what is in");
        }
    }
    let text = fs::read_to_string(root.join("secret.txt")).unwrap();
    assert_eq!(text, "secret\n");
    run_in(
        &root,
        &["--files", "box", "eval", "<29 'box/new.image'> size"],
    )
    .is_fine("13\n");
    run_in(&root, &["--image", "box/new.image", "eval", "3 + 4"]).is_fine("7\n");
    assert_eq!(fs::read_dir(&root).unwrap().count(), 2);
}

#[test]
fn no_files_forbids_all_but_those_named() {
    let root = scene("no_files_forbids_all_but_those_named");
    for name in ["box/mine.txt", "secret.txt", "/dev/null", "new.txt"] {
        for program in [reading(name), writing(name), format!("<29 '{name}'>")] {
            let done = run_in(&root, &["--no-files", "eval", &program]);
            done.failed(1, "--no-files forbids all files");
        }
    }
    assert!(!root.join("new.txt").exists());
    // What stands on the command line is the user's own wish; only that.
    fs::write(root.join("plain.st"), "EVAL 3 + 4\n").unwrap();
    fs::write(
        root.join("greedy.st"),
        "EVAL (File openRead: 'secret.txt') readLine\n",
    )
    .unwrap();
    run_in(&root, &["--no-files", "run", "plain.st"]).is_fine("");
    let done = run_in(&root, &["--no-files", "run", "greedy.st"]);
    done.failed(1, "--no-files forbids all files");
    run_in(&root, &["--no-files", "save", "saved.image"]).is_fine("");
    run_in(
        &root,
        &[
            "--no-files",
            "--image",
            "saved.image",
            "eval",
            "File saveImage",
        ],
    )
    .failed(1, "");
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    run(&["--files", "/no/such/folder", "eval", "1"]).failed(2, "/no/such/folder");
    run(&["--files", "/", "--no-files", "eval", "1"]).failed(2, "--no-files");
}

#[test]
fn nothing_is_told_of_folders_outside() {
    let root = scene("nothing_is_told_of_folders_outside");
    fs::create_dir_all(root.join("there")).unwrap();
    let said = |name: &str| {
        let both = [reading(name), writing(name), format!("<29 '{name}'>")].map(|program| {
            let done = run_in(&root, &["--files", "box", "eval", &program]);
            done.failed(1, "--files allows only what is in");
            done.stderr.replace(name, "NAME")
        });
        both.join("")
    };
    for name in [
        "there/../box/mine.txt",
        "there/../box/none.txt",
        "there/none.txt",
        "box/link/there/../box/mine.txt",
    ] {
        assert_eq!(said(name), said(&name.replace("there", "none")), "{name}");
    }
}

/// Starts the program after a link has been made that it would have written through, had it
/// named its temporary file by its process. Answers what is left of the victim.
fn with_a_trap(root: &std::path::Path, place: &str, words: &[&str]) -> (Done, String) {
    fs::write(root.join("victim"), "precious").unwrap();
    let script = format!("ln -s \"$PWD/victim\" {place}.$$.tmp; exec \"$0\" \"$@\"");
    let output = std::process::Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_smallworld")])
        .args(words)
        .current_dir(root)
        .output();
    let victim = fs::read_to_string(root.join("victim")).unwrap();
    (output.unwrap().into(), victim)
}

#[test]
fn links_do_not_lead_a_save_astray() {
    let root = scene("links_do_not_lead_a_save_astray");
    for name in [
        "direct.image",
        "link.image",
        "dangling.image",
        "p.profile",
        "p.svg",
    ] {
        let _ = fs::remove_file(root.join(name));
    }
    for (place, words) in [
        ("direct.image", &["save", "direct.image"][..]),
        ("p.profile", &["eval", "3", "--profile-out", "p.profile"]),
        ("p.svg", &["eval", "3", "--profile-time", "p.svg"]),
    ] {
        let (done, victim) = with_a_trap(&root, place, words);
        assert_eq!(done.code, Some(0), "{done:?}");
        assert_eq!(victim, "precious", "{words:?}");
    }
    // A link in the file's own place is followed, as `cp` does; one that leads nowhere is not.
    symlink("direct.image", root.join("link.image")).unwrap();
    symlink("nowhere", root.join("dangling.image")).unwrap();
    fs::write(root.join("direct.image"), "old").unwrap();
    let done = run_in(&root, &["save", "link.image"]);
    done.is_fine("");
    assert!(
        root.join("link.image")
            .symlink_metadata()
            .unwrap()
            .is_symlink()
    );
    assert!(fs::metadata(root.join("direct.image")).unwrap().len() > 1000);
    run_in(&root, &["save", "dangling.image"]).failed(2, "a symbolic link to something");
    assert!(!root.join("nowhere").exists());
    let left: Vec<_> = fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "tmp") && !path.is_symlink())
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
