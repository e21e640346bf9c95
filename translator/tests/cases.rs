//! File tests: Smalltalk and a profile go in; what the passes make of them stands beside.
//!
//! Each file in `cases` has sections. `== class` is a class file; `== profile` says what has been
//! seen; `== ir PASS` is the intermediate representation after a pass (`== ir`: after all), and
//! `== rust` what is emitted for the methods that the profile says are called. With
//! `SMALLWORLD_BLESS=1` the expected sections are written anew: look at the difference before it is
//! committed.

use smallworld_bootstrap::{Source, build};
use smallworld_fuzzing::small;
use smallworld_image::{BinaryOp, Image, MethodRef, Op, decode, hash_bytes, method_shape};
use smallworld_profile::{Count, MethodName, MethodProfile, Profile, SiteProfile, TargetProfile};
use smallworld_translator::ir::parse::parse;
use smallworld_translator::{intermediate, translate_with};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A section of a file: its head, and its text.
type Section = (String, String);

fn sections(text: &str) -> Vec<Section> {
    let mut all: Vec<Section> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("== "), all.last_mut()) {
            (Some(head), _) => all.push((head.to_string(), String::new())),
            (None, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => all.push((String::new(), format!("{line}\n"))),
        }
    }
    all
}

fn image_with(class: &str) -> Image {
    let mut sources = small::sources();
    if class.contains("Class: BlockClosure") {
        // Methods of such an image know the one they are in.
        for source in &mut sources {
            source.text = source.text.replace("class text\n", "class text outer\n");
        }
    }
    for part in class.split("\nClass: ").filter(|p| !p.trim().is_empty()) {
        let text = part.trim_start_matches("Class: ");
        sources.push(Source::new("case.st", format!("Class: {text}")));
    }
    // Nothing refers to the classes, so they would not be in a file.
    build(&sources).unwrap_or_else(|problems| panic!("{}", problems[0]))
}

fn method_name(text: &str) -> MethodName {
    let (class, selector) = text.split_once(">>").expect("Class>>selector");
    MethodName {
        class: class.into(),
        selector: selector.into(),
    }
}

fn method_named(image: &Image, name: &str) -> MethodRef {
    let methods = image.methods();
    let found = methods.into_iter().find(|m| m.name(image) == name);
    found.unwrap_or_else(|| panic!("there is no {name}"))
}

/// The method that instances of a class run for a selector.
fn found_by(image: &Image, class: &str, selector: &str) -> Option<MethodName> {
    let mut classes = image.classes().into_iter();
    let mut at = classes.find(|&c| image.name_of_class(c) == class)?;
    while at != image.roots.nil {
        let name = format!("{}>>{selector}", image.name_of_class(at));
        if image.methods().iter().any(|m| m.name(image) == name) {
            return Some(method_name(&name));
        }
        at = image.superclass_of(at)?;
    }
    None
}

/// The offsets at which a method sends a selector.
fn sites(image: &Image, method: MethodRef, selector: &str) -> Vec<u32> {
    let parts = method_shape(image, method.method).unwrap();
    let analysis = parts.verify(image).unwrap();
    let sends = |at: usize| match decode(parts.code, at).unwrap().op {
        Op::Send { selector: k, .. } => {
            image.bytes_of(parts.literals[usize::from(k)]) == Some(selector.as_bytes())
        }
        Op::Binary(op) => BinaryOp::selector(op) == selector,
        _ => false,
    };
    analysis
        .starts()
        .filter(|&at| sends(at))
        .map(|at| at as u32)
        .collect()
}

/// `call METHOD for CLASS N` and `site METHOD SELECTOR CLASS N …`.
fn profile_of(image: &Image, text: &str) -> Profile {
    let mut profile = Profile::default();
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let count = |n: &str| Count::new(n.parse().unwrap());
        match words[..] {
            ["call", method, "for", class, n] => profile.elsewhere.push(TargetProfile {
                class: class.into(),
                method: Some(method_name(method)),
                count: count(n),
            }),
            ["site", method, selector, ref seen @ ..] => {
                let found = method_named(image, method);
                let parts = method_shape(image, found.method).unwrap();
                let entry = profile.methods.entry(method_name(method));
                let entry = entry.or_insert_with(|| MethodProfile {
                    hash: hash_bytes(parts.code),
                    sites: BTreeMap::new(),
                    exits: BTreeMap::new(),
                });
                let targets = seen.chunks(2).map(|pair| TargetProfile {
                    class: pair[0].into(),
                    method: found_by(image, pair[0], selector),
                    count: count(pair[1]),
                });
                let targets: Vec<TargetProfile> = targets.collect();
                let at = sites(image, found, selector);
                assert!(!at.is_empty(), "{method} does not send {selector}");
                for ip in at {
                    let site = SiteProfile {
                        selector: selector.into(),
                        targets: targets.clone(),
                        megamorphic: Count::ZERO,
                    };
                    entry.sites.insert(ip, site);
                }
            }
            _ => panic!("what is this: {line}"),
        }
    }
    profile
}

/// The methods that the profile says are called.
fn wanted(image: &Image, profile: &Profile) -> Vec<MethodRef> {
    let names = profile.elsewhere.iter().filter_map(|t| t.method.as_ref());
    names
        .map(|m| method_named(image, &format!("{}>>{}", m.class, m.selector)))
        .collect()
}

fn ir(image: &Image, profile: &Profile, pass: Option<&str>) -> String {
    let all = intermediate(image, profile, pass).unwrap();
    let wanted = wanted(image, profile);
    let mut text = String::new();
    for (method, found) in all {
        if wanted.iter().any(|m| m.method == method) {
            reads_back(&found);
            text.push_str(&found);
        }
    }
    text
}

/// What is printed can be read, and is printed as it was.
fn reads_back(text: &str) {
    for part in text.split("\n\n").filter(|p| p.starts_with("function")) {
        let part = format!("{}\n", part.trim_end());
        let function = parse(&part).unwrap_or_else(|e| panic!("{e}\n{part}"));
        assert_eq!(function.to_string(), part);
    }
}

fn rust(image: &Image, profile: &Profile) -> String {
    let translation = translate_with(image, &[], "case", Some(profile)).unwrap();
    let mut text = String::new();
    for method in wanted(image, profile) {
        for part in translation.rust_of(method.method).iter().skip(1) {
            text.push_str(part);
        }
    }
    text
}

fn check(path: &Path, bless: bool) -> Result<(), String> {
    let text = std::fs::read_to_string(path).unwrap();
    let sections = sections(&text);
    let of = |wanted: &str| {
        let found = sections.iter().find(|(head, _)| head == wanted);
        found.map_or("", |(_, text)| text.as_str())
    };
    let image = image_with(of("class"));
    let profile = profile_of(&image, of("profile"));
    let mut new = String::new();
    for (head, text) in &sections {
        let words: Vec<&str> = head.split(' ').collect();
        let made = match words[..] {
            ["ir"] => ir(&image, &profile, None),
            ["ir", pass] => ir(&image, &profile, Some(pass)),
            ["rust"] => rust(&image, &profile),
            _ => text.clone(),
        };
        match head.is_empty() {
            true => new.push_str(&made),
            false => new.push_str(&format!("== {head}\n{made}")),
        }
    }
    if new == text {
        return Ok(());
    }
    if bless {
        std::fs::write(path, new).unwrap();
        return Ok(());
    }
    let line = new.lines().zip(text.lines()).position(|(a, b)| a != b);
    let line = line.unwrap_or_else(|| new.lines().count().min(text.lines().count()));
    Err(format!(
        "{}:{}: '{}' is now '{}' (SMALLWORLD_BLESS=1 writes what is made now)",
        path.display(),
        line + 1,
        text.lines().nth(line).unwrap_or_default(),
        new.lines().nth(line).unwrap_or_default()
    ))
}

#[test]
fn files_say_what_is_made() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let bless = std::env::var("SMALLWORLD_BLESS").is_ok_and(|v| v == "1");
    let files = std::fs::read_dir(&folder).unwrap();
    let mut files: Vec<PathBuf> = files.map(|f| f.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 8, "where are the files?");
    let problems: Vec<String> = files
        .iter()
        .filter_map(|path| check(path, bless).err())
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
