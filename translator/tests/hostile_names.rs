//! Names and texts of an image from strangers do not become code in what is generated.

use proc_macro2::{TokenStream, TokenTree};
use smallworld_bootstrap::build;
use smallworld_fuzzing::small;
use smallworld_image::{Image, Payload, class_slot, method_slot};
use smallworld_translator::translate;

/// Each would, put into Rust as it is, end the place it is in and begin a function.
const HOSTILE: [&str; 8] = [
    "x\"] fn evil() {} #[doc = \"",
    "x\"#] fn evil() {} #[doc = r#\"",
    "x*/ fn evil() {} /*",
    "x\n fn evil() {}\n//",
    "x\r fn evil() {}\r//",
    "x\\\"] fn evil() {} #[doc = \"\\",
    "x\u{202e} \0 \u{b} fn evil()",
    "x```\n fn evil() {} {} /// ```",
];

fn identifiers(tokens: TokenStream, found: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => identifiers(group.stream(), found),
            TokenTree::Ident(name) => found.push(name.to_string()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// An image with that text as the name of a class, as a selector and as a method's source.
fn image_with(hostile: &str) -> Image {
    let mut image = small::image().clone();
    let text = Payload::Bytes(hostile.as_bytes().to_vec());
    let mut wanted = Vec::new();
    for class in image.classes() {
        if matches!(image.class_name_bytes(class), Some(b"Thing" | b"Char")) {
            wanted.push(image.slot(class, class_slot::NAME).unwrap());
        }
    }
    let methods = image.methods();
    for found in &methods[..methods.len() / 3] {
        wanted.push(image.slot(found.method, method_slot::TEXT).unwrap());
        let name = image.slot(found.method, method_slot::NAME).unwrap();
        let bytes = image.bytes_of(name).unwrap();
        // The number of arguments must stay as it is, and so must what others send.
        if bytes.iter().all(u8::is_ascii_lowercase) {
            wanted.push(name);
        }
    }
    for id in wanted {
        image.objects[id.index()].payload = text.clone();
    }
    image
}

#[test]
fn names_and_texts_stay_names_and_texts() {
    for hostile in HOSTILE {
        let image = image_with(hostile);
        let bytes = image.write(image.format);
        let image = Image::read(&bytes).unwrap();
        let translation = translate(&image, &bytes, hostile).unwrap();
        let mut hidden = 0;
        for (name, text) in translation.files {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
            assert!(name.chars().all(plain), "a file named {name}");
            let tokens: TokenStream = text.parse().unwrap_or_else(|e| panic!("{name}: {e}"));
            let mut found = Vec::new();
            identifiers(tokens, &mut found);
            assert!(
                !found.iter().any(|n| n == "evil"),
                "code in {name} by {hostile:?}"
            );
            hidden += text.matches("evil").count();
        }
        assert!(hidden > 3, "{hostile:?} is nowhere");
    }
}

#[test]
fn classes_named_like_the_tables_are_no_problem() {
    let mut sources = small::sources();
    for name in ["Tables", "Units", "Modules", "Prelude", "Crate", "Self"] {
        let text = format!("Class: {name}\nSuperclass: Object\n\n---- instance\n\nown\n\t^ 7\n");
        sources.push(smallworld_bootstrap::Source::new(name, text));
    }
    let image = build(&sources).unwrap();
    let bytes = image.write(image.format);
    let image = Image::read(&bytes).unwrap();
    let translation = translate(&image, &bytes, "x").unwrap();
    let mut names: Vec<&String> = translation.files.iter().map(|(name, _)| name).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "two files of one name");
}
