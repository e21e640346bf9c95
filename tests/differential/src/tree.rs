//! Programs as trees, and their text.

use std::fmt::Write;

/// An expression.
#[derive(Clone, PartialEq, Debug)]
pub enum Expr {
    /// Text that stands for itself: a number, a variable, a class.
    Leaf(String),
    /// A message: receiver, selector, arguments.
    Send(Box<Expr>, String, Vec<Expr>),
    /// A message to super.
    Super(String, Vec<Expr>),
    /// A block: parameters, statements.
    Block(Vec<String>, Vec<Stmt>),
    /// `#(a b c)`.
    Array(Vec<Expr>),
}

/// A statement.
#[derive(Clone, PartialEq, Debug)]
pub enum Stmt {
    /// An expression for what it does.
    Do(Expr),
    /// `variable <- expression`.
    Assign(String, Expr),
    /// `^ expression`.
    Return(Expr),
    /// A loop with a counter of its own: `counter <- 0. [counter < times] whileTrue: […]`.
    While(String, u32, Vec<Stmt>),
}

/// A method.
#[derive(Clone, PartialEq, Debug)]
pub struct Method {
    /// Its selector.
    pub selector: String,
    /// Names of its arguments.
    pub arguments: Vec<String>,
    /// Names of its temporaries.
    pub temporaries: Vec<String>,
    /// What it does.
    pub body: Vec<Stmt>,
}

/// A class.
#[derive(Clone, PartialEq, Debug)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// Its superclass.
    pub superclass: String,
    /// Its instance variables.
    pub variables: Vec<String>,
    /// Its methods.
    pub methods: Vec<Method>,
}

/// A program: the last class has the method `run`, with which it begins.
#[derive(Clone, PartialEq, Debug)]
pub struct Program {
    /// Its classes, superclasses first.
    pub classes: Vec<Class>,
}

/// A leaf.
pub fn leaf(text: impl Into<String>) -> Expr {
    Expr::Leaf(text.into())
}

/// A message.
pub fn send(receiver: Expr, selector: &str, arguments: Vec<Expr>) -> Expr {
    Expr::Send(Box::new(receiver), selector.into(), arguments)
}

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

impl Expr {
    /// Its text, such that a message can follow it.
    fn text(&self, indent: usize) -> String {
        let all = |list: &[Expr]| list.iter().map(|e| e.text(indent)).collect::<Vec<_>>();
        match self {
            Expr::Leaf(text) => text.clone(),
            Expr::Send(receiver, selector, arguments) => {
                let rest = message(selector, &all(arguments));
                format!("({} {rest})", receiver.text(indent))
            }
            Expr::Super(selector, arguments) => {
                format!("(super {})", message(selector, &all(arguments)))
            }
            Expr::Array(elements) => format!("#({})", all(elements).join(" ")),
            Expr::Block(parameters, body) => {
                let names: Vec<String> = parameters.iter().map(|p| format!(":{p}")).collect();
                let bar = if names.is_empty() { "" } else { " | " };
                format!("[{}{bar}{}]", names.join(" "), statements(body, indent + 1))
            }
        }
    }

    pub(crate) fn size(&self) -> usize {
        1 + match self {
            Expr::Leaf(_) => 0,
            Expr::Send(receiver, _, arguments) => {
                receiver.size() + arguments.iter().map(Expr::size).sum::<usize>()
            }
            Expr::Super(_, list) | Expr::Array(list) => list.iter().map(Expr::size).sum(),
            Expr::Block(_, body) => body.iter().map(Stmt::size).sum(),
        }
    }
}

fn statements(body: &[Stmt], indent: usize) -> String {
    let tabs = "\t".repeat(indent);
    let lines: Vec<String> = body.iter().map(|s| s.text(indent)).collect();
    match lines.len() {
        0 => "nil".into(),
        _ => format!("\n{tabs}{}", lines.join(&format!(".\n{tabs}"))),
    }
}

impl Stmt {
    fn text(&self, indent: usize) -> String {
        match self {
            Stmt::Do(e) => e.text(indent),
            Stmt::Assign(variable, e) => format!("{variable} <- {}", e.text(indent)),
            Stmt::Return(e) => format!("^ {}", e.text(indent)),
            Stmt::While(counter, times, body) => {
                let mut inner = vec![Stmt::Assign(
                    counter.clone(),
                    send(leaf(counter.clone()), "+", vec![leaf("1")]),
                )];
                inner.extend(body.iter().cloned());
                let text = statements(&inner, indent + 1);
                format!(
                    "{counter} <- 0.\n{}[{counter} < {times}] whileTrue: [{text}]",
                    "\t".repeat(indent)
                )
            }
        }
    }

    pub(crate) fn size(&self) -> usize {
        1 + match self {
            Stmt::Do(e) | Stmt::Assign(_, e) | Stmt::Return(e) => e.size(),
            Stmt::While(_, _, body) => body.iter().map(Stmt::size).sum(),
        }
    }
}

impl Method {
    /// Its text, as in a class file.
    pub fn text(&self) -> String {
        let mut text = message(&self.selector, &self.arguments);
        if !self.temporaries.is_empty() {
            let _ = write!(text, "\n\t| {} |", self.temporaries.join(" "));
        }
        text.push_str(&statements(&self.body, 1));
        text
    }
}

impl Program {
    /// Its classes as class files.
    pub fn texts(&self) -> Vec<String> {
        let text = |class: &Class| {
            let methods: Vec<String> = class.methods.iter().map(Method::text).collect();
            format!(
                "Class: {}\nSuperclass: {}\nVariables: {}\nDialect: 2015\n\n---- instance\n\n{}\n",
                class.name,
                class.superclass,
                class.variables.join(" "),
                methods.join("\n\n")
            )
        };
        self.classes.iter().map(text).collect()
    }

    /// How large it is, for the shrinker.
    pub fn size(&self) -> usize {
        let methods = self.classes.iter().flat_map(|c| &c.methods);
        let bodies = methods.map(|m| 3 + m.body.iter().map(Stmt::size).sum::<usize>());
        self.classes.len() * 5 + bodies.sum::<usize>()
    }
}
