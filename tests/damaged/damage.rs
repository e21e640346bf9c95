//! Copies of an image that are damaged where it matters: kinds, classes, references, lengths, code.
//!
//! A copy is made of records, which can say what no image can, and written by an encoder that
//! believes everything.

use smallworld_image::{Format, Image, ObjId, Payload, class_slot, method_slot};

/// Methods without which nothing is evaluated, or no error reported.
const VITAL: [&[u8]; 9] = [
    b"error:",
    b"doesNotUnderstand:",
    b"printString",
    b"doIt",
    b"backtrace",
    b"current",
    b"halt",
    b"+",
    b"notify:",
];

/// A small generator of its own keeps the copies the same everywhere (Steele, Lea and Flood,
/// "Fast splittable pseudorandom number generators", 2014).
pub struct Random(u64);

impl Random {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        (!all.is_empty()).then(|| all[self.below(all.len())])
    }
}

#[derive(Clone)]
enum Content {
    Slots,
    Int(i32),
    Bytes(Vec<u8>),
    Float(String),
}

/// An object as a file has it, whether that makes sense or not.
#[derive(Clone)]
struct Record {
    /// Instead of the kind that goes with the content.
    kind: Option<i32>,
    class: u32,
    slots: Vec<u32>,
    content: Content,
    /// Added to the lengths that the file says.
    length: i32,
    slot_count: i32,
}

/// A copy under work.
pub struct Replica<'i> {
    image: &'i Image,
    records: Vec<Record>,
    /// The indices of the roots, where the file lists them.
    roots: Vec<u32>,
    methods: Vec<ObjId>,
    vital: Vec<ObjId>,
    classes: Vec<ObjId>,
    /// What was done.
    pub done: Vec<String>,
}

impl<'i> Replica<'i> {
    /// The copy of an image, undamaged.
    pub fn of(image: &'i Image) -> Replica<'i> {
        let records = image.objects.iter().map(|o| Record {
            kind: None,
            class: o.class.0,
            slots: o.slots.iter().map(|s| s.0).collect(),
            content: match &o.payload {
                Payload::Slots => Content::Slots,
                Payload::SmallInt(n) => Content::Int(*n),
                Payload::Bytes(b) => Content::Bytes(b.clone()),
                Payload::Float(bits) => Content::Float(f64::from_bits(*bits).to_string()),
            },
            length: 0,
            slot_count: 0,
        });
        let r = &image.roots;
        let mut roots = vec![r.nil, r.true_, r.false_];
        roots.extend(&r.small_ints);
        roots.extend([r.array, r.block, r.context, r.small_int]);
        let methods: Vec<ObjId> = image.methods().iter().map(|m| m.method).collect();
        let name = |m: &&ObjId| {
            let name = image.slot(**m, method_slot::NAME);
            name.and_then(|n| image.bytes_of(n)).unwrap_or_default()
        };
        Replica {
            image,
            records: records.collect(),
            roots: roots.into_iter().map(|r| r.0).collect(),
            vital: methods
                .iter()
                .filter(|m| VITAL.contains(&name(m)))
                .copied()
                .collect(),
            methods,
            classes: image.classes(),
            done: Vec::new(),
        }
    }

    /// Damages it in one place.
    pub fn damage(&mut self, r: &mut Random) {
        // What is refused at once is damaged less often than what only shows when it is used.
        let done = match r.below(24) {
            0 => self.kind(r),
            1 => self.length(r),
            2 => self.root(r),
            3 => self.swap(r),
            4 | 5 => self.class(r),
            6..=8 => self.slot(r),
            9..=11 => self.code(r, false),
            12 | 13 => self.literal(r, false),
            14 => self.size_of_method(r, false),
            15 | 16 => self.slot_of_class(r),
            17 | 18 => self.dictionary(r),
            19 | 20 => self.code(r, true),
            21 => self.literal(r, true),
            22 => self.size_of_method(r, true),
            _ => self.bytes(r),
        };
        self.done.extend(done);
    }

    fn some_object(&self, r: &mut Random) -> usize {
        r.below(self.records.len())
    }

    /// A number for a reference: mostly an object, sometimes none.
    fn reference(&self, r: &mut Random) -> u32 {
        let count = self.records.len() as u32;
        match r.below(40) {
            0 => count,
            1 => u32::MAX,
            2 => 1 << 31,
            3..=7 => self.image.roots.nil.0,
            8..=12 => self.image.roots.small_ints[r.below(10)].0,
            13..=17 => r.of(&self.classes).map_or(0, |c| c.0),
            18..=22 => r.of(&self.methods).map_or(0, |m| m.0),
            _ => self.some_object(r) as u32,
        }
    }

    fn kind(&mut self, r: &mut Random) -> Option<String> {
        let (n, kind) = (self.some_object(r), r.below(5) as i32);
        self.records[n].kind = Some(kind);
        Some(format!("object {n} is of kind {kind}"))
    }

    fn class(&mut self, r: &mut Random) -> Option<String> {
        let n = self.some_object(r);
        let class = match r.below(2) {
            0 => r.of(&self.classes)?.0,
            _ => self.reference(r),
        };
        self.records[n].class = class;
        Some(format!("object {n} is of class {class}"))
    }

    fn set(&mut self, n: usize, slot: usize, value: u32) -> Option<String> {
        *self.records[n].slots.get_mut(slot)? = value;
        Some(format!("slot {slot} of object {n} is {value}"))
    }

    fn slot(&mut self, r: &mut Random) -> Option<String> {
        let n = self.some_object(r);
        let slot = r.below(self.records[n].slots.len());
        let value = self.reference(r);
        self.set(n, slot, value)
    }

    fn length(&mut self, r: &mut Random) -> Option<String> {
        let n = self.some_object(r);
        let by = [1, -1, 2, -2, 4, 1000, i32::MAX, i32::MIN][r.below(8)];
        match r.below(2) {
            0 => self.records[n].length = by,
            _ => self.records[n].slot_count = by,
        }
        Some(format!("a length of object {n} is wrong by {by}"))
    }

    fn method(&self, r: &mut Random, vital: bool) -> Option<usize> {
        let all = if vital { &self.vital } else { &self.methods };
        Some(r.of(all)?.index())
    }

    fn part(&self, method: usize, slot: usize) -> Option<usize> {
        let part = *self.records[method].slots.get(slot)? as usize;
        (part < self.records.len()).then_some(part)
    }

    fn code(&mut self, r: &mut Random, vital: bool) -> Option<String> {
        let method = self.method(r, vital)?;
        let code = self.part(method, method_slot::BYTECODES)?;
        let Content::Bytes(bytes) = &mut self.records[code].content else {
            return None;
        };
        let at = r.below(bytes.len());
        let byte = bytes.get_mut(at)?;
        *byte = match r.below(3) {
            0 => *byte ^ (1 << r.below(8)),
            1 => (*byte & 0xf0) | r.below(16) as u8,
            _ => r.below(256) as u8,
        };
        Some(format!(
            "byte {at} of the code of method {method} is {byte:#04x}"
        ))
    }

    fn literal(&mut self, r: &mut Random, vital: bool) -> Option<String> {
        let method = self.method(r, vital)?;
        let literals = self.part(method, method_slot::LITERALS)?;
        let slot = r.below(self.records[literals].slots.len());
        let value = self.reference(r);
        self.set(literals, slot, value)
    }

    fn size_of_method(&mut self, r: &mut Random, vital: bool) -> Option<String> {
        let method = self.method(r, vital)?;
        let slot = [
            method_slot::STACK_SIZE,
            method_slot::TEMPORARY_SIZE,
            method_slot::CLASS,
            method_slot::NAME,
        ][r.below(4)];
        let value = self.reference(r);
        self.set(method, slot, value)
    }

    fn slot_of_class(&mut self, r: &mut Random) -> Option<String> {
        let class = r.of(&self.classes)?;
        let slot = r.below(class_slot::CLASS_VARIABLES);
        let value = match r.below(3) {
            0 => class.0,
            1 => r.of(&self.classes)?.0,
            _ => self.reference(r),
        };
        self.set(class.index(), slot, value)
    }

    fn root(&mut self, r: &mut Random) -> Option<String> {
        let root = r.below(self.roots.len());
        if self.image.format == Format::V1 {
            // There they are the first objects.
            let (a, b) = (root.min(16), self.some_object(r));
            self.records.swap(a, b);
            return Some(format!("object {b} is in the place of root {a}"));
        }
        let value = self.reference(r);
        self.roots[root] = value;
        Some(format!("root {root} is {value}"))
    }

    fn swap(&mut self, r: &mut Random) -> Option<String> {
        let (a, b) = (self.some_object(r), self.some_object(r));
        self.records.swap(a, b);
        Some(format!("objects {a} and {b} have changed places"))
    }

    /// The Array of a class's methods is replaced, or one of its elements.
    fn dictionary(&mut self, r: &mut Random) -> Option<String> {
        let class = r.of(&self.classes)?;
        let array = self.part(class.index(), class_slot::METHODS)?;
        match r.below(4) {
            0 => {
                let other = r.of(&self.classes)?;
                let value = self.part(other.index(), class_slot::METHODS)? as u32;
                self.set(class.index(), class_slot::METHODS, value)
            }
            1 => {
                let value = self.reference(r);
                self.set(class.index(), class_slot::METHODS, value)
            }
            2 => {
                self.records[array].content = Content::Bytes(vec![0; r.below(40)]);
                self.records[array].slots.clear();
                Some(format!("the methods of class {} are bytes", class.0))
            }
            _ => {
                let slot = r.below(self.records[array].slots.len());
                let value = self.reference(r);
                self.set(array, slot, value)
            }
        }
    }

    /// Another value of a SmallInt, or a byte object that is longer, shorter, other.
    fn bytes(&mut self, r: &mut Random) -> Option<String> {
        let n = self.some_object(r);
        match &mut self.records[n].content {
            Content::Int(value) => {
                *value = [-1, i32::MAX, i32::MIN, 255, 65_536, 1 << 27][r.below(6)];
            }
            Content::Bytes(bytes) => match r.below(3) {
                0 => bytes.truncate(bytes.len() / 2),
                1 => bytes.extend([0; 9]),
                _ => bytes.fill(r.below(256) as u8),
            },
            Content::Float(text) => *text = "1.2.3".into(),
            Content::Slots => return None,
        }
        Some(format!("object {n} has another content"))
    }

    /// The file.
    pub fn encode(&self) -> Vec<u8> {
        match self.image.format {
            Format::V1 => self.encode_v1(),
            Format::Swst => self.encode_swst(),
        }
    }

    fn encode_v1(&self) -> Vec<u8> {
        let mut file = 1i32.to_be_bytes().to_vec();
        for record in &self.records {
            let count = record.slots.len() as i32;
            let (kind, extra) = match &record.content {
                Content::Int(_) => (0, 1),
                Content::Bytes(b) => (1, b.len() as i32),
                Content::Slots | Content::Float(_) => (2, 0),
            };
            for word in [
                (4 + count + extra).wrapping_add(record.length),
                record.kind.unwrap_or(kind),
                record.class as i32,
                count.wrapping_add(record.slot_count),
            ] {
                file.extend(word.to_be_bytes());
            }
            for slot in &record.slots {
                file.extend(slot.to_be_bytes());
            }
            match &record.content {
                Content::Int(n) => file.extend(n.to_be_bytes()),
                Content::Bytes(b) => file.extend(b),
                Content::Slots | Content::Float(_) => {}
            }
        }
        file
    }

    fn encode_swst(&self) -> Vec<u8> {
        let mut file = b"SWST\0\0\0\0".to_vec();
        file.extend((self.records.len() as i32).to_be_bytes());
        for record in &self.records {
            let kind = match record.content {
                Content::Slots => 0,
                Content::Int(_) => 1,
                Content::Bytes(_) => 2,
                Content::Float(_) => 3,
            };
            file.push(record.kind.unwrap_or(kind) as u8);
        }
        for record in &self.records {
            file.extend(record.class.to_be_bytes());
            let count = (record.slots.len() as i32).wrapping_add(record.slot_count);
            file.extend(count.to_be_bytes());
            for slot in &record.slots {
                file.extend(slot.to_be_bytes());
            }
            match &record.content {
                Content::Int(n) => file.extend(n.to_be_bytes()),
                Content::Bytes(b) => {
                    let length = (b.len() as i32).wrapping_add(record.length);
                    file.extend(length.to_be_bytes());
                    file.extend(b);
                }
                Content::Float(text) => {
                    file.push(text.len().wrapping_add(record.length as usize) as u8);
                    file.extend(text.as_bytes());
                }
                Content::Slots => {}
            }
        }
        file.extend((self.image.roots.small_ints.len() as i32).to_be_bytes());
        for root in &self.roots {
            file.extend(root.to_be_bytes());
        }
        file
    }
}

/// The damaged copy of a seed, and what was done to it.
pub fn damaged(image: &Image, seed: u64) -> (Vec<u8>, String) {
    let mut r = Random::new(seed);
    let mut copy = Replica::of(image);
    let times = 1 + r.below(3);
    while copy.done.len() < times {
        copy.damage(&mut r);
    }
    (copy.encode(), copy.done.join("; "))
}
