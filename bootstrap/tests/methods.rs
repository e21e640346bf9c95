//! What single methods compile to, and the errors of those that do not.

#[allow(dead_code)]
mod compiling;

use compiling::{code, compile, compile_in, errors};
use smallworld_bootstrap::ast::Literal;
use smallworld_bootstrap::{Blocks, Dialect, Language, Trailing};

/// What the compiler of the 2015 image takes, without anything behind it.
const OLD: Language = Language {
    trailing: Trailing::Reject,
    ..Language::OF_2015
};

#[test]
fn variables() {
    assert_eq!(code("f: a ^ a"), "2:1 15:2 15:5 15:1");
    assert_eq!(code("f | t | t <- y"), "1:1 7:0 15:5 15:1");
    assert_eq!(code("f x <- Origin"), "14:0 6:0 15:5 15:1");
    assert_eq!(code("f super. self"), "2:0 15:5 2:0 15:5 15:1");
}

#[test]
fn a_while_loop_answers_nil() {
    assert_eq!(
        code("f [x isNil] whileFalse: [y]"),
        "1:0 10:0 15:7 0:8 1:1 15:5 15:6 0:0 5:10 15:5 15:1"
    );
}

#[test]
fn branches_are_jumps_only_with_blocks() {
    assert_eq!(
        code("f x ifTrue: [1] ifFalse: [2]"),
        "1:0 15:8 0:6 5:1 15:6 0:7 5:2 15:5 15:1"
    );
    assert_eq!(code("f x ifTrue: y"), "1:0 1:1 8:2 9:0 15:5 15:1");
}

#[test]
fn block_parameters_keep_their_places() {
    let method = compile("f [:a | a]. [:b :c | b]").unwrap();
    assert_eq!(method.temporary_size, 3);
    assert_eq!(
        code("f [:a | a]. [:a | a]"),
        "12:0 0:4 3:0 15:2 15:5 12:1 0:9 3:1 15:2 15:5 15:1"
    );
}

#[test]
fn caret_in_a_block_leaves_its_home() {
    assert_eq!(
        code("f [^ 1]. x ifTrue: [^ 2]"),
        "12:0 0:5 5:1 15:3 15:2 15:5 1:0 15:8 0:13 5:2 15:2 15:6 0:14 5:10 15:5 15:1"
    );
}

#[test]
fn literals_are_not_shared() {
    let method = compile("f 'a'. 'a'. Object foo. -3. $b").unwrap();
    assert_eq!(
        method.literals,
        [
            Literal::Str(b"a".to_vec()),
            Literal::Str(b"a".to_vec()),
            Literal::Class("Object".to_string()),
            Literal::Str(b"foo".to_vec()),
            Literal::Integer(-3),
            Literal::Char(98),
        ]
    );
}

#[test]
fn operands_beyond_fifteen_take_a_byte() {
    let temporaries: Vec<String> = (0..18).map(|n| format!("t{n}")).collect();
    let text = format!("f | {} | t15. t16 <- 0", temporaries.join(" "));
    assert_eq!(code(&text), "3:15 15:5 5:0 0:7 1:0 15:5 15:1");
}

#[test]
fn super_sends_name_their_selector_in_a_byte() {
    assert_eq!(
        code("f ^ super at: 1"),
        "2:0 5:1 8:2 15:11 0:0 15:2 15:5 15:1"
    );
}

#[test]
fn syntax_errors_say_what_was_expected() {
    assert_eq!(
        errors("f ^ (3"),
        ["6: unexpected the end of the text, expected ')'"]
    );
    assert_eq!(
        errors("f ^ 3)"),
        ["5: unexpected ')', expected '.' or the end of the method"]
    );
    let old = |text| compile_in(text, OLD).unwrap_err();
    assert_eq!(old("f [ ]"), ["4: unexpected ']', expected an expression"]);
    assert_eq!(
        old("f [:a|-a]"),
        ["5: '|-' is one operator here: write a blank after '|'"]
    );
    assert_eq!(
        errors("3"),
        ["0: unexpected '3', expected the header of a method"]
    );
    assert_eq!(
        errors("f <300>"),
        ["3: unexpected '300', expected a primitive's number, 0 to 255"]
    );
    assert_eq!(
        errors("f: a a <- 3"),
        ["5: only a temporary or an instance variable can be assigned to"]
    );
}

#[test]
fn several_names_are_reported_at_once() {
    let text = "f: x | y a a | foo <- bar + 1";
    assert_eq!(
        compile_in(text, OLD).unwrap_err(),
        [
            "3: 'x' is already defined",
            "7: 'y' is already defined",
            "11: 'a' is already defined",
            "15: unknown name 'foo'",
            "22: unknown name 'bar'",
        ]
    );
    assert_eq!(
        errors(text),
        [
            "11: 'a' is already defined",
            "15: unknown name 'foo'",
            "22: unknown name 'bar'",
        ]
    );
}

#[test]
fn what_follows_a_method_can_be_ignored() {
    let method = compile_in("f ^ 1 ) ^ 2", Language::OF_2015).unwrap();
    assert_eq!(method.bytecodes, [0x51, 0xf2, 0xf5, 0xf1]);
}

#[test]
fn what_is_too_large_is_an_error() {
    let long = format!("f x ifTrue: [{}]", "y. ".repeat(130));
    assert_eq!(
        errors(&long),
        ["0: the method is too large: a jump goes beyond byte 255"]
    );
    let many = format!("f {}", "'s'. ".repeat(300));
    assert_eq!(
        errors(&many),
        ["0: the method is too large: an operand exceeds 255"]
    );
    let deep = format!("f {}x{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(errors(&deep)[0].ends_with("nested too deeply"));
    let deep = format!("f {}x{}", "#(".repeat(100_000), ")".repeat(100_000));
    assert!(errors(&deep)[0].ends_with("nested too deeply"));
}

#[test]
fn long_chains_are_an_error() {
    for message in [" x", " + 1", " <- x"] {
        let chain = format!("f x{}", message.repeat(100_000));
        let last = errors(&chain).pop().unwrap();
        assert!(
            last.contains("too many messages") || last.contains("too deeply"),
            "{last}"
        );
    }
    assert!(compile(&format!("f x{}", " + 1".repeat(1000))).is_ok());
}

#[test]
fn no_text_makes_the_compiler_panic() {
    let text = "f: a <foo: 3 bar: #b> | t | t <- a at: 'x''' put: #(1 $a (2) #x y: + #[1 2] #'a b'). \
                {16r1F. a x; y: 1e3; + 2}. [:b :c | | d | d := 2r-1. ^ <7 b 1>] value: -2.5. ^ t";
    for end in 0..text.len() {
        for broken in [&text[..end], &text[end..]] {
            for dialect in [Dialect::Current, Dialect::Of2015] {
                for language in [OLD, Language::OWN.with_blocks(Blocks::Closures)] {
                    let language = language.with_dialect(dialect);
                    let _ = compile_in(broken, language);
                    let _ = compile_in(&format!("f {broken}"), language);
                }
            }
        }
    }
}
