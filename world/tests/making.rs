//! `convert`, `new-image` and what `build` refuses: files written as a whole, with the meaning kept.

mod common;

use common::{Folder, kernel_image, real_image, root, world_in};
use smallworld_image::{Image, fingerprint};
use std::collections::BTreeSet;

/// What an image means, whatever the numbers of its objects: its classes with their superclasses and
/// variables, and its methods with code and literals.
fn meaning(bytes: &[u8]) -> (usize, BTreeSet<String>) {
    let image = Image::read(bytes).unwrap();
    let problems = image.check().into_iter();
    let mut facts: BTreeSet<String> = problems.map(|problem| problem.message).collect();
    for class in image.classes() {
        let superclass = image.superclass_of(class);
        let slots: Vec<String> = image.slots_of(class).unwrap()[3..]
            .iter()
            .map(|&slot| image.describe(slot))
            .collect();
        facts.insert(format!(
            "{} < {:?}: {slots:?}",
            image.name_of_class(class),
            superclass.map(|class| image.name_of_class(class))
        ));
    }
    for found in image.methods() {
        let print = fingerprint(&image, found.method);
        facts.insert(format!("{} {print:?}", found.name(&image)));
    }
    (image.objects.len(), facts)
}

#[test]
fn conversions_keep_the_meaning() {
    let folder = Folder::new("convert");
    let mut images = vec![kernel_image(&folder)];
    images.extend([2015, 2004].into_iter().filter_map(real_image));
    for image in &images {
        let before = std::fs::read(image).unwrap();
        let convert = |from: &str, to: &str| world_in(&folder.0, &["convert", from, to]).done();
        let said = convert(image, "a.swst");
        assert!(said.contains("(SWST)"), "{said}");
        convert("a.swst", "b.v1");
        convert("b.v1", "c.image");
        convert("c.image", "d.image");
        assert!(folder.read("a.swst").starts_with(b"SWST"));
        assert!(folder.read("b.v1").starts_with(&[0, 0, 0, 1]));
        assert!(folder.read("c.image").starts_with(b"SWST"));
        assert_eq!(folder.read("b.v1"), folder.read("d.image"));
        let (_, facts) = meaning(&before);
        let (objects, there) = meaning(&folder.read("a.swst"));
        assert_eq!(there, facts);
        assert_eq!(meaning(&folder.read("b.v1")), (objects, facts));
        // The real images are in the order of their format's writer.
        if before.starts_with(b"SWST") {
            assert_eq!(folder.read("a.swst"), before);
        } else {
            assert_eq!(folder.read("b.v1"), before);
        }
    }
}

#[test]
fn the_flag_decides_before_the_name() {
    let folder = Folder::new("flag");
    let image = kernel_image(&folder);
    let to = ["convert", &image, "x.v1", "--format", "swst"];
    world_in(&folder.0, &to).done();
    assert!(folder.read("x.v1").starts_with(b"SWST"));
    // In place, and from nothing that is an image.
    world_in(&folder.0, &["convert", "x.v1", "x.v1", "--format", "v1"]).done();
    assert!(folder.read("x.v1").starts_with(&[0, 0, 0, 1]));
    folder.write("bad", "SWST");
    world_in(&folder.0, &["convert", "bad", "x.v1"]).refused(2);
    assert!(folder.read("x.v1").starts_with(&[0, 0, 0, 1]));
    let said = world_in(&folder.0, &["convert", "x.v1", "."]).refused(2);
    assert!(said.contains("is a folder"), "{said}");
    let said = world_in(&folder.0, &["convert", "x.v1", "no/x"]).refused(2);
    assert!(said.contains("there is no folder"), "{said}");
    assert_eq!(folder.names(), ["bad", "kernel.image", "x.v1"]);
}

#[test]
fn sources_become_an_image() {
    let folder = Folder::new("new");
    let kernel = root().join("kernel");
    let kernel = kernel.to_str().unwrap();
    folder.write(
        "Own.st",
        "Class: OwnThing\nSuperclass: Object\nVariables: size\n\nMine.\n\n---- instance\n\nanswer\n\t^ 42\n",
    );
    let own = ["new-image", kernel, "Own.st", "-o", "own.image"];
    let said = world_in(&folder.0, &own).done();
    assert!(said.starts_with("own.image (v1): "), "{said}");
    let shown = world_in(&folder.0, &["inspect", "own.image", "OwnThing"]).done();
    assert!(shown.contains("variables        size"), "{shown}");
    assert!(shown.contains("  answer"), "{shown}");
    // Sources that are named twice are taken once.
    let twice = [
        "new-image",
        kernel,
        kernel,
        "Own.st",
        "./Own.st",
        "-o",
        "two.image",
    ];
    world_in(&folder.0, &twice).done();
    assert_eq!(folder.read("two.image"), folder.read("own.image"));
}

#[test]
fn errors_in_sources_are_shown_with_their_lines() {
    let folder = Folder::new("errors");
    let kernel = root().join("kernel");
    folder.write(
        "Bad.st",
        "Class: Bad\nSuperclass: Object\n\n---- instance\n\none\n\t^ 3 + )\n\ntwo\n\t^ unknownName\n",
    );
    let bad = [
        "new-image",
        kernel.to_str().unwrap(),
        "Bad.st",
        "-o",
        "x.image",
    ];
    let said = world_in(&folder.0, &bad).refused(1);
    assert!(said.contains("Bad.st:7:8: "), "{said}");
    assert!(said.contains("\n    \t^ 3 + )\n    \t      ^\n"), "{said}");
    assert!(said.contains("Bad.st:10:4: "), "{said}");
    assert!(said.contains("no image was written"), "{said}");
    assert_eq!(folder.names(), ["Bad.st"]);
}

#[test]
fn sources_that_cannot_be_read_are_named() {
    let folder = Folder::new("unreadable");
    folder.write("latin.st", b"Class: X\xe9");
    let run = |source| world_in(&folder.0, &["new-image", source, "-o", "x.image"]).refused(2);
    assert!(run("none.st").contains("cannot read 'none.st'"));
    assert!(run("latin.st").contains("not UTF-8"));
    std::fs::create_dir(folder.0.join("empty")).unwrap();
    assert!(run("empty").contains("has no .st files"));
    world_in(&folder.0, &["new-image", "-o", "x.image"]).refused(2);
}

#[test]
fn a_build_that_cannot_end_well_is_not_begun() {
    let folder = Folder::new("build");
    let image = kernel_image(&folder);
    let run = |arguments: &[&str]| world_in(&folder.0, arguments).refused(2);
    let said = run(&["build", &image, "-o", "."]);
    assert!(said.contains("is a folder"), "{said}");
    let said = run(&["build", &image, "-o", "no/x"]);
    assert!(said.contains("there is no folder"), "{said}");
    let said = run(&["build", &image, "--profile", "none"]);
    assert!(said.contains("profile 'none'"), "{said}");
    assert_eq!(folder.names(), ["kernel.image"]);
}

/// A link that stands where the file beside the new one used to be made.
#[cfg(unix)]
#[test]
fn links_do_not_lead_a_file_astray() {
    let folder = Folder::new("astray");
    let image = kernel_image(&folder);
    std::fs::write(folder.0.join("victim"), "precious").unwrap();
    let script = "ln -s \"$PWD/victim\" out.image.$$.part; exec \"$0\" convert \"$1\" out.image";
    let done = std::process::Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_world"), &image])
        .current_dir(&folder.0)
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    assert_eq!(folder.read("victim"), b"precious");
    assert!(Image::read(&folder.read("out.image")).is_ok());
}
