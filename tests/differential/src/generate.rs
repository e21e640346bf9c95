//! Random programs that are well formed and end.
//!
//! They end because nothing can go on for ever: a method calls only methods of a lower
//! number, or itself with a smaller argument; loops count; blocks are run where they are
//! made or by the methods they are passed to; and a method whose runs would cost too much,
//! counted along all calls, calls nothing more.

mod current;
mod expressions;
mod hostile;

use crate::tree::{Class, Expr, Method, Program, Stmt, leaf, send};
use smallworld_bootstrap::{Blocks, Dialect};

/// Most sends, roughly, that a method may come to.
const MOST_COST: u64 = 5_000;

/// Selectors of the methods, by number. The last is recursive.
const SELECTORS: [&str; 9] = [
    "m0",
    "m1:",
    "m2",
    "m3:with:",
    "m4:",
    "m5:and:or:",
    "m6",
    "m7:",
    "down:",
];
const RECURSIVE: usize = 8;

/// A generator of numbers that gives the same ones each time.
pub struct Numbers(Origin);

/// Where they come from.
enum Origin {
    /// A generator's state (xorshift, Marsaglia 2003).
    State(u64),
    /// What is left of some bytes, the next one last.
    Bytes(Vec<u8>),
}

impl Numbers {
    /// From a seed.
    pub fn new(seed: u64) -> Numbers {
        // Neighbouring seeds must not begin alike.
        let state = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut numbers = Numbers(Origin::State(state));
        for _ in 0..8 {
            numbers.below(2);
        }
        numbers
    }

    /// From bytes, two for a number; after the last come zeros.
    pub fn of_bytes(bytes: &[u8]) -> Numbers {
        Numbers(Origin::Bytes(bytes.iter().rev().copied().collect()))
    }

    /// A number below a limit.
    pub fn below(&mut self, limit: usize) -> usize {
        let number = match &mut self.0 {
            Origin::State(state) => {
                *state ^= *state << 13;
                *state ^= *state >> 7;
                *state ^= *state << 17;
                (*state >> 11) as usize
            }
            Origin::Bytes(bytes) => {
                let mut byte = || usize::from(bytes.pop().unwrap_or(0));
                byte() | byte() << 8
            }
        };
        number % limit.max(1)
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn word(&mut self, list: &[&'static str]) -> &'static str {
        list[self.below(list.len())]
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// The program of a seed in a language. Its classes are named `prefix`, `prefixC0`….
pub fn program(seed: u64, prefix: &str, dialect: Dialect) -> Program {
    let mut g = Generator {
        n: Numbers::new(seed),
        dialect,
        prefix: prefix.into(),
        cost: [1; SELECTORS.len()],
        scope: Scope::default(),
    };
    g.program()
}

/// What is known where an expression is made.
#[derive(Default)]
struct Scope {
    variables: Vec<String>,
    arguments: Vec<String>,
    temporaries: Vec<String>,
    blocks: Vec<String>,
    /// Blocks that call themselves.
    recursive: Vec<String>,
    /// Variables of the blocks around, and how many there were in all.
    locals: Vec<String>,
    locals_made: usize,
    counters: usize,
    parameters: usize,
    /// Methods of a lower number may be called.
    below: usize,
    /// How often what is being made will run.
    times: u64,
    /// What the method costs so far.
    cost: u64,
    /// Inside a block?
    in_block: usize,
    /// Nodes that may still be made.
    room: usize,
}

struct Generator {
    n: Numbers,
    dialect: Dialect,
    prefix: String,
    /// What a call of each method costs at most.
    cost: [u64; SELECTORS.len()],
    scope: Scope,
}

impl Generator {
    fn program(&mut self) -> Program {
        let count = 2 + self.n.below(3);
        let mut classes: Vec<Class> = Vec::new();
        for i in 0..count {
            let own = if i == 0 { 2 } else { self.n.below(2) };
            let below_first = i > 0 && !self.n.one_in(4);
            let other = self.n.below(i);
            let superclass = match below_first {
                true => self.class_name(other),
                false => "Object".into(),
            };
            let variables = (0..own).map(|v| format!("v{i}x{v}")).collect();
            classes.push(Class {
                name: self.class_name(i),
                superclass,
                variables,
                methods: Vec::new(),
            });
        }
        // By number, so that the costs of what is called are known.
        for number in 0..SELECTORS.len() {
            let mut cost = 1;
            for at in 0..count {
                if at > 0 && self.n.one_in(3) {
                    continue;
                }
                let variables = all_variables(&classes, at);
                let method = self.method(number, variables);
                cost = cost.max(self.scope.cost);
                classes[at].methods.push(method);
            }
            self.cost[number] = match number {
                // Called with numbers up to 6, and calls itself at most twice.
                RECURSIVE => cost * 130,
                _ => cost,
            };
        }
        for at in 0..count {
            if self.n.one_in(6) {
                let variables = all_variables(&classes, at);
                let method = self.error_in_error(variables);
                classes[at].methods.push(method);
            }
        }
        let run = self.run(count);
        classes.push(Class {
            name: self.prefix.clone(),
            superclass: self.class_name(0),
            variables: vec!["own".into()],
            methods: vec![run],
        });
        Program {
            blocks: match self.dialect {
                Dialect::Current => Blocks::Closures,
                Dialect::Of2015 => Blocks::Shared,
            },
            dialect: self.dialect,
            classes,
        }
    }

    fn class_name(&self, i: usize) -> String {
        format!("{}C{i}", self.prefix)
    }

    fn begin(&mut self, variables: Vec<String>, arguments: Vec<String>, below: usize) {
        let count = self.n.below(3) + 1;
        self.scope = Scope {
            variables,
            arguments,
            temporaries: (0..count).map(|i| format!("t{i}")).collect(),
            below,
            times: 1,
            cost: 1,
            room: 30,
            ..Scope::default()
        };
    }

    fn method(&mut self, number: usize, variables: Vec<String>) -> Method {
        let selector = SELECTORS[number];
        let arity = selector.matches(':').count();
        let arguments: Vec<String> = (0..arity).map(|i| format!("a{i}")).collect();
        // Early methods are leaves, later ones call them.
        self.begin(variables, arguments.clone(), number.min(RECURSIVE));
        let mut body = Vec::new();
        if number == RECURSIVE {
            // The guard, and the way down: `a0 < 1 ifTrue: [^ …]`.
            let end = Stmt::Return(self.value(1));
            let test = send(leaf("a0"), "<", vec![leaf("1")]);
            body.push(Stmt::Do(send(
                test,
                "ifTrue:",
                vec![Expr::Block(vec![], vec![end])],
            )));
            let less = send(leaf("a0"), "-", vec![leaf("1")]);
            let again = send(leaf("self"), selector, vec![less]);
            let again = match self.n.below(3) {
                0 => send(again.clone(), "+", vec![again]),
                1 => send(again, "max:", vec![self.value(2)]),
                _ => send(again, "+", vec![leaf("a0")]),
            };
            body.push(Stmt::Assign("t0".into(), again));
            // The argument must stay what it is, so nothing else calls blocks with it.
            self.scope.arguments.clear();
        }
        if number != RECURSIVE && self.n.one_in(3) {
            body.extend(self.counted());
        }
        for _ in 0..self.n.below(3) {
            body.push(self.statement());
        }
        if self.is_current() && self.n.one_in(6) {
            body.push(self.block_returned());
        } else if !self.n.one_in(8) {
            body.push(Stmt::Return(self.value(3)));
        }
        self.finish(selector, arguments, body)
    }

    fn finish(&mut self, selector: &str, arguments: Vec<String>, body: Vec<Stmt>) -> Method {
        let mut temporaries = self.scope.temporaries.clone();
        temporaries.extend(self.scope.blocks.clone());
        temporaries.extend(self.scope.recursive.clone());
        temporaries.extend((0..self.scope.counters).map(|i| format!("c{i}")));
        Method {
            selector: selector.into(),
            arguments,
            temporaries,
            body,
        }
    }

    /// The method that a program begins with: it makes objects, and sends them everything
    /// often enough to be hot.
    fn run(&mut self, classes: usize) -> Method {
        self.begin(vec!["own".into()], vec![], SELECTORS.len());
        self.scope.room = 60;
        self.scope.temporaries = vec!["t0".into(), "t1".into()];
        let mut body = Vec::new();
        let objects: Vec<Expr> = (0..classes)
            .map(|i| send(leaf(self.class_name(i)), "new", vec![]))
            .collect();
        body.push(Stmt::Assign("own".into(), Expr::Array(objects)));
        for _ in 0..2 + self.n.below(3) {
            let name = self.parameter();
            let call = self.call(leaf(name.clone()));
            let mut inner = vec![Stmt::Do(call)];
            if self.n.one_in(3) {
                inner.push(Stmt::Do(send(self.value(2), "note", vec![])));
            }
            let each = Expr::Block(vec![name], inner);
            let counter = self.counter();
            let times = 2 + self.n.below(25) as u32;
            let all = Stmt::Do(send(leaf("own"), "do:", vec![each]));
            body.push(Stmt::While(counter, times, vec![all]));
            if self.n.one_in(3) {
                body.push(self.statement());
            }
            if self.n.one_in(4) {
                body.push(self.redefinition(classes));
            }
            if self.n.one_in(6) {
                body.push(self.in_parallel(classes));
            }
            if self.n.one_in(12) {
                body.push(self.tampered_method(classes));
            }
            if self.n.one_in(12) {
                body.push(Stmt::Do(leaf("<29 'saved.image'>")));
            }
        }
        let name = self.parameter();
        let sum = self.call(leaf(name.clone()));
        let each = Expr::Block(vec![name], vec![Stmt::Do(send(sum, "printString", vec![]))]);
        body.push(Stmt::Return(send(leaf("own"), "collect:", vec![each])));
        self.finish("run", vec![], body)
    }

    /// A class takes over a method of another.
    fn redefinition(&mut self, classes: usize) -> Stmt {
        let (one, other) = (self.n.below(classes), self.n.below(classes));
        let selector = self.n.word(&SELECTORS);
        let arguments = vec![leaf(format!("'{selector}'")), leaf(self.class_name(other))];
        let change = send(leaf(self.class_name(one)), "take:from:", arguments);
        Stmt::Do(send(change, "note", vec![]))
    }

    /// A name for a block's parameter. All blocks of a method share its temporaries.
    fn parameter(&mut self) -> String {
        self.scope.parameters += 1;
        format!("p{}", self.scope.parameters - 1)
    }

    fn counter(&mut self) -> String {
        self.scope.counters += 1;
        format!("c{}", self.scope.counters - 1)
    }

    fn statement(&mut self) -> Stmt {
        if self.scope.room < 6 {
            return Stmt::Do(send(leaf("self"), "note", vec![]));
        }
        if self.is_current() && self.n.one_in(3) {
            return self.current_statement();
        }
        match self.n.below(14) {
            11 if self.n.one_in(3) => self.tampered_block(),
            12 if self.n.one_in(3) => self.tampered_context(),
            0..=2 => {
                let variable = self.n.pick(&self.assignable()).clone();
                Stmt::Assign(variable, self.value(3))
            }
            3 | 4 if !self.scope.variables.is_empty() => {
                let variable = self.n.pick(&self.scope.variables.clone()).clone();
                // What `run` holds its objects in stays.
                match variable.as_str() {
                    "own" => Stmt::Do(self.value(3)),
                    _ => Stmt::Assign(variable, self.plain(3)),
                }
            }
            5 => {
                let counter = self.counter();
                let times = 1 + self.n.below(9) as u32;
                let body = self.repeated(u64::from(times), 2);
                Stmt::While(counter, times, body)
            }
            6 => {
                let times = 1 + self.n.below(9);
                let mut body = self.repeated(times as u64, 2);
                let name = self.parameter();
                body.push(Stmt::Assign(
                    "t0".into(),
                    send(leaf(name.clone()), "+", vec![self.value(1)]),
                ));
                let block = Expr::Block(vec![name], body);
                Stmt::Do(send(
                    leaf("1"),
                    "to:do:",
                    vec![leaf(times.to_string()), block],
                ))
            }
            7 if self.scope.in_block == 0 => {
                // A block that is kept, and run further on.
                let name = format!("b{}", self.scope.blocks.len());
                let body = self.repeated(3, 2);
                self.scope.blocks.push(name.clone());
                Stmt::Assign(name, Expr::Block(vec![], body))
            }
            8 => {
                let test = self.truth(2);
                let body = self.repeated(1, 2);
                let selector = self.n.word(&["ifTrue:", "ifFalse:"]);
                Stmt::Do(send(test, selector, vec![Expr::Block(vec![], body)]))
            }
            9 if self.n.one_in(2) => Stmt::Do(send(leaf("self"), "trace:", vec![leaf("'here'")])),
            10 if self.scope.in_block > 0 && self.n.one_in(2) => Stmt::Return(self.value(2)),
            _ => Stmt::Do(send(self.value(3), "note", vec![])),
        }
    }

    /// Variables that may be given another value.
    fn assignable(&self) -> Vec<String> {
        [&self.scope.temporaries[..], &self.scope.locals].concat()
    }

    /// Statements that run so many times.
    fn repeated(&mut self, times: u64, most: usize) -> Vec<Stmt> {
        self.scope.times *= times;
        self.scope.in_block += 1;
        let around = self.scope.locals.len();
        let count = 1 + self.n.below(most);
        let body = (0..count).map(|_| self.statement()).collect();
        self.scope.locals.truncate(around);
        self.scope.in_block -= 1;
        self.scope.times /= times;
        body
    }
}

fn all_variables(classes: &[Class], at: usize) -> Vec<String> {
    let mut variables = Vec::new();
    let mut class = Some(&classes[at]);
    while let Some(c) = class {
        variables.extend(c.variables.clone());
        class = classes.iter().find(|s| s.name == c.superclass);
    }
    variables
}
