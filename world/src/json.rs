//! JSON, written by hand: values, and how they are laid out.

use std::fmt;

/// A JSON value.
#[derive(Clone, PartialEq, Debug)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object, its members in this order.
    Object(Vec<(&'static str, Json)>),
}

impl From<bool> for Json {
    fn from(value: bool) -> Json {
        Json::Bool(value)
    }
}

impl From<usize> for Json {
    fn from(value: usize) -> Json {
        Json::Int(value as i64)
    }
}

impl From<i32> for Json {
    fn from(value: i32) -> Json {
        Json::Int(value.into())
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Json {
        Json::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Json {
        Json::Text(text)
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Json {
        value.map_or(Json::Null, Into::into)
    }
}

impl<T: Into<Json>> FromIterator<T> for Json {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Json {
        Json::List(items.into_iter().map(Into::into).collect())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

impl Json {
    /// Whether the value is short enough in kind to stand on a line with others.
    fn is_plain(&self) -> bool {
        !matches!(self, Json::List(_) | Json::Object(_))
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(value) => write!(f, "{value}"),
            Json::Int(value) => write!(f, "{value}"),
            Json::Text(text) => write_text(f, text),
            Json::List(items) => {
                let members = items.iter().map(|item| (None, item));
                write_members(f, depth, ('[', ']'), members)
            }
            Json::Object(members) => {
                let members = members.iter().map(|(name, value)| (Some(*name), value));
                write_members(f, depth, ('{', '}'), members)
            }
        }
    }
}

/// Members that are all plain go on one line, others on a line each.
fn write_members<'a>(
    f: &mut fmt::Formatter<'_>,
    depth: usize,
    (open, close): (char, char),
    members: impl Iterator<Item = (Option<&'a str>, &'a Json)> + Clone,
) -> fmt::Result {
    let flat = depth > 0 && members.clone().all(|(_, value)| value.is_plain());
    let mut first = true;
    write!(f, "{open}")?;
    for (name, value) in members {
        if !first {
            f.write_str(if flat { ", " } else { "," })?;
        }
        first = false;
        if !flat {
            write!(f, "\n{:1$}", "", 2 * (depth + 1))?;
        }
        if let Some(name) = name {
            write_text(f, name)?;
            f.write_str(": ")?;
        }
        value.write(f, depth + 1)?;
    }
    if !flat && !first {
        write!(f, "\n{:1$}", "", 2 * depth)?;
    }
    write!(f, "{close}")
}

fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if (c as u32) < 0x20 => write!(f, "\\u{:04x}", c as u32)?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

/// The text of a string member of an object on one line of JSON, as cargo writes its messages: the first
/// member of that name, wherever it is.
pub fn text_member(line: &str, name: &str) -> Option<String> {
    let key = format!("\"{name}\":\"");
    let start = line.find(&key)? + key.len();
    let mut text = String::new();
    let mut chars = line[start..].chars();
    loop {
        match chars.next()? {
            '"' => return Some(text),
            '\\' => match chars.next()? {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'u' => {
                    let digits: String = chars.by_ref().take(4).collect();
                    let code = u32::from_str_radix(&digits, 16).ok()?;
                    text.push(char::from_u32(code)?);
                }
                c => text.push(c),
            },
            c => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_laid_out() {
        let value = Json::Object(vec![
            ("name", "a\"b\\\n\u{1}".into()),
            ("sizes", [1usize, 2].into_iter().collect()),
            ("none", Json::from(None::<usize>)),
            ("empty", Json::List(vec![])),
            (
                "rows",
                Json::List(vec![Json::Object(vec![("at", 0.into())])]),
            ),
        ]);
        let expected = r#"{
  "name": "a\"b\\\n\u0001",
  "sizes": [1, 2],
  "none": null,
  "empty": [],
  "rows": [
    {"at": 0}
  ]
}"#;
        assert_eq!(value.to_string(), expected);
    }

    #[test]
    fn members_are_found_in_messages() {
        let line = r#"{"reason":"compiler-artifact","executable":"C:\\a\\\u0062 \"c\""}"#;
        assert_eq!(
            text_member(line, "executable").as_deref(),
            Some("C:\\a\\b \"c\"")
        );
        assert_eq!(text_member(line, "name"), None);
        assert_eq!(text_member(r#"{"name":"cut"#, "name"), None);
    }
}
