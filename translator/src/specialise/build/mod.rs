//! Bytecode becomes functions of the intermediate representation.
//!
//! A function is built by following the bytecode of the inline tree from its entry, with what is
//! known of each operand. A block begins wherever paths may meet: at jump targets, and where
//! activations begin or end. Its state is the join of all paths to it; where that becomes more
//! general, the block is built anew. So what is known decides what is inlined, and no block is
//! kept that rests on more than is known.
//!
//! | module | concept |
//! |---|---|
//! | this one | following instructions |
//! | `variables` | arguments, temporaries, instance variables, literals |
//! | `sends` | sends: what is known, tested, called |
//! | `inline` | entering methods and blocks, returning from them |
//! | `binary`, `primitives`, `floats` | arithmetic, and what methods run by number |
//! | `leaving` | frame states and exits |
//! | `finish` | from drafts to a function |

mod binary;
mod finish;
mod floats;
mod inline;
mod leaving;
mod primitives;
mod sends;
mod variables;

use super::specialisation::Specialisation;
use super::state::{State, Template};
use crate::ir::{Entry, Exit, ExitId, Function, Inst, Known, Op, Operand, Terminator, Type, Value};
use crate::program::Program;
use smallworld_abi::primitive::Primitive;
use smallworld_image::{Constant, Op as Bytecode};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A position in the code of an inline tree: the innermost node, an offset in it, and which of
/// the activations were in memory when the function started (an activation may return, and its
/// code be entered anew, within one function).
type Position = (usize, usize, u64);

fn position(state: &State) -> Position {
    let levels = state.chain.iter().enumerate();
    let in_memory = levels.map(|(i, l)| (l.in_memory as u64) << i).sum();
    (state.node(), state.ip, in_memory)
}

/// Instructions, and how they end.
#[derive(Debug)]
struct Tail {
    insts: Vec<Inst>,
    end: End,
}

/// How a block ends while it is under way.
#[derive(Debug)]
enum End {
    /// Without going on in this function.
    Gone(Terminator),
    /// At a position.
    Go(State),
    /// At the head of a loop, unless a pause is due.
    Again(State, ExitId),
    /// At one or the other.
    Branch(Operand, Box<Tail>, Box<Tail>),
    /// With the sum, or without.
    TryAdd(Value, [Operand; 2], Box<Tail>, Box<Tail>),
}

impl Tail {
    /// Where it may go on.
    fn states(&self) -> Vec<&State> {
        match &self.end {
            End::Gone(_) => Vec::new(),
            End::Go(s) | End::Again(s, _) => vec![s],
            End::Branch(_, a, b) | End::TryAdd(_, _, a, b) => {
                let mut all = a.states();
                all.extend(b.states());
                all
            }
        }
    }
}

/// A function under way.
pub struct Builder<'s, 'w, 'i> {
    pub(super) spec: &'s mut Specialisation<'w, 'i>,
    pub(super) program: &'w Program<'i>,
    entry: Entry,
    templates: BTreeMap<Position, Template>,
    drafts: BTreeMap<Position, (Vec<Value>, Tail)>,
    values: Vec<(Type, Known)>,
    exits: Vec<Exit>,
    /// The instructions of the block under way.
    insts: Vec<Inst>,
}

/// The most times that blocks of a function are built.
const MOST_ROUNDS: usize = 5000;

impl<'s, 'w, 'i> Builder<'s, 'w, 'i> {
    /// Builds the function with an entry.
    ///
    /// # Errors
    /// Why that cannot be done.
    pub fn function(
        spec: &'s mut Specialisation<'w, 'i>,
        entry: Entry,
    ) -> Result<Function, String> {
        let mut builder = Builder {
            program: spec.program,
            spec,
            entry,
            templates: BTreeMap::new(),
            drafts: BTreeMap::new(),
            values: Vec::new(),
            exits: Vec::new(),
            insts: Vec::new(),
        };
        let first = builder.prologue();
        let prologue = std::mem::take(&mut builder.insts);
        let begin = position(&first);
        let mut open = BTreeSet::from([begin]);
        let types = |b: &Builder, v: Value| b.values[v.0 as usize].0;
        let template = Template::of(&first, &|v| types(&builder, v));
        builder.templates.insert(begin, template);
        let mut rounds = 0;
        while let Some(at) = open.pop_first() {
            rounds += 1;
            if rounds > MOST_ROUNDS {
                return Err("a function does not settle".into());
            }
            let (params, state) = builder.begin_block(at);
            let tail = builder.block(state)?;
            for next in tail.states() {
                let to = position(next);
                let of = |v: Value| builder.values[v.0 as usize].0;
                let joined = match builder.templates.get(&to) {
                    Some(old) => old.join(next, &of)?,
                    None => Template::of(next, &of),
                };
                if builder.templates.get(&to) != Some(&joined) {
                    builder.templates.insert(to, joined);
                    open.insert(to);
                }
            }
            builder.drafts.insert(at, (params, tail));
        }
        builder.finish(prologue, first)
    }

    /// Fresh values for what is known at a position: the parameters of its block.
    fn begin_block(&mut self, at: Position) -> (Vec<Value>, State) {
        let template = self.templates[&at].clone();
        let params: Vec<Value> = template
            .types
            .iter()
            .enumerate()
            .map(|(n, &ty)| self.fresh(ty, template.state.known(Operand::Value(Value(n as u32)))))
            .collect();
        let mut state = template.state;
        state.change(&|o| match o {
            Operand::Value(v) => params[v.0 as usize].into(),
            o => o,
        });
        let known = params.iter().map(|&v| (v, self.values[v.0 as usize].1));
        state.known = Rc::new(known.collect());
        (params, state)
    }

    fn fresh(&mut self, ty: Type, known: Known) -> Value {
        self.values.push((ty, known));
        Value(self.values.len() as u32 - 1)
    }

    fn type_of(&self, o: Operand) -> Type {
        match o {
            Operand::Value(v) => self.values[v.0 as usize].0,
            _ => Type::Word,
        }
    }

    fn is_float(&self, o: Operand) -> bool {
        self.type_of(o) == Type::Float
    }

    /// Adds an instruction that only does something.
    fn act(&mut self, op: Op, args: &[Operand], exit: Option<ExitId>) {
        self.insts.push(Inst {
            result: None,
            op,
            args: args.to_vec(),
            exit,
        });
    }

    /// Adds an instruction with an answer.
    fn op(
        &mut self,
        state: &mut State,
        op: Op,
        args: &[Operand],
        exit: Option<ExitId>,
        known: Known,
    ) -> Operand {
        let result = self.fresh(op.result().unwrap_or(Type::Word), known);
        state.note(result, known);
        self.insts.push(Inst {
            result: Some(result),
            op,
            args: args.to_vec(),
            exit,
        });
        Operand::Value(result)
    }

    /// A test of two operands.
    fn test(&mut self, state: &mut State, op: Op, args: &[Operand]) -> Operand {
        self.op(state, op, args, None, Known::Bool)
    }

    /// What is built by `build` stands by itself: an arm of a branch.
    fn arm(
        &mut self,
        build: impl FnOnce(&mut Self) -> Result<End, String>,
    ) -> Result<Box<Tail>, String> {
        let outer = std::mem::take(&mut self.insts);
        let end = build(self);
        let insts = std::mem::replace(&mut self.insts, outer);
        Ok(Box::new(Tail { insts, end: end? }))
    }

    /// Follows a block to its end.
    fn block(&mut self, mut state: State) -> Result<Tail, String> {
        self.insts.clear();
        let mut first = true;
        let end = loop {
            let method = self.spec.method_of(state.node());
            if !first && method.analysis.jump_targets.contains(&state.ip) {
                break End::Go(state);
            }
            first = false;
            if let Some(end) = self.instruction(&mut state)? {
                break end;
            }
        };
        Ok(Tail {
            insts: std::mem::take(&mut self.insts),
            end,
        })
    }

    /// One bytecode. Nothing is answered if the block simply goes on.
    fn instruction(&mut self, state: &mut State) -> Result<Option<End>, String> {
        let node = state.node();
        let method = self.spec.method_of(node);
        let at = state.ip;
        let i = method.instruction(at);
        state.ip = i.next;
        match i.op {
            Bytecode::PushArgument(k) if usize::from(k) >= method.arity => {
                return Err("it asks for an argument that its selector does not name".into());
            }
            Bytecode::PushArgument(k) => {
                let o = self.argument(state, k as usize);
                state.push(o);
            }
            Bytecode::PushTemporary(k) => self.push_temporary(state, k as usize)?,
            Bytecode::AssignTemporary(k) => {
                let o = state.pop();
                self.set_temporary(state, k as usize, o)?;
                state.push(o);
            }
            Bytecode::PushInstance(k) => self.push_instance(state, k as usize),
            Bytecode::AssignInstance(k) => self.assign_instance(state, k as usize)?,
            Bytecode::PushClassVariable(k) => self.push_class_variable(state, k as usize),
            Bytecode::PushLiteral(k) => {
                let o = self.literal(node, k);
                state.push(o);
            }
            Bytecode::PushConstant(c) => state.push(match c {
                Constant::Int(n) => Operand::Int(n as i32),
                Constant::Nil => Operand::Nil,
                Constant::True => Operand::True,
                Constant::False => Operand::False,
            }),
            Bytecode::PushBlock { end, .. } => {
                let block = self
                    .program
                    .block_pushed_at(self.spec.nodes[node].method, at);
                state.push(Operand::Closure(crate::ir::Closure {
                    home: self.spec.nodes[node].home,
                    creator: node,
                    block: block.ok_or("a block is missing")?,
                }));
                state.ip = end;
            }
            Bytecode::PushClosure { .. }
            | Bytecode::PushContext
            | Bytecode::HomeReturn
            | Bytecode::PushSlot(_)
            | Bytecode::AssignSlot(_) => {
                return Err("closures are left to the baseline".into());
            }
            Bytecode::Pop => {
                state.pop();
            }
            Bytecode::Duplicate => {
                let o = state.pop();
                state.push(o);
                state.push(o);
            }
            Bytecode::IsNil => self.compare_with_nil(state, true),
            Bytecode::NotNil => self.compare_with_nil(state, false),
            Bytecode::Jump(t) => {
                state.ip = t;
                return self.jump(state.clone(), at).map(Some);
            }
            Bytecode::JumpIfTrue(t) => return self.branch(state.clone(), t, true).map(Some),
            Bytecode::JumpIfFalse(t) => return self.branch(state.clone(), t, false).map(Some),
            Bytecode::Binary(op) => return self.binary(state, at, op),
            Bytecode::Send { argc, selector } | Bytecode::SuperSend { argc, selector } => {
                let is_super = matches!(i.op, Bytecode::SuperSend { .. });
                let selector = self
                    .program
                    .selector(self.spec.nodes[node].method, selector);
                let args = state.pop_many(argc as usize);
                return self.send(state, at, selector, args, is_super);
            }
            Bytecode::Primitive { argc: 1, number }
                if number == Primitive::ClassOf.number() && self.class_asked(state) => {}
            Bytecode::Primitive { argc, number } => {
                let args = state.pop_many(argc as usize);
                return self.primitive(state, number, args);
            }
            Bytecode::ReturnSelf => {
                let me = self.argument(state, 0);
                return self.answer(state.clone(), node, me).map(Some);
            }
            Bytecode::ReturnTop => {
                let o = state.pop();
                return self.answer(state.clone(), node, o).map(Some);
            }
            Bytecode::BlockReturn => {
                let o = state.pop();
                let block = state.top().args[0];
                let Known::Closure(closure) = state.known(block) else {
                    return Err("a block returns from nowhere".into());
                };
                return self.answer(state.clone(), closure.creator, o).map(Some);
            }
        }
        Ok(None)
    }

    fn compare_with_nil(&mut self, state: &mut State, sense: bool) {
        let o = state.pop();
        let truth = |t| if t { Operand::True } else { Operand::False };
        let result = match (o, state.known(o)) {
            (Operand::Nil, _) => truth(sense),
            (Operand::Value(_), Known::Any) => {
                let is_nil = self.test(state, Op::Same, &[o, Operand::Nil]);
                match sense {
                    true => is_nil,
                    false => self.test(state, Op::Not, &[is_nil]),
                }
            }
            _ => truth(!sense),
        };
        state.push(result);
    }

    fn jump(&mut self, state: State, from: usize) -> Result<End, String> {
        if state.ip > from {
            return Ok(End::Go(state));
        }
        let inside = self.templates.contains_key(&position(&state));
        if self.entry != Entry::Call && !inside {
            return self.go_to_loop(&state);
        }
        let entry = self.loop_entry(&state)?;
        let exit = self.exit_to(&state, crate::ir::Action::Pause(entry), entry);
        Ok(End::Again(state, exit))
    }

    /// Goes on elsewhere if an operand is what is asked for.
    fn branch(&mut self, mut state: State, target: usize, sense: bool) -> Result<End, String> {
        let o = state.pop();
        let mut taken = State {
            ip: target,
            ..state.clone()
        };
        let wanted = if sense { Operand::True } else { Operand::False };
        let condition = match (o, state.known(o)) {
            (Operand::True, _) => return Ok(End::Go(if sense { taken } else { state })),
            (Operand::False, _) => return Ok(End::Go(if sense { state } else { taken })),
            (Operand::Value(_), Known::Bool) => {
                let other = if sense { Operand::False } else { Operand::True };
                taken.replace(o, wanted);
                state.replace(o, other);
                match self.type_of(o) {
                    Type::Bool => o,
                    _ => self.test(&mut state, Op::Same, &[o, Operand::True]),
                }
            }
            (Operand::Value(_), Known::Any) => {
                let is = self.test(&mut state, Op::Same, &[o, wanted]);
                let (yes, no) = (
                    self.arm(|_| Ok(End::Go(taken)))?,
                    self.arm(|_| Ok(End::Go(state)))?,
                );
                return Ok(End::Branch(is, yes, no));
            }
            _ => return Ok(End::Go(state)),
        };
        let (yes, no) = if sense {
            (taken, state)
        } else {
            (state, taken)
        };
        let (yes, no) = (
            self.arm(|_| Ok(End::Go(yes)))?,
            self.arm(|_| Ok(End::Go(no)))?,
        );
        Ok(End::Branch(condition, yes, no))
    }
}
