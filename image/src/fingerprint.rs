//! A number by which a method is known again in another image.
//!
//! Two methods have the same fingerprint when class name, selector, bytecode, number of
//! temporaries and literals are the same; literals are compared by what they are made
//! of, classes by name. Native code made for one then serves the other.

use crate::{Image, ObjId, Payload, class_slot, method_shape, method_slot};

/// How far literals are followed (a Char is an object that holds a SmallInt).
const DEPTH: usize = 4;

/// The fingerprint of a method; nothing if the object has not the shape of one.
pub fn fingerprint(image: &Image, method: ObjId) -> Option<u64> {
    let parts = method_shape(image, method).ok()?;
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    let class = image.slot(method, method_slot::CLASS)?;
    hash.bytes(image.class_name_bytes(class).unwrap_or_default());
    hash.bytes(parts.name);
    hash.bytes(parts.code);
    hash.number(parts.temporaries as u64);
    hash.number(parts.literals.len() as u64);
    for &literal in &parts.literals {
        object(image, literal, DEPTH, &mut hash);
    }
    Some(hash.0)
}

/// A hash of bytes that will be the same in every build (the compiler's own need not be).
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    hash.bytes(bytes);
    hash.0
}

fn object(image: &Image, id: ObjId, depth: usize, hash: &mut Fnv) {
    let Some(o) = image.get(id) else { return };
    let name = image.class_name_bytes(o.class).unwrap_or_default();
    match &o.payload {
        Payload::SmallInt(n) => {
            hash.number(1);
            hash.number(*n as u64);
        }
        Payload::Bytes(b) => {
            hash.number(2);
            hash.bytes(name);
            hash.bytes(b);
        }
        Payload::Float(bits) => {
            hash.number(5);
            hash.bytes(name);
            hash.number(*bits);
        }
        Payload::Slots if image.is_class(id) => {
            hash.number(3);
            let own = image.slot(id, class_slot::NAME);
            hash.bytes(own.and_then(|n| image.bytes_of(n)).unwrap_or_default());
        }
        Payload::Slots => {
            hash.number(4);
            hash.bytes(name);
            hash.number(o.slots.len() as u64);
            if depth > 0 {
                for &s in &o.slots {
                    object(image, s, depth - 1, hash);
                }
            }
        }
    }
}

/// Fowler, Noll and Vo's hash, 64 bits, variant 1a.
struct Fnv(u64);

impl Fnv {
    fn byte(&mut self, b: u8) {
        self.0 = (self.0 ^ b as u64).wrapping_mul(0x0000_0100_0000_01b3);
    }

    fn number(&mut self, n: u64) {
        for b in n.to_le_bytes() {
            self.byte(b);
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        for &b in bytes {
            self.byte(b);
        }
    }
}
