//! Programs in bytecode. The verifier looks at the code only; what it accepts may send
//! anything to anything, give primitives any arguments, take contexts and blocks apart and
//! change methods that are running. None of that may touch memory that is not its own.
//!
//! The input begins with a byte of options (bits 0 and 1: how often to collect; bit 2: the
//! other dialect; bit 3: run it twice). Then come methods, each as its class, its selector, the number of its
//! temporaries, its literals and its code; see [`encode`].

use crate::{Bytes, small, watchdog};
use smallworld_image::{Format, Image, ObjId, Object, Payload, class_slot, method_slot};
use smallworld_runtime::Vm;
use smallworld_runtime::ui::Headless;

/// Classes that get methods; an odd number is the class's metaclass.
pub const CLASSES: [&str; 16] = [
    "Object",
    "Undefined",
    "True",
    "False",
    "SmallInt",
    "String",
    "Array",
    "ByteArray",
    "Block",
    "Context",
    "Method",
    "Class",
    "Char",
    "LargePositive",
    "LargeNegative",
    "Thing",
];

/// Selectors, as names of methods and as literals.
pub const SELECTORS: [&str; 24] = [
    "doIt",
    "go",
    "error:",
    "doesNotUnderstand:",
    "value",
    "value:",
    "value:value:",
    "+",
    "-",
    "<",
    "=",
    "at:",
    "at:put:",
    "one",
    "one:",
    "one:two:",
    "one:two:three:",
    "a:b:c:d:",
    "a:b:c:d:e:f:",
    "new",
    "isNil",
    "printString",
    "grow:",
    "loop",
];

/// Collect at every n-th safepoint (0: when memory is full), by the options of the input.
const STRESS: [u32; 4] = [0, 1, 17, 0];

/// Most methods in a program.
const MOST: usize = 8;

/// Runs the program, if it is one.
pub fn feed(bytes: &[u8]) {
    let mut input = Bytes::new(bytes);
    let options = input.byte();
    let mut image = small::image().clone();
    if options & 4 != 0 {
        image.format = Format::Swst;
    }
    for _ in 0..MOST {
        if input.is_empty() {
            break;
        }
        add_method(&mut image, &mut input);
    }
    let file = image.write(image.format);
    let image = Image::read(&file).expect("a sound image");
    let ui = Box::new(Headless::silent());
    let mut vm = Vm::new(
        &small::source(&image),
        small::options(STRESS[usize::from(options & 3)]),
        ui,
    );
    for _ in 0..=(options >> 3 & 1) {
        let _ = watchdog::limited(&mut vm, |vm| vm.evaluate(b"x"));
        let _ = watchdog::limited(&mut vm, Vm::run_rest);
    }
    vm.forget_processes();
    let _ = vm.counts();
    let _ = vm.profile();
    let exported = vm.export();
    let _ = Image::read(&exported.write(exported.format));
}

fn class(image: &Image, number: u8) -> ObjId {
    let name = CLASSES[usize::from(number >> 1) % CLASSES.len()];
    let is_wanted =
        |id: &ObjId| image.is_class(*id) && image.class_name_bytes(*id) == Some(name.as_bytes());
    let ids = (0..image.objects.len() as u32).map(ObjId);
    let class = ids.into_iter().find(is_wanted).expect("the class is there");
    match number & 1 {
        0 => class,
        _ => image.objects[class.index()].class,
    }
}

fn add(image: &mut Image, class: ObjId, slots: Vec<ObjId>, payload: Payload) -> ObjId {
    image.objects.push(Object {
        class,
        slots,
        payload,
    });
    ObjId(image.objects.len() as u32 - 1)
}

fn string(image: &mut Image, bytes: &[u8]) -> ObjId {
    let class = class(image, 5 << 1);
    add(image, class, vec![], Payload::Bytes(bytes.to_vec()))
}

fn int(image: &mut Image, value: i32) -> ObjId {
    let class = image.roots.small_int;
    add(image, class, vec![], Payload::SmallInt(value))
}

/// A literal: `0 selector`, `1 class`, `2 high low` (a SmallInt), `3 length bytes…` (a
/// String), `4` nil, `5` true, `6 length` (an Array of nils), `7` the method itself.
fn literal(image: &mut Image, input: &mut Bytes, method: ObjId) -> ObjId {
    match input.byte() % 8 {
        0 => {
            let n = usize::from(input.byte()) % SELECTORS.len();
            string(image, SELECTORS[n].as_bytes())
        }
        1 => class(image, input.byte()),
        2 => {
            let (high, low) = (input.byte() as i8, input.byte());
            // The ends of the range are a few steps from the middle.
            let value = i32::from(high).wrapping_mul(1 << 24) ^ i32::from(low);
            int(image, value)
        }
        3 => {
            let length = input.byte().into();
            let bytes = input.take(length);
            string(image, bytes)
        }
        4 => image.roots.nil,
        5 => image.roots.true_,
        6 => {
            let slots = vec![image.roots.nil; input.byte().into()];
            add(image, image.roots.array, slots, Payload::Slots)
        }
        _ => method,
    }
}

fn add_method(image: &mut Image, input: &mut Bytes) {
    let owner = class(image, input.byte());
    let selector = SELECTORS[usize::from(input.byte()) % SELECTORS.len()];
    let temporaries = input.byte();
    let method_class = class(image, 10 << 1);
    let nil = image.roots.nil;
    let method = add(image, method_class, vec![nil; 7], Payload::Slots);
    let count = input.byte() % 16;
    let literals = (0..count).map(|_| literal(image, input, method)).collect();
    let length = input.byte().into();
    let code = input.take(length).to_vec();
    let byte_array = class(image, 7 << 1);
    let mut slots = vec![nil; 7];
    slots[method_slot::NAME] = string(image, selector.as_bytes());
    slots[method_slot::BYTECODES] = add(image, byte_array, vec![], Payload::Bytes(code));
    slots[method_slot::LITERALS] = add(image, image.roots.array, literals, Payload::Slots);
    slots[method_slot::STACK_SIZE] = int(image, 20);
    slots[method_slot::TEMPORARY_SIZE] = int(image, temporaries.into());
    slots[method_slot::CLASS] = owner;
    image.objects[method.index()].slots = slots;
    // It goes before the class's own methods, of which one may have the same selector.
    let mut methods = vec![method];
    methods.extend(image.methods_of(owner));
    let methods = add(image, image.roots.array, methods, Payload::Slots);
    image.objects[owner.index()].slots[class_slot::METHODS] = methods;
}

/// The bytes that make [`feed`] add this method of the small image, if there are such.
pub fn encode(image: &Image, method: ObjId, class: u8, selector: u8) -> Option<Vec<u8>> {
    let parts = smallworld_image::method_shape(image, method).ok()?;
    let mut bytes = vec![class, selector, parts.temporaries.try_into().ok()?];
    bytes.push(
        u8::try_from(parts.literals.len())
            .ok()
            .filter(|&n| n < 16)?,
    );
    for &literal in &parts.literals {
        if let Some(value) = image.int_of(literal) {
            bytes.extend([2, (value >> 24) as u8, value as u8]);
        } else if let Some(text) = image.bytes_of(literal) {
            match SELECTORS.iter().position(|s| s.as_bytes() == text) {
                Some(n) => bytes.extend([0, n as u8]),
                None => {
                    bytes.extend([3, text.len().try_into().ok()?]);
                    bytes.extend(text);
                }
            }
        } else if let Some(n) = image
            .class_name_bytes(literal)
            .and_then(|name| CLASSES.iter().position(|c| c.as_bytes() == name))
        {
            bytes.extend([1, (n as u8) << 1]);
        } else {
            bytes.push(4);
        }
    }
    bytes.push(parts.code.len().try_into().ok()?);
    bytes.extend(parts.code);
    Some(bytes)
}
