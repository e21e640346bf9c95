//! Runs the program as text: the generations are the right ones.

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_example-life"))
        .args(arguments)
        .output()
        .unwrap()
}

/// The generations that it prints: a heading and the lines of the board each.
fn generations(count: usize, pattern: &str) -> Vec<(String, Vec<String>)> {
    let output = run(&["--text", &count.to_string(), pattern]);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    let mut generations: Vec<(String, Vec<String>)> = Vec::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        match generations.last_mut() {
            Some((_, rows)) if !line.starts_with("generation") => rows.push(line.into()),
            _ => generations.push((line.into(), Vec::new())),
        }
    }
    assert_eq!(generations.len(), count + 1);
    generations
}

#[test]
fn a_blinker_blinks() {
    let all = generations(2, "blinker");
    assert_eq!(all[0].0, "generation 0, 3 alive");
    assert_eq!(all[1].0, "generation 1, 3 alive");
    let lies = [
        "........", "........", "..***...", "........", "........", "........",
    ];
    let stands = [
        "........", "...*....", "...*....", "...*....", "........", "........",
    ];
    assert_eq!(all[0].1, lies);
    assert_eq!(all[1].1, stands);
    assert_eq!(all[2].1, lies);
}

#[test]
fn a_glider_glides() {
    let all = generations(12, "glider");
    let after = |n: usize| &all[n].1;
    let shape = [
        "........", "........", "...*....", "....*...", "..***...", "........", "........",
    ];
    assert_eq!(*after(0), shape);
    // Every four generations it is one further down and to the right, and at the edge it comes
    // in on the other side.
    let moved = |rows: &[String]| -> Vec<String> {
        let mut rows: Vec<String> = rows.to_vec();
        rows.rotate_right(1);
        let right = |row: &String| format!("{}{}", &row[row.len() - 1..], &row[..row.len() - 1]);
        rows.iter().map(right).collect()
    };
    for n in (4..=12).step_by(4) {
        assert_eq!(*after(n), moved(after(n - 4)), "generation {n}");
        assert_ne!(after(n), after(n - 1), "generation {n}");
    }
}

/// The next generation, by the rules as one would write them in Rust.
fn next(rows: &[String]) -> Vec<String> {
    let (height, width) = (rows.len(), rows[0].len());
    let lives = |x: usize, y: usize| rows[y % height].as_bytes()[x % width] == b'*';
    let cell = |x: usize, y: usize| {
        let around = (0..9).filter(|&i| i != 4);
        let around = around.filter(|i| lives(x + width + i % 3 - 1, y + height + i / 3 - 1));
        match (around.count(), lives(x, y)) {
            (3, _) | (2, true) => '*',
            _ => '.',
        }
    };
    let row = |y| (0..width).map(|x| cell(x, y)).collect();
    (0..height).map(row).collect()
}

#[test]
fn every_generation_follows_from_the_one_before() {
    for pattern in ["acorn", "gun"] {
        let all = generations(60, pattern);
        for (n, pair) in all.windows(2).enumerate() {
            let alive = pair[1].1.concat().matches('*').count();
            let heading = format!("generation {}, {alive} alive", n + 1);
            assert_eq!(pair[1].0, heading, "{pattern}");
            assert_eq!(pair[1].1, next(&pair[0].1), "{pattern}, {heading}");
        }
    }
}

#[test]
fn wrong_arguments_are_told_about() {
    for arguments in [
        &["--text", "many"][..],
        &["--text", "3", "duck"],
        &["acorn"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("blinker, glider, acorn, gun"), "{told}");
    }
}
