//! Bytecode as text, for people: one instruction a line, jump targets labelled, literals named.

use std::collections::BTreeSet;
use std::fmt::Write;

use smallworld_abi::bytecode::{Op, OperandKind, decode};

/// The code of a method as text, from its first byte to its last, dead code included.
///
/// `literal` gives the text for a literal; for one that does not exist, `None`. Every line has the byte offset, the
/// bytes in hexadecimal, the name of the instruction and its operands; offsets that a jump or a block's end
/// names are marked with `>`. A byte that starts no instruction is shown as `???` with the reason.
///
/// ```
/// let literals = ["value", "'no'"];
/// let name = |n: usize| literals.get(n).map(|text| text.to_string());
/// assert_eq!(
///     smallworld_image::disassemble(&[0x20, 0x81, 0x90, 0xf8, 6, 0xf1, 0x41, 0xf2], &name),
///     "   0  20        push argument      0 (self)\n\
///     \x20  1  81 90     send               value, 1 argument\n\
///     \x20  3  f8 06     jump if false      to 6\n\
///     \x20  5  f1        return self\n\
///     >  6  41        push literal       1 'no'\n\
///     \x20  7  f2        return top\n"
/// );
/// ```
pub fn disassemble(code: &[u8], literal: &dyn Fn(usize) -> Option<String>) -> String {
    let mut instructions = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let decoded = decode(code, at);
        let next = decoded.as_ref().map_or(at + 1, |found| found.next);
        instructions.push((at, next, decoded));
        at = next;
    }
    let marked: BTreeSet<usize> = instructions
        .iter()
        .filter_map(|(_, _, decoded)| decoded.as_ref().ok()?.op.target())
        .collect();

    let mut text = String::new();
    for (at, next, decoded) in &instructions {
        let mark = if marked.contains(at) { '>' } else { ' ' };
        let bytes: Vec<String> = code[*at..*next]
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        let (name, operands) = match decoded {
            Ok(instruction) => describe(instruction.op, literal),
            Err(error) => ("???", error.message.clone()),
        };
        let line = format!(
            "{mark}{at:>3}  {:<10}{name:<18} {operands}",
            bytes.join(" ")
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// The name of an instruction, and its operands, the last first.
fn describe(op: Op, literal: &dyn Fn(usize) -> Option<String>) -> (&'static str, String) {
    let operands = match op {
        Op::PushConstant(constant) => constant.to_string(),
        Op::Binary(binary) => binary.selector().to_owned(),
        _ => {
            let texts = op.operands().rev();
            let texts: Vec<String> = texts.map(|(kind, n)| operand(kind, n, literal)).collect();
            texts.join(", ")
        }
    };
    (op.name(), operands)
}

/// An operand, for people.
fn operand(kind: OperandKind, n: usize, literal: &dyn Fn(usize) -> Option<String>) -> String {
    let named = || literal(n).unwrap_or_else(|| format!("(no literal {n})"));
    match kind {
        OperandKind::Argument if n == 0 => "0 (self)".to_owned(),
        OperandKind::InstanceVariable
        | OperandKind::Argument
        | OperandKind::Temporary
        | OperandKind::ClassVariable
        | OperandKind::Slot
        | OperandKind::Constant
        | OperandKind::BinaryOp
        | OperandKind::PrimitiveNumber => n.to_string(),
        OperandKind::Literal => format!("{n} {}", named()),
        OperandKind::Selector => named(),
        OperandKind::ArgumentCount => format!("{n} argument{}", if n == 1 { "" } else { "s" }),
        OperandKind::FirstParameter => format!("parameters at {n}"),
        OperandKind::Target => format!("to {n}"),
    }
}
