//! Reads the image's own file-in format.
//!
//! ```text
//! EVAL Class addNewClass: (Object subclass: 'Shape' variables: 'name' classVariables: '')
//! METHOD Shape
//! name
//!     ^ name
//! !
//! META Shape
//! named: aString
//!     ^ self new name: aString
//! !
//! ```
//!
//! [`chunk`](crate::chunk) takes such a text apart. Nothing runs while an image is built, so the
//! only expression understood after `EVAL` is the one that adds a class.

use crate::chunk::{ChunkKind, chunks, is_own_format};
use crate::class_file::is_name;
use crate::definition::{
    ClassDefinition, ClassVariable, Definitions, InitialValue, MethodDefinition, Place,
};
use crate::language::Dialect;
use crate::scanner::{Scanner, TokenKind};

/// Whether a text is in this format: some line begins with one of its words.
pub(crate) fn is_chunk_file(text: &str) -> bool {
    is_own_format(text)
}

/// Reads a file-in text; `source` is its number.
pub(crate) fn read(text: &str, source: usize, definitions: &mut Definitions) {
    let (chunks, faults) = chunks(text);
    for fault in faults {
        let place = Place {
            source,
            offset: fault.offset,
        };
        definitions.fault(place, fault.message);
    }
    for chunk in chunks {
        let body = &text[chunk.text.clone()];
        let line = Place {
            source,
            offset: chunk.offset,
        };
        let start = Place {
            offset: chunk.text.start,
            ..line
        };
        match chunk.kind {
            ChunkKind::Evaluation => match added_class(body, line) {
                Some(class) => definitions.classes.push(class),
                None => definitions.fault(
                    line,
                    "only 'EVAL Class addNewClass: (Super subclass: 'Name' variables: 'a b' \
                     classVariables: 'C')' can be done when an image is built",
                ),
            },
            // There is none in this format.
            ChunkKind::Comment { .. } => {}
            ChunkKind::Method { class, class_side } => definitions.methods.push(MethodDefinition {
                class,
                class_side,
                text: body.trim_end().to_string(),
                dialect: Dialect::Current,
                place: start,
            }),
        }
    }
}

/// The class that an `addNewClass:` expression makes.
fn added_class(expression: &str, place: Place) -> Option<ClassDefinition> {
    let mut scanner = Scanner::new(expression);
    let mut next = || scanner.next_token().ok().map(|token| token.kind);
    let mut expect = |wanted: TokenKind| (next()? == wanted).then_some(());
    expect(TokenKind::Name("Class".into()))?;
    expect(TokenKind::Keyword("addNewClass:".into()))?;
    expect(TokenKind::ParenOpen)?;
    let TokenKind::Name(superclass) = next()? else {
        return None;
    };
    let mut argument = |keyword: &str| {
        (next()? == TokenKind::Keyword(keyword.into())).then_some(())?;
        match next()? {
            TokenKind::Str(bytes) => String::from_utf8(bytes).ok(),
            _ => None,
        }
    };
    let name = argument("subclass:")?;
    let variables = argument("variables:")?;
    let class_variables = argument("classVariables:")?;
    let closed = next()? == TokenKind::ParenClose && next()? == TokenKind::End;
    let words = |text: &str| text.split_whitespace().all(is_name);
    if !closed || !is_name(&name) || !words(&variables) || !words(&class_variables) {
        return None;
    }
    let class_variable = |name: &str| ClassVariable {
        name: name.to_string(),
        value: InitialValue::Literal(crate::ast::Literal::Nil),
        place,
    };
    Some(ClassDefinition {
        name,
        superclass: Some(superclass),
        variables: variables.split_whitespace().map(str::to_string).collect(),
        class_variables: class_variables
            .split_whitespace()
            .map(class_variable)
            .collect(),
        place,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Definitions {
        let mut definitions = Definitions::default();
        read(text, 0, &mut definitions);
        definitions
    }

    #[test]
    fn classes_and_methods() {
        let definitions = read_text(
            "\"Shapes\"\nEVAL Class addNewClass: (Object subclass: 'Shape' variables: 'a b' classVariables: 'C')\n\
             METHOD Shape\na\n\t^ a\n!\nMETA Shape\nnew\n\t^ 1\n!\n",
        );
        assert_eq!(definitions.faults, []);
        let class = &definitions.classes[0];
        assert_eq!(class.superclass.as_deref(), Some("Object"));
        assert_eq!(class.variables, ["a", "b"]);
        assert_eq!(class.class_variables[0].name, "C");
        let methods = &definitions.methods;
        assert_eq!(
            (methods[0].text.as_str(), methods[0].class_side),
            ("a\n\t^ a", false)
        );
        assert_eq!(
            (methods[1].text.as_str(), methods[1].class_side),
            ("new\n\t^ 1", true)
        );
    }

    #[test]
    fn other_expressions_cannot_run() {
        for text in [
            "EVAL 3 + 4",
            "EVAL Class addNewClass: (Object subclass: 'a b' variables: '' classVariables: '')",
        ] {
            assert_eq!(read_text(text).faults.len(), 1, "{text}");
        }
    }

    #[test]
    fn nothing_is_left_out() {
        let definitions = read_text("METHOD A\nfoo\n!\nnil foo\n");
        assert_eq!(definitions.faults.len(), 1);
        assert_eq!(definitions.faults[0].place.offset, 15);
    }

    #[test]
    fn a_method_needs_its_end() {
        let definitions = read_text("METHOD A\nfoo\n");
        assert_eq!(definitions.faults.len(), 1);
        assert_eq!(definitions.methods, []);
    }

    #[test]
    fn formats_are_told_apart() {
        assert!(is_chunk_file("\"x\"\nMETHOD A\nfoo\n!\n"));
        assert!(!is_chunk_file("Class: A\nSuperclass: Object\n"));
    }
}
