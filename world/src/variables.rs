//! The names of the variables that bytecode only numbers, as far as classes and sources tell them.

use crate::console::one_line;
use crate::subject::superclasses;
use smallworld_bootstrap::scanner::{Scanner, TokenKind};
use smallworld_bootstrap::{Dialect, Language, frame_names};
use smallworld_image::{
    Image, MethodParts, MethodRef, ObjId, class_slot, has_closures, method_shape,
};

/// The names of a method's variables, by number.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Variables {
    /// Instance variables.
    pub instance: Vec<String>,
    /// Class variables.
    pub class: Vec<String>,
    /// Arguments; the first is `self`.
    pub arguments: Vec<String>,
    /// Temporaries and block parameters; several names where blocks share a place.
    pub temporaries: Vec<String>,
}

impl Variables {
    /// The names of a method's variables.
    pub fn of(image: &Image, found: &MethodRef, parts: &MethodParts<'_>) -> Variables {
        if has_closures(image) {
            return Variables::of_frame(image, found, parts);
        }
        let text = String::from_utf8_lossy(parts.text.unwrap_or_default());
        let (arguments, temporaries) = in_source(&text, parts.arity(), parts.temporaries);
        Variables {
            instance: instance_variables(image, parts.class),
            class: class_variables(image, parts.class),
            arguments,
            temporaries,
        }
    }
}

impl Variables {
    /// The same in an image with closures: a block is a method, and its closure the receiver.
    fn of_frame(image: &Image, found: &MethodRef, parts: &MethodParts<'_>) -> Variables {
        let home = image.methods_of(found.class).get(found.index).copied();
        let home = home.and_then(|home| method_shape(image, home).ok());
        let text = home.and_then(|home| home.text).unwrap_or_default();
        let text = String::from_utf8_lossy(text);
        let frames = [Dialect::Current, Dialect::Of2015]
            .into_iter()
            .filter_map(|dialect| frame_names(&text, Language::OWN.with_dialect(dialect)))
            .find(|frames| {
                let frame = frames.get(found.block);
                frame.is_some_and(|frame| frame.temporaries.len() == parts.temporaries)
            });
        let frame = frames.and_then(|mut frames| frames.drain(found.block..).next());
        let frame = frame.unwrap_or_default();
        let mut arguments = vec![if found.block == 0 { "self" } else { "block" }.to_owned()];
        arguments.extend(frame.arguments);
        let instance = match found.block {
            0 => instance_variables(image, parts.class),
            _ => ["method", "home", "self"]
                .map(str::to_owned)
                .into_iter()
                .chain(frame.captured)
                .collect(),
        };
        Variables {
            instance,
            class: class_variables(image, parts.class),
            arguments,
            temporaries: frame.temporaries,
        }
    }
}

/// The names that a class itself gives to variables of its instances.
pub fn own_variables(image: &Image, class: ObjId) -> Vec<String> {
    let names = image.slot(class, class_slot::VARIABLES);
    let names = names.and_then(|names| image.slots_of(names));
    let names = names.unwrap_or_default().iter();
    names
        .map(|&name| {
            image
                .bytes_of(name)
                .map_or_else(|| "?".to_owned(), one_line)
        })
        .collect()
}

/// All instance variables of a class, inherited ones first.
pub fn instance_variables(image: &Image, class: ObjId) -> Vec<String> {
    let mut chain = superclasses(image, class);
    chain.insert(0, class);
    let names = chain.iter().rev();
    names
        .flat_map(|&class| own_variables(image, class))
        .collect()
}

/// The class variables of a class, inherited ones first: what the class has beyond that which every class has.
pub fn class_variables(image: &Image, class: ObjId) -> Vec<String> {
    let Some(metaclass) = image.class_of(class) else {
        return Vec::new();
    };
    let mut names = instance_variables(image, metaclass);
    names.drain(..class_slot::CLASS_VARIABLES.min(names.len()));
    names
}

/// The names of arguments and temporaries in the source of a method.
///
/// The compiler numbers temporaries in the order of the text, parameters of blocks among them. An older one
/// gave the places of a block's parameters to the next block again; which of the two it was shows in the
/// number of temporaries. Names that do not add up are left out.
fn in_source(text: &str, arity: usize, temporaries: usize) -> (Vec<String>, Vec<String>) {
    let mut reader = Reader::new(text);
    let mut arguments = vec!["self".to_owned()];
    arguments.extend(reader.header());
    if arguments.len() != arity {
        arguments.truncate(1);
    }
    let declared = reader.declared();
    let blocks = reader.parameters(declared.len());

    let fresh = declared.len() + blocks.iter().map(|block| block.names.len()).sum::<usize>();
    let mut names: Vec<Vec<String>> = declared.into_iter().map(|name| vec![name]).collect();
    let shared = fresh != temporaries;
    names.resize(temporaries.max(names.len()), Vec::new());
    let mut next = names.iter().take_while(|names| !names.is_empty()).count();
    for block in blocks {
        let first = if shared { block.first } else { next };
        for (place, name) in (first..).zip(block.names) {
            match names.get_mut(place) {
                Some(all) if !all.contains(&name) => all.push(name),
                _ => {}
            }
            next += 1;
        }
    }
    if names.len() != temporaries {
        return (arguments, Vec::new());
    }
    let joined = names.into_iter().map(|names| names.join("/"));
    (arguments, joined.collect())
}

/// The parameters of one block.
struct Parameters {
    names: Vec<String>,
    /// The place of the first, if places are given again at the end of a block.
    first: usize,
}

/// Reads the tokens of a method. A text that is no method only gives fewer names.
struct Reader<'a> {
    scanner: Scanner<'a>,
    token: TokenKind,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Reader<'a> {
        let mut reader = Reader {
            scanner: Scanner::of(text, Dialect::Of2015),
            token: TokenKind::End,
        };
        reader.advance();
        reader
    }

    fn advance(&mut self) {
        self.token = match self.scanner.next_token() {
            Ok(token) => token.kind,
            Err(_) => TokenKind::End,
        };
    }

    fn name(&mut self) -> Option<String> {
        let TokenKind::Name(name) = &self.token else {
            return None;
        };
        let name = name.clone();
        self.advance();
        Some(name)
    }

    fn header(&mut self) -> Vec<String> {
        let mut arguments = Vec::new();
        match self.token {
            TokenKind::Name(_) => self.advance(),
            TokenKind::Binary(_) => {
                self.advance();
                arguments.extend(self.name());
            }
            _ => {
                while matches!(self.token, TokenKind::Keyword(_)) {
                    self.advance();
                    arguments.extend(self.name());
                }
            }
        }
        arguments
    }

    fn declared(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        if self.token.is_binary("|") {
            self.advance();
            while let Some(name) = self.name() {
                names.push(name);
            }
        }
        names
    }

    fn parameters(&mut self, declared: usize) -> Vec<Parameters> {
        let mut blocks = Vec::new();
        let mut open = Vec::new();
        let mut taken = declared;
        while self.token != TokenKind::End {
            match self.token {
                TokenKind::BracketClose => {
                    taken = open.pop().unwrap_or(declared);
                    self.advance();
                }
                TokenKind::BracketOpen => {
                    self.advance();
                    open.push(taken);
                    let mut names = Vec::new();
                    while self.token.is_binary(":") {
                        self.advance();
                        names.extend(self.name());
                    }
                    let first = taken;
                    taken += names.len();
                    if !names.is_empty() {
                        blocks.push(Parameters { names, first });
                    }
                }
                _ => self.advance(),
            }
        }
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str, arity: usize, temporaries: usize) -> (String, String) {
        let (arguments, temporaries) = in_source(text, arity, temporaries);
        (arguments.join(" "), temporaries.join(" "))
    }

    fn pair(a: &str, b: &str) -> (String, String) {
        (a.to_owned(), b.to_owned())
    }

    #[test]
    fn headers_and_temporaries() {
        assert_eq!(names("size ^ 1", 1, 0), pair("self", ""));
        assert_eq!(names("+ a | t u | ^ t", 2, 2), pair("self a", "t u"));
        let text = "at: i put: v\n\t\"no: comment\" ^ 'no: |x|'";
        assert_eq!(names(text, 3, 0), pair("self i v", ""));
    }

    #[test]
    fn parameters_of_blocks_follow() {
        let text = "do | t | self do: [:a | a do: [:b :c | b ] ]. self do: [:d | d ]";
        assert_eq!(names(text, 1, 5), pair("self", "t a b c d"));
        assert_eq!(names(text, 1, 4), pair("self", "t a/d b c"));
    }

    #[test]
    fn what_does_not_add_up_is_left_out() {
        assert_eq!(names("x: a | t |", 1, 0), pair("self", ""));
        assert_eq!(names("", 1, 2), pair("self", " "));
        assert_eq!(names("'unfinished", 1, 0), pair("self", ""));
    }
}
