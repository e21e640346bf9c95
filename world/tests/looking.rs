//! `inspect`, `check` and `emit`: what they show, and what they say to bad input.

mod common;

use common::{Folder, kernel_image, real_image, world};

#[test]
fn the_own_image_is_shown() {
    let folder = Folder::new("own");
    let image = kernel_image(&folder);
    let overview = world(&["inspect", &image]).done();
    assert!(overview.starts_with("kernel.image: a SmallWorld image of format v1"));
    assert!(overview.contains("\nObject "), "{overview}");
    assert!(!overview.contains('\x1b'));
    let coloured = world(&["inspect", &image, "--color", "always"]).done();
    assert!(coloured.contains("\x1b[1m"));
}

#[test]
fn every_class_and_method_of_the_images_can_be_shown() {
    let folder = Folder::new("every");
    let mut images = vec![kernel_image(&folder)];
    images.extend([2015, 2004].into_iter().filter_map(real_image));
    for image in images {
        let json = world(&["inspect", &image, "--json"]).done();
        let names = |json: &str, key: &str| -> Vec<String> {
            let key = format!("\"{key}\": \"");
            let parts = json.split(&key).skip(1);
            parts
                .map(|rest| rest.split('"').next().unwrap().to_owned())
                .collect()
        };
        let classes = names(&json, "name");
        assert!(classes.len() > 20);
        // A few in full: each call starts the tool once.
        for class in classes.iter().step_by(9) {
            let shown = world(&["inspect", &image, class]).done();
            assert!(shown.starts_with(class.as_str()), "{shown}");
            let json = world(&["inspect", &image, class, "--json"]).done();
            for selector in names(&json, "selector").iter().step_by(7) {
                if selector.contains('\\') {
                    continue;
                }
                // Those of the class side are listed too.
                let own = format!("{class}>>{selector}");
                let run = world(&["inspect", &image, &own]);
                if run.code != Some(0) {
                    let side = format!("{class} class>>{selector}");
                    world(&["inspect", &image, &side]).done();
                }
            }
        }
    }
}

#[test]
fn a_method_is_shown_beside_its_code() {
    let Some(image) = real_image(2015) else {
        return;
    };
    let shown = world(&["inspect", &image, "Interval>>do:"]).done();
    let mut lines = shown.lines();
    assert_eq!(lines.next(), Some("Interval>>do: (object 2211)"));
    assert_eq!(
        lines.next(),
        Some("23 bytes, 1 literal, 1 temporary, stack of 10")
    );
    let code: Vec<&str> = lines
        .skip(1)
        .map(|l| l.split_once('│').unwrap().1)
        .collect();
    assert_eq!(code[0], "         0  10     push instance     low");
    assert_eq!(code[6], "         6  f8 14  jump if false     → L2");
    assert_eq!(code[9], "        10  82 90  send              value:");
    assert_eq!(code[17], " L2:    20  5a     push constant     nil");
}

#[test]
fn names_that_are_not_there_are_refused_with_a_hint() {
    let Some(image) = real_image(2015) else {
        return;
    };
    let said = |subject: &str| world(&["inspect", &image, subject]).refused(2);
    assert!(said("Aray").contains("did you mean Array?"));
    assert!(said("Array>>do:").contains("look at Indexed>>do:"));
    assert!(said("Array>>new:").contains("look at MetaArray>>new:"));
    assert!(said("Array>>at:ifAbsen:").contains("did you mean at:ifAbsent:?"));
    assert!(said("").contains("no class ''"));
    assert!(said(">>").contains("no class ''"));
    world(&["inspect", &image, "Array class>>new:"]).done();
    world(&["inspect", &image, "MetaArray>>new:"]).done();
}

#[test]
fn damage_is_told_in_one_line() {
    let folder = Folder::new("damage");
    let other = folder.write("other", "no image at all");
    let other = other.to_str().unwrap();
    for command in ["inspect", "check", "emit", "build"] {
        let said = world(&[command, other]).refused(2);
        let errors: Vec<&str> = said.lines().filter(|l| l.starts_with("error")).collect();
        assert_eq!(errors.len(), 1, "{said}");
        assert!(errors[0].contains("not a SmallWorld image"), "{said}");
        let said = world(&[command, "no-such.image"]).refused(2);
        assert!(said.contains("cannot read 'no-such.image'"), "{said}");
    }
    world(&["inspect"]).refused(2);
    world(&["frobnicate"]).refused(2);
}

#[test]
fn a_sound_image_has_no_problems() {
    for image in [2015, 2004].into_iter().filter_map(real_image) {
        assert!(world(&["check", &image]).done().contains("no problems"));
        let overview = world(&["inspect", &image]).done();
        assert!(overview.contains("\n  problems   none\n"), "{overview}");
    }
}

#[test]
fn all_problems_of_an_image_are_listed() {
    let folder = Folder::new("problems");
    let image = std::fs::read(kernel_image(&folder)).unwrap();
    // Where methods do `push nil; return top` there is now an instruction that does not exist.
    let mut broken = image;
    let code = [0x5a, 0xf2, 0xf5, 0xf1];
    while let Some(at) = broken.windows(4).position(|bytes| bytes == code) {
        broken[at] = 0xff;
    }
    let problems = smallworld_image::Image::read(&broken).unwrap().check();
    let expected: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let no_such = expected
        .iter()
        .filter(|p| p.contains("special operation 15"));
    assert!(no_such.count() > 1);

    let path = folder.write("broken.image", &broken);
    let run = world(&["check", path.to_str().unwrap()]);
    assert_eq!(run.code, Some(1));
    assert_eq!(run.out.lines().collect::<Vec<_>>(), expected);
    let told = format!("{} problems", expected.len());
    assert!(run.err.contains(&told), "{}", run.err);
    let json = world(&["check", path.to_str().unwrap(), "--json"]);
    assert_eq!(json.code, Some(1));
    assert_eq!(
        json.out.matches("\"place\"").count(),
        run.out.lines().count()
    );
    world(&["emit", path.to_str().unwrap()]).refused(2);
}

#[test]
fn the_rust_is_shown() {
    let folder = Folder::new("rust");
    let image = kernel_image(&folder);
    let all = world(&["emit", &image]).done();
    let class = world(&["emit", &image, "Interval"]).done();
    assert!(class.starts_with("// ---- c_interval.rs\n"), "{class}");
    assert!(all.contains(&class));
    let method = world(&["emit", &image, "Interval>>do:"]).done();
    assert!(method.starts_with("/// `Interval>>do:`\n"), "{method}");
    assert!(method.contains("fn m_do("), "{method}");
    for line in method.lines() {
        assert!(class.contains(line), "{line}");
    }
    assert!(!method.contains("`Interval>>size`"));
    world(&["emit", &image, "NoSuchClass"]).refused(2);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    use std::process::{Command, Stdio};
    let folder = Folder::new("pipe");
    let image = kernel_image(&folder);
    let mut child = Command::new(env!("CARGO_BIN_EXE_world"))
        .args(["emit", &image])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
}

#[test]
fn help_shows_examples() {
    assert!(world(&["--help"]).done().contains("Example"));
    for command in ["build", "inspect", "emit", "check", "convert", "new-image"] {
        let help = world(&[command, "--help"]).done();
        assert!(help.contains(&format!("cargo world {command} ")), "{help}");
        assert!(help.contains("Example"), "{help}");
    }
}
