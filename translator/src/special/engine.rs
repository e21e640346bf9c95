//! Following and writing one region of a specialised unit.

use super::code::{Code, Effects};
use super::graph::{Edge, Tail};
use super::unit::{Position, Unit, UnitStart, position};
use super::values::{Abs, Origin, Rep, State, Val};
use super::wrap::function_name;
use crate::method::Method;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use smallworld_abi::layout::{BLOCK_WORDS, CONTEXT_WORDS};
use smallworld_image::{Constant, Op};
use std::collections::{BTreeMap, BTreeSet};

/// How a node ends.
pub enum End {
    /// Control has left.
    Left,
    /// It goes on there.
    Go(State),
    /// It jumps back, to a loop's head.
    Back(State),
    /// It goes on at one or the other.
    If(TokenStream, State, State),
    /// It goes on at the first whose test holds, or does the last.
    Choose(Vec<(TokenStream, State)>, Code),
}

impl End {
    /// Where it may go on.
    pub fn states(&self) -> Vec<&State> {
        match self {
            End::Left => vec![],
            End::Go(s) | End::Back(s) => vec![s],
            End::If(_, a, b) => vec![a, b],
            End::Choose(arms, _) => arms.iter().map(|a| &a.1).collect(),
        }
    }
}

/// A region under way.
pub struct Engine<'u, 'w, 'i> {
    /// Its unit.
    pub unit: &'u mut Unit<'w, 'i>,
    /// Where it starts.
    pub start: UnitStart,
    /// What is known at its nodes, as far as they have been reached.
    pub known: BTreeMap<Position, State>,
    /// The code is going to be used, not only looked at.
    pub writing: bool,
    /// Variables of the function, by type: words, booleans, groups of Floats.
    pub words: BTreeSet<Ident>,
    /// See `words`.
    pub bools: BTreeSet<Ident>,
    /// See `words`.
    pub groups: BTreeSet<u32>,
    next_local: usize,
}

impl<'u, 'w, 'i> Engine<'u, 'w, 'i> {
    /// An engine for a start of a unit.
    pub fn new(unit: &'u mut Unit<'w, 'i>, start: UnitStart) -> Engine<'u, 'w, 'i> {
        Engine {
            unit,
            start,
            known: BTreeMap::new(),
            writing: false,
            words: BTreeSet::new(),
            bools: BTreeSet::new(),
            groups: BTreeSet::new(),
            next_local: 0,
        }
    }

    /// The method of a scope.
    pub fn method(&self, scope: usize) -> &'i Method<'i> {
        &self.unit.world.methods[self.unit.scopes[scope].method].1
    }

    /// A fresh local.
    pub fn local(&mut self) -> Ident {
        format_ident!("v{}", self.next_number())
    }

    /// A number that no local has yet.
    pub fn next_number(&mut self) -> usize {
        self.next_local += 1;
        self.next_local
    }

    /// A variable of the function, of type `Word`.
    fn variable(&mut self, id: Ident) -> Ident {
        self.words.insert(id.clone());
        id
    }

    /// The variable of an argument.
    pub fn argument(&mut self, scope: usize, i: usize) -> Ident {
        self.variable(format_ident!("a{scope}_{i}"))
    }

    /// The variable of a temporary.
    pub fn temporary(&mut self, scope: usize, i: usize) -> Ident {
        self.variable(format_ident!("t{scope}_{i}"))
    }

    /// The variable of a scope's temporaries Array.
    pub fn array(&mut self, scope: usize) -> Ident {
        self.variable(format_ident!("ta{scope}"))
    }

    /// What is known when the region starts.
    pub fn start_state(&mut self) -> State {
        let mut state = self.unit.starts[&self.start].clone();
        if let UnitStart::Resume(..) = self.start {
            state.top().stack.push(Val::constant(Abs::Any));
        }
        self.canonical(&state)
    }

    /// The same knowledge, each value in the variable that is its place.
    pub fn canonical(&mut self, state: &State) -> State {
        let mut state = state.clone();
        state.name_groups();
        self.groups.extend(state.slots().filter_map(|s| match s.1 {
            Abs::Float(group) => Some(group),
            _ => None,
        }));
        for level in &mut state.chain {
            for (i, v) in level.args.iter_mut().enumerate() {
                let id = self.argument(level.scope, i);
                *v = Val {
                    origin: v.origin,
                    meaning: v.meaning.clone(),
                    ..Val::word(v.abs, id)
                };
            }
            for (i, v) in level.stack.iter_mut().enumerate() {
                let meaning = std::mem::take(&mut v.meaning);
                let origin = v.origin.filter(|o| matches!(o, Origin::Argument(..)));
                *v = match v.abs {
                    abs if abs.is_constant() => Val::constant(abs),
                    Abs::Float(group) => Val::float(group),
                    Abs::Bool => {
                        let id = format_ident!("c{}_{i}", level.scope);
                        self.bools.insert(id.clone());
                        Val::boolean(id)
                    }
                    abs => {
                        let id = self.variable(format_ident!("s{}_{i}", level.scope));
                        Val::word(abs, id)
                    }
                };
                v.meaning = meaning;
                v.origin = origin;
            }
        }
        state
    }

    /// Moves the operands to where the next node expects them.
    pub fn moves(&mut self, from: &State, to: &State) -> Code {
        let mut out = Code::default();
        let (mut places, mut values) = (Vec::new(), Vec::new());
        self.move_floats(from, to, &mut out, &mut places, &mut values);
        for (a, b) in from.chain.iter().zip(&to.chain) {
            for (x, y) in a.stack.iter().zip(&b.stack) {
                if x.rep == y.rep || x.rep == Rep::Float {
                    continue;
                }
                match &y.rep {
                    Rep::Constant | Rep::Float => {}
                    Rep::Word(id) => {
                        places.push(id.clone());
                        values.push(x.expr());
                    }
                    Rep::Bool(id) => {
                        places.push(id.clone());
                        values.push(truth(x));
                    }
                }
            }
        }
        out.reads(match places.len() {
            0 => return out,
            1 => quote!(#(#places = #values;)*),
            _ => quote!((#(#places,)*) = (#(#values,)*);),
        });
        out
    }

    /// How a node goes on, with what is done on the way. `numbers` are those of the nodes.
    pub fn tail(&mut self, end: End, numbers: &BTreeMap<Position, usize>) -> Result<Tail, String> {
        let mut edge = |state: &State| {
            let at = position(state);
            let target = self.canonical(&self.known[&at].clone());
            let code = self.moves(state, &target);
            (
                Edge {
                    to: numbers[&at],
                    code,
                },
                target,
            )
        };
        Ok(match end {
            End::Left => Tail::Left,
            End::Go(state) => Tail::Go(edge(&state).0),
            End::Back(state) => {
                // Every loop has one of these; here it looks whether a pause is due.
                let (mut edge, target) = edge(&state);
                edge.code.append(self.poll(&target)?);
                Tail::Go(edge)
            }
            End::If(test, yes, no) => {
                let yes = edge(&yes).0;
                Tail::If(test, yes, edge(&no).0)
            }
            End::Choose(arms, other) => {
                let arms = arms.into_iter().map(|(test, state)| (test, edge(&state).0));
                Tail::Choose(arms.collect(), other)
            }
        })
    }

    /// Looks whether a pause is due before a loop goes round.
    fn poll(&mut self, target: &State) -> Result<Code, String> {
        let start = self.loop_start(target)?;
        let (descriptor, function) = (self.descriptor(start), function_name(start));
        let (mut exit, end, _) = self.write_frames(target, quote!(#descriptor), &[], true);
        exit.leaves(
            end,
            quote! {
                set_pending(vm, Code::of1(#function), 1);
                return pause1(vm, f, Word::ZERO);
            },
        );
        let mut out = Code::default();
        out.or(
            exit,
            Effects::PURE,
            |exit| quote!(if loop_pause_due(vm, base) { #exit }),
        );
        Ok(out)
    }

    /// The start at a loop's head, where things are as they are known to be.
    pub fn loop_start(&mut self, head: &State) -> Result<UnitStart, String> {
        let start = UnitStart::Loop(head.scope(), head.ip);
        let after = self.after_leaving(head, head.ip);
        self.unit.add_start(start, after)?;
        Ok(start)
    }

    /// Goes on at the head of a loop that was entered before this region's start: in the
    /// function that starts there, so that not every region has the whole loop once more.
    fn go_to_loop(&mut self, state: &State, out: &mut Code) -> Result<(), String> {
        let start = self.loop_start(state)?;
        if !self.writing {
            return Ok(());
        }
        let (descriptor, function) = (self.descriptor(start), function_name(start));
        let (frames, end, _) = self.write_frames(state, quote!(#descriptor), &[], false);
        out.append(frames);
        out.leaves(
            end,
            quote! {
                if loop_pause_due(vm, base) {
                    set_pending(vm, Code::of1(#function), 1);
                    return pause1(vm, f, Word::ZERO);
                }
                return #function(vm, f, Word::ZERO);
            },
        );
        Ok(())
    }

    /// The name of the descriptor of records that wait at a start.
    pub fn descriptor(&self, start: UnitStart) -> Ident {
        format_ident!("{}", function_name(start).to_string().to_uppercase())
    }

    /// Follows a node to its end.
    pub fn node(&mut self, mut state: State, out: &mut Code) -> Result<End, String> {
        let mut first = true;
        loop {
            let scope = state.scope();
            let method = self.method(scope);
            let at = state.ip;
            if !first && method.analysis.jump_targets.contains(&at) {
                return Ok(End::Go(state));
            }
            first = false;
            let i = method.instruction(at);
            state.ip = i.next;
            match i.op {
                Op::PushArgument(k) if usize::from(k) >= method.arity => {
                    return Err("it asks for an argument that its selector does not name".into());
                }
                Op::PushArgument(k) => {
                    let v = self.push_argument(&state, k as usize);
                    state.top().stack.push(v);
                }
                Op::PushTemporary(k) => {
                    let v = self.push_temporary(&mut state, k as usize, out)?;
                    state.top().stack.push(v);
                }
                Op::AssignTemporary(k) => self.assign_temporary(&mut state, k as usize, out)?,
                Op::PushInstance(k) => self.push_instance(&mut state, k as usize, i.next, out),
                Op::AssignInstance(k) => {
                    self.assign_instance(&mut state, k as usize, i.next, out)?;
                }
                Op::PushClassVariable(k) => {
                    self.push_class_variable(&mut state, k as usize, i.next, out);
                }
                Op::PushLiteral(k) => {
                    let abs = self.literal(scope, k);
                    state.top().stack.push(Val::constant(abs));
                }
                Op::PushConstant(c) => state.top().stack.push(Val::constant(match c {
                    Constant::Int(n) => Abs::IntConst(n as i32),
                    Constant::Nil => Abs::Nil,
                    Constant::True => Abs::True,
                    Constant::False => Abs::False,
                })),
                Op::PushBlock { end, .. } => {
                    let method = self.unit.scopes[scope].method;
                    let block = self.unit.world.block_pushed_at(method, at);
                    state.top().stack.push(Val::constant(Abs::Block {
                        home: self.unit.scopes[scope].home,
                        creator: scope,
                        block: block.ok_or("a block is missing")?,
                        real: false,
                    }));
                    state.ip = end;
                }
                Op::Pop => {
                    pop(&mut state);
                }
                Op::Duplicate => {
                    let v = pop(&mut state);
                    state.top().stack.push(v.clone());
                    state.top().stack.push(v);
                }
                Op::IsNil | Op::NotNil => {
                    let v = pop(&mut state);
                    let sense = i.op == Op::IsNil;
                    let result = match v.abs {
                        Abs::Nil => Val::constant(if sense { Abs::True } else { Abs::False }),
                        Abs::Any => {
                            let (id, x) = (self.local(), v.expr());
                            out.pure(if sense {
                                quote!(let #id = #x == nil(vm);)
                            } else {
                                quote!(let #id = #x != nil(vm);)
                            });
                            Val::boolean(id)
                        }
                        _ => Val::constant(if sense { Abs::False } else { Abs::True }),
                    };
                    state.top().stack.push(result);
                }
                Op::Jump(t) => {
                    state.ip = t;
                    if t > at {
                        return Ok(End::Go(state));
                    }
                    if self.start != UnitStart::Entry && !self.known.contains_key(&position(&state))
                    {
                        self.go_to_loop(&state, out)?;
                        return Ok(End::Left);
                    }
                    return Ok(End::Back(state));
                }
                Op::JumpIfTrue(t) | Op::JumpIfFalse(t) => {
                    let v = pop(&mut state);
                    let sense = matches!(i.op, Op::JumpIfTrue(_));
                    let mut taken = State {
                        ip: t,
                        ..state.clone()
                    };
                    if v.abs == Abs::Bool {
                        let on = if sense { &mut taken } else { &mut state };
                        on.is_true(&v);
                    }
                    let test = match v.abs {
                        Abs::True if sense => return Ok(End::Go(taken)),
                        Abs::False if !sense => return Ok(End::Go(taken)),
                        Abs::Bool if sense => truth(&v),
                        Abs::Bool => {
                            let b = truth(&v);
                            quote!(!(#b))
                        }
                        Abs::Any => {
                            let x = v.expr();
                            if sense {
                                quote!(#x == true_(vm))
                            } else {
                                quote!(#x == false_(vm))
                            }
                        }
                        _ => return Ok(End::Go(state)),
                    };
                    return Ok(End::If(test, taken, state));
                }
                Op::Binary(op) => {
                    if let Some(end) = self.binary(&mut state, at, op, i.next, out)? {
                        return Ok(end);
                    }
                }
                Op::Send { argc, selector } | Op::SuperSend { argc, selector } => {
                    let is_super = matches!(i.op, Op::SuperSend { .. });
                    let m = self.unit.scopes[scope].method;
                    let selector = self.unit.world.selector(m, selector);
                    let args = pop_many(&mut state, argc as usize);
                    let end = self.send(&mut state, at, selector, args, is_super, i.next, out)?;
                    if let Some(end) = end {
                        return Ok(end);
                    }
                }
                Op::Primitive { argc: 1, number: 2 }
                    if self.class_asked(&mut state, i.next, out) => {}
                Op::Primitive { argc, number } => {
                    let args = pop_many(&mut state, argc as usize);
                    if let Some(end) = self.primitive(&mut state, number, args, i.next, out)? {
                        return Ok(end);
                    }
                }
                Op::ReturnSelf => {
                    let v = self.push_argument(&state, 0);
                    return self.answer(state, scope, v, out);
                }
                Op::ReturnTop => {
                    let v = pop(&mut state);
                    return self.answer(state, scope, v, out);
                }
                Op::BlockReturn => {
                    let v = pop(&mut state);
                    let Abs::Block { creator, .. } = state.top().args[0].abs else {
                        return Err("a block returns from nowhere".into());
                    };
                    return self.answer(state, creator, v, out);
                }
            }
        }
    }

    /// Returns a value from a scope, which is in the nest (perhaps not the innermost).
    pub fn answer(
        &mut self,
        mut state: State,
        from: usize,
        v: Val,
        out: &mut Code,
    ) -> Result<End, String> {
        let (offsets, _) = self.offsets(&state);
        let l = state
            .level(from)
            .ok_or("a returning scope is not in the nest")?;
        let scope = self.unit.scopes[from].clone();
        let method = self.method(from);
        let in_memory = state.chain[l].in_memory;
        let retires = in_memory && method.makes_returning_blocks(scope.owner);
        let slot = self.layout(from).context();
        if matches!(v.abs, Abs::Block { real: false, home, .. } if l == 0 || state.level(home).is_some_and(|h| h >= l))
        {
            return Err("a block outlives its home".into());
        }
        let Some((_, next)) = scope.parent else {
            let x = self.object(&state, &v, &[], out);
            // A Context that retires is told its caller in place of what follows its slot.
            match retires {
                true => out.leaves(
                    slot + 2,
                    quote!(let v = #x; return leave(vm, base, #slot, v);),
                ),
                false => out.leaves(0, quote!(let v = #x; return return_value(vm, base, v);)),
            }
            return Ok(End::Left);
        };
        if retires {
            let caller = state.chain[l - 1].scope;
            let (at, caller_at) = (offsets[l], offsets[l - 1]);
            let caller_slot = self.layout(caller).context();
            let is_block = self.unit.scopes[caller].owner.is_some();
            // It may make the caller's Context.
            let effects = Effects {
                takes: if is_block { BLOCK_WORDS } else { CONTEXT_WORDS },
                ..Effects::WRITES
            };
            out.push(
                quote! {
                    retire_in_place(
                        vm, base.add(#at), #slot, base.add(#caller_at), #caller_slot, #is_block,
                    );
                },
                effects,
            );
        }
        state.chain.truncate(l);
        state.ip = next;
        state.top().stack.push(Val { origin: None, ..v });
        state.forget_left();
        Ok(End::Go(state))
    }
}

/// Pops an operand of the innermost scope.
pub fn pop(state: &mut State) -> Val {
    let v = state.top().stack.pop();
    v.unwrap_or(Val::constant(Abs::Nil))
}

/// Pops several; the first pushed comes first.
pub fn pop_many(state: &mut State, n: usize) -> Vec<Val> {
    let stack = &mut state.top().stack;
    stack.split_off(stack.len().saturating_sub(n))
}

/// The Rust expression for "it is true", of a value that is true or false.
pub fn truth(v: &Val) -> TokenStream {
    match (&v.rep, v.abs) {
        (Rep::Bool(id), _) => quote!(#id),
        (_, Abs::True) => quote!(true),
        (_, Abs::False) => quote!(false),
        _ => {
            let x = v.expr();
            quote!(#x == true_(vm))
        }
    }
}
