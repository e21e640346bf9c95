//! Terms: names, constants, and what stands in brackets of whatever kind.

use super::{Parsed, Parser};
use crate::ast::{Block, Literal, Name, Node, NodeKind};
use crate::number;
use crate::scanner::TokenKind;
use smallworld_abi::primitive::Primitive;

impl Parser<'_> {
    pub(super) fn term(&mut self) -> Parsed<Node> {
        let offset = self.token.offset;
        let kind = match self.token.kind.clone() {
            TokenKind::Name(name) => {
                self.advance()?;
                NodeKind::Name(name)
            }
            TokenKind::ParenOpen => {
                self.advance()?;
                let node = self.expression()?;
                self.expect(&TokenKind::ParenClose, "')'")?;
                // The parenthesis is no part of it: a block keeps its own place.
                return Ok(node);
            }
            TokenKind::BracketOpen => NodeKind::Block(self.nested(Self::block)?),
            TokenKind::Binary(operator) if operator.starts_with('<') => {
                self.nested(Self::primitive)?
            }
            TokenKind::BraceOpen => self.nested(Self::brace)?,
            TokenKind::ArrayOpen if !self.is_current() => self.nested(Self::evaluated_array)?,
            _ => NodeKind::Literal(self.literal()?),
        };
        Ok(Node::new(offset, kind))
    }

    fn literal(&mut self) -> Parsed<Literal> {
        let literal = match self.token.kind.clone() {
            TokenKind::Char(code) => Literal::Char(code),
            TokenKind::Str(bytes) => Literal::Str(bytes),
            TokenKind::Symbol(text) => Literal::Symbol(text),
            TokenKind::Number { value, .. } => value,
            TokenKind::Binary(operator) if operator == "-" => return self.negative_number(),
            TokenKind::ArrayOpen => return self.nested(Self::literal_array),
            TokenKind::BytesOpen => return self.byte_array(),
            _ => return self.unexpected("an expression"),
        };
        self.advance()?;
        Ok(literal)
    }

    fn negative_number(&mut self) -> Parsed<Literal> {
        self.advance()?;
        let TokenKind::Number { value, .. } = self.token.kind.clone() else {
            return self.unexpected("a number after '-'");
        };
        self.advance()?;
        Ok(number::negated(value))
    }

    /// `#( … )`, or `( … )` inside of one.
    fn literal_array(&mut self) -> Parsed<Literal> {
        self.advance()?;
        let mut elements = Vec::new();
        while self.token.kind != TokenKind::ParenClose {
            elements.push(self.array_element()?);
        }
        self.advance()?;
        Ok(Literal::Array(elements))
    }

    fn array_element(&mut self) -> Parsed<Literal> {
        let literal = match self.token.kind.clone() {
            TokenKind::Name(name) => match name.as_str() {
                "nil" => Literal::Nil,
                "true" => Literal::True,
                "false" => Literal::False,
                _ => Literal::Symbol(name),
            },
            TokenKind::Keyword(_) => return self.bare_selector(),
            TokenKind::Binary(operator) if operator == "-" && self.number_follows() => {
                return self.negative_number();
            }
            TokenKind::Binary(operator) => Literal::Symbol(operator),
            TokenKind::Assign(arrow) => Literal::Symbol(arrow.to_string()),
            TokenKind::ParenOpen => return self.nested(Self::literal_array),
            TokenKind::End => return self.unexpected("')' after the array's elements"),
            TokenKind::Period
            | TokenKind::Semicolon
            | TokenKind::Caret
            | TokenKind::BracketOpen
            | TokenKind::BraceOpen => {
                return self.unexpected(
                    "a constant in '#( )' (write '{a. b}' for an array of expressions)",
                );
            }
            _ => return self.literal(),
        };
        self.advance()?;
        Ok(literal)
    }

    fn number_follows(&self) -> bool {
        let mut after = self.scanner.clone();
        let adjacent = after.offset();
        after.next_token().is_ok_and(|token| {
            token.offset == adjacent && matches!(token.kind, TokenKind::Number { .. })
        })
    }

    /// Keywords that follow each other without blanks are one symbol.
    fn bare_selector(&mut self) -> Parsed<Literal> {
        let mut selector = String::new();
        let mut end = self.token.offset;
        while let TokenKind::Keyword(part) = self.token.kind.clone() {
            if self.token.offset != end {
                break;
            }
            end += part.len();
            selector.push_str(&part);
            self.advance()?;
        }
        Ok(Literal::Symbol(selector))
    }

    fn byte_array(&mut self) -> Parsed<Literal> {
        self.advance()?;
        let mut bytes = Vec::new();
        while self.token.kind != TokenKind::BracketClose {
            let byte = match &self.token.kind {
                TokenKind::Number {
                    value: Literal::Integer(value),
                    ..
                } => u8::try_from(*value).ok(),
                _ => None,
            };
            let Some(byte) = byte else {
                return self.unexpected("a number from 0 to 255, or ']'");
            };
            bytes.push(byte);
            self.advance()?;
        }
        self.advance()?;
        Ok(Literal::Bytes(bytes))
    }

    fn block(&mut self) -> Parsed<Block> {
        self.advance()?;
        let parameters = self.block_parameters()?;
        let temporaries = match self.is_current() {
            true => self.temporaries()?,
            false => Vec::new(),
        };
        let statements = self.statements()?;
        self.expect(&TokenKind::BracketClose, "'.' or ']'")?;
        Ok(Block {
            parameters,
            temporaries,
            statements,
        })
    }

    fn block_parameters(&mut self) -> Parsed<Vec<Name>> {
        let mut parameters = Vec::new();
        while self.token.kind.is_binary(":") {
            self.advance()?;
            parameters.push(self.name("the name of a block's parameter")?);
        }
        let closed = self.is_current() && self.token.kind == TokenKind::BracketClose;
        if !parameters.is_empty() && !closed {
            self.expect_binary("|", "'|' after the block's parameters")?;
        }
        Ok(parameters)
    }

    fn primitive(&mut self) -> Parsed<NodeKind> {
        if !self.token.kind.is_binary("<") {
            return self.unexpected("an expression");
        }
        self.advance()?;
        let number = match &self.token.kind {
            TokenKind::Number {
                value: Literal::Integer(value),
                ..
            } => u8::try_from(*value).ok(),
            _ => None,
        };
        let Some(number) = number else {
            return self.unexpected("a primitive's number, 0 to 255");
        };
        self.advance()?;
        let mut arguments = Vec::new();
        while !self.at_close_angle() {
            if self.token.kind == TokenKind::End {
                return self.unexpected("'>' after the primitive's arguments");
            }
            arguments.push(self.term()?);
        }
        self.close_angle("'>' after the primitive's arguments")?;
        Ok(NodeKind::Primitive { number, arguments })
    }

    fn at_close_angle(&self) -> bool {
        match &self.token.kind {
            TokenKind::Binary(own) => own == ">" || self.is_current() && own.starts_with('>'),
            _ => false,
        }
    }

    /// Goes past a `>`, which may be the first half of an operator.
    pub(super) fn close_angle(&mut self, expected: &str) -> Parsed<()> {
        if !self.at_close_angle() {
            return self.unexpected(expected);
        }
        self.scanner.go_to(self.token.offset + 1);
        self.advance()
    }

    /// What a pragma is given: a constant, or a name that stands for itself.
    pub(super) fn pragma_argument(&mut self) -> Parsed<Literal> {
        self.array_element()
    }

    fn brace(&mut self) -> Parsed<NodeKind> {
        self.advance()?;
        let mut arguments = Vec::new();
        while self.token.kind != TokenKind::BraceClose {
            arguments.push(self.expression()?);
            if self.token.kind == TokenKind::Period {
                self.advance()?;
            } else if self.token.kind != TokenKind::BraceClose {
                return self.unexpected("'.' or '}'");
            }
        }
        self.advance()?;
        Ok(NodeKind::Primitive {
            number: Primitive::NewArray.number(),
            arguments,
        })
    }

    /// `#( … )` in the language of 2015: its elements are terms, evaluated where it stands.
    fn evaluated_array(&mut self) -> Parsed<NodeKind> {
        self.advance()?;
        let mut arguments = Vec::new();
        while self.token.kind != TokenKind::ParenClose {
            if self.token.kind == TokenKind::End {
                return self.unexpected("')' after the array's elements");
            }
            arguments.push(self.term()?);
        }
        self.advance()?;
        Ok(NodeKind::Primitive {
            number: Primitive::NewArray.number(),
            arguments,
        })
    }
}
