//! Instructions as the interpreter likes them: decoded, specialised, fused.
//!
//! A method's decoded code has an entry for each byte offset, so that jumps, records and
//! Contexts keep speaking of offsets. What is known once and for all is decided here: is
//! the code a block's, where are the temporaries, which site does a send have. Common
//! pairs are one instruction; a jump to the second of a pair finds it decoded as well.

use super::BLOCK_FRAME;
use crate::methods::Method;
use crate::sends::Site;
use crate::vm::Vm;
use smallworld_abi::layout::FrameLayout;
use smallworld_abi::primitive::Primitive;
use smallworld_image::{BinaryOp, Constant, Instruction, Op, decode};

/// What an instruction does. `a` and `b` are the fields of an [`Insn`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Code {
    /// Word `a` of the frame (an argument of a method).
    PushFrame,
    /// Words `a` and `b` of the frame.
    PushFrame2,
    /// Argument `a` of a block's home.
    PushHome,
    /// Argument `a`, which the call has not passed: an error.
    PushMissing,
    /// Instance variable `a`, in a method.
    PushInstance,
    /// Instance variable `a`, in a block.
    PushHomeInstance,
    /// Temporary `a`, in the frame at word `b` unless a Context has it.
    PushInline,
    /// Temporary `a` of the Array at word `b`.
    PushTemporary,
    /// Literal `b`.
    PushLiteral,
    /// SmallInt `a`.
    PushInt,
    /// nil, true, false.
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
    /// Word `a` of the frame, then SmallInt `b`.
    PushFrameInt,
    /// Is word `a` of the frame below SmallInt `b` (low 8 bits)? If not, a jump: to what
    /// the jump at the offset in the upper bits says.
    FrameLessIntJump,
    /// Two words of the frame (`a`; `b`, low 8 bits) to the site in the upper bits.
    SendFrame2,
    /// nil pushed and popped.
    Nothing,
    /// A jump to `b` unless the operand is nil (popped).
    JumpIfNotNil,
    /// A temporary in the frame is the answer, as for pushing.
    ReturnInline,
    /// SmallInt `a` is the answer.
    ReturnInt,
    /// Primitives with the right number of arguments (see `of_its_own`); other cases are as for
    /// Primitive.
    Identical,
    SizeOf,
    Sum,
    IntLess,
    IntEqual,
    Difference,
    SlotAt,
    /// Less, and a jump if false: to `b`; the instruction `next` is the jump, which a
    /// slow path runs.
    LessJump,
    LessEqualJump,
    /// Parameters at `a`, code at `next`, goes on at `b`.
    PushBlock,
    /// `a` arguments, number `b`.
    Primitive,
    /// Class variable `a`.
    PushClassVariable,
    PushHomeClassVariable,
    ReturnSelf,
    ReturnHomeSelf,
    ReturnTop,
    BlockReturn,
    /// `a` values, method `b` of the literals.
    PushClosure,
    PushContext,
    HomeReturn,
    /// Slot `b`.
    PushSlot,
    AssignSlot,
    Duplicate,
    Pop,
    /// To `b`.
    Jump,
    /// To `b`, backwards.
    JumpBack,
    JumpIfTrue,
    JumpIfFalse,
}

/// An instruction in one word: code, `a`, `next`, `b` from the low bits up.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Insn(u64);

impl Insn {
    fn new(p: Parts) -> Insn {
        Insn(p.code as u64 | (p.a as u64) << 8 | (p.next as u64) << 16 | (p.b as u64) << 32)
    }

    /// What it does.
    #[inline(always)]
    pub fn code(self) -> Code {
        // SAFETY: an instruction is made from a Code, which is one byte.
        unsafe { std::mem::transmute::<u8, Code>(self.0 as u8) }
    }

    /// First operand.
    #[inline(always)]
    pub fn a(self) -> usize {
        (self.0 >> 8) as u8 as usize
    }

    /// Offset of the instruction that follows.
    #[inline(always)]
    pub fn next(self) -> usize {
        (self.0 >> 16) as u16 as usize
    }

    /// Second operand.
    #[inline(always)]
    pub fn b(self) -> usize {
        (self.0 >> 32) as usize
    }
}

/// The fields of an instruction.
#[derive(Clone, Copy, Debug)]
struct Parts {
    code: Code,
    a: u8,
    next: u16,
    b: u32,
}

/// Makes a method ready to be interpreted.
#[cold]
pub fn prepare(vm: &mut Vm, number: u32) {
    let m = &vm.methods[number as usize];
    let bytes = m.bytes.clone();
    let filler = Parts {
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
    // Later instructions first, so that what is fused may be fused again; a few rounds,
    // because jumps forward look at what their target has become.
    for _ in 0..3 {
        for i in decoded.iter().rev() {
            improve(&mut insns, i.at);
        }
    }
    vm.methods[number as usize].insns = insns.into_iter().map(Insn::new).collect();
}

/// Is the instruction at `at` in a block?
fn in_block(m: &Method, at: usize) -> bool {
    m.blocks
        .iter()
        .any(|b| (b.start..b.end).contains(&(at as u32)))
}

fn plain(vm: &mut Vm, number: u32, i: &Instruction) -> Parts {
    let m = &vm.methods[number as usize];
    let block = in_block(m, i.at);
    let layout = match block {
        true => BLOCK_FRAME,
        false => FrameLayout::interpreted(m.arity, m.inline),
    };
    let either = |method, home| if block { home } else { method };
    let inline = m.inline > 0 || m.blocks.is_empty();
    let temporary = |k: u8, inline_code, shared_code| {
        if inline {
            (inline_code, k, layout.temporary(k.into()) as u32)
        } else {
            (shared_code, k, layout.temporaries() as u32)
        }
    };
    let (code, a, b) = match i.op {
        Op::PushInstance(k) => (either(Code::PushInstance, Code::PushHomeInstance), k, 0),
        Op::PushArgument(k) if usize::from(k) >= m.arity => (Code::PushMissing, k, 0),
        Op::PushArgument(k) => (either(Code::PushFrame, Code::PushHome), k, 0),
        Op::PushTemporary(k) => temporary(k, Code::PushInline, Code::PushTemporary),
        Op::PushLiteral(k) => (Code::PushLiteral, 0, u32::from(k)),
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
            literal_site(vm, number, i.at, selector, argc, false),
        ),
        Op::SuperSend { argc, selector } => (
            Code::Super,
            argc,
            literal_site(vm, number, i.at, selector, argc, true),
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
                site(vm, number, i.at, op.selector().as_bytes(), 2, false),
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
        Op::PushClosure { count, method } => (Code::PushClosure, count, u32::from(method)),
        Op::PushContext => (Code::PushContext, 0, 0),
        Op::HomeReturn => (Code::HomeReturn, 0, 0),
        Op::PushSlot(n) => (Code::PushSlot, 0, u32::from(n)),
        Op::AssignSlot(n) => (Code::AssignSlot, 0, u32::from(n)),
        Op::Duplicate => (Code::Duplicate, 0, 0),
        Op::Pop => (Code::Pop, 0, 0),
        Op::Jump(t) if t <= i.at => (Code::JumpBack, 0, t as u32),
        Op::Jump(t) => (Code::Jump, 0, t as u32),
        Op::JumpIfTrue(t) => (Code::JumpIfTrue, 0, t as u32),
        Op::JumpIfFalse(t) => (Code::JumpIfFalse, 0, t as u32),
    };
    Parts {
        code,
        a,
        next: i.next as u16,
        b,
    }
}

/// Fuses the instruction at `at` with the one that follows, where there is a pair for it.
fn improve(insns: &mut [Parts], at: usize) {
    let first = insns[at];
    // Where a jump goes, nothing more need happen before what follows there.
    if matches!(
        first.code,
        Code::Jump | Code::JumpIfFalse | Code::JumpIfTrue
    ) {
        let target = insns[first.b as usize];
        if target.code == Code::Nothing {
            insns[at].b = target.next as u32;
        } else if first.code == Code::Jump && target.code == Code::ReturnTop {
            insns[at] = target;
        }
        return;
    }
    let Some(&second) = insns.get(first.next as usize) else {
        return;
    };
    let fused = |code, a, b| Parts {
        code,
        a,
        next: second.next,
        b,
    };
    insns[at] = match (first.code, second.code) {
        (Code::PushFrame, Code::PushFrame) => fused(Code::PushFrame2, first.a, second.a as u32),
        (Code::PushFrame, Code::PushInt) => fused(Code::PushFrameInt, first.a, second.a as u32),
        (Code::PushFrameInt, Code::LessJump) if first.next < 1 << 15 => {
            let jump = second.next as u32;
            fused(Code::FrameLessIntJump, first.a, first.b | (jump << 8))
        }
        (Code::PushFrame2, Code::Send) if second.a == 2 && second.b < 1 << 24 => {
            fused(Code::SendFrame2, first.a, first.b | (second.b << 8))
        }
        (Code::PushInt, Code::Plus) => fused(Code::PlusInt, first.a, second.b),
        (Code::PushInt, Code::ReturnTop) => fused(Code::ReturnInt, first.a, 0),
        (Code::PushInline, Code::ReturnTop) => fused(Code::ReturnInline, first.a, first.b),
        (Code::PushNil, Code::Pop) => fused(Code::Nothing, 0, 0),
        (Code::IsNil, Code::JumpIfFalse) => fused(Code::JumpIfNotNil, 0, second.b),
        (Code::AssignInlinePop, Code::PushInline) if first.b == second.b => {
            fused(Code::AssignInline, first.a, first.b)
        }
        (Code::AssignInline, Code::Pop) => fused(Code::AssignInlinePop, first.a, first.b),
        (Code::AssignTemporary, Code::Pop) => fused(Code::AssignTemporaryPop, first.a, first.b),
        (Code::Primitive, _) => match of_its_own(first.b as u8, first.a) {
            Some(code) => Parts { code, ..first },
            None => return,
        },
        // `next` stays the jump's offset: its own target is read there.
        (Code::Less, Code::JumpIfFalse) => Parts {
            code: Code::LessJump,
            ..first
        },
        (Code::LessEqual, Code::JumpIfFalse) => Parts {
            code: Code::LessEqualJump,
            ..first
        },
        _ => return,
    };
}

/// The instruction that is a primitive, with the right number of arguments.
fn of_its_own(number: u8, arguments: u8) -> Option<Code> {
    let primitive = Primitive::everywhere(number)?;
    let code = match primitive {
        Primitive::SameObject => Code::Identical,
        Primitive::SizeOf => Code::SizeOf,
        Primitive::Sum => Code::Sum,
        Primitive::Less => Code::IntLess,
        Primitive::Equal => Code::IntEqual,
        Primitive::Difference => Code::Difference,
        Primitive::SlotAt => Code::SlotAt,
        _ => return None,
    };
    (primitive.row().arity() == Some(usize::from(arguments))).then_some(code)
}

fn literal_site(
    vm: &mut Vm,
    number: u32,
    at: usize,
    literal: u16,
    argc: u8,
    is_super: bool,
) -> u32 {
    let literals = vm.methods[number as usize].literals;
    let name = vm.slot_of(literals, literal as usize);
    let name = name
        .and_then(|w| vm.bytes_of(w))
        .unwrap_or_default()
        .to_vec();
    site(vm, number, at, &name, argc, is_super)
}

fn site(vm: &mut Vm, number: u32, at: usize, name: &[u8], arity: u8, is_super: bool) -> u32 {
    let selector = vm.selectors.intern(name);
    vm.add_site(Site::new(selector, arity, is_super, number, at as u32))
}
