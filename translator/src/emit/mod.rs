//! From the intermediate representation to Rust. Only here is anything known of `quote`.
//!
//! | module | concept |
//! |---|---|
//! | this one | a specialisation as a module: functions, descriptors, tables |
//! | `function` | the Rust function around a function's blocks |
//! | `structure` | blocks as nested code |
//! | `instructions` | operations |
//! | `exits` | leaving: frames, and what is done then |
//! | `tables` | frames of rare exits as data |

mod exits;
mod function;
mod instructions;
mod structure;
mod tables;

use crate::ir::{Entry, Function, Known, Operand, Test, Type, Value};
use crate::names;
use crate::passes::frames::{Plan, Present, plan};
use crate::passes::{liveness, safepoints};
use crate::program::Program;
use crate::specialise::layouts::{Layouts, Tree};
use crate::specialise::specialisation::Built;
use crate::unit::Start;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

/// A specialisation as Rust.
pub struct Emitted {
    /// Functions, descriptors and tables.
    pub items: TokenStream,
    /// Where it leaves for the baseline: method, and offset at which that goes on.
    pub exits: Vec<(usize, usize)>,
}

/// What all functions of a specialisation have in common.
pub(crate) struct Common<'a, 'i> {
    program: &'a Program<'i>,
    built: &'a Built,
    /// Its number.
    number: usize,
    /// The method, and the class of receivers.
    method: usize,
    class: smallworld_image::ObjId,
    /// Where it leaves for the baseline.
    exits: RefCell<Vec<(usize, usize)>>,
    tables: RefCell<tables::Tables>,
    /// The baseline has no function for a place at which it would leave for it.
    no_continuation: Cell<bool>,
}

/// Writes a specialisation.
///
/// # Errors
/// It breaks a rule of safepoints, or the baseline has no function where it would go on.
pub fn specialisation(
    program: &Program,
    built: &mut Built,
    number: usize,
    (class, method): (smallworld_image::ObjId, usize),
) -> Result<Emitted, String> {
    let mut all_plans = BTreeMap::new();
    let tree = Tree {
        program,
        nodes: &built.nodes,
    };
    for (&entry, function) in &mut built.functions {
        let present = Present::of(function);
        let plans: Vec<Plan> = function
            .exits
            .iter()
            .map(|exit| plan(function, exit, &built.nodes, &tree, &present))
            .collect();
        safepoints::run(function, &plans)?;
        all_plans.insert(entry, plans);
    }
    let common = Common {
        program,
        built,
        number,
        method,
        class,
        exits: RefCell::default(),
        tables: RefCell::new(tables::Tables::new(float_class(program))),
        no_continuation: Cell::new(false),
    };
    let mut items = TokenStream::new();
    for (entry, function) in &built.functions {
        let emitter = Emitter::new(&common, function, &all_plans[entry]);
        items.extend(emitter.function()?);
    }
    if common.no_continuation.get() {
        return Err("the baseline has no continuation at one of its exits".into());
    }
    items.extend(common.tables.into_inner().items());
    Ok(Emitted {
        items,
        exits: common.exits.into_inner(),
    })
}

/// The number of the class of Floats.
fn float_class(program: &Program) -> u32 {
    let class = program
        .float_class
        .and_then(|c| program.class_numbers.get(&c));
    class.copied().unwrap_or_default()
}

/// A function under way.
pub(crate) struct Emitter<'c, 'a, 'i> {
    common: &'c Common<'a, 'i>,
    function: &'c Function,
    plans: &'c [Plan],
    live_in: BTreeMap<crate::ir::BlockId, BTreeSet<Value>>,
    flow: crate::flow::Flow,
}

impl<'c, 'a, 'i> Emitter<'c, 'a, 'i> {
    fn new(common: &'c Common<'a, 'i>, function: &'c Function, plans: &'c [Plan]) -> Self {
        Emitter {
            common,
            function,
            plans,
            live_in: liveness::live_in(function),
            flow: crate::ir::graph::flow(function),
        }
    }

    fn tree(&self) -> Tree<'_, 'i> {
        Tree {
            program: self.common.program,
            nodes: &self.common.built.nodes,
        }
    }

    fn layout(&self, node: usize) -> smallworld_abi::layout::FrameLayout {
        self.tree().layout(node)
    }

    fn method_of(&self, node: usize) -> &'a crate::method::Method<'i> {
        let method = self.common.built.nodes[node].method;
        &self.common.program.methods[method].1
    }

    /// The expression for the word of an operand; that of a Float is zero if it has no object.
    fn word(&self, o: Operand) -> TokenStream {
        match o {
            Operand::Value(v) => {
                let id = local(v);
                match self.function.ty(v) {
                    Type::Word => quote!(#id),
                    Type::Bool => quote!(boolean(vm, #id)),
                    Type::Float => {
                        let object = object(v);
                        quote!(#object)
                    }
                }
            }
            Operand::Int(n) => {
                let n = Literal::i32_unsuffixed(n);
                quote!(Word::int(#n))
            }
            Operand::True => quote!(true_(vm)),
            Operand::False => quote!(false_(vm)),
            Operand::Literal(n, ..) => {
                let n = n as usize;
                quote!(literal(vm, #n))
            }
            Operand::Class(_, n) => quote!(class_object(vm, #n)),
            // A block without object is not asked for its word.
            // What has not been made is made where frames are written, and is no operand there.
            Operand::Nil | Operand::Closure(_) | Operand::Virtual(_) | Operand::Home(_) => {
                quote!(nil(vm))
            }
        }
    }

    /// The expression for "it is true", of a Bool.
    fn truth(&self, o: Operand) -> TokenStream {
        match o {
            Operand::Value(v) => {
                let id = local(v);
                match self.function.ty(v) {
                    Type::Bool => quote!(#id),
                    _ => quote!(#id == true_(vm)),
                }
            }
            Operand::True => quote!(true),
            _ => quote!(false),
        }
    }

    /// The expression for the number of a Float.
    fn number(&self, o: Operand) -> TokenStream {
        match o {
            Operand::Value(v) => {
                let id = number(v);
                quote!(#id)
            }
            _ => quote!(0.0),
        }
    }

    fn known(&self, o: Operand) -> Known {
        match o {
            Operand::Value(v) => self.function.values[v.0 as usize].1,
            Operand::Int(_) => Known::Int,
            _ => Known::Any,
        }
    }

    /// The test whether a word has a class.
    fn class_test(&self, x: &TokenStream, test: Test) -> TokenStream {
        match test {
            Test::Int => quote!(#x.is_int()),
            Test::Nil => quote!(#x == nil(vm)),
            Test::True => quote!(#x == true_(vm)),
            Test::False => quote!(#x == false_(vm)),
            Test::Class(n) => quote!(#x == class_object(vm, #n)),
            Test::Float(n) => quote!(is_float_of(#x, #n)),
            Test::Instance(n) => quote!(is_instance(#x, #n)),
        }
    }

    /// The number of the class of Floats.
    fn float_class(&self) -> u32 {
        float_class(self.common.program)
    }

    /// Module and name of the baseline's function for a node that goes on at an offset with a
    /// value.
    fn baseline_names(&self, node: usize, ip: usize) -> (Ident, Ident) {
        let method = self.common.built.nodes[node].method;
        let names = &self.common.program.names[method];
        let function = names.functions.get(&Start::Resume(ip)).cloned();
        let missing = || {
            self.common.no_continuation.set(true);
            format_ident!("missing")
        };
        (names.module.clone(), function.unwrap_or_else(missing))
    }

    /// The baseline's descriptor.
    fn baseline_descriptor(&self, node: usize, ip: usize) -> TokenStream {
        let (module, function) = self.baseline_names(node, ip);
        let name = format_ident!("{}", function.to_string().to_uppercase());
        quote!(modules::#module::#name)
    }

    /// A line that says where in the program the code is.
    fn place(&self, (node, ip): (usize, usize)) -> TokenStream {
        let text = names::in_comment(&format!("{} @{ip}", self.method_of(node).name));
        quote!(at!(#text);)
    }
}

/// The local of a value, of type `Word` or `bool`.
fn local(v: Value) -> Ident {
    format_ident!("v{}", v.0)
}

/// The local with the number of a Float.
fn number(v: Value) -> Ident {
    format_ident!("f{}", v.0)
}

/// The local with the object of a Float: zero as long as it has none.
fn object(v: Value) -> Ident {
    format_ident!("w{}", v.0)
}

/// The name of the function with an entry.
fn function_name(entry: Entry) -> Ident {
    match entry {
        Entry::Call => format_ident!("entry"),
        Entry::Resume(node, ip) => format_ident!("resume_{node}_{ip}"),
        Entry::Loop(node, ip) => format_ident!("loop_{node}_{ip}"),
    }
}

/// The name of the descriptor of records that wait for it.
fn descriptor_name(entry: Entry) -> Ident {
    format_ident!("{}", function_name(entry).to_string().to_uppercase())
}
