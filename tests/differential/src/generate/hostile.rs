//! What programs do rarely, and what is hard to get right: effects just before a safepoint,
//! processes beside each other, objects of the machine that are not as it makes them, errors
//! while an error is dealt with.

use super::{Generator, RECURSIVE, SELECTORS};
use crate::tree::{Expr, Method, Stmt, leaf, send};

/// Values that no slot of a Block, a Context or a Method is made for.
const ODD: [&str; 8] = [
    "nil",
    "(0 - 1)",
    "100000",
    "134217728",
    "'text'",
    "#()",
    "#(1 2 3)",
    "self",
];

impl Generator {
    /// Counts something, answers at once in the usual case, else goes on: a store that must
    /// happen once, however often the method pauses before it calls anything.
    pub(super) fn counted(&mut self) -> Vec<Stmt> {
        let Some(variable) = self.scope.variables.first().cloned() else {
            return Vec::new();
        };
        if variable == "own" {
            return Vec::new();
        }
        let step = (1 + self.n.below(3)).to_string();
        let limit = [3, 40, 1_000_000][self.n.below(3)].to_string();
        let more = send(leaf(variable.clone()), "+", vec![leaf(step)]);
        let test = send(leaf(variable.clone()), "<", vec![leaf(limit)]);
        let answer = Expr::Block(vec![], vec![Stmt::Return(leaf(variable.clone()))]);
        vec![
            Stmt::Assign(variable, more),
            Stmt::Do(send(test, "ifTrue:", vec![answer])),
        ]
    }

    /// What a class does when it hears of an error: perhaps something that fails as well.
    pub(super) fn error_in_error(&mut self, variables: Vec<String>) -> Method {
        self.begin(variables, vec!["a0".into()], 3);
        self.scope.room = 8;
        let mut body = vec![self.statement()];
        body.push(Stmt::Do(send(self.value(2), "note", vec![])));
        self.finish("inError:", vec!["a0".into()], body)
    }

    /// Two computations beside each other, each on an object of its own.
    pub(super) fn in_parallel(&mut self, classes: usize) -> Stmt {
        let one = self.detached(classes);
        let other = self.detached(classes);
        let both = send(leaf("Log"), "parallel:with:", vec![one, other]);
        Stmt::Do(send(both, "note", vec![]))
    }

    /// A block that needs nothing of the method it stands in.
    fn detached(&mut self, classes: usize) -> Expr {
        let at = self.n.below(classes);
        let object = send(leaf(self.class_name(at)), "new", vec![]);
        let number = self.n.below(SELECTORS.len());
        self.scope.cost += self.cost[number];
        let selector = SELECTORS[number];
        let count = selector.matches(':').count();
        let arguments = (0..count)
            .map(|_| {
                let most = if number == RECURSIVE { 7 } else { 40 };
                leaf(self.n.below(most).to_string())
            })
            .collect();
        Expr::Block(vec![], vec![Stmt::Do(send(object, selector, arguments))])
    }

    /// A block of which a slot holds something else. (Not where its code starts: it might
    /// never end.)
    pub(super) fn tampered_block(&mut self) -> Stmt {
        let block = match self.is_current() {
            // A loop would count in variables that may be gone.
            true => vec![Stmt::Do(self.value(2))],
            false => self.repeated(1, 1),
        };
        let slot = (1 + self.n.below(9)).to_string();
        let arguments = vec![leaf(slot), leaf(self.odd())];
        let block = Expr::Block(vec![], block);
        let block = send(block, "tamper:with:", arguments);
        Stmt::Do(send(send(block, "value", vec![]), "note", vec![]))
    }

    /// The activation's own Context, or a caller's, of which a slot holds something else.
    pub(super) fn tampered_context(&mut self) -> Stmt {
        let own = if self.is_current() {
            "thisContext"
        } else {
            "<35>"
        };
        let context = match self.n.below(3) {
            0 => own.to_string(),
            1 => format!("({own} previous)"),
            _ => format!("({own} previous previous)"),
        };
        let context = leaf(context);
        let slot = match 1 + self.n.below(7) {
            // Loops count in temporaries.
            3 if self.is_current() => 4,
            slot => slot,
        };
        let slot = slot.to_string();
        let arguments = vec![leaf(slot), leaf(self.odd())];
        Stmt::Do(send(context, "tamper:with:", arguments))
    }

    /// A method of which a slot holds something else.
    pub(super) fn tampered_method(&mut self, classes: usize) -> Stmt {
        let at = self.n.below(classes);
        let selector = format!("'{}'", self.n.word(&SELECTORS));
        let slot = (2 + self.n.below(5)).to_string();
        let arguments = vec![leaf(selector), leaf(slot), leaf(self.odd())];
        let class = leaf(self.class_name(at));
        let changed = send(class, "tamper:slot:with:", arguments);
        Stmt::Do(send(changed, "note", vec![]))
    }

    fn odd(&mut self) -> &'static str {
        ODD[self.n.below(ODD.len())]
    }
}
