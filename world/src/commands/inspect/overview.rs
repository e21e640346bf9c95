//! The overview of an image: what it is made of, and its classes as a tree.

use super::class::methods_of_class_json;
use super::metaclasses;
use crate::commands::Output;
use crate::console::{counted, grouped, padded, size};
use crate::failure::Outcome;
use crate::files::{ImageFile, format_name};
use crate::json::Json;
use crate::subject::{self, Subject};
use crate::variables::own_variables;
use smallworld_image::{Dialect, Image, ObjId, Op, Payload, decode, method_shape};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What is said of an image as a whole.
pub struct Overview {
    name: String,
    bytes: usize,
    /// Ordinary objects, byte objects, SmallInts.
    kinds: [usize; 4],
    classes: Vec<Row>,
    methods: usize,
    class_side: usize,
    code: Code,
    has_start_up: bool,
    problems: usize,
}

/// A class in the tree.
struct Row {
    class: ObjId,
    depth: usize,
    methods: usize,
    class_methods: usize,
    instances: usize,
}

/// What the methods do.
#[derive(Default)]
struct Code {
    bytes: usize,
    sends: usize,
    selectors: BTreeSet<Vec<u8>>,
    blocks: usize,
    primitives: BTreeMap<u8, usize>,
    /// Methods without source.
    without_source: usize,
}

impl Overview {
    /// Looks through an image.
    pub fn of(file: &ImageFile) -> Overview {
        let image = &file.image;
        let classes = image.classes();
        let metaclasses = metaclasses(image, &classes);
        let mut kinds = [0; 4];
        let mut instances: HashMap<ObjId, usize> = HashMap::new();
        for object in &image.objects {
            kinds[match object.payload {
                Payload::Slots => 0,
                Payload::Bytes(_) => 1,
                Payload::SmallInt(_) => 2,
                Payload::Float(_) => 3,
            }] += 1;
            *instances.entry(object.class).or_default() += 1;
        }
        let methods = image.methods();
        let on_class_side = methods.iter().filter(|m| metaclasses.contains(&m.class));
        let mut code = Code::default();
        for found in &methods {
            code.add(image, found.method);
        }
        let start_up = subject::find(image, "SmallWorld class>>startUp");
        Overview {
            name: file.name(),
            bytes: file.bytes.len(),
            kinds,
            classes: tree(image, &classes, &metaclasses, &instances),
            class_side: on_class_side.count(),
            methods: methods.len(),
            code,
            has_start_up: matches!(start_up, Ok(Subject::Method(_))),
            problems: image.check().len(),
        }
    }

    /// For people.
    pub fn write(&self, image: &Image, output: &mut Output<'_>) -> Outcome {
        let style = output.style;
        let out = &mut output.out;
        let format = format_name(image.format);
        let size_text = size(self.bytes as u64);
        writeln!(
            out,
            "{}: a SmallWorld image of format {format}, {size_text}\n",
            style.heading(&self.name)
        )?;
        let [ordinary, bytes, ints, floats] = self.kinds;
        let code = &self.code;
        let start_up = match self.has_start_up {
            true => "SmallWorld class>>startUp",
            false => "none of its own: a plain start gives the REPL",
        };
        let mut sources = String::new();
        if code.without_source > 0 {
            sources = format!("; {} without source", grouped(code.without_source));
        }
        let facts = [
            (
                "objects",
                format!(
                    "{}: {} ordinary, {} of bytes, {}{}",
                    grouped(image.objects.len()),
                    grouped(ordinary),
                    grouped(bytes),
                    counted(ints, "SmallInt"),
                    match floats {
                        0 => String::new(),
                        _ => format!(", {}", counted(floats, "Float")),
                    }
                ),
            ),
            ("machine", Dialect::of(image).name.to_owned()),
            ("classes", grouped(self.classes.len())),
            (
                "methods",
                format!(
                    "{}: {} for instances, {} on class sides{sources}",
                    grouped(self.methods),
                    grouped(self.methods - self.class_side),
                    grouped(self.class_side)
                ),
            ),
            (
                "code",
                format!(
                    "{} of bytecode: {} of {}, {}, {}",
                    size(code.bytes as u64),
                    counted(code.sends, "send"),
                    counted(code.selectors.len(), "selector"),
                    counted(code.blocks, "block"),
                    counted(code.primitives.values().sum(), "use") + " of primitives",
                ),
            ),
            ("start-up", start_up.to_owned()),
        ];
        for (name, fact) in facts {
            writeln!(out, "  {}{fact}", padded(name, 11))?;
        }
        let problems = match self.problems {
            0 => style.good("none"),
            n => style.bad(&format!("{}: see `cargo world check`", grouped(n))),
        };
        writeln!(out, "  {}{problems}\n", padded("problems", 11))?;
        self.write_classes(image, output)
    }

    fn write_classes(&self, image: &Image, output: &mut Output<'_>) -> Outcome {
        let style = output.style;
        let name = |row: &Row| {
            format!(
                "{:1$}{2}",
                "",
                2 * row.depth,
                image.name_of_class(row.class)
            )
        };
        let widths = self.classes.iter().map(|row| name(row).chars().count());
        let width = widths.max().unwrap_or(0).max(5);
        let heading = format!(
            "{}  methods  class side  instances  variables",
            padded("class", width)
        );
        writeln!(output.out, "{}", style.heading(&heading))?;
        for row in &self.classes {
            let blank_for_none = |n: usize| match n {
                0 => String::new(),
                n => grouped(n),
            };
            let line = format!(
                "{}  {:>7}  {:>10}  {:>9}  {}",
                padded(&name(row), width),
                blank_for_none(row.methods),
                blank_for_none(row.class_methods),
                blank_for_none(row.instances),
                own_variables(image, row.class).join(" ")
            );
            writeln!(output.out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// For programs.
    pub fn json(&self, image: &Image) -> Json {
        let [ordinary, bytes, ints, floats] = self.kinds;
        let code = &self.code;
        let primitives = code.primitives.iter().map(|(&number, &uses)| {
            let number = usize::from(number);
            Json::Object(vec![("number", number.into()), ("uses", uses.into())])
        });
        let classes = self.classes.iter().map(|row| {
            let superclass = image.superclass_of(row.class);
            Json::Object(vec![
                ("name", image.name_of_class(row.class).into()),
                (
                    "superclass",
                    superclass.map(|class| image.name_of_class(class)).into(),
                ),
                (
                    "variables",
                    own_variables(image, row.class).into_iter().collect(),
                ),
                ("methods", row.methods.into()),
                ("classMethods", row.class_methods.into()),
                ("instances", row.instances.into()),
                ("methodList", methods_of_class_json(image, row.class)),
                (
                    "classMethodList",
                    image
                        .class_of(row.class)
                        .map_or(Json::List(vec![]), |side| {
                            methods_of_class_json(image, side)
                        }),
                ),
            ])
        });
        Json::Object(vec![
            ("image", self.name.as_str().into()),
            ("format", format_name(image.format).into()),
            ("bytes", self.bytes.into()),
            (
                "objects",
                Json::Object(vec![
                    ("all", image.objects.len().into()),
                    ("ordinary", ordinary.into()),
                    ("bytes", bytes.into()),
                    ("smallInts", ints.into()),
                    ("floats", floats.into()),
                ]),
            ),
            (
                "methods",
                Json::Object(vec![
                    ("all", self.methods.into()),
                    ("classSide", self.class_side.into()),
                    ("withoutSource", code.without_source.into()),
                ]),
            ),
            (
                "code",
                Json::Object(vec![
                    ("bytes", code.bytes.into()),
                    ("sends", code.sends.into()),
                    ("selectors", code.selectors.len().into()),
                    ("blocks", code.blocks.into()),
                ]),
            ),
            ("primitives", primitives.collect()),
            ("startUp", self.has_start_up.into()),
            ("problems", self.problems.into()),
            ("classes", classes.collect()),
        ])
    }
}

impl Code {
    fn add(&mut self, image: &Image, method: ObjId) {
        let Ok(parts) = method_shape(image, method) else {
            return;
        };
        self.bytes += parts.code.len();
        self.without_source += usize::from(parts.text.is_none());
        let mut at = 0;
        while let Ok(instruction) = decode(parts.code, at) {
            match instruction.op {
                Op::Send { selector, .. } | Op::SuperSend { selector, .. } => {
                    self.sends += 1;
                    let literal = parts.literals.get(usize::from(selector));
                    let selector = literal.and_then(|&literal| image.bytes_of(literal));
                    self.selectors.extend(selector.map(<[u8]>::to_vec));
                }
                Op::Binary(binary) => {
                    self.sends += 1;
                    self.selectors.insert(binary.selector().into());
                }
                Op::PushBlock { .. } => self.blocks += 1,
                Op::Primitive { number, .. } => *self.primitives.entry(number).or_default() += 1,
                _ => {}
            }
            at = instruction.next;
        }
    }
}

/// The classes that are no metaclasses, each after its superclass, siblings by name.
fn tree(
    image: &Image,
    classes: &[ObjId],
    metaclasses: &HashSet<ObjId>,
    instances: &HashMap<ObjId, usize>,
) -> Vec<Row> {
    let mut below: HashMap<Option<ObjId>, Vec<ObjId>> = HashMap::new();
    for &class in classes.iter().filter(|class| !metaclasses.contains(class)) {
        let superclass = image.superclass_of(class);
        below.entry(superclass).or_default().push(class);
    }
    for siblings in below.values_mut() {
        // The last is taken first.
        siblings.sort_by_key(|&class| std::cmp::Reverse(image.name_of_class(class)));
    }
    let mut rows = Vec::new();
    let row = |class: ObjId, depth: usize| {
        let class_side = image.class_of(class).filter(|c| metaclasses.contains(c));
        Row {
            class,
            depth,
            methods: image.methods_of(class).len(),
            class_methods: class_side.map_or(0, |c| image.methods_of(c).len()),
            instances: instances.get(&class).copied().unwrap_or(0),
        }
    };
    let topmost = below.remove(&None).unwrap_or_default();
    let mut waiting: Vec<(ObjId, usize)> = topmost.into_iter().map(|class| (class, 0)).collect();
    while let Some((class, depth)) = waiting.pop() {
        rows.push(row(class, depth));
        let subclasses = below.remove(&Some(class)).unwrap_or_default();
        waiting.extend(subclasses.into_iter().map(|class| (class, depth + 1)));
    }
    // Circles of superclasses hang on nothing; `check` says what is wrong with them.
    let mut left: Vec<ObjId> = below.into_values().flatten().collect();
    left.sort();
    rows.extend(left.into_iter().map(|class| row(class, 0)));
    rows
}
