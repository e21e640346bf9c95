//! The Rust function around a function's blocks: parameters, safepoint, tests of what it finds.

use super::{Emitter, descriptor_name, function_name};
use crate::ir::{Entry, FrameCheck, Function, Known, Op, Type};
use crate::unit::Start;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

impl Emitter<'_, '_, '_> {
    /// The function, and its descriptor.
    pub(super) fn function(&self) -> Result<TokenStream, String> {
        let entry = self.function.entry;
        let name = function_name(entry);
        let prologue = match entry {
            Entry::Call => {
                let tests = self.argument_tests();
                quote!(let base = fp; #tests)
            }
            _ => self.continuation(),
        };
        let parameters = match entry {
            Entry::Call => {
                let p = (0..self.registers()).map(|i| format_ident!("p{i}"));
                quote!(#(#p: Word),*)
            }
            Entry::Resume(..) => quote!(value: Word),
            Entry::Loop(..) => quote!(_: Word),
        };
        let reserves = self.function.reserves;
        let (doc, body) = (self.doc(), self.body()?);
        let (beliefs, descriptor) = (self.beliefs(), self.descriptor());
        Ok(quote! {
            #[doc = #doc]
            pub unsafe fn #name(vm: &mut Vm, fp: Fp, #parameters) -> Exit {
                const ROOM: usize = #reserves;
                #prologue
                #beliefs
                #body
            }
            #descriptor
        })
    }

    fn registers(&self) -> usize {
        self.method_of(0).arity.min(4)
    }

    /// Tests of the arguments that are expected to be of a class. The baseline takes others.
    fn argument_tests(&self) -> TokenStream {
        let common = self.common;
        let mut expected = common.built.expected.clone();
        if common.program.only_instances.contains_key(&common.class) {
            expected.insert(0, common.class);
        }
        let tests: Vec<TokenStream> = expected
            .iter()
            .map(|(&i, &class)| {
                let test = self.test_for(class);
                self.class_test(&parameter(i), test)
            })
            .collect();
        if tests.is_empty() {
            return quote!();
        }
        let names = &common.program.names[common.method];
        let module = &names.module;
        let entry = names.functions.get(&Start::Entry(None));
        let p = (0..self.registers()).map(|i| format_ident!("p{i}"));
        quote! {
            if !(#(#tests)&&*) {
                return modules::#module::#entry(vm, fp, #(#p),*);
            }
        }
    }

    /// The test of an argument's class.
    fn test_for(&self, class: smallworld_image::ObjId) -> crate::ir::Test {
        use crate::ir::Test;
        let program = self.common.program;
        let number = |c| program.class_numbers.get(&c).copied().unwrap_or_default();
        if class == program.image.roots.small_int {
            return Test::Int;
        }
        match program.only_instances.get(&class) {
            Some(&only) => Test::Class(number(only)),
            None if Some(class) == program.float_class => Test::Float(number(class)),
            None => Test::Instance(number(class)),
        }
    }

    /// What comes first where records are there: the safepoint, and whether they are still what
    /// they were. The baseline can always go on with them: they are its own.
    fn continuation(&self) -> TokenStream {
        let name = function_name(self.function.entry);
        let total = self.function.frame_words;
        let (value, fall_back) = match self.function.entry {
            Entry::Resume(node, ip) => {
                let (module, f) = self.baseline_names(node, ip);
                (
                    quote!(value),
                    quote!(return modules::#module::#f(vm, fp, value);),
                )
            }
            _ => (quote!(Word::ZERO), quote!(return interpret_record(vm, fp);)),
        };
        let (number, class) = (self.common.number, self.float_class());
        let no_room = (self.function.reserves > 0).then(|| quote!(|| !has_room(vm, ROOM)));
        let checks = self.function.checks.iter().map(|check| match *check {
            FrameCheck::Record(at, node, ip) => {
                let d = self.baseline_descriptor(node, ip);
                quote!(get(base, #at) != #d.word())
            }
            FrameCheck::Float(at) => quote!(!is_float_of(get(base, #at), #class)),
            FrameCheck::Argument { array, k, at } => {
                quote!(!argument_kept(get(base, #array), #k, get(base, #at)))
            }
        });
        quote! {
            let base = fp.sub(#total);
            if too_deep(vm) #no_room {
                set_pending(vm, Code::of1(#name), 1);
                return pause1(vm, fp, #value);
            }
            if !unit_valid(vm, #number) #(|| #checks)* {
                #fall_back
            }
        }
    }

    /// The look whether a pause is due, of a call: nothing has been done yet that would be done
    /// again.
    pub(super) fn safepoint(&self) -> TokenStream {
        let registers = self.registers();
        let code = format_ident!("of{registers}");
        let pause = format_ident!("pause{registers}");
        let arity = self.method_of(0).arity as u32;
        let p = (0..registers).map(|i| format_ident!("p{i}"));
        let no_room = (self.function.reserves > 0).then(|| quote!(|| !has_room(vm, ROOM)));
        quote! {
            if pause_due(vm, fp) #no_room {
                set_pending(vm, Code::#code(entry), #arity);
                return #pause(vm, fp, #(#p),*);
            }
        }
    }

    /// In debug builds of the code: are the words what they are taken for?
    fn beliefs(&self) -> TokenStream {
        let program = self.common.program;
        let start = &self.function.blocks[&Function::START];
        let pairs: Vec<TokenStream> = start
            .insts
            .iter()
            .filter_map(|inst| {
                let (v, word) = match (inst.result?, inst.op) {
                    (v, Op::Argument(i)) => (v, parameter(i)),
                    (v, Op::FrameWord(at)) => (v, quote!(get(base, #at))),
                    _ => return None,
                };
                let class = match self.function.values[v.0 as usize] {
                    (Type::Word, Known::Int | Known::Positive) => program.image.roots.small_int,
                    (Type::Word, Known::Instance(class, _)) => class,
                    _ => return None,
                };
                let number = program.class_numbers.get(&class)?;
                Some(quote!((#word, #number)))
            })
            .collect();
        match pairs.is_empty() {
            true => quote!(),
            false => quote!(believed(vm, &[#(#pairs),*]);),
        }
    }

    fn doc(&self) -> String {
        let name = &self.method_of(0).name;
        let class = self.common.program.image.name_of_class(self.common.class);
        match self.function.entry {
            Entry::Call => format!(" `{name}` for receivers of class {class}."),
            Entry::Resume(n, ip) => {
                format!(" It goes on in `{}` at @{ip}.", self.method_of(n).name)
            }
            Entry::Loop(n, ip) => {
                format!(
                    " `{}` at the loop head @{ip}, after a pause.",
                    self.method_of(n).name
                )
            }
        }
    }

    fn descriptor(&self) -> TokenStream {
        let entry = self.function.entry;
        let (node, ip) = match entry {
            Entry::Call => return quote!(),
            Entry::Resume(node, ip) | Entry::Loop(node, ip) => (node, ip),
        };
        let layout = self.layout(node);
        let method = self.method_of(node);
        let depth = self.function.top_depth as u16;
        let kind = format_ident!("{}", layout.kind.name());
        let kind = quote!(Kind::#kind);
        let (name, function) = (descriptor_name(entry), function_name(entry));
        let (number, at) = (method.number, ip as u32);
        let (arguments, temporaries) = (layout.arguments as u8, layout.inline as u8);
        quote! {
            static #name: Descriptor = Descriptor::native(
                #function, #kind, #number, #at, #arguments, #temporaries, #depth,
            );
        }
    }
}

/// An argument as the function of a call gets it.
pub(super) fn parameter(i: usize) -> TokenStream {
    let p = format_ident!("p{i}");
    match i {
        0..4 => quote!(#p),
        _ => quote!(get(base, #i)),
    }
}
