//! Rust names for Smalltalk classes and selectors.

use std::collections::HashSet;

const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Functions of the runtime that generated code calls by their bare names
/// (`smallworld_runtime::native`); a method must not hide them.
const RUNTIME: &[&str] = &[
    "arguments_array",
    "block_intact",
    "bump_array",
    "bump_nils",
    "byte_at",
    "byte_at_put",
    "bytes",
    "bytes_mut",
    "class_slot",
    "enter_block",
    "float_or_zero",
    "is_float_of",
    "boxed_float",
    "slot_put",
    "slot_put_within",
    "slot_within",
    "byte_within",
    "assigned",
    "assign_elsewhere",
    "bytes_compared",
    "bytes_wanted",
    "object_of_bytes",
    "bytes_of_both",
    "fill_with_both",
    "left",
    "room_or_object",
    "array_of",
    "float_value",
    "get",
    "has_slot",
    "init_slot",
    "interpret_record",
    "is_float",
    "is_instance",
    "leave",
    "leave1",
    "literal",
    "loop_pause_due",
    "make_room_here",
    "no_class_variable",
    "no_instance_variable",
    "non_local_return",
    "object_of_nils",
    "own_block_context",
    "own_context",
    "pause1",
    "pause2",
    "pause3",
    "pause4",
    "pause_due",
    "primitive",
    "put",
    "put_unwatched",
    "quotient",
    "remainder",
    "retire_in_place",
    "return_value",
    "seal",
    "send1",
    "send2",
    "send3",
    "send4",
    "set_pending",
    "size_of",
    "size_of_object",
    "size_wanted",
    "slot",
    "slot_at",
    "slot_at_put",
    "super1",
    "super2",
    "super3",
    "super4",
    "too_deep",
    "unit_valid",
    "value0",
    "value1",
    "value2",
    "value3",
    "value_many",
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
    } else if KEYWORDS.contains(&out.as_str()) || RUNTIME.contains(&out.as_str()) {
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
    fn methods_do_not_hide_the_runtime() {
        assert_eq!(snake_case("put:"), "put_");
        assert_eq!(snake_case("put:at:"), "put_at");
        let native = [
            include_str!("../../runtime/src/native/mod.rs"),
            include_str!("../../runtime/src/native/open_coded.rs"),
            include_str!("../../runtime/src/native/tables.rs"),
            include_str!("../../runtime/src/native/units.rs"),
        ];
        for line in native.iter().flat_map(|text| text.lines()) {
            let line = line.trim_start();
            let Some(rest) = line
                .strip_prefix("pub fn ")
                .or_else(|| line.strip_prefix("pub unsafe fn "))
            else {
                continue;
            };
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            let name = &rest[..end.unwrap_or(rest.len())];
            assert!(
                name.is_empty() || RUNTIME.contains(&name),
                "{name} is missing in RUNTIME"
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
