//! Blocks that run on their own, and the variables they use.

use super::{Generator, compiled};
use crate::ast::{Block, Literal};
use crate::scopes::{Captured, Place};
use smallworld_abi::bytecode::Op;
use smallworld_abi::layout::{class_slot, closure_slot};
use smallworld_abi::primitive::Primitive;

/// The most variables of an environment that is made of as many nils.
const MOST_NILS: usize = 16;

impl Generator<'_> {
    /// Whether the code is that of a block's own method.
    fn in_closure(&self) -> bool {
        self.activation > 0
    }

    // Variables.

    pub(super) fn receiver(&mut self) {
        match self.in_closure() {
            true => self.code.push(Op::PushInstance, closure_slot::RECEIVER),
            false => self.code.push(Op::PushArgument, 0),
        }
    }

    /// The Context with all that can be seen in it; the instruction that pushes one only says which it is.
    pub(super) fn context(&mut self) {
        self.code.primitive(Primitive::CurrentContext.number(), 0);
    }

    pub(super) fn instance(&mut self, at: usize) {
        if !self.in_closure() {
            return self.code.push(Op::PushInstance, at);
        }
        self.receiver();
        self.code.push_slot(at);
    }

    pub(super) fn assign_instance(&mut self, at: usize) {
        if !self.in_closure() {
            return self.code.store(Op::AssignInstance, at);
        }
        self.receiver();
        self.code.assign_slot(at);
    }

    pub(super) fn class_variable(&mut self, at: usize) {
        if !self.in_closure() {
            return self.code.push(Op::PushClassVariable, at);
        }
        self.receiver();
        self.code.primitive(Primitive::ClassOf.number(), 1);
        self.code.push_slot(class_slot::CLASS_VARIABLES + at);
    }

    pub(super) fn variable(&mut self, variable: usize) {
        let own = self.names.variables[variable].activation == self.activation;
        match self.names.place(variable) {
            Place::Argument(at) if own => self.code.push(Op::PushArgument, at),
            Place::Temporary(at) if own => self.code.push(Op::PushTemporary, at),
            Place::Environment { region, slot } => {
                self.environment(region);
                self.code.push_slot(slot);
            }
            _ => self.captured(Captured::Value(variable)),
        }
    }

    pub(super) fn assign_variable(&mut self, variable: usize) {
        match self.names.place(variable) {
            Place::Temporary(at) => self.code.store(Op::AssignTemporary, at),
            Place::Environment { region, slot } => {
                self.environment(region);
                self.code.assign_slot(slot);
            }
            // What is assigned where it does not live is in an environment.
            _ => self.problem = Some("an argument is assigned to"),
        }
    }

    fn environment(&mut self, region: usize) {
        let here = &self.names.regions[region];
        match here.activation == self.activation {
            true => self.code.push(Op::PushTemporary, here.temporary),
            false => self.captured(Captured::Environment(region)),
        }
    }

    /// Something that the closure holds.
    fn captured(&mut self, part: Captured) {
        let held = &self.names.activations[self.activation].captured;
        let at = held.iter().position(|own| *own == part).unwrap_or_default();
        self.code
            .push(Op::PushInstance, closure_slot::CAPTURED + at);
    }

    /// At the start of a region its environment is made.
    pub(super) fn enter_region(&mut self, region: usize) {
        let (size, temporary) = {
            let region = &self.names.regions[region];
            (region.size, region.temporary)
        };
        if size == 0 {
            return;
        }
        if size <= MOST_NILS {
            (0..size).for_each(|_| self.nil());
            self.code.primitive(Primitive::NewArray.number(), size);
        } else {
            self.code.literal(&Literal::Class("Array".to_string()));
            self.number(i32::try_from(size).unwrap_or(i32::MAX));
            self.code.primitive(Primitive::NewObject.number(), 2);
        }
        self.code.store(Op::AssignTemporary, temporary);
        self.code.pop();
    }

    /// Makes the temporaries of a block nil that may hold what an earlier run has left.
    pub(super) fn clear(&mut self, variables: &[usize], region: Option<usize>) {
        for variable in variables {
            let fresh = matches!(
                self.names.place(*variable),
                Place::Environment { region: own, .. } if Some(own) == region
            );
            if !fresh {
                self.nil();
                self.assign_variable(*variable);
                self.code.pop();
            }
        }
    }

    // Blocks.

    pub(super) fn block(&mut self, block: &Block, offset: usize) {
        match self.names.block(offset).activation {
            Some(activation) => self.closure(block, offset, activation),
            None => self.shared_block(block, offset),
        }
    }

    /// A block in the code of its method.
    fn shared_block(&mut self, block: &Block, offset: usize) {
        let names = self.names.block(offset);
        let end = self.code.push_block(names.location);
        let depth = self.code.set_depth(0);
        let in_block = std::mem::replace(&mut self.in_block, true);
        self.clear(&names.variables[names.parameters..], None);
        self.statements_in_line(&block.statements);
        self.code.return_by(Op::ReturnTop);
        self.in_block = in_block;
        self.code.land(end);
        self.code.set_depth(depth);
        self.code.block_is_pushed();
    }

    /// A block with a method of its own.
    fn closure(&mut self, block: &Block, offset: usize, activation: usize) {
        let own = &self.names.activations[activation];
        match (own.returns, self.in_closure()) {
            (true, false) => self.code.push_context(),
            (true, true) => self.code.push(Op::PushInstance, closure_slot::HOME),
            (false, _) => self.nil(),
        }
        self.receiver();
        for part in &own.captured {
            match *part {
                Captured::Value(variable) => self.variable(variable),
                Captured::Environment(region) => self.environment(region),
            }
        }
        let selector = selector_of(block.parameters.len());
        let made = compiled(&selector, own.temporaries, &mut |wide| {
            let mut inner = Generator::new(self.names, self.language, activation, wide);
            inner.block_method(block, offset);
            self.problem = self.problem.or(inner.problem);
            inner.code
        });
        match made {
            Ok(method) => {
                let method = Literal::Method(Box::new(method));
                let taken = closure_slot::LEAST_TAKEN + own.captured.len();
                self.code.push_closure(taken, method);
            }
            Err(problem) => self.problem = Some(problem),
        }
    }

    /// The code of a block's own method.
    fn block_method(&mut self, block: &Block, offset: usize) {
        let names = self.names.block(offset);
        self.enter_region(self.names.activations[self.activation].root);
        // Parameters of 2015 are variables of the method.
        for (at, parameter) in names.variables[..names.parameters].iter().enumerate() {
            if self.names.variables[*parameter].argument.is_none() {
                self.code.push(Op::PushArgument, at + 1);
                self.assign_variable(*parameter);
                self.code.pop();
            }
        }
        self.statements_in_line(&block.statements);
        self.code.return_by(Op::ReturnTop);
    }

    pub(super) fn return_value(&mut self) {
        if self.in_closure() {
            self.code.home_return();
        } else if self.in_block {
            self.code.return_by(Op::BlockReturn);
        } else {
            self.code.return_by(Op::ReturnTop);
        }
    }
}

/// What runs a block with so many parameters.
fn selector_of(parameters: usize) -> String {
    match parameters {
        0 => "value".to_string(),
        count => "value:".repeat(count),
    }
}
