//! Results in one line each: the form of `eval --lines` and of the test oracle.
//!
//! `OK value` or `ERR text`, with `\\`, `\n`, `\r` and `\xHH` for what does not fit in a
//! line of plain ASCII. In Budd's image an evaluation can go on after an error: there is
//! one `ERR text` for each, then `OK value` unless the value is nil, separated by tabs.

use crate::evaluate::Evaluation;

/// Escapes bytes so that they fit in a line of printable ASCII.
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &b in bytes {
        match b {
            b'\\' => text.push_str("\\\\"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            32..=126 => text.push(b as char),
            _ => text.push_str(&format!("\\x{b:02X}")),
        }
    }
    text
}

/// The line for what an evaluation came to.
pub fn result_line(evaluation: &Evaluation) -> String {
    match evaluation {
        Evaluation::Value(v) => format!("OK {}", escape(v)),
        Evaluation::Error(text) => format!("ERR {}", escape(text)),
        Evaluation::Recovered { errors, value } => {
            let mut fields: Vec<String> = errors
                .iter()
                .map(|text| format!("ERR {}", escape(text)))
                .collect();
            fields.extend(value.iter().map(|v| format!("OK {}", escape(v))));
            fields.join("\t")
        }
        Evaluation::Quit => "QUIT".into(),
    }
}

/// Is a line of an expression file a heading (a hash and a blank) or empty, and so not
/// evaluated? `#(` begins an array.
pub fn is_heading(line: &[u8]) -> bool {
    line.is_empty() || line.starts_with(b"# ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_fit_in_a_line() {
        let value = Evaluation::Value(b"a\\b\n\r\x07\xff".to_vec());
        assert_eq!(result_line(&value), "OK a\\\\b\\n\\r\\x07\\xFF");
        assert_eq!(result_line(&Evaluation::Value(vec![])), "OK ");
        assert_eq!(result_line(&Evaluation::Error(b"no".to_vec())), "ERR no");
    }

    #[test]
    fn results_after_errors_have_fields() {
        let errors = vec![b"one\n".to_vec(), b"two".to_vec()];
        let value = Some(b"3".to_vec());
        let with = Evaluation::Recovered {
            errors: errors.clone(),
            value,
        };
        assert_eq!(result_line(&with), "ERR one\\n\tERR two\tOK 3");
        let value = None;
        let without = Evaluation::Recovered { errors, value };
        assert_eq!(result_line(&without), "ERR one\\n\tERR two");
    }

    #[test]
    fn arrays_are_no_headings() {
        assert!(is_heading(b"# points"));
        assert!(is_heading(b""));
        assert!(!is_heading(b"#(1 2) size"));
    }
}
