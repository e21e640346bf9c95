//! The project's own kernel builds, the same way each time, into an image without problems.

use std::path::Path;
use std::time::{Duration, Instant};

use smallworld_bootstrap::{Source, build, sources_in};
use smallworld_image::Format;

fn kernel() -> Vec<Source> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kernel");
    sources_in(&folder).expect("the kernel's sources can be read")
}

#[test]
fn the_kernel_builds_without_problems() {
    let image = match build(&kernel()) {
        Ok(image) => image,
        Err(diagnostics) => {
            let shown: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
            panic!("{}", shown.join("\n"));
        }
    };
    assert_eq!(image.check(), []);
}

#[test]
fn the_kernel_builds_reproducibly_and_fast() {
    let start = Instant::now();
    let first = build(&kernel()).unwrap().write(Format::V1);
    assert!(start.elapsed() < Duration::from_secs(1));
    let mut sources = kernel();
    sources.reverse();
    assert_eq!(build(&sources).unwrap().write(Format::V1), first);
}

#[test]
fn every_class_file_is_named_after_its_class() {
    for source in kernel() {
        let stem = Path::new(&source.name).file_stem().unwrap();
        let first = source.text.lines().next().unwrap();
        assert_eq!(
            first,
            format!("Class: {}", stem.display()),
            "{}",
            source.name
        );
    }
}

#[test]
fn broken_sources_are_reported() {
    let sources = kernel();
    for part in 1..20 {
        let broken: Vec<Source> = sources
            .iter()
            .map(|source| {
                let count = source.text.chars().count() * part / 20;
                let start: String = source.text.chars().take(count).collect();
                let end: String = source.text.chars().skip(count).collect();
                Source::new(source.name.clone(), if part % 2 == 0 { start } else { end })
            })
            .collect();
        let diagnostics = build(&broken).expect_err("half a kernel is none");
        assert!(diagnostics.iter().all(|it| it.line > 0 && it.column > 0));
    }
}
