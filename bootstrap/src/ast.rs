//! The tree of a parsed method, its names already resolved.

/// A value known when a method is compiled.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `nil`
    Nil,
    /// `true`
    True,
    /// `false`
    False,
    /// An integer that fits 32 bits.
    Integer(i32),
    /// An integer that does not fit 32 bits: its sign and its decimal digits.
    Large {
        /// Whether it is below zero.
        negative: bool,
        /// Its digits, most significant first, without leading zeros.
        digits: String,
    },
    /// A floating point number.
    Float(f64),
    /// A character.
    Char(u8),
    /// A string; selectors are strings too.
    Str(Vec<u8>),
    /// A class, by name.
    Class(String),
}

/// An expression or a statement. Positions count from 0.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// A constant.
    Literal(Literal),
    /// An argument of the method; 0 is the receiver.
    Argument(usize),
    /// The receiver, with lookup from the superclass.
    Super,
    /// A temporary of the method, or a parameter of one of its blocks.
    Temporary(usize),
    /// An instance variable of the receiver.
    Instance(usize),
    /// A class variable of the receiver's class.
    ClassVariable(usize),
    /// `target <- value`
    Assign {
        /// What is assigned to.
        target: Variable,
        /// The value.
        value: Box<Node>,
    },
    /// A message.
    Send {
        /// The receiver.
        receiver: Box<Node>,
        /// The selector.
        selector: String,
        /// The arguments without the receiver.
        arguments: Vec<Node>,
    },
    /// `< number arguments… >`, and `#( … )`, which is primitive 36.
    Primitive {
        /// The primitive's number.
        number: u8,
        /// Its arguments.
        arguments: Vec<Node>,
    },
    /// A block.
    Block {
        /// Where its parameters begin among the temporaries.
        location: usize,
        /// Its statements, at least one.
        statements: Vec<Node>,
    },
    /// `^ value`
    Return(Box<Node>),
}

impl Node {
    /// Whether this is a block.
    pub fn is_block(&self) -> bool {
        matches!(self, Node::Block { .. })
    }
}

/// A variable that can be assigned to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variable {
    /// A temporary.
    Temporary(usize),
    /// An instance variable.
    Instance(usize),
}

/// A parsed method.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodNode {
    /// The selector.
    pub selector: String,
    /// How many temporaries it needs, those of its blocks included.
    pub temporaries: usize,
    /// The statements, at least one.
    pub statements: Vec<Node>,
}
