//! What the names of a method mean, and where its variables live.
//!
//! [`resolve`] goes through the tree in the order in which it will run and notes, beside the tree, what
//! each name means: the tree's nodes are told apart by their places in the text. [`place`] then decides
//! for each variable whether it lives in the frame of its activation or in an environment.
//!
//! | term | meaning |
//! |---|---|
//! | activation | what has a frame of its own: the method, and each block that is not written in place |
//! | region | a part of an activation that runs once each time it is entered: the whole, or the body of a loop |
//! | environment | an Array with those variables of a region that blocks share and that change |

mod frames;
mod place;
mod resolve;

pub use frames::{FrameNames, frame_names};
pub(crate) use place::Place;
pub(crate) use resolve::resolve;

use crate::ast::Literal;
use std::collections::HashMap;

/// The names a class gives to its methods.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The instance variables, inherited ones first.
    pub instance_variables: &'a [String],
    /// The class variables of the class itself.
    pub class_variables: &'a [String],
    /// Whether a name is that of a class.
    pub is_class: &'a dyn Fn(&str) -> bool,
}

/// What a name means.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Meaning {
    /// `self`, and `super` as a value.
    Receiver,
    /// `thisContext`
    Context,
    /// A variable of the method or of one of its blocks, by number.
    Variable(usize),
    /// An instance variable.
    Instance(usize),
    /// A class variable.
    ClassVariable(usize),
    /// A constant or a class.
    Constant(Literal),
}

/// A variable of a method or of one of its blocks.
#[derive(Debug)]
pub(crate) struct Variable {
    /// Its name; one without is a loop's own.
    pub(crate) name: String,
    /// Whose it is.
    pub(crate) activation: usize,
    region: usize,
    /// Which argument of its activation it is, the receiver being 0; others are temporaries.
    pub(crate) argument: Option<usize>,
    assignable: bool,
    /// When it was assigned last, in the order of the tree.
    last_assigned: Option<usize>,
    /// When a block inside used it first.
    first_captured: Option<usize>,
    /// Whether a block inside, or a loop, assigns it.
    assigned_elsewhere: bool,
    place: Place,
}

/// The method, or a block that is not written in place.
#[derive(Debug, Default)]
pub(crate) struct Activation {
    /// The one it is written in.
    outer: Option<usize>,
    /// The region that is all of it.
    pub(crate) root: usize,
    /// Whether a `^` leaves the method from it or from a block inside it.
    pub(crate) returns: bool,
    /// The variables of outer activations that it or a block inside it uses, in the order of use.
    uses: Vec<usize>,
    /// What it needs of outer activations, in the order of its closure's slots.
    pub(crate) captured: Vec<Captured>,
    /// How many temporaries it has.
    pub(crate) temporaries: usize,
}

/// Something that a closure holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Captured {
    /// The value of a variable.
    Value(usize),
    /// The environment of a region.
    Environment(usize),
}

/// A part of an activation that runs once each time it is entered.
#[derive(Debug)]
pub(crate) struct Region {
    pub(crate) activation: usize,
    /// How many variables its environment has.
    pub(crate) size: usize,
    /// The temporary that holds the environment.
    pub(crate) temporary: usize,
}

/// A block.
#[derive(Debug, Clone, Default)]
pub(crate) struct BlockNames {
    /// Its parameters, then its temporaries.
    pub(crate) variables: Vec<usize>,
    /// How many of them are parameters.
    pub(crate) parameters: usize,
    /// How many temporaries the method had before.
    pub(crate) location: usize,
    /// Its own activation, if it is not written in place.
    pub(crate) activation: Option<usize>,
    /// Its region, if it is the body of a loop written in place.
    pub(crate) region: Option<usize>,
    /// Whether it may be entered several times in one activation.
    pub(crate) repeated: bool,
    /// Variables without names that the loop needs.
    pub(crate) hidden: Vec<usize>,
}

/// All that is known of a method's names.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// By the place of the name.
    meanings: HashMap<usize, Meaning>,
    /// By the place of the block.
    blocks: HashMap<usize, BlockNames>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) activations: Vec<Activation>,
    pub(crate) regions: Vec<Region>,
    /// How many temporaries blocks that share them need.
    pub(crate) shared_temporaries: usize,
}

impl Names {
    /// What the name at a place means.
    pub(crate) fn meaning(&self, offset: usize) -> Meaning {
        let found = self.meanings.get(&offset).cloned();
        found.unwrap_or(Meaning::Constant(Literal::Nil))
    }

    /// The block at a place.
    pub(crate) fn block(&self, offset: usize) -> BlockNames {
        self.blocks.get(&offset).cloned().unwrap_or_default()
    }

    /// Where a variable lives.
    pub(crate) fn place(&self, variable: usize) -> Place {
        self.variables[variable].place
    }
}
