//! `^` in blocks whose creator has ended: where it goes depends on the creator's caller.

use smallworld_machine_tests::{Machine, in_tiers};
use smallworld_oracle::World;
use smallworld_oracle::tier::{INTERPRETER, OPTIMISED, SPECIALISED, Tier, UNOPTIMISED};

const TIERS: [Tier; 6] = [
    INTERPRETER,
    OPTIMISED,
    UNOPTIMISED,
    SPECIALISED,
    INTERPRETER.stressed("interpreter-stress-97", 97),
    OPTIMISED.stressed("optimised-stress-97", 97),
];

/// A machine with a class `G` that keeps a value, and an empty class `P`.
fn prepared(world: &World) -> Machine {
    let mut m = Machine::new(world);
    m.define("G");
    m.run("Class addNewClass: (Object subclass: 'P' variables: '' classVariables: '')");
    m
}

/// The method of a do-it has no caller, so the chain that runs ends: in a later do-it too.
#[test]
fn from_the_bottom_of_a_chain() {
    in_tiers(&TIERS, |world| {
        let mut m = prepared(world);
        m.run("G keep: [^ 3]");
        m.expect("(G kept value) + 1", "3");
        m.expect("(G kept value) + 1", "3");
        // From deeper down, past methods that made blocks with `^` themselves.
        m.compile("P", "deep: n n < 1 ifTrue: [G kept value]. #(1) do: [:x | x > 1 ifTrue: [^ 0]]. ^ (self deep: n - 1) + 1");
        m.expect("(P new deep: 20) + 1", "3");
        m.expect("1 + ((1 to: 3) collect: [:i | G kept value])", "3");
    });
}

#[test]
fn the_running_chain_is_the_innermost() {
    in_tiers(&TIERS, |world| {
        let mut m = prepared(world);
        m.run("G keep: [^ 3]");
        m.expect("('(G kept value) + 100' doIt) + 1", "4");
        m.run("'G keep: [^ 5]' doIt");
        m.expect("(G kept value) + 1", "5");
    });
}

/// A do-it that an error has ended had no caller either.
#[test]
fn from_a_chain_that_was_killed() {
    in_tiers(&TIERS, |world| {
        let mut m = prepared(world);
        m.error("(G keep: [^ 3]) foo");
        m.expect("(G kept value) + 1", "3");
        m.compile("P", "make G keep: [^ 3]. ^ nil foo");
        m.error("P new make");
        let text = m.error("(G kept value) + 1");
        assert!(text.starts_with("cannot return"), "{text}");
    });
}

/// A creator that was left by `^`, and not by returning, has a caller all the same.
#[test]
fn the_caller_of_a_creator_that_was_left() {
    in_tiers(&TIERS, |world| {
        let mut m = prepared(world);
        m.compile("P", "b G keep: [^ 1]. #(5) do: [:x | ^ x]. ^ 0");
        m.compile("P", "a ^ self b + (G kept value)");
        m.expect("P new a", "6");
        m.expect("((1 to: 5) inject: 0 into: [:s :i | s + P new a])", "30");
        let text = m.error("G kept value");
        assert!(text.starts_with("cannot return"), "{text}");
    });
}

#[test]
fn a_caller_that_is_gone() {
    in_tiers(&TIERS, |world| {
        let mut m = prepared(world);
        m.compile("P", "make G keep: [^ 3]");
        m.run("P new make");
        let text = m.error("(G kept value) + 1");
        assert!(text.starts_with("cannot return"), "{text}");
    });
}

/// What a program puts into a Block leads nowhere.
#[test]
fn a_block_with_another_creator() {
    in_tiers(&TIERS, |world| {
        let mut m = prepared(world);
        for creator in [
            "0",
            "nil",
            "7",
            "'abc'",
            "#(1 2 3 4 5 6 7)",
            "#(1 2 3 4 5 6 0)",
        ] {
            m.run("G keep: [^ 3]");
            m.run(&format!("<5 {creator} (G kept) 9>"));
            let text = m.error("(G kept value) + 1");
            assert!(text.starts_with("cannot return"), "{creator}: {text}");
        }
    });
}
