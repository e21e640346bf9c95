//! Reads the format the kernel is written in: one class a file.
//!
//! ```text
//! Class: Point
//! Superclass: Magnitude
//! Variables: x y
//! Class variables: Origin Names = #('x' 'y')
//!
//! What the class is for, in as many lines as it takes.
//!
//! ---- instance: arithmetic
//!
//! + aPoint
//!     "The sum, coordinate by coordinate."
//!     ^ (x + aPoint x) @ (y + aPoint y)
//!
//! ---- class: creation
//!
//! x: anInteger y: another
//!     ^ self new setX: anInteger y: another
//! ```
//!
//! A method's header stands at the start of a line; its other lines are indented or empty (strings and
//! comments may contain any lines). `Extend: Point` instead of `Class: Point` adds methods to a class
//! that another file defines. `Dialect: 2015` among the fields says that the methods are in the language of
//! 2015.

use crate::definition::{ClassDefinition, Definitions, Fault, MethodDefinition, Place};
use crate::initial;
use crate::language::Dialect;

/// How a section line begins.
const SECTION: &str = "----";

/// Reads a class file; `source` is its number.
pub(crate) fn read(text: &str, source: usize, definitions: &mut Definitions) {
    let start = Place { source, offset: 0 };
    let mut reader = Reader { text, at: 0, start };
    match reader.header() {
        Err(fault) => definitions.faults.push(fault),
        Ok(header) => {
            let (class, dialect) = (header.name.clone(), header.dialect);
            header.define(definitions);
            reader.skip_comment();
            reader.sections(&class, dialect, definitions);
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    start: Place,
}

/// The fields at the top of a file.
struct Header {
    name: String,
    extends: bool,
    superclass: Option<Option<String>>,
    variables: Vec<String>,
    class_variables: Vec<crate::definition::ClassVariable>,
    dialect: Dialect,
    faults: Vec<Fault>,
    place: Place,
}

impl Header {
    fn define(self, definitions: &mut Definitions) {
        definitions.faults.extend(self.faults);
        if self.extends {
            return;
        }
        let Some(superclass) = self.superclass else {
            let message = format!("'Superclass:' is missing for class {}", self.name);
            definitions.fault(self.place, message);
            return;
        };
        definitions.classes.push(ClassDefinition {
            name: self.name,
            superclass,
            variables: self.variables,
            class_variables: self.class_variables,
            place: self.place,
        });
    }
}

impl<'a> Reader<'a> {
    fn place(&self, offset: usize) -> Place {
        self.start.plus(offset)
    }

    /// The line at the present offset, without its end.
    fn line(&self) -> Option<&'a str> {
        if self.at >= self.text.len() {
            return None;
        }
        self.text[self.at..].split('\n').next()
    }

    fn skip_line(&mut self) {
        let length = self.line().map_or(0, str::len);
        self.at = (self.at + length + 1).min(self.text.len());
    }

    fn header(&mut self) -> Result<Header, Fault> {
        while self.line().is_some_and(|line| line.trim().is_empty()) {
            self.skip_line();
        }
        let place = self.place(self.at);
        let (key, name, _) = self.field()?;
        let extends = key == "Extend";
        if !extends && key != "Class" {
            return Err(Fault::new(
                place,
                "a class file begins with 'Class: Name' or 'Extend: Name'",
            ));
        }
        if !is_name(name) {
            return Err(Fault::new(place, format!("'{name}' is no name of a class")));
        }
        let mut header = Header {
            name: name.to_string(),
            extends,
            superclass: None,
            variables: Vec::new(),
            class_variables: Vec::new(),
            dialect: Dialect::Current,
            faults: Vec::new(),
            place,
        };
        while self
            .line()
            .is_some_and(|line| !line.trim().is_empty() && !line.starts_with(SECTION))
        {
            let place = self.place(self.at);
            let (key, value, offset) = self.field()?;
            match key {
                "Superclass" if !extends => {
                    header.superclass = Some((value != "nil").then(|| value.to_string()));
                }
                "Variables" if !extends => {
                    header.variables = self.names(value, offset, &mut header.faults);
                }
                "Class variables" if !extends => {
                    match initial::class_variables(value, self.place(offset)) {
                        Ok(variables) => header.class_variables = variables,
                        Err(fault) => header.faults.push(fault),
                    }
                }
                "Dialect" => match Dialect::named(value) {
                    Some(dialect) => header.dialect = dialect,
                    None => {
                        let message = format!("unknown dialect '{value}': write 2015, or nothing");
                        header.faults.push(Fault::new(self.place(offset), message));
                    }
                },
                _ => header
                    .faults
                    .push(Fault::new(place, format!("unknown field '{key}:'"))),
            }
        }
        Ok(header)
    }

    /// A `Key: value` field with the value's offset; indented lines that follow belong to it.
    fn field(&mut self) -> Result<(&'a str, &'a str, usize), Fault> {
        let start = self.at;
        let line = self.line().unwrap_or("");
        let Some((key, _)) = line.split_once(':') else {
            return Err(Fault::new(
                self.place(start),
                "expected a field, 'Key: value' (an empty line ends the fields)",
            ));
        };
        self.skip_line();
        while self
            .line()
            .is_some_and(|line| line.starts_with([' ', '\t']) && !line.trim().is_empty())
        {
            self.skip_line();
        }
        let value_start = start + key.len() + 1;
        let value = &self.text[value_start..self.at.max(value_start)];
        let indent = value.len() - value.trim_start().len();
        Ok((key, value.trim(), value_start + indent))
    }

    fn names(&self, value: &str, offset: usize, faults: &mut Vec<Fault>) -> Vec<String> {
        for word in value.split_whitespace().filter(|word| !is_name(word)) {
            let at = offset + value.find(word).unwrap_or(0);
            let message = format!("'{word}' is no name of a variable");
            faults.push(Fault::new(self.place(at), message));
        }
        value.split_whitespace().map(str::to_string).collect()
    }

    fn skip_comment(&mut self) {
        while self.line().is_some_and(|line| !line.starts_with(SECTION)) {
            self.skip_line();
        }
    }

    fn sections(&mut self, class: &str, dialect: Dialect, definitions: &mut Definitions) {
        let mut class_side = false;
        while let Some(line) = self.line() {
            if let Some(title) = line.strip_prefix(SECTION) {
                let side = title.split(':').next().unwrap_or("").trim();
                match side {
                    "instance" => class_side = false,
                    "class" => class_side = true,
                    _ => definitions.fault(
                        self.place(self.at),
                        "a section is '---- instance' or '---- class', with ': group' if you like",
                    ),
                }
                self.skip_line();
            } else if line.trim().is_empty() {
                self.skip_line();
            } else if line.starts_with([' ', '\t']) {
                let message = "expected the header of a method at the start of the line";
                definitions.fault(self.place(self.at), message);
                while self
                    .line()
                    .is_some_and(|line| line.starts_with([' ', '\t']) || line.is_empty())
                {
                    self.skip_line();
                }
            } else {
                let offset = self.at;
                let end = method_end(self.text, offset);
                let text = self.text[offset..end].trim_end();
                self.at = end;
                if text.starts_with('"') && only_comment(text) {
                    continue;
                }
                definitions.methods.push(MethodDefinition {
                    class: class.to_string(),
                    class_side,
                    text: text.to_string(),
                    dialect,
                    place: self.place(offset),
                });
            }
        }
    }
}

/// Where a method that begins at `start` ends: at the next line that is neither indented nor empty,
/// unless a string or a comment is open there.
fn method_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut open: Option<u8> = None;
    let mut at = start;
    // Without its closing quote a string would swallow the rest of the file; then quotes do not count.
    let mut first_line_in_open = None;
    while at < bytes.len() {
        let byte = bytes[at];
        match open {
            Some(quote) if byte == quote => open = None,
            Some(_) => {}
            None if byte == b'$' && bytes.get(at + 1).is_some_and(|next| *next != b'\n') => at += 1,
            None if byte == b'\'' || byte == b'"' => {
                open = Some(byte);
                first_line_in_open = None;
            }
            None => {}
        }
        at += 1;
        if byte == b'\n' && starts_item(&bytes[at..]) {
            if open.is_none() {
                return at;
            }
            first_line_in_open.get_or_insert(at);
        }
    }
    match (open, first_line_in_open) {
        (Some(_), Some(line)) => line,
        _ => bytes.len(),
    }
}

fn starts_item(rest: &[u8]) -> bool {
    !matches!(rest.first(), None | Some(b' ' | b'\t' | b'\n' | b'\r'))
}

fn only_comment(text: &str) -> bool {
    text.len() > 1 && text[1..].find('"') == Some(text.len() - 2)
}

pub(crate) fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::Literal;
    use crate::definition::InitialValue;

    fn read_text(text: &str) -> Definitions {
        let mut definitions = Definitions::default();
        read(text, 0, &mut definitions);
        definitions
    }

    fn methods(text: &str) -> Vec<(bool, String)> {
        let definitions = read_text(text);
        assert_eq!(definitions.faults, []);
        definitions
            .methods
            .into_iter()
            .map(|method| (method.class_side, method.text))
            .collect()
    }

    #[test]
    fn a_file_has_fields_a_comment_and_sections() {
        let definitions = read_text(
            "Class: Point\nSuperclass: Magnitude\nVariables: x y\nClass variables: Origin\n    Unit = 7\n\n\
             A place.\n\n---- instance: access\n\nx\n\t^ x\n\n\ny\n\t^ y\n---- class\nzero ^ self new\n",
        );
        assert_eq!(definitions.faults, []);
        let class = &definitions.classes[0];
        assert_eq!(class.name, "Point");
        assert_eq!(class.superclass.as_deref(), Some("Magnitude"));
        assert_eq!(class.variables, ["x", "y"]);
        assert_eq!(class.class_variables[1].name, "Unit");
        assert_eq!(
            class.class_variables[1].value,
            InitialValue::Literal(Literal::Integer(7))
        );
        let texts: Vec<(bool, &str)> = definitions
            .methods
            .iter()
            .map(|method| (method.class_side, method.text.as_str()))
            .collect();
        assert_eq!(
            texts,
            [
                (false, "x\n\t^ x"),
                (false, "y\n\t^ y"),
                (true, "zero ^ self new")
            ]
        );
    }

    #[test]
    fn strings_and_comments_may_hold_any_lines() {
        let text = "Extend: A\n---- instance\nf\n  ^ 'one\ntwo'\ng \"a\nb\"\n  ^ $'\nh ^ 1\n";
        assert_eq!(
            methods(text),
            [
                (false, "f\n  ^ 'one\ntwo'".to_string()),
                (false, "g \"a\nb\"\n  ^ $'".to_string()),
                (false, "h ^ 1".to_string()),
            ]
        );
    }

    #[test]
    fn an_open_string_ends_with_its_method() {
        let text = "Extend: A\n---- instance\nf\n  ^ 'one\ng\n  ^ 2\n";
        assert_eq!(methods(text)[0].1, "f\n  ^ 'one");
        assert_eq!(methods(text)[1].1, "g\n  ^ 2");
    }

    #[test]
    fn comments_between_methods_are_skipped() {
        let text = "Extend: A\n---- instance\n\"A remark.\"\nf\n  ^ 1\n";
        assert_eq!(methods(text), [(false, "f\n  ^ 1".to_string())]);
    }

    #[test]
    fn faults_are_collected() {
        let definitions =
            read_text("Class: A\nSuper: B\nVariables: a-b\n\n---- instances\n  ^ 3\nf ^ 1\n");
        let shown: Vec<(usize, &str)> = definitions
            .faults
            .iter()
            .map(|fault| (fault.place.offset, fault.message.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                (9, "unknown field 'Super:'"),
                (29, "'a-b' is no name of a variable"),
                (0, "'Superclass:' is missing for class A"),
                (
                    34,
                    "a section is '---- instance' or '---- class', with ': group' if you like"
                ),
                (
                    49,
                    "expected the header of a method at the start of the line"
                ),
            ]
        );
        assert_eq!(definitions.methods.len(), 1);
    }
}
