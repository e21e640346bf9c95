//! What the source files define: classes and methods, before anything is resolved or compiled.

use crate::ast::Literal;
use crate::language::Dialect;

/// A place in one of the sources that an image is built from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which source.
    pub source: usize,
    /// The byte offset in its text.
    pub offset: usize,
}

impl Place {
    /// The place so many bytes further on.
    pub(crate) fn plus(self, bytes: usize) -> Place {
        Place {
            offset: self.offset + bytes,
            ..self
        }
    }
}

/// An error at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub message: String,
}

impl Fault {
    pub(crate) fn new(place: Place, message: impl Into<String>) -> Fault {
        Fault {
            place,
            message: message.into(),
        }
    }
}

/// A class as its source describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassDefinition {
    /// The name.
    pub name: String,
    /// The superclass; only Object has none.
    pub superclass: Option<String>,
    /// The instance variables the class adds.
    pub variables: Vec<String>,
    /// The class variables the class adds.
    pub class_variables: Vec<ClassVariable>,
    /// Where it is defined.
    pub place: Place,
}

/// A class variable and what it holds in a new image.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassVariable {
    /// The name.
    pub name: String,
    /// The first value.
    pub value: InitialValue,
    /// Where it is defined.
    pub place: Place,
}

/// The value a class variable has in a new image.
#[derive(Debug, Clone, PartialEq)]
pub enum InitialValue {
    /// A constant.
    Literal(Literal),
    /// An Array.
    Array(Vec<InitialValue>),
    /// An Array of all classes, sorted by name.
    AllClasses,
    /// The table of all symbols: an Array of Arrays, by [`symbol_hash`](crate::symbol_hash).
    AllSymbols,
}

/// A method as its source gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodDefinition {
    /// The name of the class it belongs to.
    pub class: String,
    /// Whether it is a method of the class itself, not of its instances.
    pub class_side: bool,
    /// The text, header first.
    pub text: String,
    /// The language it is in.
    pub dialect: Dialect,
    /// Where the text begins.
    pub place: Place,
}

/// All that some sources define.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Definitions {
    /// The classes, in the order of the sources.
    pub classes: Vec<ClassDefinition>,
    /// The methods, in the order of the sources.
    pub methods: Vec<MethodDefinition>,
    /// What could not be read.
    pub faults: Vec<Fault>,
}

impl Definitions {
    pub(crate) fn fault(&mut self, place: Place, message: impl Into<String>) {
        self.faults.push(Fault::new(place, message));
    }
}
