//! The table of primitives and what the machine does.

use super::*;
use crate::object::ObjectFormat;
use crate::source::Source;
use crate::ui::Headless;
use crate::vm::{ARRAY, Options};
use smallworld_abi::primitive::ROWS;

/// The classes that every image needs.
const CLASSES: &str = include_str!("../../../tests/fuzzing/src/small.st");

fn machine() -> Box<Vm> {
    let parts = CLASSES.split("\nClass: ").skip(1);
    let sources: Vec<_> = parts
        .map(|part| smallworld_bootstrap::Source::new("small.st", format!("Class: {part}")))
        .collect();
    let image = smallworld_bootstrap::build(&sources).unwrap();
    let source = Source::other(&crate::native::NO_NATIVE, image).unwrap();
    let options = Options {
        max_heap: 8 << 20,
        stack_words: 1 << 15,
        ..Options::default()
    };
    Vm::new(&source, options, Box::new(Headless::silent()))
}

/// All ways to choose so many of some values.
fn choices(values: &[Word], count: usize) -> Vec<Vec<Word>> {
    match count {
        0 => vec![Vec::new()],
        _ => choices(values, count - 1)
            .into_iter()
            .flat_map(|chosen| values.iter().map(move |&w| [&chosen[..], &[w]].concat()))
            .collect(),
    }
}

#[test]
fn those_are_quick_that_the_table_says() {
    let mut vm = machine();
    let top = vm.stack_start();
    let bytes = vm.new_bytes(top, ARRAY, b"bytes").unwrap();
    let slots = vm.allocate(top, ARRAY, ObjectFormat::Slots, 3).unwrap();
    let values = [Word::int(2), bytes, slots];
    for number in 0..=u8::MAX {
        let primitive = vm.dialect.primitive(number);
        let quick = primitive.is_some_and(Primitive::is_quick);
        let arity = primitive.and_then(|p| p.row().arity());
        let arities = arity.map_or(0..=3, |n| n..=n.min(4));
        let answered = arities.flat_map(|n| choices(&values, n)).any(|given| {
            // SAFETY: values of the program, which are still where they were: nothing collects.
            unsafe { super::quick(&mut vm, number, &given) }.is_some()
        });
        assert_eq!(answered, quick, "{number}");
    }
}

#[test]
fn machines_have_what_their_tables_say() {
    // What the machine lacks is said in the same words, whatever the number.
    let mut vm = machine();
    let top = vm.stack_start();
    for number in 0..=u8::MAX {
        if vm.dialect.primitive(number).is_some() {
            continue;
        }
        // SAFETY: without arguments nothing is read; below the stack's start is nothing, and
        // nobody looks there.
        let outcome = unsafe { run(&mut vm, top, 0, number) };
        let Outcome::Absent(text) = outcome else {
            panic!("{number} is there");
        };
        let expected = format!("there is no primitive {number} in SmallWorld 2015");
        assert_eq!(text, expected);
    }
    assert!(ROWS.len() > 90);
}
