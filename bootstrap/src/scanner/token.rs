//! What tokens there are, and what they are called in messages.

use crate::ast::Literal;

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub enum TokenKind {
    /// A letter, then letters and digits.
    Name(String),
    /// A name with its colon.
    Keyword(String),
    /// A number without a sign (but for one after a base).
    Number {
        /// How it is written.
        text: String,
        /// Its value.
        value: Literal,
    },
    /// `$` and a character.
    Char(u32),
    /// A string, its doubled quotes made single.
    Str(Vec<u8>),
    /// `#` with a name, keywords, an operator or a string.
    Symbol(String),
    /// An operator.
    Binary(String),
    /// `:=` or `<-`, as it is written.
    Assign(&'static str),
    /// `;`
    Semicolon,
    /// `#(`
    ArrayOpen,
    /// `#[`
    BytesOpen,
    /// `(`
    ParenOpen,
    /// `)`
    ParenClose,
    /// `[`
    BracketOpen,
    /// `]`
    BracketClose,
    /// `{`
    BraceOpen,
    /// `}`
    BraceClose,
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
            TokenKind::Number { text, .. } => format!("'{text}'"),
            TokenKind::Char(code) => {
                format!("'${}'", char::from_u32(*code).unwrap_or('?'))
            }
            TokenKind::Str(_) => "a string".to_string(),
            TokenKind::Symbol(text) => format!("'#{text}'"),
            TokenKind::Assign(text) => format!("'{text}'"),
            TokenKind::Semicolon => "';'".to_string(),
            TokenKind::ArrayOpen => "'#('".to_string(),
            TokenKind::BytesOpen => "'#['".to_string(),
            TokenKind::ParenOpen => "'('".to_string(),
            TokenKind::ParenClose => "')'".to_string(),
            TokenKind::BracketOpen => "'['".to_string(),
            TokenKind::BracketClose => "']'".to_string(),
            TokenKind::BraceOpen => "'{'".to_string(),
            TokenKind::BraceClose => "'}'".to_string(),
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
