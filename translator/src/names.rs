//! Rust names for Smalltalk classes and selectors.

use std::collections::HashSet;

/// What the name of every function of an image's method begins with.
const METHOD: &str = "m_";
/// What the name of every module of an image's class begins with.
const CLASS: &str = "c_";
/// Letters of an image's name that become part of a Rust one. Files are called after classes,
/// and no system takes a name of any length.
const LONGEST: usize = 100;

/// The function of a method, as far as its selector tells: `at:put:` → `m_at_put`.
///
/// Nothing else in generated code begins like this, neither parameters and locals nor
/// functions of the runtime, and no keyword does. So a selector may be anything.
pub fn of_method(selector: &str) -> String {
    format!("{METHOD}{}", snake_case(selector))
}

/// The module of a class: `LargePositive` → `c_large_positive`. Nothing else that stands
/// beside modules begins like this.
pub fn of_class(name: &str) -> String {
    format!("{CLASS}{}", snake_case(name))
}

/// The module of a specialisation: its number, and the method's name for people who look for it.
pub fn of_specialisation(number: usize, method: &str) -> String {
    format!("s{number}_{}", snake_case(&method.replace(">>", "_")))
}

/// `LargePositive` → `large_positive`; characters that Rust does not allow in a name are
/// spelled out. Only the prefix that goes before it makes it a name.
fn snake_case(name: &str) -> String {
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
    out.truncate(LONGEST);
    match out.trim_matches('_') {
        "" => "nameless".into(),
        out => out.into(),
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

/// A text such that it can stand in a line of a comment, whatever image it comes from: with
/// blanks for the characters that would end the line or that Rust refuses there.
pub fn in_comment(text: &str) -> String {
    let refused =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|c| if refused(c) { ' ' } else { c })
        .collect()
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
            name = format!("{wanted}_{n}");
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
        assert_eq!(snake_case("do:"), "do");
        assert_eq!(snake_case("//"), "slash_slash");
        assert_eq!(snake_case("to:do:"), "to_do");
        assert_eq!(snake_case(""), "nameless");
    }

    #[test]
    fn names_of_an_image_begin_like_nothing_else() {
        for (selector, name) in [
            ("put:", "m_put"),
            ("base", "m_base"),
            ("fp:", "m_fp"),
            ("Word", "m_word"),
            ("self", "m_self"),
            ("7", "m_7"),
            ("__x__", "m_x"),
            ("", "m_nameless"),
        ] {
            assert_eq!(of_method(selector), name);
            assert_eq!(of_class(selector), name.replacen('m', "c", 1));
        }
        assert!(of_method(&"long".repeat(100)).len() < 120);
        // What the runtime offers to generated code, by the names of its items.
        let native = [
            include_str!("../../runtime/src/native/mod.rs"),
            include_str!("../../runtime/src/native/frames.rs"),
            include_str!("../../runtime/src/native/open_coded.rs"),
            include_str!("../../runtime/src/native/tables.rs"),
            include_str!("../../runtime/src/native/units.rs"),
        ];
        let words = native
            .iter()
            .flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_'));
        for word in words {
            let low = word.to_lowercase();
            assert!(
                !low.starts_with(METHOD) && !low.starts_with(CLASS),
                "{word}"
            );
        }
    }

    #[test]
    fn names_stay_apart() {
        let mut scope = Scope::default();
        assert_eq!(scope.unique("add"), "add");
        assert_eq!(scope.unique("add"), "add_2");
    }
}
