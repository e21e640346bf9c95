//! What surrounds the program fails: the disk is full, files vanish, nobody listens.

#![cfg(unix)]

mod support;

use smallworld_image::Image;
use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{Done, command, folder, run, run_with_input};

/// Runs the program with files limited to so many blocks of 512 bytes: what is beyond
/// cannot be written. With `told`, writing fails; without, the system ends the process.
fn run_on_a_small_disk(blocks: u32, told: bool, words: &[&str]) -> Done {
    let trap = if told { "trap '' XFSZ; " } else { "" };
    // The unit of `ulimit -f` is 512 bytes by the standard and 1024 in some shells.
    let script = format!("{trap}ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_smallworld")])
        .args(words)
        .output();
    output.unwrap().into()
}

#[test]
fn a_full_disk_leaves_the_old_image() {
    let folder = folder("a_full_disk");
    let path = folder.join("kept.image");
    let name = path.display().to_string();
    run(&["save", &name]).is_fine("");
    let whole = fs::read(&path).unwrap();
    let mut tried = 0;
    for blocks in [0, 1, 7, 64, 200] {
        assert!(blocks * 1024 < whole.len() as u32);
        let done = run_on_a_small_disk(blocks, true, &["save", &name]);
        done.failed(2, "cannot save the image");
        assert!(done.stderr.contains("kept.image"), "{done:?}");
        // The program itself saves: its own error, and it goes on.
        let inside = format!("<29 '{name}'>");
        run_on_a_small_disk(blocks, true, &["eval", &inside]).failed(1, "cannot save the image");
        assert_eq!(
            fs::read_dir(&folder).unwrap().count(),
            1,
            "something was left behind"
        );
        let done = run_on_a_small_disk(blocks, false, &["save", &name]);
        assert_eq!(done.code, None, "the system should have ended it: {done:?}");
        assert!(
            fs::read(&path).unwrap() == whole,
            "the old image has changed"
        );
        // What was under way when the process was ended stays beside it.
        for entry in fs::read_dir(&folder).unwrap() {
            let left = entry.unwrap().path();
            if left != path {
                fs::remove_file(left).unwrap();
            }
        }
        tried += 3;
    }
    Image::read(&fs::read(&path).unwrap()).unwrap();
    println!("{tried} saves to a full disk, 0 broken images");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn profiles_and_files_on_a_full_disk() {
    let folder = folder("profiles_on_a_full_disk");
    let name = folder.join("p.profile").display().to_string();
    let done = run_on_a_small_disk(0, true, &["--profile-out", &name, "eval", "3 + 4"]);
    done.failed(2, "cannot write the profile");
    assert_eq!(done.stdout, "7\n");
    let file = folder.join("out.txt").display().to_string();
    let program = format!("(File openWrite: '{file}') write: 'text'");
    run_on_a_small_disk(0, true, &["eval", &program]).failed(1, "cannot write to");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn saving_where_there_is_no_file() {
    let folder = folder("saving_where_there_is_no_file");
    let name = folder.display().to_string();
    run(&["save", &name]).failed(2, "no file");
    run(&["save", "/dev/full"]).failed(2, "no file");
    assert!(fs::metadata("/dev/full").is_ok_and(|about| !about.is_file()));
    run(&["save", &format!("{name}/no/such/x.image")]).failed(2, "x.image");
    // A link goes on leading to its file, and permissions stay.
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (real, link) = (folder.join("real.image"), folder.join("link.image"));
    fs::write(&real, "old").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).unwrap();
    symlink("real.image", &link).unwrap();
    run(&["save", &link.display().to_string()]).is_fine("");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode() & 0o777,
        0o600
    );
    Image::read(&fs::read(&real).unwrap()).unwrap();
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn files_that_cannot_be_read() {
    let folder = folder("files_that_cannot_be_read");
    let here = folder.display().to_string();
    // A folder is a file that nobody can read, whoever asks.
    run(&["run", &here]).failed(2, "folder");
    run(&["--image", &here, "eval", "1"]).failed(2, "cannot read the image");
    run(&["eval", "--lines", &here]).failed(2, "cannot read the expressions");
    run(&["run", "/no/such/file.st"]).failed(2, "/no/such/file.st");
    run(&["eval", &format!("(File openRead: '{here}') readLine")]).failed(1, "cannot open");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn files_that_vanish() {
    let folder = folder("files_that_vanish");
    let (image, text) = (folder.join("sub/own.image"), folder.join("sub/text"));
    fs::create_dir_all(folder.join("sub")).unwrap();
    let name = image.display().to_string();
    run(&["save", &name]).is_fine("");
    fs::write(&text, "one\ntwo\n").unwrap();
    let input = format!(
        "f <- File openRead: '{}'\nf readLine\n0 gone\nf readLine\nFile saveImage\n3 + 4\n",
        text.display()
    );
    let mut child = command(&["--image", &name, "repl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let (before, after) = input.split_once("0 gone\n").unwrap();
    std::io::Write::write_all(&mut pipe, before.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    fs::remove_dir_all(folder.join("sub")).unwrap();
    std::io::Write::write_all(&mut pipe, after.as_bytes()).unwrap();
    drop(pipe);
    let done = Done::from(child.wait_with_output().unwrap());
    // What is open can be read to its end; the image has no place any more.
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert_eq!(lines[1..], ["one", "two", "7"], "{done:?}");
    assert!(done.stderr.contains("cannot save the image to"), "{done:?}");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn standard_output_that_is_full_or_closed() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let done: Done = command(&["eval", "3 + 4"])
        .stdout(full())
        .output()
        .unwrap()
        .into();
    done.failed(2, "cannot write to standard output");
    // Errors have nowhere to go, and that is no reason to crash.
    for expression in ["3 + 4", "nil foo"] {
        let mut child = command(&["eval", expression]);
        let done = child.stdout(full()).stderr(full()).status().unwrap();
        assert!(matches!(done.code(), Some(1 | 2)), "{done}");
        for closed in [
            "exec >&-",
            "exec 2>&-",
            "exec >&- 2>&-",
            "exec <&- >&- 2>&-",
        ] {
            let script = format!("{closed}; exec \"$0\" eval '{expression}'");
            let done = Command::new("sh")
                .args(["-c", &script, env!("CARGO_BIN_EXE_smallworld")])
                .output()
                .unwrap();
            assert!(
                matches!(done.status.code(), Some(0..=2)),
                "{closed}: {done:?}"
            );
        }
    }
}

#[test]
fn thousands_of_processes_and_those_that_never_end() {
    let many = "| n | n := 0. (1 to: 5000) do: [:i | [n := n + 1] fork]. <33 50>. \
                [n < 5000] whileTrue: [<33 5>]. n";
    let before = Instant::now();
    run(&["eval", many]).is_fine("5000\n");
    // 3,000 that wait for ever do not keep the program from ending; those that sleep are
    // waited for, as what is still under way.
    let stuck = "[(1 to: 3000) do: [:i | [Semaphore new wait] fork]. 1] value";
    run(&["eval", stuck]).is_fine("1\n");
    let asleep = "[(1 to: 3000) do: [:i | [<33 300>. nil] fork]. 2] value";
    run(&["eval", asleep]).is_fine("2\n");
    assert!(before.elapsed() < Duration::from_secs(60));
    // An image is saved without them.
    let folder = folder("thousands_of_processes");
    let name = folder.join("x.image").display().to_string();
    let text = format!("{asleep}\n<29 '{name}'> size\n3 + 4\n");
    let done = run_with_input(&["eval", "--lines", "-"], &text);
    assert!(done.stdout.ends_with("OK 7\n"), "{done:?}");
    run(&["--image", &name, "eval", "3 + 4"]).is_fine("7\n");
    fs::remove_dir_all(folder).unwrap();
}
