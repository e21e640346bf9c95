//! Cuts a text into tokens.
//!
//! In the language of our own image an operator is as long as it goes, and `|` is always one of its own;
//! a minus right before a digit begins another token. In the language of 2015 the rules are those of the
//! compiler inside that image: an operator has one or two characters; a digit, a letter, a blank or one of
//! `.()[]#^$'` ends it. Strings keep whatever bytes they hold.

mod token;

pub use token::{Token, TokenKind};

use crate::diagnostic::TextError;
use crate::language::Dialect;
use crate::number::Written;

/// Reads tokens from a text, one at a time.
#[derive(Debug, Clone)]
pub struct Scanner<'a> {
    source: &'a str,
    text: &'a [u8],
    at: usize,
    dialect: Dialect,
}

impl<'a> Scanner<'a> {
    /// A scanner at the start of a text in the language of our own image.
    pub fn new(text: &'a str) -> Scanner<'a> {
        Scanner::of(text, Dialect::Current)
    }

    /// A scanner at the start of a text.
    pub fn of(text: &'a str, dialect: Dialect) -> Scanner<'a> {
        Scanner {
            source: text,
            text: text.as_bytes(),
            at: 0,
            dialect,
        }
    }

    fn is_current(&self) -> bool {
        self.dialect == Dialect::Current
    }

    /// Goes back, or on, to a place.
    pub(crate) fn go_to(&mut self, offset: usize) {
        self.at = offset;
    }

    /// The offset of the next byte to read.
    pub fn offset(&self) -> usize {
        self.at
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> String {
        let start = self.at;
        while self.peek().is_some_and(&wanted) {
            self.at += 1;
        }
        String::from_utf8_lossy(&self.text[start..self.at]).into_owned()
    }

    fn skip_blanks_and_comments(&mut self) -> Result<(), TextError> {
        while let Some(byte) = self.peek() {
            if is_blank(byte) {
                self.at += 1;
            } else if byte == b'"' {
                let start = self.at;
                let body = &self.text[start + 1..];
                match body.iter().position(|byte| *byte == b'"') {
                    Some(length) => self.at = start + length + 2,
                    None => return Err(TextError::new(start, "unterminated comment")),
                }
            } else {
                break;
            }
        }
        Ok(())
    }

    /// The next token; at the end of the text always [`TokenKind::End`].
    pub fn next_token(&mut self) -> Result<Token, TextError> {
        self.skip_blanks_and_comments()?;
        let offset = self.at;
        let Some(byte) = self.peek() else {
            return Ok(Token {
                kind: TokenKind::End,
                offset,
            });
        };
        let kind = match byte {
            b'0'..=b'9' => self.number(offset)?,
            b'a'..=b'z' | b'A'..=b'Z' => self.name(),
            b'_' if self.is_current() => self.name(),
            b'\'' => TokenKind::Str(self.string()?),
            b'$' => self.character()?,
            b'#' => self.after_hash()?,
            _ if byte.is_ascii() || !self.is_current() => self.operator(byte),
            _ => return Err(self.foreign_letter()),
        };
        Ok(Token { kind, offset })
    }

    fn foreign_letter(&self) -> TextError {
        let letter = self
            .source
            .get(self.at..)
            .and_then(|rest| rest.chars().next());
        let letter = letter.unwrap_or('?');
        let message = format!("'{letter}' can stand in strings and comments only");
        TextError::new(self.at, message)
    }

    fn number(&mut self, offset: usize) -> Result<TokenKind, TextError> {
        let written = self.written();
        let value = written
            .value()
            .map_err(|message| TextError::new(offset, message))?;
        let text = self.source[offset..self.at].to_string();
        Ok(TokenKind::Number { text, value })
    }

    fn written(&mut self) -> Written<'a> {
        let mut written = Written {
            whole: self.digits(10),
            ..Written::default()
        };
        if self.is_current()
            && self.peek() == Some(b'r')
            && let Ok(radix @ 2..=36) = written.whole.parse::<u32>()
        {
            let minus = self.byte_at(1) == Some(b'-');
            let first = self.byte_at(1 + usize::from(minus));
            if first.is_some_and(|byte| is_digit(byte, radix)) {
                self.at += 1 + usize::from(minus);
                written.radix = Some(radix);
                written.negative = minus;
                written.whole = self.digits(radix);
            }
        }
        let digit_follows = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
        if self.peek() == Some(b'.') && digit_follows(self.byte_at(1)) {
            self.at += 1;
            written.fraction = Some(self.digits(10));
        }
        if self.is_current() && matches!(self.peek(), Some(b'e' | b'd' | b'q')) {
            let minus = self.byte_at(1) == Some(b'-');
            if digit_follows(self.byte_at(1 + usize::from(minus))) {
                let start = self.at + 1;
                self.at = start + usize::from(minus);
                self.digits(10);
                written.exponent = Some(&self.source[start..self.at]);
            }
        }
        written
    }

    fn digits(&mut self, radix: u32) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(|byte| is_digit(byte, radix)) {
            self.at += 1;
        }
        &self.source[start..self.at]
    }

    fn byte_at(&self, distance: usize) -> Option<u8> {
        self.text.get(self.at + distance).copied()
    }

    fn name(&mut self) -> TokenKind {
        let current = self.is_current();
        let mut name =
            self.take_while(|byte| byte.is_ascii_alphanumeric() || current && byte == b'_');
        let is_assignment = current && self.byte_at(1) == Some(b'=');
        if self.peek() == Some(b':') && !is_assignment {
            self.at += 1;
            name.push(':');
            TokenKind::Keyword(name)
        } else {
            TokenKind::Name(name)
        }
    }

    fn string(&mut self) -> Result<Vec<u8>, TextError> {
        let start = self.at;
        let mut value = Vec::new();
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            if byte == b'\'' {
                if self.peek() != Some(b'\'') {
                    return Ok(value);
                }
                self.at += 1;
            }
            value.push(byte);
        }
        Err(TextError::new(start, "unterminated string"))
    }

    fn character(&mut self) -> Result<TokenKind, TextError> {
        let start = self.at;
        let rest = self.source.get(start + 1..).unwrap_or("");
        match rest.chars().next() {
            None => Err(TextError::new(start, "a character must follow '$'")),
            Some(letter) if !letter.is_ascii() && !self.is_current() => Err(TextError::new(
                start,
                "a character literal is one byte; use a string for this letter",
            )),
            Some(letter) => {
                self.at += 1 + letter.len_utf8();
                Ok(TokenKind::Char(u32::from(letter)))
            }
        }
    }

    /// `#(`, and in our own language all that begins with `#`.
    fn after_hash(&mut self) -> Result<TokenKind, TextError> {
        let next = self.byte_at(1);
        if next == Some(b'(') {
            self.at += 2;
            return Ok(TokenKind::ArrayOpen);
        }
        if !self.is_current() {
            return Err(TextError::new(
                self.at,
                "'#' must be followed by '(': there are no symbols, write a string",
            ));
        }
        let hash = self.at;
        self.at += 1;
        match next {
            Some(b'[') => {
                self.at += 1;
                Ok(TokenKind::BytesOpen)
            }
            Some(b'\'') => {
                let bytes = self.string()?;
                // Of a text, so it is one.
                let text = String::from_utf8_lossy(&bytes).into_owned();
                Ok(TokenKind::Symbol(text))
            }
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                Ok(TokenKind::Symbol(self.take_while(|byte| {
                    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':'
                })))
            }
            Some(byte) if is_operator(byte) => Ok(TokenKind::Symbol(self.take_while(is_operator))),
            _ => Err(TextError::new(
                hash,
                "after '#' stands a symbol's name or string, '(' or '['",
            )),
        }
    }

    fn operator(&mut self, first: u8) -> TokenKind {
        self.at += 1;
        match first {
            b'(' => return TokenKind::ParenOpen,
            b')' => return TokenKind::ParenClose,
            b'[' => return TokenKind::BracketOpen,
            b']' => return TokenKind::BracketClose,
            b'.' => return TokenKind::Period,
            b'^' => return TokenKind::Caret,
            _ => {}
        }
        let start = self.at - 1;
        if !self.is_current() {
            if self.peek().is_some_and(continues_operator) {
                self.at += 1;
            }
        } else {
            match (first, self.peek()) {
                (b'{', _) => return TokenKind::BraceOpen,
                (b'}', _) => return TokenKind::BraceClose,
                (b';', _) => return TokenKind::Semicolon,
                (b':', Some(b'=')) => {
                    self.at += 1;
                    return TokenKind::Assign(":=");
                }
                _ if is_operator(first) => self.rest_of_operator(),
                _ => {}
            }
        }
        let spelling = String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
        match spelling.as_str() {
            "<-" => TokenKind::Assign("<-"),
            _ => TokenKind::Binary(spelling),
        }
    }

    fn rest_of_operator(&mut self) {
        if self.text[self.at - 1..].starts_with(b"<-") {
            self.at += 1;
            return;
        }
        while let Some(byte) = self.peek() {
            let negative =
                byte == b'-' && self.byte_at(1).is_some_and(|next| next.is_ascii_digit());
            if !is_operator(byte) || negative {
                return;
            }
            self.at += 1;
        }
    }
}

fn is_digit(byte: u8, radix: u32) -> bool {
    char::from(byte).is_digit(radix)
}

/// Whether a byte belongs to operators, in our own language.
fn is_operator(byte: u8) -> bool {
    b"!%&*+,-/<=>?@\\~".contains(&byte)
}

/// Whether a byte after an operator's first character belongs to the operator.
fn continues_operator(byte: u8) -> bool {
    !is_blank(byte) && !byte.is_ascii_alphanumeric() && !b".()[]#^$'".contains(&byte)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds_of(text: &str, dialect: Dialect) -> Vec<TokenKind> {
        let mut scanner = Scanner::of(text, dialect);
        let mut all = Vec::new();
        loop {
            match scanner.next_token().unwrap().kind {
                TokenKind::End => return all,
                kind => all.push(kind),
            }
        }
    }

    fn kinds(text: &str) -> Vec<TokenKind> {
        kinds_of(text, Dialect::Current)
    }

    fn described_of(text: &str, dialect: Dialect) -> String {
        let all: Vec<String> = kinds_of(text, dialect)
            .iter()
            .map(TokenKind::describe)
            .collect();
        all.join(" ")
    }

    fn described(text: &str) -> String {
        described_of(text, Dialect::Current)
    }

    #[test]
    fn names_keywords_and_numbers() {
        assert_eq!(
            described("at: x_1 put: 2.5. 3."),
            "'at:' 'x_1' 'put:' '2.5' '.' '3' '.'"
        );
        assert_eq!(described("x:=3 y := 4"), "'x' ':=' '3' 'y' ':=' '4'");
    }

    #[test]
    fn numbers_have_bases_and_exponents() {
        assert_eq!(
            described("16r1F 2r-101 1e10 1.5e-3"),
            "'16r1F' '2r-101' '1e10' '1.5e-3'"
        );
        assert_eq!(
            described("3e 16rZ 1e-x"),
            "'3' 'e' '16' 'rZ' '1' 'e' '-' 'x'"
        );
        assert!(Scanner::new("16r1.5").next_token().is_err());
    }

    #[test]
    fn operators_end_before_negative_numbers_and_bars() {
        assert_eq!(described("a<-b"), "'a' '<-' 'b'");
        assert_eq!(described("a <= 3--4"), "'a' '<=' '3' '-' '-' '4'");
        assert_eq!(described("[:x||y|]"), "'[' ':' 'x' '|' '|' 'y' '|' ']'");
        assert_eq!(described("a >>= b ==> c"), "'a' '>>=' 'b' '==>' 'c'");
    }

    #[test]
    fn operators_of_2015_take_at_most_two_characters() {
        let old = |text| described_of(text, Dialect::Of2015);
        assert_eq!(old("a<-b"), "'a' '<-' 'b'");
        assert_eq!(old("a <= 3--4"), "'a' '<=' '3' '--' '4'");
        assert_eq!(old("[:x|x]"), "'[' ':' 'x' '|' 'x' ']'");
        assert_eq!(old("a +++ b"), "'a' '++' '+' 'b'");
        assert_eq!(old("a; b"), "'a' ';' 'b'");
    }

    #[test]
    fn strings_and_characters() {
        assert_eq!(
            kinds("'it''s' $' $ #( $é"),
            vec![
                TokenKind::Str(b"it's".to_vec()),
                TokenKind::Char(39),
                TokenKind::Char(32),
                TokenKind::ArrayOpen,
                TokenKind::Char(233),
            ]
        );
        assert_eq!(kinds("'é'"), vec![TokenKind::Str("é".as_bytes().to_vec())]);
    }

    #[test]
    fn symbols() {
        assert_eq!(
            described("#foo #at:put: #+ #'with blank' #[ {1} ;"),
            "'#foo' '#at:put:' '#+' '#with blank' '#[' '{' '1' '}' ';'"
        );
    }

    #[test]
    fn comments_are_blank() {
        assert_eq!(described("a \"one\" \"two\" b"), "'a' 'b'");
    }

    #[test]
    fn faults_say_where() {
        for (text, offset, message) in [
            ("a 'bc", 2, "unterminated string"),
            ("a \"bc", 2, "unterminated comment"),
            ("$", 0, "a character must follow '$'"),
            ("a é", 2, "'é' can stand in strings and comments only"),
        ] {
            let mut scanner = Scanner::new(text);
            let error = loop {
                match scanner.next_token() {
                    Ok(token) => assert_ne!(token.kind, TokenKind::End),
                    Err(error) => break error,
                }
            };
            assert_eq!(error, TextError::new(offset, message));
        }
        assert!(Scanner::new("# foo").next_token().is_err());
        assert!(Scanner::of("#foo", Dialect::Of2015).next_token().is_err());
        assert!(Scanner::of("$é", Dialect::Of2015).next_token().is_err());
    }
}
