//! The tables of the documents are those of the machine.
//!
//! With `SMALLWORLD_BLESS=1` in the environment they are written anew.

use smallworld_abi::primitive::markdown;
use std::path::Path;

/// The text between two lines of a document.
fn check(document: &str, table: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(document);
    let text = std::fs::read_to_string(&path).unwrap();
    let marks = [
        format!("<!-- {table}: made by abi/tests/documents.rs -->\n"),
        format!("<!-- end of {table} -->\n"),
    ];
    let places = marks.each_ref().map(|mark| text.find(mark.as_str()));
    let [Some(start), Some(end)] = places else {
        panic!("{document} has no table '{table}'");
    };
    let start = start + marks[0].len();
    if text[start..end] == *expected {
        return;
    }
    let bless = std::env::var("SMALLWORLD_BLESS").is_ok_and(|value| value == "1");
    assert!(
        bless,
        "the table '{table}' in {document} is not that of the machine; SMALLWORLD_BLESS=1 writes it anew"
    );
    let text = format!("{}{expected}{}", &text[..start], &text[end..]);
    std::fs::write(&path, text).unwrap();
}

#[test]
fn the_table_of_primitives() {
    check("docs/REFERENCE.md", "primitives", &markdown());
}
