//! Reading and writing JSON.
//!
//! The image's reader makes a character object of each byte and answers objects of several
//! classes; here a value is an enum, as one would have it in Rust.

use std::fmt::Write;

enum Value {
    Null,
    Bool(bool),
    Number(i32),
    Text(String),
    Array(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// The number of values in a text with so many records; -1 if it is not written as it was
/// read.
pub fn json(size: i32) -> i32 {
    let text = text_of(size);
    let mut reader = Reader {
        text: text.as_bytes(),
        at: 0,
        values: 0,
    };
    let value = reader.read();
    let mut out = String::new();
    write(&value, &mut out);
    if out == text { reader.values } else { -1 }
}

fn text_of(size: i32) -> String {
    let mut out = String::from("[");
    for i in 1..=size {
        if i > 1 {
            out.push(',');
        }
        let _ = write!(
            out,
            "{{\"id\":{i},\"name\":\"record {}\",\"tags\":[\"one\",\"t\\\"wo\",null],\
             \"point\":{{\"x\":{},\"y\":{}}},\"even\":{}}}",
            i * 7,
            i * 3 - 1000,
            -i,
            i % 2 == 0
        );
    }
    out.push(']');
    out
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    values: i32,
}

impl Reader<'_> {
    fn char(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn step(&mut self) {
        self.at += 1;
    }

    fn skip_blanks(&mut self) {
        while matches!(self.char(), b' ' | b'\t' | b'\n') {
            self.step();
        }
    }

    fn expect(&mut self, char: u8) {
        assert_eq!(self.char(), char, "at {}", self.at);
        self.step();
    }

    fn read(&mut self) -> Value {
        self.values += 1;
        self.skip_blanks();
        match self.char() {
            b'{' => self.object(),
            b'[' => self.array(),
            b'"' => Value::Text(self.string()),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => self.number(),
        }
    }

    fn object(&mut self) -> Value {
        let mut list = Vec::new();
        self.step();
        self.skip_blanks();
        while self.char() != b'}' {
            let key = self.string();
            self.skip_blanks();
            self.expect(b':');
            let value = self.read();
            list.push((key, value));
            self.next_unless(b'}');
        }
        self.step();
        Value::Object(list)
    }

    fn array(&mut self) -> Value {
        let mut list = Vec::new();
        self.step();
        self.skip_blanks();
        while self.char() != b']' {
            list.push(self.read());
            self.next_unless(b']');
        }
        self.step();
        Value::Array(list)
    }

    fn next_unless(&mut self, end: u8) {
        self.skip_blanks();
        if self.char() != end {
            self.expect(b',');
            self.skip_blanks();
        }
    }

    fn string(&mut self) -> String {
        let mut bytes = Vec::new();
        self.expect(b'"');
        while self.char() != b'"' {
            if self.char() == b'\\' {
                self.step();
            }
            bytes.push(self.char());
            self.step();
        }
        self.step();
        match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => panic!("{error}"),
        }
    }

    fn number(&mut self) -> Value {
        let negative = self.char() == b'-';
        if negative {
            self.step();
        }
        assert!(
            self.char().is_ascii_digit(),
            "a value was expected at {}",
            self.at
        );
        let mut number = 0;
        while self.char().is_ascii_digit() {
            number = number * 10 + i32::from(self.char() - b'0');
            self.step();
        }
        Value::Number(if negative { -number } else { number })
    }

    fn word(&mut self, word: &str, value: Value) -> Value {
        for byte in word.bytes() {
            self.expect(byte);
        }
        value
    }
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => {
            let _ = write!(out, "{n}");
        }
        Value::Text(text) => write_string(text, out),
        Value::Array(elements) => {
            out.push('[');
            for (i, element) in elements.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(element, out);
            }
            out.push(']');
        }
        Value::Object(entries) => {
            out.push('{');
            for (i, (key, value)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_string(key, out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for char in text.chars() {
        if matches!(char, '"' | '\\') {
            out.push('\\');
        }
        out.push(char);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_results() {
        assert_eq!(json(5), 56);
    }
}
