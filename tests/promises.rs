//! What SECURITY.md promises, tried on the default build: single expressions that would reach
//! memory that is not the program's, on every tier.

mod support;

use support::{folder, run};

const TIERS: [&str; 3] = ["interpreter", "baseline", "specialised"];

/// The same outcome on every tier: an exit code, and what is said.
#[track_caller]
fn on_every_tier(expression: &str) -> (i32, String) {
    let outcomes = TIERS.map(|tier| {
        let done = run(&["eval", expression, "--tier", tier, "--max-heap", "64M"]);
        let code = done.code.unwrap_or_else(|| panic!("a signal: {done:?}"));
        (code, done.stdout + &done.stderr)
    });
    assert_eq!(outcomes[0], outcomes[1], "{expression}");
    assert_eq!(outcomes[0], outcomes[2], "{expression}");
    let [first, ..] = outcomes;
    first
}

/// It is an error, with these words.
#[track_caller]
fn fails(expression: &str, words: &str) {
    let (code, text) = on_every_tier(expression);
    assert_eq!(code, 1, "{expression}: {text}");
    assert!(text.contains(words), "{expression}: no '{words}' in {text}");
}

#[test]
fn no_index_reaches_another_object() {
    // Around every power of two at which an index might wrap.
    for power in [26, 27, 28, 29, 30, 31] {
        for more in [-1i64, 0, 1, 2] {
            let index = ((1i64 << power) + more).min(i64::from(i32::MAX));
            fails(&format!("<30 #(1 2 3) {index}>"), "has no slot");
            fails(&format!("<5 7 #(1 2 3) {index}>"), "has no slot");
            fails(&format!("<21 'abc' {index}>"), "there is no byte");
            fails(&format!("<22 7 'abc' {index}>"), "there is no byte");
        }
    }
    fails("<30 #(1 2 3) 0>", "has no slot");
    fails("<30 #(1 2 3) 0 - 1>", "has no slot");
}

#[test]
fn a_closure_with_another_method_does_not_run() {
    for method in ["7", "nil", "'abc'", "Object", "{1. 2. 3}", "(Array new: 8)"] {
        let expression = format!("(<5 {method} [:x | x] 1>) value: 3");
        fails(&expression, "cannot be run as a block");
    }
}

#[test]
fn no_object_is_made_a_small_int() {
    for make in [
        "<7 SmallInt 2>",
        "<20 SmallInt 8>",
        "<23 'abc' SmallInt>",
        "<17 SmallInt 5>",
        "<50 SmallInt 3>",
        "<100 SmallInt>",
        "<60 SmallInt>",
    ] {
        fails(make, "the instances of SmallInt are the integers");
        fails(
            &format!("({make}) to: 100000 do: [:i | i class]"),
            "SmallInt",
        );
    }
    fails("<31 1 5>", "must be an object");
    fails("<24 5 5>", "must be a string");
    // Whatever happens to its name, strings stay strings.
    let (code, text) = on_every_tier("{<5 3 Array 1>. 3 foo}");
    assert!(
        code == 1 && text.contains("does not understand \"foo\""),
        "{text}"
    );
}

#[test]
fn an_object_cannot_grow_beyond_the_largest_size() {
    // One slot less than the largest; such an object takes a gigabyte.
    for tier in TIERS {
        let expression = "<32 7 (Array new: 134217727)>";
        let done = run(&["eval", expression, "--tier", tier, "--max-heap", "3G"]);
        done.failed(1, "an object cannot have that many elements");
        let expression = "<31 7 (Array new: 134217727)>";
        let done = run(&["eval", expression, "--tier", tier, "--max-heap", "3G"]);
        done.failed(1, "an object cannot have that many elements");
    }
}

#[test]
fn no_image_is_saved_that_nobody_can_read() {
    let path = folder("no_image_is_saved_that_nobody_can_read").join("kept.image");
    let path = path.to_str().unwrap();
    run(&["save", path]).is_fine("");
    let before = std::fs::read(path).unwrap();
    for (make, problem) in [
        ("<7 (<7 Array 0>) 3>", "which is no class"),
        ("<7 nil 3>", "which is no class"),
    ] {
        let save = format!("{{<32 ({make}) Object>. <29 '{path}'>}}");
        fails(&save, problem);
        assert_eq!(std::fs::read(path).unwrap(), before, "{make}");
    }
    let save = format!("{{<5 'Arrow' Array 1>. <29 '{path}'>}}");
    fails(&save, "should be class Array");
    assert_eq!(std::fs::read(path).unwrap(), before);
    run(&["eval", "3 + 4", "--image", path]).is_fine("7\n");
}
