//! Sends that pass another number of values than the selector, or the method, looks like.
//!
//! The images' compilers count what they find, so a selector like `_` comes with two values;
//! here the selectors of compiled sends are exchanged, which gives any number.

use smallworld_machine_tests::{Machine, in_tiers};
use smallworld_oracle::World;
use smallworld_oracle::tier::{INTERPRETER, OPTIMISED, SPECIALISED, Tier, UNOPTIMISED};

const TIERS: [Tier; 7] = [
    INTERPRETER,
    OPTIMISED,
    UNOPTIMISED,
    SPECIALISED,
    INTERPRETER.stressed("interpreter-stress-97", 97),
    OPTIMISED.stressed("optimised-stress-97", 97),
    OPTIMISED.resaved("optimised-resaved"),
];

/// A machine with a class `P` and methods of it, which take what they are given.
fn prepared(world: &World) -> Machine {
    let mut m = Machine::new(world);
    m.run("Class addNewClass: (Object subclass: 'P' variables: 'v' classVariables: '')");
    m.run("Class addNewClass: (P subclass: 'Q' variables: '' classVariables: '')");
    for source in [
        "one ^ 1",
        "trace ^ Context current backtrace",
        "temps | s t | s <- 7. t <- s + 1. ^ t * 10 + s",
        "blocks | t | t <- 5. ^ [:y | y + t] value: 2",
        "leaves #(1 2 3) do: [:x | x > 1 ifTrue: [^ x]]. ^ 0",
        "sets v <- 9. ^ self gets",
        "gets ^ v",
        "id: x ^ x",
        "ignores: x ^ 4",
        "inBlock: x ^ [x] value",
        "maybe: x v isNil ifTrue: [^ 8]. ^ x",
        "a: a b: b c: c d: d e: e ^ a + b + c + d + e",
        "last: a b: b c: c d: d e: e ^ e",
    ] {
        m.compile("P", source);
    }
    m
}

/// Sends `sent` as compiled in `source`, but with the name `instead`.
fn exchanged(m: &mut Machine, class: &str, source: &str, sent: &str, instead: &str) {
    m.compile(class, source);
    let change = format!(
        "[:l | 1 to: l size do: [:i | (l at: i) = '{sent}' ifTrue: [l at: i put: '{instead}']]] \
         value: (<30 (({class} methods select: [:m | m name = 'go']) asArray at: 1) 3>)"
    );
    m.run(&change);
}

#[test]
fn a_selector_that_looks_unary() {
    in_tiers(&TIERS, |world| {
        let mut m = Machine::new(world);
        let text = m.error("3 _ 4");
        assert!(text.starts_with("3 does not understand \"_\""), "{text}");
        let text = m.error("'abc' _ 'def'");
        assert!(text.contains("does not understand \"_\""), "{text}");
    });
}

#[test]
fn more_than_the_method_asks_for() {
    in_tiers(&TIERS, |world| {
        let mut m = prepared(world);
        for (selector, answer) in [
            ("one", "1"),
            ("temps", "87"),
            ("blocks", "7"),
            ("leaves", "2"),
            ("sets", "9"),
        ] {
            exchanged(&mut m, "P", "go ^ self id: 3", "id:", selector);
            m.expect("P new go", answer);
            m.expect(
                "((1 to: 40) collect: [:i | P new go]) asArray at: 40",
                answer,
            );
            exchanged(
                &mut m,
                "P",
                "go ^ self a: 1 b: 2 c: 3 d: 4 e: 5",
                "a:b:c:d:e:",
                selector,
            );
            m.expect("P new go", answer);
            exchanged(&mut m, "Q", "go ^ super id: 3", "id:", selector);
            m.expect("Q new go", answer);
            m.expect("Q new go", answer);
        }
        // The right number still does it, at other sites.
        m.expect("P new one + P new temps", "88");
    });
}

#[test]
fn further_arguments_are_seen_by_whoever_looks() {
    in_tiers(&TIERS, |world| {
        let mut m = prepared(world);
        exchanged(&mut m, "P", "go ^ self id: 3", "id:", "trace");
        let text = m.answer("P new go");
        assert!(text.contains("trace[P,SmallInt,]\\ngo[P,]\\n"), "{text}");
        exchanged(
            &mut m,
            "P",
            "go ^ self a: 1 b: 'x' c: 3 d: 4 e: nil",
            "a:b:c:d:e:",
            "trace",
        );
        let text = m.answer("P new go");
        let line = "trace[P,SmallInt,String,SmallInt,SmallInt,Undefined,]\\n";
        assert!(text.contains(line), "{text}");
    });
}

#[test]
fn fewer_than_the_method_asks_for() {
    in_tiers(&TIERS, |world| {
        let mut m = prepared(world);
        for (selector, answer) in [("ignores:", "4"), ("maybe:", "8")] {
            exchanged(&mut m, "P", "go ^ self one", "one", selector);
            m.expect("P new go", answer);
            m.expect(
                "((1 to: 40) collect: [:i | P new go]) asArray at: 40",
                answer,
            );
        }
        for selector in ["id:", "inBlock:", "last:b:c:d:e:"] {
            exchanged(&mut m, "P", "go ^ self one", "one", selector);
            let text = m.error("P new go");
            assert!(
                text.contains("is missing: the call passed 0 arguments"),
                "{text}"
            );
        }
        exchanged(&mut m, "P", "go ^ self id: 3", "id:", "last:b:c:d:e:");
        let text = m.error("P new go");
        assert!(
            text.starts_with("argument 5 is missing: the call passed 1 argument\\n"),
            "{text}"
        );
        m.expect("(P new id: 5) + (P new inBlock: 6)", "11");
    });
}

#[test]
fn one_selector_at_many_sites() {
    in_tiers(&TIERS, |world| {
        let mut m = prepared(world);
        exchanged(&mut m, "P", "go ^ self id: 3", "id:", "temps");
        for n in 1..6 {
            let class = format!("R{n}");
            m.run(&format!(
                "Class addNewClass: (P subclass: '{class}' variables: '' classVariables: '')"
            ));
        }
        // More classes than a site counts, with either number of values, in turns.
        let all = "#((P new) (Q new) (R1 new) (R2 new) (R3 new) (R4 new) (R5 new))";
        let sum = format!("{all} inject: 0 into: [:s :e | s + e go + e temps]");
        for _ in 0..3 {
            m.expect(&sum, &(7 * 174).to_string());
        }
        // Not understood with one value and with two.
        exchanged(&mut m, "P", "go ^ self id: 3", "id:", "nothing");
        m.compile(
            "P",
            "doesNotUnderstand: m ^ (<30 (<30 m 2>) 1>) class name size * 10 + (<4 (<30 m 2>)>)",
        );
        let sum = format!("{all} inject: 0 into: [:s :e | s + e go + e nothing]");
        m.expect(&sum, "261");
        m.expect(&sum, "261");
    });
}

#[test]
fn contexts_with_another_number_of_arguments() {
    in_tiers(&TIERS, |world| {
        let mut m = prepared(world);
        let run = |selector: &str, arguments: &str| {
            format!(
                "Context new perform: ((P methods select: [:m | m name = '{selector}']) asArray at: 1) \
                 withArguments: {arguments}"
            )
        };
        m.expect(&run("temps", "#((P new) 2 3)"), "87");
        m.expect(&run("blocks", "#((P new) 2 3)"), "7");
        m.expect(&run("ignores:", "#((P new))"), "4");
        let text = m.error(&run("id:", "#((P new))"));
        assert!(text.starts_with("argument 1 is missing"), "{text}");
        let text = m.error(&run("inBlock:", "#((P new))"));
        assert!(text.starts_with("argument 1 is missing"), "{text}");
        let text = m.answer(&run("trace", "#((P new) nil)"));
        assert!(text.contains("\\ntrace[P,Undefined,]\\n"), "{text}");
        for arguments in ["#()", "nil", "3", "'abc'"] {
            let text = m.error(&run("one", arguments));
            assert!(text.contains("receiver"), "{arguments}: {text}");
        }
    });
}

/// A method that has been called so is changed, and collected.
#[test]
fn methods_that_change() {
    in_tiers(&TIERS, |world| {
        let mut m = prepared(world);
        exchanged(&mut m, "P", "go ^ self id: 3", "id:", "one");
        m.expect("P new go", "1");
        for n in 2..40 {
            m.compile("P", &format!("one | t | t <- [:x | x + {n}]. ^ t value: 0"));
            m.expect("P new go", &n.to_string());
            m.expect("P new one", &n.to_string());
            if n % 8 == 0 {
                m.run("(1 to: 20000) do: [:i | Array new: 100]");
            }
        }
    });
}
