//! Bytes and literals of a method under construction.

use crate::ast::Literal;
use crate::language::{Blocks, Language};
use smallworld_abi::bytecode::{
    self, Beyond, BinaryOp, Constant, Op, Reach, encode, encode_forward,
};

/// Room on the stack for what the 2015 image's compiler does not count.
pub(super) const SPARE_STACK: usize = 5;

/// What is said of a method that does not fit.
const LARGE_OPERAND: &str = "the method is too large: an operand exceeds 255";
const FAR_JUMP: &str = "the method is too large: a jump goes beyond byte 255";
const MANY_LITERALS: &str = "the method is too large: more than 256 literals";
const VERY_LARGE: &str = "the method is too large: more than 65536 bytes of code, or literals";

/// The place of a target that is not known yet; nothing if the instruction has none.
#[derive(Debug)]
#[must_use]
pub(super) struct Forward(Option<bytecode::Forward>);

/// Why code cannot be finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overflow {
    /// Jumps must be wide.
    Jumps,
    /// For good.
    Final(&'static str),
}

/// Code under construction.
pub(super) struct Emitter {
    pub(super) bytecodes: Vec<u8>,
    pub(super) literals: Vec<Literal>,
    /// How many values are on the stack, and were at most.
    pub(super) depth: usize,
    max_depth: usize,
    /// Arguments under construction, counted the way the 2015 image's compiler counts them: the
    /// receivers' places are not given back.
    counted: usize,
    max_counted: usize,
    /// Whether jumps have the prefix for targets beyond byte 255.
    wide: bool,
    language: Language,
    overflow: Option<Overflow>,
}

impl Emitter {
    pub(super) fn new(language: Language, wide: bool) -> Emitter {
        Emitter {
            bytecodes: Vec::new(),
            literals: Vec::new(),
            depth: 0,
            max_depth: 1,
            counted: 0,
            max_counted: 1,
            wide,
            language,
            overflow: None,
        }
    }

    fn closures(&self) -> bool {
        self.language.blocks == Blocks::Closures
    }

    /// The size of the stack, if everything fits.
    pub(super) fn stack_size(&self) -> Result<usize, Overflow> {
        match self.overflow {
            Some(overflow) => Err(overflow),
            None if self.language.is_original() => Ok(self.max_counted + SPARE_STACK),
            None => Ok(self.max_depth),
        }
    }

    fn overflows(&mut self, overflow: Overflow) {
        // What is final cannot become something else.
        if !matches!(self.overflow, Some(Overflow::Final(_))) {
            self.overflow = Some(overflow);
        }
    }

    fn changes(&mut self, takes: usize, leaves: usize) {
        self.depth = self.depth.saturating_sub(takes) + leaves;
        self.max_depth = self.max_depth.max(self.depth);
    }

    fn encode(&mut self, op: Op) {
        if encode(op, &mut self.bytecodes).is_err() {
            self.overflows(Overflow::Final(FAR_JUMP));
        }
    }

    /// An operand, which has to be a byte.
    fn byte(&mut self, value: usize) -> u8 {
        u8::try_from(value).unwrap_or_else(|_| {
            self.overflows(Overflow::Final(LARGE_OPERAND));
            u8::MAX
        })
    }

    /// An operand that may have two bytes in a method with closures.
    fn wide_operand(&mut self, value: usize, otherwise: &'static str) -> u16 {
        let most = match self.closures() {
            true => u16::MAX,
            false => u16::from(u8::MAX),
        };
        match u16::try_from(value) {
            Ok(value) if value <= most => value,
            Ok(_) if !self.closures() => {
                self.overflows(Overflow::Final(otherwise));
                most
            }
            _ => {
                self.overflows(Overflow::Final(VERY_LARGE));
                most
            }
        }
    }

    // Pushing and storing.

    /// An instruction that pushes what its operand says.
    pub(super) fn push(&mut self, op: impl Fn(u8) -> Op, operand: usize) {
        let operand = self.byte(operand);
        self.encode(op(operand));
        self.changes(0, 1);
    }

    /// An instruction that stores the top.
    pub(super) fn store(&mut self, op: impl Fn(u8) -> Op, operand: usize) {
        let operand = self.byte(operand);
        self.encode(op(operand));
    }

    pub(super) fn constant(&mut self, constant: Constant) {
        self.encode(Op::PushConstant(constant));
        self.changes(0, 1);
    }

    pub(super) fn literal(&mut self, literal: &Literal) {
        let constant = match literal {
            Literal::Nil => Constant::Nil,
            Literal::True => Constant::True,
            Literal::False => Constant::False,
            Literal::Integer(value @ 0..=9) => Constant::Int(*value as u8),
            other => {
                let at = self.add_literal(other.clone());
                let at = self.wide_operand(at, LARGE_OPERAND);
                self.encode(Op::PushLiteral(at));
                return self.changes(0, 1);
            }
        };
        self.constant(constant);
    }

    fn add_literal(&mut self, literal: Literal) -> usize {
        self.literals.push(literal);
        self.literals.len() - 1
    }

    fn add_selector(&mut self, selector: &str) -> usize {
        self.add_literal(match self.closures() {
            true => Literal::Selector(selector.to_string()),
            false => Literal::Str(selector.as_bytes().to_vec()),
        })
    }

    pub(super) fn pop(&mut self) {
        self.encode(Op::Pop);
        self.changes(1, 0);
    }

    pub(super) fn duplicate(&mut self) {
        self.encode(Op::Duplicate);
        self.changes(0, 1);
    }

    /// Pops an object and pushes its slot.
    pub(super) fn push_slot(&mut self, slot: usize) {
        let slot = self.wide_operand(slot, LARGE_OPERAND);
        self.encode(Op::PushSlot(slot));
    }

    /// Pops an object and stores the value below it in its slot.
    pub(super) fn assign_slot(&mut self, slot: usize) {
        let slot = self.wide_operand(slot, LARGE_OPERAND);
        self.encode(Op::AssignSlot(slot));
        self.changes(1, 0);
    }

    pub(super) fn push_context(&mut self) {
        self.encode(Op::PushContext);
        self.changes(0, 1);
    }

    /// Makes a closure of what is on the stack.
    pub(super) fn push_closure(&mut self, count: usize, method: Literal) {
        let at = self.add_literal(method);
        let method = self.wide_operand(at, MANY_LITERALS);
        let taken = self.byte(count);
        self.encode(Op::PushClosure {
            count: taken,
            method,
        });
        self.changes(count, 1);
    }

    // Messages.

    /// Notes that a receiver and arguments are to come, for the count of 2015.
    pub(super) fn count_arguments(&mut self, count: usize) {
        self.counted += count;
        self.max_counted = self.max_counted.max(self.counted);
    }

    pub(super) fn uncount_arguments(&mut self, count: usize) {
        self.counted -= count;
    }

    pub(super) fn send(&mut self, selector: &str, arguments: usize) {
        let argc = self.byte(1 + arguments);
        let at = self.add_selector(selector);
        let selector = self.wide_operand(at, LARGE_OPERAND);
        self.encode(Op::Send { argc, selector });
        self.changes(1 + arguments, 1);
    }

    pub(super) fn super_send(&mut self, selector: &str, arguments: usize) {
        let argc = self.byte(1 + arguments);
        let at = self.add_selector(selector);
        let selector = self.wide_operand(at, MANY_LITERALS);
        self.encode(Op::SuperSend { argc, selector });
        self.changes(1 + arguments, 1);
    }

    pub(super) fn binary(&mut self, op: BinaryOp) {
        self.encode(Op::Binary(op));
        self.changes(2, 1);
    }

    /// Replaces the top by whether it is nil, or is not.
    pub(super) fn nil_test(&mut self, is: bool) {
        self.encode(if is { Op::IsNil } else { Op::NotNil });
    }

    pub(super) fn primitive(&mut self, number: u8, arguments: usize) {
        let argc = self.byte(arguments);
        self.encode(Op::Primitive { argc, number });
        self.changes(arguments, 1);
    }

    // Control.

    pub(super) fn here(&self) -> usize {
        self.bytecodes.len()
    }

    /// A jump to what is not there yet.
    pub(super) fn jump(&mut self, op: Op) -> Forward {
        let reach = if self.wide { Reach::Wide } else { Reach::Byte };
        let jump = encode_forward(op, reach, &mut self.bytecodes);
        if matches!(op, Op::JumpIfTrue(_) | Op::JumpIfFalse(_)) {
            self.changes(1, 0);
        }
        Forward(jump)
    }

    /// The jump goes to what comes next.
    pub(super) fn land(&mut self, jump: Forward) {
        self.set_target(jump, self.here());
    }

    /// A jump to a place that is there.
    pub(super) fn jump_back(&mut self, op: Op, target: usize) {
        let jump = self.jump(op);
        self.set_target(jump, target);
    }

    fn set_target(&mut self, jump: Forward, target: usize) {
        let Some(Err(Beyond(at))) = jump.0.map(|jump| jump.go_to(target, &mut self.bytecodes))
        else {
            return;
        };
        self.overflows(match at > usize::from(u16::MAX) {
            true => Overflow::Final(VERY_LARGE),
            false if self.closures() => Overflow::Jumps,
            false => Overflow::Final(FAR_JUMP),
        });
    }

    /// A block in the code of its method, which goes on at the jump's target.
    pub(super) fn push_block(&mut self, location: usize) -> Forward {
        let params_at = self.byte(location);
        let block = Op::PushBlock { params_at, end: 0 };
        Forward(encode_forward(block, Reach::Byte, &mut self.bytecodes))
    }

    /// Returns; what comes next is never reached, and finds the value where it was.
    pub(super) fn return_by(&mut self, op: Op) {
        self.encode(op);
    }

    pub(super) fn home_return(&mut self) {
        self.encode(Op::HomeReturn);
    }

    /// Code of a block, which begins with an empty stack, follows; or what comes after it. Answers the
    /// depth there was.
    pub(super) fn set_depth(&mut self, depth: usize) -> usize {
        std::mem::replace(&mut self.depth, depth)
    }

    /// The instruction that makes a block of the code before has left it on the stack.
    pub(super) fn block_is_pushed(&mut self) {
        self.changes(0, 1);
    }

    /// After a value in one of two ways: it is counted once.
    pub(super) fn forget_value(&mut self) {
        self.changes(1, 0);
    }
}
