//! Errors in the reporting of errors: what the 2015 image does not survive by itself.

use smallworld_machine_tests::{Machine, in_each_tier};
use smallworld_oracle::World;

const MIB: usize = 1 << 20;

/// A machine with a class `Foo` that cannot be printed because of an expression in its method.
fn with_foo(world: &World, printing: &str) -> Machine {
    let mut m = Machine::with(world, |options| options.max_heap = 64 * MIB);
    m.define("Foo");
    m.compile("Foo", &format!("printString ^ {printing}"));
    m
}

/// The text of an error window, line by line.
fn lines(text: &str) -> Vec<String> {
    text.split("\\n").map(str::to_string).collect()
}

#[test]
fn a_print_string_that_fails() {
    in_each_tier(|world| {
        let mut m = with_foo(world, "'a ' + self nam");
        let before = m.vm.counts().full_collections;
        let text = lines(&m.error("Foo new bar"));
        assert_eq!(
            text,
            [
                "an instance of Foo does not understand \"bar\"",
                "(the image could not report this: an instance of Foo does not understand \"nam\")",
                "doItCommand[Undefined,]",
                " "
            ]
        );
        let text = lines(&m.error("Foo new printString"));
        assert_eq!(text[0], "an instance of Foo does not understand \"nam\"");
        assert_eq!(
            text[2..],
            ["printString[Foo,]", "doItCommand[Undefined,]", " "]
        );
        // All that took no memory to speak of.
        assert!(m.vm.counts().full_collections - before <= 1);
        m.expect("3 + 4", "7");
    });
}

/// Where the second error can be shown, the image shows that one. The first one follows.
#[test]
fn an_error_that_hides_another() {
    in_each_tier(|world| {
        for printing in ["self error: 'cannot print'", "nil nam"] {
            let mut m = with_foo(world, printing);
            let text = m.error("Foo new bar");
            let shown = match printing {
                "nil nam" => "nil does not understand \"nam\"",
                _ => "cannot print",
            };
            assert!(text.starts_with(shown), "{text}");
            let before = m.vm.take_error_before().unwrap_or_default();
            let before = String::from_utf8_lossy(&before).into_owned();
            assert_eq!(
                before,
                format!(
                    "an instance of Foo does not understand \"bar\"\n\
                     (the image could not report this: {shown})\n\
                     doItCommand[Undefined,]\n "
                )
            );
            assert_eq!(m.windows().shown_windows().len(), 2);
            // Nothing of the kind where one error is all there is.
            m.error("nil bar");
            m.error("nil error: 'this'");
            m.error("Parser new error: 'that'");
            assert_eq!(m.vm.take_error_before(), None);
        }
    });
}

#[test]
fn reporting_that_does_not_end() {
    in_each_tier(|world| {
        for (printing, failure) in [
            ("self printString + 'x'", "recursion too deep"),
            (
                "[:l | l <- List new. [true] whileTrue: [l add: (Array new: 500)]] value: nil",
                "memory exhausted",
            ),
        ] {
            let mut m = with_foo(world, printing);
            let text = lines(&m.error("Foo new bar"));
            assert_eq!(text[0], "an instance of Foo does not understand \"bar\"");
            let line = format!("(the image could not report this: {failure}");
            assert!(text[1].starts_with(&line), "{text:?}");
            assert_eq!(text[2..], ["doItCommand[Undefined,]", " "]);
            m.expect("3 + 4", "7");
        }
    });
}

#[test]
fn an_error_method_that_cannot_run() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        m.compile("Object", "error: text ^ <190 text>");
        let text = lines(&m.error("<7 3 4>"));
        assert!(text[0].starts_with("primitive 7 failed"), "{text:?}");
        assert!(text[1].starts_with(
            "(the image could not report this: Object>>error: failed: there is no primitive 190"
        ));
        assert_eq!(text[2..], ["doItCommand[Undefined,]", " "]);
        let text = lines(&m.error("nil error: 'said'"));
        assert_eq!(text[0], "said");
        assert!(text[1].contains("there is no primitive 190"), "{text:?}");
    });
}

/// A program that handles messages in its own way may do so inside each other, as deep as it
/// likes.
#[test]
fn messages_passed_on_from_one_to_the_next() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        m.run("Class addNewClass: (Object subclass: 'Proxy' variables: 'next' classVariables: '')");
        m.compile("Proxy", "next: p next <- p");
        m.compile(
            "Proxy",
            "doesNotUnderstand: a ^ next isNil ifTrue: [1] ifFalse: [next depth + 1]",
        );
        m.expect(
            "[:p :q | p <- nil. (1 to: 2000) do: [:i | q <- Proxy new. q next: p. p <- q]. p depth] \
             value: nil value: nil",
            "2000",
        );
    });
}
