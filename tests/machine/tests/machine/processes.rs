//! Green processes: many of them, with sleeps and semaphores; fairness; nobody left to
//! wait for.

use smallworld_machine_tests::{Machine, in_each_tier};
use std::time::Duration;

/// A machine with a class `Worker`: each waits for the one before it, counts itself, and
/// lets the next one go on.
fn with_workers(world: &smallworld_oracle::World) -> Machine {
    let mut m = Machine::new(world);
    m.define("Kept");
    m.run(
        "Class addNewClass: \
         (Object subclass: 'Worker' variables: 'number before after' classVariables: '')",
    );
    m.compile(
        "Worker",
        "number: n before: b after: a number <- n. before <- b. after <- a",
    );
    m.compile("Worker", "start [self work] fork");
    m.compile(
        "Worker",
        "work (number rem: 7) sleep. before wait. Kept keep: Kept kept + 1. after set: number",
    );
    m
}

/// A number that an expression answers.
fn number(m: &mut Machine, expression: &str) -> i64 {
    let line = m.answer(expression);
    match line.strip_prefix("OK ").map(str::parse) {
        Some(Ok(n)) => n,
        _ => panic!("'{expression}' answered {line}, no number"),
    }
}

#[test]
fn two_thousand_processes_finish() {
    in_each_tier(|world| {
        let mut m = with_workers(world);
        m.stop_after(Duration::from_secs(60));
        m.run("Kept keep: 0");
        m.expect(
            "[:first :last :next :w | first <- Semaphore new. last <- first. \
             (1 to: 2000) do: [:i | \
                next <- Semaphore new. \
                w <- Worker new number: i before: last after: next. \
                w start. \
                last <- next]. \
             first set: 0. last wait] value: nil value: nil",
            "2000",
        );
        m.expect("Kept kept", "2000");
    });
}

#[test]
fn those_that_are_left_finish_too() {
    in_each_tier(|world| {
        let mut m = with_workers(world);
        m.run("Kept keep: 0");
        m.expect(
            "[:s :w | s <- Semaphore new. \
             (1 to: 100) do: [:i | w <- Worker new number: i before: s after: Semaphore new. w start]. \
             s set: 1. 3] value: nil value: nil",
            "3",
        );
        m.settle();
        m.expect("Kept kept", "100");
    });
}

#[test]
fn a_busy_process_does_not_starve_another() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        m.stop_after(Duration::from_secs(60));
        m.define("Kept");
        m.run("Kept keep: 0");
        m.compile(
            "Object",
            "busy [true] whileTrue: [Kept keep: 1 + Kept kept]",
        );
        // The busy one never waits, and yet this goes on, more than once.
        let first = number(&mut m, "[[nil busy] fork. 30 sleep. Kept kept] value");
        let second = number(&mut m, "[30 sleep. Kept kept] value");
        let third = number(&mut m, "[30 sleep. Kept kept] value");
        assert!(
            0 < first && first < second && second < third,
            "{first} {second} {third}"
        );
        // And neither does this one starve the other.
        let fourth = number(
            &mut m,
            "[:t | t <- <119> + 100. [<119> < t] whileTrue: [nil]. Kept kept] value: nil",
        );
        assert!(third < fourth, "{third} {fourth}");
        m.vm.forget_processes();
        let fifth = number(&mut m, "Kept kept");
        assert_eq!(number(&mut m, "[30 sleep. Kept kept] value"), fifth);
    });
}

#[test]
fn processes_change_in_deep_recursion() {
    in_each_tier(|world| {
        let mut m = with_workers(world);
        m.compile(
            "Object",
            "down: n ^ n = 0 ifTrue: [3 sleep. 0] ifFalse: [(self down: n - 1) + 1]",
        );
        m.compile("Worker", "work before set: (nil down: number * 100)");
        m.expect(
            "[:list :s :w | list <- List new. \
             (1 to: 30) do: [:i | \
                s <- Semaphore new. list add: s. \
                w <- Worker new number: i before: s after: nil. w start]. \
             (nil down: 3000) + (list inject: 0 into: [:sum :each | sum + each wait])] \
             value: nil value: nil",
            "49500",
        );
    });
}

#[test]
fn a_semaphore_that_is_set_stays_set() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        m.expect(
            "[:s | s <- Semaphore new. s set: 3. s wait + s wait] value: nil",
            "6",
        );
        // The oracle has this, too: the last value counts.
        m.expect(
            "[:s | s <- Semaphore new. s set: 1. s set: 2. s wait] value: nil",
            "2",
        );
    });
}

#[test]
fn a_wait_without_hope_is_reported() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        let text = m.error("Semaphore new wait");
        assert_eq!(
            text,
            "the process waits for a semaphore that nobody can set any more"
        );
        let text = m.error("[:s | s <- Semaphore new. [s wait] fork. s wait] value: nil");
        assert!(text.contains("nobody can set"), "{text}");
        m.expect("3 + 4", "7");
    });
}

#[test]
fn an_error_ends_only_its_process() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        m.expect("[[3 foo] fork. 20 sleep. 5] value", "5");
        let text = m.windows().text_at_last_window().map(<[u8]>::to_vec);
        let text = String::from_utf8(text.unwrap_or_default()).unwrap_or_default();
        assert!(text.contains("foo"), "{text}");
        assert_eq!(m.windows().shown_windows().len(), 1);
    });
}

#[test]
fn a_process_that_does_not_end_can_be_stopped() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        m.stop_after(Duration::from_millis(50));
        let text = m.error("[[true] whileTrue: [nil]] value");
        assert!(text.starts_with("interrupted\\n"), "{text}");
        m.stop_after(Duration::from_millis(50));
        m.error("100000 sleep");
        m.expect("3 + 4", "7");
    });
}

#[test]
fn stopping_ends_every_process() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        m.define("Kept");
        m.run("Kept keep: 0");
        m.stop_after(Duration::from_millis(200));
        let text = m.error(
            "[[[true] whileTrue: [Kept keep: Kept kept + 1]] fork. [100000 sleep] fork. \
             [Semaphore new wait] fork. 100000 sleep] value",
        );
        assert!(
            text.starts_with("interrupted, with 3 other processes\\n"),
            "{text}"
        );
        let count = number(&mut m, "Kept kept");
        assert!(count > 0);
        m.settle();
        m.expect("Kept kept", &count.to_string());
        // Those that sleep, and the one that is waited for, are told of it too.
        m.stop_after(Duration::from_millis(50));
        let text = m.error("100000 sleep");
        assert!(
            text.starts_with("interrupted\\nsleep[SmallInt,]\\n"),
            "{text}"
        );
    });
}

#[test]
fn ten_thousand_processes() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        m.stop_after(Duration::from_secs(100));
        m.define("Kept");
        m.run("Kept keep: 0");
        m.expect(
            "[:s | s <- Semaphore new. \
             (1 to: 10000) do: [:i | [s wait. Kept keep: Kept kept + 1] fork]. \
             50 sleep. s set: 1. [Kept kept < 10000] whileTrue: [5 sleep]. Kept kept] value: nil",
            "10000",
        );
    });
}
