//! Programs as trees. Their text is made in `text`.

use smallworld_bootstrap::{Blocks, Dialect};

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
    /// An Array of the values: `#(a b c)`, or `{a. b. c}`.
    Array(Vec<Expr>),
    /// A cascade: receiver, and the messages it gets.
    Cascade(Box<Expr>, Vec<(String, Vec<Expr>)>),
}

/// A statement.
#[derive(Clone, PartialEq, Debug)]
pub enum Stmt {
    /// An expression for what it does.
    Do(Expr),
    /// An expression given to a variable. Where blocks have variables of their own, one whose name
    /// begins with an l is the block's, unless it is that of a block around it.
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
    /// What its blocks become.
    pub blocks: Blocks,
    /// The language it is written in.
    pub dialect: Dialect,
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

impl Expr {
    pub(crate) fn size(&self) -> usize {
        1 + match self {
            Expr::Leaf(_) => 0,
            Expr::Send(receiver, _, arguments) => {
                receiver.size() + arguments.iter().map(Expr::size).sum::<usize>()
            }
            Expr::Super(_, list) | Expr::Array(list) => list.iter().map(Expr::size).sum(),
            Expr::Cascade(receiver, messages) => {
                let given = messages.iter().flat_map(|(_, arguments)| arguments);
                receiver.size() + messages.len() + given.map(Expr::size).sum::<usize>()
            }
            Expr::Block(_, body) => body.iter().map(Stmt::size).sum(),
        }
    }
}

impl Stmt {
    pub(crate) fn size(&self) -> usize {
        1 + match self {
            Stmt::Do(e) | Stmt::Assign(_, e) | Stmt::Return(e) => e.size(),
            Stmt::While(_, _, body) => body.iter().map(Stmt::size).sum(),
        }
    }
}

impl Program {
    /// How large it is, for the shrinker.
    pub fn size(&self) -> usize {
        let methods = self.classes.iter().flat_map(|c| &c.methods);
        let bodies = methods.map(|m| 3 + m.body.iter().map(Stmt::size).sum::<usize>());
        self.classes.len() * 5 + bodies.sum::<usize>()
    }
}
