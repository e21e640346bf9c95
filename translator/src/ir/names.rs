//! Operations by name, for the text form. One table serves printing and parsing.

use super::op::{Compare, FloatOp, Format, IntOp, Op, Test};

/// The name of an operation, and the numbers that belong to it.
pub fn parts(op: Op) -> (&'static str, Vec<usize>) {
    let with = |name, n: usize| (name, vec![n]);
    let plain = |name| (name, Vec::new());
    match op {
        Op::Argument(n) => with("argument", n),
        Op::Resumed => plain("resumed"),
        Op::FrameWord(n) => with("frame_word", n),
        Op::Safepoint => plain("safepoint"),
        Op::Same => plain("same"),
        Op::SameFloat => plain("same_float"),
        Op::Not => plain("not"),
        Op::AreInts => plain("are_ints"),
        Op::IsA(test) => match test {
            Test::Int => plain("is_int"),
            Test::Nil => plain("is_nil"),
            Test::True => plain("is_true"),
            Test::False => plain("is_false"),
            Test::Class(n) => with("is_class", n as usize),
            Test::Float(n) => with("is_float", n as usize),
            Test::Instance(n) => with("is_instance", n as usize),
        },
        Op::GuardClass(test) => match test {
            Test::Int => plain("guard_int"),
            Test::Nil => plain("guard_nil"),
            Test::True => plain("guard_true"),
            Test::False => plain("guard_false"),
            Test::Class(n) => with("guard_class", n as usize),
            Test::Float(n) => with("guard_float", n as usize),
            Test::Instance(n) => with("guard_instance", n as usize),
        },
        Op::GuardInts => plain("guard_ints"),
        Op::GuardFloats(n) => with("guard_floats", n as usize),
        Op::Int(IntOp::Add) => plain("add"),
        Op::Int(IntOp::Sub) => plain("sub"),
        Op::Int(IntOp::Mul) => plain("mul"),
        Op::CompareInts(Compare::Less) => plain("less"),
        Op::CompareInts(Compare::LessEqual) => plain("less_equal"),
        Op::CompareInts(Compare::Equal) => plain("equal"),
        Op::Quotient => plain("quotient"),
        Op::Remainder => plain("remainder"),
        Op::ClassOf => plain("class_of"),
        Op::SizeOf { object: false } => plain("size_of"),
        Op::SizeOf { object: true } => plain("size_of_object"),
        Op::Slot { index, known: true } => with("slot", index),
        Op::Slot { index, .. } => with("slot_checked", index),
        Op::PutSlot { index, known: true } => with("put_slot", index),
        Op::PutSlot { index, .. } => with("put_slot_checked", index),
        Op::ClassSlot(n) => with("class_slot", n),
        Op::Temporary(n) => with("temporary", n),
        Op::PutTemporary(n) => with("put_temporary", n),
        Op::SlotAt { within: false } => plain("slot_at"),
        Op::SlotAt { within: true } => plain("slot_within"),
        Op::SlotAtPut { within: false } => plain("slot_at_put"),
        Op::SlotAtPut { within: true } => plain("slot_put_within"),
        Op::ByteAt { within: false } => plain("byte_at"),
        Op::ByteAt { within: true } => plain("byte_within"),
        Op::ByteAtPut => plain("byte_at_put"),
        Op::CompareBytes => plain("compare_bytes"),
        Op::NewObject(Format::Slots, n) => with("new_slots", n as usize),
        Op::NewObject(Format::Bytes, n) => with("new_bytes", n as usize),
        Op::JoinBytes => plain("join_bytes"),
        Op::NewArray => plain("new_array"),
        Op::NewClosure => plain("new_closure"),
        Op::FloatOf => plain("float_of"),
        Op::FloatOfInt => plain("float_of_int"),
        Op::Float(FloatOp::Add) => plain("float_add"),
        Op::Float(FloatOp::Sub) => plain("float_sub"),
        Op::Float(FloatOp::Mul) => plain("float_mul"),
        Op::Float(FloatOp::Div) => plain("float_div"),
        Op::CompareFloats(Compare::Less) => plain("float_less"),
        Op::CompareFloats(Compare::LessEqual) => plain("float_less_equal"),
        Op::CompareFloats(Compare::Equal) => plain("float_equal"),
        Op::SquareRoot => plain("square_root"),
        Op::Truncate => plain("truncate"),
        Op::Object => plain("object"),
        Op::Retire {
            at,
            slot,
            caller,
            caller_slot,
            caller_is_block,
        } => (
            "retire",
            vec![at, slot, caller, caller_slot, usize::from(caller_is_block)],
        ),
    }
}

/// Every operation, with the given numbers where it has any.
fn all(n: &[usize]) -> Vec<Op> {
    let at = |i: usize| n.get(i).copied().unwrap_or_default();
    let (k, class) = (at(0), at(0) as u32);
    let tests = [
        Test::Int,
        Test::Nil,
        Test::True,
        Test::False,
        Test::Class(class),
        Test::Float(class),
        Test::Instance(class),
    ];
    let compares = [Compare::Less, Compare::LessEqual, Compare::Equal];
    let floats = [FloatOp::Add, FloatOp::Sub, FloatOp::Mul, FloatOp::Div];
    let mut all = vec![
        Op::Argument(k),
        Op::Resumed,
        Op::FrameWord(k),
        Op::Safepoint,
        Op::Same,
        Op::SameFloat,
        Op::Not,
        Op::AreInts,
        Op::GuardInts,
        Op::GuardFloats(class),
        Op::Quotient,
        Op::Remainder,
        Op::ClassOf,
        Op::ClassSlot(k),
        Op::Temporary(k),
        Op::PutTemporary(k),
        Op::ByteAtPut,
        Op::CompareBytes,
        Op::NewObject(Format::Slots, class),
        Op::NewObject(Format::Bytes, class),
        Op::JoinBytes,
        Op::NewArray,
        Op::NewClosure,
        Op::FloatOf,
        Op::FloatOfInt,
        Op::SquareRoot,
        Op::Truncate,
        Op::Object,
        Op::Retire {
            at: at(0),
            slot: at(1),
            caller: at(2),
            caller_slot: at(3),
            caller_is_block: at(4) != 0,
        },
    ];
    all.extend(tests.iter().flat_map(|&t| [Op::IsA(t), Op::GuardClass(t)]));
    all.extend([IntOp::Add, IntOp::Sub, IntOp::Mul].map(Op::Int));
    all.extend(
        compares
            .iter()
            .flat_map(|&c| [Op::CompareInts(c), Op::CompareFloats(c)]),
    );
    all.extend(floats.map(Op::Float));
    for flag in [false, true] {
        all.extend([
            Op::SizeOf { object: flag },
            Op::Slot {
                index: k,
                known: flag,
            },
            Op::PutSlot {
                index: k,
                known: flag,
            },
            Op::SlotAt { within: flag },
            Op::SlotAtPut { within: flag },
            Op::ByteAt { within: flag },
        ]);
    }
    all
}

/// The operation of a name and numbers.
pub fn named(name: &str, numbers: &[usize]) -> Option<Op> {
    let found = all(numbers).into_iter().find(|&op| parts(op).0 == name)?;
    (parts(found).1 == numbers).then_some(found)
}

/// How many numbers belong to the operation of a name.
pub fn count_of_numbers(name: &str) -> Option<usize> {
    let all = all(&[]).into_iter().map(parts);
    let mut named = all.filter(|(n, _)| *n == name);
    named.next().map(|(_, numbers)| numbers.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_lead_back_to_operations() {
        let numbers = [3, 1, 4, 1, 1];
        let every = all(&numbers);
        let names: BTreeSet<&str> = every.iter().map(|&op| parts(op).0).collect();
        assert_eq!(names.len(), every.len(), "two operations of one name");
        for op in every {
            let (name, own) = parts(op);
            assert_eq!(named(name, &own), Some(op));
            assert_eq!(count_of_numbers(name), Some(own.len()));
        }
    }
}
