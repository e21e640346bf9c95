//! Everything wrong with an image, in words.
//!
//! The reader has made sure that the graph holds together; this looks at what the machine will do with it:
//! superclass chains, the shape of classes and methods, the code of every method.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::classes::{MethodRef, method_shape};
use crate::object::{Image, ObjId};
use crate::{class_slot, method_slot};

/// One thing that is wrong with an image.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Problem {
    /// Where: `Array>>at:put: @12`, `class Array`, or `object 514 (offset 0x1f30)`.
    pub place: String,
    /// What is wrong, and what to do about it.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl std::error::Error for Problem {}

impl Problem {
    /// A problem of an object, placed by its number and the offset of its record.
    pub(crate) fn object(image: &Image, id: ObjId, message: String) -> Self {
        let offset = image.offset_of(id);
        Problem {
            place: format!("object {} (offset {offset:#x})", id.0),
            message,
        }
    }
}

impl Image {
    /// Everything that is wrong with the classes and methods of the image: chains of superclasses that do not
    /// end, classes and methods with something unfit in a slot, code that the [verifier](crate::verify)
    /// refuses or that needs a larger stack than its method declares. Empty for a sound image. Classes come first, then methods, each in the order of the image.
    pub fn check(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let classes = self.classes();
        let mut arrays = HashMap::new();
        for &class in &classes {
            for message in self.class_problems(class, &mut arrays) {
                problems.push(Problem {
                    place: format!("class {} (object {})", self.name_of_class(class), class.0),
                    message,
                });
            }
        }
        for class in self.endless_chains(&classes) {
            problems.push(Problem {
                place: format!("class {} (object {})", self.name_of_class(class), class.0),
                message: "its chain of superclasses comes back to itself; only nil ends a chain"
                    .to_owned(),
            });
        }
        let mut seen = HashSet::new();
        for found in self.methods() {
            // The same method twice is wrong in the same way twice.
            if seen.insert(found.method) {
                self.check_method(found, &mut problems);
            }
        }
        problems
    }

    /// What is unfit in the slots of a class. `arrays` has the methods arrays seen before, with their classes.
    fn class_problems(&self, class: ObjId, arrays: &mut HashMap<ObjId, ObjId>) -> Vec<String> {
        let mut problems = Vec::new();
        let slot = |n| self.slot(class, n).unwrap_or(self.roots.nil);
        let is_nil = |id| id == self.roots.nil;

        let superclass = slot(class_slot::SUPERCLASS);
        if !is_nil(superclass) && !self.is_class(superclass) {
            let found = self.describe(superclass);
            problems.push(format!(
                "its superclass (slot {}) is {found}, not a class or nil",
                class_slot::SUPERCLASS
            ));
        }
        let methods = slot(class_slot::METHODS);
        match self.slots_of(methods) {
            None => {
                let found = self.describe(methods);
                problems.push(format!(
                    "its methods (slot {}) are {found}, not an array or nil",
                    class_slot::METHODS
                ));
            }
            Some([]) => {}
            Some(_) => {
                if let Some(other) = arrays.insert(methods, class) {
                    let other = self.name_of_class(other);
                    problems.push(format!(
                        "its methods array (slot {}) is also that of class {other}; give each its own",
                        class_slot::METHODS
                    ));
                }
            }
        }
        let size = slot(class_slot::SIZE);
        if self.int_of(size).is_none_or(|size| size < 0) {
            let found = self.describe(size);
            problems.push(format!(
                "its size (slot {}) is {found}, not a SmallInt from 0 on",
                class_slot::SIZE
            ));
        }
        let variables = slot(class_slot::VARIABLES);
        let names = self.slots_of(variables);
        if names.is_none_or(|names| names.iter().any(|&name| self.bytes_of(name).is_none())) {
            let found = self.describe(variables);
            problems.push(format!(
                "its variables (slot {}) are {found}, not an array of names or nil",
                class_slot::VARIABLES
            ));
        }
        problems
    }

    /// One class of each circle of superclasses: the one with the lowest number that leads into it.
    fn endless_chains(&self, classes: &[ObjId]) -> Vec<ObjId> {
        let mut done = HashSet::new();
        let mut endless = Vec::new();
        for &class in classes {
            let mut path = HashSet::new();
            let mut at = Some(class);
            while let Some(class) = at {
                if done.contains(&class) {
                    break;
                }
                if !path.insert(class) {
                    endless.push(class);
                    break;
                }
                at = self.superclass_of(class);
            }
            done.extend(path);
        }
        endless
    }

    fn check_method(&self, found: MethodRef, problems: &mut Vec<Problem>) {
        let name = found.name(self);
        match method_shape(self, found.method) {
            Err(Problem { place, message }) => problems.push(Problem {
                place: format!("{name}, {place}"),
                message,
            }),
            Ok(parts) => match parts.verify(self) {
                Err(errors) => problems.extend(errors.into_iter().map(|error| Problem {
                    place: format!("{name} @{}", error.at),
                    message: error.message,
                })),
                // A context that is looked at keeps its operands in an array of the declared size.
                Ok(analysis) if usize::from(analysis.max_depth) > parts.stack_size => {
                    problems.push(Problem {
                        place: name,
                        message: format!(
                            "its code needs a stack of {}, but its stack size (slot {}) is {}; compile it again",
                            analysis.max_depth, method_slot::STACK_SIZE, parts.stack_size
                        ),
                    });
                }
                Ok(_) => {}
            },
        }
    }
}
