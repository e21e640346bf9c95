//! Rust names for Smalltalk classes and selectors.

use std::collections::HashSet;

const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// `LargePositive` → `large_positive`; characters that Rust does not allow in a name are
/// spelled out.
pub fn snake_case(name: &str) -> String {
    let mut out = String::new();
    let mut previous_lower = false;
    for c in name.chars() {
        if c == ':' {
            if !out.ends_with('_') {
                out.push('_');
            }
            previous_lower = false;
        } else if c.is_ascii_alphanumeric() || c == '_' {
            if c.is_ascii_uppercase() && previous_lower {
                out.push('_');
            }
            previous_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
            out.push(c.to_ascii_lowercase());
        } else {
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            out.push_str(&spelled(c));
            previous_lower = true;
        }
    }
    let out = out.trim_end_matches('_').to_string();
    if out.is_empty() {
        "nameless".into()
    } else if out.starts_with(|c: char| c.is_ascii_digit()) {
        format!("n{out}")
    } else if KEYWORDS.contains(&out.as_str()) {
        format!("{out}_")
    } else {
        out
    }
}

fn spelled(c: char) -> String {
    match c {
        '+' => "plus".into(),
        '-' => "minus".into(),
        '*' => "times".into(),
        '/' => "slash".into(),
        '<' => "less".into(),
        '>' => "greater".into(),
        '=' => "equal".into(),
        '~' => "not".into(),
        '@' => "at_sign".into(),
        ',' => "comma".into(),
        '%' => "percent".into(),
        '&' => "and".into(),
        '|' => "or".into(),
        '\\' => "backslash".into(),
        '!' => "bang".into(),
        '?' => "question".into(),
        _ => format!("u{:x}", c as u32),
    }
}

/// Names that are already taken in some scope.
#[derive(Default)]
pub struct Scope(HashSet<String>);

impl Scope {
    /// `wanted`, or with a number behind it when that is taken.
    pub fn unique(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_string();
        let mut n = 2;
        while !self.0.insert(name.clone()) {
            name = format!("{}_{n}", wanted.trim_end_matches('_'));
            n += 1;
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_become_names() {
        assert_eq!(snake_case("benchFib"), "bench_fib");
        assert_eq!(snake_case("at:put:"), "at_put");
        assert_eq!(snake_case("MetaLargePositive"), "meta_large_positive");
        assert_eq!(snake_case("<="), "less_equal");
        assert_eq!(snake_case("do:"), "do_");
        assert_eq!(snake_case("//"), "slash_slash");
        assert_eq!(snake_case("to:do:"), "to_do");
        assert_eq!(snake_case(""), "nameless");
    }

    #[test]
    fn names_stay_apart() {
        let mut scope = Scope::default();
        assert_eq!(scope.unique("add"), "add");
        assert_eq!(scope.unique("add"), "add_2");
    }
}
