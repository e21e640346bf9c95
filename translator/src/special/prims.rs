//! Primitives in specialised code.

use super::binary::int_test;
use super::code::{Code, Effects};
use super::engine::{End, Engine, pop};
use super::facts::Meaning;
use super::unit::Assumption;
use super::values::{Abs, Rep, State, Val, float_object};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use smallworld_abi::layout::array_words;
use smallworld_image::{BinaryOp, Op};

/// What a new object is made of.
enum Format {
    Slots,
    Bytes,
}

impl Engine<'_, '_, '_> {
    /// A primitive. Nothing is answered if the code simply goes on.
    pub fn primitive(
        &mut self,
        state: &mut State,
        number: u8,
        args: Vec<Val>,
        next: usize,
        out: &mut Code,
    ) -> Result<Option<End>, String> {
        if number == 8 {
            return self.run_block(state, args, out);
        }
        // The full primitive, with the baseline to go on: when the short way fails.
        let slow = self.full_primitive(state, number, &args, next, false)?;
        if self.float_primitive(state, number, &args, &slow, out) {
            return Ok(None);
        }
        let mut args = args;
        if let (5, Some(group)) = (number, args.first().and_then(Val::group)) {
            self.object(state, &args[0].clone(), &args, out);
            args[0] = Val {
                rep: Rep::Word(float_object(group)),
                ..Val::constant(Abs::Any)
            };
        }
        if args.iter().any(|v| v.group().is_some()) {
            return self.called(state, number, args, next, out);
        }
        let x: Vec<TokenStream> = args.iter().map(Val::expr).collect();
        let id = self.local();
        let in_place = match (number, &x[..]) {
            (1, [a, b]) => {
                if let Some(same) = self.unit.are_same(args[0].abs, args[1].abs) {
                    let abs = if same { Abs::True } else { Abs::False };
                    state.top().stack.push(Val::constant(abs));
                    return Ok(None);
                }
                out.pure(quote!(let #id = #a == #b;));
                state.top().stack.push(Val::boolean(id));
                return Ok(None);
            }
            (2, [a]) => {
                if let Some(class) = self.unit.abs_class(args[0].abs)
                    && let Some(&number) = self.unit.world.class_numbers.get(&class)
                {
                    self.unit.rely(Assumption::Class(class));
                    let class = Val::constant(Abs::Class(class, number));
                    state.top().stack.push(class);
                    return Ok(None);
                }
                out.reads(quote!(let mut #id = class_object(vm, class_of(vm, #a));));
                state.top().stack.push(Val::word(Abs::Any, id));
                return Ok(None);
            }
            (4, [a]) => {
                let size = match args[0].abs {
                    Abs::Instance(..) | Abs::Literal(..) | Abs::Class(..) => quote!(size_of_object),
                    _ => quote!(size_of),
                };
                out.reads(quote!(let mut #id = #size(#a);));
                let size_of = state.argument_of(&args[0]).map(Meaning::SizeOf);
                state.top().stack.push(Val {
                    meaning: size_of.unwrap_or_default(),
                    ..Val::word(Abs::Int, id)
                });
                return Ok(None);
            }
            (10 | 15 | 16, [a, b]) => {
                let operation = match number {
                    10 => quote!(Word::add(#a, #b)),
                    15 => quote!(Word::mul(#a, #b)),
                    _ => quote!(Word::sub(#a, #b)),
                };
                let test = match int_test(&args[0], &args[1]) {
                    Some(t) => quote!(#t && let Some(w) = #operation),
                    None => quote!(let Some(w) = #operation),
                };
                let v = id.clone();
                out.or(
                    slow,
                    Effects::PURE,
                    move |slow| quote!(let mut #v = if #test { w } else { #slow };),
                );
                let abs = match number {
                    10 => Abs::sum(args[0].abs, args[1].abs),
                    15 if args.iter().all(|v| v.abs.is_positive()) => Abs::Positive,
                    _ => Abs::Int,
                };
                self.both_are_ints(state, &args);
                state.top().stack.push(Val::word(abs, id));
                return Ok(None);
            }
            (13 | 14, [a, b]) => {
                let compare = match number {
                    13 => quote!(Word::less(#a, #b)),
                    _ => quote!(#a == #b),
                };
                let v = id.clone();
                match int_test(&args[0], &args[1]) {
                    Some(t) => out.or(
                        slow,
                        Effects::PURE,
                        move |slow| quote!(let #v = if #t { #compare } else { #slow };),
                    ),
                    None => out.pure(quote!(let #v = #compare;)),
                }
                let meaning = match number {
                    13 => self.comparison(state, BinaryOp::Less, &args[0], &args[1]),
                    _ => Meaning::Nothing,
                };
                self.both_are_ints(state, &args);
                state.top().stack.push(Val {
                    meaning,
                    ..Val::boolean(id)
                });
                return Ok(None);
            }
            (11, [a, b]) => (quote!(quotient(#a, #b)), Abs::Int),
            (12, [a, b]) => (quote!(remainder(#a, #b)), Abs::Int),
            (26, [a, b]) => (quote!(bytes_compared(#a, #b)), Abs::Int),
            (21, [a, i]) => match state.has_element(&args[0], &args[1]) {
                true => (quote!(byte_within(#a, #i)), Abs::Int),
                false => (quote!(byte_at(#a, #i)), Abs::Int),
            },
            (30, [a, i]) => match state.has_element(&args[0], &args[1]) {
                true => (quote!(slot_within(#a, #i)), Abs::Any),
                false => (quote!(slot_at(#a, #i)), Abs::Any),
            },
            (5, [value, a, i]) if !virtual_block(&args[0]) => {
                let put = match state.has_element(&args[1], &args[2]) {
                    true => quote!(slot_put_within),
                    false => quote!(slot_put),
                };
                let done = quote!(#put(vm, #a, #i, #value));
                out.or(
                    slow,
                    Effects::WRITES,
                    move |slow| quote!(if !#done { #slow }),
                );
                state.top().stack.push(args[1].clone());
                return Ok(None);
            }
            (22, [value, a, i]) => {
                let done = quote!(byte_at_put(#a, #i, #value));
                out.or(
                    slow,
                    Effects::WRITES,
                    move |slow| quote!(if !#done { #slow }),
                );
                state.top().stack.push(args[1].clone());
                return Ok(None);
            }
            (7 | 20, [_, size]) => {
                let Some(class) = self.class_number(&args[0]) else {
                    return self.called(state, number, args, next, out);
                };
                let format = match number {
                    7 => Format::Slots,
                    _ => Format::Bytes,
                };
                let kind = [quote!(#class), size.clone()];
                self.new_object(state, &args, &id, format, kind, slow, out);
                let abs = self.instance_of_literal(&args[0]);
                state.top().stack.push(Val::word(abs, id));
                return Ok(None);
            }
            (24, [a, b]) => {
                let kind = [quote!(class), quote!(total)];
                out.reads(quote!(let (class, total) = (class_of(vm, #b), bytes_of_both(#a, #b));));
                self.new_object(state, &args, &id, Format::Bytes, kind, slow, out);
                out.writes(quote!(fill_with_both(#id, #a, #b);));
                let abs = match args[1].abs {
                    Abs::Literal(_, class, _) | Abs::Instance(class, _) => Abs::Instance(class, 0),
                    _ => Abs::Any,
                };
                state.top().stack.push(Val::word(abs, id));
                return Ok(None);
            }
            (36, elements) if !args.iter().any(virtual_block) => {
                let ((room, effects), words) =
                    (self.make_room(state, &args), array_words(elements.len()));
                out.push(
                    quote! {
                        let words = #words;
                        #room
                        let mut #id = array_of(vm, &[#(#elements),*]);
                    },
                    effects.and(Effects::MAKES),
                );
                let array = self.unit.class_abs(self.unit.world.image.roots.array);
                state.top().stack.push(Val::word(array, id));
                return Ok(None);
            }
            _ => return self.called(state, number, args, next, out),
        };
        let (expr, abs) = in_place;
        let v = id.clone();
        out.or(slow, Effects::READS, move |slow| {
            quote! {
                let mut #v = match #expr {
                    Some(w) => w,
                    None => { #slow }
                };
            }
        });
        state.top().stack.push(Val::word(abs, id));
        Ok(None)
    }

    /// Primitive 2 whose result is only compared with a class that is a literal: that is a
    /// test of the class, and the comparison is done with it. Was it so?
    pub fn class_asked(&mut self, state: &mut State, next: usize, out: &mut Code) -> bool {
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
                out.reads(quote!(let #id = #test;));
                Val::boolean(id)
            }
        };
        state.top().stack.push(result);
        state.ip = compared.next;
        true
    }

    fn both_are_ints(&mut self, state: &mut State, args: &[Val]) {
        for v in args {
            state.refine(v.origin, Abs::Int);
        }
    }

    /// What is known of an object made by a primitive, of the class that a literal is.
    fn instance_of_literal(&self, v: &Val) -> Abs {
        let class = self.unit.class_value(v.abs);
        match class.map(|c| self.unit.class_abs(c)) {
            Some(abs @ Abs::Instance(..)) => abs,
            _ => Abs::Any,
        }
    }

    /// The number of a class that is known.
    fn class_number(&self, v: &Val) -> Option<u32> {
        let class = self.unit.class_value(v.abs)?;
        self.unit.world.class_numbers.get(&class).copied()
    }

    /// The primitive is run by the runtime; the unit goes on afterwards.
    fn called(
        &mut self,
        state: &mut State,
        number: u8,
        args: Vec<Val>,
        next: usize,
        out: &mut Code,
    ) -> Result<Option<End>, String> {
        // After these the frames may be elsewhere, or not be ours any more.
        let ours = !matches!(number, 6 | 19 | 32 | 33 | 34 | 35 | 101);
        out.append(self.full_primitive(state, number, &args, next, ours)?);
        Ok(Some(End::Left))
    }

    fn full_primitive(
        &mut self,
        state: &State,
        number: u8,
        args: &[Val],
        next: usize,
        ours: bool,
    ) -> Result<Code, String> {
        let (n, count) = (number as u32, args.len() as u32);
        let action = |w: &[TokenStream]| {
            let put = w.iter().enumerate().map(|(i, w)| quote!(put(f, #i, #w);));
            quote!(#(#put)* return primitive(vm, f, #n, #count);)
        };
        if ours {
            self.call(state, next, args, action)
        } else {
            Ok(self.leave(state, next, args, action))
        }
    }

    /// Makes the local `id` a new object of a format, class and size.
    #[allow(clippy::too_many_arguments)]
    fn new_object(
        &mut self,
        state: &State,
        args: &[Val],
        id: &Ident,
        format: Format,
        [class, size]: [TokenStream; 2],
        slow: Code,
        out: &mut Code,
    ) {
        let (format, wanted, new) = match format {
            Format::Slots => (quote!(Slots), quote!(size_wanted), quote!(object_of_nils)),
            Format::Bytes => (quote!(Bytes), quote!(bytes_wanted), quote!(object_of_bytes)),
        };
        let (room, effects) = self.room_or(state, args, |top| {
            quote! {
                #id = room_or_object(
                    vm, base.add(#top), ROOM + words, ObjectFormat::#format, #class, #size,
                );
            }
        });
        out.push(
            quote! {
                let words = #wanted(#size);
                let mut #id = Word::ZERO;
                #room
            },
            effects,
        );
        let id = id.clone();
        out.or(slow, Effects::MAKES, move |slow| {
            quote! {
                if #id == Word::ZERO {
                    #id = match #new(vm, #class, #size, ROOM) {
                        Some(w) => w,
                        None => { #slow }
                    };
                }
            }
        });
    }

    /// Makes sure of room for the local `words`, on top of what leaving may take. If the
    /// nursery is full, everything that is alive is put onto the stack, above all frames,
    /// collected, and read back.
    pub fn make_room(&mut self, state: &State, more: &[Val]) -> (TokenStream, Effects) {
        self.room_or(
            state,
            more,
            |top| quote!(make_room_here(vm, base.add(#top), ROOM + words);),
        )
    }

    /// The same, with what is done when there is none; that sees a stack on which everything
    /// is alive below so many words.
    fn room_or(
        &mut self,
        state: &State,
        more: &[Val],
        otherwise: impl FnOnce(usize) -> TokenStream,
    ) -> (TokenStream, Effects) {
        let mut live: Vec<Ident> = Vec::new();
        let mut add = |v: &Val| {
            let id = match &v.rep {
                Rep::Word(id) => id.clone(),
                Rep::Float => match v.group() {
                    Some(group) => float_object(group),
                    None => return,
                },
                _ => return,
            };
            if !live.contains(&id) {
                live.push(id);
            }
        };
        for level in &state.chain {
            level.args.iter().chain(&level.stack).for_each(&mut add);
        }
        more.iter().for_each(&mut add);
        for (_, abs) in state.slots() {
            if let Abs::Float(group) = abs {
                add(&Val::float(group));
            }
        }
        for level in &state.chain {
            let scope = level.scope;
            if self.layout(scope).kind == crate::method::Kind::NativeShared && level.in_memory {
                live.push(self.array(scope));
            } else {
                for (i, abs) in level.temps.iter().enumerate() {
                    if !abs.is_constant() && !matches!(abs, Abs::Float(_)) {
                        live.push(self.temporary(scope, i));
                    }
                }
            }
        }
        let from = self.words_at_start();
        let put = live.iter().enumerate().map(|(i, id)| {
            let at = from + i;
            quote!(put(base, #at, #id);)
        });
        let get = live.iter().enumerate().map(|(i, id)| {
            let at = from + i;
            quote!(#id = get(base, #at);)
        });
        let top = from + live.len();
        let otherwise = otherwise(top);
        let code = quote! {
            if !has_room(vm, ROOM + words) {
                #(#put)*
                #otherwise
                #(#get)*
            }
        };
        (code, Effects::collects(top))
    }

    /// Words of frames that were on the stack when the region started.
    fn words_at_start(&self) -> usize {
        match self.start {
            super::unit::UnitStart::Entry => 0,
            start => {
                let state = &self.unit.starts[&start];
                self.offsets(state).1
            }
        }
    }
}

fn virtual_block(v: &Val) -> bool {
    matches!(v.abs, Abs::Block { real: false, .. })
}
