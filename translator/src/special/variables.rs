//! Literals and variables in specialised code: where each is, and what is known of it.

use super::code::{Code, Effects};
use super::engine::{Engine, pop};
use super::unit::Assumption;
use super::values::{Abs, Origin, Rep, State, Val, float_object};
use crate::method::Kind;
use quote::quote;
use smallworld_abi::layout::class_slot;

impl Engine<'_, '_, '_> {
    /// What is known of a literal.
    pub fn literal(&self, scope: usize, k: u8) -> Abs {
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
        self.unit
            .rely(Assumption::Literal(m.first_literal + k as u32, id));
        let itself = world.class_numbers.contains_key(&id).then_some(id);
        Abs::Literal(m.first_literal + k as u32, class, itself)
    }

    /// Argument `k` of the home method.
    pub fn push_argument(&self, state: &State, k: usize) -> Val {
        let scope = state.scope();
        let home = self.unit.scopes[scope].home;
        let Some(l) = state.level(home) else {
            return Val::constant(Abs::Nil);
        };
        let mut v = state.chain[l].args[k].clone();
        v.origin = Some(Origin::Argument(home, k));
        v
    }

    /// Are the home's temporaries Rust locals?
    fn temporaries_are_local(&self, state: &State, home: usize) -> bool {
        let plain = self.layout(home).kind == Kind::Native;
        plain || state.level(home).is_some_and(|l| !state.chain[l].in_memory)
    }

    /// Pushes temporary `k` of the innermost scope's home.
    pub fn push_temporary(
        &mut self,
        state: &mut State,
        k: usize,
        out: &mut Code,
    ) -> Result<Val, String> {
        let home = self.unit.scopes[state.scope()].home;
        let l = state.level(home).ok_or("a home is missing")?;
        let id = self.local();
        if !self.temporaries_are_local(state, home) {
            let array = self.array(home);
            out.reads(quote!(let mut #id = slot(#array, #k);));
            return Ok(Val::word(Abs::Any, id));
        }
        let abs = state.chain[l].temps[k];
        let origin = Some(Origin::Temporary(home, k));
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
        out.pure(quote!(let mut #id = #t;));
        Ok(Val {
            origin,
            ..Val::word(abs, id)
        })
    }

    /// Assigns the same from the top of the stack, which stays.
    pub fn assign_temporary(
        &mut self,
        state: &mut State,
        k: usize,
        out: &mut Code,
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
        out: &mut Code,
    ) -> Result<(), String> {
        let home = self.unit.scopes[state.scope()].home;
        let l = state.level(home).ok_or("a home is missing")?;
        if self.temporaries_are_local(state, home) {
            let t = self.temporary(home, k);
            if !matches!(v.abs, Abs::Block { real: false, .. } | Abs::Float(_)) {
                let x = v.expr();
                out.pure(quote!(#t = #x;));
            }
            state.forget(Origin::Temporary(home, k));
            state.chain[l].temps[k] = v.abs;
            return Ok(());
        }
        if matches!(v.abs, Abs::Block { real: false, .. }) {
            return Err("a block is put into a shared temporary".into());
        }
        let x = self.object(state, v, &[], out);
        let array = self.array(home);
        out.writes(quote!(store_slot(vm, #array, #k, #x);));
        Ok(())
    }

    /// The receiver, with an object.
    fn me(&mut self, state: &mut State, out: &mut Code) -> Val {
        let v = self.push_argument(state, 0);
        match v.group() {
            Some(group) => {
                self.object(state, &v, &[], out);
                Val {
                    rep: Rep::Word(float_object(group)),
                    ..Val::constant(Abs::Any)
                }
            }
            None => v,
        }
    }

    /// Pushes instance variable `k`. A receiver that has none leaves.
    pub fn push_instance(&mut self, state: &mut State, k: usize, next: usize, out: &mut Code) {
        let receiver = self.me(state, out);
        let me = receiver.expr();
        let id = self.local();
        if k < self.slots_of(receiver.abs) {
            out.reads(quote!(let mut #id = slot(#me, #k);));
        } else {
            let leave = self.leave(
                state,
                next,
                &[],
                |_| quote!(return no_instance_variable(vm, f, #k);),
            );
            let v = id.clone();
            out.or(leave, Effects::READS, move |leave| {
                quote! {
                    let mut #v = if has_slot(#me, #k) {
                        slot(#me, #k)
                    } else {
                        #leave
                    };
                }
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

    /// Assigns the same from the top of the stack, which stays.
    pub fn assign_instance(
        &mut self,
        state: &mut State,
        k: usize,
        next: usize,
        out: &mut Code,
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
        out.or(
            leave,
            Effects::WRITES,
            move |leave| quote!(if !#done { #leave }),
        );
        state.has_slot(&receiver, k);
        state.top().stack.push(v);
        Ok(())
    }

    /// Pushes class variable `k`, as the baseline finds it.
    pub fn push_class_variable(
        &mut self,
        state: &mut State,
        k: usize,
        next: usize,
        out: &mut Code,
    ) {
        let me = self.me(state, out).expr();
        let id = self.local();
        let leave = self.leave(
            state,
            next,
            &[],
            |_| quote!(return no_class_variable(vm, f, #k);),
        );
        let at = k + class_slot::CLASS_VARIABLES;
        let v = id.clone();
        out.or(leave, Effects::READS, move |leave| {
            quote! {
                let mut #v = match class_slot(vm, #me, #at) {
                    Some(w) => w,
                    None => {
                        #leave
                    }
                };
            }
        });
        state.top().stack.push(Val::word(Abs::Any, id));
    }
}
