//! The tree of a parsed method: names as they are written, each with its place.
//!
//! What the names mean is found later (`scopes`), what code that makes later still
//! (`codegen`).

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
    /// A character, by its number.
    Char(u32),
    /// A string; in an image without symbols, selectors are strings too.
    Str(Vec<u8>),
    /// The selector of a message, in our own image: a symbol, if there are any.
    Selector(String),
    /// A symbol: there is one object for each spelling.
    Symbol(String),
    /// An array of constants.
    Array(Vec<Literal>),
    /// A byte array.
    Bytes(Vec<u8>),
    /// A class, by name.
    Class(String),
    /// A method of its own: what a block is compiled to.
    Method(Box<crate::CompiledMethod>),
}

impl Literal {
    /// Whether some part of the literal is as wanted.
    pub(crate) fn any(&self, wanted: &dyn Fn(&Literal) -> bool) -> bool {
        wanted(self)
            || match self {
                Literal::Array(elements) => elements.iter().any(|element| element.any(wanted)),
                Literal::Method(method) => method.literals.iter().any(|own| own.any(wanted)),
                _ => false,
            }
    }
}

/// A name and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// How it is written.
    pub text: String,
    /// The offset of its first byte.
    pub offset: usize,
}

/// An expression or a statement and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The offset of its first byte; of a name or a block, it says which of them it is.
    pub offset: usize,
    /// What it is.
    pub kind: NodeKind,
}

/// What an expression or a statement is.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// A constant.
    Literal(Literal),
    /// A name.
    Name(String),
    /// `target := value`
    Assign {
        /// What is assigned to.
        target: Name,
        /// The value.
        value: Box<Node>,
    },
    /// A message.
    Send {
        /// The receiver.
        receiver: Box<Node>,
        /// The message.
        message: Message,
    },
    /// `receiver one; two; three`: at least two messages.
    Cascade {
        /// The receiver of all of them.
        receiver: Box<Node>,
        /// The messages; the last one's value is that of the whole.
        messages: Vec<Message>,
    },
    /// `< number arguments… >`, and `{ … }`, which is primitive 36.
    Primitive {
        /// The primitive's number.
        number: u8,
        /// Its arguments.
        arguments: Vec<Node>,
    },
    /// A block.
    Block(Block),
    /// `^ value`
    Return(Box<Node>),
}

/// A message: the selector and the arguments without the receiver.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The selector.
    pub selector: String,
    /// The arguments.
    pub arguments: Vec<Node>,
}

/// A block.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Its parameters.
    pub parameters: Vec<Name>,
    /// Its own temporaries.
    pub temporaries: Vec<Name>,
    /// Its statements; none answer nil.
    pub statements: Vec<Node>,
}

impl Node {
    /// A node at a place.
    pub(crate) fn new(offset: usize, kind: NodeKind) -> Node {
        Node { offset, kind }
    }

    /// The block, if this is one.
    pub fn as_block(&self) -> Option<&Block> {
        match &self.kind {
            NodeKind::Block(block) => Some(block),
            _ => None,
        }
    }

    /// Whether this is `super`.
    pub fn is_super(&self) -> bool {
        matches!(&self.kind, NodeKind::Name(name) if name == "super")
    }

    /// The number, if this is a literal one.
    pub(crate) fn as_number(&self) -> Option<&Literal> {
        match &self.kind {
            NodeKind::Literal(
                number @ (Literal::Integer(_) | Literal::Large { .. } | Literal::Float(_)),
            ) => Some(number),
            _ => None,
        }
    }
}

/// `<foo: 3 bar: #x>` at the beginning of a method. It is kept in the method's text; `primitive:` makes code.
#[derive(Debug, Clone, PartialEq)]
pub struct Pragma {
    /// What it is called, as a selector.
    pub selector: String,
    /// What it is given.
    pub arguments: Vec<Literal>,
    /// Where it begins.
    pub offset: usize,
}

/// A parsed method.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodNode {
    /// The selector.
    pub selector: String,
    /// The names of the arguments.
    pub arguments: Vec<Name>,
    /// The method's own temporaries.
    pub temporaries: Vec<Name>,
    /// What stands before the statements in `< >`.
    pub pragmas: Vec<Pragma>,
    /// The statements.
    pub statements: Vec<Node>,
}

impl MethodNode {
    /// The primitive whose answer is the method's, by `<primitive: n>`.
    pub(crate) fn primitive(&self) -> Option<u8> {
        self.pragmas.iter().find_map(|pragma| {
            match (pragma.selector.as_str(), pragma.arguments.as_slice()) {
                ("primitive:", [Literal::Integer(number)]) => u8::try_from(*number).ok(),
                _ => None,
            }
        })
    }
}
