//! Values: what an operation answers, and what is known of it.

use smallworld_image::ObjId;

/// The answer of an operation, or a parameter of a block.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Value(pub u32);

/// How a value is represented in the function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Type {
    /// A tagged word: a SmallInt, or a reference to an object.
    Word,
    /// true or false, as the machine compares.
    Bool,
    /// A number in a register, with the object that it is, if it has one yet. An object is made
    /// where something else than arithmetic wants one, and only once, so that a Float stays
    /// identical to itself.
    Float,
}

/// A block of the program whose code is known: which block of which method, and the activations
/// of the inline tree that it belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Closure {
    /// The activation of the method, whose arguments and temporaries the block uses.
    pub home: usize,
    /// The activation that pushed it: the home, or a block in it.
    pub creator: usize,
    /// Which block of the method.
    pub block: usize,
}

/// Where an object is made: the node of the inline tree, and the offset after the instruction. At any
/// time there is one object of a site at most that has not been made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Site {
    /// The node.
    pub node: usize,
    /// The offset.
    pub ip: usize,
}

/// What is known of a value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Known {
    /// Nothing.
    Any,
    /// A SmallInt.
    Int,
    /// A SmallInt, 1 or more.
    Positive,
    /// true or false.
    Bool,
    /// A Float of the image's class of Floats.
    Float,
    /// An instance of the class (which is none of the above) that has at least so many slots.
    /// Instances are not bound to have those of their class, but no object ever loses one.
    Instance(ObjId, u8),
    /// The Block object of this closure.
    Closure(Closure),
    /// An instance of the class of blocks with at least so many slots; unless a program has changed
    /// it, a closure of that method (an entry of the table of literals, and its number).
    Runs(u32, u32, u8),
}

impl Known {
    /// Is it surely a SmallInt?
    pub fn is_int(self) -> bool {
        matches!(self, Known::Int | Known::Positive)
    }

    /// Is the other more precise, so that it may replace this?
    pub fn may_become(self, other: Known) -> bool {
        match (self, other) {
            (Known::Any, other) => other != Known::Any,
            (Known::Int, Known::Positive) => true,
            (Known::Instance(a, m), Known::Instance(b, n)) => a == b && m < n,
            _ => false,
        }
    }
}

/// What an operation takes: a value, or a constant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Operand {
    /// A value.
    Value(Value),
    /// This SmallInt.
    Int(i32),
    /// `nil`
    Nil,
    /// `true`
    True,
    /// `false`
    False,
    /// An entry of the table of literals, an instance of the class; if it is itself a class,
    /// which.
    Literal(u32, ObjId, Option<ObjId>),
    /// This class, with its number.
    Class(ObjId, u32),
    /// A block for which no object has been made: it gets one where frames are written.
    Closure(Closure),
    /// An object that has not been made: a closure, or an Array. What would be in it is in the state.
    Virtual(Site),
    /// The Context of a node's activation.
    Home(usize),
}

impl From<Value> for Operand {
    fn from(v: Value) -> Operand {
        Operand::Value(v)
    }
}

impl Operand {
    /// The value, if it is one.
    pub fn value(self) -> Option<Value> {
        match self {
            Operand::Value(v) => Some(v),
            _ => None,
        }
    }

    /// Is it a block without object?
    pub fn is_closure(self) -> bool {
        matches!(self, Operand::Closure(_))
    }

    /// Is it an object that has not been made, of whatever kind?
    pub fn is_unmade(self) -> bool {
        matches!(
            self,
            Operand::Closure(_) | Operand::Virtual(_) | Operand::Home(_)
        )
    }

    /// The site of an object that has not been made.
    pub fn site(self) -> Option<Site> {
        match self {
            Operand::Virtual(site) => Some(site),
            _ => None,
        }
    }

    /// The class that it is, if it is one.
    pub fn as_class(self) -> Option<ObjId> {
        match self {
            Operand::Literal(_, _, class) => class,
            Operand::Class(class, _) => Some(class),
            _ => None,
        }
    }
}
