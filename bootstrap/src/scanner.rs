//! Cuts a text into tokens.
//!
//! The rules are those of the compiler inside the image. A binary operator has one or two characters;
//! a digit, a letter, a blank or one of `.()[]#^$'` ends it. Text is taken byte by byte: strings keep
//! whatever bytes they hold, and a character literal is one byte.

use crate::diagnostic::TextError;

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub enum TokenKind {
    /// A letter, then letters and digits.
    Name(String),
    /// A name with its colon.
    Keyword(String),
    /// Digits, with the digits of a fraction if there are any.
    Number {
        /// The digits before the point.
        whole: String,
        /// The digits after the point.
        fraction: Option<String>,
    },
    /// `$` and a byte.
    Char(u8),
    /// A string, its doubled quotes made single.
    Str(Vec<u8>),
    /// An operator of one or two characters.
    Binary(String),
    /// `#(`
    ArrayOpen,
    /// `(`
    ParenOpen,
    /// `)`
    ParenClose,
    /// `[`
    BracketOpen,
    /// `]`
    BracketClose,
    /// `.`
    Period,
    /// `^`
    Caret,
    /// The end of the text.
    End,
}

impl TokenKind {
    /// Whether this is the operator with that spelling.
    pub fn is_binary(&self, spelling: &str) -> bool {
        matches!(self, TokenKind::Binary(own) if own == spelling)
    }

    /// How a message names the token.
    pub fn describe(&self) -> String {
        match self {
            TokenKind::Name(text) | TokenKind::Keyword(text) | TokenKind::Binary(text) => {
                format!("'{text}'")
            }
            TokenKind::Number { whole, fraction } => match fraction {
                Some(fraction) => format!("'{whole}.{fraction}'"),
                None => format!("'{whole}'"),
            },
            TokenKind::Char(byte) => format!("'${}'", char::from(*byte)),
            TokenKind::Str(_) => "a string".to_string(),
            TokenKind::ArrayOpen => "'#('".to_string(),
            TokenKind::ParenOpen => "'('".to_string(),
            TokenKind::ParenClose => "')'".to_string(),
            TokenKind::BracketOpen => "'['".to_string(),
            TokenKind::BracketClose => "']'".to_string(),
            TokenKind::Period => "'.'".to_string(),
            TokenKind::Caret => "'^'".to_string(),
            TokenKind::End => "the end of the text".to_string(),
        }
    }
}

/// A token and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// The byte offset of its first byte.
    pub offset: usize,
}

/// Reads tokens from a text, one at a time.
#[derive(Debug, Clone)]
pub struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    /// A scanner at the start of a text.
    pub fn new(text: &'a str) -> Scanner<'a> {
        Scanner {
            text: text.as_bytes(),
            at: 0,
        }
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
            b'0'..=b'9' => self.number(),
            b'a'..=b'z' | b'A'..=b'Z' => self.name(),
            b'\'' => self.string()?,
            b'$' => self.character()?,
            b'#' => self.array_open()?,
            _ => self.operator(byte),
        };
        Ok(Token { kind, offset })
    }

    fn number(&mut self) -> TokenKind {
        let whole = self.take_while(|byte| byte.is_ascii_digit());
        let digit_follows = self
            .text
            .get(self.at + 1)
            .is_some_and(|byte| byte.is_ascii_digit());
        let fraction = (self.peek() == Some(b'.') && digit_follows).then(|| {
            self.at += 1;
            self.take_while(|byte| byte.is_ascii_digit())
        });
        TokenKind::Number { whole, fraction }
    }

    fn name(&mut self) -> TokenKind {
        let mut name = self.take_while(|byte| byte.is_ascii_alphanumeric());
        if self.peek() == Some(b':') {
            self.at += 1;
            name.push(':');
            TokenKind::Keyword(name)
        } else {
            TokenKind::Name(name)
        }
    }

    fn string(&mut self) -> Result<TokenKind, TextError> {
        let start = self.at;
        let mut value = Vec::new();
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            if byte == b'\'' {
                if self.peek() != Some(b'\'') {
                    return Ok(TokenKind::Str(value));
                }
                self.at += 1;
            }
            value.push(byte);
        }
        Err(TextError::new(start, "unterminated string"))
    }

    fn character(&mut self) -> Result<TokenKind, TextError> {
        let start = self.at;
        match self.text.get(start + 1) {
            None => Err(TextError::new(start, "a character must follow '$'")),
            Some(byte) if !byte.is_ascii() => Err(TextError::new(
                start,
                "a character literal is one byte; use a string for this letter",
            )),
            Some(byte) => {
                self.at += 2;
                Ok(TokenKind::Char(*byte))
            }
        }
    }

    fn array_open(&mut self) -> Result<TokenKind, TextError> {
        if self.text.get(self.at + 1) == Some(&b'(') {
            self.at += 2;
            Ok(TokenKind::ArrayOpen)
        } else {
            Err(TextError::new(
                self.at,
                "'#' must be followed by '(': there are no symbols, write a string",
            ))
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
        if self.peek().is_some_and(continues_operator) {
            self.at += 1;
        }
        TokenKind::Binary(String::from_utf8_lossy(&self.text[start..self.at]).into_owned())
    }
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

    fn kinds(text: &str) -> Vec<TokenKind> {
        let mut scanner = Scanner::new(text);
        let mut all = Vec::new();
        loop {
            match scanner.next_token().unwrap().kind {
                TokenKind::End => return all,
                kind => all.push(kind),
            }
        }
    }

    fn described(text: &str) -> String {
        let all: Vec<String> = kinds(text).iter().map(TokenKind::describe).collect();
        all.join(" ")
    }

    #[test]
    fn names_keywords_and_numbers() {
        assert_eq!(
            described("at: x1 put: 2.5. 3."),
            "'at:' 'x1' 'put:' '2.5' '.' '3' '.'"
        );
    }

    #[test]
    fn operators_take_at_most_two_characters() {
        assert_eq!(described("a<-b"), "'a' '<-' 'b'");
        assert_eq!(described("a <= 3--4"), "'a' '<=' '3' '--' '4'");
        assert_eq!(described("[:x|x]"), "'[' ':' 'x' '|' 'x' ']'");
        assert_eq!(described("a +++ b"), "'a' '++' '+' 'b'");
    }

    #[test]
    fn strings_and_characters() {
        assert_eq!(
            kinds("'it''s' $' $ #("),
            vec![
                TokenKind::Str(b"it's".to_vec()),
                TokenKind::Char(b'\''),
                TokenKind::Char(b' '),
                TokenKind::ArrayOpen
            ]
        );
        assert_eq!(kinds("'é'"), vec![TokenKind::Str("é".as_bytes().to_vec())]);
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
        assert!(Scanner::new("#foo").next_token().is_err());
        assert!(Scanner::new("$é").next_token().is_err());
    }
}
