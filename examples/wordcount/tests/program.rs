//! Runs the program.

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_example-wordcount"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

#[test]
fn standard_input_is_counted() {
    let output = run(&[], "one two\nthree\n");
    assert!(output.stderr.is_empty(), "{output:?}");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(shown, "       2       3      14 -\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn files_are_counted_and_missing_ones_are_told_about() {
    let name = format!("wordcount-{}.txt", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, "a b c\n").unwrap();
    let name = path.to_str().unwrap();
    let output = run(&[name, "no such file"], "");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(shown, format!("       1       3       6 {name}\n"));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("no such file"), "{told}");
    assert_eq!(output.status.code(), Some(1));
    std::fs::remove_file(&path).unwrap();
}
