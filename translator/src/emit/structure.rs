//! Blocks become nested code: loops, merges, branches (Ramsey, "Beyond Relooper", 2022, as in
//! [`crate::flow`]).
//!
//! What a block computes stands before the labelled blocks in which its branches are, so that it
//! can be named wherever the block dominates. No way falls through: each returns, breaks or
//! continues. So of a branch only the shorter arm is nested.

use super::exits::run_closure;
use super::{Emitter, local, number, object};
use crate::ir::{Block, BlockId, Edge, Function, Operand, Terminator, Type, Value};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

/// Code, and about how long it is.
struct Code {
    tokens: TokenStream,
    size: usize,
}

impl Emitter<'_, '_, '_> {
    /// The whole function.
    pub(super) fn body(&self) -> Result<TokenStream, String> {
        if self.flow.irreducible().is_some() {
            return Err("its control flow is irreducible".into());
        }
        Ok(self.block(Function::START)?.tokens)
    }

    /// A block, and what it dominates.
    fn block(&self, id: BlockId) -> Result<Code, String> {
        let n = id.0 as usize;
        let block = &self.function.blocks[&id];
        let place = (!block.insts.is_empty()).then(|| self.place(block.at));
        let insts = self.instructions(id)?;
        let Code {
            tokens: mut code,
            mut size,
        } = self.end(id, block)?;
        size += block.insts.len();
        for &m in self.flow.merges_under(n).iter().rev() {
            let to = BlockId(m as u32);
            let declared = self.declared(&self.function.blocks[&to].params);
            let (label, rest) = (label("b", m), self.block(to)?);
            size += rest.size;
            let rest = rest.tokens;
            code = quote!(#declared #label: { #code } #rest);
        }
        let tokens = match self.flow.is_loop(n) {
            true => {
                let label = label("l", n);
                quote!(#label: loop { #place #insts #code })
            }
            false => quote!(#place #insts #code),
        };
        Ok(Code { tokens, size })
    }

    fn end(&self, id: BlockId, block: &Block) -> Result<Code, String> {
        let tokens = match &block.end {
            Terminator::Jump(edge) => return self.edge(id, edge),
            Terminator::Again(edge, exit) => {
                let (exit, Code { tokens, size }) = (self.exit(*exit), self.edge(id, edge)?);
                let tokens = quote!(if loop_pause_due(vm, base) { #exit } #tokens);
                return Ok(Code { tokens, size });
            }
            Terminator::Branch(condition, yes, no) => {
                let test = self.truth(*condition);
                let (yes, no) = (self.edge(id, yes)?, self.edge(id, no)?);
                return Ok(either(test, yes, no));
            }
            Terminator::TryAdd(result, [x, y], yes, no) => {
                let tests = self.int_tests(&[*x, *y]);
                let (sum, x, y) = (local(*result), self.word(*x), self.word(*y));
                let (yes, no) = (self.edge(id, yes)?, self.edge(id, no)?);
                let size = yes.size + no.size;
                let (yes, no) = (yes.tokens, no.tokens);
                let tokens = quote! {
                    if #(#tests &&)* let Some(mut #sum) = Word::add(#x, #y) { #yes }
                    #no
                };
                return Ok(Code { tokens, size });
            }
            Terminator::Leave(exit) => self.exit(*exit),
            Terminator::Return(o) => {
                let word = self.word(*o);
                quote!(let v = #word; return return_value(vm, base, v);)
            }
            Terminator::Retire(slot, o) => {
                let word = self.word(*o);
                quote!(let v = #word; return leave(vm, base, #slot, v);)
            }
            Terminator::RunBlock(operands) => {
                let value = format_ident!("value{}", operands.len() - 1);
                let words: Vec<_> = operands.iter().map(|&o| self.word(o)).collect();
                let names: Vec<Ident> = (0..words.len()).map(|i| format_ident!("g{i}")).collect();
                quote!(#(let #names = #words;)* return #value(vm, base, #(#names),*);)
            }
            Terminator::RunClosureWith([closure, array]) => {
                let (closure, array) = (self.word(*closure), self.word(*array));
                quote! {
                    let closure = #closure;
                    let array = #array;
                    return run_closure_with(vm, base, closure, array);
                }
            }
            Terminator::RunClosure(operands) => {
                let words: Vec<_> = operands.iter().map(|&o| self.word(o)).collect();
                let names: Vec<Ident> = (0..words.len()).map(|i| format_ident!("g{i}")).collect();
                let run = run_closure(&quote!(base), &names);
                quote!(#(let #names = #words;)* #run)
            }
        };
        Ok(Code { tokens, size: 1 })
    }

    fn edge(&self, from: BlockId, edge: &Edge) -> Result<Code, String> {
        let short = |tokens| Ok(Code { tokens, size: 1 });
        let (from, to) = (from.0 as usize, edge.to.0 as usize);
        let params = &self.function.blocks[&edge.to].params;
        if self.flow.is_backward(from, to) {
            let (moves, label) = (self.moves(params, &edge.args), label("l", to));
            return short(quote!(#moves continue #label;));
        }
        if self.flow.is_merge(to) {
            let (moves, label) = (self.moves(params, &edge.args), label("b", to));
            return short(quote!(#moves break #label;));
        }
        let declared = self.declared(params);
        let moves = self.moves(params, &edge.args);
        let Code { tokens, size } = self.block(edge.to)?;
        let tokens = quote!(#declared #moves #tokens);
        Ok(Code { tokens, size })
    }

    /// Declarations of a block's parameters.
    fn declared(&self, params: &[Value]) -> TokenStream {
        let declared = params.iter().map(|&p| {
            let id = local(p);
            match self.function.ty(p) {
                Type::Word => quote!(let mut #id: Word;),
                Type::Bool => quote!(let mut #id: bool;),
                Type::Float => {
                    let (number, object) = (number(p), object(p));
                    quote!(let mut #number: f64; let mut #object: Word;)
                }
            }
        });
        declared.collect()
    }

    /// Gives parameters their operands, all at once.
    fn moves(&self, params: &[Value], args: &[Operand]) -> TokenStream {
        let (mut places, mut values) = (Vec::new(), Vec::new());
        for (&p, &o) in params.iter().zip(args) {
            if o == Operand::Value(p) {
                continue;
            }
            match self.function.ty(p) {
                Type::Word => {
                    places.push(local(p));
                    values.push(self.word(o));
                }
                Type::Bool => {
                    places.push(local(p));
                    values.push(self.truth(o));
                }
                Type::Float => {
                    places.extend([number(p), object(p)]);
                    values.extend([self.number(o), self.word(o)]);
                }
            }
        }
        match places.len() {
            0 => quote!(),
            1 => quote!(#(#places = #values;)*),
            _ => quote!((#(#places,)*) = (#(#values,)*);),
        }
    }
}

/// The shorter of two arms nested, then the other.
fn either(test: TokenStream, yes: Code, no: Code) -> Code {
    let size = yes.size + no.size;
    let (first, then, test) = match yes.size <= no.size {
        true => (yes.tokens, no.tokens, test),
        false => (no.tokens, yes.tokens, quote!(!(#test))),
    };
    let tokens = quote!(if #test { #first } #then);
    Code { tokens, size }
}

fn label(kind: &str, at: usize) -> syn::Lifetime {
    syn::Lifetime::new(&format!("'{kind}{at}"), Span::call_site())
}
