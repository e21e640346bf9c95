//! The names of what bytecode only numbers.

use super::resolve::resolve_own;
use super::{Captured, Names, Place};
use crate::language::Language;
use crate::parser::parse_method;

/// What the variables of an activation are called, by number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FrameNames {
    /// Its arguments without the receiver.
    pub arguments: Vec<String>,
    /// Its temporaries. The compiler's own are in brackets.
    pub temporaries: Vec<String>,
    /// What a block's closure holds behind its receiver.
    pub captured: Vec<String>,
}

/// The names in a method, then those in its blocks that are methods of their own, an outer one before those
/// inside. Nothing if the text is no method.
///
/// ```
/// use smallworld_bootstrap::{Language, frame_names};
///
/// let frames = frame_names("add: n | t | t := n. ^ [:each | each + t]", Language::OWN).unwrap();
/// assert_eq!(frames[0].temporaries, ["t"]);
/// assert_eq!((frames[1].arguments[0].as_str(), frames[1].captured[0].as_str()), ("each", "t"));
/// ```
pub fn frame_names(text: &str, language: Language) -> Option<Vec<FrameNames>> {
    let method = parse_method(text, language).ok()?;
    let names = resolve_own(&method, language)?;
    let frames = (0..names.activations.len()).map(|activation| frame(&names, activation));
    Some(frames.collect())
}

fn frame(names: &Names, activation: usize) -> FrameNames {
    let mut frame = FrameNames::default();
    let own = names.variables.iter();
    for variable in own.filter(|variable| variable.activation == activation) {
        let (list, at) = match variable.place {
            Place::Argument(at) => (&mut frame.arguments, at - 1),
            Place::Temporary(at) => (&mut frame.temporaries, at),
            Place::Environment { .. } | Place::Nowhere => continue,
        };
        put(
            list,
            at,
            if variable.name.is_empty() {
                "(loop)"
            } else {
                &variable.name
            },
        );
    }
    for region in &names.regions {
        if region.activation == activation && region.size > 0 {
            put(&mut frame.temporaries, region.temporary, ENVIRONMENT);
        }
    }
    let captured = names.activations[activation].captured.iter();
    frame.captured = captured
        .map(|part| match *part {
            Captured::Value(variable) => names.variables[variable].name.clone(),
            Captured::Environment(_) => ENVIRONMENT.to_string(),
        })
        .collect();
    frame
}

/// What an environment is called.
const ENVIRONMENT: &str = "(shared)";

fn put(list: &mut Vec<String>, at: usize, name: &str) {
    if list.len() <= at {
        list.resize(at + 1, String::new());
    }
    list[at] = name.to_string();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_frame_has_its_names() {
        let text =
            "at: i | n | n := 0. x := [:a | | b | n := n + a. [b foo: i]]. 1 to: i do: [:k | k]";
        let frames = frame_names(text, Language::OWN).unwrap();
        let shown: Vec<String> = frames
            .iter()
            .map(|frame| {
                let parts = [&frame.arguments, &frame.temporaries, &frame.captured];
                parts.map(|names| names.join(" ")).join("|")
            })
            .collect();
        assert_eq!(shown, ["i|(loop) k (shared)|", "a|b|(shared) i", "||b i"]);
    }

    #[test]
    fn what_is_no_method_has_none() {
        assert_eq!(frame_names("at: ^ (", Language::OWN), None);
    }
}
