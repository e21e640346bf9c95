//! A few programs, always the same, on all tiers. How to run more: docs/TESTING.md.

use std::process::Command;

#[test]
fn every_tier_answers_the_same() {
    let done = Command::new(env!("CARGO_BIN_EXE_differential-closures"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&done.stdout);
    print!("{text}");
    assert!(done.status.success(), "{text}");
}
