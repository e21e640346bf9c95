//! Instructions as the interpreter likes them: decoded, specialised, fused.
//!
//! A method's decoded code has an entry for each byte offset, so that jumps, records and
//! Contexts keep speaking of offsets. What is known once and for all is decided here: is
//! the code a block's, where are the temporaries, which site does a send have. Common
//! pairs are one instruction; a jump to the second of a pair finds it decoded as well.

use super::FIXED;
use crate::methods::Method;
use crate::sends::Site;
use crate::vm::Vm;
use smallworld_image::{BinaryOp, Constant, Instruction, Op, decode, selector_arity};

/// What an instruction does. `a` and `b` are the fields of [`Insn`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Code {
    /// Word `a` of the frame (an argument of a method).
    PushFrame,
    /// Words `a` and `b` of the frame.
    PushFrame2,
    /// Argument `a` of a block's home.
    PushHome,
    /// Instance variable `a`, in a method.
    PushInstance,
    /// Instance variable `a`, in a block.
    PushHomeInstance,
    /// Temporary `a`, in the frame at word `b` unless a Context has it.
    PushInline,
    /// Temporary `a` of the Array at word `b`.
    PushTemporary,
    /// Literal `a`.
    PushLiteral,
    /// SmallInt `a`.
    PushInt,
    PushNil,
    PushTrue,
    PushFalse,
    /// As for pushing.
    AssignInstance,
    AssignHomeInstance,
    AssignInline,
    AssignTemporary,
    /// The same, and the value is popped.
    AssignInlinePop,
    AssignTemporaryPop,
    /// `a` arguments, site `b`.
    Send,
    Super,
    IsNil,
    NotNil,
    /// Site `b`.
    Less,
    LessEqual,
    Plus,
    /// Plus SmallInt `a` (the push is part of it), site `b`.
    PlusInt,
    /// Less, and a jump if false: to `b`; the instruction `next` is the jump, which a
    /// slow path runs.
    LessJump,
    LessEqualJump,
    /// Parameters at `a`, code at `next`, goes on at `b`.
    PushBlock,
    /// `a` arguments, number `b`.
    Primitive,
    /// The same, and the result is returned.
    PrimitiveReturn,
    /// Class variable `a`.
    PushClassVariable,
    PushHomeClassVariable,
    ReturnSelf,
    ReturnHomeSelf,
    ReturnTop,
    BlockReturn,
    Duplicate,
    Pop,
    /// To `b`.
    Jump,
    /// To `b`, backwards.
    JumpBack,
    JumpIfTrue,
    JumpIfFalse,
}

/// One decoded instruction.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Insn {
    /// What it does.
    pub code: Code,
    /// First operand.
    pub a: u8,
    /// Offset of the instruction that follows.
    pub next: u16,
    /// Second operand.
    pub b: u32,
}

/// Makes a method ready to be interpreted.
#[cold]
pub fn prepare(vm: &mut Vm, number: u32) {
    let m = &vm.methods[number as usize];
    let bytes = m.bytes.clone();
    let filler = Insn {
        code: Code::ReturnSelf,
        a: 0,
        next: 0,
        b: 0,
    };
    let mut insns = vec![filler; bytes.len()];
    let starts: Vec<usize> = (0..bytes.len())
        .filter(|&i| m.depth_at[i].is_some())
        .collect();
    let decoded: Vec<Instruction> = starts
        .into_iter()
        .filter_map(|at| decode(&bytes, at).ok())
        .collect();
    for i in &decoded {
        insns[i.at] = plain(vm, number, i);
    }
    for i in &decoded {
        let second = insns.get(i.next).copied();
        if let Some(fused) = second.and_then(|s| fuse(insns[i.at], s, &insns)) {
            insns[i.at] = fused;
        }
    }
    vm.methods[number as usize].insns = insns.into();
}

/// Is the instruction at `at` in a block?
fn in_block(m: &Method, at: usize) -> bool {
    m.blocks
        .iter()
        .any(|b| (b.start..b.end).contains(&(at as u32)))
}

fn plain(vm: &mut Vm, number: u32, i: &Instruction) -> Insn {
    let m = &vm.methods[number as usize];
    let block = in_block(m, i.at);
    let n = if block { 1 } else { m.arity };
    let either = |method, home| if block { home } else { method };
    let inline = m.inline > 0 || m.blocks.is_empty();
    let temporary = |k: u8, inline_code, shared_code| {
        if inline {
            (inline_code, k, (n + FIXED) as u32 + k as u32)
        } else {
            (shared_code, k, n as u32 + 1)
        }
    };
    let (code, a, b) = match i.op {
        Op::PushInstance(k) => (either(Code::PushInstance, Code::PushHomeInstance), k, 0),
        Op::PushArgument(k) => (either(Code::PushFrame, Code::PushHome), k, 0),
        Op::PushTemporary(k) => temporary(k, Code::PushInline, Code::PushTemporary),
        Op::PushLiteral(k) => (Code::PushLiteral, k, 0),
        Op::PushConstant(Constant::Int(k)) => (Code::PushInt, k, 0),
        Op::PushConstant(Constant::Nil) => (Code::PushNil, 0, 0),
        Op::PushConstant(Constant::True) => (Code::PushTrue, 0, 0),
        Op::PushConstant(Constant::False) => (Code::PushFalse, 0, 0),
        Op::AssignInstance(k) => {
            let code = either(Code::AssignInstance, Code::AssignHomeInstance);
            (code, k, 0)
        }
        Op::AssignTemporary(k) => temporary(k, Code::AssignInline, Code::AssignTemporary),
        Op::Send { argc, selector } => (
            Code::Send,
            argc,
            literal_site(vm, number, i.at, selector, false),
        ),
        Op::SuperSend { argc, selector } => (
            Code::Super,
            argc,
            literal_site(vm, number, i.at, selector, true),
        ),
        Op::IsNil => (Code::IsNil, 0, 0),
        Op::NotNil => (Code::NotNil, 0, 0),
        Op::Binary(op) => {
            let code = match op {
                BinaryOp::Less => Code::Less,
                BinaryOp::LessEqual => Code::LessEqual,
                BinaryOp::Plus => Code::Plus,
            };
            (
                code,
                0,
                site(vm, number, i.at, op.selector().as_bytes(), false),
            )
        }
        Op::PushBlock { params_at, end } => (Code::PushBlock, params_at, end as u32),
        Op::Primitive { argc, number } => (Code::Primitive, argc, number as u32),
        Op::PushClassVariable(k) => {
            let code = either(Code::PushClassVariable, Code::PushHomeClassVariable);
            (code, k, 0)
        }
        Op::ReturnSelf => (either(Code::ReturnSelf, Code::ReturnHomeSelf), 0, 0),
        Op::ReturnTop => (Code::ReturnTop, 0, 0),
        Op::BlockReturn => (either(Code::ReturnTop, Code::BlockReturn), 0, 0),
        Op::Duplicate => (Code::Duplicate, 0, 0),
        Op::Pop => (Code::Pop, 0, 0),
        Op::Jump(t) if t <= i.at => (Code::JumpBack, 0, t as u32),
        Op::Jump(t) => (Code::Jump, 0, t as u32),
        Op::JumpIfTrue(t) => (Code::JumpIfTrue, 0, t as u32),
        Op::JumpIfFalse(t) => (Code::JumpIfFalse, 0, t as u32),
    };
    Insn {
        code,
        a,
        next: i.next as u16,
        b,
    }
}

fn fuse(first: Insn, second: Insn, insns: &[Insn]) -> Option<Insn> {
    let fused = |code, b| {
        Some(Insn {
            code,
            a: first.a,
            next: second.next,
            b,
        })
    };
    match (first.code, second.code) {
        (Code::PushFrame, Code::PushFrame) => fused(Code::PushFrame2, second.a as u32),
        (Code::PushInt, Code::Plus) => fused(Code::PlusInt, second.b),
        (Code::AssignInline, Code::Pop) => fused(Code::AssignInlinePop, first.b),
        (Code::AssignTemporary, Code::Pop) => fused(Code::AssignTemporaryPop, first.b),
        (Code::Primitive, Code::ReturnTop) => Some(Insn {
            code: Code::PrimitiveReturn,
            ..first
        }),
        // `next` stays the jump's offset: its own target is read there.
        (Code::Less, Code::JumpIfFalse) => Some(Insn {
            code: Code::LessJump,
            ..first
        }),
        (Code::LessEqual, Code::JumpIfFalse) => Some(Insn {
            code: Code::LessEqualJump,
            ..first
        }),
        _ => {
            let _ = insns;
            None
        }
    }
}

fn literal_site(vm: &mut Vm, number: u32, at: usize, literal: u8, is_super: bool) -> u32 {
    let literals = vm.methods[number as usize].literals;
    let name = vm.slot_of(literals, literal as usize);
    let name = name
        .and_then(|w| vm.bytes_of(w))
        .unwrap_or_default()
        .to_vec();
    site(vm, number, at, &name, is_super)
}

fn site(vm: &mut Vm, number: u32, at: usize, name: &[u8], is_super: bool) -> u32 {
    let arity = selector_arity(name);
    let selector = vm.selectors.intern(name);
    vm.add_site(Site::new(selector, arity, is_super, number, at as u32))
}
