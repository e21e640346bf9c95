//! The code of a method as rows for people: labels instead of offsets, names instead of numbers.

use crate::console::{Style, one_line, padded};
use crate::json::Json;
use crate::primitives;
use crate::variables::Variables;
use smallworld_abi::layout::closure_slot;
use smallworld_image::{Dialect, Image, MethodParts, ObjId, Op, decode, selector_arity};
use std::collections::BTreeMap;

/// The rows of a method's code, dead code included.
pub struct Listing {
    rows: Vec<Row>,
}

/// One instruction.
struct Row {
    at: usize,
    bytes: Vec<u8>,
    /// The number of the label that stands here.
    label: Option<usize>,
    /// How many blocks it is in.
    nesting: usize,
    /// Whether anything leads here.
    reachable: bool,
    name: &'static str,
    operand: String,
    is_selector: bool,
    target: Option<Target>,
}

/// Where an instruction leads to.
struct Target {
    at: usize,
    /// Nothing when no instruction starts there.
    label: Option<usize>,
}

impl Target {
    fn text(&self) -> String {
        match self.label {
            Some(label) => format!("L{label}"),
            None => format!("@{}", self.at),
        }
    }
}

impl Listing {
    /// The code of a method of an image.
    pub fn of(image: &Image, parts: &MethodParts<'_>, variables: &Variables) -> Listing {
        let reachable = parts.verify(image).ok();
        let describer = Describer {
            image,
            dialect: Dialect::of(image),
            parts,
            variables,
        };
        let mut rows = Vec::new();
        let mut ends: Vec<usize> = Vec::new();
        let mut at = 0;
        while at < parts.code.len() {
            let decoded = decode(parts.code, at);
            let next = decoded.as_ref().map_or(at + 1, |found| found.next);
            ends.retain(|&end| at < end);
            let nesting = ends.len();
            let (name, operand, target) = match &decoded {
                Ok(found) => describer.describe(found.op, found.next),
                Err(error) => ("???", error.message.clone(), None),
            };
            let op = decoded.ok().map(|found| found.op);
            if let Some(Op::PushBlock { end, .. }) = op {
                ends.push(end);
            }
            rows.push(Row {
                at,
                bytes: parts.code[at..next].to_vec(),
                label: None,
                nesting,
                reachable: reachable
                    .as_ref()
                    .is_none_or(|analysis| analysis.depth[at].is_some()),
                name,
                operand,
                is_selector: matches!(op, Some(Op::Send { .. } | Op::SuperSend { .. })),
                target: target.map(|at| Target { at, label: None }),
            });
            at = next;
        }
        label(&mut rows);
        Listing { rows }
    }

    /// The rows as lines, all columns aligned.
    pub fn lines(&self, style: Style) -> Vec<String> {
        let widest = |width: &dyn Fn(&Row) -> usize| self.rows.iter().map(width).max();
        let bytes = widest(&|row| row.bytes.len()).unwrap_or(0).max(1) * 3 - 1;
        let names = widest(&|row| 2 * row.nesting + row.name.len()).unwrap_or(0);
        self.rows
            .iter()
            .map(|row| row.line(style, bytes, names))
            .collect()
    }

    /// The rows for programs.
    pub fn json(&self) -> Json {
        self.rows.iter().map(Row::json).collect()
    }
}

/// Numbers the places that other rows lead to, in the order of the code.
fn label(rows: &mut [Row]) {
    let mut labels: BTreeMap<usize, usize> = BTreeMap::new();
    for row in rows.iter() {
        if let Some(target) = &row.target {
            labels.insert(target.at, 0);
        }
    }
    labels.retain(|at, _| rows.binary_search_by_key(at, |row| row.at).is_ok());
    for (number, label) in labels.values_mut().enumerate() {
        *label = number + 1;
    }
    for row in rows {
        row.label = labels.get(&row.at).copied();
        if let Some(target) = &mut row.target {
            target.label = labels.get(&target.at).copied();
        }
    }
}

impl Row {
    fn bytes(&self) -> String {
        let bytes: Vec<String> = self.bytes.iter().map(|b| format!("{b:02x}")).collect();
        bytes.join(" ")
    }

    fn line(&self, style: Style, bytes_width: usize, name_width: usize) -> String {
        let label = self.label.map_or(String::new(), |n| format!("L{n}:"));
        let place = format!("{:>4}  {}", self.at, padded(&self.bytes(), bytes_width));
        let name = padded(
            &format!("{:1$}{2}", "", 2 * self.nesting, self.name),
            name_width,
        );
        let operand = match (&self.target, self.operand.as_str()) {
            (Some(target), "") => format!("→ {}", style.label(&target.text())),
            (Some(target), operand) => format!("{operand} → {}", style.label(&target.text())),
            (None, operand) if self.is_selector => style.selector(operand),
            (None, operand) => operand.to_owned(),
        };
        let label = style.label(&padded(&label, 4));
        let text = if self.reachable {
            format!("{label} {}  {name}  {operand}", style.faint(&place))
        } else {
            // Its colours end where those inside do, so it has none inside.
            let plain = format!("{place}  {name}  {}", self.plain_operand());
            format!("{label} {}", style.faint(plain.trim_end()))
        };
        text.trim_end().to_owned()
    }

    fn plain_operand(&self) -> String {
        match &self.target {
            Some(target) => format!("{} → {}", self.operand, target.text()),
            None => self.operand.clone(),
        }
    }

    fn json(&self) -> Json {
        let mut members = vec![
            ("at", Json::from(self.at)),
            ("bytes", self.bytes().into()),
            ("op", self.name.into()),
            ("operand", self.operand.as_str().into()),
        ];
        if let Some(label) = self.label {
            members.push(("label", format!("L{label}").into()));
        }
        if let Some(target) = &self.target {
            members.push(("target", target.at.into()));
        }
        if !self.reachable {
            members.push(("dead", true.into()));
        }
        Json::Object(members)
    }
}

/// Puts the operands of a method's instructions in words.
struct Describer<'a> {
    image: &'a Image,
    dialect: &'static Dialect,
    parts: &'a MethodParts<'a>,
    variables: &'a Variables,
}

impl Describer<'_> {
    /// The name of an instruction, its operand, and where it leads; the code goes on at `next`.
    fn describe(&self, op: Op, next: usize) -> (&'static str, String, Option<usize>) {
        let names = self.variables;
        let operand = match op {
            Op::PushInstance(n) | Op::AssignInstance(n) => variable(&names.instance, n),
            Op::PushArgument(n) => variable(&names.arguments, n),
            Op::PushTemporary(n) | Op::AssignTemporary(n) => variable(&names.temporaries, n),
            Op::PushClassVariable(n) => variable(&names.class, n),
            Op::PushLiteral(n) => self.literal(n),
            Op::PushConstant(constant) => constant.to_string(),
            Op::Send { argc, selector } | Op::SuperSend { argc, selector } => {
                self.selector(argc, selector)
            }
            Op::Binary(binary) => binary.selector().to_owned(),
            Op::PushBlock { params_at, end } if self.reads(next, end, params_at) => {
                let first = variable(&names.temporaries, params_at);
                format!("parameters from {first}")
            }
            Op::Primitive { argc, number } => primitive(self.dialect, argc, number),
            // Where control goes is shown as a label.
            Op::PushBlock { .. } | Op::Jump(_) | Op::JumpIfTrue(_) | Op::JumpIfFalse(_) => {
                String::new()
            }
            Op::PushClosure { count, method } => {
                let captured = usize::from(count).saturating_sub(closure_slot::LEAST_TAKEN);
                let s = if captured == 1 { "" } else { "s" };
                format!("{} with {captured} captured value{s}", self.literal(method))
            }
            Op::PushSlot(n) | Op::AssignSlot(n) => n.to_string(),
            Op::IsNil
            | Op::NotNil
            | Op::PushContext
            | Op::HomeReturn
            | Op::ReturnSelf
            | Op::ReturnTop
            | Op::BlockReturn
            | Op::Duplicate
            | Op::Pop => String::new(),
        };
        (op.name(), operand, op.target())
    }

    /// Whether the code of a block reads a temporary. A block inside that has its parameters in the same
    /// place does not count: then the outer one has none.
    fn reads(&self, start: usize, end: usize, temporary: u8) -> bool {
        let mut at = start;
        while at < end {
            let Ok(found) = decode(self.parts.code, at) else {
                return false;
            };
            at = match found.op {
                Op::PushTemporary(n) if n == temporary => return true,
                Op::PushBlock { params_at, end } if params_at == temporary => end.max(found.next),
                _ => found.next,
            };
        }
        false
    }

    fn literal(&self, n: u16) -> String {
        match self.parts.literals.get(usize::from(n)) {
            Some(&literal) => literal_text(self.image, literal),
            None => format!("(no literal {n})"),
        }
    }

    /// A selector, and how many values it takes where that is not what its name says.
    fn selector(&self, argc: u8, n: u16) -> String {
        let literal = self.parts.literals.get(usize::from(n));
        match literal.and_then(|&literal| self.image.bytes_of(literal)) {
            Some(bytes) if selector_arity(bytes) == usize::from(argc) => one_line(bytes),
            Some(bytes) => format!("{} with {argc} values", one_line(bytes)),
            None => self.literal(n),
        }
    }
}

fn variable(names: &[String], n: u8) -> String {
    match names.get(usize::from(n)) {
        Some(name) if !name.is_empty() => name.clone(),
        _ => n.to_string(),
    }
}

fn primitive(dialect: &Dialect, argc: u8, number: u8) -> String {
    let arguments = match argc {
        1 => "1 argument".to_owned(),
        _ => format!("{argc} arguments"),
    };
    match primitives::meaning(dialect, number) {
        "" => format!("{number}, {arguments}"),
        meaning => format!("{number} ({meaning}), {arguments}"),
    }
}

/// A literal as it would stand in a source, as far as it can.
pub fn literal_text(image: &Image, id: ObjId) -> String {
    let class = image.class_name(id);
    let slots = image.slots_of(id).unwrap_or_default();
    if class == "Char"
        && let [value, ..] = slots
        && let Some(value) = image.int_of(*value)
    {
        return match u8::try_from(value) {
            Ok(byte) if byte.is_ascii_graphic() => format!("${}", char::from(byte)),
            _ => format!("Char {value}"),
        };
    }
    let described = image.describe(id);
    for known in ["String ", "class "] {
        if let Some(rest) = described.strip_prefix(known) {
            return rest.to_owned();
        }
    }
    described
}
