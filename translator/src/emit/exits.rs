//! Leaving: frames are written, then something else goes on.

use super::tables::{Record, Table};
use super::{Emitter, descriptor_name, function_name, number, object};
use crate::ir::{Action, Entry, Exit, ExitId, Operand, Resume};
use crate::passes::frames::{NewBlock, Plan, Shared, Source, Step};
use crate::specialise::layouts::Layouts;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use smallworld_abi::layout::context_slot;

impl Emitter<'_, '_, '_> {
    /// The code of an exit. Control does not come back from it.
    pub(super) fn exit(&self, id: ExitId) -> TokenStream {
        let (exit, plan) = (self.function.exit(id), &self.plans[id.0 as usize]);
        let safepoint = exit.safepoint.then(|| self.safepoint());
        let rare = exit.resume == Resume::Baseline || matches!(exit.action, Action::Pause(_));
        if rare && !plan.makes_much() {
            let leave = self.by_table(exit, plan);
            return quote!(#safepoint #leave);
        }
        let (frames, words) = self.in_code(exit, plan);
        let action = self.action(exit, &words);
        quote!(#safepoint #frames #action)
    }

    /// Counts a side exit: the number of the place in the table of all.
    fn counted(&self, exit: &Exit) -> Option<usize> {
        let innermost = exit.state.activations.last()?;
        if exit.resume != Resume::Baseline {
            return None;
        }
        let place = (
            self.common.built.nodes[innermost.node].method,
            exit.state.ip,
        );
        let mut exits = self.common.exits.borrow_mut();
        let n = exits.iter().position(|&e| e == place).unwrap_or_else(|| {
            exits.push(place);
            exits.len() - 1
        });
        Some(n)
    }

    /// Everything done by a table: the frames, and what follows.
    fn by_table(&self, exit: &Exit, plan: &Plan) -> TokenStream {
        let record = |source: Source| self.record_of(source);
        let (table, live) = Table::of(plan, self.counted(exit), exit.action, self, &record);
        let live_at = count(table.live_at);
        let name = self.common.tables.borrow_mut().add(table);
        quote!(side_exit!(vm base #name above #live_at: #(#live)*);)
    }

    /// Frames written in place.
    fn in_code(&self, exit: &Exit, plan: &Plan) -> (TokenStream, Vec<TokenStream>) {
        let mut out = match self.counted(exit) {
            Some(n) => quote!(left(vm, FIRST_EXIT + #n);),
            None => quote!(),
        };
        for step in &plan.steps {
            out.extend(self.step(*step));
        }
        let end = count(plan.end);
        out.extend(quote!(let f = base.add(#end);));
        let words = plan.operands.iter().map(|&s| self.source(s));
        (out, words.collect())
    }

    fn step(&self, step: Step) -> TokenStream {
        match step {
            Step::NewArray(n, size) => {
                let array = array(n);
                quote!(let #array = bump_nils(vm, #size);)
            }
            Step::Element(n, i, source) => {
                let (array, word) = (array(n), self.source(source));
                quote!(init_slot(#array, #i, #word);)
            }
            Step::NewFloat(v) => {
                let (f, w, class) = (number(v), object(v), self.float_class());
                quote!(#w = boxed_float(vm, #class, #w, #f);)
            }
            Step::NewBlock(n, new) => self.new_block(n, &new),
            Step::Put(at, source) => {
                let (at, word) = (count(at), self.source(source));
                quote!(put(base, #at, #word);)
            }
        }
    }

    fn new_block(&self, n: usize, new: &NewBlock) -> TokenStream {
        let tree = self.tree();
        let (info, arity) = tree.block(new.closure);
        let literal = self.block_method(new.closure.home);
        let (start, params_at) = (info.start as u32, info.params_at);
        let (home_at, name) = (new.home_at, block(n));
        let array = match new.array {
            Shared::New(n) => {
                let array = array(n);
                quote!(#array)
            }
            Shared::Known(o) => self.word(o),
        };
        let creator = match new.creator {
            None => quote!(nil(vm)),
            Some((at, None)) => quote!(own_block_context(vm, base.add(#at))),
            Some((at, Some(slot))) => quote!(own_context(vm, base.add(#at), #slot)),
        };
        quote! {
            let home_arguments = arguments_array(vm, base.add(#home_at), #arity);
            let creator = #creator;
            let own_method = literal(vm, #literal);
            let #name = bump_block(
                vm, own_method, home_arguments, #array, #params_at, creator, #start,
            );
        }
    }

    /// The place of a node's Method in the table of literals.
    pub(super) fn block_method(&self, node: usize) -> usize {
        let m = self.method_of(node);
        m.first_literal as usize + m.parts.literals.len()
    }

    /// The expression for a word of a frame.
    fn source(&self, source: Source) -> TokenStream {
        match source {
            Source::Operand(o) => self.word(o),
            Source::Float(v) => self.word(Operand::Value(v)),
            Source::Closure(n) => {
                let block = block(n);
                quote!(#block)
            }
            Source::Array(n) => {
                let array = array(n);
                quote!(#array)
            }
            Source::Zero => quote!(Word::ZERO),
            Source::TemporariesOf(at) => slot_of(at, context_slot::TEMPORARIES),
            Source::ArgumentsOf(at) => slot_of(at, context_slot::ARGUMENTS),
            Source::Baseline(..) | Source::Own(_) => {
                let d = self.descriptor_of(source);
                quote!(#d.word())
            }
        }
    }

    /// The number of the descriptor that a source is, in the tables.
    fn record_of(&self, source: Source) -> usize {
        let nodes = &self.common.built.nodes;
        let of = match source {
            Source::Baseline(node, ip) => Record::Baseline(nodes[node].method, ip),
            Source::Own(entry) => Record::Own(entry),
            // Nothing else is a descriptor.
            _ => return 0,
        };
        let mut tables = self.common.tables.borrow_mut();
        tables.record(of, || self.descriptor_of(source))
    }

    /// The descriptor that a source is.
    fn descriptor_of(&self, source: Source) -> TokenStream {
        match source {
            Source::Baseline(node, ip) => self.baseline_descriptor(node, ip),
            Source::Own(entry) => {
                let name = descriptor_name(entry);
                quote!(#name)
            }
            _ => quote!(),
        }
    }

    /// What is done once the frames end at `f`.
    fn action(&self, exit: &Exit, words: &[TokenStream]) -> TokenStream {
        let registers = &words[..words.len().min(4)];
        match exit.action {
            Action::Send { site, is_super } => {
                let name = if is_super { "super" } else { "send" };
                let send = format_ident!("{name}{}", registers.len());
                let above = words.iter().enumerate().skip(4);
                let put = above.map(|(i, w)| put_operand(i, w));
                quote!(#(#put)* return #send(vm, f, #site, #(#registers),*);)
            }
            Action::CallSelf => quote!(return entry(vm, f, #(#registers),*);),
            Action::Primitive(n) => {
                let (n, count) = (n as u32, words.len() as u32);
                let put = words.iter().enumerate().map(|(i, w)| put_operand(i, w));
                quote!(#(#put)* return primitive(vm, f, #n, #count);)
            }
            Action::RunBlock => {
                let value = format_ident!("value{}", words.len() - 1);
                quote!(return #value(vm, f, #(#words),*);)
            }
            Action::RunClosureWith => quote!(return run_closure_with(vm, f, #(#words),*);),
            Action::RunClosure => run_closure(&quote!(f), words),
            Action::NoInstanceVariable(k) => quote!(return no_instance_variable(vm, f, #k);),
            Action::AssignElsewhere(k) => {
                let (me, word) = (&words[0], &words[1]);
                quote!(return assign_elsewhere(vm, f, #me, #k, #word);)
            }
            Action::NoClassVariable(k) => quote!(return no_class_variable(vm, f, #k);),
            Action::Pause(entry) => pause(entry),
            Action::GoToLoop(entry) => {
                let (pause, function) = (pause(entry), function_name(entry));
                quote! {
                    if loop_pause_due(vm, base) { #pause }
                    return #function(vm, f, Word::ZERO);
                }
            }
        }
    }
}

/// Runs a closure with further words in a frame at `at`.
pub(super) fn run_closure(at: &TokenStream, words: &[impl ToTokens]) -> TokenStream {
    let n = words.len();
    if n <= 4 {
        let run = format_ident!("run_closure{n}");
        return quote!(return #run(vm, #at, #(#words),*););
    }
    let put = words.iter().enumerate().map(|(i, w)| {
        let i = count(i);
        quote!(put(#at, #i, #w);)
    });
    let n = n as u32;
    quote!(#(#put)* return run_closure_many(vm, #at, #at, #n);)
}

fn pause(entry: Entry) -> TokenStream {
    let function = function_name(entry);
    quote! {
        set_pending(vm, Code::of1(#function), 1);
        return pause1(vm, f, Word::ZERO);
    }
}

/// A slot of the object at a word of the frames.
fn slot_of(at: usize, slot: usize) -> TokenStream {
    let (at, slot) = (count(at), count(slot));
    quote!(slot(get(base, #at), #slot))
}

fn put_operand(i: usize, word: &TokenStream) -> TokenStream {
    let i = count(i);
    quote!(put(f, #i, #word);)
}

/// A number as one writes it.
pub(super) fn count(n: usize) -> Literal {
    Literal::usize_unsuffixed(n)
}

/// The local of an Array of temporaries.
fn array(n: usize) -> Ident {
    format_ident!("array{n}")
}

/// The local of a Block.
fn block(n: usize) -> Ident {
    format_ident!("block{n}")
}
