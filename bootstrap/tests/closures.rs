//! What blocks become that are methods of their own.

#[allow(dead_code)]
mod compiling;

use compiling::{code_of, compile_in};
use smallworld_bootstrap::ast::Literal;
use smallworld_bootstrap::{CompiledMethod, Dialect, Language};

fn method(text: &str) -> CompiledMethod {
    compile_in(text, Language::OWN).unwrap()
}

/// The methods of the blocks directly in a method.
fn blocks(method: &CompiledMethod) -> Vec<&CompiledMethod> {
    let literals = method.literals.iter();
    literals
        .filter_map(|literal| match literal {
            Literal::Method(inner) => Some(&**inner),
            _ => None,
        })
        .collect()
}

/// The code of a method, then that of its blocks, the outer ones first.
fn codes(text: &str) -> Vec<String> {
    fn collect(method: &CompiledMethod, all: &mut Vec<String>) {
        all.push(code_of(method));
        for block in blocks(method) {
            collect(block, all);
        }
    }
    let mut all = Vec::new();
    collect(&method(text), &mut all);
    all
}

#[test]
fn a_block_holds_its_receiver_and_what_it_uses() {
    assert_eq!(
        codes("f: a ^ [:b | a + b]"),
        [
            // nil for home, self, a, the closure
            "5:10 2:0 2:1 8:3 15:9 0:0 15:2 15:5 15:1",
            "1:3 2:1 11:2 15:2",
        ]
    );
    let compiled = method("f [:a :b | a]");
    let block = blocks(&compiled)[0];
    assert_eq!(block.selector, "value:value:");
    assert_eq!((block.stack_size, block.temporary_size), (1, 0));
}

#[test]
fn instance_and_class_variables_are_those_of_the_receiver() {
    let inner = |text| codes(text).swap_remove(1);
    assert_eq!(inner("f [self]"), "1:2 15:2");
    assert_eq!(inner("f [y]"), "1:2 15:13 0:1 15:2");
    assert_eq!(inner("f [y := 3]"), "5:3 1:2 15:14 0:1 15:2");
    assert_eq!(inner("f [Origin]"), "1:2 13:1 0:2 15:13 0:5 15:2");
    assert_eq!(inner("f [super foo]"), "1:2 8:1 15:11 0:0 15:2");
    assert_eq!(inner("f [thisContext]"), "13:0 2:3 15:2");
    assert_eq!(inner("f []"), "5:10 15:2");
}

#[test]
fn a_return_in_a_block_needs_the_context_of_the_method() {
    assert_eq!(
        codes("f [[^ 1]]"),
        [
            "15:10 2:0 8:2 15:9 0:0 15:5 15:1",
            "1:1 1:2 8:2 15:9 0:0 15:2",
            "5:1 15:12 15:2",
        ]
    );
}

#[test]
fn what_changes_after_a_block_saw_it_is_in_an_environment() {
    assert_eq!(
        codes("f | n | n := 0. ^ [n := n + 1]"),
        [
            // An Array of one nil in temporary 0, and n in its slot 0.
            "5:10 13:1 2:4 7:0 15:5 5:0 3:0 15:14 0:0 15:5 5:10 2:0 3:0 8:3 15:9 0:0 15:2 15:5 15:1",
            "1:3 15:13 0:0 5:1 11:2 1:3 15:14 0:0 15:2",
        ]
    );
    // What was assigned before only is copied.
    assert_eq!(
        codes("f | n | n := 0. ^ [n]")[0],
        "5:0 7:0 15:5 5:10 2:0 3:0 8:3 15:9 0:0 15:2 15:5 15:1"
    );
    // What is assigned afterwards is not.
    assert!(codes("f | n | [n]. n := 0")[0].contains("15:14"));
    // What no block uses stays in the frame.
    assert_eq!(codes("f | n | n := 0")[0], "5:0 7:0 15:5 15:1");
}

#[test]
fn blocks_between_bring_what_is_used_inside() {
    assert_eq!(
        codes("f: a [[a]]"),
        [
            "5:10 2:0 2:1 8:3 15:9 0:0 15:5 15:1",
            "5:10 1:2 1:3 8:3 15:9 0:0 15:2",
            "1:3 15:2",
        ]
    );
}

#[test]
fn each_run_of_a_loop_has_its_own_variables() {
    // The counter is copied.
    assert_eq!(
        codes("f 1 to: 2 do: [:i | [i]]")[0],
        "5:1 7:0 3:0 5:2 11:1 15:8 1:5 5:10 2:0 3:0 8:3 15:9 0:0 15:5 3:0 5:1 11:2 7:0 15:5 15:6 0:2 15:5 15:1"
    );
    // An environment is made at the start of the body.
    let looping = &codes("f [x] whileTrue: [| t | [t := 1]]")[0];
    assert!(
        looping.starts_with("1:0 15:8 1:1 5:10 13:1 2:4 7:0 15:5"),
        "{looping}"
    );
}

#[test]
fn code_beyond_byte_255_has_wide_jumps() {
    let long = method(&format!("f x ifTrue: [{}]", "y. ".repeat(130)));
    // The prefix with the upper byte, the jump, the lower byte.
    assert_eq!(long.bytecodes[..5], [0x10, 0xf0, 1, 0xf8, 12]);
    let many = method(&format!("f {}", "'s'. ".repeat(300)));
    assert_eq!(many.literals.len(), 300);
    let last = many.bytecodes.len() - 6;
    assert_eq!(many.bytecodes[last..], [0xf0, 1, 0x04, 43, 0xf5, 0xf1]);
    let huge = format!("f x ifTrue: [{}]", "y. ".repeat(33_000));
    let error = compile_in(&huge, Language::OWN).unwrap_err();
    assert!(error[0].contains("65536"), "{error:?}");
}

#[test]
fn temporaries_beyond_the_frame_are_in_an_environment() {
    let names: Vec<String> = (0..300).map(|n| format!("t{n}")).collect();
    let many = method(&format!("f | {} | t299 := t0. ^ [t1]", names.join(" ")));
    assert_eq!(many.temporary_size, 255);
    assert!(blocks(&many).len() == 1);
}

#[test]
fn variables_of_2015_belong_to_the_method() {
    let old = Language::OWN.with_dialect(Dialect::Of2015);
    let compiled = compile_in("f [:a | a]", old).unwrap();
    assert_eq!(
        code_of(&compiled),
        "5:10 13:1 2:4 7:0 15:5 5:10 2:0 3:0 8:3 15:9 0:0 15:5 15:1"
    );
    // The parameter goes where the method and its blocks find it.
    assert_eq!(
        code_of(blocks(&compiled)[0]),
        "2:1 1:3 15:14 0:0 15:5 1:3 15:13 0:0 15:2"
    );
}
