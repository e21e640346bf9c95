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
//! Lines outside of these are ignored, as the image does. Nothing runs while an image is built, so
//! the only expression understood after `EVAL` is the one that adds a class.

use crate::class_file::is_name;
use crate::definition::{
    ClassDefinition, ClassVariable, Definitions, InitialValue, MethodDefinition, Place,
};
use crate::scanner::{Scanner, TokenKind};

/// Whether a text is in this format: some line begins with one of its words.
pub(crate) fn is_chunk_file(text: &str) -> bool {
    text.lines().any(|line| {
        ["EVAL ", "METHOD ", "META "]
            .iter()
            .any(|word| line.starts_with(word))
    })
}

/// Reads a file-in text; `source` is its number.
pub(crate) fn read(text: &str, source: usize, definitions: &mut Definitions) {
    let mut lines = Lines { text, at: 0 };
    while let Some((offset, line)) = lines.next() {
        let place = Place { source, offset };
        if let Some(expression) = line.strip_prefix("EVAL ") {
            match added_class(expression, place) {
                Some(class) => definitions.classes.push(class),
                None => definitions.fault(
                    place,
                    "only 'EVAL Class addNewClass: (Super subclass: 'Name' variables: 'a b' \
                     classVariables: 'C')' can be done when an image is built",
                ),
            }
        } else if let Some(class) = line.strip_prefix("METHOD ") {
            method(class, false, place, &mut lines, definitions);
        } else if let Some(class) = line.strip_prefix("META ") {
            method(class, true, place, &mut lines, definitions);
        }
    }
}

struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<(usize, &'a str)> {
        if self.at >= self.text.len() {
            return None;
        }
        let offset = self.at;
        let line = self.text[offset..].split('\n').next().unwrap_or("");
        self.at = offset + line.len() + 1;
        Some((offset, line))
    }
}

fn method(
    class: &str,
    class_side: bool,
    place: Place,
    lines: &mut Lines<'_>,
    definitions: &mut Definitions,
) {
    let start = lines.at.min(lines.text.len());
    let mut end = None;
    for (offset, line) in lines.by_ref() {
        if line == "!" {
            end = Some(offset);
            break;
        }
    }
    let Some(end) = end else {
        definitions.fault(place, "the method has no end: a line with only '!'");
        return;
    };
    if !is_name(class) {
        definitions.fault(place, format!("'{class}' is no name of a class"));
        return;
    }
    definitions.methods.push(MethodDefinition {
        class: class.to_string(),
        class_side,
        text: lines.text[start..end].trim_end().to_string(),
        place: Place {
            offset: start,
            ..place
        },
    });
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
