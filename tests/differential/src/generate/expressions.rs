//! Random expressions: the part of the generator below statements.

use super::{Generator, MOST_COST, RECURSIVE, SELECTORS};
use crate::tree::{Expr, Stmt, leaf, send};

impl Generator {
    /// Any value but a block.
    pub(super) fn plain(&mut self, depth: usize) -> Expr {
        self.expression(depth, false)
    }

    pub(super) fn value(&mut self, depth: usize) -> Expr {
        self.expression(depth, true)
    }

    fn expression(&mut self, depth: usize, arguments: bool) -> Expr {
        self.scope.room = self.scope.room.saturating_sub(1);
        if depth == 0 || self.scope.room == 0 {
            return self.simple(arguments);
        }
        let d = depth - 1;
        if self.is_current() && self.n.one_in(5) {
            return self.current_expression(d);
        }
        match self.n.below(21) {
            0..=3 => self.simple(arguments),
            4..=7 => {
                let selector = self
                    .n
                    .word(&["+", "-", "*", "+", "max:", "min:", "rem:", "quo:"]);
                send(self.number(d), selector, vec![self.number(d)])
            }
            8 => self.truth(d),
            9 | 10 => {
                let test = self.truth(d);
                let (yes, no) = (self.arm(d), self.arm(d));
                send(test, "ifTrue:ifFalse:", vec![yes, no])
            }
            11 => {
                let elements = (0..1 + self.n.below(3)).map(|_| self.plain(d)).collect();
                Expr::Array(elements)
            }
            12 => {
                let elements = (0..1 + self.n.below(3)).map(|_| self.number(0)).collect();
                let e = self.parameter();
                let body = Stmt::Do(send(leaf(e.clone()), "+", vec![self.number(d)]));
                let block = Expr::Block(vec![e], vec![body]);
                send(Expr::Array(elements), "collect:", vec![block])
            }
            13 => {
                let elements = (0..1 + self.n.below(4)).map(|_| self.number(0)).collect();
                let selector = self.n.word(&["+", "max:", "-"]);
                let (s, e) = (self.parameter(), self.parameter());
                let body = Stmt::Do(send(leaf(s.clone()), selector, vec![leaf(e.clone())]));
                let block = Expr::Block(vec![s, e], vec![body]);
                let start = self.number(0);
                send(Expr::Array(elements), "inject:into:", vec![start, block])
            }
            14 if arguments && !self.scope.arguments.is_empty() => {
                let a = self.n.pick(&self.scope.arguments.clone()).clone();
                let (selector, given) = match self.n.below(3) {
                    0 => ("value:", vec![self.number(d)]),
                    _ => ("value", vec![]),
                };
                // It may be a block.
                self.scope.cost += 40 * self.scope.times;
                send(leaf(a), selector, given)
            }
            15 if self.scope.in_block == 0 && !self.scope.blocks.is_empty() => {
                let b = self.n.pick(&self.scope.blocks.clone()).clone();
                send(leaf(b), "value", vec![])
            }
            16 => {
                let size = [0, 1, 5, 40, 3000][self.n.below(5)];
                let new = send(leaf("Array"), "new:", vec![leaf(size.to_string())]);
                let new = match self.n.below(3) {
                    0 => send(new, "copyGrown:", vec![leaf("7")]),
                    _ => new,
                };
                send(new, "size", vec![])
            }
            17 => {
                let elements = (0..1 + self.n.below(4)).map(|_| self.number(0)).collect();
                let index = match self.n.below(2) {
                    0 => leaf(self.n.below(6).to_string()),
                    _ => self.number(d),
                };
                let array = Expr::Array(elements);
                match self.n.below(3) {
                    0 => {
                        let value = self.number(0);
                        let put = send(array, "at:put:", vec![index, value]);
                        send(put, "at:", vec![leaf("1")])
                    }
                    _ => send(array, "at:", vec![index]),
                }
            }
            _ => {
                let receiver = self.receiver();
                self.call(receiver)
            }
        }
    }

    fn receiver(&mut self) -> Expr {
        match self.n.below(5) {
            0..=2 => leaf("self"),
            3 => send(
                leaf(self.class_name(self.scope.times as usize % 2)),
                "new",
                vec![],
            ),
            _ => self.simple(false),
        }
    }

    /// A call of a method of a lower number, if that is not too much.
    pub(super) fn call(&mut self, receiver: Expr) -> Expr {
        let below = self.scope.below;
        if below == 0 {
            return self.number(0);
        }
        let number = self.n.below(below);
        let selector = SELECTORS[number];
        let cost = self.cost[number].saturating_mul(self.scope.times);
        if self.scope.cost + cost > MOST_COST {
            return self.number(0);
        }
        self.scope.cost += cost;
        let mut arguments = Vec::new();
        for _ in 0..selector.matches(':').count() {
            arguments.push(match number {
                RECURSIVE => leaf(self.n.below(7).to_string()),
                _ => self.argument(),
            });
        }
        if receiver == leaf("self") && self.n.one_in(9) {
            return Expr::Super(selector.into(), arguments);
        }
        send(receiver, selector, arguments)
    }

    fn argument(&mut self) -> Expr {
        match self.n.below(4) {
            0 if self.scope.room > 6 => {
                self.scope.times *= 4;
                self.scope.in_block += 1;
                let parameter = self.n.one_in(2).then(|| self.parameter());
                let mut body = vec![Stmt::Do(self.value(2))];
                if self.n.one_in(5) {
                    body = vec![Stmt::Return(self.value(2))];
                } else if let Some(p) = &parameter {
                    body.push(Stmt::Do(send(leaf(p.clone()), "+", vec![leaf("1")])));
                }
                self.scope.in_block -= 1;
                self.scope.times /= 4;
                Expr::Block(parameter.into_iter().collect(), body)
            }
            1 if self.scope.in_block == 0 && !self.scope.blocks.is_empty() => {
                leaf(self.n.pick(&self.scope.blocks.clone()).clone())
            }
            _ => self.plain(1),
        }
    }

    fn arm(&mut self, depth: usize) -> Expr {
        self.scope.in_block += 1;
        let statement = match self.n.below(8) {
            0 => Stmt::Return(self.value(depth)),
            _ => Stmt::Do(self.value(depth)),
        };
        self.scope.in_block -= 1;
        Expr::Block(vec![], vec![statement])
    }

    pub(super) fn truth(&mut self, depth: usize) -> Expr {
        match self.n.below(8) {
            0 => leaf(self.n.word(&["true", "false"])),
            1 if depth > 0 => {
                let selector = self.n.word(&["and:", "or:"]);
                let test = self.truth(depth - 1);
                let other = Expr::Block(vec![], vec![Stmt::Do(self.truth(depth - 1))]);
                send(test, selector, vec![other])
            }
            2 => send(
                self.simple(false),
                self.n.word(&["isNil", "notNil"]),
                vec![],
            ),
            3 => send(
                self.simple(false),
                self.n.word(&["=", "==", "~="]),
                vec![self.simple(false)],
            ),
            _ => {
                let selector = self.n.word(&["<", "<=", ">", ">=", "="]);
                send(
                    self.number(depth.min(1)),
                    selector,
                    vec![self.number(depth.min(1))],
                )
            }
        }
    }

    /// Mostly a number.
    fn number(&mut self, depth: usize) -> Expr {
        self.scope.room = self.scope.room.saturating_sub(1);
        let d = depth.saturating_sub(1);
        match self.n.below(16) {
            0 => leaf("2147483647"),
            1 => leaf("(0 - 2147483647)"),
            2 => leaf((self.n.below(200_000)).to_string()),
            3 | 4 => self.simple(false),
            5..=7 if depth > 0 => {
                let selector = self.n.word(&["+", "-", "*", "max:", "min:"]);
                send(self.number(d), selector, vec![self.number(d)])
            }
            8 | 9 if depth > 0 => {
                let receiver = self.receiver();
                self.call(receiver)
            }
            10 if depth > 0 => self.plain(depth),
            _ => leaf(self.n.below(12).to_string()),
        }
    }

    /// A variable or a constant.
    fn simple(&mut self, arguments: bool) -> Expr {
        match self.n.below(12) {
            0..=2 => leaf(self.n.pick(&self.assignable()).clone()),
            3 | 4 if !self.scope.variables.is_empty() => {
                leaf(self.n.pick(&self.scope.variables.clone()).clone())
            }
            5 | 6 if arguments && !self.scope.arguments.is_empty() => {
                leaf(self.n.pick(&self.scope.arguments.clone()).clone())
            }
            7 => leaf(self.n.word(&["nil", "true", "false", "self", "'text'"])),
            _ => leaf(self.n.below(10).to_string()),
        }
    }
}
