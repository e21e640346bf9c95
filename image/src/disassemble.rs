//! Bytecode as text, for people: one instruction a line, jump targets labelled, literals named.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::bytecode::{Constant, Instruction, Op, decode};

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
        .filter_map(|(_, _, decoded)| target(decoded.as_ref().ok()?))
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

/// The offset an instruction names, if it does.
fn target(instruction: &Instruction) -> Option<usize> {
    match instruction.op {
        Op::Jump(target) | Op::JumpIfTrue(target) | Op::JumpIfFalse(target) => Some(target),
        Op::PushBlock { end, .. } => Some(end),
        _ => None,
    }
}

/// The name of an instruction, and its operands.
fn describe(op: Op, literal: &dyn Fn(usize) -> Option<String>) -> (&'static str, String) {
    let named = |n: u8| literal(usize::from(n)).unwrap_or_else(|| format!("(no literal {n})"));
    let arguments = |argc: u8| format!("{argc} argument{}", if argc == 1 { "" } else { "s" });
    let plain = |n: u8| n.to_string();
    match op {
        Op::PushInstance(n) => ("push instance", plain(n)),
        Op::PushArgument(0) => ("push argument", "0 (self)".to_owned()),
        Op::PushArgument(n) => ("push argument", plain(n)),
        Op::PushTemporary(n) => ("push temporary", plain(n)),
        Op::PushLiteral(n) => ("push literal", format!("{n} {}", named(n))),
        Op::PushConstant(constant) => (
            "push constant",
            match constant {
                Constant::Int(n) => plain(n),
                Constant::Nil => "nil".to_owned(),
                Constant::True => "true".to_owned(),
                Constant::False => "false".to_owned(),
            },
        ),
        Op::AssignInstance(n) => ("assign instance", plain(n)),
        Op::AssignTemporary(n) => ("assign temporary", plain(n)),
        Op::Send { argc, selector } => {
            ("send", format!("{}, {}", named(selector), arguments(argc)))
        }
        Op::SuperSend { argc, selector } => (
            "send to super",
            format!("{}, {}", named(selector), arguments(argc)),
        ),
        Op::IsNil => ("is nil", String::new()),
        Op::NotNil => ("not nil", String::new()),
        Op::Binary(binary) => ("binary", binary.selector().to_owned()),
        Op::PushBlock { params_at, end } => {
            ("push block", format!("to {end}, parameters at {params_at}"))
        }
        Op::Primitive { argc, number } => ("primitive", format!("{number}, {}", arguments(argc))),
        Op::PushClassVariable(n) => ("push class var", plain(n)),
        Op::ReturnSelf => ("return self", String::new()),
        Op::ReturnTop => ("return top", String::new()),
        Op::BlockReturn => ("return from home", String::new()),
        Op::Duplicate => ("duplicate", String::new()),
        Op::Pop => ("pop", String::new()),
        Op::Jump(to) => ("jump", format!("to {to}")),
        Op::JumpIfTrue(to) => ("jump if true", format!("to {to}")),
        Op::JumpIfFalse(to) => ("jump if false", format!("to {to}")),
    }
}
