//! Parses the text of one method.
//!
//! The grammar is small: unary messages bind before binary ones, binary ones (all alike) before one
//! keyword message; there are no cascades. An unknown or doubly defined name is noted and parsing
//! goes on; any other error ends the method.

use crate::ast::{Literal, MethodNode, Node, Variable};
use crate::diagnostic::TextError;
use crate::names::{Names, Scope};
use crate::number;
use crate::outline::StatementPlace;
use crate::scanner::{Scanner, Token, TokenKind};

/// How deep expressions may nest: the parser must not run out of stack on bad input.
const MAX_DEPTH: usize = 200;

/// How many messages can follow one another without parentheses: the tree is as deep.
const MAX_CHAIN: usize = 1000;

/// The primitive that makes an array of its arguments.
const NEW_ARRAY: u8 = 36;

/// What follows the last statement of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trailing {
    /// Only the end of the text may follow.
    Reject,
    /// Anything may follow and is ignored, as the image's own compiler does.
    Ignore,
}

/// Parses a method: its header, its temporaries and its statements.
pub fn parse_method(
    text: &str,
    scope: Scope<'_>,
    trailing: Trailing,
) -> Result<MethodNode, Vec<TextError>> {
    let mut parser = Parser::new(text, scope);
    match parser.method(trailing) {
        Ok(method) if parser.errors.is_empty() => Ok(method),
        Ok(_) => Err(parser.errors),
        Err(error) => {
            parser.errors.push(error);
            Err(parser.errors)
        }
    }
}

pub(crate) type Parsed<T> = Result<T, TextError>;

pub(crate) struct Parser<'a> {
    scanner: Scanner<'a>,
    token: Token,
    names: Names<'a>,
    /// Errors that did not end the parsing.
    errors: Vec<TextError>,
    depth: usize,
    any_names: bool,
    /// What is wrong with the token: an error only once somebody wants it.
    unreadable: Option<TextError>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, scope: Scope<'a>) -> Parser<'a> {
        Parser {
            scanner: Scanner::new(text),
            token: Token {
                kind: TokenKind::End,
                offset: 0,
            },
            names: Names::new(scope),
            errors: Vec::new(),
            depth: 0,
            any_names: false,
            unreadable: None,
        }
    }

    /// A parser for which every name means something: an instance variable, unless it is
    /// defined in the text.
    pub(crate) fn with_any_names(text: &'a str, scope: Scope<'a>) -> Parser<'a> {
        Parser {
            any_names: true,
            ..Parser::new(text, scope)
        }
    }

    /// Reads the statements of a text, or of a method, as far as they go.
    pub(crate) fn outline(
        &mut self,
        is_method: bool,
        note: &mut dyn FnMut(StatementPlace),
    ) -> Parsed<()> {
        self.advance()?;
        if is_method {
            self.header()?;
            self.temporaries()?;
        }
        self.statements_with(note).map(drop)
    }

    /// Reads the header of a method.
    pub(crate) fn selector(&mut self) -> Parsed<String> {
        self.advance()?;
        self.header()
    }

    fn advance(&mut self) -> Parsed<()> {
        if let Some(error) = &self.unreadable {
            return Err(error.clone());
        }
        match self.scanner.next_token() {
            Ok(token) => self.token = token,
            Err(error) => {
                // No rule goes on from there.
                self.token = Token {
                    kind: TokenKind::End,
                    offset: error.offset,
                };
                self.unreadable = Some(error);
            }
        }
        Ok(())
    }

    fn unexpected<T>(&self, expected: &str) -> Parsed<T> {
        if let Some(error) = &self.unreadable {
            return Err(error.clone());
        }
        let found = self.token.kind.describe();
        Err(TextError::new(
            self.token.offset,
            format!("unexpected {found}, expected {expected}"),
        ))
    }

    fn expect_binary(&mut self, spelling: &str, expected: &str) -> Parsed<()> {
        if self.token.kind.is_binary(spelling) {
            return self.advance();
        }
        match &self.token.kind {
            TokenKind::Binary(own) if own.starts_with(spelling) => Err(TextError::new(
                self.token.offset,
                format!("'{own}' is one operator here: write a blank after '{spelling}'"),
            )),
            _ => self.unexpected(expected),
        }
    }

    pub(crate) fn expect_end(&self, expected: &str) -> Parsed<()> {
        match self.token.kind == TokenKind::End && self.unreadable.is_none() {
            true => Ok(()),
            false => self.unexpected(expected),
        }
    }

    fn method(&mut self, trailing: Trailing) -> Parsed<MethodNode> {
        self.advance()?;
        let selector = self.header()?;
        self.temporaries()?;
        let statements = self.statements()?;
        if trailing == Trailing::Reject {
            self.expect_end("'.' or the end of the method")?;
        }
        Ok(MethodNode {
            selector,
            temporaries: self.names.temporary_count(),
            statements,
        })
    }

    fn header(&mut self) -> Parsed<String> {
        match self.token.kind.clone() {
            TokenKind::Name(name) => {
                self.advance()?;
                Ok(name)
            }
            TokenKind::Binary(operator) => {
                self.advance()?;
                self.header_argument()?;
                Ok(operator)
            }
            TokenKind::Keyword(_) => {
                let mut selector = String::new();
                while let TokenKind::Keyword(part) = self.token.kind.clone() {
                    selector.push_str(&part);
                    self.advance()?;
                    self.header_argument()?;
                }
                Ok(selector)
            }
            _ => self.unexpected("the header of a method"),
        }
    }

    fn header_argument(&mut self) -> Parsed<()> {
        let TokenKind::Name(name) = self.token.kind.clone() else {
            return self.unexpected("the name of an argument");
        };
        if !self.names.add_argument(&name) {
            self.note_double(&name);
        }
        self.advance()
    }

    fn temporaries(&mut self) -> Parsed<()> {
        if !self.token.kind.is_binary("|") {
            return Ok(());
        }
        self.advance()?;
        while let TokenKind::Name(name) = self.token.kind.clone() {
            self.add_temporary(&name);
            self.advance()?;
        }
        self.expect_binary("|", "'|' after the temporaries")
    }

    fn add_temporary(&mut self, name: &str) {
        if !self.names.add_temporary(name) {
            self.note_double(name);
        }
    }

    fn note_double(&mut self, name: &str) {
        let message = format!("'{name}' is already defined");
        self.errors.push(TextError::new(self.token.offset, message));
    }

    fn statements(&mut self) -> Parsed<Vec<Node>> {
        self.statements_with(&mut |_| {})
    }

    /// The statements; `note` learns of each that is complete.
    fn statements_with(&mut self, note: &mut dyn FnMut(StatementPlace)) -> Parsed<Vec<Node>> {
        let mut list = Vec::new();
        loop {
            let returns = self.token.kind == TokenKind::Caret;
            let start = self.token.offset + usize::from(returns);
            list.push(self.statement()?);
            note(StatementPlace {
                text: start..self.token.offset,
                returns,
            });
            if self.token.kind != TokenKind::Period {
                return Ok(list);
            }
            self.advance()?;
            if matches!(self.token.kind, TokenKind::End | TokenKind::BracketClose) {
                return Ok(list);
            }
        }
    }

    fn statement(&mut self) -> Parsed<Node> {
        if self.token.kind == TokenKind::Caret {
            self.advance()?;
            return Ok(Node::Return(Box::new(self.expression()?)));
        }
        self.expression()
    }

    fn expression(&mut self) -> Parsed<Node> {
        self.nested(Self::expression_inside)
    }

    /// Runs a rule that can contain itself, up to a limit.
    fn nested(&mut self, rule: impl FnOnce(&mut Self) -> Parsed<Node>) -> Parsed<Node> {
        if self.depth == MAX_DEPTH {
            return Err(TextError::new(self.token.offset, "nested too deeply"));
        }
        self.depth += 1;
        let result = rule(self);
        self.depth -= 1;
        result
    }

    fn expression_inside(&mut self) -> Parsed<Node> {
        let offset = self.token.offset;
        let is_name = matches!(self.token.kind, TokenKind::Name(_));
        let base = self.term()?;
        if !is_name || !self.token.kind.is_binary("<-") {
            return self.keyword_continuation(base);
        }
        let target = match base {
            Node::Temporary(at) => Variable::Temporary(at),
            Node::Instance(at) => Variable::Instance(at),
            // An unknown name: noted already.
            Node::Literal(Literal::Nil) if !self.errors.is_empty() => Variable::Temporary(0),
            _ => {
                return Err(TextError::new(
                    offset,
                    "only a temporary or an instance variable can be assigned to",
                ));
            }
        };
        self.advance()?;
        Ok(Node::Assign {
            target,
            value: Box::new(self.expression()?),
        })
    }

    fn keyword_continuation(&mut self, base: Node) -> Parsed<Node> {
        let receiver = self.binary_continuation(base)?;
        let mut selector = String::new();
        let mut arguments = Vec::new();
        while let TokenKind::Keyword(part) = self.token.kind.clone() {
            selector.push_str(&part);
            self.advance()?;
            let argument = self.term()?;
            arguments.push(self.binary_continuation(argument)?);
        }
        Ok(if selector.is_empty() {
            receiver
        } else {
            send(receiver, selector, arguments)
        })
    }

    fn binary_continuation(&mut self, base: Node) -> Parsed<Node> {
        let mut receiver = self.unary_continuation(base)?;
        let mut length = 0;
        while let TokenKind::Binary(operator) = self.token.kind.clone() {
            self.check_chain(&mut length)?;
            self.advance()?;
            let argument = self.term()?;
            let argument = self.unary_continuation(argument)?;
            receiver = send(receiver, operator, vec![argument]);
        }
        Ok(receiver)
    }

    fn unary_continuation(&mut self, base: Node) -> Parsed<Node> {
        let mut receiver = base;
        let mut length = 0;
        while let TokenKind::Name(name) = self.token.kind.clone() {
            self.check_chain(&mut length)?;
            self.advance()?;
            receiver = send(receiver, name, Vec::new());
        }
        Ok(receiver)
    }

    fn check_chain(&self, length: &mut usize) -> Parsed<()> {
        *length += 1;
        if *length > MAX_CHAIN {
            return Err(TextError::new(
                self.token.offset,
                "too many messages in a row",
            ));
        }
        Ok(())
    }

    fn term(&mut self) -> Parsed<Node> {
        let offset = self.token.offset;
        match self.token.kind.clone() {
            TokenKind::Name(name) => {
                let node = self.names.resolve(&name).unwrap_or_else(|| {
                    if self.any_names {
                        return Node::Instance(0);
                    }
                    self.errors
                        .push(TextError::new(offset, format!("unknown name '{name}'")));
                    Node::Literal(Literal::Nil)
                });
                self.advance()?;
                Ok(node)
            }
            TokenKind::ParenOpen => {
                self.advance()?;
                let node = self.expression()?;
                if self.token.kind != TokenKind::ParenClose {
                    return self.unexpected("')'");
                }
                self.advance()?;
                Ok(node)
            }
            TokenKind::BracketOpen => self.nested(Self::block),
            TokenKind::Binary(operator) if operator == "<" => self.nested(Self::primitive),
            TokenKind::ArrayOpen => self.nested(Self::array),
            _ => Ok(Node::Literal(self.literal()?)),
        }
    }

    fn literal(&mut self) -> Parsed<Literal> {
        let literal = match self.token.kind.clone() {
            TokenKind::Char(byte) => Literal::Char(byte),
            TokenKind::Str(bytes) => Literal::Str(bytes),
            TokenKind::Number { whole, fraction } => {
                number::literal(false, &whole, fraction.as_deref())
            }
            TokenKind::Binary(operator) if operator == "-" => {
                self.advance()?;
                let TokenKind::Number { whole, fraction } = self.token.kind.clone() else {
                    return self.unexpected("a number after '-'");
                };
                number::literal(true, &whole, fraction.as_deref())
            }
            _ => return self.unexpected("an expression"),
        };
        self.advance()?;
        Ok(literal)
    }

    fn block(&mut self) -> Parsed<Node> {
        self.advance()?;
        let location = self.names.temporary_count();
        if self.token.kind.is_binary(":") {
            self.block_parameters()?;
        }
        let statements = self.statements()?;
        self.names.hide_temporaries_from(location);
        if self.token.kind != TokenKind::BracketClose {
            return self.unexpected("'.' or ']'");
        }
        self.advance()?;
        Ok(Node::Block {
            location,
            statements,
        })
    }

    fn block_parameters(&mut self) -> Parsed<()> {
        while self.token.kind.is_binary(":") {
            self.advance()?;
            let TokenKind::Name(name) = self.token.kind.clone() else {
                return self.unexpected("the name of a block's parameter");
            };
            self.add_temporary(&name);
            self.advance()?;
        }
        self.expect_binary("|", "'|' after the block's parameters")
    }

    fn primitive(&mut self) -> Parsed<Node> {
        self.advance()?;
        let number = match &self.token.kind {
            TokenKind::Number {
                whole,
                fraction: None,
            } => whole.parse::<u8>().ok(),
            _ => None,
        };
        let Some(number) = number else {
            return self.unexpected("a primitive's number, 0 to 255");
        };
        self.advance()?;
        let mut arguments = Vec::new();
        while !self.token.kind.is_binary(">") {
            if self.token.kind == TokenKind::End {
                return self.unexpected("'>' after the primitive's arguments");
            }
            arguments.push(self.term()?);
        }
        self.advance()?;
        Ok(Node::Primitive { number, arguments })
    }

    fn array(&mut self) -> Parsed<Node> {
        self.advance()?;
        let mut arguments = Vec::new();
        while self.token.kind != TokenKind::ParenClose {
            if self.token.kind == TokenKind::End {
                return self.unexpected("')' after the array's elements");
            }
            arguments.push(self.term()?);
        }
        self.advance()?;
        Ok(Node::Primitive {
            number: NEW_ARRAY,
            arguments,
        })
    }
}

fn send(receiver: Node, selector: String, arguments: Vec<Node>) -> Node {
    Node::Send {
        receiver: Box::new(receiver),
        selector,
        arguments,
    }
}
