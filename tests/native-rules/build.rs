//! Makes an image of `rules.st`, and of a class whose methods are called like everything that
//! generated code mentions; records a profile of it, and translates it.

use anyhow::{Context, Result, anyhow};
use smallworld_bootstrap::{Blocks, Source, build};
use smallworld_differential::batch::library;
use smallworld_image::{Format, Image};
use smallworld_runtime::native::NO_NATIVE;
use smallworld_runtime::ui::Headless;
use smallworld_runtime::{Options, Vm};
use smallworld_translator::{Part, translate_part};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;

/// Classes whose instances run the workload that the profile is of.
const WORKLOAD: [&str; 5] = ["Counting", "Depth", "Holding", "SomeNames", "Walking"];

/// Those that specialised code mentions most, so they are in what the workload runs. (All of
/// them would take minutes to compile.)
const FIRST: &str = "base vm fp value f v w x block arguments temporaries creator ownMethod
    homeArguments get slot literal put nil Word Vm as fn match";

/// Words that are something in generated code, besides what the runtime offers.
const WORDS: &str = "
    as async await become box break const continue crate do dyn else enum extern final fn for gen
    if impl in let loop macro match mod move mut override priv pub ref return static struct trait
    try type typeof union unsafe unsized use virtual where while yield
    base vm fp value f v w x words total class creator ownMethod homeArguments temporaries
    arguments block sum w t get slot literal Word Vm Fp Exit Code Kind Descriptor Some None Self
    Option Ok Err entry modules tables units core std alloc smallworldRuntime a0 a1 a2 t0 t1 v1 v2
    p0 m70 l10 b7 at12 mBase mBaseAt1 mBaseAt2 mBaseAt3 mBaseAt4 mBaseAt5 mBaseBlock4 mBaseBlock8
    baseAt2 baseAt3 baseAt4 baseAt5 baseAt7 baseAt8 baseAt9 baseBlock4 baseBlock6 baseBlock8 FIRSTEXIT ROOM";

fn main() -> Result<()> {
    println!("cargo::rerun-if-env-changed=SMALLWORLD_TRANSLATE");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=rules.st");
    let rules = include_str!("rules.st").split("\nClass: ").skip(1);
    let mut sources = library(Blocks::Shared);
    sources.extend(rules.map(|part| Source::new("rules.st", format!("Class: {part}"))));
    sources.extend(names());
    sources.push(arrays());
    sources.extend(walks());
    let image = build(&sources).map_err(|problems| anyhow!("{}", problems[0]))?;
    let bytes = image.write(Format::V1);
    let image = Image::read(&bytes)?;
    let options = Options {
        stack_words: 1 << 20,
        native: false,
        ..Options::default()
    };
    let ui = Box::new(Headless::silent());
    let mut vm = Vm::new(
        &smallworld_runtime::Source::other(&NO_NATIVE, image.clone())?,
        options,
        ui,
    );
    for class in WORKLOAD {
        vm.evaluate(class.as_bytes())
            .map_err(|e| anyhow!("{class}: {e}"))?;
    }
    let part = Part::from_environment()?.unwrap_or_default();
    let translation = translate_part(&image, &bytes, "rules", Some(&vm.profile()), part)?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").context("OUT_DIR is not set")?);
    let mut report = String::new();
    for (unit, outcome) in &translation.specialised {
        writeln!(report, "{unit}: {outcome:?}")?;
    }
    std::fs::write(out.join("report"), report)?;
    for (file, text) in &translation.files {
        std::fs::write(out.join(file), text)?;
    }
    std::fs::write(out.join("image.bin"), &bytes)?;
    Ok(())
}

/// A class with a method that makes more Arrays one after the other than there is room for
/// after a pause.
fn arrays() -> Source {
    let mut text =
        "Class: Arrays\nSuperclass: Object\nDialect: 2015\n\n---- instance\n".to_string();
    text += "\nrun\n\t| a |\n\ta <- 7.\n";
    for _ in 0..25 {
        let _ = writeln!(text, "\ta <- <36{}>.", " a".repeat(240));
    }
    text += "\t^ <4 a>\n";
    Source::new("arrays", text)
}

/// Classes that change each slot of a Block or Context that `Walker` works with, or of an object
/// in it: its method, its arguments, its temporaries.
fn walks() -> impl Iterator<Item = Source> {
    let of = |(place, slots)| (1..=slots).map(move |slot| (slot, place));
    let slots = [10, 7, 3, 3].into_iter().enumerate();
    slots.flat_map(of).map(|(slot, place)| {
        let of = match place {
            0 => "nil".to_string(),
            n => n.to_string(),
        };
        let text = format!(
            "Class: Walk{place}At{slot}\nSuperclass: WalkingOddly\n\n---- instance\n\nrun\n\t\
             ^ self touch: {slot} of: {of}\n"
        );
        Source::new("walks", text)
    })
}

/// A class with methods, and empty classes, of hostile names.
fn names() -> Vec<Source> {
    let mut words: BTreeSet<String> = WORDS.split_whitespace().map(Into::into).collect();
    for text in [
        include_str!("../../runtime/src/native/mod.rs"),
        include_str!("../../runtime/src/native/open_coded.rs"),
        include_str!("../../runtime/src/native/tables.rs"),
        include_str!("../../runtime/src/native/units.rs"),
    ] {
        // Functions, and what is passed on from elsewhere.
        let after_fn = text.split("fn ").skip(1);
        let functions = after_fn.map(|t| t.split(|c: char| !is_letter(c)).next());
        words.extend(functions.flatten().map(camel));
        for list in text.split("pub use ").skip(1) {
            let list = list.split(';').next().unwrap_or_default();
            words.extend(list.split(|c: char| !is_letter(c)).map(camel));
        }
    }
    // These are no names in Smalltalk.
    for word in [
        "",
        "run",
        "self",
        "super",
        "true",
        "false",
        "nil",
        "thisContext",
        "pub",
        "crate",
    ] {
        words.remove(word);
    }
    let mut words: Vec<String> = words.into_iter().collect();
    words.sort_by_key(|word| !FIRST.split_whitespace().any(|first| first == word));
    let mut text = "Class: Names\nSuperclass: Object\nDialect: 2015\n\n---- instance\n".to_string();
    let chunks: Vec<&[String]> = words.chunks(12).collect();
    text += "\nrun\n\t| all |\n\tall <- 0.\n";
    for n in 0..chunks.len() {
        let _ = writeln!(text, "\tall <- all + self part{n}x.");
    }
    text += "\t^ all\n";
    for (n, chunk) in chunks.iter().enumerate() {
        let _ = write!(text, "\npart{n}x\n\t| all |\n\tall <- 0.\n");
        for word in *chunk {
            let _ = writeln!(text, "\tall <- all + self {word} + (self {word}: 1).");
        }
        text += "\t^ all\n";
    }
    for word in &words {
        let _ = write!(
            text,
            "\n{word}\n\t| t |\n\tt <- 1.\n\t[:e | t <- t + e] value: 1.\n\t^ t\n\
             \n{word}: base\n\t| fp |\n\tfp <- base.\n\t1 to: 2 do: [:vm | fp <- fp + vm].\n\t^ fp\n"
        );
    }
    let some = "Class: SomeNames\nSuperclass: Names\nDialect: 2015\n\n---- instance\n\nrun\n\t\
                ^ self part0x + self part1x\n";
    let mut sources = vec![Source::new("names", text), Source::new("names", some)];
    for word in &words {
        let (first, rest) = word.split_at(1);
        let name = format!("{}{rest}", first.to_uppercase());
        // The library has classes of some of these names.
        let taken = |s: &Source| s.text.starts_with(&format!("Class: {name}\n"));
        if !library(Blocks::Shared).iter().chain(&sources).any(taken) {
            let text = format!(
                "Class: {name}\nSuperclass: Object\nDialect: 2015\n\n---- instance\n\nown\n\t^ 7\n"
            );
            sources.push(Source::new("names", text));
        }
    }
    sources
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// `bump_nils` → `bumpNils`.
fn camel(word: &str) -> String {
    let mut out = String::new();
    for (n, part) in word.split('_').filter(|p| !p.is_empty()).enumerate() {
        let (first, rest) = part.split_at(1);
        match n {
            0 => out.push_str(part),
            _ => out.push_str(&format!("{}{rest}", first.to_uppercase())),
        }
    }
    match out.starts_with(|c: char| c.is_ascii_digit()) {
        true => String::new(),
        false => out,
    }
}
