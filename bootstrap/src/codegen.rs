//! Turns a parsed method into bytecodes and literals.
//!
//! Instructions and literals come in the order the image's own compiler makes them: an expression
//! before what uses it, one literal for every use (none is shared). Control flow whose blocks are
//! written in place becomes jumps.

use crate::ast::{Literal, MethodNode, Node, Variable};
use smallworld_abi::bytecode::{BinaryOp, Constant, Forward, Op, Reach, encode, encode_forward};

/// Bytecodes, literals and sizes of a method.
#[derive(Debug, Clone, PartialEq)]
pub struct Code {
    /// The instructions.
    pub bytecodes: Vec<u8>,
    /// The literals the instructions refer to.
    pub literals: Vec<Literal>,
    /// How many slots the stack of an activation needs.
    pub stack_size: usize,
}

/// Generates the code of a method; says what does not fit if it is too large.
pub fn generate(method: &MethodNode) -> Result<Code, String> {
    let mut generator = Generator::default();
    for statement in &method.statements {
        generator.node(statement, false);
        generator.emit(Op::Pop);
    }
    generator.emit(Op::ReturnSelf);
    generator.finish()
}

/// Room on the stack for what the counting of arguments leaves out.
const SPARE_STACK: usize = 5;

/// What is said of a method that does not fit.
const LARGE_OPERAND: &str = "the method is too large: an operand exceeds 255";
const FAR_JUMP: &str = "the method is too large: a jump goes beyond byte 255";
const MANY_LITERALS: &str = "the method is too large: more than 256 literals";

struct Generator {
    bytecodes: Vec<u8>,
    literals: Vec<Literal>,
    /// Arguments under construction, counted the way the image's compiler counts them: the
    /// receivers' places are not given back.
    stack: usize,
    max_stack: usize,
    overflow: Option<&'static str>,
}

impl Default for Generator {
    fn default() -> Generator {
        Generator {
            bytecodes: Vec::new(),
            literals: Vec::new(),
            stack: 0,
            max_stack: 1,
            overflow: None,
        }
    }
}

impl Generator {
    fn finish(self) -> Result<Code, String> {
        match self.overflow {
            Some(message) => Err(message.to_string()),
            None => Ok(Code {
                bytecodes: self.bytecodes,
                literals: self.literals,
                stack_size: self.max_stack + SPARE_STACK,
            }),
        }
    }

    // The encoding.

    fn emit(&mut self, op: Op) {
        if encode(op, &mut self.bytecodes).is_err() {
            self.overflow = Some(FAR_JUMP);
        }
    }

    /// An operand, which has to be a byte; one of two bytes stands for what is too large.
    fn operand(&mut self, value: usize, overflow: &'static str) -> u8 {
        u8::try_from(value).unwrap_or_else(|_| {
            self.overflow = Some(overflow);
            u8::MAX
        })
    }

    /// An instruction with an operand.
    fn with(&mut self, op: impl Fn(u8) -> Op, value: usize) {
        let operand = self.operand(value, LARGE_OPERAND);
        self.emit(op(operand));
    }

    fn literal(&mut self, literal: Literal) -> usize {
        self.literals.push(literal);
        self.literals.len() - 1
    }

    /// A jump or block, to wherever it lands.
    fn forward(&mut self, op: Op) -> Option<Forward> {
        encode_forward(op, Reach::Byte, &mut self.bytecodes)
    }

    fn land(&mut self, target: Option<Forward>) {
        if let Some(target) = target
            && target.land(&mut self.bytecodes).is_err()
        {
            self.overflow = Some(FAR_JUMP);
        }
    }

    // The tree. `in_block` is about `^`: it leaves the home method of a real block.

    fn node(&mut self, node: &Node, in_block: bool) {
        match node {
            Node::Literal(literal) => self.constant(literal),
            Node::Argument(at) => self.with(Op::PushArgument, *at),
            Node::Super => self.emit(Op::PushArgument(0)),
            Node::Temporary(at) => self.with(Op::PushTemporary, *at),
            Node::Instance(at) => self.with(Op::PushInstance, *at),
            Node::ClassVariable(at) => self.with(Op::PushClassVariable, *at),
            Node::Assign { target, value } => {
                self.node(value, in_block);
                match target {
                    Variable::Temporary(at) => self.with(Op::AssignTemporary, *at),
                    Variable::Instance(at) => self.with(Op::AssignInstance, *at),
                }
            }
            Node::Send {
                receiver,
                selector,
                arguments,
            } => self.send(receiver, selector, arguments, in_block),
            Node::Primitive { number, arguments } => {
                // Few arguments fit in the spare room.
                let extra = arguments.len().saturating_sub(SPARE_STACK);
                self.stack += extra;
                self.max_stack = self.max_stack.max(self.stack);
                for argument in arguments {
                    self.node(argument, in_block);
                }
                self.stack -= extra;
                let (argc, number) = (self.operand(arguments.len(), LARGE_OPERAND), *number);
                self.emit(Op::Primitive { argc, number });
            }
            Node::Block {
                location,
                statements,
            } => {
                let (params_at, end) = (self.operand(*location, LARGE_OPERAND), 0);
                let end = self.forward(Op::PushBlock { params_at, end });
                self.statements_in_line(statements, true);
                self.emit(Op::ReturnTop);
                self.land(end);
            }
            Node::Return(value) => {
                self.node(value, in_block);
                self.emit(if in_block {
                    Op::BlockReturn
                } else {
                    Op::ReturnTop
                });
            }
        }
    }

    fn constant(&mut self, literal: &Literal) {
        let constant = match literal {
            Literal::Nil => Constant::Nil,
            Literal::True => Constant::True,
            Literal::False => Constant::False,
            Literal::Integer(value @ 0..=9) => Constant::Int(*value as u8),
            other => {
                let at = self.literal(other.clone());
                return self.with(|n| Op::PushLiteral(n.into()), at);
            }
        };
        self.emit(Op::PushConstant(constant));
    }

    /// Statements that leave the value of the last one on the stack.
    fn statements_in_line(&mut self, statements: &[Node], in_block: bool) {
        for (at, statement) in statements.iter().enumerate() {
            if at > 0 {
                self.emit(Op::Pop);
            }
            self.node(statement, in_block);
        }
    }

    /// The body of a block written where its value is wanted.
    fn in_line(&mut self, block: &Node, in_block: bool) {
        if let Node::Block { statements, .. } = block {
            self.statements_in_line(statements, in_block);
        }
    }

    fn send(&mut self, receiver: &Node, selector: &str, arguments: &[Node], in_block: bool) {
        let blocks = arguments.iter().all(Node::is_block);
        if receiver.is_block() && blocks {
            match selector {
                "whileTrue:" => {
                    return self.repeat(receiver, Op::JumpIfFalse(0), arguments, in_block);
                }
                "whileFalse:" => {
                    return self.repeat(receiver, Op::JumpIfTrue(0), arguments, in_block);
                }
                _ => {}
            }
        }
        self.node(receiver, in_block);
        if *receiver == Node::Super {
            self.arguments(arguments, in_block);
            let argc = self.operand(1 + arguments.len(), LARGE_OPERAND);
            let at = self.literal(selector_literal(selector));
            let selector = self.operand(at, MANY_LITERALS).into();
            return self.emit(Op::SuperSend { argc, selector });
        }
        match selector {
            "isNil" => return self.emit(Op::IsNil),
            "notNil" => return self.emit(Op::NotNil),
            _ => {}
        }
        if blocks && self.branch(selector, arguments, in_block) {
            return;
        }
        self.arguments(arguments, in_block);
        if let Some(op) = BinaryOp::of_selector(selector) {
            return self.emit(Op::Binary(op));
        }
        self.stack -= arguments.len();
        let argc = self.operand(1 + arguments.len(), LARGE_OPERAND);
        let at = self.literal(selector_literal(selector));
        let selector = self.operand(at, LARGE_OPERAND).into();
        self.emit(Op::Send { argc, selector });
    }

    fn arguments(&mut self, arguments: &[Node], in_block: bool) {
        self.stack += 1 + arguments.len();
        self.max_stack = self.max_stack.max(self.stack);
        for argument in arguments {
            self.node(argument, in_block);
        }
    }

    /// `[condition] whileTrue: [body]`: jumps out with `leave`, its value is nil.
    fn repeat(&mut self, condition: &Node, leave: Op, body: &[Node], in_block: bool) {
        let start = self.bytecodes.len();
        self.in_line(condition, in_block);
        let out = self.forward(leave);
        self.in_line(&body[0], in_block);
        self.emit(Op::Pop);
        self.emit(Op::Jump(start));
        self.land(out);
        self.constant(&Literal::Nil);
    }

    /// A choice between blocks, the condition being on the stack; false if the selector is none.
    fn branch(&mut self, selector: &str, blocks: &[Node], in_block: bool) -> bool {
        let (skip, otherwise) = match selector {
            "ifTrue:" => (Op::JumpIfFalse(0), Some(Literal::Nil)),
            "ifFalse:" => (Op::JumpIfTrue(0), Some(Literal::Nil)),
            "and:" => (Op::JumpIfFalse(0), Some(Literal::False)),
            "or:" => (Op::JumpIfTrue(0), Some(Literal::True)),
            "ifTrue:ifFalse:" => (Op::JumpIfFalse(0), None),
            _ => return false,
        };
        let other = self.forward(skip);
        self.in_line(&blocks[0], in_block);
        let end = self.forward(Op::Jump(0));
        self.land(other);
        match otherwise {
            Some(constant) => self.constant(&constant),
            None => self.in_line(&blocks[1], in_block),
        }
        self.land(end);
        true
    }
}

fn selector_literal(selector: &str) -> Literal {
    Literal::Str(selector.as_bytes().to_vec())
}
