//! What the original machine answered when asked for the code of a method, compared with ours.
//!
//! Takes the lines of the form `(Object parseMethod: 'text') byteCodes asCode` (also `literals
//! printString`, `stackSize`, `tempSize`) from the oracle's `A/compiler-output`.

#[allow(dead_code)]
mod common;

use common::Reader;
use smallworld_bootstrap::ast::Literal;
use smallworld_bootstrap::{CompiledMethod, Language, Scope, compile_method};

/// Splits a line into the class, the method's text and what is asked of the method.
fn question(line: &str) -> Option<(&str, String, &str)> {
    let (class, rest) = line.strip_prefix('(')?.split_once(" parseMethod: '")?;
    if !class.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let end = rest.rfind("') ")?;
    Some((class, rest[..end].replace("''", "'"), &rest[end + 3..]))
}

fn answer(method: &CompiledMethod, asked: &str) -> Option<String> {
    Some(match asked {
        "byteCodes asCode" => {
            let pairs: Vec<String> = method
                .bytecodes
                .iter()
                .map(|byte| format!("{}:{} ", byte / 16, byte % 16))
                .collect();
            format!("({})", pairs.concat())
        }
        "literals printString" => {
            let shown: Option<Vec<String>> = method.literals.iter().map(show).collect();
            format!("#({})", shown?.concat())
        }
        "stackSize" => method.stack_size.to_string(),
        "tempSize" => method.temporary_size.to_string(),
        _ => return None,
    })
}

fn show(literal: &Literal) -> Option<String> {
    Some(match literal {
        Literal::Integer(value) => format!("{value} "),
        Literal::Str(bytes) => format!("{} ", String::from_utf8_lossy(bytes)),
        Literal::Char(code) => format!("${} ", char::from_u32(*code)?),
        Literal::Class(name) => format!("{name} "),
        _ => return None,
    })
}

#[test]
fn the_code_is_what_the_original_answered() {
    let Some(folder) = smallworld_needs::shared() else {
        return;
    };
    let image = Reader::open(&folder.join("images/smallworld-2015.image"));
    let class_names = image.class_names();
    let is_class = |name: &str| class_names.iter().any(|own| own == name);
    let read = |name: &str| std::fs::read_to_string(folder.join("oracle/A").join(name)).unwrap();
    let expressions = read("compiler-output.expr");
    let answers = read("compiler-output.expect");

    let mut compared = 0;
    for (line, expected) in expressions.lines().zip(answers.lines()) {
        let Some((class, text, asked)) = question(line) else {
            continue;
        };
        let class = image.find_class(class);
        let scope = Scope {
            instance_variables: &image.instance_variables(class),
            class_variables: &image.class_variables(class),
            is_class: &is_class,
        };
        match (
            compile_method(&text, scope, Language::OF_2015),
            expected.strip_prefix("OK "),
        ) {
            (Ok(method), Some(expected)) => {
                if let Some(own) = answer(&method, asked) {
                    assert_eq!(own, expected, "{line}");
                    compared += 1;
                }
            }
            (Err(_), None) => compared += 1,
            (outcome, _) => panic!("{line}: {outcome:?}, expected {expected}"),
        }
    }
    println!("{compared} answers compared");
    assert!(compared > 50);
}
