//! The text of programs, in the language of 2015 or in the present one.

use crate::tree::{Class, Expr, Method, Program, Stmt, leaf, send};
use smallworld_bootstrap::Dialect;
use std::fmt::Write;

/// `selector` with its arguments between the parts.
fn message(selector: &str, arguments: &[String]) -> String {
    if arguments.is_empty() {
        return selector.into();
    }
    if !selector.contains(':') {
        return format!("{selector} {}", arguments[0]);
    }
    let parts = selector.split_inclusive(':').zip(arguments);
    let parts: Vec<String> = parts.map(|(part, a)| format!("{part} {a}")).collect();
    parts.join(" ")
}

/// What the text of a part depends on.
struct Writer {
    dialect: Dialect,
    /// Variables of the blocks around, outer ones first.
    declared: Vec<String>,
}

impl Writer {
    fn new(dialect: Dialect) -> Writer {
        Writer {
            dialect,
            declared: Vec::new(),
        }
    }

    fn all(&mut self, list: &[Expr], indent: usize) -> Vec<String> {
        list.iter().map(|e| self.expression(e, indent)).collect()
    }

    fn message(&mut self, selector: &str, arguments: &[Expr], indent: usize) -> String {
        message(selector, &self.all(arguments, indent))
    }

    /// The text of an expression, such that a message can follow it.
    fn expression(&mut self, e: &Expr, indent: usize) -> String {
        match e {
            Expr::Leaf(text) => text.clone(),
            Expr::Send(receiver, selector, arguments) => {
                let receiver = self.expression(receiver, indent);
                format!("({receiver} {})", self.message(selector, arguments, indent))
            }
            Expr::Super(selector, arguments) => {
                format!("(super {})", self.message(selector, arguments, indent))
            }
            Expr::Cascade(receiver, messages) => {
                let receiver = self.expression(receiver, indent);
                let messages: Vec<String> = messages
                    .iter()
                    .map(|(selector, arguments)| self.message(selector, arguments, indent))
                    .collect();
                format!("({receiver} {})", messages.join("; "))
            }
            Expr::Array(elements) => {
                let literal = elements.iter().all(is_literal);
                let texts = self.all(elements, indent);
                match self.dialect {
                    Dialect::Current if !literal => format!("{{{}}}", texts.join(". ")),
                    _ => format!("#({})", texts.join(" ")),
                }
            }
            Expr::Block(parameters, body) => self.block(parameters, body, indent),
        }
    }

    fn block(&mut self, parameters: &[String], body: &[Stmt], indent: usize) -> String {
        let names: Vec<String> = parameters.iter().map(|p| format!(":{p}")).collect();
        let bar = if names.is_empty() { "" } else { " | " };
        let outer = self.declared.len();
        let own = match self.dialect {
            Dialect::Current => self.declare(body),
            Dialect::Of2015 => String::new(),
        };
        let text = self.statements(body, indent + 1);
        self.declared.truncate(outer);
        format!("[{}{bar}{own}{text}]", names.join(" "))
    }

    /// The variables that are a block's own.
    fn declare(&mut self, body: &[Stmt]) -> String {
        let outer = self.declared.len();
        for statement in body {
            if let Stmt::Assign(name, _) = statement
                && name.starts_with('l')
                && !self.declared.contains(name)
            {
                self.declared.push(name.clone());
            }
        }
        match &self.declared[outer..] {
            [] => String::new(),
            own => format!("| {} |", own.join(" ")),
        }
    }

    fn statements(&mut self, body: &[Stmt], indent: usize) -> String {
        let tabs = "\t".repeat(indent);
        let lines: Vec<String> = body.iter().map(|s| self.statement(s, indent)).collect();
        match lines.len() {
            0 => "nil".into(),
            _ => format!("\n{tabs}{}", lines.join(&format!(".\n{tabs}"))),
        }
    }

    fn statement(&mut self, statement: &Stmt, indent: usize) -> String {
        let arrow = match self.dialect {
            Dialect::Current => ":=",
            Dialect::Of2015 => "<-",
        };
        match statement {
            Stmt::Do(e) => self.expression(e, indent),
            Stmt::Assign(variable, e) => {
                format!("{variable} {arrow} {}", self.expression(e, indent))
            }
            Stmt::Return(e) => format!("^ {}", self.expression(e, indent)),
            Stmt::While(counter, times, body) => {
                let more = send(leaf(counter.clone()), "+", vec![leaf("1")]);
                let mut inner = vec![Stmt::Assign(counter.clone(), more)];
                inner.extend(body.iter().cloned());
                let block = self.block(&[], &inner, indent);
                let tabs = "\t".repeat(indent);
                format!("{counter} {arrow} 0.\n{tabs}[{counter} < {times}] whileTrue: {block}")
            }
        }
    }

    fn method(&mut self, method: &Method) -> String {
        let mut text = message(&method.selector, &method.arguments);
        if !method.temporaries.is_empty() {
            let _ = write!(text, "\n\t| {} |", method.temporaries.join(" "));
        }
        text.push_str(&self.statements(&method.body, 1));
        text
    }

    fn class(&mut self, class: &Class) -> String {
        let methods: Vec<String> = class.methods.iter().map(|m| self.method(m)).collect();
        let dialect = match self.dialect {
            Dialect::Current => "",
            Dialect::Of2015 => "Dialect: 2015\n",
        };
        format!(
            "Class: {}\nSuperclass: {}\nVariables: {}\n{dialect}\n---- instance\n\n{}\n",
            class.name,
            class.superclass,
            class.variables.join(" "),
            methods.join("\n\n")
        )
    }
}

/// Whether an expression is the same inside a literal Array.
fn is_literal(e: &Expr) -> bool {
    matches!(e, Expr::Leaf(text)
        if text.bytes().all(|b| b.is_ascii_digit()) || text.starts_with('\''))
}

impl Method {
    /// Its text in the language of 2015, as in a class file.
    pub fn text(&self) -> String {
        Writer::new(Dialect::Of2015).method(self)
    }
}

impl Program {
    /// Its classes as class files.
    pub fn texts(&self) -> Vec<String> {
        let mut writer = Writer::new(self.dialect);
        self.classes.iter().map(|c| writer.class(c)).collect()
    }
}
