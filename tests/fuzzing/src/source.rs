//! Smalltalk source: one method, and whole files of classes.

use crate::small;
use smallworld_bootstrap::{Dialect, Language, Scope, Source, build, compile_method};
use smallworld_image::{Image, Shape, selector_arity, verify};

/// Takes the bytes as a method, as an expression, and as a file beside the small classes.
pub fn feed(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    method(&text);
    file(&text);
}

fn method(text: &str) {
    let names = ["one".to_string(), "two".to_string()];
    let scope = Scope {
        instance_variables: &names,
        class_variables: &names[..1],
        is_class: &|name| name == "Object",
    };
    let old = Language::OWN.with_dialect(Dialect::Of2015);
    for language in [Language::OWN, old, Language::OF_2015] {
        match compile_method(text, scope, language) {
            Err(errors) => {
                assert!(!errors.is_empty());
                for error in errors {
                    assert!(error.offset <= text.len(), "{error:?}");
                }
            }
            Ok(compiled) => {
                use smallworld_bootstrap::ast::Literal;
                let is_selector = |n: usize| {
                    matches!(
                        compiled.literals.get(n),
                        Some(Literal::Str(_) | Literal::Selector(_))
                    )
                };
                let verified = verify(&Shape {
                    code: &compiled.bytecodes,
                    arity: selector_arity(compiled.selector.as_bytes()),
                    temporaries: compiled.temporary_size,
                    literals: compiled.literals.len(),
                    is_selector: &is_selector,
                });
                assert!(verified.is_ok(), "{verified:?}");
            }
        }
    }
}

fn file(text: &str) {
    let mut sources = small::sources();
    sources.push(Source::new("input", text));
    match build(&sources) {
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                let _ = problem.to_string();
            }
        }
        Ok(image) => {
            assert!(
                build(&sources).is_ok_and(|again| again == image),
                "not the same twice"
            );
            let read = Image::read(&image.write(image.format)).expect("it can be read");
            let problems = read.check();
            assert!(problems.is_empty(), "{problems:?}");
        }
    }
}
