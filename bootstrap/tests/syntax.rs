//! What the language of our own image has beyond that of 2015.

#[allow(dead_code)]
mod compiling;

use compiling::{code, code_of, compile, compile_in, errors};
use smallworld_bootstrap::ast::Literal;
use smallworld_bootstrap::{Blocks, Dialect, Language};

fn literals(text: &str) -> Vec<Literal> {
    compile(text).unwrap().literals
}

fn symbol(text: &str) -> Literal {
    Literal::Symbol(text.to_string())
}

fn large(negative: bool, digits: &str) -> Literal {
    Literal::Large {
        negative,
        digits: digits.to_string(),
    }
}

#[test]
fn both_arrows_assign() {
    assert_eq!(code("f x := y"), code("f x <- y"));
    assert_eq!(code("f x:=y"), code("f x<-y"));
}

#[test]
fn a_cascade_has_one_receiver() {
    assert_eq!(
        code("f ^ x foo; bar: 1; + 2"),
        "1:0 15:4 8:1 9:0 15:5 15:4 5:1 8:2 9:1 15:5 5:2 11:2 15:2 15:5 15:1"
    );
    // To super it goes with every message.
    assert_eq!(
        code("f super foo; bar"),
        "2:0 15:4 8:1 15:11 0:0 15:5 8:1 15:11 0:1 15:5 15:1"
    );
    assert_eq!(
        errors("f ^ 3; foo"),
        ["5: a message to some receiver must stand before ';'"]
    );
}

#[test]
fn symbols() {
    assert_eq!(
        literals("f #foo. #at:put:. #+. #'with blank'. #->"),
        [
            symbol("foo"),
            symbol("at:put:"),
            symbol("+"),
            symbol("with blank"),
            symbol("->"),
        ]
    );
}

#[test]
fn a_literal_array_is_one_literal() {
    let text = "f ^ #(1 -2 $a 'text' #sym sym at:put: + - (1 2) #(3) #[1 2] true nil)";
    let number = Literal::Integer;
    assert_eq!(
        literals(text),
        [Literal::Array(vec![
            number(1),
            number(-2),
            Literal::Char(97),
            Literal::Str(b"text".to_vec()),
            symbol("sym"),
            symbol("sym"),
            symbol("at:put:"),
            symbol("+"),
            symbol("-"),
            Literal::Array(vec![number(1), number(2)]),
            Literal::Array(vec![number(3)]),
            Literal::Bytes(vec![1, 2]),
            Literal::True,
            Literal::Nil,
        ])]
    );
    assert_eq!(code(text), "4:0 15:2 15:5 15:1");
    let many = format!("f ^ #({})", "77 ".repeat(10_000));
    assert_eq!(literals(&many).len(), 1);
}

#[test]
fn brace_arrays_are_made_anew() {
    assert_eq!(
        code("f ^ {x. 1 + 1. }"),
        "1:0 5:1 5:1 11:2 13:2 2:4 15:2 15:5 15:1"
    );
    assert_eq!(code("f ^ {}"), "13:0 2:4 15:2 15:5 15:1");
}

#[test]
fn numbers() {
    assert_eq!(
        literals("f 16r1F. 2r-101. 1e10. -5. 1.5e-3. 0.1. 123456789012345678901. 3e2. -1e10"),
        [
            Literal::Integer(31),
            Literal::Integer(-5),
            large(false, "10000000000"),
            Literal::Integer(-5),
            Literal::Float(0.0015),
            Literal::Float(0.1),
            large(false, "123456789012345678901"),
            Literal::Integer(300),
            large(true, "10000000000"),
        ]
    );
    assert_eq!(
        code("f 3-4. 3 - -4"),
        "5:3 5:4 8:2 9:0 15:5 5:3 4:1 8:2 9:2 15:5 15:1"
    );
}

#[test]
fn letters_of_any_alphabet() {
    assert_eq!(
        literals("f $é. 'é'"),
        [Literal::Char(233), Literal::Str("é".as_bytes().to_vec())]
    );
}

#[test]
fn empty_blocks_answer_nil_and_empty_methods_self() {
    assert_eq!(code("f [] value"), "12:0 0:4 5:10 15:2 8:1 9:0 15:5 15:1");
    assert_eq!(code("f ^ [:a]"), "12:0 0:4 5:10 15:2 15:2 15:5 15:1");
    assert_eq!(code("f \"for subclasses\""), "15:1");
    assert_eq!(
        code("f x ifTrue: []"),
        "1:0 15:8 0:6 5:10 15:6 0:7 5:10 15:5 15:1"
    );
}

#[test]
fn blocks_have_variables_of_their_own() {
    let method = compile("f [:a | | b | b := a]. [:a | [:a | a]]").unwrap();
    assert_eq!(method.temporary_size, 4);
    assert_eq!(
        code_of(&method),
        "12:0 0:8 5:10 7:1 15:5 3:0 7:1 15:2 15:5 12:2 1:0 12:3 0:15 3:3 15:2 15:2 15:5 15:1"
    );
    assert_eq!(errors("f [:a | | a | a]"), ["10: 'a' is already defined"]);
    assert_eq!(
        errors("f [:a | a := 3]"),
        ["8: only a temporary or an instance variable can be assigned to"]
    );
    // A parameter may have the name of an instance variable.
    assert_eq!(code("f: x ^ x"), "2:1 15:2 15:5 15:1");
    assert_eq!(
        errors("f: nil | self | ^ 1"),
        [
            "3: 'nil' has a meaning already: choose another name",
            "9: 'self' has a meaning already: choose another name",
        ]
    );
}

#[test]
fn pragmas_stand_before_the_statements() {
    assert_eq!(
        code("at: i <primitive: 60> | t | <script> ^ t"),
        "2:0 2:1 13:2 3:12 15:2 15:5 3:0 15:2 15:5 15:1"
    );
    assert_eq!(
        code("f <foo: 3 bar: #x> <1 x y>"),
        "1:0 1:1 13:2 0:1 15:5 15:1"
    );
    assert_eq!(
        errors("f <primitive: 300>"),
        ["2: a primitive is a number, 0 to 255"]
    );
}

#[test]
fn primitives_close_before_operators() {
    assert_eq!(
        code("f ^ <1 <2 x>>"),
        "1:0 13:1 0:2 13:1 0:1 15:2 15:5 15:1"
    );
}

#[test]
fn this_context() {
    assert_eq!(code("f ^ thisContext"), "13:0 2:3 15:2 15:5 15:1");
}

#[test]
fn control_flow_is_jumps() {
    // to:do: keeps its receiver as the value.
    assert_eq!(
        code("f 1 to: x do: [:i | i]"),
        "5:1 7:1 1:0 7:0 15:5 3:1 3:0 11:1 15:8 1:3 3:1 15:5 3:1 5:1 11:2 7:1 15:5 15:6 0:5 15:5 15:1"
    );
    assert_eq!(
        code("f 9 to: 1 by: -1 do: [:i | i]"),
        "5:9 7:0 5:1 3:0 11:1 15:8 1:0 3:0 15:5 3:0 4:0 11:2 7:0 15:5 15:6 0:2 15:5 15:1"
    );
    assert_eq!(
        code("f ^ x ifNil: [1]"),
        "1:0 15:4 10:0 15:8 0:7 15:5 5:1 15:2 15:5 15:1"
    );
    assert_eq!(
        code("f ^ x ifNotNil: [:v | v]"),
        "1:0 7:0 10:0 15:7 0:8 3:0 15:6 0:9 5:10 15:2 15:5 15:1"
    );
    // With another number of parameters they are messages.
    assert!(code("f x ifTrue: [:a | a]").contains("12:0"));
    assert!(code("f 1 to: 2 do: [1]").contains("12:0"));
    assert!(code("f 1 to: 2 by: x do: [:i | i]").contains("12:0"));
}

#[test]
fn temporaries_of_loops_begin_as_nil() {
    assert_eq!(
        code("f [x] whileTrue: [| t | t]"),
        "1:0 15:8 0:10 5:10 7:0 15:5 3:0 15:5 15:6 0:0 5:10 15:5 15:1"
    );
}

#[test]
fn messages_say_what_to_write() {
    assert_eq!(
        errors("f ^ #(1 + 2. x)"),
        [
            "11: unexpected '.', expected a constant in '#( )' (write '{a. b}' for an array of expressions)"
        ]
    );
    assert_eq!(
        errors("f #[1 256]"),
        ["6: unexpected '256', expected a number from 0 to 255, or ']'"]
    );
    assert_eq!(
        errors("f (x) := 3"),
        ["6: only a variable can be assigned to"]
    );
    assert_eq!(
        errors("f 'a' 'b'"),
        ["6: unexpected a string, expected '.' or the end of the method"]
    );
}

#[test]
fn the_language_of_2015_stays() {
    let language = Language::OWN
        .with_dialect(Dialect::Of2015)
        .with_blocks(Blocks::Shared);
    let old = |text| code_of(&compile_in(text, language).unwrap());
    assert_eq!(
        old("f ^ #(x (y foo))"),
        "1:0 1:1 8:1 9:0 13:2 2:4 15:2 15:5 15:1"
    );
    assert!(old("f 1 to: x do: [:i | i]").contains("12:0"));
    assert_eq!(old("f [:a | a <- 3]"), "12:0 0:5 5:3 7:0 15:2 15:5 15:1");
    for text in ["f #x", "f x foo; bar", "f []", "f [:a | [:a | a]]", "f {1}"] {
        assert!(compile_in(text, language).is_err(), "{text}");
    }
}
