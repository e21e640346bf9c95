//! What the table says of a primitive, and for which machines.

use super::{Group, Primitive};
use crate::effects::Effects;
use std::ops::BitOr;

/// One primitive.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Which it is.
    pub primitive: Primitive,
    /// What it belongs to.
    pub group: Group,
    /// Its number; some have several, which all mean the same.
    pub first: u8,
    /// The last of its numbers.
    pub last: u8,
    /// Its arguments, in their order; `…` after one that may be there several times.
    pub arguments: &'static str,
    /// What it is, in a few words.
    pub name: &'static str,
    /// What it does, in a line.
    pub does: &'static str,
    /// The machines that have it.
    pub machines: Machines,
    /// What it may do besides computing a value, if it gets as many arguments as it takes.
    pub effects: Effects,
    /// In which forms there are short ways to do it.
    pub forms: Forms,
}

impl Row {
    /// Is that one of its numbers?
    pub const fn has_number(&self, number: u8) -> bool {
        self.first <= number && number <= self.last
    }

    /// How many arguments it takes; `None` if any number.
    pub fn arity(&self) -> Option<usize> {
        let any = self.arguments.contains('…');
        (!any).then(|| self.arguments.split_whitespace().count())
    }
}

/// A machine that images were made for, as far as primitives differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Machine {
    /// SmallWorld of 2015, and ours.
    SmallWorld2015,
    /// Budd's of 2004.
    Budd2004,
    /// The JavaScript machine.
    JavaScript,
    /// The JavaScript machine in a web page.
    WebPage,
}

impl Machine {
    /// All.
    pub const ALL: [Machine; 4] = [
        Machine::SmallWorld2015,
        Machine::Budd2004,
        Machine::JavaScript,
        Machine::WebPage,
    ];
}

/// A set of machines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Machines(u8);

impl Machines {
    /// One.
    pub const fn of(machine: Machine) -> Machines {
        Machines(1 << machine as u8)
    }

    /// All.
    pub const ALL: Machines = Machines(15);

    /// Both sets.
    pub const fn and(self, other: Machines) -> Machines {
        Machines(self.0 | other.0)
    }

    /// Is the machine in it?
    pub const fn has(self, machine: Machine) -> bool {
        self.0 & Machines::of(machine).0 != 0
    }
}

/// Which short ways there are, besides calling the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forms(u8);

impl Forms {
    /// None.
    pub const NONE: Forms = Forms(0);
    /// The machine has a quick one, which neither allocates nor fails: it declines.
    pub const QUICK: Forms = Forms(1);
    /// Native code does the common case in place.
    pub const OPEN: Forms = Forms(2);
    /// Specialised code does the common case in place.
    pub const SPECIAL: Forms = Forms(4);

    /// Both.
    pub const fn and(self, other: Forms) -> Forms {
        Forms(self.0 | other.0)
    }

    /// Are all of the other in this one?
    pub const fn has(self, other: Forms) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Forms {
    type Output = Forms;

    fn bitor(self, other: Forms) -> Forms {
        self.and(other)
    }
}
