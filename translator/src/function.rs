//! One Rust function: a region of a method, from an entry or a continuation on.
//!
//! The operand stack exists only while translating: an operand is a Rust local, a
//! constant, or a word of the frame that has not been read yet. Where control leaves the
//! function with a continuation, whatever is not in the frame is written there, and the
//! record is sealed with its descriptor.

mod prologue;

use crate::graph::Region;
use crate::method::{Kind, Layout, Method, Owner};
use crate::unit::{Start, Unit};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use smallworld_image::Op;
use std::collections::{BTreeMap, BTreeSet};

/// A value on the symbolic operand stack.
#[derive(Clone)]
pub enum Operand {
    /// A Rust local (immutable as long as the operand lives).
    Local(Ident),
    /// A Rust `bool`.
    Bool(Ident),
    /// A SmallInt.
    Int(i32),
    /// nil.
    Nil,
    /// true.
    True,
    /// false.
    False,
    /// An entry of the table of literals.
    Literal(u32),
    /// Still in the frame, at its own place on the operand stack.
    Slot(usize),
}

/// A function under translation.
pub struct Function<'u, 'm> {
    pub(crate) unit: &'u mut Unit<'m>,
    pub(crate) method: &'m Method<'m>,
    pub(crate) owner: Owner,
    pub(crate) layout: Layout,
    pub(crate) start: Start,
    region: Region,
    /// Operands that are in the frame when the function starts.
    in_frame: usize,
    /// By node: operands below this have not been touched since.
    low: BTreeMap<usize, usize>,
    /// Everything but operands is in the frame from the start on.
    pub(crate) spilled: bool,
    dirty: BTreeSet<usize>,
    next_local: usize,
    /// Whatever leaves looks whether a pause is due.
    leaves_look: bool,
}

impl<'u, 'm> Function<'u, 'm> {
    /// Prepares the function for a start.
    pub fn new(unit: &'u mut Unit<'m>, start: Start) -> Function<'u, 'm> {
        let method = unit.method;
        let at = start.offset(method);
        let owner = start.owner(method);
        let region = Region::new(method, at);
        let in_frame = match start {
            Start::Entry(_) => 0,
            Start::Resume(at) => method.depth(at) - 1,
            Start::Label(at) => method.depth(at),
        };
        let dirty = region
            .instructions()
            .filter_map(|at| match method.instruction(at).op {
                Op::AssignTemporary(i) => Some(i as usize),
                _ => None,
            })
            .collect();
        let spilled = match start {
            Start::Entry(owner) => method.makes_blocks(owner) || method.pushes_context(),
            _ => true,
        };
        let mut f = Function {
            unit,
            method,
            owner,
            layout: method.layout(owner),
            start,
            region,
            in_frame,
            low: BTreeMap::new(),
            spilled,
            dirty,
            next_local: 0,
            leaves_look: false,
        };
        f.leaves_look = f.looks() == prologue::Looks::WhereItLeaves;
        f.find_low_marks();
        f
    }

    /// For each node, how many operands at the bottom are still the frame's.
    fn find_low_marks(&mut self) {
        let start = self.region.start;
        let mut low = BTreeMap::from([(start, self.in_frame)]);
        let mut changed = true;
        while changed {
            changed = false;
            for &n in &self.region.flow.order {
                let Some(&mark) = low.get(&n) else { continue };
                let node = &self.region.nodes[&n];
                let out = node
                    .instructions
                    .iter()
                    .map(|&at| {
                        self.method.depth(at) - usize::from(self.method.instruction(at).op.takes())
                    })
                    .fold(mark, usize::min);
                for &s in &node.successors {
                    let old = low.get(&s).copied();
                    let new = old.map_or(out, |o| o.min(out));
                    if old != Some(new) {
                        low.insert(s, new);
                        changed = true;
                    }
                }
            }
        }
        self.low = low;
    }

    /// A fresh local.
    pub fn local(&mut self) -> Ident {
        self.next_local += 1;
        format_ident!("v{}", self.next_local)
    }

    /// The expression for an operand's word.
    pub fn word(&self, operand: &Operand) -> TokenStream {
        match operand {
            Operand::Local(id) => quote!(#id),
            Operand::Bool(id) => quote!(boolean(vm, #id)),
            Operand::Int(n) => quote!(Word::int(#n)),
            Operand::Nil => quote!(nil(vm)),
            Operand::True => quote!(true_(vm)),
            Operand::False => quote!(false_(vm)),
            Operand::Literal(n) => {
                let n = *n as usize;
                quote!(literal(vm, #n))
            }
            Operand::Slot(i) => {
                let at = self.layout.operand(*i);
                quote!(get(base, #at))
            }
        }
    }

    /// Puts an operand into a local, if it is not one yet.
    pub fn bind(&mut self, operand: &Operand, out: &mut TokenStream) -> Ident {
        if let Operand::Local(id) = operand {
            return id.clone();
        }
        let id = self.local();
        let word = self.word(operand);
        out.extend(quote!(let #id = #word;));
        id
    }

    /// Argument `i` of the home method.
    pub fn argument(&self, i: usize) -> Ident {
        format_ident!("a{i}")
    }

    /// The local for temporary `i` of a plain method.
    pub fn temporary(&self, i: usize) -> Ident {
        format_ident!("t{i}")
    }

    /// Writes the activation's state into the frame, with the lowest `depth` operands.
    pub fn spill(&self, stack: &[Operand], depth: usize) -> TokenStream {
        let mut out = TokenStream::new();
        if !self.spilled {
            out.extend(self.spill_fixed());
        } else if self.layout.kind == Kind::Native {
            for &i in &self.dirty {
                let (at, t) = (self.layout.temporary(i), self.temporary(i));
                out.extend(quote!(put(base, #at, #t);));
            }
        }
        for (i, operand) in stack[..depth].iter().enumerate() {
            if !matches!(operand, Operand::Slot(j) if *j == i) {
                let (at, word) = (self.layout.operand(i), self.word(operand));
                out.extend(quote!(put(base, #at, #word);));
            }
        }
        out
    }

    /// Writes arguments, context slot and temporaries of a new activation.
    fn spill_fixed(&self) -> TokenStream {
        let mut out = TokenStream::new();
        let layout = self.layout;
        let context = layout.context();
        match layout.kind {
            Kind::NativeBlock => {
                out.extend(quote!(put(base, 0, block);));
                out.extend(quote!(put(base, #context, Word::ZERO);));
                let (t, a) = (layout.temporaries(), layout.arguments_array());
                out.extend(quote!(put(base, #t, temporaries); put(base, #a, arguments);));
            }
            _ => {
                for i in 0..layout.arguments.min(4) {
                    let a = self.argument(i);
                    out.extend(quote!(put(base, #i, #a);));
                }
                out.extend(quote!(put(base, #context, Word::ZERO);));
                if layout.kind == Kind::Native {
                    for i in 0..layout.inline {
                        let (at, t) = (layout.temporary(i), self.temporary(i));
                        out.extend(quote!(put(base, #at, #t);));
                    }
                } else {
                    let (t, a) = (layout.temporaries(), layout.arguments_array());
                    out.extend(quote!(put(base, #t, temporaries); put(base, #a, Word::ZERO);));
                }
            }
        }
        out
    }

    /// Spills, and seals the record of the continuation at `resume` (an offset at which
    /// a value will be pushed onto `depth` operands). Its end becomes the local `f`.
    pub fn leave(&mut self, stack: &[Operand], depth: usize, resume: usize) -> TokenStream {
        let look = self.leaves_look.then(|| self.look());
        let spill = self.spill(stack, depth);
        let descriptor = self.unit.descriptor(Start::Resume(resume));
        quote!(#look #spill let f = seal(base, &#descriptor);)
    }

    /// The whole function.
    pub fn translate(mut self) -> TokenStream {
        let start = self.region.start;
        let mut stack: Vec<Operand> = (0..self.in_frame).map(Operand::Slot).collect();
        if matches!(self.start, Start::Resume(_)) {
            stack.push(Operand::Local(format_ident!("value")));
        }
        let prologue = self.prologue();
        let body = self.tree(start, stack);
        let name = self.unit.function(self.start);
        let parameters = self.parameters();
        let doc = self.unit.doc(self.start);
        quote! {
            #(#[doc = #doc])*
            pub unsafe fn #name(vm: &mut Vm, fp: Fp, #parameters) -> Exit {
                #prologue
                #body
            }
        }
    }

    /// The code of a node and of everything it dominates.
    fn tree(&mut self, node: usize, mut stack: Vec<Operand>) -> TokenStream {
        let mut before = TokenStream::new();
        let is_loop = self.region.flow.is_loop(node);
        if is_loop {
            for (i, operand) in stack.iter_mut().enumerate().skip(self.low[&node]) {
                let id = format_ident!("l{node}_{i}");
                let word = self.word(operand);
                before.extend(quote!(let mut #id = #word;));
                *operand = Operand::Local(id);
            }
        }
        let merges = self.region.flow.merges_under(node);
        let mut declared = TokenStream::new();
        for &m in &merges {
            for i in self.low[&m]..self.method.depth(m) {
                let id = format_ident!("m{m}_{i}");
                declared.extend(quote!(let #id: Word;));
            }
        }
        let mut code = self.node(node, stack);
        for &m in merges.iter().rev() {
            let label = label("b", m);
            let low = self.low[&m];
            let stack = (0..self.method.depth(m))
                .map(|i| match i < low {
                    true => Operand::Slot(i),
                    false => Operand::Local(format_ident!("m{m}_{i}")),
                })
                .collect();
            let rest = self.tree(m, stack);
            code = quote!(#label: { #code } #rest);
        }
        if is_loop {
            // What follows the loop was placed inside it by the merges above, so the
            // loop is left only by breaks to labels outside, or by returning.
            let label = label("l", node);
            quote!(#before #label: loop { #declared #code })
        } else {
            quote!(#before #declared #code)
        }
    }

    /// The code of one node, and its branches.
    fn node(&mut self, node: usize, mut stack: Vec<Operand>) -> TokenStream {
        let mut out = TokenStream::new();
        let (instructions, successors) = {
            let n = &self.region.nodes[&node];
            (n.instructions.clone(), n.successors.clone())
        };
        for at in instructions {
            let op = self.method.instruction(at).op;
            match op {
                Op::Jump(_) => {}
                Op::JumpIfTrue(_) | Op::JumpIfFalse(_) => {
                    let condition = self.pop(&mut stack);
                    let sense = matches!(op, Op::JumpIfTrue(_));
                    let test = self.test(&condition, sense, &mut out);
                    let (next, target) = (successors[0], successors[1]);
                    let taken = self.branch(node, target, stack.clone());
                    let not_taken = self.branch(node, next, stack);
                    out.extend(quote!(if #test { #taken } else { #not_taken }));
                    return out;
                }
                _ => {
                    if self.instruction(at, &mut stack, &mut out) {
                        return out;
                    }
                }
            }
        }
        let rest = self.branch(node, successors[0], stack);
        out.extend(rest);
        out
    }

    /// Pops an operand.
    pub fn pop(&self, stack: &mut Vec<Operand>) -> Operand {
        // The verifier has seen that there is one.
        stack.pop().unwrap_or(Operand::Nil)
    }

    /// Is the operand exactly true (`sense`) or false?
    fn test(&mut self, operand: &Operand, sense: bool, out: &mut TokenStream) -> TokenStream {
        match operand {
            Operand::Bool(id) if sense => quote!(#id),
            Operand::Bool(id) => quote!(!#id),
            _ => {
                let id = self.bind(operand, out);
                if sense {
                    quote!(#id == true_(vm))
                } else {
                    quote!(#id == false_(vm))
                }
            }
        }
    }

    /// Goes on to another node, or to a function of its own.
    fn branch(&mut self, from: usize, to: usize, stack: Vec<Operand>) -> TokenStream {
        if self.region.cuts.contains(&to) {
            let spill = self.spill(&stack, stack.len());
            let descriptor = self.unit.descriptor(Start::Label(to));
            let function = self.unit.function(Start::Label(to));
            return quote! {
                #spill
                let f = seal(base, &#descriptor);
                return #function(vm, f, Word::ZERO);
            };
        }
        if self.region.flow.is_backward(from, to) {
            let spill = self.spill(&stack, stack.len());
            let descriptor = self.unit.descriptor(Start::Label(to));
            let function = self.unit.function(Start::Label(to));
            let words: Vec<_> = (self.low[&to]..stack.len())
                .map(|i| self.word(&stack[i]))
                .collect();
            let ids: Vec<_> = (self.low[&to]..stack.len())
                .map(|i| format_ident!("l{to}_{i}"))
                .collect();
            let assign = if ids.is_empty() {
                quote!()
            } else {
                quote!((#(#ids,)*) = (#(#words,)*);)
            };
            let label = label("l", to);
            return quote! {
                if loop_pause_due(vm, base) {
                    #spill
                    let f = seal(base, &#descriptor);
                    set_pending(vm, Code::of1(#function), 1);
                    return pause1(vm, f, Word::ZERO);
                }
                #assign
                continue #label;
            };
        }
        if self.region.flow.is_merge(to) {
            let mut out = TokenStream::new();
            for (i, operand) in stack.iter().enumerate().skip(self.low[&to]) {
                let id = format_ident!("m{to}_{i}");
                let word = self.word(operand);
                out.extend(quote!(#id = #word;));
            }
            let label = label("b", to);
            out.extend(quote!(break #label;));
            return out;
        }
        self.tree(to, stack)
    }
}

fn label(kind: &str, at: usize) -> syn::Lifetime {
    syn::Lifetime::new(&format!("'{kind}{at}"), Span::call_site())
}
