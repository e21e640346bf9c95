//! `+`, `<`, `<=`: on two SmallInts at once, on others what the profile has seen.

use super::calls::choose;
use super::code::{Code, Effects};
use super::engine::{End, Engine, pop_many};
use super::values::{Abs, State, Val};
use proc_macro2::TokenStream;
use quote::quote;
use smallworld_image::BinaryOp;

impl Engine<'_, '_, '_> {
    /// `+`, `<`, `<=`.
    pub fn binary(
        &mut self,
        state: &mut State,
        at: usize,
        op: BinaryOp,
        next: usize,
        out: &mut Code,
    ) -> Result<Option<End>, String> {
        let args = pop_many(state, 2);
        let (first, second) = (args[0].abs, args[1].abs);
        let certain = match op {
            BinaryOp::Less => first.is_int_up_to(0) && second.is_positive(),
            BinaryOp::LessEqual => first.is_int_up_to(1) && second.is_positive(),
            BinaryOp::Plus => false,
        };
        if certain {
            state.top().stack.push(Val::constant(Abs::True));
            return Ok(None);
        }
        let added = Abs::sum(first, second);
        let scope = state.scope();
        let other_class = self.unit.abs_class(args[0].abs);
        let floats = args.iter().any(|v| v.group().is_some());
        if floats || other_class.is_some() && !args[0].abs.is_int() {
            let selector = op.selector().as_bytes();
            return self.send(state, at, selector, args, false, next, out);
        }
        let method = self.unit.scopes[scope].method;
        let site = self.method(scope).sites[&at];
        let used = self.unit.world.is_used(method, at, 10);
        let mut slow = Code::default();
        self.send_out(state, site, args.clone(), false, next, used, &mut slow)?;
        let arms = if used && other_class.is_none() {
            // SmallInts are not sent anything here.
            let mut counts = self.unit.world.counts(method, at);
            let ints = self.unit.world.image.roots.small_int;
            counts.classes.retain(|c| c.0 != ints);
            let selector = op.selector().as_bytes();
            self.arms(state, selector, &counts, false, &args, next).0
        } else {
            Vec::new()
        };
        let (x, y) = (args[0].expr(), args[1].expr());
        let ints = int_test(&args[0], &args[1]);
        let id = self.local();
        let meaning = self.comparison(state, op, &args[0], &args[1]);
        let compare = match op {
            BinaryOp::Less => quote!(Word::less(#x, #y)),
            _ => quote!(Word::less_equal(#x, #y)),
        };
        let compared = Val {
            meaning,
            ..Val::boolean(id.clone())
        };
        if !arms.is_empty() {
            let ints = ints.unwrap_or(quote!(true));
            let mut sum = state.clone();
            let test = if op == BinaryOp::Plus {
                sum.top().stack.push(Val::word(added, id.clone()));
                quote!(#ints && let Some(mut #id) = Word::add(#x, #y))
            } else {
                sum.top().stack.push(compared);
                out.pure(quote!(let #id = #compare;));
                ints
            };
            for v in &args {
                sum.refine(v.origin, Abs::Int);
            }
            return Ok(Some(choose(vec![(test, sum)], arms, slow, out)));
        }
        if self.unit.world.counts(method, at).total().is_zero() {
            for v in args.iter().filter(|v| v.abs == Abs::Any) {
                let ints = self.unit.world.image.roots.small_int;
                self.unit.found_argument(v.origin, ints);
            }
        }
        let result = match op {
            BinaryOp::Plus => {
                let test = match &ints {
                    Some(t) => quote!(#t && let Some(sum) = Word::add(#x, #y)),
                    None => quote!(let Some(sum) = Word::add(#x, #y)),
                };
                let sum = id.clone();
                out.or(
                    slow,
                    Effects::PURE,
                    move |slow| quote!(let mut #sum = if #test { sum } else { #slow };),
                );
                Val::word(added, id)
            }
            _ => {
                match ints {
                    Some(t) => out.or(
                        slow,
                        Effects::PURE,
                        move |slow| quote!(let #id = if #t { #compare } else { #slow };),
                    ),
                    None => out.pure(quote!(let #id = #compare;)),
                }
                compared
            }
        };
        for v in &args {
            state.refine(v.origin, Abs::Int);
        }
        state.top().stack.push(result);
        Ok(None)
    }
}

/// The test that both are SmallInts; nothing if that is known.
pub fn int_test(x: &Val, y: &Val) -> Option<TokenStream> {
    let (a, b) = (x.expr(), y.expr());
    match (x.abs.is_int(), y.abs.is_int()) {
        (true, true) => None,
        (true, false) => Some(quote!(#b.is_int())),
        (false, true) => Some(quote!(#a.is_int())),
        (false, false) => Some(quote!(Word::both_ints(#a, #b))),
    }
}
