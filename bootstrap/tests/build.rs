//! Builds small images and looks at what is in them.

use smallworld_bootstrap::{Source, build};
use smallworld_image::{Format, Image, ObjId, Payload, class_slot, method_shape};

/// The least a machine can start with: the classes it knows, without methods.
fn core() -> Vec<Source> {
    let context = "method arguments temporaries stack bytePointer stackTop previousContext";
    [
        ("Object", "nil", ""),
        ("Undefined", "Object", ""),
        ("True", "Object", ""),
        ("False", "Object", ""),
        ("SmallInt", "Object", ""),
        ("LargePositive", "Object", ""),
        ("LargeNegative", "Object", ""),
        ("Char", "Object", "value"),
        ("Array", "Object", ""),
        ("ByteArray", "Array", ""),
        ("String", "Array", ""),
        ("Class", "Object", "name parentClass methods size variables"),
        (
            "Method",
            "Object",
            "name byteCodes literals stackSize temporarySize class text",
        ),
        ("Context", "Object", context),
        (
            "Block",
            "Context",
            "argumentLocation creatingContext oldBytePointer",
        ),
    ]
    .iter()
    .map(|(name, superclass, variables)| {
        let text = format!("Class: {name}\nSuperclass: {superclass}\nVariables: {variables}\n");
        Source::new(format!("{name}.st"), text)
    })
    .collect()
}

fn core_and(texts: &[&str]) -> Vec<Source> {
    let mut sources = core();
    for (number, text) in texts.iter().enumerate() {
        sources.push(Source::new(format!("{number}.st"), *text));
    }
    sources
}

fn built(texts: &[&str]) -> Image {
    match build(&core_and(texts)) {
        Ok(image) => image,
        Err(diagnostics) => {
            let shown: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
            panic!("{}", shown.join("\n"));
        }
    }
}

fn faults(texts: &[&str]) -> Vec<String> {
    let diagnostics = build(&core_and(texts)).unwrap_err();
    let shown = diagnostics.iter().map(ToString::to_string);
    shown
        .map(|text| text.lines().next().unwrap().to_string())
        .collect()
}

fn class(image: &Image, name: &str) -> ObjId {
    let named = |class: &ObjId| image.name_of_class(*class) == name;
    image.classes().into_iter().find(named).unwrap()
}

fn strings(image: &Image, array: ObjId) -> Vec<String> {
    let elements = image.slots_of(array).unwrap();
    let text = |id: &ObjId| String::from_utf8(image.bytes_of(*id).unwrap().to_vec()).unwrap();
    elements.iter().map(text).collect()
}

#[test]
fn an_image_reads_back_and_has_no_problems() {
    let image = built(&["Extend: Object\n---- instance\nfoo\n\t^ [:x | x + 1]\n"]);
    assert_eq!(image.check(), []);
    let bytes = image.write(Format::V1);
    let again = Image::read(&bytes).unwrap();
    assert_eq!(again.check(), []);
    assert_eq!(again.write(Format::V1), bytes);
}

#[test]
fn the_order_of_the_sources_does_not_matter() {
    let texts = [
        "Class: A\nSuperclass: B\n",
        "Class: B\nSuperclass: Object\n",
    ];
    let mut sources = core_and(&texts);
    let forth = build(&sources).unwrap();
    sources.reverse();
    assert_eq!(build(&sources).unwrap(), forth);
}

#[test]
fn classes_have_metaclasses() {
    let image = built(&["Class: P\nSuperclass: Object\nVariables: x y\nClass variables: C = 7\n"]);
    let p = class(&image, "P");
    let meta = class(&image, "MetaP");
    assert_eq!(image.class_of(p), Some(meta));
    assert_eq!(image.class_of(meta), Some(class(&image, "Class")));
    assert_eq!(image.superclass_of(meta), Some(class(&image, "MetaObject")));
    let meta_object = class(&image, "MetaObject");
    assert_eq!(
        image.superclass_of(meta_object),
        Some(class(&image, "Class"))
    );

    let slot = |class, n| image.slot(class, n).unwrap();
    assert_eq!(image.int_of(slot(p, class_slot::SIZE)), Some(2));
    assert_eq!(strings(&image, slot(p, class_slot::VARIABLES)), ["x", "y"]);
    assert_eq!(image.int_of(slot(p, class_slot::CLASS_VARIABLES)), Some(7));
    assert_eq!(image.int_of(slot(meta, class_slot::SIZE)), Some(6));
    assert_eq!(strings(&image, slot(meta, class_slot::VARIABLES)), ["C"]);
}

#[test]
fn both_sides_see_class_variables() {
    let image = built(&[
        "Class: P\nSuperclass: Object\nClass variables: A C\n---- instance\nget ^ C\n---- class\nget ^ C\n",
    ]);
    let codes: Vec<Vec<u8>> = image
        .methods()
        .iter()
        .map(|found| method_shape(&image, found.method).unwrap().code.to_vec())
        .collect();
    assert!(codes.contains(&vec![0xe1, 0xf2, 0xf5, 0xf1]));
    assert!(codes.contains(&vec![0x16, 0xf2, 0xf5, 0xf1]));
}

#[test]
fn initial_values_become_objects() {
    let image = built(&[
        "Class: P\nSuperclass: Object\nClass variables: a = #('x' $y 12345678901) b = %classes c = P\n",
    ]);
    let p = class(&image, "P");
    let value = |n| image.slot(p, class_slot::CLASS_VARIABLES + n).unwrap();
    let elements = image.slots_of(value(0)).unwrap();
    assert_eq!(image.bytes_of(elements[0]), Some(&b"x"[..]));
    assert_eq!(image.class_name(elements[1]), "Char");
    assert_eq!(image.class_name(elements[2]), "LargePositive");
    let bytes = 12_345_678_901_u64.to_le_bytes();
    assert_eq!(image.bytes_of(elements[2]), Some(&bytes[..5]));
    let names: Vec<String> = image
        .slots_of(value(1))
        .unwrap()
        .iter()
        .map(|class| image.name_of_class(*class))
        .collect();
    assert_eq!(names.len(), 16);
    assert_eq!(names[0], "Array");
    assert!(names.is_sorted());
    assert_eq!(value(2), p);
}

#[test]
fn subclasses_inherit_the_slots_of_class_variables() {
    let image = built(&[
        "Class: P\nSuperclass: Object\nClass variables: C = 7\n",
        "Class: Q\nSuperclass: P\n",
    ]);
    let q = class(&image, "Q");
    assert_eq!(
        image.int_of(image.slot(q, class_slot::CLASS_VARIABLES).unwrap()),
        Some(7)
    );
    let meta = class(&image, "MetaQ");
    assert_eq!(
        image.int_of(image.slot(meta, class_slot::SIZE).unwrap()),
        Some(6)
    );
}

#[test]
fn both_formats_can_be_mixed() {
    let image = built(&[
        "EVAL Class addNewClass: (Object subclass: 'P' variables: 'x' classVariables: '')\n\
         METHOD P\nx\n\t^ x\n!\n",
        "Extend: P\n---- instance\ny ^ x\n",
    ]);
    let names: Vec<String> = image.methods().iter().map(|it| it.name(&image)).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let method = method_shape(&image, image.methods()[0].method).unwrap();
    assert_eq!(method.text, Some(&b"x\n\t^ x"[..]));
}

#[test]
fn small_ints_are_shared_and_strings_are_not() {
    let image = built(&["Extend: Object\n---- instance\nf ^ {77. 77. 's'. 's'}\n"]);
    let method = method_shape(&image, image.methods()[0].method).unwrap();
    let literals = &method.literals;
    assert_eq!(literals[0], literals[1]);
    assert_ne!(literals[2], literals[3]);
    let count = |value| {
        let same = |it: &&smallworld_image::Object| it.payload == Payload::SmallInt(value);
        image.objects.iter().filter(same).count()
    };
    assert_eq!(count(77), 1);
}

#[test]
fn all_faults_are_reported_with_their_places() {
    let first = "Class: A\nSuperclass: Nothing\n\n---- instance\n\nbad\n\t^ (3\n\ngood\n\t^ 1\n\ngood\n\t^ foo\n";
    let second = "Extend: B\n---- instance\nf ^ 1\n";
    let third = "Class: C\nSuperclass: D\n---- class\nf ^ 2.5\n";
    let fourth = "Class: D\nSuperclass: C\nClass variables: x = Zork\n---- class\ng ^ 1\ng ^ 2\n";
    assert_eq!(
        faults(&[first, second, third, fourth]),
        [
            "0.st:1:1: unknown superclass 'Nothing' of A",
            "0.st:7:6: unexpected the end of the text, expected ')'",
            "0.st:13:4: unknown name 'foo'",
            "1.st:3:1: this method's class B is not defined",
            "2.st:1:1: C is its own superclass",
            "2.st:4:1: f: an image without closures cannot hold a float literal; compute it, as in '(5 asFloat / 2)'",
            "3.st:3:18: unknown class 'Zork'",
            "3.st:6:1: D class >> g is defined twice",
        ]
    );
}

#[test]
fn variables_must_differ() {
    let faults = faults(&[
        "Class: A\nSuperclass: Object\nVariables: x\nClass variables: C\n",
        "Class: B\nSuperclass: A\nVariables: x\nClass variables: D\n",
        "Class: E\nSuperclass: Object\nClass variables: name\n",
    ]);
    assert_eq!(
        faults,
        [
            "1.st:1:1: B has two variables called 'x'",
            "1.st:1:1: B cannot have class variables: a superclass has some, and instances would \
             find those in their place",
            "2.st:1:1: E has two variables called 'name'",
        ]
    );
}

#[test]
fn missing_classes_are_reported() {
    let diagnostics = build(&[]).unwrap_err();
    assert_eq!(diagnostics.len(), 15);
    assert_eq!(diagnostics[0].message, "no source defines class Array");
}
