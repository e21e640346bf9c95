//! Following and writing one region of a specialised unit.

use super::floats::load_float;
use super::unit::{Position, Unit, UnitStart, position};
use super::values::{Abs, Rep, State, Val, float_number, float_object};
use crate::method::{Kind, Method};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
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
    Choose(Vec<(TokenStream, State)>, TokenStream),
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
    /// Words of nursery that leaving may take.
    pub room: usize,
    /// The look whether a pause is due has been put further down.
    pub looks_later: bool,
    words: BTreeSet<Ident>,
    bools: BTreeSet<Ident>,
    groups: BTreeSet<u32>,
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
            room: 0,
            looks_later: false,
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
                    ..Val::word(v.abs, id)
                };
            }
            for (i, v) in level.stack.iter_mut().enumerate() {
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
            }
        }
        state
    }

    /// Moves the operands to where the next node expects them.
    pub fn moves(&mut self, from: &State, to: &State) -> TokenStream {
        let mut out = TokenStream::new();
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
        out.extend(match places.len() {
            0 => quote!(),
            1 => quote!(#(#places = #values;)*),
            _ => quote!((#(#places,)*) = (#(#values,)*);),
        });
        out
    }

    /// Looks whether a pause is due before a loop goes round.
    pub fn poll(&mut self, target: &State) -> Result<TokenStream, String> {
        let start = UnitStart::Loop(target.scope(), target.ip);
        let after = self.after_leaving(target, target.ip);
        self.unit.add_start(start, after)?;
        let (descriptor, function) = (self.descriptor(start), function_name(start));
        let (frames, _) = self.write_frames(target, quote!(#descriptor), &[], true);
        Ok(quote! {
            if loop_pause_due(vm, base) {
                #frames
                set_pending(vm, Code::of1(#function), 1);
                return pause1(vm, f, Word::ZERO);
            }
        })
    }

    /// Goes on at the head of a loop that was entered before this region's start: in the
    /// function that starts there, so that not every region has the whole loop once more.
    fn go_to_loop(&mut self, state: &State, out: &mut TokenStream) -> Result<(), String> {
        let start = UnitStart::Loop(state.scope(), state.ip);
        let after = self.after_leaving(state, state.ip);
        self.unit.add_start(start, after)?;
        let (descriptor, function) = (self.descriptor(start), function_name(start));
        let (frames, _) = self.write_frames(state, quote!(#descriptor), &[], false);
        out.extend(quote! {
            #frames
            if loop_pause_due(vm, base) {
                set_pending(vm, Code::of1(#function), 1);
                return pause1(vm, f, Word::ZERO);
            }
            return #function(vm, f, Word::ZERO);
        });
        Ok(())
    }

    /// The name of the descriptor of records that wait at a start.
    pub fn descriptor(&self, start: UnitStart) -> Ident {
        format_ident!("{}", function_name(start).to_string().to_uppercase())
    }

    /// Follows a node to its end.
    pub fn node(&mut self, mut state: State, out: &mut TokenStream) -> Result<End, String> {
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
                Op::PushArgument(k) => {
                    let v = self.push_argument(&mut state, k as usize, out);
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
                            out.extend(if sense {
                                quote!(let #id = #x == vm.nil;)
                            } else {
                                quote!(let #id = #x != vm.nil;)
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
                    let taken = State {
                        ip: t,
                        ..state.clone()
                    };
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
                                quote!(#x == vm.true_)
                            } else {
                                quote!(#x == vm.false_)
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
                    let v = self.push_argument(&mut state, 0, out);
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

    /// Primitive 2 whose result is only compared with a class that is a literal: that is a
    /// test of the class, and the comparison is done with it. Was it so?
    fn class_asked(&mut self, state: &mut State, next: usize, out: &mut TokenStream) -> bool {
        let method = self.method(state.scope());
        let code = &method.parts.code;
        let jumped_to = |at| method.analysis.jump_targets.contains(&at);
        if next >= code.len() || jumped_to(next) {
            return false;
        }
        let pushed = method.instruction(next);
        let Op::PushLiteral(k) = pushed.op else {
            return false;
        };
        if pushed.next >= code.len() || jumped_to(pushed.next) {
            return false;
        }
        let compared = method.instruction(pushed.next);
        let is_comparison = matches!(compared.op, Op::Primitive { argc: 2, number: 1 });
        let Abs::Literal(_, _, Some(class)) = self.literal(state.scope(), k) else {
            return false;
        };
        if !is_comparison {
            return false;
        }
        let v = pop(state);
        let result = match self.unit.abs_class(v.abs) {
            Some(known) if known == class => Val::constant(Abs::True),
            Some(_) => Val::constant(Abs::False),
            None => {
                let (id, test) = (self.local(), self.class_test(&v.object_expr(), class));
                out.extend(quote!(let #id = #test;));
                Val::boolean(id)
            }
        };
        state.top().stack.push(result);
        state.ip = compared.next;
        true
    }

    /// What is known of a literal.
    fn literal(&self, scope: usize, k: u8) -> Abs {
        let m = self.method(scope);
        let id = m.parts.literals[k as usize];
        let world = self.unit.world;
        let roots = &world.image.roots;
        if let Some(n) = world.int_of(id) {
            return Abs::IntConst(n);
        }
        if id == roots.nil {
            return Abs::Nil;
        }
        let class = world.class_of(id).unwrap_or(roots.array);
        let itself = world.class_numbers.contains_key(&id).then_some(id);
        Abs::Literal(m.first_literal + k as u32, class, itself)
    }

    /// Argument `k` of the home method.
    pub fn push_argument(&mut self, state: &mut State, k: usize, out: &mut TokenStream) -> Val {
        let scope = state.scope();
        let home = self.unit.scopes[scope].home;
        let Some(l) = state.level(home) else {
            return Val::constant(Abs::Nil);
        };
        let mut v = state.chain[l].args[k].clone();
        v.origin = Some(super::values::Origin::Argument(home, k));
        let _ = out;
        v
    }

    /// Are the home's temporaries Rust locals?
    fn temporaries_are_local(&self, state: &State, home: usize) -> bool {
        let plain = self.layout(home).kind == Kind::Plain;
        plain || state.level(home).is_some_and(|l| !state.chain[l].in_memory)
    }

    fn push_temporary(
        &mut self,
        state: &mut State,
        k: usize,
        out: &mut TokenStream,
    ) -> Result<Val, String> {
        let home = self.unit.scopes[state.scope()].home;
        let l = state.level(home).ok_or("a home is missing")?;
        let id = self.local();
        if !self.temporaries_are_local(state, home) {
            let array = self.array(home);
            out.extend(quote!(let mut #id = slot(#array, #k);));
            return Ok(Val::word(Abs::Any, id));
        }
        let abs = state.chain[l].temps[k];
        let origin = Some(super::values::Origin::Temporary(home, k));
        if abs.is_constant() {
            return Ok(Val::constant(abs));
        }
        if let Abs::Float(group) = abs {
            return Ok(Val {
                origin,
                ..Val::float(group)
            });
        }
        let t = self.temporary(home, k);
        out.extend(quote!(let mut #id = #t;));
        Ok(Val {
            origin,
            ..Val::word(abs, id)
        })
    }

    fn assign_temporary(
        &mut self,
        state: &mut State,
        k: usize,
        out: &mut TokenStream,
    ) -> Result<(), String> {
        let v = pop(state);
        self.set_temporary(state, k, &v, out)?;
        state.top().stack.push(v);
        Ok(())
    }

    /// Assigns temporary `k` of the innermost scope's home.
    pub fn set_temporary(
        &mut self,
        state: &mut State,
        k: usize,
        v: &Val,
        out: &mut TokenStream,
    ) -> Result<(), String> {
        let home = self.unit.scopes[state.scope()].home;
        let l = state.level(home).ok_or("a home is missing")?;
        if self.temporaries_are_local(state, home) {
            let t = self.temporary(home, k);
            if !matches!(v.abs, Abs::Block { real: false, .. } | Abs::Float(_)) {
                let x = v.expr();
                out.extend(quote!(#t = #x;));
            }
            state.forget(super::values::Origin::Temporary(home, k));
            state.chain[l].temps[k] = v.abs;
            return Ok(());
        }
        if matches!(v.abs, Abs::Block { real: false, .. }) {
            return Err("a block is put into a shared temporary".into());
        }
        let x = self.object(state, v, &[], out);
        let array = self.array(home);
        out.extend(quote!(vm.store_slot(#array, #k, #x);));
        Ok(())
    }

    /// The receiver, with an object.
    fn me(&mut self, state: &mut State, out: &mut TokenStream) -> Val {
        let v = self.push_argument(state, 0, out);
        match v.group() {
            Some(group) => {
                self.object(state, &v, &[], out);
                Val {
                    abs: Abs::Any,
                    rep: Rep::Word(float_object(group)),
                    origin: None,
                }
            }
            None => v,
        }
    }

    fn push_instance(&mut self, state: &mut State, k: usize, next: usize, out: &mut TokenStream) {
        let receiver = self.me(state, out);
        let me = receiver.expr();
        let id = self.local();
        if k < self.slots_of(receiver.abs) {
            out.extend(quote!(let mut #id = slot(#me, #k);));
        } else {
            let leave = self.leave(
                state,
                next,
                &[],
                |_| quote!(return no_instance_variable(vm, f, #k);),
            );
            out.extend(quote! {
                let mut #id = if has_slot(#me, #k) {
                    slot(#me, #k)
                } else {
                    #leave
                };
            });
            state.has_slot(&receiver, k);
        }
        state.top().stack.push(Val::word(Abs::Any, id));
    }

    /// So many slots a value surely has.
    fn slots_of(&self, abs: Abs) -> usize {
        let world = self.unit.world;
        match abs {
            Abs::Instance(_, slots) => slots as usize,
            Abs::Literal(n, ..) => world.slots_of_literal(n),
            Abs::Class(class, _) => world.slots_of(class),
            _ => 0,
        }
    }

    fn assign_instance(
        &mut self,
        state: &mut State,
        k: usize,
        next: usize,
        out: &mut TokenStream,
    ) -> Result<(), String> {
        let receiver = self.me(state, out);
        let me = receiver.expr();
        let v = pop(state);
        let stored = self.object(state, &v, &[], out);
        if matches!(v.abs, Abs::Block { real: false, .. }) {
            return Err("a block is put into an instance variable".into());
        }
        let leave = self.leave(state, next, &[receiver.clone(), v.clone()], |w| {
            let (me, x) = (&w[0], &w[1]);
            quote!(return assign_elsewhere(vm, f, #me, #k, #x);)
        });
        let done = match k < self.slots_of(receiver.abs) {
            true => quote!(put_unwatched(vm, #me, #k, #stored)),
            false => quote!(assigned(vm, #me, #k, #stored)),
        };
        out.extend(quote!(if !#done { #leave }));
        state.has_slot(&receiver, k);
        state.top().stack.push(v);
        Ok(())
    }

    fn push_class_variable(
        &mut self,
        state: &mut State,
        k: usize,
        next: usize,
        out: &mut TokenStream,
    ) {
        let me = self.me(state, out).expr();
        let id = self.local();
        let leave = self.leave(
            state,
            next,
            &[],
            |_| quote!(return no_class_variable(vm, f, #k);),
        );
        let at = k + 5;
        out.extend(quote! {
            let mut #id = match class_slot(vm, #me, #at) {
                Some(w) => w,
                None => {
                    #leave
                }
            };
        });
        state.top().stack.push(Val::word(Abs::Any, id));
    }

    /// Returns a value from a scope, which is in the nest (perhaps not the innermost).
    pub fn answer(
        &mut self,
        mut state: State,
        from: usize,
        v: Val,
        out: &mut TokenStream,
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
            out.extend(if retires {
                quote!(let v = #x; return leave(vm, base, #slot, v);)
            } else {
                quote!(let v = #x; return return_value(vm, base, v);)
            });
            return Ok(End::Left);
        };
        if retires {
            let caller = state.chain[l - 1].scope;
            let (at, caller_at) = (offsets[l], offsets[l - 1]);
            let caller_slot = self.layout(caller).context();
            let is_block = self.unit.scopes[caller].owner.is_some();
            self.room = self.room.max(64);
            out.extend(quote! {
                retire_in_place(
                    vm, base.add(#at), #slot, base.add(#caller_at), #caller_slot, #is_block,
                );
            });
        }
        state.chain.truncate(l);
        state.ip = next;
        state.top().stack.push(Val { origin: None, ..v });
        Ok(End::Go(state))
    }

    /// The function, around its body.
    pub fn wrap(mut self, body: TokenStream) -> TokenStream {
        let start = self.start;
        let name = function_name(start);
        let state = self.start_state();
        let number = self.unit.number;
        let room = self.room;
        let no_room = if room > 0 {
            quote!(|| !vm.has_room(ROOM))
        } else {
            quote!()
        };
        let mut prologue = TokenStream::new();
        let mut loads = TokenStream::new();
        let m = self.method(0);
        let registers = m.arity.min(4);
        let parameters = match start {
            UnitStart::Entry => {
                let p = (0..registers).map(|i| format_ident!("p{i}"));
                quote!(#(#p: Word),*)
            }
            UnitStart::Resume(..) => quote!(value: Word),
            UnitStart::Loop(..) => quote!(_: Word),
        };
        if start == UnitStart::Entry {
            let look = self.entry_look();
            prologue.extend(quote!(let base = fp;));
            if !self.looks_later {
                prologue.extend(look);
            }
            prologue.extend(self.argument_tests());
            for i in 0..m.arity {
                let given = parameter(i);
                loads.extend(match state.chain[0].args[i].group() {
                    Some(group) => {
                        let (number, object) = (float_number(group), float_object(group));
                        quote!(#object = #given; #number = float_or_zero(#object);)
                    }
                    None => {
                        let a = self.argument(0, i);
                        quote!(#a = #given;)
                    }
                });
            }
            for i in 0..m.parts.temporaries {
                let t = self.temporary(0, i);
                loads.extend(quote!(#t = vm.nil;));
            }
        } else {
            let mut record = state.clone();
            if matches!(start, UnitStart::Resume(..)) {
                pop(&mut record);
            }
            let (offsets, total) = self.offsets(&record);
            let value = match start {
                UnitStart::Resume(..) => quote!(value),
                _ => quote!(Word::ZERO),
            };
            // The record can always be continued by the baseline: it is its own.
            let fall_back = match start {
                UnitStart::Resume(scope, ip) => {
                    let f = self.baseline_function(scope, ip);
                    quote!(return #f(vm, fp, value);)
                }
                _ => quote!(return interpret_record(vm, fp);),
            };
            let mut intact = TokenStream::new();
            for (j, level) in record.chain.iter().enumerate() {
                if let Some(inner) = record.chain.get(j + 1) {
                    let ip = self.unit.scopes[inner.scope].parent.map_or(0, |p| p.1);
                    let d = self.baseline_descriptor(level.scope, ip);
                    let at = offsets[j + 1] - 1;
                    intact.extend(quote!(|| get(base, #at) != #d.word()));
                }
            }
            for (j, level) in record.chain.iter().enumerate() {
                self.load_level(level, offsets[j], &mut loads);
                self.intact_floats(level, offsets[j], &mut intact);
            }
            prologue.extend(quote! {
                let base = fp.sub(#total);
                if too_deep(vm) #no_room {
                    set_pending(vm, Code::of1(#name), 1);
                    return pause1(vm, fp, #value);
                }
                if !unit_valid(vm, #number) #intact {
                    #fall_back
                }
            });
            if matches!(start, UnitStart::Resume(..))
                && let Some(Val { rep, .. }) = state.chain.last().and_then(|l| l.stack.last())
            {
                match rep {
                    Rep::Word(id) => loads.extend(quote!(#id = value;)),
                    Rep::Bool(id) => loads.extend(quote!(#id = value == vm.true_;)),
                    Rep::Constant | Rep::Float => {}
                }
            }
        }
        let doc = self.doc();
        let descriptor = self.descriptor_item();
        let (words, bools) = (self.words.iter(), self.bools.iter());
        let numbers = self.groups.iter().map(|&g| float_number(g));
        let objects = self.groups.iter().map(|&g| float_object(g));
        quote! {
            #[doc = #doc]
            pub unsafe fn #name(vm: &mut Vm, fp: Fp, #parameters) -> Exit {
                const ROOM: usize = #room;
                #prologue
                #(let mut #words = Word::ZERO;)*
                #(let mut #bools = false;)*
                #(let mut #numbers = 0.0f64;)*
                #(let mut #objects = Word::ZERO;)*
                #loads
                #body
            }
            #descriptor
        }
    }

    /// Tests of the arguments that are expected to be of a class. The baseline takes others.
    fn argument_tests(&mut self) -> TokenStream {
        let m = self.method(0);
        let expected = self.unit.expected.clone();
        let tests: Vec<TokenStream> = expected
            .iter()
            .map(|(&i, &class)| self.class_test(&parameter(i), class))
            .collect();
        if tests.is_empty() {
            return quote!();
        }
        let names = &self.unit.world.names[self.unit.method];
        let module = &names.module;
        let entry = names.functions.get(&crate::unit::Start::Entry(None));
        let p = (0..m.arity.min(4)).map(|i| format_ident!("p{i}"));
        quote! {
            if !(#(#tests)&&*) {
                return modules::#module::#entry(vm, fp, #(#p),*);
            }
        }
    }

    /// The look whether a pause is due, for an entry: nothing has been done yet that would
    /// be done again.
    pub fn entry_look(&self) -> TokenStream {
        let m = self.method(0);
        let registers = m.arity.min(4);
        let code = format_ident!("of{registers}");
        let pause = format_ident!("pause{registers}");
        let arity = m.arity as u32;
        let p = (0..registers).map(|i| format_ident!("p{i}"));
        quote! {
            if pause_due(vm, fp) || !vm.has_room(ROOM) {
                set_pending(vm, Code::#code(entry), #arity);
                return #pause(vm, fp, #(#p),*);
            }
        }
    }

    fn load_level(&mut self, level: &super::values::Level, at: usize, loads: &mut TokenStream) {
        let layout = self.layout(level.scope);
        for (i, v) in level.args.iter().enumerate() {
            let from = at + i;
            match v.group() {
                Some(group) => loads.extend(load_float(group, from)),
                None => {
                    let a = self.argument(level.scope, i);
                    loads.extend(quote!(#a = get(base, #from);));
                }
            }
        }
        if layout.kind == Kind::Plain {
            for i in 0..layout.inline {
                let from = at + layout.temporary(i);
                match level.temps.get(i) {
                    Some(&Abs::Float(group)) => loads.extend(load_float(group, from)),
                    _ => {
                        let t = self.temporary(level.scope, i);
                        loads.extend(quote!(#t = get(base, #from);));
                    }
                }
            }
        } else if layout.kind == Kind::Shared {
            let (t, from) = (self.array(level.scope), at + layout.temporaries());
            loads.extend(quote!(#t = get(base, #from);));
        }
        for (i, v) in level.stack.iter().enumerate() {
            let from = at + layout.operand(i);
            match &v.rep {
                Rep::Word(id) => loads.extend(quote!(#id = get(base, #from);)),
                Rep::Bool(id) => loads.extend(quote!(#id = get(base, #from) == vm.true_;)),
                Rep::Float => {
                    let group = v.group();
                    loads.extend(group.map(|g| load_float(g, from)));
                }
                Rep::Constant => {}
            }
        }
    }

    fn doc(&self) -> String {
        let name = &self.method(0).name;
        let class = self.unit.world.image.name_of_class(self.unit.class);
        match self.start {
            UnitStart::Entry => format!(" `{name}` for receivers of class {class}."),
            UnitStart::Resume(s, ip) => {
                format!(" It goes on in `{}` at @{ip}.", self.method(s).name)
            }
            UnitStart::Loop(s, ip) => {
                format!(
                    " `{}` at the loop head @{ip}, after a pause.",
                    self.method(s).name
                )
            }
        }
    }

    fn descriptor_item(&mut self) -> TokenStream {
        let (scope, ip) = match self.start {
            UnitStart::Entry => return quote!(),
            UnitStart::Resume(s, ip) | UnitStart::Loop(s, ip) => (s, ip),
        };
        let depth = self.unit.starts[&self.start]
            .chain
            .last()
            .map_or(0, |l| l.stack.len()) as u16;
        let layout = self.layout(scope);
        let kind = match layout.kind {
            Kind::Plain => quote!(Kind::Native),
            Kind::Shared => quote!(Kind::NativeShared),
            Kind::Block => quote!(Kind::NativeBlock),
        };
        let (name, function) = (self.descriptor(self.start), function_name(self.start));
        let (number, at) = (self.method(scope).number, ip as u32);
        let (arguments, temporaries) = (layout.arguments as u8, layout.inline as u8);
        quote! {
            static #name: Descriptor = Descriptor::native(
                #function, #kind, #number, #at, #arguments, #temporaries, #depth,
            );
        }
    }
}

/// The name of the function of a start.
pub fn function_name(start: UnitStart) -> Ident {
    match start {
        UnitStart::Entry => format_ident!("entry"),
        UnitStart::Resume(s, ip) => format_ident!("at_{s}_{ip}"),
        UnitStart::Loop(s, ip) => format_ident!("loop_{s}_{ip}"),
    }
}

/// An argument as the entry gets it.
fn parameter(i: usize) -> TokenStream {
    let p = format_ident!("p{i}");
    match i {
        0..4 => quote!(#p),
        _ => quote!(get(base, #i)),
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
            quote!(#x == vm.true_)
        }
    }
}
