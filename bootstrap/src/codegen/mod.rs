//! Turns a parsed method into bytecodes and literals.
//!
//! Instructions and literals come in the order the image's own compiler makes them: an expression
//! before what uses it, one literal for every use (none is shared). Control flow whose blocks are
//! written in place becomes jumps.
//!
//! | module | has |
//! |---|---|
//! | [`emit`] | bytes, literals, and how deep the stack is |
//! | [`blocks`] | blocks that are no jumps, and the variables they share |
//! | [`jumps`] | those that are |

mod blocks;
mod emit;
mod jumps;

use crate::ast::{Literal, Message, MethodNode, Node, NodeKind};
use crate::compile::CompiledMethod;
use crate::control::control;
use crate::language::{Blocks, Language};
use crate::scopes::{Meaning, Names};
use emit::{Emitter, Overflow, SPARE_STACK};
use smallworld_abi::bytecode::{BinaryOp, Constant, Op};

/// Makes the code of a method; says what does not fit if it is too large.
pub(crate) fn generate(
    method: &MethodNode,
    names: &Names,
    language: Language,
) -> Result<CompiledMethod, &'static str> {
    let temporaries = match language.blocks {
        Blocks::Shared => names.shared_temporaries,
        Blocks::Closures => names.activations[0].temporaries,
    };
    compiled(&method.selector, temporaries, &mut |wide| {
        let mut generator = Generator::new(names, language, 0, wide);
        generator.method(method);
        generator.code
    })
}

/// A method of the code that is made, once more with wide jumps if it needs them.
fn compiled(
    selector: &str,
    temporaries: usize,
    make: &mut dyn FnMut(bool) -> Emitter,
) -> Result<CompiledMethod, &'static str> {
    let mut code = make(false);
    if code.stack_size() == Err(Overflow::Jumps) {
        code = make(true);
    }
    let stack_size = match code.stack_size() {
        Ok(size) => size,
        Err(Overflow::Final(message)) => return Err(message),
        Err(Overflow::Jumps) => return Err("the method is too large"),
    };
    Ok(CompiledMethod {
        selector: selector.to_string(),
        bytecodes: code.bytecodes,
        literals: code.literals,
        stack_size,
        temporary_size: temporaries,
    })
}

/// What code is made with, for one activation.
struct Generator<'a> {
    names: &'a Names,
    language: Language,
    /// Whose code it is: 0 is the method.
    activation: usize,
    /// Whether it is in a block that shares the temporaries of its method.
    in_block: bool,
    code: Emitter,
    /// What does not fit in a block inside.
    problem: Option<&'static str>,
}

impl<'a> Generator<'a> {
    fn new(names: &'a Names, language: Language, activation: usize, wide: bool) -> Generator<'a> {
        Generator {
            names,
            language,
            activation,
            in_block: false,
            code: Emitter::new(language, wide),
            problem: None,
        }
    }

    fn method(&mut self, method: &MethodNode) {
        self.enter_region(self.names.activations[0].root);
        if let Some(number) = method.primitive() {
            for argument in 0..=method.arguments.len() {
                self.code.push(Op::PushArgument, argument);
            }
            self.code.primitive(number, 1 + method.arguments.len());
            self.code.return_by(Op::ReturnTop);
            self.code.pop();
        }
        for statement in &method.statements {
            self.node(statement);
            self.code.pop();
        }
        self.code.return_by(Op::ReturnSelf);
    }

    fn node(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Literal(literal) => self.code.literal(literal),
            NodeKind::Name(_) => self.name(node.offset),
            NodeKind::Assign { target, value } => {
                self.node(value);
                self.assign(target.offset);
            }
            NodeKind::Send { receiver, message } => self.send(receiver, message),
            NodeKind::Cascade { receiver, messages } => {
                self.node(receiver);
                for (at, message) in messages.iter().enumerate() {
                    let last = at + 1 == messages.len();
                    if !last {
                        self.code.duplicate();
                    }
                    self.message(receiver.is_super(), message);
                    if !last {
                        self.code.pop();
                    }
                }
            }
            NodeKind::Primitive { number, arguments } => {
                // Few arguments fit in the spare room of 2015.
                let extra = arguments.len().saturating_sub(SPARE_STACK);
                self.code.count_arguments(extra);
                for argument in arguments {
                    self.node(argument);
                }
                self.code.uncount_arguments(extra);
                self.code.primitive(*number, arguments.len());
            }
            NodeKind::Block(block) => self.block(block, node.offset),
            NodeKind::Return(value) => {
                self.node(value);
                self.return_value();
            }
        }
    }

    fn name(&mut self, offset: usize) {
        match self.names.meaning(offset) {
            Meaning::Receiver => self.receiver(),
            Meaning::Context => self.context(),
            Meaning::Variable(variable) => self.variable(variable),
            Meaning::Instance(at) => self.instance(at),
            Meaning::ClassVariable(at) => self.class_variable(at),
            Meaning::Constant(literal) => self.code.literal(&literal),
        }
    }

    fn assign(&mut self, offset: usize) {
        match self.names.meaning(offset) {
            Meaning::Variable(variable) => self.assign_variable(variable),
            Meaning::Instance(at) => self.assign_instance(at),
            // The names have been looked through already.
            _ => self.problem = Some("something that is no variable is assigned to"),
        }
    }

    // Messages.

    fn send(&mut self, receiver: &Node, message: &Message) {
        if let Some(control) = control(receiver, message, self.language) {
            return self.control(control, receiver, message);
        }
        self.node(receiver);
        self.message(receiver.is_super(), message);
    }

    /// A message to what is on the stack.
    fn message(&mut self, to_super: bool, message: &Message) {
        let count = message.arguments.len();
        if to_super {
            self.arguments(message);
            return self.code.super_send(&message.selector, count);
        }
        match message.selector.as_str() {
            "isNil" => return self.code.nil_test(true),
            "notNil" => return self.code.nil_test(false),
            _ => {}
        }
        self.arguments(message);
        if let Some(op) = BinaryOp::of_selector(&message.selector) {
            return self.code.binary(op);
        }
        self.code.uncount_arguments(count);
        self.code.send(&message.selector, count);
    }

    fn arguments(&mut self, message: &Message) {
        self.code.count_arguments(1 + message.arguments.len());
        for argument in &message.arguments {
            self.node(argument);
        }
    }

    /// Statements that leave the value of the last one on the stack.
    fn statements_in_line(&mut self, statements: &[Node]) {
        for (at, statement) in statements.iter().enumerate() {
            if at > 0 {
                self.code.pop();
            }
            self.node(statement);
        }
        if statements.is_empty() {
            self.nil();
        }
    }

    fn nil(&mut self) {
        self.code.constant(Constant::Nil);
    }

    fn number(&mut self, value: i32) {
        self.code.literal(&Literal::Integer(value));
    }
}
