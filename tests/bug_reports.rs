//! When the machine itself goes wrong, that is said, with what is needed to look for the bug.

mod support;

use support::run;

const WORDS: [&str; 3] = [
    "--provoke-bug",
    "eval",
    "#(1 2) collect: [:each | <255 each>]",
];

#[test]
fn a_panic_is_reported_as_a_bug() {
    for tier in ["interpreter", "baseline", "specialised"] {
        let mut words = WORDS.to_vec();
        words.extend(["--tier", tier]);
        let done = run(&words);
        assert_eq!((done.code, done.stdout.as_str()), (Some(3), ""), "{done:?}");
        let parts = [
            "this is a bug in it",
            "what:    provoked by primitive 255",
            "at:      runtime/src/primitives/mod.rs:",
            "version: 0.1.0",
            "image:   kernel (hash ",
            "in:      Object>>doItCommand[1] @",
            "collect:[Array,BlockClosure,]",
            "doItCommand[Undefined,]\nplease report",
        ];
        for part in parts {
            let text = done.stderr.to_lowercase();
            assert!(
                text.contains(&part.to_lowercase()),
                "no '{part}' in {done:?}"
            );
        }
        assert!(!done.stderr.contains("panicked"), "{done:?}");
    }
}

#[test]
fn programs_cannot_provoke_one() {
    run(&WORDS[1..]).failed(1, "the host has no primitive 255");
}
