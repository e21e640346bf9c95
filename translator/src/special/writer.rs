//! From a region's nodes to structured Rust: loops, merges, branches (Ramsey, "Beyond
//! Relooper", 2022, as in [`crate::flow`]).

use super::engine::{End, Engine};
use super::unit::{Position, UnitStart, position};
use super::values::State;
use crate::flow::Flow;
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::BTreeMap;

/// Writes a region as structured code.
pub struct Writer<'e, 'w, 'i> {
    begin: Position,
    engine: Engine<'e, 'w, 'i>,
    flow: Flow,
    numbers: BTreeMap<Position, usize>,
    codes: BTreeMap<usize, (TokenStream, End)>,
}

impl<'e, 'w, 'i> Writer<'e, 'w, 'i> {
    /// A writer for the region that begins at a position: the graph of its nodes, their
    /// numbers, and each one's code and end.
    pub fn new(
        begin: Position,
        engine: Engine<'e, 'w, 'i>,
        flow: Flow,
        numbers: BTreeMap<Position, usize>,
        codes: BTreeMap<usize, (TokenStream, End)>,
    ) -> Self {
        Writer {
            begin,
            engine,
            flow,
            numbers,
            codes,
        }
    }

    /// The function.
    ///
    /// # Errors
    /// Something that has been followed cannot be written.
    pub fn function(mut self) -> Result<TokenStream, String> {
        let n = self.numbers[&self.begin];
        let body = self.tree(n)?;
        Ok(self.engine.wrap(body))
    }

    fn tree(&mut self, node: usize) -> Result<TokenStream, String> {
        let merges = self.flow.merges_under(node);
        let mut code = self.node(node)?;
        for &m in merges.iter().rev() {
            let label = label("b", m);
            let rest = self.tree(m)?;
            code = quote!(#label: { #code } #rest);
        }
        if self.flow.is_loop(node) {
            let label = label("l", node);
            code = quote!(#label: loop { #code });
        }
        Ok(code)
    }

    fn node(&mut self, node: usize) -> Result<TokenStream, String> {
        let (out, end) = self.codes.remove(&node).ok_or("a node was written twice")?;
        let rest = match end {
            End::Left => quote!(),
            End::Go(state) => self.branch(node, &state)?,
            End::Back(state) => {
                // Every loop has one of these; here it looks whether a pause is due.
                let at = position(&state);
                let target = self.engine.canonical(&self.engine.known[&at].clone());
                let moves = self.engine.moves(&state, &target);
                let poll = self.engine.poll(&target)?;
                let rest = self.branch(node, &target)?;
                quote!(#moves #poll #rest)
            }
            End::If(test, yes, no) => {
                let mut yes = self.branch(node, &yes)?;
                let mut no = self.branch(node, &no)?;
                if self.numbers[&self.begin] == node && self.engine.start == UnitStart::Entry {
                    self.look_later(&out, &mut yes, &mut no);
                }
                quote!(if #test { #yes } else { #no })
            }
            End::Choose(arms, other) => {
                let mut code = other;
                for (test, state) in arms.iter().rev() {
                    let arm = self.branch(node, state)?;
                    code = quote!(if #test { #arm } else { #code });
                }
                code
            }
        };
        Ok(quote!(#out #rest))
    }

    /// A method that only looks at something and then returns needs no look whether a
    /// pause is due: it is put onto the branch that makes frames.
    fn look_later(&mut self, before: &TokenStream, yes: &mut TokenStream, no: &mut TokenStream) {
        let contains = |code: &TokenStream, words: &[&str]| {
            let text = code.to_string();
            words.iter().any(|w| text.contains(w))
        };
        // What has been done must not matter if it is done again after the pause.
        let acts = [
            "store_slot",
            "slot_put",
            "assigned",
            "byte_at_put",
            "bump_",
            "object_of",
            "fill_with_both",
            "array_of",
        ];
        let makes_frames = |code: &TokenStream| contains(code, &["base . add", "'l", "put ("]);
        if contains(before, &acts) || (makes_frames(yes) && makes_frames(no)) {
            return;
        }
        self.engine.looks_later = true;
        for branch in [yes, no] {
            if makes_frames(branch) {
                let look = self.engine.entry_look();
                *branch = quote!(#look #branch);
            }
        }
    }

    fn branch(&mut self, from: usize, state: &State) -> Result<TokenStream, String> {
        let to = self.numbers[&position(state)];
        let target = self
            .engine
            .canonical(&self.engine.known[&position(state)].clone());
        let moves = self.engine.moves(state, &target);
        if self.flow.is_backward(from, to) {
            let label = label("l", to);
            return Ok(quote!(#moves continue #label;));
        }
        if self.flow.is_merge(to) {
            let label = label("b", to);
            return Ok(quote!(#moves break #label;));
        }
        let rest = self.tree(to)?;
        Ok(quote!(#moves #rest))
    }
}

fn label(kind: &str, at: usize) -> syn::Lifetime {
    syn::Lifetime::new(&format!("'{kind}{at}"), proc_macro2::Span::call_site())
}
