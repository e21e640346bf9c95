//! The first values of class variables, written in the header of a class file.
//!
//! A list of names, each with a value if it is not nil: `Count = 0 Names = #('a' 'b') Helper = Point`.
//! A value is a number, a string, a symbol, a character, nil, true, false, an array of values, the name of
//! a class, `%classes`: all classes of the image, or `%symbols`: the table of its symbols.

use crate::ast::Literal;
use crate::definition::{ClassVariable, Fault, InitialValue, Place};
use crate::diagnostic::TextError;
use crate::number;
use crate::scanner::{Scanner, Token, TokenKind};

/// Reads the list; `place` is where `text` begins.
pub(crate) fn class_variables(text: &str, place: Place) -> Result<Vec<ClassVariable>, Fault> {
    let fault = |error: TextError| Fault::new(place.plus(error.offset), error.message);
    let mut scanner = Scanner::new(text);
    let mut list = Vec::new();
    let mut token = scanner.next_token().map_err(fault)?;
    while token.kind != TokenKind::End {
        let TokenKind::Name(name) = token.kind else {
            let message = "expected the name of a class variable";
            return Err(Fault::new(place.plus(token.offset), message));
        };
        let start = token.offset;
        token = scanner.next_token().map_err(fault)?;
        let mut value = InitialValue::Literal(Literal::Nil);
        if token.kind.is_binary("=") {
            let first = scanner.next_token().map_err(fault)?;
            value = read_value(&mut scanner, first, 0).map_err(fault)?;
            token = scanner.next_token().map_err(fault)?;
        }
        list.push(ClassVariable {
            name,
            value,
            place: place.plus(start),
        });
    }
    Ok(list)
}

/// How deep arrays may nest.
const MAX_DEPTH: usize = 50;

fn read_value(
    scanner: &mut Scanner<'_>,
    token: Token,
    depth: usize,
) -> Result<InitialValue, TextError> {
    let literal = match token.kind {
        TokenKind::Number { value, .. } => value,
        TokenKind::Str(bytes) => Literal::Str(bytes),
        TokenKind::Char(code) => Literal::Char(code),
        TokenKind::Symbol(text) => Literal::Symbol(text),
        TokenKind::Name(name) => match name.as_str() {
            "nil" => Literal::Nil,
            "true" => Literal::True,
            "false" => Literal::False,
            _ => Literal::Class(name),
        },
        TokenKind::Binary(sign) if sign == "-" => match scanner.next_token()?.kind {
            TokenKind::Number { value, .. } => number::negated(value),
            _ => return Err(TextError::new(token.offset, "expected a number after '-'")),
        },
        TokenKind::Binary(sign) if sign == "%" => match scanner.next_token()?.kind {
            TokenKind::Name(name) if name == "classes" => return Ok(InitialValue::AllClasses),
            TokenKind::Name(name) if name == "symbols" => return Ok(InitialValue::AllSymbols),
            _ => {
                let message = "expected '%classes' or '%symbols'";
                return Err(TextError::new(token.offset, message));
            }
        },
        TokenKind::ArrayOpen if depth < MAX_DEPTH => {
            let mut elements = Vec::new();
            loop {
                let next = scanner.next_token()?;
                match next.kind {
                    TokenKind::ParenClose => return Ok(InitialValue::Array(elements)),
                    _ => elements.push(read_value(scanner, next, depth + 1)?),
                }
            }
        }
        _ => return Err(TextError::new(token.offset, "expected a value")),
    };
    Ok(InitialValue::Literal(literal))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Place = Place {
        source: 0,
        offset: 100,
    };

    #[test]
    fn values_of_every_kind() {
        let list =
            class_variables("a b = -3 c = #('x' #(nil $y) Point) d = %classes", START).unwrap();
        let names: Vec<&str> = list.iter().map(|variable| variable.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
        assert_eq!(list[0].value, InitialValue::Literal(Literal::Nil));
        assert_eq!(list[1].value, InitialValue::Literal(Literal::Integer(-3)));
        assert_eq!(
            list[2].value,
            InitialValue::Array(vec![
                InitialValue::Literal(Literal::Str(b"x".to_vec())),
                InitialValue::Array(vec![
                    InitialValue::Literal(Literal::Nil),
                    InitialValue::Literal(Literal::Char(121)),
                ]),
                InitialValue::Literal(Literal::Class("Point".to_string())),
            ])
        );
        assert_eq!(list[3].value, InitialValue::AllClasses);
        assert_eq!(list[1].place.offset, 102);
    }

    #[test]
    fn faults_say_where() {
        for (text, offset) in [("a = ", 104), ("3", 100), ("a = #(1", 107), ("a = %x", 104)] {
            assert_eq!(
                class_variables(text, START).unwrap_err().place.offset,
                offset,
                "{text}"
            );
        }
    }
}
