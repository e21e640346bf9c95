//! What the tests share: the real images, an image built by hand, and the comparison of two graphs.
#![allow(dead_code)] // Each test binary uses its own part.

use std::collections::HashMap;

use smallworld_image::{Format, Image, ObjId, Object, Payload, Roots};

/// The name and bytes of each real image that is there, and loud words where one is not.
pub fn real_images() -> Vec<(&'static str, Vec<u8>)> {
    let years = [
        (2015, "smallworld-2015.image"),
        (2004, "smallworld-2004.image"),
    ];
    let read = |(year, name)| {
        let path = smallworld_needs::shared_image(year)?;
        Some((
            name,
            std::fs::read(path).expect("a shared image can be read"),
        ))
    };
    years.into_iter().filter_map(read).collect()
}

/// An image under construction. Its classes are Object, Class, and those of the roots, with metaclasses.
pub struct Builder {
    pub image: Image,
    classes: HashMap<String, ObjId>,
}

impl Builder {
    pub fn new() -> Self {
        let nothing = ObjId(0);
        let roots = Roots {
            nil: nothing,
            true_: nothing,
            false_: nothing,
            array: nothing,
            block: nothing,
            context: nothing,
            small_int: nothing,
            small_ints: vec![],
        };
        let mut builder = Builder {
            image: Image {
                format: Format::V1,
                objects: vec![],
                roots,
            },
            classes: HashMap::new(),
        };
        // Classes need strings and ints, which need classes: make all with no class yet, and set it after.
        for _ in 0..3 {
            builder.add(nothing, &[], Payload::Slots);
        }
        builder.image.roots.true_ = ObjId(1);
        builder.image.roots.false_ = ObjId(2);
        builder.class("Object", None, 0);
        builder.class("Class", Some("Object"), 5);
        for name in [
            "Undefined",
            "Boolean",
            "Array",
            "String",
            "SmallInt",
            "Context",
            "Block",
            "Method",
        ] {
            builder.class(name, Some("Object"), 0);
        }
        builder.fix();
        builder
    }

    /// Gives every object made by `new` its class, and sets the roots.
    fn fix(&mut self) {
        let class = |name: &str| self.classes[name];
        let roots = &mut self.image.roots;
        roots.array = class("Array");
        roots.block = class("Block");
        roots.context = class("Context");
        roots.small_int = class("SmallInt");
        let (string, class_class, boolean) = (class("String"), class("Class"), class("Boolean"));
        let object_meta = self.image.objects[class("Object").index()].class;
        let undefined = class("Undefined");
        for (number, object) in self.image.objects.iter_mut().enumerate() {
            match object.payload {
                Payload::Bytes(_) => object.class = string,
                Payload::SmallInt(_) => object.class = self.image.roots.small_int,
                Payload::Slots if number == 0 => object.class = undefined,
                Payload::Slots if number < 3 => object.class = boolean,
                Payload::Slots if object.class == ObjId(0) => object.class = class_class,
                Payload::Slots | Payload::Float(_) => {}
            }
        }
        // The class side of Object inherits from Class.
        self.image.objects[object_meta.index()].slots[1] = class_class;
        for value in 0..10 {
            let int = self.int(value);
            self.image.roots.small_ints.push(int);
        }
    }

    pub fn add(&mut self, class: ObjId, slots: &[ObjId], payload: Payload) -> ObjId {
        let id = ObjId(self.image.objects.len() as u32);
        self.image.objects.push(Object {
            class,
            slots: slots.to_vec(),
            payload,
        });
        id
    }

    pub fn int(&mut self, value: i32) -> ObjId {
        let class = self.image.roots.small_int;
        self.add(class, &[], Payload::SmallInt(value))
    }

    pub fn string(&mut self, text: &str) -> ObjId {
        let class = self.classes.get("String").copied().unwrap_or(ObjId(0));
        self.add(class, &[], Payload::Bytes(text.into()))
    }

    pub fn array(&mut self, elements: &[ObjId]) -> ObjId {
        self.add(self.image.roots.array, elements, Payload::Slots)
    }

    /// A class and its metaclass, which inherit from `superclass` and its metaclass.
    pub fn class(&mut self, name: &str, superclass: Option<&str>, size: i32) -> ObjId {
        let nil = ObjId(0);
        let above = superclass.map_or(nil, |name| self.classes[name]);
        let above_meta = match superclass {
            Some(_) => self.image.objects[above.index()].class,
            None => nil,
        };
        let class_class = self.classes.get("Class").copied().unwrap_or(nil);
        let meta_name = self.string(&format!("Meta{name}"));
        let five = self.int(5);
        let meta = self.add(
            class_class,
            &[meta_name, above_meta, nil, five, nil],
            Payload::Slots,
        );
        let name_object = self.string(name);
        let size = self.int(size);
        let class = self.add(meta, &[name_object, above, nil, size, nil], Payload::Slots);
        self.classes.insert(name.to_owned(), class);
        class
    }

    pub fn named(&self, name: &str) -> ObjId {
        self.classes[name]
    }

    /// A method of class `class`, the only one in its methods array. Literals are selectors.
    pub fn method(&mut self, class: &str, name: &str, code: &[u8], literals: &[&str]) -> ObjId {
        let literals: Vec<ObjId> = literals.iter().map(|text| self.string(text)).collect();
        let parts = [
            self.string(name),
            self.add(self.named("String"), &[], Payload::Bytes(code.to_vec())),
            self.array(&literals),
            self.int(4),
            self.int(2),
            self.named(class),
            self.image.roots.nil,
        ];
        let method = self.add(self.named("Method"), &parts, Payload::Slots);
        let methods = self.array(&[method]);
        self.set(self.named(class), 2, methods);
        method
    }

    pub fn set(&mut self, object: ObjId, slot: usize, value: ObjId) {
        self.image.objects[object.index()].slots[slot] = value;
    }
}

/// An image of a few classes and two methods, sound in every way.
pub fn small_world() -> Builder {
    let mut builder = Builder::new();
    builder.method("Object", "yourself", &[0xf1], &[]);
    // x min: y   ^ x < y ifTrue: [x] ifFalse: [y]
    let code = [
        0x20, 0x21, 0xb0, 0xf8, 8, 0x20, 0xf6, 9, 0x21, 0xf2, 0xf5, 0xf1,
    ];
    builder.method("SmallInt", "min:", &code, &[]);
    builder
}

/// Whether two images are the same graph, as seen from their roots; the first difference if not.
pub fn same_graph(a: &Image, b: &Image) -> Result<usize, String> {
    let all = |image: &Image| {
        let r = &image.roots;
        let mut roots = vec![r.nil, r.true_, r.false_];
        roots.extend([r.array, r.block, r.context, r.small_int]);
        roots.extend(&r.small_ints[..10]);
        roots
    };
    let mut pairs: Vec<(ObjId, ObjId)> = all(a).into_iter().zip(all(b)).collect();
    let (mut forth, mut back) = (HashMap::new(), HashMap::new());
    while let Some((x, y)) = pairs.pop() {
        let seen = (forth.insert(x, y), back.insert(y, x));
        match seen {
            (None, None) => {}
            (Some(before), Some(other)) if before == y && other == x => continue,
            _ => return Err(format!("{x:?} and {y:?} are not each other's only partner")),
        }
        let (p, q) = (&a.objects[x.index()], &b.objects[y.index()]);
        if p.payload != q.payload || p.slots.len() != q.slots.len() {
            return Err(format!("{} is not {}", a.describe(x), b.describe(y)));
        }
        pairs.push((p.class, q.class));
        pairs.extend(p.slots.iter().copied().zip(q.slots.iter().copied()));
    }
    Ok(forth.len())
}
