//! Errors in the reporting of errors: the first one is told, with what kept it from being told
//! as usual, and the program ends or goes on as after any error.

mod support;

use std::time::{Duration, Instant};
use support::{Done, file, run, run_with_input};

/// Each way to run a program: a tier is one, too.
const TIERS: [&str; 3] = ["interpreter", "baseline", "specialised"];

/// More than enough for an error, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a program that must end soon.
#[track_caller]
fn soon(words: &[&str]) -> Done {
    let before = Instant::now();
    let done = run(words);
    assert!(before.elapsed() < PATIENCE, "{:?}", before.elapsed());
    done
}

/// A class `Foo` with a method.
fn foo(method: &str) -> String {
    format!(
        "EVAL Class addNewClass: (Object subclass: 'Foo' variables: '' classVariables: '')\n\
         METHOD Foo\n{method}\n!\n"
    )
}

#[test]
fn a_print_string_that_fails() {
    let methods = [
        "printString ^ 'a ' + self nam",
        "printString ^ self error: 'cannot print'",
        "printString ^ nil",
        "printString ^ <7 3 4>",
    ];
    for (n, method) in methods.iter().enumerate() {
        let program = foo(method) + "EVAL Foo new bar\n";
        let name = file("a_print_string_that_fails", &format!("{n}.st"), &program);
        for tier in TIERS {
            let done = soon(&["--tier", tier, "run", &name]);
            done.failed(1, "an instance of Foo does not understand \"bar\"");
            assert!(done.stderr.contains("its printString failed: "), "{done:?}");
            assert!(
                done.stderr.contains("\ndoItCommand[Undefined,]\n"),
                "{done:?}"
            );
        }
    }
    // Asked for, it is the first error itself.
    let program = foo(methods[0]) + "EVAL Foo new printString\n";
    let name = file("a_print_string_that_fails", "asked.st", &program);
    soon(&["run", &name]).failed(1, "an instance of Foo does not understand \"nam\"");
}

/// What makes the image unable to report an error, an error, and what must be said of it.
const DAMAGES: [(&str, &str, &str, &str); 7] = [
    (
        "error: text ^ <190 text>",
        "nil error: 'first'",
        "first\n",
        "Object>>error: failed: there is no primitive 190",
    ),
    (
        "error: text ^ <190 text>",
        "<7 3 4>",
        "primitive 7 failed",
        "Object>>error: failed: there is no primitive 190",
    ),
    (
        "doesNotUnderstand: a ^ self zork",
        "nil foo",
        "nil does not understand \"foo\"",
        "nil does not understand \"zork\"",
    ),
    (
        "doesNotUnderstand: a ^ #(1) zork: (Array new: 5)",
        "nil foo",
        "nil does not understand \"foo\"",
        "an instance of Array does not understand \"zork:\"",
    ),
    (
        "doesNotUnderstand: a ^ (self depth: 1)! depth: n ^ (self depth: n + 1) + 1",
        "nil foo",
        "nil does not understand \"foo\"",
        "recursion too deep",
    ),
    (
        "doesNotUnderstand: a | l | l <- List new. [true] whileTrue: [l add: (Array new: 500)]",
        "nil foo",
        "nil does not understand \"foo\"",
        "memory exhausted",
    ),
    (
        "error: text ^ (self depth: 1)! depth: n ^ (self depth: n + 1) + 1",
        "nil error: 'first'",
        "first\n",
        "recursion too deep",
    ),
];

/// Statements that make the damage.
fn damage(methods: &str) -> String {
    let compile = |m: &str| format!("EVAL Object compileMethod: '{}'\n", m.replace('\'', "''"));
    methods.split('!').map(compile).collect()
}

#[test]
fn an_image_that_cannot_report() {
    for (n, (methods, program, first, failure)) in DAMAGES.iter().enumerate() {
        let text = damage(methods) + &format!("EVAL {program}\n");
        let name = file("an_image_that_cannot_report", &format!("{n}.st"), &text);
        for tier in TIERS {
            let limits = ["--max-heap", "64M", "--max-stack", "16M"];
            let mut words = limits.to_vec();
            words.extend(["--tier", tier, "run", &name]);
            let done = soon(&words);
            done.failed(1, first);
            let line = format!("(the image could not report this: {failure}");
            assert!(done.stderr.contains(&line), "{done:?}");
            let lines: Vec<&str> = done.stderr.lines().collect();
            let at = lines.iter().position(|l| l.starts_with("(the image"));
            let trace = &lines[at.unwrap() + 1..];
            assert_eq!(trace[0], "doItCommand[Undefined,]", "{done:?}");
        }
    }
}

#[test]
fn the_prompt_goes_on() {
    let text = "Object compileMethod: 'doesNotUnderstand: a ^ self zork'\nnil foo\n3 + 4\n";
    let done = run_with_input(&["repl"], text);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stdout.ends_with("7\n"), "{done:?}");
    assert!(
        done.stderr
            .contains("nil does not understand \"foo\"\n(the image"),
        "{done:?}"
    );
}

#[test]
fn a_process_that_was_forked() {
    let text =
        damage("doesNotUnderstand: a ^ self zork") + "EVAL [[nil foo] fork. <33 50>. 5] value\n";
    let name = file("a_process_that_was_forked", "x.st", &text);
    soon(&["run", &name]).failed(1, "nil does not understand \"foo\"\n(the image");
}

/// Handlers run on top of the errors that they handle, and may go wrong themselves, as often as
/// they like.
#[test]
fn errors_in_handlers_are_no_failure_to_report() {
    let method = "down: n ^ [nil foo] on: Error do: [:e | n = 0 ifTrue: [0] \
                  ifFalse: [(self down: n - 1) + 1]]";
    let quoted = method.replace('\'', "''");
    let texts = [
        format!("Object compileMethod: '{quoted}'"),
        "nil down: 100".into(),
    ];
    for tier in TIERS {
        let words = ["--tier", tier, "eval", &texts[0], &texts[1]];
        run(&words).is_fine("true\n100\n");
    }
    // A handler that fails is told of as such.
    let done = run(&["eval", "[nil foo] on: Error do: [:e | 3 bar]"]);
    done.failed(1, "3 does not understand \"bar\"\n");
    assert!(!done.stderr.contains("could not report"), "{done:?}");
}

/// A handler that asks for the text of an error whose text makes the error anew.
#[test]
fn handlers_that_fail_for_ever() {
    let program = foo("printString ^ [self nam] on: Error do: [:e | e messageText]")
        + "EVAL Foo new printString\n";
    let name = file("handlers_that_fail_for_ever", "x.st", &program);
    let done = soon(&["run", &name]);
    done.failed(
        1,
        "an instance of Foo does not understand \"nam\"\n(1000 errors",
    );
}
