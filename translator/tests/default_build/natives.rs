//! What generated code calls of the machine is in the table of that.

use super::TRANSLATION;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use smallworld_abi::native::Native;
use std::collections::{BTreeMap, BTreeSet};

/// Functions that the text defines, and calls by a bare name, with how many arguments.
#[derive(Default)]
struct Seen {
    defined: BTreeSet<String>,
    called: BTreeMap<String, BTreeSet<usize>>,
}

impl Seen {
    fn look(&mut self, tokens: TokenStream) {
        let mut before = [String::new(), String::new()];
        for token in tokens {
            match token {
                TokenTree::Group(group) => {
                    let [earlier, name] = &before;
                    let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
                    let is_bare = ![".", ":", "#"].contains(&earlier.as_str());
                    if group.delimiter() == Delimiter::Parenthesis && is_name {
                        if earlier == "fn" {
                            self.defined.insert(name.clone());
                        } else if is_bare {
                            let count = arguments(group.stream());
                            self.called.entry(name.clone()).or_default().insert(count);
                        }
                    }
                    // An attribute calls nothing, nor does a table.
                    let is_table = earlier == "frame_table" && name == "!";
                    if earlier == "side_exit" && name == "!" {
                        // Words, one after the other; what is in parentheses is an expression.
                        for token in group.stream() {
                            if let TokenTree::Group(word) = token {
                                self.look(word.stream());
                            }
                        }
                    } else if name != "#" && !is_table {
                        self.look(group.stream());
                    }
                    before = [String::new(), String::new()];
                }
                other => {
                    before.rotate_left(1);
                    before[1] = other.to_string();
                }
            }
        }
    }
}

/// How many arguments stand between parentheses.
fn arguments(tokens: TokenStream) -> usize {
    let (mut count, mut open) = (0, false);
    for token in tokens {
        match token {
            TokenTree::Punct(p) if p.as_char() == ',' => open = false,
            _ if !open => {
                open = true;
                count += 1;
            }
            _ => {}
        }
    }
    count
}

#[test]
fn the_default_build_calls_what_the_table_has() {
    let mut seen = Seen::default();
    for (name, text) in &TRANSLATION.files {
        if name.ends_with(".rs") {
            seen.look(text.parse().unwrap());
        }
    }
    let mut natives = 0;
    for (name, counts) in &seen.called {
        let keyword = ["if", "match", "return", "in", "while", "as", "mut", "let"];
        let known = ["Some", "None"].contains(&name.as_str()) || keyword.contains(&name.as_str());
        if known || seen.defined.contains(name) {
            continue;
        }
        let native = Native::named(name);
        let native = native.unwrap_or_else(|| panic!("'{name}' is called, and not in the table"));
        let takes = BTreeSet::from([native.parameters.len()]);
        assert_eq!(*counts, takes, "arguments of '{name}'");
        natives += 1;
    }
    assert!(natives > 70, "only {natives}");
}

#[test]
fn calls_are_told_from_what_looks_like_them() {
    let mut seen = Seen::default();
    let text = "fn f() { x(1, (2, 3)); y.z(1); a::b(); #[c(d)] e!() }";
    seen.look(text.parse().unwrap());
    let expected = BTreeMap::from([("x".into(), BTreeSet::from([2]))]);
    assert_eq!(seen.called, expected);
    assert_eq!(seen.defined, BTreeSet::from(["f".into()]));
}
