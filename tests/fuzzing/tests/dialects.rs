//! Small images for the JavaScript machine: their Floats, their primitives, their errors.

use smallworld_bootstrap::{Source, build};
use smallworld_fuzzing::small;
use smallworld_image::{Dialect, Format, Image, Object, Payload};
use smallworld_runtime::ui::Headless;
use smallworld_runtime::{Evaluation, Vm};

const FLOAT: &str = "Class: Float
Superclass: Object

---- instance

cos
\t^ <101 self>

sin
\t^ <102 self>

text
\t^ <59 String self>

---- class

pi
\t^ <100 self>
";

/// The small image, in which `doIt` does `go`, and `error:` logs its text before it halts.
fn image(go: &str, more: &str) -> Image {
    let text = include_str!("../src/small.st")
        .replace("^ 10 fib + (Thing new: 3) go", go)
        .replace(
            "error: text\n\t<34>",
            "error: text\n\ttext log.\n\t<34>\n\nlog\n\t<99 self>",
        );
    let parts = text.split("\nClass: ").skip(1);
    let mut sources: Vec<Source> = parts
        .map(|part| Source::new("small.st", format!("Class: {part}")))
        .collect();
    if !more.is_empty() {
        sources.push(Source::new("more.st", more));
    }
    let mut image = match build(&sources) {
        Ok(image) => image,
        Err(problems) => panic!("{}", problems[0]),
    };
    image.format = Format::Swst;
    image
}

fn machine(image: &Image, gc_stress: u32) -> Box<Vm> {
    let ui = Box::new(Headless::silent());
    Vm::new(&small::source(image), small::options(gc_stress), ui)
}

/// What `go` comes to, which is the same under stress.
fn evaluate(image: &Image) -> Evaluation {
    let [one, other] = [0, 1].map(|stress| {
        let mut vm = machine(image, stress);
        vm.evaluate(b"x").expect("there is memory to begin")
    });
    assert_eq!(one, other);
    one
}

fn value(text: &str) -> Evaluation {
    Evaluation::Value(text.into())
}

#[test]
fn floats_are_those_of_javascript() {
    for (go, expected) in [
        ("^ Float pi text", "3.141592653589793"),
        ("^ Float pi cos text", "-1"),
        ("^ Float pi sin text", "1.2246467991473532e-16"),
        ("^ <1 Float (<2 (Float pi sin)>)>", "true"),
    ] {
        let image = image(go, FLOAT);
        assert_eq!(Dialect::of(&image).name, "the JavaScript SmallWorld");
        assert_eq!(evaluate(&image), value(expected), "{go}");
    }
}

#[test]
fn trigonometry_of_something_else_is_an_error() {
    for (go, expected) in [
        (
            "^ <101 3>",
            "primitive 101 failed: argument 1 must be a Float",
        ),
        (
            "^ <102 nil>",
            "primitive 102 failed: argument 1 must be a Float",
        ),
        (
            "^ <100 3>",
            "primitive 100 failed: argument 1 must be a class",
        ),
        ("^ <101>", "primitive 101 failed: argument 1 is missing"),
        ("^ <99>", "primitive 99 failed: argument 1 is missing"),
    ] {
        match evaluate(&image(go, FLOAT)) {
            Evaluation::Error(text) => {
                let text = String::from_utf8_lossy(&text).into_owned();
                assert!(text.starts_with(expected), "{go}: {text}");
            }
            other => panic!("{go}: {other:?}"),
        }
    }
}

/// The text that `error:` logs is that of the error.
#[test]
fn errors_are_reported() {
    let image = image("^ nil foo", FLOAT);
    let mut vm = machine(&image, 0);
    let ending = vm.evaluate(b"x");
    let text = b"Unrecognized message selector: foo".to_vec();
    assert_eq!(ending, Ok(Evaluation::Error(text.clone())));
    let shown = vm.headless().map(|h| h.window_texts().to_vec());
    assert_eq!(shown, Some(vec![text]));
}

/// What a program logs otherwise is no error.
#[test]
fn logging_is_no_error() {
    assert_eq!(evaluate(&image("'hello' log. ^ 3", FLOAT)), value("3"));
}

/// Without methods that say otherwise, 99 is nothing and 100 makes semaphores.
#[test]
fn in_other_images_the_numbers_are_semaphores() {
    let mut other = image("^ <101 (<102 (<100 Object>) 5>)>", "");
    // The `log` in it speaks for the JavaScript machine; three others speak against it.
    assert_eq!(Dialect::of(&other).name, "the JavaScript SmallWorld");
    let semaphore = "Class: Semaphore\nSuperclass: Object\n\n---- instance\n\nwait\n\t^ <101 self>\n\n\
                     set: v\n\t<102 self v>\n\n---- class\n\nnew\n\t^ <100 self>\n";
    other = image("^ <101 (<102 (<100 Object>) 5>)>", semaphore);
    assert_eq!(Dialect::of(&other).name, "Budd's SmallWorld of 2004");
    assert_eq!(evaluate(&other), value("5"));
}

#[test]
fn an_unknown_primitive_is_named_with_its_method_once() {
    for (go, number) in [("^ <98>", 98), ("^ <3 1>", 3), ("^ <199 1 2>", 199)] {
        let image = image(go, FLOAT);
        let mut vm = machine(&image, 0);
        let ending = vm.evaluate(b"x");
        let shown = vm.headless().map_or(0, |h| h.window_texts().len());
        assert_eq!(shown, 1, "{go}");
        let Ok(Evaluation::Error(text)) = ending else {
            panic!("{go}: {ending:?}");
        };
        let text = String::from_utf8_lossy(&text).into_owned();
        let expected = format!(
            "String>>go failed: there is no primitive {number} in the JavaScript SmallWorld"
        );
        assert_eq!(text, expected);
    }
}

/// A Float of a file is there when it is loaded, survives a collection, and is saved.
#[test]
fn floats_of_a_file() {
    let mut image = image("^ 'a number' text", FLOAT);
    let classes = image.classes();
    let mut named = classes
        .iter()
        .filter(|&&c| image.name_of_class(c) == "Float");
    let float = *named.next().expect("there is the class");
    let here = image.objects.iter();
    let here: Vec<usize> = here
        .enumerate()
        .filter(|(_, o)| o.payload == Payload::Bytes(b"a number".to_vec()))
        .map(|(n, _)| n)
        .collect();
    assert_eq!(here.len(), 1);
    image.objects[here[0]] = Object {
        class: float,
        slots: Vec::new(),
        payload: Payload::Float(2.5f64.to_bits()),
    };
    let image = Image::read(&image.write(Format::Swst)).expect("it can be read");
    assert_eq!(evaluate(&image), value("2.5"));
    let vm = machine(&image, 0);
    let saved = Image::read(&vm.export().write(Format::Swst)).expect("it can be read");
    assert_eq!(evaluate(&saved), value("2.5"));
    // The other format has none.
    let saved = Image::read(&vm.export().write(Format::V1)).expect("it can be read");
    let is_float = |o: &Object| matches!(o.payload, Payload::Float(_));
    assert!(!saved.objects.iter().any(is_float));
}

/// An image for web pages says what it lacks.
#[test]
fn elements_of_a_page_are_an_error() {
    let element = "Class: Element\nSuperclass: Object\n\n---- instance\n\ntext: t\n\t<62 self t>\n\n\
                   append: e\n\t<66 self e>\n\n---- class\n\ncreate: t\n\t^ <61 self t>\n\nid: t\n\t^ <60 self t>\n";
    let image = image("^ Element create: 'div'", element);
    assert_eq!(
        Dialect::of(&image).name,
        "the JavaScript SmallWorld in a web page"
    );
    let text = "MetaElement>>create: failed: primitive 61 is about an element of a web page, and there is none";
    assert_eq!(evaluate(&image), Evaluation::Error(text.into()));
}
