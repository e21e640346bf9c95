//! The machines that images were made for, and how they differ.
//!
//! Three programs run images of this family: that of SmallWorld 2015, Budd's of 2004, and the JavaScript
//! machine. They agree in nearly everything; [`DIALECTS`] is the list of what they do not agree in, but for the
//! numbers of primitives, which are in the table of those ([`smallworld_abi::primitive`]). An image
//! does not say which machine it is for. The format of its file tells the first two apart, and what its own
//! methods do with the numbers of primitives tells the third.
//!
//! Source: the format specification, "Primitives"; the JavaScript machine's own text, for its numbers and for
//! how it ends, reports and prints.

use crate::classes::method_shape;
use crate::object::{Format, Image};
use smallworld_abi::bytecode::{Op, decode};
use smallworld_abi::primitive::{Machine, Primitive};

/// What primitive 34 ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Halt {
    /// The process.
    Process,
    /// The innermost primitive 6, which answers nil; where there is none, the process.
    InnermostRun,
}

/// What the machine sends when a message is not understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotUnderstood {
    /// `doesNotUnderstand:` with an Array of the selector and an Array of receiver and arguments.
    DoesNotUnderstand,
    /// `error:` with the text "Unrecognized message selector: …".
    Error,
}

/// How primitive 59 prints a Float.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FloatText {
    /// As Java prints a double: `3.0`, `1.0E21`.
    Java,
    /// As JavaScript prints a number: `3`, `1e+21`.
    JavaScript,
}

/// How an image betrays its machine: a method of this name runs the primitive with so many arguments.
struct Sign {
    number: u8,
    arguments: u8,
    selector: &'static str,
}

const fn sign(number: u8, arguments: u8, selector: &'static str) -> Sign {
    Sign {
        number,
        arguments,
        selector,
    }
}

/// One of the machines. Where it is not mentioned, all of them do the same.
pub struct Dialect {
    /// What it is called, for people.
    pub name: &'static str,
    /// Which it is in the table of primitives.
    pub machine: Machine,
    /// What primitive 34 ends.
    pub halt: Halt,
    /// What is sent when a message is not understood.
    pub not_understood: NotUnderstood,
    /// How Floats print.
    pub floats: FloatText,
    /// Methods that only its images have.
    signs: &'static [Sign],
}

/// The two Java machines have semaphores.
const SEMAPHORE_SIGNS: &[Sign] = &[
    sign(100, 1, "new"),
    sign(101, 1, "wait"),
    sign(102, 2, "set:"),
];

/// The machines.
pub static DIALECTS: [Dialect; 4] = [
    Dialect {
        name: "SmallWorld 2015",
        machine: Machine::SmallWorld2015,
        halt: Halt::Process,
        not_understood: NotUnderstood::DoesNotUnderstand,
        floats: FloatText::Java,
        signs: SEMAPHORE_SIGNS,
    },
    Dialect {
        name: "Budd's SmallWorld of 2004",
        machine: Machine::Budd2004,
        halt: Halt::InnermostRun,
        not_understood: NotUnderstood::Error,
        floats: FloatText::Java,
        signs: SEMAPHORE_SIGNS,
    },
    Dialect {
        name: "the JavaScript SmallWorld",
        machine: Machine::JavaScript,
        halt: Halt::InnermostRun,
        not_understood: NotUnderstood::Error,
        floats: FloatText::JavaScript,
        signs: &[
            sign(99, 1, "log"),
            sign(100, 1, "pi"),
            sign(101, 1, "cos"),
            sign(102, 1, "sin"),
        ],
    },
    Dialect {
        name: "the JavaScript SmallWorld in a web page",
        machine: Machine::WebPage,
        halt: Halt::InnermostRun,
        not_understood: NotUnderstood::Error,
        floats: FloatText::JavaScript,
        signs: &[
            sign(60, 2, "id:"),
            sign(61, 2, "create:"),
            sign(62, 2, "text:"),
            sign(65, 3, "on:do:"),
            sign(66, 2, "append:"),
            sign(99, 1, "log"),
            sign(100, 1, "pi"),
            sign(101, 1, "cos"),
            sign(102, 1, "sin"),
        ],
    },
];

impl Dialect {
    /// What a number means on this machine.
    #[inline]
    pub fn primitive(&self, number: u8) -> Option<Primitive> {
        self.machine.primitives()[usize::from(number)]
    }

    /// The machine that an image was made for: of those that its file can come from, the one for which most of
    /// its methods speak.
    pub fn of(image: &Image) -> &'static Dialect {
        let [v1, swst, script, page] = &DIALECTS;
        let by_format = match image.format {
            Format::V1 => v1,
            Format::Swst => swst,
        };
        let used = primitives_of(image);
        let score = |dialect: &Dialect| {
            let signs = dialect.signs.iter();
            signs
                .filter(|s| {
                    used.iter().any(|(number, arguments, selector)| {
                        (*number, *arguments) == (s.number, s.arguments)
                            && *selector == s.selector.as_bytes()
                    })
                })
                .count()
        };
        let mut best = by_format;
        for dialect in [script, page] {
            if score(dialect) > score(best) {
                best = dialect;
            }
        }
        best
    }
}

/// The primitives that the methods of an image run: number, arguments, the selector of the method.
fn primitives_of(image: &Image) -> Vec<(u8, u8, &[u8])> {
    let mut used = Vec::new();
    for found in image.methods() {
        let Ok(parts) = method_shape(image, found.method) else {
            continue;
        };
        // In the order of the code, whatever is reached: what does not decode ends it.
        let mut at = 0;
        while let Ok(instruction) = decode(parts.code, at) {
            if let Op::Primitive { argc, number } = instruction.op {
                used.push((number, argc, parts.name));
            }
            at = instruction.next;
        }
    }
    used
}
