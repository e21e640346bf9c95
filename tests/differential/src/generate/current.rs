//! What the language of 2015 does not have: blocks with variables of their own that outlive their
//! methods or call themselves, cascades, exceptions, and what is to run whichever way a block is left.

use super::Generator;
use crate::tree::{Expr, Stmt, leaf, send};
use smallworld_bootstrap::Dialect;

/// Exceptions, and what handlers ask for.
const CLASSES: [&str; 3] = ["Error", "Warning", "Exception"];
/// How often a block is thought to run that someone else gets.
const ELSEWHERE: u64 = 40;

fn block(body: Vec<Stmt>) -> Expr {
    Expr::Block(vec![], body)
}

impl Generator {
    pub(super) fn is_current(&self) -> bool {
        self.dialect == Dialect::Current
    }

    pub(super) fn current_statement(&mut self) -> Stmt {
        match self.n.below(12) {
            0..=2 if self.scope.in_block > 0 => {
                let value = self.value(2);
                let name = format!("l{}", self.scope.locals_made);
                self.scope.locals_made += 1;
                self.scope.locals.push(name.clone());
                Stmt::Assign(name, value)
            }
            3 if self.scope.in_block == 0 => self.recursive_block(),
            4 | 5 => {
                let body = self.repeated(1, 3);
                let last = self.repeated(1, 2);
                let selector = self.n.word(&["ensure:", "ensure:", "ifCurtailed:"]);
                Stmt::Do(send(block(body), selector, vec![block(last)]))
            }
            6 => Stmt::Do(self.signal()),
            7 => Stmt::Do(self.cascade(2)),
            8 => {
                let chain = send(leaf("thisContext"), "chain:", vec![leaf("5")]);
                Stmt::Do(send(leaf("Log"), "add:", vec![chain]))
            }
            9 => {
                // Statements that are protected, `^` among them.
                let body = self.repeated(1, 3);
                Stmt::Do(self.handled(body, 1))
            }
            _ => {
                let value = self.current_expression(2);
                Stmt::Do(send(value, "note", vec![]))
            }
        }
    }

    pub(super) fn current_expression(&mut self, depth: usize) -> Expr {
        if self.scope.room < 4 {
            return leaf("3");
        }
        match self.n.below(13) {
            0..=2 => {
                let mut body = vec![Stmt::Do(self.inner(depth))];
                if self.n.one_in(3) {
                    let signal = self.signal();
                    body.insert(0, Stmt::Do(signal));
                }
                self.handled(body, depth)
            }
            3 => {
                let body = vec![Stmt::Do(self.inner(depth))];
                let last = self.repeated(1, 1);
                send(block(body), "ensure:", vec![block(last)])
            }
            4 => self.cascade(depth),
            5 | 6 => {
                // What is answered may be a block whose method has ended.
                self.scope.cost += ELSEWHERE * self.scope.times;
                let made = self.call(leaf("self"));
                send(made, "value", vec![])
            }
            7 | 8 if !self.scope.recursive.is_empty() => {
                let name = self.n.pick(&self.scope.recursive.clone()).clone();
                self.scope.cost += ELSEWHERE * self.scope.times;
                let depth = self.n.below(7).to_string();
                send(leaf(name), "value:", vec![leaf(depth)])
            }
            9 => {
                // A block that changes what is around it.
                let variable = self.n.pick(&self.assignable()).clone();
                let (sum, each) = (self.parameter(), self.parameter());
                let more = send(leaf(sum.clone()), "+", vec![leaf(each.clone())]);
                let body = vec![
                    Stmt::Assign(variable.clone(), more),
                    Stmt::Do(leaf(variable)),
                ];
                let elements = (0..1 + self.n.below(4)).map(|_| self.plain(0)).collect();
                let fold = Expr::Block(vec![sum, each], body);
                send(Expr::Array(elements), "inject:into:", vec![leaf("0"), fold])
            }
            10 => {
                // Perhaps with another number of arguments than it takes.
                let parameter = self.parameter();
                let body = vec![Stmt::Do(leaf(parameter.clone()))];
                let given = vec![self.plain(depth)];
                let selector = match self.n.below(6) {
                    0 => return send(Expr::Block(vec![parameter], body), "value", vec![]),
                    1 => "valueWithArguments:",
                    _ => "value:",
                };
                send(Expr::Block(vec![parameter], body), selector, given)
            }
            _ => self.signal(),
        }
    }

    /// A value made inside a block.
    fn inner(&mut self, depth: usize) -> Expr {
        self.scope.in_block += 1;
        let value = self.value(depth);
        self.scope.in_block -= 1;
        value
    }

    /// `[body] on: Error do: [:e | …]`.
    fn handled(&mut self, body: Vec<Stmt>, depth: usize) -> Expr {
        let e = self.parameter();
        let it = leaf(e.clone());
        self.scope.in_block += 1;
        let mut handler = match self.n.below(3) {
            0 => vec![Stmt::Do(send(it.clone(), "note", vec![]))],
            _ => vec![],
        };
        handler.push(match self.n.below(9) {
            0 => Stmt::Do(send(it, "return:", vec![self.value(depth)])),
            1 => Stmt::Do(send(it, "resume:", vec![self.value(depth)])),
            2 => Stmt::Do(send(it, "retry", vec![])),
            3 => Stmt::Do(send(it, "pass", vec![])),
            4 => Stmt::Return(self.value(depth)),
            5 => {
                let other = block(vec![Stmt::Do(self.value(depth))]);
                Stmt::Do(send(it, "retryUsing:", vec![other]))
            }
            6 => Stmt::Do(self.signal()),
            _ => Stmt::Do(self.value(depth)),
        });
        self.scope.in_block -= 1;
        let class = leaf(self.n.word(&CLASSES));
        let handler = Expr::Block(vec![e], handler);
        send(block(body), "on:do:", vec![class, handler])
    }

    fn signal(&mut self) -> Expr {
        let class = leaf(self.n.word(&CLASSES));
        match self.n.below(3) {
            0 => send(class, "signal", vec![]),
            1 => send(class, "signal:", vec![leaf("'wrong'")]),
            _ => send(leaf("self"), "error:", vec![leaf("'oh'")]),
        }
    }

    /// Several messages to one receiver.
    fn cascade(&mut self, depth: usize) -> Expr {
        let receiver = self.plain(depth.min(1));
        let mut messages = Vec::new();
        for _ in 0..2 + self.n.below(2) {
            messages.push(match self.call(leaf("it")) {
                Expr::Send(_, selector, arguments) if self.n.one_in(2) => (selector, arguments),
                _ => match self.n.below(3) {
                    0 => ("note".to_string(), vec![]),
                    1 => ("+".to_string(), vec![self.plain(0)]),
                    _ => ("isNil".to_string(), vec![]),
                },
            });
        }
        Expr::Cascade(Box::new(receiver), messages)
    }

    /// `r := [:n | n < 1 ifTrue: […] ifFalse: [(r value: n - 1) + …]]`.
    fn recursive_block(&mut self) -> Stmt {
        let name = format!("r{}", self.scope.recursive.len());
        let n = self.parameter();
        self.scope.times *= 7;
        self.scope.in_block += 1;
        let end = block(vec![Stmt::Do(self.value(1))]);
        let less = send(leaf(n.clone()), "-", vec![leaf("1")]);
        let again = send(leaf(name.clone()), "value:", vec![less]);
        let more = send(again, "+", vec![self.plain(1)]);
        self.scope.in_block -= 1;
        self.scope.times /= 7;
        let test = send(leaf(n.clone()), "<", vec![leaf("1")]);
        let arms = vec![end, block(vec![Stmt::Do(more)])];
        let body = vec![Stmt::Do(send(test, "ifTrue:ifFalse:", arms))];
        self.scope.recursive.push(name.clone());
        Stmt::Assign(name, Expr::Block(vec![n], body))
    }

    /// `^ […]`: a block that is run, if at all, when its method has ended.
    pub(super) fn block_returned(&mut self) -> Stmt {
        let mut body = self.repeated(ELSEWHERE, 2);
        if self.n.one_in(4) {
            body.push(Stmt::Return(leaf("7")));
        }
        Stmt::Return(block(body))
    }
}
