//! The Rust function around a region: parameters, safepoint, tests of what it relies on,
//! and loading from the record that it goes on from.

use super::code::Code;
use super::engine::{Engine, pop};
use super::floats::load_float;
use super::unit::UnitStart;
use super::values::{Abs, Level, Rep, State, Val, float_number, float_object};
use crate::method::Kind;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

impl Engine<'_, '_, '_> {
    /// The function, around its body, which may need so much room in the nursery.
    pub fn wrap(mut self, body: &Code, room: usize) -> TokenStream {
        let start = self.start;
        let name = function_name(start);
        let state = self.start_state();
        let number = self.unit.number;
        let no_room = if room > 0 {
            quote!(|| !has_room(vm, ROOM))
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
            prologue.extend(quote!(let base = fp;));
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
                loads.extend(quote!(#t = nil(vm);));
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
                    Rep::Bool(id) => loads.extend(quote!(#id = value == true_(vm);)),
                    Rep::Constant | Rep::Float => {}
                }
            }
        }
        loads.extend(self.beliefs(&state));
        let body = body.render(&self.entry_look(room));
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
        let mut expected = self.unit.expected.clone();
        if let Abs::Class(..) = self.unit.class_abs(self.unit.class) {
            expected.insert(0, self.unit.class);
        }
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
    fn entry_look(&self, room: usize) -> TokenStream {
        let m = self.method(0);
        let registers = m.arity.min(4);
        let code = format_ident!("of{registers}");
        let pause = format_ident!("pause{registers}");
        let arity = m.arity as u32;
        let p = (0..registers).map(|i| format_ident!("p{i}"));
        let no_room = (room > 0).then(|| quote!(|| !has_room(vm, ROOM)));
        quote! {
            if pause_due(vm, fp) #no_room {
                set_pending(vm, Code::#code(entry), #arity);
                return #pause(vm, fp, #(#p),*);
            }
        }
    }

    /// In debug builds of the code: are the values what they are taken for?
    fn beliefs(&self, state: &State) -> TokenStream {
        let unit = &self.unit;
        let class = |abs: Abs| match abs {
            Abs::Int | Abs::Positive => Some(unit.world.image.roots.small_int),
            Abs::Instance(class, _) => Some(class),
            _ => None,
        };
        let mut pairs = Vec::new();
        for level in &state.chain {
            for v in level.args.iter().chain(&level.stack) {
                let number = class(v.abs).and_then(|c| unit.world.class_numbers.get(&c));
                if let (Rep::Word(id), Some(number)) = (&v.rep, number) {
                    pairs.push(quote!((#id, #number)));
                }
            }
        }
        match pairs.is_empty() {
            true => quote!(),
            false => quote!(believed(vm, &[#(#pairs),*]);),
        }
    }

    fn load_level(&mut self, level: &Level, at: usize, loads: &mut TokenStream) {
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
        if layout.kind == Kind::Native {
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
        } else if layout.kind == Kind::NativeShared {
            let (t, from) = (self.array(level.scope), at + layout.temporaries());
            loads.extend(quote!(#t = get(base, #from);));
        }
        for (i, v) in level.stack.iter().enumerate() {
            let from = at + layout.operand(i);
            match &v.rep {
                Rep::Word(id) => loads.extend(quote!(#id = get(base, #from);)),
                Rep::Bool(id) => loads.extend(quote!(#id = get(base, #from) == true_(vm);)),
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
        let kind = format_ident!("{}", layout.kind.name());
        let kind = quote!(Kind::#kind);
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
