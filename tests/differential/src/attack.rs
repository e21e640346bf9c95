//! Programs that attack the primitives: every number, with too few, enough and too many
//! arguments, which are whatever a primitive might not expect.
//!
//! Programs 0 to [`ALL`] together have every primitive with 0 to [`MOST_ARGUMENTS`] arguments;
//! further seeds have them again, with other arguments. A primitive is run by a method of its
//! own: with arguments of all kinds, in a loop with arguments of one kind (so that there is
//! something to specialise), and with constants. The arguments come from the class `Nasty` of
//! the library. A call ends in an answer, or in `error:`; both are noted.

use crate::generate::Numbers;
use crate::tree::{Class, Expr, Method, Program, Stmt, leaf, send};
use smallworld_bootstrap::{Blocks, Dialect};

/// Arguments at most.
pub const MOST_ARGUMENTS: usize = 7;
/// Calls of different kinds in one program.
const KINDS: usize = 12;
/// Numbers of primitives times numbers of arguments.
const CASES: usize = 256 * (MOST_ARGUMENTS + 1);
/// So many programs have every case once.
pub const ALL: u64 = CASES.div_ceil(KINDS) as u64;

/// More values than `Nasty at:` knows, with which it begins again.
const NASTY: usize = 100;

/// Text of constants that a method may hand to a primitive; one more is the class of blocks.
const CONSTANTS: [&str; 21] = [
    "nil",
    "true",
    "0",
    "1",
    "2",
    "3",
    "(0 - 1)",
    "255",
    "256",
    "134217726",
    "134217727",
    "134217728",
    "134217729",
    "268435455",
    "2147483647",
    "'abc'",
    "''",
    "$a",
    "SmallInt",
    "Array",
    "String",
];

/// The program of a seed, for an image with these blocks; its class is named `prefix`.
pub fn program(seed: u64, prefix: &str, blocks: Blocks) -> Program {
    let mut attack = Attack::new(Numbers::new(seed ^ 0x5eed_a77a_c4ed_0000), blocks);
    for kind in 0..KINDS {
        // Those of one program have nothing to do with each other.
        let case = (seed as usize % ALL as usize + kind * ALL as usize) % CASES;
        attack.primitive((case % 256) as u8, case / 256);
    }
    attack.finish(prefix)
}

/// The program that some bytes choose: a few primitives, and what they get.
pub fn program_of_bytes(bytes: &[u8], prefix: &str) -> Program {
    let mut numbers = Numbers::of_bytes(bytes);
    let blocks = [Blocks::Shared, Blocks::Closures][numbers.below(2)];
    let mut attack = Attack::new(numbers, blocks);
    for _ in 0..=attack.numbers.below(4) {
        let number = attack.numbers.below(256) as u8;
        let count = attack.numbers.below(MOST_ARGUMENTS + 1);
        attack.primitive(number, count);
    }
    attack.finish(prefix)
}

/// What goes wrong is noted without its backtrace, and the program goes on.
fn note_errors() -> Method {
    Method {
        selector: "error:".into(),
        arguments: vec!["text".into()],
        temporaries: vec![],
        body: vec![Stmt::Do(send(leaf("Log"), "add:", vec![leaf("text")]))],
    }
}

struct Attack {
    numbers: Numbers,
    blocks: Blocks,
    methods: Vec<Method>,
    calls: Vec<String>,
}

impl Attack {
    fn new(numbers: Numbers, blocks: Blocks) -> Attack {
        Attack {
            numbers,
            blocks,
            methods: vec![note_errors()],
            calls: Vec::new(),
        }
    }

    /// A method that runs the primitive, and methods that call it.
    fn primitive(&mut self, number: u8, count: usize) {
        // Without a block or a closure to run, these do not pass the verifier.
        if matches!((number, count), (8 | 121, 0)) {
            return;
        }
        let names: Vec<String> = (0..count).map(|i| format!("a{i}")).collect();
        let selector = match count {
            0 => format!("p{number}"),
            _ => format!("p{number}{}", "x:".repeat(count)),
        };
        let text = format!("<{number} {}>", names.join(" "));
        self.methods.push(Method {
            selector: selector.clone(),
            arguments: names,
            temporaries: vec![],
            body: vec![Stmt::Return(leaf(text))],
        });
        let mut body = Vec::new();
        // What ends the program is run once; what sleeps sleeps for a moment.
        let times = match number {
            18 | 34 | 101 | 117 => 1,
            // A method has room for so many.
            _ => 6 - count.min(4),
        };
        for _ in 0..times {
            let arguments = (0..count).map(|_| self.argument(number)).collect();
            body.push(note(number, send(leaf("self"), &selector, arguments)));
        }
        self.call(body);
        if times == 1 || number == 33 {
            return;
        }
        // The same arguments but for one, which counts.
        let mut arguments: Vec<Expr> = (0..count).map(|_| self.argument(number)).collect();
        if count > 0 {
            let at = self.numbers.below(count);
            let start = ["i", "(Nasty at: i)", "(i + 134217720)"];
            arguments[at] = leaf(start[self.numbers.below(start.len())]);
        }
        let inside = note(number, send(leaf("self"), &selector, arguments));
        let each = Expr::Block(vec!["i".into()], vec![inside]);
        let all = Stmt::Do(send(leaf("1"), "to:do:", vec![leaf("12"), each]));
        self.call(vec![all]);
        let constants: Vec<&str> = (0..count).map(|_| self.constant()).collect();
        let text = format!("<{number} {}>", constants.join(" "));
        self.call(vec![note(number, leaf(text))]);
    }

    fn argument(&mut self, number: u8) -> Expr {
        match self.numbers.below(4) {
            // No program is to sleep for long.
            _ if number == 33 => leaf(["nil", "2", "'a'"][self.numbers.below(3)]),
            0 => leaf(self.constant()),
            1 => leaf("self"),
            _ => {
                let n = self.numbers.below(NASTY).to_string();
                send(leaf("Nasty"), "at:", vec![leaf(n)])
            }
        }
    }

    fn constant(&mut self) -> &'static str {
        let classes = match self.blocks {
            Blocks::Shared => "Block",
            Blocks::Closures => "BlockClosure",
        };
        let n = self.numbers.below(CONSTANTS.len() + 1);
        CONSTANTS.get(n).copied().unwrap_or(classes)
    }

    /// A method with this body, which the program calls.
    fn call(&mut self, body: Vec<Stmt>) {
        let selector = format!("r{}", self.calls.len());
        self.methods.push(Method {
            selector: selector.clone(),
            arguments: vec![],
            temporaries: vec![],
            body,
        });
        self.calls.push(selector);
    }

    fn finish(mut self, prefix: &str) -> Program {
        let calls = self.calls.iter();
        let calls = calls.map(|c| Stmt::Do(send(leaf("self"), c, vec![])));
        let mut body = vec![Stmt::Do(send(leaf("Nasty"), "make", vec![]))];
        body.extend(calls);
        self.methods.push(Method {
            selector: "run".into(),
            arguments: vec![],
            temporaries: vec![],
            body,
        });
        let class = Class {
            name: prefix.into(),
            superclass: "Object".into(),
            variables: vec!["one".into(), "two".into()],
            methods: self.methods,
        };
        Program {
            blocks: self.blocks,
            dialect: Dialect::Of2015,
            classes: vec![class],
        }
    }
}

/// Notes the answer: of clocks, of random numbers and of the number of the machine's run only the kind.
fn note(number: u8, answer: Expr) -> Stmt {
    let selector = match number {
        58 | 119 | 141 | 147 => "noteKind:",
        _ => "noteAnswer:",
    };
    Stmt::Do(send(leaf("Log"), selector, vec![answer]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_primitive_has_its_turn() {
        let mut selectors = BTreeSet::new();
        for seed in 0..ALL {
            let methods = program(seed, "A", Blocks::Closures)
                .classes
                .remove(0)
                .methods;
            selectors.extend(methods.into_iter().map(|m| m.selector));
        }
        let of_primitives = selectors.iter().filter(|s| s.starts_with('p'));
        assert_eq!(of_primitives.count(), CASES - 2);
    }
}
