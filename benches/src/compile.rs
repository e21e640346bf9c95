//! Compiling the library's methods, with the compiler that makes images.
//!
//! It makes the same code as the image's own compiler, but goes about it in its own way.

use smallworld_bootstrap::{Language, Scope, compile_method, read, sources_in};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::OnceLock;

/// The classes in the order in which the image takes them.
const SUBJECTS: [&str; 40] = [
    "Array",
    "Association",
    "BlockClosure",
    "Boolean",
    "Char",
    "Class",
    "Collection",
    "Context",
    "Dictionary",
    "False",
    "Float",
    "Fraction",
    "Indexed",
    "Integer",
    "Interval",
    "LargeNegative",
    "LargePositive",
    "List",
    "Magnitude",
    "Message",
    "Method",
    "Number",
    "Object",
    "Ordered",
    "Parser",
    "Point",
    "Random",
    "ReadStream",
    "Set",
    "SmallInt",
    "String",
    "True",
    "Undefined",
    "WriteStream",
    "Encoder",
    "MessageNode",
    "BlockNode",
    "Window",
    "File",
    "Exception",
];

struct Class {
    instance_variables: Vec<String>,
    class_variables: Vec<String>,
    methods: Vec<String>,
}

struct Library {
    names: HashSet<String>,
    subjects: Vec<Class>,
}

/// How many bytes of code the methods of the first so many classes are.
pub fn compile(size: i32) -> i32 {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    let library = LIBRARY.get_or_init(load);
    let is_class = |name: &str| library.names.contains(name);
    let mut bytes = 0;
    for class in &library.subjects[..size as usize] {
        for text in &class.methods {
            let scope = Scope {
                instance_variables: &class.instance_variables,
                class_variables: &class.class_variables,
                is_class: &is_class,
            };
            match compile_method(text, scope, Language::OWN) {
                Ok(method) => bytes += method.bytecodes.len() as i32,
                Err(errors) => panic!("{text}: {errors:?}"),
            }
        }
    }
    bytes
}

/// Reads the class files; this happens once, before anything is timed.
fn load() -> Library {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kernel");
    let sources = match sources_in(&folder) {
        Ok(sources) => sources,
        Err(error) => panic!("{}: {error}", folder.display()),
    };
    let definitions = read(&sources);
    let by_name: HashMap<&str, _> = definitions
        .classes
        .iter()
        .map(|class| (class.name.as_str(), class))
        .collect();
    let inherited = |name: &str| {
        let mut chain = Vec::new();
        let mut next = by_name.get(name);
        while let Some(class) = next {
            chain.push(class.variables.clone());
            next = class.superclass.as_deref().and_then(|s| by_name.get(s));
        }
        chain.into_iter().rev().flatten().collect()
    };
    let subjects = SUBJECTS
        .iter()
        .map(|&name| Class {
            instance_variables: inherited(name),
            class_variables: by_name
                .get(name)
                .map(|class| {
                    class
                        .class_variables
                        .iter()
                        .map(|v| v.name.clone())
                        .collect()
                })
                .unwrap_or_default(),
            methods: definitions
                .methods
                .iter()
                .filter(|m| m.class == name && !m.class_side)
                .map(|m| m.text.clone())
                .collect(),
        })
        .collect();
    Library {
        names: by_name.keys().map(|name| name.to_string()).collect(),
        subjects,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subject_has_methods() {
        // List is no more than another name.
        let subjects = load().subjects;
        let empty = subjects.iter().filter(|class| class.methods.is_empty());
        assert!(empty.count() < 2);
        assert!(compile(40) > compile(39));
    }
}
