//! Deep recursion: a million levels work, and recursion without end is an error that a
//! program survives.

use smallworld_machine_tests::{Machine, in_each_tier, in_tiers};
use smallworld_oracle::tier::{OPTIMISED, UNOPTIMISED};
use smallworld_runtime::Options;
use smallworld_runtime::vm::DEFAULT_STACK_WORDS;

fn full_stack(options: &mut Options) {
    options.stack_words = DEFAULT_STACK_WORDS;
}

/// Counts down by recursion. A method that is compiled at run time is interpreted.
const DOWN: &str = "down: n ^ n = 0 ifTrue: [0] ifFalse: [(self down: n - 1) + 1]";

/// The same through the native methods `and:` and `value` of the image.
const ALONG: &str = "along: n ^ n = 0 ifTrue: [0] ifFalse: [(true and: [self along: n - 1]) + 1]";

#[test]
fn a_million_levels() {
    in_each_tier(|world| {
        let mut m = Machine::with(world, full_stack);
        m.compile("Object", DOWN);
        m.expect("nil down: 1000000", "1000000");
        m.expect("nil down: 1000000", "1000000");
    });
}

#[test]
fn a_million_levels_through_blocks() {
    in_each_tier(|world| {
        let mut m = Machine::with(world, full_stack);
        m.compile("Object", ALONG);
        m.expect("nil along: 300000", "300000");
    });
}

/// `allMethods` of the image asks its superclass for the same: here along a chain of a
/// million objects that look like classes, in native code all the way.
#[test]
fn a_million_levels_of_a_native_method() {
    in_tiers(&[OPTIMISED, UNOPTIMISED], |world| {
        let mut m = Machine::with(world, full_stack);
        m.expect(
            "[:c :d | c <- nil. \
             (1 to: 1000000) do: [:i | d <- <7 Class 5>. <5 c d 2>. <5 #() d 3>. c <- d]. \
             c allMethods size] value: nil value: nil",
            "0",
        );
    });
}

/// A loop of the image is a recursion, too: `whileTrue:` sends itself to itself.
#[test]
fn a_loop_of_a_million_turns() {
    in_each_tier(|world| {
        let mut m = Machine::with(world, full_stack);
        m.expect(
            "[:n :b | n <- 1000000. b <- [n <- n - 1]. [0 < n] whileTrue: b. n] \
             value: nil value: nil",
            "0",
        );
    });
}

#[test]
fn recursion_without_end() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        m.compile("Object", "forever: n ^ (self forever: n + 1) + 1");
        let text = m.error("nil forever: 0");
        let lines: Vec<&str> = text.split("\\n").collect();
        assert_eq!(lines[0], "recursion too deep: the machine stack is full");
        assert!(lines.len() < 60, "the backtrace has {} lines", lines.len());
        let left_out = lines.iter().filter(|l| l.contains(" more ")).count();
        assert_eq!(left_out, 1, "{text}");
        assert!(lines[1].starts_with("forever:[Undefined,"), "{text}");
        assert_eq!(lines[lines.len() - 2], "doItCommand[Undefined,]");
        m.expect("3 + 4", "7");
        m.compile("Object", DOWN);
        m.expect("nil down: 10000", "10000");
    });
}

#[test]
fn mutual_recursion_without_end_through_native_code() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        m.compile("Object", "around ^ (#(1) collect: [:x | self around]) size");
        let text = m.error("nil around");
        assert!(text.starts_with("recursion too deep"), "{text}");
        m.expect("(#(1 2) collect: [:x | x + 1]) printString", "List(2 3 )");
    });
}

#[test]
fn unoptimised_code_lives_by_the_trampoline() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        m.expect("20 benchFib", "21891");
        let left = m.vm.times_left_native_stack();
        if world.tier == UNOPTIMISED {
            // How often depends on the size of unoptimised frames, which debug information
            // doubles.
            assert!(left > 20, "left the native stack {left} times");
        } else {
            assert_eq!(left, 0, "calls in tail position were no jumps");
        }
    });
}
