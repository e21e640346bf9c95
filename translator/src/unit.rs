//! The functions and descriptors that one method is translated to.

use crate::function::Function;
use crate::method::{Method, Owner};
use crate::names::{self, Scope};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use smallworld_image::Op;
use std::collections::{BTreeMap, BTreeSet};

/// Where a function starts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Start {
    /// A call of the method or block.
    Entry(Owner),
    /// After a send (or another operation that gives up control), with its value.
    Resume(usize),
    /// In the middle, everything being in the frame.
    Label(usize),
}

impl Start {
    /// The bytecode offset.
    pub fn offset(self, method: &Method) -> usize {
        match self {
            Start::Entry(None) => 0,
            Start::Entry(Some(b)) => method.analysis.blocks[b].start,
            Start::Resume(at) | Start::Label(at) => at,
        }
    }

    /// What it belongs to.
    pub fn owner(self, method: &Method) -> Owner {
        match self {
            Start::Entry(owner) => owner,
            Start::Resume(at) | Start::Label(at) => method.analysis.block_at[at].map(usize::from),
        }
    }
}

/// One method's translation, under way.
pub struct Unit<'m> {
    /// The method.
    pub method: &'m Method<'m>,
    name: String,
    /// Names that are taken in the module.
    scope: Scope,
    names: BTreeMap<Start, Ident>,
    descriptors: BTreeSet<Start>,
    wanted: BTreeSet<Start>,
    source: Vec<String>,
}

/// What a translated method consists of.
pub struct Translated {
    /// Functions and descriptors.
    pub items: TokenStream,
    /// The entry function.
    pub entry: Ident,
    /// Blocks: offset of their code, and their function.
    pub blocks: Vec<(u32, Ident)>,
    /// All functions by start.
    pub functions: BTreeMap<Start, Ident>,
}

impl<'m> Unit<'m> {
    /// Translates a method; its names go into the module's scope.
    pub fn translate(method: &'m Method<'m>, source: Vec<String>, scope: &mut Scope) -> Translated {
        let selector = String::from_utf8_lossy(method.parts.name).into_owned();
        let name = scope.unique(&names::of_method(&selector));
        let mut unit = Unit {
            method,
            name,
            scope: std::mem::take(scope),
            names: BTreeMap::new(),
            descriptors: BTreeSet::new(),
            wanted: BTreeSet::new(),
            source,
        };
        let entry = unit.function(Start::Entry(None));
        let blocks = (0..method.analysis.blocks.len())
            .map(|b| {
                let at = method.analysis.blocks[b].start as u32;
                (at, unit.function(Start::Entry(Some(b))))
            })
            .collect();
        let mut done = BTreeMap::new();
        while let Some(start) = unit.wanted.pop_first() {
            let code = Function::new(&mut unit, start).translate();
            done.insert(start, code);
        }
        *scope = std::mem::take(&mut unit.scope);
        let code = done.into_values();
        let descriptors: Vec<TokenStream> = unit
            .descriptors
            .clone()
            .into_iter()
            .map(|s| unit.descriptor_item(s))
            .collect();
        Translated {
            items: quote!(#(#code)* #(#descriptors)*),
            entry,
            blocks,
            functions: unit.names,
        }
    }

    /// The name of the function for a start; asking for it makes it be translated.
    pub fn function(&mut self, start: Start) -> Ident {
        if let Some(name) = self.names.get(&start) {
            return name.clone();
        }
        let (base, at) = (&self.name, start.offset(self.method));
        // A selector may look like the name of another method's continuation.
        let name = match start {
            Start::Entry(None) => base.clone(),
            Start::Entry(Some(_)) => self.scope.unique(&format!("{base}_block_{at}")),
            Start::Resume(_) => self.scope.unique(&format!("{base}_at_{at}")),
            Start::Label(_) => self.scope.unique(&format!("{base}_label_{at}")),
        };
        let name = format_ident!("{name}");
        self.names.insert(start, name.clone());
        self.wanted.insert(start);
        name
    }

    /// The name of the function for a start that has been asked for.
    pub fn known_function(&self, start: Start) -> &Ident {
        &self.names[&start]
    }

    /// The name of the descriptor of records that wait at a start.
    pub fn descriptor(&mut self, start: Start) -> Ident {
        self.descriptors.insert(start);
        let function = self.function(start);
        format_ident!("{}", function.to_string().to_uppercase())
    }

    fn descriptor_item(&mut self, start: Start) -> TokenStream {
        let name = self.descriptor(start);
        let function = self.function(start);
        let at = start.offset(self.method);
        let depth = match start {
            Start::Resume(_) => self.method.depth(at) - 1,
            _ => self.method.depth(at),
        };
        let layout = self.method.layout(start.owner(self.method));
        let kind = format_ident!("{}", layout.kind.name());
        let kind = quote!(Kind::#kind);
        let (number, at) = (self.method.number, at as u32);
        let (arguments, temporaries) = (layout.arguments as u8, layout.inline as u8);
        let depth = depth as u16;
        quote! {
            pub static #name: Descriptor = Descriptor::native(
                #function, #kind, #number, #at, #arguments, #temporaries, #depth,
            );
        }
    }

    /// The lines of a function's doc comment.
    pub fn doc(&self, start: Start) -> Vec<String> {
        let lines = self.doc_lines(start).into_iter();
        lines.map(|line| names::in_comment(&line)).collect()
    }

    fn doc_lines(&self, start: Start) -> Vec<String> {
        let method = self.method;
        match start {
            Start::Entry(None) => {
                let mut lines = vec![format!(" `{}`", method.name), String::new()];
                lines.push(" ```text".into());
                lines.extend(self.source.iter().map(|l| format!(" {l}")));
                lines.push(" ```".into());
                lines
            }
            Start::Entry(Some(_)) => vec![format!(
                " The block at @{} of `{}`.",
                start.offset(method),
                method.name
            )],
            Start::Resume(at) => vec![format!(
                " `{}` goes on at @{at}{}.",
                method.name,
                self.before(at)
            )],
            Start::Label(at) => vec![format!(" `{}` at @{at}, all in the frame.", method.name)],
        }
    }

    /// What gave the value that a continuation goes on with.
    fn before(&self, at: usize) -> String {
        let Some(i) = self.method.code.values().find(|i| i.next == at) else {
            return String::new();
        };
        let sent = |n: u8| {
            let site = self.method.sites.get(&i.at);
            site.map_or(String::new(), |_| {
                format!(", after the send at @{} ({n} words)", i.at)
            })
        };
        match i.op {
            Op::Send { argc, .. } | Op::SuperSend { argc, .. } => sent(argc),
            Op::Primitive { number, .. } => format!(", after primitive {number}"),
            Op::Binary(b) => format!(", after `{}` was sent", b.selector()),
            _ => String::new(),
        }
    }
}
