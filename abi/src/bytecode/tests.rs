//! Instructions decoded, and made again.

use super::*;

fn one(code: &[u8]) -> Op {
    let instruction = decode(code, 0).unwrap();
    assert_eq!(instruction.next, code.len(), "{instruction:?}");
    instruction.op
}

fn message(code: &[u8]) -> String {
    decode(code, 0).unwrap_err().message
}

#[test]
fn short_and_long_operands() {
    assert_eq!(one(&[0x13]), Op::PushInstance(3));
    assert_eq!(one(&[0x01, 0x13]), Op::PushInstance(19));
    assert_eq!(one(&[0x20]), Op::PushArgument(0));
    assert_eq!(one(&[0x3f]), Op::PushTemporary(15));
    assert_eq!(one(&[0x04, 0xff]), Op::PushLiteral(255));
    assert_eq!(one(&[0x62]), Op::AssignInstance(2));
    assert_eq!(one(&[0x07, 16]), Op::AssignTemporary(16));
    assert_eq!(one(&[0xe1]), Op::PushClassVariable(1));
}

#[test]
fn constants() {
    assert_eq!(one(&[0x59]), Op::PushConstant(Constant::Int(9)));
    assert_eq!(one(&[0x5a]), Op::PushConstant(Constant::Nil));
    assert_eq!(one(&[0x5b]), Op::PushConstant(Constant::True));
    assert_eq!(one(&[0x05, 12]), Op::PushConstant(Constant::False));
    assert_eq!(message(&[0x5d]), "there is no constant 13 (0 to 12)");
}

#[test]
fn a_mark_and_its_send_are_one() {
    let (argc, selector) = (2, 1);
    assert_eq!(one(&[0x82, 0x91]), Op::Send { argc, selector });
    assert_eq!(one(&[0x08, 2, 0x09, 1]), Op::Send { argc, selector });
    assert_eq!(one(&[0x82, 0xfb, 1]), Op::SuperSend { argc, selector });
    assert_eq!(one(&[0x82, 0x0f, 11, 1]), Op::SuperSend { argc, selector });
    assert!(message(&[0x91]).contains("no mark arguments"));
    assert!(message(&[0xfb, 0]).contains("no mark arguments"));
    assert!(message(&[0x81, 0x51]).contains("followed by operation 5 (1)"));
    assert!(message(&[0x81, 0xf1]).contains("followed by operation 15 (1)"));
    assert!(message(&[0x81]).contains("the code ends"));
    assert!(message(&[0x81, 0xfb]).contains("the code ends"));
}

#[test]
fn unary_binary_primitive_block() {
    assert_eq!(one(&[0xa0]), Op::IsNil);
    assert_eq!(one(&[0xa1]), Op::NotNil);
    assert!(message(&[0xa2]).contains("no unary"));
    assert_eq!(one(&[0xb0]), Op::Binary(BinaryOp::Less));
    assert_eq!(one(&[0xb1]), Op::Binary(BinaryOp::LessEqual));
    assert_eq!(one(&[0xb2]), Op::Binary(BinaryOp::Plus));
    assert!(message(&[0xb3]).contains("no binary"));
    let primitive = Op::Primitive {
        argc: 2,
        number: 119,
    };
    assert_eq!(one(&[0xd2, 119]), primitive);
    let block = decode(&[0xc1, 9, 0xf1], 0).unwrap();
    let (params_at, end) = (1, 9);
    assert_eq!(block.op, Op::PushBlock { params_at, end });
    assert_eq!(block.next, 2);
    assert_eq!(decode(&[0x0c, 20, 9, 0xf1], 0).unwrap().next, 3);
}

#[test]
fn specials() {
    assert_eq!(one(&[0xf1]), Op::ReturnSelf);
    assert_eq!(one(&[0xf2]), Op::ReturnTop);
    assert_eq!(one(&[0xf3]), Op::BlockReturn);
    assert_eq!(one(&[0xf4]), Op::Duplicate);
    assert_eq!(one(&[0xf5]), Op::Pop);
    assert_eq!(one(&[0xf6, 200]), Op::Jump(200));
    assert_eq!(one(&[0xf7, 3]), Op::JumpIfTrue(3));
    assert_eq!(one(&[0x0f, 8, 3]), Op::JumpIfFalse(3));
    assert!(message(&[0xff]).contains("no special operation"));
    assert_eq!(
        one(&[0x83, 0xf9, 7]),
        Op::PushClosure {
            count: 3,
            method: 7
        }
    );
    assert_eq!(one(&[0xfa]), Op::PushContext);
    assert_eq!(one(&[0xfc]), Op::HomeReturn);
    assert_eq!(one(&[0xfd, 4]), Op::PushSlot(4));
    assert_eq!(one(&[0xfe, 200]), Op::AssignSlot(200));
    assert!(message(&[0xf9, 0]).contains("no mark arguments"));
    assert_eq!(message(&[0x00, 1]), "there is no operation 0");
}

#[test]
fn an_upper_byte_widens_what_can_be_wide() {
    assert_eq!(one(&[0xf0, 1, 0x42]), Op::PushLiteral(258));
    assert_eq!(one(&[0xf0, 2, 0x04, 16]), Op::PushLiteral(528));
    let (argc, selector) = (2, 256);
    assert_eq!(one(&[0xf0, 1, 0x82, 0x90]), Op::Send { argc, selector });
    assert_eq!(one(&[0xf0, 1, 0xf6, 44]), Op::Jump(300));
    assert_eq!(one(&[0xf0, 1, 0xfd, 0]), Op::PushSlot(256));
    assert!(message(&[0xf0, 1, 0x31]).contains("no operand that can be widened"));
    assert!(message(&[0xf0, 1, 0xf0, 1, 0x41]).contains("no special operation"));
    assert!(message(&[0xf0]).contains("the code ends"));
}

#[test]
fn every_byte_string_is_decoded_or_refused() {
    for first in 0..=255 {
        for second in 0..=255 {
            for length in 0..=4 {
                let code = [first, second, first, second];
                let _ = decode(&code[..length], 0);
            }
        }
    }
    assert!(decode(&[], 0).is_err());
    assert!(decode(&[0x50], usize::MAX).is_err());
}

/// Instructions of every kind, with small and large operands.
fn samples() -> Vec<Op> {
    let mut ops = Vec::new();
    for row in &ROWS {
        let small = [[0, 0], [1, 1], [2, 9], [15, 15], [16, 20], [200, 255]];
        for numbers in small.into_iter().chain([[255, 256], [256, 0], [40_000, 1]]) {
            ops.extend(Op::of_numbers(row.code, numbers));
        }
    }
    ops
}

#[test]
fn what_is_encoded_is_decoded() {
    for op in samples() {
        let mut code = Vec::new();
        encode(op, &mut code).unwrap();
        assert_eq!(one(&code), op, "{code:?}");
    }
    assert!(samples().len() > 2 * ROWS.len());
}

#[test]
fn operands_are_in_the_low_nibble_where_they_fit() {
    let bytes = |op| {
        let mut code = Vec::new();
        encode(op, &mut code).unwrap();
        code
    };
    let (argc, selector) = (2, 16);
    assert_eq!(bytes(Op::PushTemporary(15)), [0x3f]);
    assert_eq!(bytes(Op::PushTemporary(16)), [0x03, 16]);
    assert_eq!(bytes(Op::Send { argc, selector }), [0x82, 0x09, 16]);
    assert_eq!(bytes(Op::SuperSend { argc, selector }), [0x82, 0xfb, 16]);
    assert_eq!(bytes(Op::PushConstant(Constant::False)), [0x5c]);
    assert_eq!(bytes(Op::Jump(3)), [0xf6, 3]);
    let mut code = Vec::new();
    assert_eq!(bytes(Op::Jump(256)), [0xf0, 1, 0xf6, 0]);
    assert_eq!(encode(Op::Jump(1 << 16), &mut code), Err(Beyond(1 << 16)));
    assert_eq!(code, [0xf6, 0]);
}

#[test]
fn targets_further_on_are_filled_in() {
    let mut code = vec![0xa0];
    let jump = encode_forward(Op::JumpIfFalse(0), Reach::Byte, &mut code).unwrap();
    let _ = encode(Op::ReturnSelf, &mut code);
    jump.land(&mut code).unwrap();
    assert_eq!(code, [0xa0, 0xf8, 4, 0xf1]);
    assert!(encode_forward(Op::Pop, Reach::Byte, &mut code).is_none());
    let end = encode_forward(Op::Jump(0), Reach::Byte, &mut code).unwrap();
    let far = encode_forward(Op::Jump(0), Reach::Wide, &mut code).unwrap();
    code.resize(256, 0xf5);
    assert_eq!(end.land(&mut code), Err(Beyond(256)));
    far.land(&mut code).unwrap();
    assert_eq!(decode(&code, 6).unwrap().op, Op::Jump(256));
}

#[test]
fn what_an_instruction_does_to_the_stack_is_in_its_row() {
    let (argc, selector) = (3, 0);
    let effect = |op: Op| (op.takes(), op.leaves());
    assert_eq!(effect(Op::Send { argc, selector }), (3, 1));
    assert_eq!(effect(Op::Primitive { argc: 0, number: 9 }), (0, 1));
    assert_eq!(effect(Op::Duplicate), (1, 2));
    assert_eq!(effect(Op::ReturnSelf), (0, 0));
    assert_eq!(Op::JumpIfTrue(7).target(), Some(7));
    let (params_at, end) = (1, 9);
    assert_eq!(Op::PushBlock { params_at, end }.target(), Some(9));
    assert_eq!(Op::Pop.target(), None);
}

#[test]
fn whatever_has_a_target_says_where_control_goes() {
    for row in &ROWS {
        let target = row.operands.contains(&OperandKind::Target);
        let goes = matches!(
            row.control,
            Control::Jump | Control::Branch | Control::Block
        );
        assert_eq!(target, goes, "{}", row.name);
        // It is the last operand, which is where it is filled in.
        assert!(!target || row.operands.last() == Some(&OperandKind::Target));
        let counts = row.operands.contains(&OperandKind::ArgumentCount);
        assert_eq!(counts, row.takes == Takes::Arguments, "{}", row.name);
        let ends = row.control == Control::Return;
        assert!(!ends || row.effects.has(crate::effects::Effects::ENDS));
    }
}
