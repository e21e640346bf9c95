//! Parses the text of one method.
//!
//! The grammar is small: unary messages bind before binary ones, binary ones (all alike) before one
//! keyword message; `;` sends more messages to the receiver of the last one. Names are taken as they are
//! written. The first error ends the method.

mod terms;

use crate::ast::{Literal, Message, MethodNode, Name, Node, NodeKind, Pragma};
use crate::diagnostic::TextError;
use crate::language::{Dialect, Language, Trailing};
use crate::outline::StatementPlace;
use crate::scanner::{Scanner, Token, TokenKind};

/// How deep expressions may nest: the parser must not run out of stack on bad input.
const MAX_DEPTH: usize = 200;

/// How many messages can follow one another without parentheses: the tree is as deep.
const MAX_CHAIN: usize = 1000;

/// Parses a method: its header, its temporaries and its statements.
pub fn parse_method(text: &str, language: Language) -> Result<MethodNode, TextError> {
    Parser::new(text, language.dialect).method(language.trailing)
}

pub(crate) type Parsed<T> = Result<T, TextError>;

pub(crate) struct Parser<'a> {
    scanner: Scanner<'a>,
    token: Token,
    dialect: Dialect,
    depth: usize,
    /// What is wrong with the token: an error only once somebody wants it.
    unreadable: Option<TextError>,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str, dialect: Dialect) -> Parser<'a> {
        Parser {
            scanner: Scanner::of(text, dialect),
            token: Token {
                kind: TokenKind::End,
                offset: 0,
            },
            dialect,
            depth: 0,
            unreadable: None,
        }
    }

    fn is_current(&self) -> bool {
        self.dialect == Dialect::Current
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
            self.pragmas()?;
        }
        if is_method || self.is_current() {
            self.temporaries()?;
        }
        if is_method {
            self.pragmas()?;
        }
        self.statements_with(note).map(drop)
    }

    /// Reads the header of a method.
    pub(crate) fn selector(&mut self) -> Parsed<String> {
        self.advance()?;
        Ok(self.header()?.0)
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
        self.error(format!("unexpected {found}, expected {expected}"))
    }

    fn error<T>(&self, message: impl Into<String>) -> Parsed<T> {
        Err(TextError::new(self.token.offset, message))
    }

    /// Goes past an operator.
    fn expect_binary(&mut self, spelling: &str, expected: &str) -> Parsed<()> {
        match &self.token.kind {
            TokenKind::Binary(own) if own == spelling => self.advance(),
            TokenKind::Binary(own) if own.starts_with(spelling) => self.error(format!(
                "'{own}' is one operator here: write a blank after '{spelling}'"
            )),
            _ => self.unexpected(expected),
        }
    }

    fn expect(&mut self, kind: &TokenKind, expected: &str) -> Parsed<()> {
        match self.token.kind == *kind {
            true => self.advance(),
            false => self.unexpected(expected),
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
        let (selector, arguments) = self.header()?;
        let mut pragmas = self.pragmas()?;
        let temporaries = self.temporaries()?;
        pragmas.extend(self.pragmas()?);
        let statements = self.statements()?;
        if trailing == Trailing::Reject {
            self.expect_end("'.' or the end of the method")?;
        }
        Ok(MethodNode {
            selector,
            arguments,
            temporaries,
            pragmas,
            statements,
        })
    }

    fn header(&mut self) -> Parsed<(String, Vec<Name>)> {
        let mut selector = String::new();
        let mut arguments = Vec::new();
        match self.token.kind.clone() {
            TokenKind::Name(name) => {
                selector = name;
                self.advance()?;
            }
            TokenKind::Binary(operator) => {
                selector = operator;
                self.advance()?;
                arguments.push(self.name("the name of an argument")?);
            }
            TokenKind::Keyword(_) => {
                while let TokenKind::Keyword(part) = self.token.kind.clone() {
                    selector.push_str(&part);
                    self.advance()?;
                    arguments.push(self.name("the name of an argument")?);
                }
            }
            _ => return self.unexpected("the header of a method"),
        }
        Ok((selector, arguments))
    }

    fn name(&mut self, expected: &str) -> Parsed<Name> {
        let TokenKind::Name(text) = self.token.kind.clone() else {
            return self.unexpected(expected);
        };
        let offset = self.token.offset;
        self.advance()?;
        Ok(Name { text, offset })
    }

    /// `<foo: 3>`: in difference to a primitive, no number follows the `<`.
    fn pragmas(&mut self) -> Parsed<Vec<Pragma>> {
        let mut pragmas = Vec::new();
        while self.is_current() && self.token.kind.is_binary("<") {
            let before = (self.scanner.clone(), self.token.clone());
            let offset = self.token.offset;
            self.advance()?;
            let (mut selector, mut arguments) = (String::new(), Vec::new());
            match self.token.kind.clone() {
                TokenKind::Name(name) => {
                    selector = name;
                    self.advance()?;
                }
                TokenKind::Keyword(_) => {
                    while let TokenKind::Keyword(part) = self.token.kind.clone() {
                        selector.push_str(&part);
                        self.advance()?;
                        arguments.push(self.pragma_argument()?);
                    }
                }
                _ => {
                    (self.scanner, self.token) = before;
                    return Ok(pragmas);
                }
            }
            let pragma = Pragma {
                selector,
                arguments,
                offset,
            };
            check_pragma(&pragma)?;
            pragmas.push(pragma);
            self.close_angle("'>' after the pragma")?;
        }
        Ok(pragmas)
    }

    fn temporaries(&mut self) -> Parsed<Vec<Name>> {
        let mut names = Vec::new();
        if !self.token.kind.is_binary("|") {
            return Ok(names);
        }
        self.advance()?;
        while let TokenKind::Name(_) = self.token.kind {
            names.push(self.name("a name")?);
        }
        self.expect_binary("|", "'|' after the temporaries")?;
        Ok(names)
    }

    fn statements(&mut self) -> Parsed<Vec<Node>> {
        self.statements_with(&mut |_| {})
    }

    /// The statements; `note` learns of each that is complete.
    fn statements_with(&mut self, note: &mut dyn FnMut(StatementPlace)) -> Parsed<Vec<Node>> {
        let mut list = Vec::new();
        if self.is_current() && self.at_end_of_statements() {
            return Ok(list);
        }
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
            if self.at_end_of_statements() {
                return Ok(list);
            }
        }
    }

    fn at_end_of_statements(&self) -> bool {
        let ends = matches!(self.token.kind, TokenKind::End | TokenKind::BracketClose);
        ends && self.unreadable.is_none()
    }

    fn statement(&mut self) -> Parsed<Node> {
        let offset = self.token.offset;
        if self.token.kind == TokenKind::Caret {
            self.advance()?;
            let value = Box::new(self.expression()?);
            return Ok(Node::new(offset, NodeKind::Return(value)));
        }
        self.expression()
    }

    fn expression(&mut self) -> Parsed<Node> {
        self.nested(Self::expression_inside)
    }

    /// Runs a rule that can contain itself, up to a limit.
    fn nested<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            return self.error("nested too deeply");
        }
        self.depth += 1;
        let result = rule(self);
        self.depth -= 1;
        result
    }

    fn expression_inside(&mut self) -> Parsed<Node> {
        let offset = self.token.offset;
        let name = match &self.token.kind {
            TokenKind::Name(name) => Some(name.clone()),
            _ => None,
        };
        let base = self.term()?;
        if let (Some(text), TokenKind::Assign(_)) = (name, &self.token.kind) {
            self.advance()?;
            let target = Name { text, offset };
            let value = Box::new(self.expression()?);
            return Ok(Node::new(offset, NodeKind::Assign { target, value }));
        }
        let node = self.keyword_continuation(base)?;
        match self.token.kind {
            TokenKind::Semicolon => self.cascade(node),
            TokenKind::Assign(_) => self.error("only a variable can be assigned to"),
            _ => Ok(node),
        }
    }

    fn cascade(&mut self, first: Node) -> Parsed<Node> {
        let NodeKind::Send { receiver, message } = first.kind else {
            return self.error("a message to some receiver must stand before ';'");
        };
        let mut messages = vec![message];
        while self.token.kind == TokenKind::Semicolon {
            self.advance()?;
            messages.push(self.cascaded_message()?);
        }
        Ok(Node::new(
            first.offset,
            NodeKind::Cascade { receiver, messages },
        ))
    }

    fn cascaded_message(&mut self) -> Parsed<Message> {
        match self.token.kind.clone() {
            TokenKind::Name(selector) => {
                self.advance()?;
                Ok(Message {
                    selector,
                    arguments: Vec::new(),
                })
            }
            TokenKind::Binary(selector) => {
                self.advance()?;
                let argument = self.term()?;
                let arguments = vec![self.unary_continuation(argument)?];
                Ok(Message {
                    selector,
                    arguments,
                })
            }
            TokenKind::Keyword(_) => self.keyword_message(),
            _ => self.unexpected("a message after ';'"),
        }
    }

    fn keyword_continuation(&mut self, base: Node) -> Parsed<Node> {
        let receiver = self.binary_continuation(base)?;
        match self.token.kind {
            TokenKind::Keyword(_) => Ok(send(receiver, self.keyword_message()?)),
            _ => Ok(receiver),
        }
    }

    fn keyword_message(&mut self) -> Parsed<Message> {
        let mut message = Message {
            selector: String::new(),
            arguments: Vec::new(),
        };
        while let TokenKind::Keyword(part) = self.token.kind.clone() {
            message.selector.push_str(&part);
            self.advance()?;
            let argument = self.term()?;
            message.arguments.push(self.binary_continuation(argument)?);
        }
        Ok(message)
    }

    fn binary_continuation(&mut self, base: Node) -> Parsed<Node> {
        let mut receiver = self.unary_continuation(base)?;
        let mut length = 0;
        while let Some(selector) = self.operator() {
            self.check_chain(&mut length)?;
            self.advance()?;
            let argument = self.term()?;
            let arguments = vec![self.unary_continuation(argument)?];
            receiver = send(
                receiver,
                Message {
                    selector,
                    arguments,
                },
            );
        }
        Ok(receiver)
    }

    /// The operator that the token is. In the language of 2015 an arrow behind anything but a name is one.
    fn operator(&self) -> Option<String> {
        match &self.token.kind {
            TokenKind::Binary(operator) => Some(operator.clone()),
            TokenKind::Assign(operator) if !self.is_current() => Some((*operator).to_string()),
            _ => None,
        }
    }

    fn unary_continuation(&mut self, base: Node) -> Parsed<Node> {
        let mut receiver = base;
        let mut length = 0;
        while let TokenKind::Name(selector) = self.token.kind.clone() {
            self.check_chain(&mut length)?;
            self.advance()?;
            let arguments = Vec::new();
            receiver = send(
                receiver,
                Message {
                    selector,
                    arguments,
                },
            );
        }
        Ok(receiver)
    }

    fn check_chain(&self, length: &mut usize) -> Parsed<()> {
        *length += 1;
        match *length > MAX_CHAIN {
            true => self.error("too many messages in a row"),
            false => Ok(()),
        }
    }
}

/// A `primitive:` that cannot be is an error; other pragmas may say anything.
fn check_pragma(pragma: &Pragma) -> Parsed<()> {
    match (pragma.selector.as_str(), pragma.arguments.as_slice()) {
        ("primitive:", [Literal::Integer(0..=255)]) => Ok(()),
        ("primitive:", _) => Err(TextError::new(
            pragma.offset,
            "a primitive is a number, 0 to 255",
        )),
        _ => Ok(()),
    }
}

fn send(receiver: Node, message: Message) -> Node {
    let receiver = Box::new(receiver);
    Node::new(receiver.offset, NodeKind::Send { receiver, message })
}
