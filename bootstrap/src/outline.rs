//! What there is in a text, whatever its names mean: where its statements are, and whether a
//! compiler inside an image takes in all of it.

use crate::diagnostic::TextError;
use crate::language::Dialect;
use crate::parser::Parser;
use std::ops::Range;

/// How much of a text the compiler inside an image takes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outline {
    /// All of it; here are its statements.
    Whole(Vec<StatementPlace>),
    /// It ends well before this place: an image's compiler leaves out the rest without a word.
    Beginning(TextError),
    /// Something is wrong at this place, or beyond what is known here of the language.
    Broken {
        /// How many statements end well before.
        before: usize,
        /// What is wrong.
        error: TextError,
    },
}

/// Where a statement is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementPlace {
    /// Its text, without the `^`.
    pub text: Range<usize>,
    /// Whether it begins with `^`: what follows is not reached.
    pub returns: bool,
}

/// What there is in a text of statements that is to be evaluated.
///
/// ```
/// use smallworld_bootstrap::{Dialect, Outline, outline_statements};
///
/// let Outline::Whole(places) = outline_statements("3 foo. ^ 4", Dialect::Current) else {
///     panic!("both are statements");
/// };
/// assert_eq!((places[0].text.clone(), places[1].returns), (0..5, true));
/// assert!(matches!(outline_statements("#(1 2)) size", Dialect::Current), Outline::Beginning(error) if error.offset == 6));
/// assert!(matches!(outline_statements("3. 4 +", Dialect::Current), Outline::Broken { before: 1, .. }));
/// ```
pub fn outline_statements(text: &str, dialect: Dialect) -> Outline {
    outline(text, dialect, false)
}

/// The same for a whole method.
pub fn outline_method(text: &str, dialect: Dialect) -> Outline {
    outline(text, dialect, true)
}

/// The selector of a method, if its header is right.
pub fn selector_of(text: &str) -> Option<String> {
    Parser::new(text, Dialect::Current).selector().ok()
}

fn outline(text: &str, dialect: Dialect, is_method: bool) -> Outline {
    let mut parser = Parser::new(text, dialect);
    let mut places = Vec::new();
    let parsed = parser.outline(is_method, &mut |place| places.push(place));
    match parsed {
        Err(error) => Outline::Broken {
            before: places.len(),
            error,
        },
        Ok(()) => match parser.expect_end("'.' or the end") {
            Ok(()) => Outline::Whole(places),
            Err(error) => Outline::Beginning(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many statements are whole, and where the rest begins.
    fn shape(outline: Outline) -> (usize, Option<usize>) {
        match outline {
            Outline::Whole(places) => (places.len(), None),
            Outline::Beginning(error) => (usize::MAX, Some(error.offset)),
            Outline::Broken { before, error } => (before, Some(error.offset)),
        }
    }

    fn in_current(text: &str) -> (usize, Option<usize>) {
        shape(outline_statements(text, Dialect::Current))
    }

    #[test]
    fn what_a_compiler_would_leave_out_is_found() {
        let left_out = |at| (usize::MAX, Some(at));
        for (text, expected) in [
            ("#(1 2)) size", left_out(6)),
            ("'a' 'b'", left_out(4)),
            ("3 'open", left_out(2)),
            ("3 $", left_out(2)),
            ("3 + 4 ^ 5", left_out(6)),
            ("3. 4 ]", left_out(5)),
            ("3 foo", (1, None)),
            ("a <- b. ^ c. \"end\" ", (2, None)),
            ("3. (4", (1, Some(5))),
        ] {
            assert_eq!(in_current(text), expected, "{text}");
            let old = outline_statements(text, Dialect::Of2015);
            assert_eq!(shape(old), expected, "{text}");
        }
    }

    #[test]
    fn the_dialect_decides() {
        for (text, current, old) in [
            ("| a <- b. ^ c.", (0, Some(4)), (0, Some(0))),
            ("| a | a := #x. a", (2, None), (0, Some(0))),
            ("#x", (1, None), (0, Some(0))),
            ("", (0, None), (0, Some(0))),
            ("#(a foo: b)", (1, None), (0, Some(4))),
        ] {
            assert_eq!(in_current(text), current, "{text}");
            let other = outline_statements(text, Dialect::Of2015);
            assert_eq!(shape(other), old, "{text}");
        }
    }

    #[test]
    fn methods_have_headers() {
        let of = |text| shape(outline_method(text, Dialect::Current));
        let whole = "at: x put: y <foo> | z | z <- x. other <- y. ^ z";
        assert_eq!(of(whole), (3, None));
        assert_eq!(selector_of(whole).as_deref(), Some("at:put:"));
        assert_eq!(of("foo ^ 1 ) 2"), (usize::MAX, Some(8)));
        assert_eq!(of("foo ^ 1 + (2"), (0, Some(12)));
        assert_eq!(selector_of("foo ^ ("), Some("foo".to_string()));
        assert_eq!(selector_of("("), None);
    }
}
