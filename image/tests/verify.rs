//! One small method for every rule of the verifier.

use smallworld_image::{Analysis, Op, Shape, VerifyError, decode, selector_arity, verify};

/// Verifies `code` with two arguments, two temporaries, and the literals `at:` `#()` `size`.
fn run(code: &[u8]) -> Result<Analysis, Vec<VerifyError>> {
    let literals = [Some(&b"at:"[..]), None, Some(b"size")];
    verify(&Shape {
        code,
        arity: 2,
        temporaries: 2,
        literals: literals.len(),
        is_selector: &|n| literals[n].is_some(),
    })
}

fn accepted(code: &[u8]) -> Analysis {
    run(code).unwrap_or_else(|errors| panic!("{code:02x?}: {errors:?}"))
}

/// The only error in `code` is at offset `at`, and says `expected`.
fn refused(code: &[u8], at: usize, expected: &str) {
    let errors = run(code).expect_err(expected);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].at, at, "{errors:?}");
    assert!(errors[0].message.contains(expected), "{errors:?}");
}

#[test]
fn arity_of_selectors() {
    let cases = [
        ("size", 1),
        ("_", 2),
        ("_x", 2),
        ("x_", 1),
        ("Ax", 1),
        ("\u{e9}t\u{e9}", 2),
        ("at:", 2),
        ("at:put:", 3),
        ("<=", 2),
        ("", 2),
        (":", 2),
    ];
    for (selector, arity) in cases {
        assert_eq!(selector_arity(selector.as_bytes()), arity, "{selector}");
    }
}

#[test]
fn a_frame_counts_its_arguments_in_a_byte() {
    let with = |arity| {
        verify(&Shape {
            code: &[0x20, 0xf2],
            arity,
            temporaries: 0,
            literals: 0,
            is_selector: &|_| false,
        })
    };
    assert!(with(255).is_ok());
    let errors = with(256).unwrap_err();
    assert!(errors[0].message.contains("256 arguments"), "{errors:?}");
}

#[test]
fn depths_are_those_before_the_instruction() {
    // push self; push 1; +; return top
    let analysis = accepted(&[0x20, 0x51, 0xb2, 0xf2]);
    assert_eq!(analysis.depth, [Some(0), Some(1), Some(2), Some(1)]);
    assert_eq!(analysis.max_depth, 2);
    assert_eq!(analysis.starts().collect::<Vec<_>>(), [0, 1, 2, 3]);
}

#[test]
fn a_mark_and_its_send_are_one_instruction() {
    let analysis = accepted(&[0x20, 0x21, 0x82, 0x90, 0xf2]);
    let expected = [Some(0), Some(1), Some(2), None, Some(1)];
    assert_eq!(analysis.depth, expected);
    // A jump between the two.
    refused(
        &[0x20, 0x82, 0x90, 0xf2],
        1,
        "takes 2 from a stack that holds 1",
    );
    let errors = run(&[0x20, 0x21, 0x5b, 0xf7, 6, 0x82, 0x90, 0xf2]).unwrap_err();
    assert!(
        errors[0].message.contains("no mark arguments"),
        "{errors:?}"
    );
}

#[test]
fn dead_code_is_ignored() {
    let analysis = accepted(&[0x20, 0xf2, 0xf5, 0xf1, 0xff]);
    assert_eq!(analysis.depth[2..], [None; 3]);
    accepted(&[0xf6, 3, 0xff, 0xf1]);
}

#[test]
fn merge_points_must_agree() {
    // true ifTrue: [1] ifFalse: [2]
    let analysis = accepted(&[0x5b, 0xf8, 6, 0x51, 0xf6, 7, 0x52, 0xf2]);
    assert_eq!(analysis.depth[7], Some(1));
    assert_eq!(
        analysis.jump_targets.into_iter().collect::<Vec<_>>(),
        [6, 7]
    );
    let errors = run(&[0x5b, 0xf8, 7, 0x51, 0x51, 0xf6, 8, 0x52, 0xf2]).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert!(errors[0].message.contains("reaches 8 with"), "{errors:?}");
}

#[test]
fn loops_are_followed_once() {
    accepted(&[0xf6, 0]);
    accepted(&[0x5b, 0xf7, 0, 0xf1]);
    refused(&[0x5b, 0xf6, 0], 1, "reaches 0 with 1 values");
}

#[test]
fn stacks_do_not_underflow() {
    refused(&[0xf5, 0xf1], 0, "takes 1 from a stack that holds 0");
    refused(&[0x20, 0xb2, 0xf2], 1, "takes 2 from a stack that holds 1");
    refused(&[0xf4, 0xf1], 0, "takes 1");
    refused(&[0x70, 0xf1], 0, "takes 1");
    refused(&[0xa0, 0xf1], 0, "takes 1");
    refused(&[0xf2], 0, "takes 1");
    refused(&[0xd1, 4, 0xf1], 0, "takes 1");
    refused(&[0xf7, 2, 0xf1], 0, "takes 1");
}

#[test]
fn control_stays_inside_the_method() {
    refused(&[0x20], 0, "control goes to 1, outside the method");
    refused(&[0xf6, 9], 0, "the jump goes to 9, outside the method");
    refused(&[], 0, "no code");
    refused(&[0x20, 0xf6], 1, "the code ends where the target should be");
    refused(&vec![0x50; 70_000], 0, "70000 bytes long");
}

#[test]
fn instructions_do_not_overlap() {
    // Offset 4 is the number of the primitive; read as an instruction it is a return.
    let errors = run(&[0x5b, 0xf7, 4, 0xd0, 0xf1, 0xf1]).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].message.contains("inside the instruction at 3"));
}

#[test]
fn operands_exist() {
    refused(&[0x32, 0xf2], 0, "temporary 2 does not exist");
    refused(&[0x20, 0x72, 0xf2], 1, "temporary 2 does not exist");
    refused(&[0x43, 0xf2], 0, "literal 3 does not exist");
    refused(&[0x20, 0x81, 0x93, 0xf2], 1, "literal 3 does not exist");
    refused(&[0x5d, 0xf2], 0, "no constant 13");
    // Instance and class variables depend on the receiver.
    accepted(&[0x1f, 0x6f, 0xf5, 0xef, 0xf2]);
}

#[test]
fn sends_take_what_they_say() {
    accepted(&[0x20, 0x81, 0x92, 0xf2]);
    accepted(&[0x20, 0x21, 0x82, 0xfb, 0, 0xf2]);
    // Fewer and more than the selector looks like.
    accepted(&[0x20, 0x81, 0x90, 0xf2]);
    accepted(&[0x20, 0x21, 0x82, 0xfb, 2, 0xf2]);
    // So there may be more arguments than the method's own selector looks like.
    accepted(&[0x22, 0xf2]);
    refused(
        &[0x20, 0x82, 0x90, 0xf2],
        1,
        "takes 2 from a stack that holds 1",
    );
    refused(&[0x20, 0x81, 0x91, 0xf2], 1, "is no selector");
    refused(&[0x80, 0x92, 0xf2], 0, "without a receiver");
}

#[test]
fn primitives_may_be_unknown() {
    accepted(&[0xd0, 250, 0xf2]);
    accepted(&[0x20, 0xd1, 8, 0xf2]);
    refused(&[0xd0, 8, 0xf2], 0, "primitive 8 needs");
    refused(&[0xff, 0xf1], 0, "no special operation 15");
    refused(&[0xf0, 1, 0xf1], 0, "no operand that can be widened");
}

#[test]
fn blocks_have_a_stack_of_their_own() {
    // push 1; push block [push temporary 0; return top]; return top
    let analysis = accepted(&[0x51, 0xc0, 5, 0x30, 0xf2, 0xf2]);
    assert_eq!(analysis.depth[3..], [Some(0), Some(1), Some(2)]);
    assert_eq!(analysis.max_depth, 2);
    let block = &analysis.blocks[0];
    assert_eq!((block.push_at, block.start, block.end), (1, 3, 5));
    assert_eq!((block.params_at, block.parent), (0, None));
    assert!(!block.has_block_return);
    let owners = [None, None, None, Some(0), Some(0), None];
    assert_eq!(analysis.block_at, owners);
}

#[test]
fn nested_blocks_are_listed_in_the_order_of_the_code() {
    // [[^ nil] . nil] and then [nil]
    let code = [
        0xc0, 9, // 0: outer block, 2 to 9
        0xc1, 6, // 2: inner block, 4 to 6
        0x5a, 0xf3, // 4
        0xf5, 0x5a, 0xf2, // 6
        0xc2, 13, // 9: second block, 11 to 13
        0x5a, 0xf2, // 11
        0xf1, // 13
    ];
    let analysis = accepted(&code);
    let found: Vec<_> = analysis
        .blocks
        .iter()
        .map(|block| (block.start, block.parent, block.has_block_return))
        .collect();
    // Only the inner block's own code returns from its home.
    assert_eq!(
        found,
        [(2, None, false), (4, Some(0), true), (11, None, false)]
    );
    assert_eq!(analysis.block_at[4], Some(1));
    assert_eq!(analysis.block_at[6], Some(0));
    assert_eq!(analysis.block_at[12], Some(2));
}

#[test]
fn parameters_of_blocks_have_a_place() {
    accepted(&[0xc2, 4, 0x5a, 0xf2, 0xf2]);
    refused(&[0xc3, 4, 0x5a, 0xf2, 0xf2], 0, "start at temporary 3");
}

#[test]
fn control_stays_inside_the_block() {
    // Falling off the end of the block, and jumping out of it.
    refused(&[0xc0, 3, 0x5a, 0xf2], 2, "outside its block (2 to 3)");
    refused(
        &[0xc0, 4, 0xf6, 4, 0xf2],
        2,
        "the jump goes to 4, outside its block",
    );
    // Jumping into it, at code the block itself reaches and at code it does not.
    let errors = run(&[0xc0, 4, 0x5a, 0xf2, 0xf6, 2]).unwrap_err();
    assert!(errors[0].message.contains("in another block"), "{errors:?}");
    let errors = run(&[0xc0, 5, 0x5a, 0xf2, 0xf1, 0xf5, 0xf6, 4]).unwrap_err();
    assert!(errors[0].message.contains("from outside"), "{errors:?}");
    refused(&[0x5a, 0xf3], 1, "outside any block");
}

#[test]
fn blocks_have_a_possible_extent() {
    let errors = run(&[0xf6, 4, 0x5a, 0xf2, 0xc0, 2]).unwrap_err();
    assert!(errors[0].message.contains("goes from 6 to 2"), "{errors:?}");
    let errors = run(&[0xc0, 99, 0x5a, 0xf2]).unwrap_err();
    assert!(
        errors[0].message.contains("goes from 2 to 99"),
        "{errors:?}"
    );
    // The inner block ends after the outer one.
    let errors = run(&[0xc0, 6, 0xc0, 7, 0x5a, 0xf2, 0x5a, 0xf2]).unwrap_err();
    let text = format!("{errors:?}");
    assert!(text.contains("the block ends at 7, after the block around it (6)"));
}

#[test]
fn all_errors_are_told_in_order() {
    // temporary 8, temporary 9, an unknown literal's send, a pop too many
    let errors = run(&[0x38, 0x39, 0x82, 0x97, 0xf5, 0xf5, 0xf1]).unwrap_err();
    let places: Vec<usize> = errors.iter().map(|error| error.at).collect();
    assert_eq!(places, [0, 1, 2, 5]);
    assert_eq!(
        errors[3].to_string(),
        "bytecode @5: takes 1 from a stack that holds 0"
    );
}

/// A small generator of its own keeps the test the same everywhere.
struct Random(u32);

impl Random {
    fn byte(&mut self) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 >> 11) as u8
    }

    /// Code that is often sound: known instructions, targets that are near, room for blocks to return.
    fn code(&mut self, length: usize) -> Vec<u8> {
        const PLAIN: &[u8] = b"\x20\x21\x30\x51\x5a\x71\xa0\xb2\xf1\xf2\xf3\xf4\xf5";
        const WITH_TARGET: &[u8] = b"\xc0\xc1\xf6\xf7\xf8";
        let mut code = Vec::new();
        while code.len() < length {
            let choice = usize::from(self.byte());
            match self.byte() {
                0..=150 => code.push(PLAIN[choice % PLAIN.len()]),
                151..=180 => code.extend([0x5a, 0xf2]),
                181..=250 => {
                    let near = code.len() as u8 + self.byte() % 12;
                    code.extend([
                        WITH_TARGET[choice % WITH_TARGET.len()],
                        near.saturating_sub(3),
                    ]);
                }
                _ => code.push(choice as u8),
            }
        }
        code
    }
}

/// Runs `code` from `at` for some steps, choosing freely where it may branch; only depths are kept.
fn walk(code: &[u8], analysis: &Analysis, mut at: usize, random: &mut Random) {
    let mut depth = 0;
    for _ in 0..40 {
        assert_eq!(analysis.depth[at], Some(depth), "@{at} in {code:02x?}");
        let found = decode(code, at).unwrap();
        let branch = random.byte().is_multiple_of(2);
        (depth, at) = match found.op {
            Op::ReturnSelf => return,
            Op::ReturnTop | Op::BlockReturn | Op::HomeReturn => return assert!(depth > 0),
            Op::Jump(target) => (depth, target),
            Op::JumpIfTrue(target) | Op::JumpIfFalse(target) if branch => (depth - 1, target),
            Op::JumpIfTrue(_) | Op::JumpIfFalse(_) | Op::Pop => (depth - 1, found.next),
            Op::PushBlock { end, .. } => (depth + 1, end),
            Op::Send { argc, .. } | Op::SuperSend { argc, .. } | Op::Primitive { argc, .. } => {
                (depth - u16::from(argc) + 1, found.next)
            }
            Op::PushClosure { count, .. } => (depth - u16::from(count) + 1, found.next),
            Op::Binary(_) | Op::AssignSlot(_) => (depth - 1, found.next),
            Op::IsNil
            | Op::NotNil
            | Op::AssignInstance(_)
            | Op::AssignTemporary(_)
            | Op::PushSlot(_) => {
                assert!(depth > 0);
                (depth, found.next)
            }
            _ => (depth + 1, found.next),
        };
    }
}

#[test]
fn random_methods_are_refused_or_run_as_analysed() {
    let mut random = Random(0x2545_f491);
    let (mut sound, mut with_blocks, mut with_jumps) = (0, 0, 0);
    for round in 0..200_000 {
        let code = random.code(round % 16);
        let Ok(analysis) = run(&code) else { continue };
        sound += 1;
        with_blocks += u32::from(!analysis.blocks.is_empty());
        with_jumps += u32::from(!analysis.jump_targets.is_empty());
        for _ in 0..4 {
            walk(&code, &analysis, 0, &mut random);
            for block in &analysis.blocks {
                walk(&code, &analysis, block.start, &mut random);
            }
        }
    }
    // The test means something only if such methods came up.
    assert!(sound > 10_000, "{sound} sound methods");
    assert!(with_blocks > 100, "{with_blocks} with blocks");
    assert!(with_jumps > 100, "{with_jumps} with jumps");
}
