//! Floats as numbers in registers.
//!
//! A Float that arithmetic makes is a number in a Rust local, and gets its object only
//! where one is asked for: in a frame, an instance variable, an answer. It gets one only
//! once, so that `==` finds what it finds elsewhere: values that are the same object form
//! a *group*, which has one number and at most one object.

use super::code::{Code, Effects};
use super::engine::Engine;
use super::unit::Assumption;
use super::values::{Abs, Level, NEW_GROUPS, Rep, State, Val, float_number, float_object};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use smallworld_abi::layout::FLOAT_WORDS;
use std::collections::{BTreeMap, BTreeSet};

impl Engine<'_, '_, '_> {
    /// The number of the class of Floats.
    fn float_class(&self) -> u32 {
        let world = self.unit.world;
        if let Some(class) = world.float_class {
            self.unit.rely(Assumption::Class(class));
        }
        let class = world.float_class.and_then(|c| world.class_numbers.get(&c));
        class.copied().unwrap_or_default()
    }

    /// A group that is new in this node; its locals are to be declared.
    fn new_group(&mut self) -> u32 {
        self.next_number() as u32 + NEW_GROUPS
    }

    /// Code that gives a group its object, if it has none. There must be room for two words.
    pub fn make_object(&self, group: u32) -> TokenStream {
        let (number, object) = (float_number(group), float_object(group));
        let class = self.float_class();
        quote!(#object = boxed_float(vm, #class, #object, #number);)
    }

    /// The word of a value; a Float gets its object here. `more` is alive, too.
    pub fn object(&mut self, state: &State, v: &Val, more: &[Val], out: &mut Code) -> TokenStream {
        let Some(group) = v.group() else {
            return v.expr();
        };
        let object = float_object(group);
        let mut live = more.to_vec();
        live.push(v.clone());
        let (room, effects) = self.make_room(state, &live);
        let (make, words) = (self.make_object(group), FLOAT_WORDS);
        out.push(
            quote! {
                if #object == Word::ZERO {
                    let words = #words;
                    #room
                    #make
                }
            },
            effects.and(Effects::MAKES),
        );
        quote!(#object)
    }

    /// A value that is surely a Float, once `test` of the class has succeeded: its number.
    pub fn number_of(&mut self, v: &Val, out: &mut Code) -> Val {
        let group = self.new_group();
        let (number, object, x) = (float_number(group), float_object(group), v.expr());
        out.reads(quote!(let (mut #number, mut #object) = (float_or_zero(#x), #x);));
        Val {
            origin: v.origin,
            ..Val::float(group)
        }
    }

    /// The part of [`Engine::moves`] for Floats: moves between groups, and objects where
    /// the next node knows only of a word, or where one group becomes several.
    pub fn move_floats(
        &mut self,
        from: &State,
        to: &State,
        out: &mut Code,
        places: &mut Vec<Ident>,
        values: &mut Vec<TokenStream>,
    ) {
        let mut words: Vec<(u32, Ident)> = Vec::new();
        let mut becomes: BTreeMap<u32, BTreeSet<Option<u32>>> = BTreeMap::new();
        let mut groups: BTreeMap<u32, u32> = BTreeMap::new();
        let slots = from.slots().zip(to.slots());
        for ((_, x), (_, y)) in slots {
            let Abs::Float(group) = x else { continue };
            let next = match y {
                Abs::Float(next) => {
                    groups.insert(next, group);
                    Some(next)
                }
                _ => None,
            };
            becomes.entry(group).or_default().insert(next);
        }
        for (a, b) in from.chain.iter().zip(&to.chain) {
            for (i, (x, y)) in a.args.iter().zip(&b.args).enumerate() {
                if let (Some(group), None) = (x.group(), y.group()) {
                    words.push((group, self.argument(a.scope, i)));
                }
            }
            for (i, (x, y)) in a.temps.iter().zip(&b.temps).enumerate() {
                if let Abs::Float(group) = *x
                    && !matches!(y, Abs::Float(_))
                {
                    words.push((group, self.temporary(a.scope, i)));
                }
            }
            for (x, y) in a.stack.iter().zip(&b.stack) {
                if let (Some(group), Rep::Word(id)) = (x.group(), &y.rep) {
                    words.push((group, id.clone()));
                }
            }
        }
        for (&group, next) in &becomes {
            if next.len() > 1 || next.contains(&None) {
                self.object(from, &Val::float(group), &[], out);
            }
        }
        for (next, group) in groups {
            if next != group {
                places.extend([float_number(next), float_object(next)]);
                let (number, object) = (float_number(group), float_object(group));
                values.extend([quote!(#number), quote!(#object)]);
            }
        }
        for (group, place) in words {
            let object = float_object(group);
            places.push(place);
            values.push(quote!(#object));
        }
    }

    /// Tests whether the Floats of a record are still there, each after `||`.
    pub fn intact_floats(&self, level: &Level, at: usize, intact: &mut TokenStream) {
        let layout = self.layout(level.scope);
        let class = self.float_class();
        let mut test = |abs: Abs, from: usize| {
            if let Abs::Float(_) = abs {
                intact.extend(quote!(|| !is_float_of(get(base, #from), #class)));
            }
        };
        for (i, v) in level.args.iter().enumerate() {
            test(v.abs, at + i);
        }
        for (i, &abs) in level.temps.iter().enumerate().take(layout.inline) {
            test(abs, at + layout.temporary(i));
        }
        for (i, v) in level.stack.iter().enumerate() {
            test(v.abs, at + layout.operand(i));
        }
    }

    /// A primitive on Floats, or one that is given one. `slow` does the whole primitive
    /// elsewhere. Was it done?
    pub fn float_primitive(
        &mut self,
        state: &mut State,
        number: u8,
        args: &[Val],
        slow: &Code,
        out: &mut Code,
    ) -> bool {
        let floats = self.unit.world.float_class;
        let makes_float = |v: &Val| floats.is_some() && class_of_literal(v) == floats;
        let result = match (number, args) {
            (1, [a, b]) if a.group().or(b.group()).is_some() => self.same_object(a, b, out),
            (2, [a]) if a.group().is_some() => {
                let (id, class) = (self.local(), self.float_class());
                out.reads(quote!(let mut #id = class_object(vm, #class);));
                Val::word(Abs::Any, id)
            }
            (50, [class, n]) if makes_float(class) && (n.abs == Abs::Any || n.abs.is_int()) => {
                let x = n.expr();
                if !n.abs.is_int() {
                    let test = quote!(!#x.is_int());
                    out.or(
                        slow.clone(),
                        Effects::PURE,
                        move |slow| quote!(if #test { #slow }),
                    );
                    state.refine(n.origin, Abs::Int);
                }
                self.float(quote!(#x.as_int() as f64), out)
            }
            (51..=54, [class, a, b]) if makes_float(class) => {
                let Some([x, y]) = self.numbers(state, [a, b], slow, out) else {
                    return false;
                };
                self.float(
                    match number {
                        51 => quote!(#y + #x),
                        52 => quote!(#y - #x),
                        53 => quote!(#y * #x),
                        _ => quote!(#y / #x),
                    },
                    out,
                )
            }
            (55 | 56, [a, b]) => {
                let Some([x, y]) = self.numbers(state, [a, b], slow, out) else {
                    return false;
                };
                let id = self.local();
                out.pure(match number {
                    55 => quote!(let #id = #y < #x;),
                    _ => quote!(let #id = #y == #x;),
                });
                Val::boolean(id)
            }
            (120, [class, a]) if makes_float(class) => {
                let Some([x]) = self.numbers(state, [a], slow, out) else {
                    return false;
                };
                self.float(quote!(#x.sqrt()), out)
            }
            (57, [a]) if a.group().is_some() => {
                let (id, x) = (self.local(), a.group().map(float_number));
                out.pure(quote!(let mut #id = Word::int(#x as i32);));
                Val::word(Abs::Int, id)
            }
            _ => return false,
        };
        state.top().stack.push(result);
        true
    }

    /// A new Float with the number that an expression gives.
    fn float(&mut self, number: TokenStream, out: &mut Code) -> Val {
        let group = self.new_group();
        let (x, object) = (float_number(group), float_object(group));
        out.pure(quote!(let (mut #x, mut #object) = (#number, Word::ZERO);));
        Val::float(group)
    }

    /// The locals with the numbers of operands; `None` if one is surely no Float.
    fn numbers<const N: usize>(
        &mut self,
        state: &mut State,
        operands: [&Val; N],
        slow: &Code,
        out: &mut Code,
    ) -> Option<[Ident; N]> {
        let may_be = |v: &Val| matches!(v.abs, Abs::Any | Abs::Instance(..) | Abs::Float(_));
        if !operands.iter().all(|v| may_be(v)) {
            return None;
        }
        let float_class = self.unit.world.float_class;
        let class = self.float_class();
        let mut tests = Vec::new();
        let mut found = Vec::new();
        for v in operands {
            match v.group() {
                Some(group) => found.push(float_number(group)),
                None => {
                    let x = v.expr();
                    tests.push(quote!(is_float_of(#x, #class)));
                    found.push(float_number(self.new_group()));
                }
            }
        }
        if !tests.is_empty() {
            float_class?;
            let test = quote!(!(#(#tests)&&*));
            out.or(
                slow.clone(),
                Effects::READS,
                move |slow| quote!(if #test { #slow }),
            );
        }
        for (v, number) in operands.into_iter().zip(&found) {
            if v.group().is_none() {
                let name = number.to_string();
                let group = name[1..].parse().unwrap_or_default();
                let (object, x) = (float_object(group), v.expr());
                out.reads(quote!(let (mut #number, mut #object) = (float_or_zero(#x), #x);));
                state.refine(v.origin, Abs::Float(group));
            }
        }
        found.try_into().ok()
    }

    /// Primitive 1 where at least one value is a Float in locals.
    fn same_object(&mut self, a: &Val, b: &Val, out: &mut Code) -> Val {
        let truth = |t| Val::constant(if t { Abs::True } else { Abs::False });
        let (group, other) = match (a.group(), b.group()) {
            (Some(x), Some(y)) if x == y => return truth(true),
            (Some(x), _) => (x, b),
            (None, y) => (y.unwrap_or_default(), a),
        };
        if !matches!(other.abs, Abs::Any | Abs::Instance(..) | Abs::Float(_)) {
            return truth(false);
        }
        let (id, x) = (self.local(), float_object(group));
        let y = other.object_expr();
        out.pure(quote!(let #id = #x != Word::ZERO && #x == #y;));
        Val::boolean(id)
    }
}

/// The class that a literal is.
fn class_of_literal(v: &Val) -> Option<smallworld_image::ObjId> {
    match v.abs {
        Abs::Literal(_, _, class) => class,
        Abs::Class(class, _) => Some(class),
        _ => None,
    }
}

/// Loads a group of Floats from a record.
pub fn load_float(group: u32, from: usize) -> TokenStream {
    let (number, object) = (float_number(group), float_object(group));
    quote! {
        #object = get(base, #from);
        #number = float_or_zero(#object);
    }
}
