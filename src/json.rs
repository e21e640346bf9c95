//! Just enough JSON to write.

use std::fmt::Display;

/// An object being written.
#[derive(Default)]
pub struct Object(String);

impl Object {
    /// A member whose value is JSON already.
    pub fn value(&mut self, name: &str, json: &str) -> &mut Object {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        self.0.push_str(&quoted(name));
        self.0.push(':');
        self.0.push_str(json);
        self
    }

    /// A member that is a string.
    pub fn string(&mut self, name: &str, text: &str) -> &mut Object {
        self.value(name, &quoted(text))
    }

    /// A member that is a number.
    pub fn number(&mut self, name: &str, number: impl Display) -> &mut Object {
        self.value(name, &number.to_string())
    }

    /// The object.
    pub fn finish(&self) -> String {
        format!("{{{}}}", self.0)
    }
}

/// An array of values that are JSON already.
pub fn array(values: impl Iterator<Item = String>) -> String {
    format!("[{}]", values.collect::<Vec<_>>().join(","))
}

/// A string in quotes.
pub fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if (c as u32) < 32 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped() {
        assert_eq!(quoted("a\"b\\c\n\u{1}é"), "\"a\\\"b\\\\c\\n\\u0001é\"");
        let mut o = Object::default();
        o.string("a", "b").number("n", 3);
        assert_eq!(o.finish(), "{\"a\":\"b\",\"n\":3}");
        assert_eq!(array(["1".into(), "2".into()].into_iter()), "[1,2]");
    }
}
