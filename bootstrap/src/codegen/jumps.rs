//! Messages that become jumps, because their blocks are written in place.
//!
//! The variables of such a block are those of the activation around it.

use super::Generator;
use crate::ast::{Message, Node};
use crate::control::{Control, Otherwise, block_of, counts_down};
use smallworld_abi::bytecode::{BinaryOp, Constant, Op};

impl Generator<'_> {
    pub(super) fn control(&mut self, control: Control, receiver: &Node, message: &Message) {
        let arguments = message.arguments.as_slice();
        match control {
            Control::While(on) => return self.while_loop(on, receiver, arguments.first()),
            Control::Repeat => return self.endless_loop(receiver),
            _ => self.node(receiver),
        }
        match (control, arguments) {
            (Control::If(on, otherwise), [body]) => {
                let skip = self.code.jump(skip_unless(on));
                self.body(body);
                self.otherwise(skip, |own| own.code.constant(otherwise.constant()));
            }
            (Control::Choice(on), [one, other]) => {
                let skip = self.code.jump(skip_unless(on));
                self.body(one);
                self.otherwise(skip, |own| own.body(other));
            }
            (Control::Count, [limit, body]) => self.count(limit, None, body),
            (Control::Count, [limit, step, body]) => self.count(limit, Some(step), body),
            (Control::Times, [body]) => self.times(body),
            (Control::IfNil, [body]) => {
                self.code.duplicate();
                self.code.nil_test(true);
                let end = self.code.jump(Op::JumpIfFalse(0));
                self.code.pop();
                self.body(body);
                self.code.land(end);
            }
            (Control::IfNotNil, [body]) => self.nil_choice(None, body),
            (Control::NilChoice(true), [nil, other]) => self.nil_choice(Some(nil), other),
            (Control::NilChoice(false), [other, nil]) => self.nil_choice(Some(nil), other),
            _ => self.problem = Some("a message has the wrong number of arguments"),
        }
    }

    /// The other side of a choice; one of the two values is on the stack in the end.
    fn otherwise(&mut self, skip: super::emit::Forward, other: impl FnOnce(&mut Self)) {
        let end = self.code.jump(Op::Jump(0));
        self.code.land(skip);
        self.code.forget_value();
        other(self);
        self.code.land(end);
    }

    /// The code of a block, where its value is wanted.
    fn body(&mut self, block: &Node) {
        let names = self.names.block(block.offset);
        if let Some(region) = names.region {
            self.enter_region(region);
        }
        if names.repeated {
            self.clear(&names.variables[names.parameters..], names.region);
        }
        self.statements_in_line(&block_of(block).statements);
    }

    /// `[condition] whileTrue: [body]`; its value is nil.
    fn while_loop(&mut self, on: bool, condition: &Node, body: Option<&Node>) {
        let start = self.code.here();
        self.body(condition);
        match body {
            Some(body) => {
                let out = self.code.jump(skip_unless(on));
                self.body(body);
                self.code.pop();
                self.code.jump_back(Op::Jump(0), start);
                self.code.land(out);
            }
            None => self.code.jump_back(skip_unless(!on), start),
        }
        self.nil();
    }

    fn endless_loop(&mut self, body: &Node) {
        let start = self.code.here();
        self.body(body);
        self.code.pop();
        self.code.jump_back(Op::Jump(0), start);
        // Never reached; the value of a message is wanted here.
        self.nil();
    }

    /// `to:do:` and `to:by:do:`: the receiver is on the stack, and stays there as the value.
    fn count(&mut self, limit: &Node, step: Option<&Node>, body: &Node) {
        let names = self.names.block(body.offset);
        let (counter, hidden) = (names.variables[0], names.hidden.first().copied());
        self.assign_variable(counter);
        if let Some(hidden) = hidden {
            self.node(limit);
            self.assign_variable(hidden);
            self.code.pop();
        }
        let limit = |own: &mut Self| match hidden {
            Some(hidden) => own.variable(hidden),
            None => own.node(limit),
        };
        let start = self.code.here();
        if counts_down(step) {
            limit(self);
            self.variable(counter);
        } else {
            self.variable(counter);
            limit(self);
        }
        self.code.binary(BinaryOp::LessEqual);
        let out = self.code.jump(Op::JumpIfFalse(0));
        self.body(body);
        self.code.pop();
        self.variable(counter);
        match step {
            Some(step) => self.node(step),
            None => self.number(1),
        }
        self.code.binary(BinaryOp::Plus);
        self.assign_variable(counter);
        self.code.pop();
        self.code.jump_back(Op::Jump(0), start);
        self.code.land(out);
    }

    /// `timesRepeat:`: the receiver is on the stack, and stays there as the value.
    fn times(&mut self, body: &Node) {
        let names = self.names.block(body.offset);
        let [counter, limit] = names.hidden[..] else {
            self.problem = Some("a loop lacks its counter");
            return;
        };
        self.assign_variable(limit);
        self.number(1);
        self.assign_variable(counter);
        self.code.pop();
        let start = self.code.here();
        self.variable(counter);
        self.variable(limit);
        self.code.binary(BinaryOp::LessEqual);
        let out = self.code.jump(Op::JumpIfFalse(0));
        self.body(body);
        self.code.pop();
        self.variable(counter);
        self.number(1);
        self.code.binary(BinaryOp::Plus);
        self.assign_variable(counter);
        self.code.pop();
        self.code.jump_back(Op::Jump(0), start);
        self.code.land(out);
    }

    /// One block for nil, or none, and one that may take the value.
    fn nil_choice(&mut self, nil: Option<&Node>, other: &Node) {
        let names = self.names.block(other.offset);
        if names.parameters > 0 {
            self.assign_variable(names.variables[0]);
        }
        self.code.nil_test(true);
        let skip = self.code.jump(Op::JumpIfTrue(0));
        self.body(other);
        self.otherwise(skip, |own| match nil {
            Some(nil) => own.body(nil),
            None => own.nil(),
        });
    }
}

impl Otherwise {
    fn constant(self) -> Constant {
        match self {
            Otherwise::Nil => Constant::Nil,
            Otherwise::True => Constant::True,
            Otherwise::False => Constant::False,
        }
    }
}

/// The jump past a block that is only run for this.
fn skip_unless(on: bool) -> Op {
    match on {
        true => Op::JumpIfFalse(0),
        false => Op::JumpIfTrue(0),
    }
}
