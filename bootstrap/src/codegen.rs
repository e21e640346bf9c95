//! Turns a parsed method into bytecodes and literals.
//!
//! Instructions and literals come in the order the image's own compiler makes them: an expression
//! before what uses it, one literal for every use (none is shared). Control flow whose blocks are
//! written in place becomes jumps.

use crate::ast::{Literal, MethodNode, Node, Variable};
use crate::opcode::{Op, Special, Unary};

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
        generator.special(Special::Pop);
    }
    generator.special(Special::ReturnSelf);
    generator.finish()
}

/// Room on the stack for what the counting of arguments leaves out.
const SPARE_STACK: usize = 5;

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

    fn byte(&mut self, value: usize, overflow: &'static str) {
        match u8::try_from(value) {
            Ok(byte) => self.bytecodes.push(byte),
            Err(_) => {
                self.overflow = Some(overflow);
                self.bytecodes.push(0);
            }
        }
    }

    fn emit(&mut self, op: Op, operand: usize) {
        let high = op as u8;
        match u8::try_from(operand) {
            Ok(low @ 0..16) => self.bytecodes.push(high << 4 | low),
            _ => {
                self.bytecodes.push(high);
                self.byte(operand, "the method is too large: an operand exceeds 255");
            }
        }
    }

    fn special(&mut self, special: Special) {
        self.emit(Op::Special, special as usize);
    }

    fn literal(&mut self, literal: Literal) -> usize {
        self.literals.push(literal);
        self.literals.len() - 1
    }

    /// Emits a byte to be filled in by [`Generator::land`].
    fn target(&mut self) -> usize {
        self.bytecodes.push(0);
        self.bytecodes.len() - 1
    }

    /// A jump, to wherever its target lands.
    fn jump(&mut self, jump: Special) -> usize {
        self.special(jump);
        self.target()
    }

    fn land(&mut self, target: usize) {
        match u8::try_from(self.bytecodes.len()) {
            Ok(here) => self.bytecodes[target] = here,
            Err(_) => {
                self.overflow = Some("the method is too large: a jump goes beyond byte 255");
            }
        }
    }

    // The tree. `in_block` is about `^`: it leaves the home method of a real block.

    fn node(&mut self, node: &Node, in_block: bool) {
        match node {
            Node::Literal(literal) => self.constant(literal),
            Node::Argument(at) => self.emit(Op::PushArgument, *at),
            Node::Super => self.emit(Op::PushArgument, 0),
            Node::Temporary(at) => self.emit(Op::PushTemporary, *at),
            Node::Instance(at) => self.emit(Op::PushInstance, *at),
            Node::ClassVariable(at) => self.emit(Op::PushClassVariable, *at),
            Node::Assign { target, value } => {
                self.node(value, in_block);
                match target {
                    Variable::Temporary(at) => self.emit(Op::AssignTemporary, *at),
                    Variable::Instance(at) => self.emit(Op::AssignInstance, *at),
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
                self.emit(Op::Primitive, arguments.len());
                self.bytecodes.push(*number);
            }
            Node::Block {
                location,
                statements,
            } => {
                self.emit(Op::PushBlock, *location);
                let end = self.target();
                self.statements_in_line(statements, true);
                self.special(Special::ReturnTop);
                self.land(end);
            }
            Node::Return(value) => {
                self.node(value, in_block);
                self.special(if in_block {
                    Special::ReturnFromHome
                } else {
                    Special::ReturnTop
                });
            }
        }
    }

    fn constant(&mut self, literal: &Literal) {
        match literal {
            Literal::Nil => self.emit(Op::PushConstant, 10),
            Literal::True => self.emit(Op::PushConstant, 11),
            Literal::False => self.emit(Op::PushConstant, 12),
            Literal::Integer(value @ 0..=9) => self.emit(Op::PushConstant, *value as usize),
            other => {
                let at = self.literal(other.clone());
                self.emit(Op::PushLiteral, at);
            }
        }
    }

    /// Statements that leave the value of the last one on the stack.
    fn statements_in_line(&mut self, statements: &[Node], in_block: bool) {
        for (at, statement) in statements.iter().enumerate() {
            if at > 0 {
                self.special(Special::Pop);
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
                    return self.repeat(receiver, Special::JumpIfFalse, arguments, in_block);
                }
                "whileFalse:" => {
                    return self.repeat(receiver, Special::JumpIfTrue, arguments, in_block);
                }
                _ => {}
            }
        }
        self.node(receiver, in_block);
        if *receiver == Node::Super {
            self.arguments(arguments, in_block);
            self.emit(Op::MarkArguments, 1 + arguments.len());
            self.special(Special::SendToSuper);
            let at = self.literal(selector_literal(selector));
            self.byte(at, "the method is too large: more than 256 literals");
            return;
        }
        match selector {
            "isNil" => return self.emit(Op::Unary, Unary::IsNil as usize),
            "notNil" => return self.emit(Op::Unary, Unary::NotNil as usize),
            _ => {}
        }
        if blocks && self.branch(selector, arguments, in_block) {
            return;
        }
        self.arguments(arguments, in_block);
        match selector {
            "<" => self.emit(Op::Binary, 0),
            "<=" => self.emit(Op::Binary, 1),
            "+" => self.emit(Op::Binary, 2),
            _ => {
                self.stack -= arguments.len();
                self.emit(Op::MarkArguments, 1 + arguments.len());
                let at = self.literal(selector_literal(selector));
                self.emit(Op::Send, at);
            }
        }
    }

    fn arguments(&mut self, arguments: &[Node], in_block: bool) {
        self.stack += 1 + arguments.len();
        self.max_stack = self.max_stack.max(self.stack);
        for argument in arguments {
            self.node(argument, in_block);
        }
    }

    /// `[condition] whileTrue: [body]`: jumps out with `leave`, its value is nil.
    fn repeat(&mut self, condition: &Node, leave: Special, body: &[Node], in_block: bool) {
        let start = self.bytecodes.len();
        self.in_line(condition, in_block);
        let out = self.jump(leave);
        self.in_line(&body[0], in_block);
        self.special(Special::Pop);
        self.special(Special::Jump);
        self.byte(
            start,
            "the method is too large: a jump goes beyond byte 255",
        );
        self.land(out);
        self.constant(&Literal::Nil);
    }

    /// A choice between blocks, the condition being on the stack; false if the selector is none.
    fn branch(&mut self, selector: &str, blocks: &[Node], in_block: bool) -> bool {
        let (skip, otherwise) = match selector {
            "ifTrue:" => (Special::JumpIfFalse, Some(Literal::Nil)),
            "ifFalse:" => (Special::JumpIfTrue, Some(Literal::Nil)),
            "and:" => (Special::JumpIfFalse, Some(Literal::False)),
            "or:" => (Special::JumpIfTrue, Some(Literal::True)),
            "ifTrue:ifFalse:" => (Special::JumpIfFalse, None),
            _ => return false,
        };
        let other = self.jump(skip);
        self.in_line(&blocks[0], in_block);
        let end = self.jump(Special::Jump);
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
