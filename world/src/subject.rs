//! `CLASS` or `CLASS>>SELECTOR`: what a person names, found in an image.

use crate::console::one_line;
use crate::failure::{Failure, Outcome};
use smallworld_image::{Image, MethodRef, ObjId, method_slot};

/// A class or a method of an image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    /// A class.
    Class(ObjId),
    /// A method.
    Method(MethodRef),
}

/// How many similar names a message offers.
const MOST_SIMILAR: usize = 5;

/// Finds `CLASS` or `CLASS>>SELECTOR`. The class side is named by its own name (`MetaArray`) or as
/// `Array class`.
pub fn find(image: &Image, text: &str) -> Outcome<Subject> {
    // A selector may hold `>>`; a class name cannot.
    let (class, selector) = match text.split_once(">>") {
        Some((class, selector)) => (class.trim(), Some(selector.trim())),
        None => (text.trim(), None),
    };
    let classes = find_classes(image, class)?;
    let Some(selector) = selector else {
        return Ok(Subject::Class(classes[0]));
    };
    let found = classes
        .iter()
        .find_map(|&class| own_method(image, class, selector));
    match found {
        Some(found) => Ok(Subject::Method(found)),
        None => Err(no_method(image, classes[0], class, selector)),
    }
}

/// The classes of that name, at least one, those with methods first.
fn find_classes(image: &Image, name: &str) -> Outcome<Vec<ObjId>> {
    let all = image.classes();
    let named = |name: &str| -> Vec<ObjId> {
        let own = all.iter().copied();
        own.filter(|&class| image.class_name_bytes(class) == Some(name.as_bytes()))
            .collect()
    };
    let mut found = named(name);
    if found.is_empty()
        && let Some(instance_side) = name.strip_suffix(" class")
    {
        found = named(instance_side)
            .into_iter()
            .filter_map(|class| image.class_of(class))
            .collect();
    }
    if found.is_empty() {
        let names = all.iter().map(|&class| image.name_of_class(class));
        return Err(Failure::unusable(format!(
            "the image has no class '{name}'{}",
            suggestion(name, names)
        )));
    }
    found.sort_by_key(|&class| image.methods_of(class).is_empty());
    Ok(found)
}

/// The method that a class itself has for a selector.
fn own_method(image: &Image, class: ObjId, selector: &str) -> Option<MethodRef> {
    let methods = image.methods_of(class);
    let index = methods
        .iter()
        .position(|&method| selector_of(image, method) == Some(selector.as_bytes()))?;
    Some(MethodRef {
        class,
        method: methods[index],
        index,
        block: 0,
    })
}

fn selector_of(image: &Image, method: ObjId) -> Option<&[u8]> {
    image.bytes_of(image.slot(method, method_slot::NAME)?)
}

/// The superclasses of a class, the nearest first; a circle of them ends where it would come back.
pub fn superclasses(image: &Image, class: ObjId) -> Vec<ObjId> {
    let mut chain = Vec::new();
    let mut at = class;
    while let Some(superclass) = image.superclass_of(at) {
        if superclass == class || chain.contains(&superclass) {
            break;
        }
        chain.push(superclass);
        at = superclass;
    }
    chain
}

fn no_method(image: &Image, class: ObjId, name: &str, selector: &str) -> Failure {
    let inherited = superclasses(image, class)
        .into_iter()
        .find_map(|class| own_method(image, class, selector));
    if let Some(inherited) = inherited {
        return Failure::unusable(format!(
            "{name} inherits '{selector}': look at {}",
            inherited.name(image)
        ));
    }
    let side = image
        .class_of(class)
        .and_then(|class| own_method(image, class, selector));
    if let Some(side) = side {
        return Failure::unusable(format!(
            "'{selector}' is on the class side of {name}: look at {}",
            side.name(image)
        ));
    }
    let methods = image.methods_of(class).iter();
    let names = methods.filter_map(|&method| selector_of(image, method).map(one_line));
    Failure::unusable(format!(
        "{name} has no method '{selector}'{}",
        suggestion(selector, names)
    ))
}

/// `; did you mean …?` with the names that resemble what was asked for, or nothing.
fn suggestion(wanted: &str, names: impl Iterator<Item = String>) -> String {
    let lower = wanted.to_lowercase();
    let mut similar: Vec<(usize, String)> = names
        .filter_map(|name| {
            let own = name.to_lowercase();
            let distance = distance(&lower, &own);
            let inside = lower.len() > 2 && own.contains(&lower);
            (inside || distance <= 1 + lower.chars().count() / 4).then_some((distance, name))
        })
        .collect();
    similar.sort();
    similar.dedup();
    similar.truncate(MOST_SIMILAR);
    if similar.is_empty() {
        return String::new();
    }
    let names: Vec<String> = similar.into_iter().map(|(_, name)| name).collect();
    format!("; did you mean {}?", names.join(", "))
}

/// How many characters must be inserted, removed or replaced to get from one text to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn names_that_resemble_are_offered() {
        let names = || ["Array", "ByteArray", "Block", "Point"].map(String::from);
        let offered = suggestion("Aray", names().into_iter());
        assert_eq!(offered, "; did you mean Array?");
        let offered = suggestion("array", names().into_iter());
        assert_eq!(offered, "; did you mean Array, ByteArray?");
        assert_eq!(suggestion("Zebra", names().into_iter()), "");
    }
}
