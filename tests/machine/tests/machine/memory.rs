//! Object memory under load: its limit, its growth, what is forgotten.

use smallworld_machine_tests::{Machine, in_each_tier};

const MIB: usize = 1 << 20;

#[test]
fn exhausted_memory_is_an_error() {
    in_each_tier(|world| {
        let mut m = Machine::with(world, |options| options.max_heap = 16 * MIB);
        for _ in 0..3 {
            let text = m.error(
                "[:l | l <- List new. [true] whileTrue: [l add: (Array new: 500)]] value: nil",
            );
            // It may be a primitive that finds no memory, or a safepoint.
            assert!(
                text.contains("memory exhausted: the limit of 16 MiB is reached"),
                "{text}"
            );
            assert!(text.contains("doItCommand[Undefined,]"), "{text}");
            m.expect("3 + 4", "7");
            m.expect("(Array new: 100000) size", "100000");
        }
    });
}

#[test]
fn an_object_that_is_too_large_is_an_error() {
    in_each_tier(|world| {
        let mut m = Machine::with(world, |options| options.max_heap = 16 * MIB);
        for expression in [
            "Array new: 10000000",
            "String new: 100000000",
            "Array new: 2147483647",
            "String new: 2147483647",
        ] {
            let text = m.error(expression);
            let clear = text.contains("memory exhausted") || text.contains("cannot have");
            assert!(clear, "{text}");
            m.expect("(Array new: 100000) size", "100000");
        }
    });
}

#[test]
fn exhaustion_by_strings_and_by_growing() {
    in_each_tier(|world| {
        let mut m = Machine::with(world, |options| options.max_heap = 16 * MIB);
        let text = m.error("[:s | s <- 'abc'. [true] whileTrue: [s <- s + s]] value: nil");
        assert!(text.contains("memory exhausted"), "{text}");
        m.expect("3 + 4", "7");
        let text = m.error("[:a | a <- nil. [true] whileTrue: [a <- #(a)]] value: nil");
        assert!(text.contains("memory exhausted"), "{text}");
        m.expect("3 + 4", "7");
    });
}

#[test]
fn much_garbage_in_a_small_heap() {
    in_each_tier(|world| {
        let mut m = Machine::with(world, |options| options.max_heap = 64 * MIB);
        // 2 GiB in pieces of 8 KiB, the last thousand of which are kept.
        m.expect(
            "[:ring :i | ring <- Array new: 1000. i <- 0. \
             [i < 262144] whileTrue: [ \
                i <- i + 1. \
                ring at: (i rem: 1000) + 1 put: ((Array new: 1023) at: 1 put: i)]. \
             (ring inject: 0 into: [:sum :each | sum + (each at: 1)]) - \
             (ring inject: 0 into: [:sum :each | sum + each size])] \
             value: nil value: nil",
            // The sum of 261145 … 262144, without a thousand sizes.
            &(261_644_500 - 1_023_000).to_string(),
        );
        let counts = m.vm.counts();
        assert!(counts.old_bytes <= 64 * MIB, "{} bytes", counts.old_bytes);
        assert!(counts.full_collections > 20);
    });
}

#[test]
fn small_objects_die_young() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        m.expect(
            "[:i | i <- 0. [i < 1000000] whileTrue: [i <- (i @ (i + 1)) y]. i] value: nil",
            "1000000",
        );
        let counts = m.vm.counts();
        assert!(counts.minor_collections > 5);
        assert!(counts.old_bytes < 8 * MIB, "{} bytes", counts.old_bytes);
    });
}

#[test]
fn growing_keeps_identity() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        m.expect(
            "[:a :b | a <- #(1 2). b <- #(a a). <32 3 a>. \
             ((b at: 1) == a) printString + ((b at: 2) == (b at: 1)) printString + \
             a printString] value: nil value: nil",
            "truetrue#(1 2 3 )",
        );
        // The array of arguments of a running method, and its receiver.
        m.compile(
            "Array",
            "growTo: n [self size < n] whileTrue: [<32 (self size) self>]",
        );
        m.expect(
            "[:a | a <- Array new: 0. a growTo: 300. (a at: 300)] value: nil",
            "299",
        );
        // Instances keep their class when the class grows.
        m.define("Kept");
        m.run("Kept keep: #((Kept new))");
        m.run("Kept addClassVariable: 'more'");
        m.expect("((Kept kept at: 1) class == Kept) printString", "true");
        m.compile("Kept class", "more: v ^ more <- v");
        m.compile("Kept class", "more ^ more");
        m.run("Kept more: 5");
        m.expect("Kept more + Kept kept size", "6");
    });
}

#[test]
fn methods_that_nobody_has_are_forgotten() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        let before = m.vm.counts().methods;
        // Every evaluation compiles a method, and each of these makes 20 more.
        for n in 0..30 {
            m.expect(
                &format!(
                    "[:i | i <- 0. [i < 20] whileTrue: [ \
                        i <- i + 1. \
                        Object compileMethod: 'short ^ ' + i printString. \
                        nil short]. \
                     nil short + {n}] value: nil"
                ),
                &(20 + n).to_string(),
            );
        }
        // A full collection: garbage of large objects.
        m.expect(
            "[:i | i <- 0. [i < 40] whileTrue: [i <- i + 1. Array new: 1000000]. i] value: nil",
            "40",
        );
        m.expect("3 + 4", "7");
        let after = m.vm.counts().methods;
        assert!(after < before + 40, "{before} methods became {after}");
    });
}

#[test]
fn classes_of_objects_survive_as_long_as_they() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        m.define("Kept");
        m.run("[:c | c <- Object subclass: 'Lone' variables: 'v' classVariables: ''. c compileMethod: 'v ^ 17'. Kept keep: c new] value: nil");
        m.expect(
            "[:i | i <- 0. [i < 40] whileTrue: [i <- i + 1. Array new: 1000000]. i] value: nil",
            "40",
        );
        m.expect("Kept kept v", "17");
        m.expect("Kept kept class printString", "Lone");
    });
}
