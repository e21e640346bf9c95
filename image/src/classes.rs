//! Classes and methods, found in the object graph.
//!
//! Source: the format specification, "Objects the machine knows".

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::check::Problem;
use crate::closures::{block_name, closure_literals, methods_inside};
use crate::object::{Image, ObjId, Payload};
use crate::verify::{Analysis, Shape, VerifyError, selector_arity, verify};
use crate::{class_slot, method_slot};
use smallworld_abi::layout::class_number;

/// A method, or a block that is one, and where it was found.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct MethodRef {
    /// The class whose methods array holds it.
    pub class: ObjId,
    /// The method.
    pub method: ObjId,
    /// Its index in the methods array, from 0; of a block, that of the method it is in.
    pub index: usize,
    /// Which block of the method it is, from 1; 0 for the method itself.
    pub block: usize,
}

impl MethodRef {
    /// `Class>>selector`, for messages.
    pub fn name(&self, image: &Image) -> String {
        format!(
            "{}>>{}",
            image.name_of_class(self.class),
            self.selector(image)
        )
    }

    /// Its selector, for messages and profiles. A block is called after its method.
    pub fn selector(&self, image: &Image) -> String {
        let home = image.methods_of(self.class).get(self.index);
        let home = home.copied().unwrap_or(self.method);
        let selector = image.slot(home, method_slot::NAME);
        let selector = match selector.and_then(|selector| image.bytes_of(selector)) {
            Some(selector) => String::from_utf8_lossy(selector).into_owned(),
            None => format!("(methods[{}])", self.index),
        };
        match self.block {
            0 => selector,
            n => block_name(&selector, n),
        }
    }
}

/// The parts of a well-shaped method.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MethodParts<'a> {
    /// Its selector.
    pub name: &'a [u8],
    /// Its bytecode.
    pub code: &'a [u8],
    /// Its literals.
    pub literals: Vec<ObjId>,
    /// How many operands its contexts hold, as its compiler counted them.
    pub stack_size: usize,
    /// How many temporaries it has, block parameters included.
    pub temporaries: usize,
    /// The class it was compiled for.
    pub class: ObjId,
    /// Its source; `None` when the image has it no more.
    pub text: Option<&'a [u8]>,
    /// The method that it is a block of, if it is one.
    pub outer: Option<ObjId>,
}

impl MethodParts<'_> {
    /// How many arguments it takes by the look of its selector, the receiver included.
    pub fn arity(&self) -> usize {
        selector_arity(self.name)
    }

    /// Verifies its code; see [`verify`].
    ///
    /// # Errors
    /// Everything that is wrong with the code.
    pub fn verify(&self, image: &Image) -> Result<Analysis, Vec<VerifyError>> {
        let is_selector = |literal: usize| {
            let literal = self.literals.get(literal);
            literal.is_some_and(|&literal| image.bytes_of(literal).is_some())
        };
        verify(&Shape {
            code: self.code,
            arity: self.arity(),
            temporaries: self.temporaries,
            literals: self.literals.len(),
            is_selector: &is_selector,
        })
    }

    /// Its code as text, with its literals described.
    pub fn disassemble(&self, image: &Image) -> String {
        let literal = |n: usize| Some(image.describe(*self.literals.get(n)?));
        crate::disassemble(self.code, &literal)
    }
}

/// The parts of the method `method`.
///
/// # Errors
/// When the object is not laid out as a method: the first thing that is wrong with it. Its code is not looked
/// at; [`MethodParts::verify`] does that.
pub fn method_shape(image: &Image, method: ObjId) -> Result<MethodParts<'_>, Problem> {
    let wrong = |message: String| Problem::object(image, method, message);
    let slots = match image.slots_of(method) {
        Some(slots) if slots.len() >= method_slot::COUNT => slots,
        Some(slots) => {
            let (found, wanted) = (slots.len(), method_slot::COUNT);
            return Err(wrong(format!("a method of {found} slots, not {wanted}")));
        }
        None => return Err(wrong(format!("{} is no method", image.describe(method)))),
    };
    let unfit = |slot: usize, what: &str, expected: &str| {
        let found = image.describe(slots[slot]);
        wrong(format!(
            "{what} (slot {slot} of a method) is {found}, not {expected}"
        ))
    };
    let bytes = |slot, what| {
        let found = image.bytes_of(slots[slot]);
        found.ok_or_else(|| unfit(slot, what, "a byte object"))
    };
    // Sizes become array lengths at run time: far above what code can use, they are damage.
    let size = |slot: usize, what| match image.int_of(slots[slot]).map(u16::try_from) {
        Some(Ok(size)) => Ok(usize::from(size)),
        _ => Err(unfit(slot, what, "a SmallInt from 0 to 65535")),
    };
    let name = bytes(method_slot::NAME, "the selector")?;
    let code = bytes(method_slot::BYTECODES, "the bytecode")?;
    let literals = image
        .slots_of(slots[method_slot::LITERALS])
        .ok_or_else(|| unfit(method_slot::LITERALS, "the literals", "an array"))?
        .to_vec();
    let stack_size = size(method_slot::STACK_SIZE, "the stack size")?;
    let temporaries = size(method_slot::TEMPORARY_SIZE, "the number of temporaries")?;
    let class = slots[method_slot::CLASS];
    if !image.is_class_shaped(class) {
        return Err(unfit(method_slot::CLASS, "the class", "a class"));
    }
    let text = match slots[method_slot::TEXT] {
        nil if nil == image.roots.nil => None,
        _ => Some(bytes(method_slot::TEXT, "the source")?),
    };
    let outer = slots.get(method_slot::OUTER).copied();
    Ok(MethodParts {
        outer: outer.filter(|&outer| outer != image.roots.nil),
        name,
        code,
        literals,
        stack_size,
        temporaries,
        class,
        text,
    })
}

impl Image {
    /// Whether the object has what every class has: five slots or more, the first of them a byte object.
    pub fn is_class_shaped(&self, id: ObjId) -> bool {
        self.slots_of(id).is_some_and(|slots| {
            slots.len() >= class_slot::CLASS_VARIABLES
                && self.bytes_of(slots[class_slot::NAME]).is_some()
        })
    }

    /// Whether the object is class-shaped and laid out as a class further on: an ordinary object or nil for the
    /// superclass, and a SmallInt for the size. Methods, which also start with a name, are not.
    pub fn is_class(&self, id: ObjId) -> bool {
        self.is_class_shaped(id)
            && self
                .slot(id, class_slot::SUPERCLASS)
                .is_some_and(|superclass| self.slots_of(superclass).is_some())
            && self
                .slot(id, class_slot::SIZE)
                .is_some_and(|size| self.int_of(size).is_some())
    }

    /// The superclass of a class; `None` at the end of the chain, and where the slot holds no class.
    pub fn superclass_of(&self, class: ObjId) -> Option<ObjId> {
        let superclass = self.slot(class, class_slot::SUPERCLASS)?;
        (superclass != self.roots.nil && self.is_class_shaped(superclass)).then_some(superclass)
    }

    /// The elements of a class's methods array; empty where there is none.
    pub fn methods_of(&self, class: ObjId) -> &[ObjId] {
        let methods = self.slot(class, class_slot::METHODS);
        methods
            .and_then(|methods| self.slots_of(methods))
            .unwrap_or_default()
    }

    /// Every class, in the order of their numbers: what an object has as its class, what is an instance of
    /// Class or of a metaclass, the superclasses of those, and the classes their methods name.
    ///
    /// All are class-shaped; [`Image::check`] says what else may be wrong with them.
    pub fn classes(&self) -> Vec<ObjId> {
        let mut found = BTreeSet::new();
        let mut waiting: Vec<ObjId> = self.instances_of_class();
        waiting.extend(self.objects.iter().map(|object| object.class));
        let roots = &self.roots;
        waiting.extend([roots.array, roots.block, roots.context, roots.small_int]);
        let mut arrays = HashSet::new();
        while let Some(class) = waiting.pop() {
            if !self.is_class_shaped(class) || !found.insert(class) {
                continue;
            }
            waiting.extend(self.class_of(class));
            waiting.extend(self.superclass_of(class));
            if arrays.insert(self.slot(class, class_slot::METHODS)) {
                for &method in self.methods_of(class) {
                    if let Ok(parts) = method_shape(self, method) {
                        waiting.push(parts.class);
                    }
                }
            }
        }
        found.into_iter().collect()
    }

    /// The classes in the order of the numbers that the machine gives them: first those that it makes
    /// objects of itself, then those with the `known` names, then all others. The first and the known
    /// have their places whatever the image; a place stays empty if there is no class for it.
    pub fn class_order(&self, known: &[&[u8]]) -> Vec<Option<ObjId>> {
        let roots = &self.roots;
        let first =
            class_number::in_order(roots.small_int, roots.array, roots.block, roots.context);
        let mut placed: HashSet<ObjId> = first.into_iter().collect();
        let mut order = first.map(Some).to_vec();
        let classes = self.classes();
        for &wanted in known.iter().skip(first.len()) {
            let named = |&c: &ObjId| self.name_of_class(c).into_bytes() == wanted;
            let found = classes.iter().copied().find(named);
            order.push(found.filter(|&class| placed.insert(class)));
        }
        let others = classes.into_iter().filter(|&class| placed.insert(class));
        order.extend(others.map(Some));
        order
    }

    /// The objects whose class is Class or inherits from it. A metaclass is an instance of Class, so Class is
    /// the class of the class of any class.
    fn instances_of_class(&self) -> Vec<ObjId> {
        let metaclass = self.class_of(self.roots.array);
        let Some(class_class) = metaclass.and_then(|metaclass| self.class_of(metaclass)) else {
            return Vec::new();
        };
        let mut known: HashMap<ObjId, bool> = HashMap::from([(class_class, true)]);
        let mut inherits = |class: ObjId| {
            let mut path = Vec::new();
            let mut at = Some(class);
            let answer = loop {
                let Some(class) = at else { break false };
                if let Some(&answer) = known.get(&class) {
                    break answer;
                }
                // Taken for a no until the end is reached, which also ends a circular chain.
                known.insert(class, false);
                path.push(class);
                at = self.superclass_of(class);
            };
            for class in path {
                known.insert(class, answer);
            }
            answer
        };
        let all = self.objects.iter().enumerate();
        all.filter(|(_, object)| object.payload == Payload::Slots && inherits(object.class))
            .map(|(number, _)| ObjId(number as u32))
            .collect()
    }

    /// The methods of the blocks that are directly in a method.
    fn blocks_of(&self, method: ObjId) -> Vec<ObjId> {
        let part = |slot| self.slot(method, slot);
        let code = part(method_slot::BYTECODES).and_then(|code| self.bytes_of(code));
        let literals = part(method_slot::LITERALS).and_then(|literals| self.slots_of(literals));
        let (Some(code), Some(literals)) = (code, literals) else {
            return Vec::new();
        };
        let numbers = closure_literals(code).into_iter();
        numbers.filter_map(|n| literals.get(n).copied()).collect()
    }

    /// Every element of every methods array, by class number and then index, each followed by the methods
    /// of its blocks, if those are methods. [`method_shape`] tells whether it is a method.
    ///
    /// An array that two classes share is listed for the first of them only, and is a problem to
    /// [`Image::check`].
    pub fn methods(&self) -> Vec<MethodRef> {
        let mut arrays = HashSet::new();
        let mut found = Vec::new();
        for class in self.classes() {
            if arrays.insert(self.slot(class, class_slot::METHODS)) {
                for (index, &method) in self.methods_of(class).iter().enumerate() {
                    let blocks = methods_inside(method, &|m| self.blocks_of(m));
                    let all = std::iter::once(method).chain(blocks).enumerate();
                    found.extend(all.map(|(block, method)| MethodRef {
                        class,
                        method,
                        index,
                        block,
                    }));
                }
            }
        }
        found
    }
}
