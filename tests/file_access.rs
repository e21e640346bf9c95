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
