//! What `check` says of images that can be read and still are not sound.

mod common;

use common::{Builder, small_world};
use smallworld_image::{Image, Problem, method_shape};

/// The problems of the sound image after `change`, one line each.
fn after(change: impl Fn(&mut Builder)) -> Vec<String> {
    let mut world = small_world();
    change(&mut world);
    // What is checked is what a reader lets through.
    let image = Image::read(&world.image.write(world.image.format)).unwrap();
    image.check().iter().map(Problem::to_string).collect()
}

/// The only problem starts with `place` and says `expected`.
fn one(problems: Vec<String>, place: &str, expected: &str) {
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(problems[0].starts_with(place), "{problems:#?}");
    assert!(problems[0].contains(expected), "{problems:#?}");
    assert!(!problems[0].contains('\n'));
}

#[test]
fn the_sound_image_has_no_problems() {
    assert_eq!(after(|_| {}), [""; 0]);
}

#[test]
fn slots_of_classes() {
    let set = |slot: usize, text: &'static str| {
        after(move |world| {
            let value = world.string(text);
            world.set(world.named("Context"), slot, value);
        })
    };
    let place = "class Context (object ";
    one(set(1, "x"), place, "its superclass (slot 1) is String 'x'");
    one(set(2, "x"), place, "its methods (slot 2) are String 'x'");
    one(set(3, "x"), place, "its size (slot 3) is String 'x'");
    one(set(4, "x"), place, "its variables (slot 4) are String 'x'");
    let negative = after(|world| {
        let size = world.int(-1);
        world.set(world.named("Context"), 3, size);
    });
    one(negative, place, "its size (slot 3) is -1");
    let unnamed = after(|world| {
        let names = world.array(&[world.image.roots.nil]);
        world.set(world.named("Context"), 4, names);
    });
    one(unnamed, place, "not an array of names");
}

#[test]
fn superclasses_that_do_not_end() {
    let problems = after(|world| {
        world.set(world.named("Object"), 1, world.named("Context"));
    });
    one(problems, "class ", "comes back to itself");
}

#[test]
fn methods_arrays_belong_to_one_class() {
    let problems = after(|world| {
        let method = world.method("Object", "x", &[0xf1], &[]);
        let methods = world.array(&[method]);
        world.set(world.named("Context"), 2, methods);
        world.set(world.named("Block"), 2, methods);
    });
    one(
        problems,
        "class ",
        "its methods array (slot 2) is also that of class",
    );
}

#[test]
fn elements_that_are_no_methods() {
    let problems = after(|world| {
        let three = world.int(3);
        let short = world.array(&[three]);
        let methods = world.array(&[three, short]);
        world.set(world.named("Context"), 2, methods);
    });
    assert_eq!(problems.len(), 2, "{problems:#?}");
    let place = "Context>>(methods[0]), object ";
    assert!(problems[0].starts_with(place), "{problems:#?}");
    assert!(problems[0].ends_with("3 is no method"), "{problems:#?}");
    assert!(problems[1].ends_with("a method of 1 slots, not 7"));
}

#[test]
fn slots_of_methods() {
    let wrong = [
        (
            0,
            "the selector (slot 0 of a method) is 7, not a byte object",
        ),
        (1, "the bytecode (slot 1 of a method) is 7"),
        (2, "the literals (slot 2 of a method) is 7, not an array"),
        (5, "the class (slot 5 of a method) is 7, not a class"),
        (6, "the source (slot 6 of a method) is 7"),
    ];
    for (slot, expected) in wrong {
        let problems = after(|world| {
            let method = world.method("Context", "x", &[0xf1], &[]);
            let seven = world.int(7);
            world.set(method, slot, seven);
        });
        one(problems, "Context>>", expected);
    }
    for (slot, value) in [(3, -1), (3, 1 << 16), (4, -1)] {
        let problems = after(|world| {
            let method = world.method("Context", "x", &[0xf1], &[]);
            let value = world.int(value);
            world.set(method, slot, value);
        });
        one(
            problems,
            "Context>>x, object ",
            "not a SmallInt from 0 to 65535",
        );
    }
}

#[test]
fn code_of_methods() {
    let problems = after(|world| {
        world.method("Context", "at:put:", &[0x34, 0xf5, 0x41, 0xf2], &["x"]);
    });
    assert_eq!(
        problems,
        [
            "Context>>at:put: @0: temporary 4 does not exist: there are 2",
            "Context>>at:put: @2: literal 1 does not exist: there are 1",
        ]
    );
    let deep = after(|world| {
        let code = [0x50, 0x50, 0x50, 0x50, 0x50, 0xf2];
        world.method("Context", "deep", &code, &[]);
    });
    one(
        deep,
        "Context>>deep: ",
        "needs a stack of 5, but its stack size (slot 3) is 4",
    );
    // What is sent has to be a string.
    let send = after(|world| {
        let method = world.method("Context", "size", &[0x20, 0x81, 0x90, 0xf2], &["at:"]);
        let literals = world.image.objects[method.index()].slots[2];
        let seven = world.int(7);
        world.set(literals, 0, seven);
    });
    one(
        send,
        "Context>>size @1: ",
        "literal 0 is sent, but is no selector",
    );
    // How many values it takes is up to the send, and how many arguments are pushed to the call.
    assert!(
        after(|world| {
            let code = [0x22, 0x81, 0x90, 0xf2];
            world.method("Context", "size", &code, &["at:"]);
        })
        .is_empty()
    );
}

#[test]
fn a_method_and_its_parts() {
    let mut world = small_world();
    let code = [0x20, 0x81, 0x90, 0xf2];
    let method = world.method("Context", "at:", &code, &["size"]);
    let text = world.string("at: x ^ self size");
    world.set(method, 6, text);
    let parts = method_shape(&world.image, method).unwrap();
    assert_eq!((parts.name, parts.code), (&b"at:"[..], &code[..]));
    assert_eq!(
        (parts.arity(), parts.stack_size, parts.temporaries),
        (2, 4, 2)
    );
    assert_eq!(parts.class, world.named("Context"));
    assert_eq!(parts.text, Some(&b"at: x ^ self size"[..]));
    assert!(parts.verify(&world.image).is_ok());
    let listing = parts.disassemble(&world.image);
    assert!(listing.contains("send               String 'size', 1 argument"));
}
