//! Lays out the objects of an image: classes, metaclasses, methods and literals.

use smallworld_abi::layout::{class_slot, method_slot};
use std::collections::{BTreeMap, HashMap};

use smallworld_image::{Format, Image, ObjId, Object, Payload, Roots};

use crate::ast::Literal;
use crate::compile::CompiledMethod;
use crate::definition::InitialValue;
use crate::hierarchy::Hierarchy;
use crate::language::Blocks;
use crate::number;

/// How many SmallInts the roots hold.
const CACHED_INTS: i32 = 10;

/// A compiled method with its text.
#[derive(Debug)]
pub(crate) struct BuiltMethod {
    pub(crate) code: CompiledMethod,
    pub(crate) text: String,
}

/// The methods of one class, each list sorted by selector.
#[derive(Debug, Default)]
pub(crate) struct ClassMethods {
    pub(crate) instance_side: Vec<BuiltMethod>,
    pub(crate) class_side: Vec<BuiltMethod>,
}

/// Makes the image of these classes; `methods` has the order of `hierarchy.classes`.
///
/// Answers what is missing if a class is: every class the machine or a literal needs must be there.
pub(crate) fn lay_out(
    hierarchy: &Hierarchy<'_>,
    methods: &[ClassMethods],
) -> Result<Image, String> {
    let mut layout = Layout::new(hierarchy)?;
    for (at, methods) in methods.iter().enumerate() {
        layout.fill_class(at, methods)?;
    }
    Ok(layout.finish())
}

struct Layout<'a> {
    hierarchy: &'a Hierarchy<'a>,
    objects: Vec<Object>,
    ints: HashMap<i32, ObjId>,
    symbols: BTreeMap<String, ObjId>,
    /// Arrays that become tables of all symbols in the end.
    symbol_tables: Vec<ObjId>,
    roots: Roots,
}

impl<'a> Layout<'a> {
    /// Reserves nil, true and false, then every class and its metaclass.
    fn new(hierarchy: &'a Hierarchy<'a>) -> Result<Layout<'a>, String> {
        let find = |name: &str| {
            let at = hierarchy.find(name);
            at.map(class_id)
                .ok_or_else(|| format!("there is no class {name}"))
        };
        let mut layout = Layout {
            hierarchy,
            objects: Vec::new(),
            ints: HashMap::new(),
            symbols: BTreeMap::new(),
            symbol_tables: Vec::new(),
            roots: Roots {
                nil: NIL,
                true_: TRUE,
                false_: FALSE,
                array: find("Array")?,
                block: find(hierarchy.class_of_blocks())?,
                context: find("Context")?,
                small_int: find("SmallInt")?,
                small_ints: Vec::new(),
            },
        };
        for class in ["Undefined", "True", "False"] {
            layout.add(find(class)?, Vec::new(), Payload::Slots);
        }
        let class_class = find("Class")?;
        for at in 0..hierarchy.classes.len() {
            layout.add(meta_id(at), Vec::new(), Payload::Slots);
            layout.add(class_class, Vec::new(), Payload::Slots);
        }
        layout.roots.small_ints = (0..CACHED_INTS).map(|value| layout.int(value)).collect();
        Ok(layout)
    }

    fn finish(mut self) -> Image {
        for table in std::mem::take(&mut self.symbol_tables) {
            let symbols = self.symbols.clone();
            let buckets = symbol_table(&symbols);
            let buckets = buckets
                .into_iter()
                .map(|bucket| self.array(bucket))
                .collect();
            self.objects[table.index()].slots = buckets;
        }
        Image {
            format: Format::V1,
            objects: self.objects,
            roots: self.roots,
        }
    }

    fn add(&mut self, class: ObjId, slots: Vec<ObjId>, payload: Payload) -> ObjId {
        let id = id_of(self.objects.len());
        self.objects.push(Object {
            class,
            slots,
            payload,
        });
        id
    }

    fn class_named(&self, name: &str) -> Result<ObjId, String> {
        let at = self.hierarchy.find(name);
        at.map(class_id)
            .ok_or_else(|| format!("there is no class {name}"))
    }

    fn int(&mut self, value: i32) -> ObjId {
        if let Some(id) = self.ints.get(&value) {
            return *id;
        }
        let id = self.add(self.roots.small_int, Vec::new(), Payload::SmallInt(value));
        self.ints.insert(value, id);
        id
    }

    fn size(&mut self, value: usize) -> Result<ObjId, String> {
        let value = i32::try_from(value).map_err(|_| "a size exceeds 32 bits".to_string())?;
        Ok(self.int(value))
    }

    fn bytes(&mut self, class: &str, bytes: &[u8]) -> Result<ObjId, String> {
        let class = self.class_named(class)?;
        Ok(self.add(class, Vec::new(), Payload::Bytes(bytes.to_vec())))
    }

    fn string(&mut self, text: &str) -> Result<ObjId, String> {
        self.bytes("String", text.as_bytes())
    }

    /// The one object of a symbol.
    fn symbol(&mut self, text: &str) -> Result<ObjId, String> {
        if let Some(id) = self.symbols.get(text) {
            return Ok(*id);
        }
        let id = self.bytes("Symbol", text.as_bytes())?;
        self.symbols.insert(text.to_string(), id);
        Ok(id)
    }

    /// A symbol where the image has these, otherwise a string.
    fn selector(&mut self, text: &str) -> Result<ObjId, String> {
        match self.hierarchy.find("Symbol") {
            Some(_) => self.symbol(text),
            None => self.string(text),
        }
    }

    fn array(&mut self, elements: Vec<ObjId>) -> ObjId {
        self.add(self.roots.array, elements, Payload::Slots)
    }

    fn strings(&mut self, texts: &[String]) -> Result<ObjId, String> {
        let elements: Result<Vec<ObjId>, String> =
            texts.iter().map(|text| self.string(text)).collect();
        Ok(self.array(elements?))
    }

    fn fill_class(&mut self, at: usize, methods: &ClassMethods) -> Result<(), String> {
        let class = &self.hierarchy.classes[at];
        let name = &class.definition.name;

        let mut slots = vec![NIL; class_slot::CLASS_VARIABLES];
        slots[class_slot::NAME] = self.string(name)?;
        slots[class_slot::SUPERCLASS] = class.superclass.map_or(NIL, class_id);
        slots[class_slot::METHODS] = self.methods(&methods.instance_side, class_id(at))?;
        slots[class_slot::SIZE] = self.size(class.instance_variables.len())?;
        slots[class_slot::VARIABLES] = self.strings(&class.definition.variables)?;
        for holder in self.hierarchy.chain(at) {
            for variable in &self.hierarchy.classes[holder].definition.class_variables {
                slots.push(self.value(&variable.value)?);
            }
        }
        self.objects[class_id(at).index()].slots = slots;

        let superclass = match class.superclass {
            Some(superclass) => meta_id(superclass),
            None => self.class_named("Class")?,
        };
        let mut slots = vec![NIL; class_slot::CLASS_VARIABLES];
        slots[class_slot::NAME] = self.string(&format!("Meta{name}"))?;
        slots[class_slot::SUPERCLASS] = superclass;
        slots[class_slot::METHODS] = self.methods(&methods.class_side, meta_id(at))?;
        slots[class_slot::SIZE] = self.size(class.class_side_variables.len())?;
        slots[class_slot::VARIABLES] = self.strings(&class.class_variables)?;
        self.objects[meta_id(at).index()].slots = slots;
        Ok(())
    }

    fn methods(&mut self, methods: &[BuiltMethod], class: ObjId) -> Result<ObjId, String> {
        let list: Result<Vec<ObjId>, String> = methods
            .iter()
            .map(|method| self.method(method, class))
            .collect();
        Ok(self.array(list?))
    }

    fn method(&mut self, method: &BuiltMethod, class: ObjId) -> Result<ObjId, String> {
        let text = self.string(&method.text)?;
        self.compiled(&method.code, class, text, None)
    }

    /// A method, or that of a block in a method.
    fn compiled(
        &mut self,
        code: &CompiledMethod,
        class: ObjId,
        text: ObjId,
        outer: Option<ObjId>,
    ) -> Result<ObjId, String> {
        let method_class = self.class_named("Method")?;
        // Those of its blocks say that they are in it.
        let id = self.add(method_class, Vec::new(), Payload::Slots);
        let mut literals = Vec::new();
        for literal in &code.literals {
            literals.push(match literal {
                Literal::Method(inner) => self.compiled(inner, class, NIL, Some(id))?,
                other => self.literal(other)?,
            });
        }
        let count = match self.hierarchy.blocks() {
            Blocks::Shared => method_slot::COUNT,
            Blocks::Closures => method_slot::OUTER + 1,
        };
        let mut slots = vec![NIL; count];
        if let Some(outer) = outer {
            slots[method_slot::OUTER] = outer;
        }
        slots[method_slot::NAME] = self.selector(&code.selector)?;
        slots[method_slot::BYTECODES] = self.bytes("ByteArray", &code.bytecodes)?;
        slots[method_slot::LITERALS] = self.array(literals);
        slots[method_slot::STACK_SIZE] = self.size(code.stack_size)?;
        slots[method_slot::TEMPORARY_SIZE] = self.size(code.temporary_size)?;
        slots[method_slot::CLASS] = class;
        slots[method_slot::TEXT] = text;
        self.objects[id.index()].slots = slots;
        Ok(id)
    }

    fn value(&mut self, value: &InitialValue) -> Result<ObjId, String> {
        match value {
            InitialValue::Literal(literal) => self.literal(literal),
            InitialValue::Array(values) => {
                let elements: Result<Vec<ObjId>, String> =
                    values.iter().map(|value| self.value(value)).collect();
                Ok(self.array(elements?))
            }
            InitialValue::AllSymbols => {
                let table = self.array(Vec::new());
                self.symbol_tables.push(table);
                Ok(table)
            }
            InitialValue::AllClasses => {
                let all = (0..self.hierarchy.classes.len()).map(class_id).collect();
                Ok(self.array(all))
            }
        }
    }

    /// The object of a literal: a new one for each, because strings and characters can be changed.
    fn literal(&mut self, literal: &Literal) -> Result<ObjId, String> {
        match literal {
            Literal::Nil => Ok(NIL),
            Literal::True => Ok(TRUE),
            Literal::False => Ok(FALSE),
            Literal::Integer(value) => Ok(self.int(*value)),
            Literal::Large { negative, digits } => {
                let class = if *negative {
                    "LargeNegative"
                } else {
                    "LargePositive"
                };
                self.bytes(class, &number::bytes(digits))
            }
            Literal::Float(value) => {
                let class = self.class_named("Float")?;
                Ok(self.add(class, Vec::new(), Payload::Float(value.to_bits())))
            }
            Literal::Char(code) => {
                // A character's number has 21 bits.
                let value = self.int(i32::try_from(*code).unwrap_or_default());
                let class = self.class_named("Char")?;
                Ok(self.add(class, vec![value], Payload::Slots))
            }
            Literal::Str(bytes) => self.bytes("String", bytes),
            Literal::Symbol(text) => self.symbol(text),
            Literal::Selector(text) => self.selector(text),
            Literal::Array(elements) => {
                let elements: Result<Vec<ObjId>, String> = elements
                    .iter()
                    .map(|element| self.literal(element))
                    .collect();
                Ok(self.array(elements?))
            }
            Literal::Bytes(bytes) => self.bytes("ByteArray", bytes),
            Literal::Method(_) => Err("a block's method stands in another method".to_string()),
            Literal::Class(name) => self.class_named(name),
        }
    }
}

/// How many symbols share a part of the table, on average.
const SYMBOLS_A_BUCKET: usize = 4;

/// The symbols by their hash: the table that `Symbol` in the image looks in.
fn symbol_table(symbols: &BTreeMap<String, ObjId>) -> Vec<Vec<ObjId>> {
    let size = (symbols.len() / SYMBOLS_A_BUCKET)
        .next_power_of_two()
        .max(64);
    let mut buckets = vec![Vec::new(); size];
    for (text, id) in symbols {
        buckets[symbol_hash(text.as_bytes()) % size].push(*id);
    }
    buckets
}

/// The number of a symbol that says where it is in the table of symbols; `Symbol` in the image computes
/// the same.
///
/// ```
/// assert_eq!(smallworld_bootstrap::symbol_hash(b"a"), 7 * 31 + 97);
/// ```
pub fn symbol_hash(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(7, |hash, byte| (hash * 31 + usize::from(*byte)) % 1_000_003)
}

const NIL: ObjId = ObjId(0);
const TRUE: ObjId = ObjId(1);
const FALSE: ObjId = ObjId(2);

/// How many objects come before the classes.
const BEFORE_CLASSES: usize = 3;

fn class_id(at: usize) -> ObjId {
    id_of(BEFORE_CLASSES + 2 * at)
}

fn meta_id(at: usize) -> ObjId {
    id_of(BEFORE_CLASSES + 2 * at + 1)
}

#[allow(clippy::cast_possible_truncation)]
fn id_of(index: usize) -> ObjId {
    // An image of 2^32 objects does not fit in memory as text.
    ObjId(index as u32)
}
