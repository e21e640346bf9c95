//! Each primitive that the table says is done in place is, in the tier that it says, and no other.

use smallworld_abi::primitive::{Group, Primitive, ROWS, Row};
use smallworld_bootstrap::{Source, build};
use smallworld_fuzzing::small;
use smallworld_profile::{Count, MethodName, Profile, TargetProfile};
use smallworld_translator::{Translation, translate_with};
use std::collections::BTreeMap;

/// Numbers that mean nothing, or not the same on all machines.
const OTHERS: [u8; 4] = [3, 60, 100, 199];

/// An expression that runs a primitive with as many arguments as it takes, of the kinds that native
/// code expects.
fn expression(row: &Row) -> String {
    let class = match row.group {
        Group::Floats => "Float",
        _ => "Array",
    };
    if row.primitive == Primitive::Truncate {
        return format!("<{} (<51 Float a b>)>", row.first);
    }
    let mut names = ["a", "b", "c", "d", "a", "b", "c"].into_iter();
    let arguments = row.arguments.split_whitespace().map(|argument| {
        let name = names.next().unwrap();
        if argument == "class" { class } else { name }
    });
    let arguments: Vec<&str> = arguments.collect();
    format!("<{} {}>", row.first, arguments.join(" "))
}

fn selector(number: u8) -> String {
    format!("p{number}:b:c:d:")
}

/// What is run by which number.
fn expressions() -> BTreeMap<u8, String> {
    let rows = ROWS
        .iter()
        .filter(|row| Primitive::everywhere(row.first).is_some());
    let mut all: BTreeMap<u8, String> = rows.map(|row| (row.first, expression(row))).collect();
    for number in OTHERS {
        all.insert(number, format!("<{number} a b>"));
    }
    all
}

/// The translation of a class with a method for each number, all of which run often.
fn translation() -> Translation {
    let mut text = "Class: Sample\nSuperclass: Object\n\n---- instance\n".to_owned();
    let mut profile = Profile::default();
    for (number, expression) in expressions() {
        text += &format!("\np{number}: a b: b c: c d: d\n\tself. a. b. c. d.\n\t^ {expression}\n");
        profile.elsewhere.push(TargetProfile {
            class: "Sample".into(),
            method: Some(MethodName {
                class: "Sample".into(),
                selector: selector(number),
            }),
            count: Count::new(1000),
        });
    }
    let mut sources = small::sources();
    sources.push(Source::new("sample.st", text));
    if !sources.iter().any(|s| s.text.contains("Class: Float\n")) {
        let float = "Class: Float\nSuperclass: Object\n";
        sources.push(Source::new("float.st", float));
    }
    let image = build(&sources).unwrap_or_else(|problems| panic!("{}", problems[0]));
    // Nothing refers to the class, so it would not be in a file; and no file is run.
    translate_with(&image, &[], "sample", Some(&profile)).unwrap()
}

/// The functions of a file: what is said of each, or of its module, and its text.
fn functions(items: Vec<syn::Item>, of: &str, found: &mut Vec<(String, String)>) {
    let doc = |attributes: &[syn::Attribute]| {
        let texts = attributes.iter().filter_map(|a| match &a.meta {
            syn::Meta::NameValue(syn::MetaNameValue {
                value:
                    syn::Expr::Lit(syn::ExprLit {
                        lit: syn::Lit::Str(text),
                        ..
                    }),
                ..
            }) => Some(text.value()),
            _ => None,
        });
        texts.collect::<Vec<_>>()
    };
    for item in items {
        match item {
            syn::Item::Fn(function) => {
                let body = quote::quote!(#function).to_string();
                let said = doc(&function.attrs).first().cloned().unwrap_or_default();
                let name = function.sig.ident;
                found.push((said, body.clone()));
                found.push((format!("{of}{name}"), body));
            }
            syn::Item::Mod(module) => {
                let said = doc(&module.attrs).first().cloned().unwrap_or_default();
                if let Some((_, items)) = module.content {
                    functions(items, &said, found);
                }
            }
            _ => {}
        }
    }
}

#[test]
fn what_the_table_says_is_done_in_place_and_nothing_else() {
    let translation = translation();
    let mut found = Vec::new();
    for (name, text) in &translation.files {
        if name.ends_with(".rs") {
            let file = syn::parse_file(text).unwrap();
            functions(file.items, "", &mut found);
        }
    }
    // A function that goes on after the primitive answers its value itself.
    let goes_on = |wanted: &str| {
        let function = found.iter().find(|(said, _)| said == wanted);
        function.map(|(_, body)| body.contains("return_value"))
    };
    for number in expressions().into_keys() {
        let primitive = Primitive::everywhere(number);
        let name = format!("Sample>>{}", selector(number));
        let baseline = goes_on(&format!(" `{name}`"));
        let open = primitive.is_some_and(Primitive::is_open_coded);
        assert_eq!(baseline, Some(open), "{number} in the baseline");
        let unit = goes_on(&format!(" `{name}` for receivers of class Sample."));
        let special = primitive.is_some_and(Primitive::is_specialised);
        assert_eq!(unit, Some(special), "{number} in specialised code");
    }
}
