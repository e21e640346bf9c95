//! Which machine an image is for, and Floats in its file.

mod common;

use common::{Builder, same_graph, small_world};
use smallworld_abi::primitive::Primitive;
use smallworld_image::{
    DIALECTS, Dialect, FloatText, Format, Halt, Image, NotUnderstood, ObjId, Payload,
};

/// An image in a format, whose methods run these primitives with so many arguments: `push self` for each, and
/// return what comes.
fn image(format: Format, methods: &[(&str, u8, u8)]) -> Image {
    let mut world = small_world();
    for (n, &(selector, number, arguments)) in methods.iter().enumerate() {
        let class = format!("Thing{n}");
        world.class(&class, Some("Object"), 0);
        let mut code = vec![0x20; usize::from(arguments)];
        code.extend([0xd0 | arguments, number, 0xf2]);
        world.method(&class, selector, &code, &[]);
    }
    world.image.format = format;
    world.image
}

fn name(format: Format, methods: &[(&str, u8, u8)]) -> &'static str {
    Dialect::of(&image(format, methods)).name
}

const SEMAPHORE: [(&str, u8, u8); 3] = [("new", 100, 1), ("wait", 101, 1), ("set:", 102, 2)];
const SCRIPT: [(&str, u8, u8); 4] = [
    ("log", 99, 1),
    ("pi", 100, 1),
    ("cos", 101, 1),
    ("sin", 102, 1),
];
const PAGE: [(&str, u8, u8); 3] = [("create:", 61, 2), ("text:", 62, 2), ("append:", 66, 2)];

#[test]
fn the_format_decides_where_methods_say_nothing() {
    assert_eq!(name(Format::V1, &[]), "SmallWorld 2015");
    assert_eq!(name(Format::Swst, &[]), "Budd's SmallWorld of 2004");
    assert_eq!(name(Format::V1, &SEMAPHORE), "SmallWorld 2015");
    assert_eq!(name(Format::Swst, &SEMAPHORE), "Budd's SmallWorld of 2004");
}

#[test]
fn methods_decide() {
    let script = "the JavaScript SmallWorld";
    assert_eq!(name(Format::Swst, &SCRIPT), script);
    // Converted, it is still that machine's.
    assert_eq!(name(Format::V1, &SCRIPT), script);
    assert_eq!(name(Format::Swst, &SCRIPT[..1]), script);
    let page = [&SCRIPT[..], &PAGE].concat();
    assert_eq!(
        name(Format::Swst, &page),
        "the JavaScript SmallWorld in a web page"
    );
    // Semaphores with a `log` that somebody added; and all of both.
    let added = [&SEMAPHORE[..], &SCRIPT[..1]].concat();
    assert_eq!(name(Format::Swst, &added), "Budd's SmallWorld of 2004");
    let both = [&SEMAPHORE[..], &SCRIPT].concat();
    assert_eq!(name(Format::Swst, &both), script);
    // It is not the number alone that counts: another name, another number of arguments.
    assert_eq!(
        name(Format::V1, &[("new", 100, 1), ("cos", 101, 2)]),
        "SmallWorld 2015"
    );
}

#[test]
fn the_table_says_how_machines_differ() {
    let [v1, swst, script, page] = &DIALECTS;
    assert_eq!(
        (v1.halt, v1.not_understood, v1.floats),
        (
            Halt::Process,
            NotUnderstood::DoesNotUnderstand,
            FloatText::Java
        )
    );
    assert_eq!(
        (swst.halt, swst.not_understood, swst.floats),
        (Halt::InnermostRun, NotUnderstood::Error, FloatText::Java)
    );
    assert_eq!(
        (script.halt, script.not_understood, script.floats),
        (
            Halt::InnermostRun,
            NotUnderstood::Error,
            FloatText::JavaScript
        )
    );
    use Primitive::{Cosine, Log, NewMenu, NewSemaphore, NewWindow, PageElement, Pi, PrintFloat};
    for (number, expected) in [
        (99, [None, None, Some(Log), Some(Log)]),
        (
            100,
            [Some(NewSemaphore), Some(NewSemaphore), Some(Pi), Some(Pi)],
        ),
        (
            101,
            [
                Some(Primitive::Wait),
                Some(Primitive::Wait),
                Some(Cosine),
                Some(Cosine),
            ],
        ),
        (
            60,
            [
                Some(NewWindow),
                Some(NewWindow),
                Some(NewWindow),
                Some(PageElement),
            ],
        ),
        (
            90,
            [
                Some(NewMenu),
                Some(NewMenu),
                Some(NewMenu),
                Some(PageElement),
            ],
        ),
        (59, [Some(PrintFloat); 4]),
        (106, [None; 4]),
    ] {
        let found = [v1, swst, script, page].map(|dialect| dialect.primitive(number));
        assert_eq!(found, expected, "{number}");
    }
}

/// A small world with an Array of two Floats as its first class variable of Object.
fn with_floats(numbers: [f64; 2]) -> Builder {
    let mut world = small_world();
    let float = world.class("Float", Some("Object"), 0);
    let made = numbers.map(|x| world.add(float, &[], Payload::Float(x.to_bits())));
    let array = world.array(&made);
    let object = world.named("Object");
    world.image.objects[object.index()].slots.push(array);
    world.image.format = Format::Swst;
    world
}

#[test]
fn floats_survive_in_swst() {
    for numbers in [[1.5, -0.0], [f64::NEG_INFINITY, 1e300], [0.1, 1e21]] {
        let image = with_floats(numbers).image;
        let file = image.write(Format::Swst);
        let read = Image::read(&file).unwrap();
        same_graph(&image, &read).unwrap();
        assert_eq!(read.write(Format::Swst), file);
    }
    // As the JavaScript machine writes it.
    let file = with_floats([3.0, 2.5e-7]).image.write(Format::Swst);
    let has = |text: &[u8]| file.windows(text.len()).any(|found| found == text);
    assert!(has(b"\x013") && has(b"\x062.5e-7"));
}

#[test]
fn v1_has_nil_for_floats() {
    let image = with_floats([1.5, 2.5]).image;
    let file = image.write(Format::V1);
    let read = Image::read(&file).unwrap();
    let object = read
        .classes()
        .into_iter()
        .find(|&c| read.name_of_class(c) == "Object");
    let array = read.slot(object.unwrap(), 5).unwrap();
    assert_eq!(read.slots_of(array), Some(&[ObjId(0), ObjId(0)][..]));
    assert_eq!(read.write(Format::V1), file);
}

#[test]
fn a_damaged_float_is_refused() {
    let file = with_floats([1.5, 2.5]).image.write(Format::Swst);
    let at = file.windows(4).position(|w| w == b"\x031.5").unwrap();
    for (offset, byte) in [(0, 255), (0, 2), (1, b'x'), (2, b'1' | 128)] {
        let mut damaged = file.clone();
        damaged[at + offset] = byte;
        let error = Image::read(&damaged).unwrap_err().to_string();
        assert!(!error.contains('\n'), "{error}");
    }
}
