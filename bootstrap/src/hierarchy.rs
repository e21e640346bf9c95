//! The classes put in order: who inherits from whom, and which variables that gives.

use std::collections::{BTreeMap, HashSet};

use crate::definition::{ClassDefinition, Definitions, Fault, Place};
use crate::language::Blocks;
use smallworld_abi::layout::{closure_slot, method_slot};
use smallworld_image::CLASS_OF_CLOSURES;

/// The class of blocks in an image, with the number of variables that its instances have.
const fn class_of_blocks(blocks: Blocks) -> (&'static str, Option<usize>) {
    match blocks {
        Blocks::Shared => ("Block", Some(10)),
        // Where a source defines it, blocks are closures.
        Blocks::Closures => (CLASS_OF_CLOSURES, Some(closure_slot::CAPTURED)),
    }
}

/// The classes the machine and the literals of methods need, with the number of variables their
/// instances must have (where that matters).
const REQUIRED: &[(&str, Option<usize>)] = &[
    ("Array", None),
    ("ByteArray", None),
    ("Char", Some(1)),
    ("Class", Some(5)),
    ("Context", Some(7)),
    ("False", None),
    ("LargeNegative", None),
    ("LargePositive", None),
    ("Object", Some(0)),
    ("SmallInt", Some(0)),
    ("String", None),
    ("True", None),
    ("Undefined", Some(0)),
];

/// A class with what it inherits.
#[derive(Debug)]
pub(crate) struct Class<'a> {
    pub(crate) definition: &'a ClassDefinition,
    /// The superclass, as an index into [`Hierarchy::classes`].
    pub(crate) superclass: Option<usize>,
    /// All instance variables, inherited ones first.
    pub(crate) instance_variables: Vec<String>,
    /// The variables its class-side methods see as their own: those of class Class, then the class
    /// variables, inherited ones first.
    pub(crate) class_side_variables: Vec<String>,
    /// Its own class variables.
    pub(crate) class_variables: Vec<String>,
}

/// All classes, sorted by name.
#[derive(Debug)]
pub(crate) struct Hierarchy<'a> {
    pub(crate) classes: Vec<Class<'a>>,
}

impl<'a> Hierarchy<'a> {
    /// Links the classes; whatever is wrong is added to `faults`.
    pub(crate) fn resolve(definitions: &'a Definitions, faults: &mut Vec<Fault>) -> Hierarchy<'a> {
        let mut by_name: BTreeMap<&str, &ClassDefinition> = BTreeMap::new();
        for class in &definitions.classes {
            if by_name.contains_key(class.name.as_str()) {
                let message = format!("class {} is defined twice", class.name);
                faults.push(Fault::new(class.place, message));
            } else {
                by_name.insert(&class.name, class);
            }
        }
        let names: Vec<&str> = by_name.keys().copied().collect();
        let mut classes: Vec<Class<'a>> = by_name
            .values()
            .map(|definition| Class {
                definition,
                superclass: superclass_of(definition, &names, faults),
                instance_variables: Vec::new(),
                class_side_variables: Vec::new(),
                class_variables: own_class_variables(definition),
            })
            .collect();
        cut_cycles(&mut classes, faults);
        let mut hierarchy = Hierarchy { classes };
        hierarchy.collect_variables(faults);
        hierarchy.check_required(faults);
        hierarchy
    }

    /// The index of a class.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.classes
            .binary_search_by(|class| class.definition.name.as_str().cmp(name))
            .ok()
    }

    /// A class and its superclasses, the topmost first.
    pub(crate) fn chain(&self, class: usize) -> Vec<usize> {
        let mut chain = vec![class];
        let mut at = class;
        while let Some(superclass) = self.classes[at].superclass {
            chain.push(superclass);
            at = superclass;
        }
        chain.reverse();
        chain
    }

    fn collect_variables(&mut self, faults: &mut Vec<Fault>) {
        for at in 0..self.classes.len() {
            let variables = self
                .chain(at)
                .iter()
                .flat_map(|class| &self.classes[*class].definition.variables)
                .cloned()
                .collect();
            let definition = self.classes[at].definition;
            check_distinct(&variables, definition, faults);
            self.classes[at].instance_variables = variables;
        }
        let of_class = self
            .find("Class")
            .map(|class| self.classes[class].instance_variables.clone())
            .unwrap_or_default();
        for at in 0..self.classes.len() {
            let chain = self.chain(at);
            let mut variables = of_class.clone();
            for class in &chain {
                variables.extend(self.classes[*class].class_variables.iter().cloned());
            }
            let definition = self.classes[at].definition;
            check_distinct(&variables, definition, faults);
            let holders = chain
                .iter()
                .filter(|class| !self.classes[**class].class_variables.is_empty());
            if holders.count() > 1 && !self.classes[at].class_variables.is_empty() {
                faults.push(Fault::new(
                    definition.place,
                    format!(
                        "{} cannot have class variables: a superclass has some, and instances \
                         would find those in their place",
                        definition.name
                    ),
                ));
            }
            self.classes[at].class_side_variables = variables;
        }
    }

    /// What blocks become.
    pub(crate) fn blocks(&self) -> Blocks {
        match self.find(CLASS_OF_CLOSURES) {
            Some(_) => Blocks::Closures,
            None => Blocks::Shared,
        }
    }

    /// The class of blocks.
    pub(crate) fn class_of_blocks(&self) -> &'static str {
        class_of_blocks(self.blocks()).0
    }

    fn check_required(&self, faults: &mut Vec<Fault>) {
        let blocks = self.blocks();
        // The method of a block says which method it is in.
        let of_method = match blocks {
            Blocks::Shared => method_slot::COUNT,
            Blocks::Closures => method_slot::OUTER + 1,
        };
        let more = [class_of_blocks(blocks), ("Method", Some(of_method))];
        let mut required: Vec<_> = REQUIRED.iter().chain(&more).collect();
        required.sort();
        for (name, count) in required {
            let Some(at) = self.find(name) else {
                faults.push(Fault::new(
                    NOWHERE,
                    format!("no source defines class {name}"),
                ));
                continue;
            };
            let class = &self.classes[at];
            let found = class.instance_variables.len();
            if let Some(count) = count
                && found != *count
            {
                faults.push(Fault::new(
                    class.definition.place,
                    format!("{name} must have {count} instance variables, not {found}"),
                ));
            }
        }
    }
}

/// The place of a fault that is in none of the sources.
pub(crate) const NOWHERE: Place = Place {
    source: usize::MAX,
    offset: 0,
};

fn own_class_variables(definition: &ClassDefinition) -> Vec<String> {
    let variables = definition.class_variables.iter();
    variables.map(|variable| variable.name.clone()).collect()
}

fn superclass_of(
    definition: &ClassDefinition,
    names: &[&str],
    faults: &mut Vec<Fault>,
) -> Option<usize> {
    let is_top = definition.name == "Object";
    let Some(name) = &definition.superclass else {
        if !is_top {
            faults.push(Fault::new(
                definition.place,
                format!(
                    "{} needs a superclass: only Object has none",
                    definition.name
                ),
            ));
        }
        return None;
    };
    if is_top {
        let message = "Object has no superclass: write 'Superclass: nil'";
        faults.push(Fault::new(definition.place, message));
        return None;
    }
    let found = names.binary_search(&name.as_str()).ok();
    if found.is_none() {
        let message = format!("unknown superclass '{name}' of {}", definition.name);
        faults.push(Fault::new(definition.place, message));
    }
    found
}

/// Makes every chain of superclasses end, and reports those that did not.
fn cut_cycles(classes: &mut [Class<'_>], faults: &mut Vec<Fault>) {
    for start in 0..classes.len() {
        let mut seen = HashSet::from([start]);
        let mut at = start;
        while let Some(superclass) = classes[at].superclass {
            if !seen.insert(superclass) {
                let definition = classes[superclass].definition;
                let message = format!("{} is its own superclass", definition.name);
                faults.push(Fault::new(definition.place, message));
                classes[superclass].superclass = None;
                break;
            }
            at = superclass;
        }
    }
}

fn check_distinct(names: &Vec<String>, definition: &ClassDefinition, faults: &mut Vec<Fault>) {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            let message = format!("{} has two variables called '{name}'", definition.name);
            faults.push(Fault::new(definition.place, message));
        }
    }
}
