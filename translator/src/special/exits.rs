//! Leaving specialised code: the nest becomes frames.
//!
//! Whatever happens next finds ordinary baseline frames: every activation of the nest is
//! written out as the baseline would have it, the outer ones waiting at their sends. What
//! had no object so far (blocks, the Arrays that they share) is allocated here; the room
//! for it was made sure of when the function started.

use super::code::Code;
use super::engine::Engine;
use super::shared::Read;
use super::unit::UnitStart;
use super::values::{Abs, Rep, State, Val, float_object};
use crate::method::{Kind, Layout, bare};
use crate::unit::Start;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use smallworld_abi::layout::{BLOCK_WORDS, CONTEXT_WORDS, FLOAT_WORDS, array_words, context_slot};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Outer frames of fewer words than this are written in place.
const WORTH_A_FUNCTION: usize = 8;

/// Frames being written.
pub struct Frames<'s> {
    state: &'s State,
    /// Blocks that have got their object.
    blocks: BTreeMap<(usize, usize), Ident>,
    /// Groups of Floats that have got theirs.
    floats: BTreeSet<u32>,
    /// Words written in place so far.
    puts: usize,
    out: Code,
}

impl Frames<'_> {
    /// Writes a word of a frame.
    fn put(&mut self, at: usize, word: &TokenStream) {
        self.puts += 1;
        self.out.frame(at + 1, quote!(put(base, #at, #word);));
    }
}

impl Engine<'_, '_, '_> {
    /// The layout of a scope's frame.
    pub fn layout(&self, scope: usize) -> Layout {
        let s = &self.unit.scopes[scope];
        self.unit.world.methods[s.method].1.layout(s.owner)
    }

    /// Where each level's frame starts, in words from the root's base, and the end of
    /// the last record.
    pub fn offsets(&self, state: &State) -> (Vec<usize>, usize) {
        let mut at = 0;
        let mut all = Vec::new();
        for level in &state.chain {
            all.push(at);
            at += self.layout(level.scope).record(level.stack.len());
        }
        (all, at)
    }

    /// Module and name of the baseline's function for a scope that goes on at an offset
    /// with a value.
    fn baseline_names(&self, scope: usize, ip: usize) -> (Ident, Ident) {
        let method = self.unit.scopes[scope].method;
        let names = &self.unit.world.names[method];
        let function = names.functions.get(&Start::Resume(ip)).cloned();
        let missing = || {
            self.unit.no_continuation.set(true);
            format_ident!("missing")
        };
        (names.module.clone(), function.unwrap_or_else(missing))
    }

    /// Its descriptor.
    pub fn baseline_descriptor(&self, scope: usize, ip: usize) -> TokenStream {
        let (module, function) = self.baseline_names(scope, ip);
        let name = format_ident!("{}", function.to_string().to_uppercase());
        quote!(modules::#module::#name)
    }

    /// The function itself.
    pub fn baseline_function(&self, scope: usize, ip: usize) -> TokenStream {
        let (module, function) = self.baseline_names(scope, ip);
        quote!(modules::#module::#function)
    }

    /// Writes all frames; the innermost is sealed with `descriptor`. Afterwards the local
    /// `f` is the end of its record, which is so many words above the base; the expressions
    /// answered are the words of `extra`. What is `rare` is to take little text.
    pub fn write_frames(
        &mut self,
        state: &State,
        descriptor: TokenStream,
        extra: &[Val],
        rare: bool,
    ) -> (Code, usize, Vec<TokenStream>) {
        let (offsets, end) = self.offsets(state);
        let mut w = Frames {
            state,
            blocks: BTreeMap::new(),
            floats: BTreeSet::new(),
            puts: 0,
            out: Code::default(),
        };
        let all = state.chain.len();
        // Each activation's part is put above the function for those further out.
        let mut outer = 0;
        let (mut shared, mut reads) = (Code::default(), Vec::new());
        if rare && self.writing {
            for n in (1..all).filter(|&n| is_closed(state, n)) {
                self.write_arrays(&mut w, outer..n);
                self.write_levels(&mut w, outer..n, &descriptor);
                self.write_shared_temporaries(&mut w, outer..n);
                let fresh: Vec<Ident> = w.blocks.values().cloned().collect();
                let floats = w.floats.iter().map(|&group| float_object(group));
                let made: Vec<Ident> = floats.chain(self.new_arrays(&w, 0..n)).collect();
                shared.pure(Read::all(&reads));
                shared.append(std::mem::take(&mut w.out));
                if w.puts >= WORTH_A_FUNCTION {
                    (shared, reads) = self.share(state, n, shared, offsets[n], &fresh, &made);
                    w.puts = 0;
                } else {
                    reads = Vec::new();
                }
                outer = n;
            }
        }
        self.write_arrays(&mut w, outer..all);
        self.write_levels(&mut w, outer..all, &descriptor);
        let extra = extra.iter().map(|v| self.frame_word(&mut w, v)).collect();
        self.write_shared_temporaries(&mut w, outer..all);
        let extra: Vec<TokenStream> = extra;
        let rest = w.out.render(&TokenStream::new());
        shared.pure(Read::needed(&reads, &quote!(#rest #(#extra)*)));
        shared.append(w.out);
        shared.pure(quote!(let f = base.add(#end);));
        (shared, end, extra)
    }

    /// The Arrays of shared temporaries that activations get when they are written.
    fn new_arrays(&mut self, w: &Frames, levels: Range<usize>) -> Vec<Ident> {
        let levels = w.state.chain[levels].iter();
        let new =
            levels.filter(|l| !l.in_memory && self.layout(l.scope).kind == Kind::NativeShared);
        let scopes: Vec<usize> = new.map(|l| l.scope).collect();
        scopes.into_iter().map(|scope| self.array(scope)).collect()
    }

    fn write_arrays(&mut self, w: &mut Frames, levels: Range<usize>) {
        for level in &w.state.chain[levels] {
            if self.layout(level.scope).kind == Kind::NativeShared && !level.in_memory {
                let array = self.array(level.scope);
                let n = level.temps.len();
                w.out
                    .takes(array_words(n), quote!(#array = bump_nils(vm, #n);));
            }
        }
    }

    fn write_shared_temporaries(&mut self, w: &mut Frames, levels: Range<usize>) {
        for level in &w.state.chain[levels] {
            if self.layout(level.scope).kind == Kind::NativeShared && !level.in_memory {
                let array = self.array(level.scope);
                for (i, &abs) in level.temps.iter().enumerate() {
                    if abs != Abs::Nil {
                        let word = self.temporary_word(w, level.scope, i, abs);
                        w.out.writes(quote!(init_slot(#array, #i, #word);));
                    }
                }
            }
        }
    }

    fn write_levels(&mut self, w: &mut Frames, levels: Range<usize>, descriptor: &TokenStream) {
        let (offsets, _) = self.offsets(w.state);
        for j in levels {
            let level = &w.state.chain[j];
            let layout = self.layout(level.scope);
            let at = offsets[j];
            if !level.in_memory {
                self.write_fixed(w, j, at);
            }
            if layout.kind == Kind::Native {
                for i in 0..layout.inline {
                    let word = self.temporary_word(w, level.scope, i, level.temps[i]);
                    w.put(at + layout.temporary(i), &word);
                }
            }
            for (i, v) in level.stack.iter().enumerate() {
                let word = self.frame_word(w, v);
                w.put(at + layout.operand(i), &word);
            }
            let d = match w.state.chain.get(j + 1) {
                Some(inner) => {
                    let ip = self.unit.scopes[inner.scope].parent.map_or(0, |p| p.1);
                    self.baseline_descriptor(level.scope, ip)
                }
                None => descriptor.clone(),
            };
            w.put(
                at + layout.record(level.stack.len()) - 1,
                &quote!(#d.word()),
            );
        }
    }

    /// Arguments, context slot and shared Arrays of an activation that has no frame yet.
    fn write_fixed(&mut self, w: &mut Frames, j: usize, at: usize) {
        let level = &w.state.chain[j];
        let layout = self.layout(level.scope);
        for (i, v) in level.args.clone().iter().enumerate() {
            let word = self.frame_word(w, v);
            w.put(at + i, &word);
        }
        w.put(at + layout.context(), &quote!(Word::ZERO));
        let (t, a) = (at + layout.temporaries(), at + layout.arguments_array());
        match layout.kind {
            Kind::NativeShared => {
                let array = self.array(level.scope);
                w.put(t, &quote!(#array));
                w.put(a, &quote!(Word::ZERO));
            }
            Kind::NativeBlock => {
                let block = self.frame_word(w, &level.args[0].clone());
                let temporaries = bare(context_slot::TEMPORARIES);
                let arguments = bare(context_slot::ARGUMENTS);
                w.put(t, &quote!(slot(#block, #temporaries)));
                w.put(a, &quote!(slot(#block, #arguments)));
            }
            _ => {}
        }
    }

    fn temporary_word(&mut self, w: &mut Frames, scope: usize, i: usize, abs: Abs) -> TokenStream {
        let v = Val {
            rep: match abs {
                Abs::Float(_) => Rep::Float,
                abs if abs.is_constant() => Rep::Constant,
                _ => Rep::Word(self.temporary(scope, i)),
            },
            ..Val::constant(abs)
        };
        self.frame_word(w, &v)
    }

    /// The word of a value; a block or Float without object gets one.
    fn frame_word(&mut self, w: &mut Frames, v: &Val) -> TokenStream {
        if let Some(group) = v.group() {
            let object = float_object(group);
            if w.floats.insert(group) {
                w.out.takes(FLOAT_WORDS, self.make_object(group));
            }
            return quote!(#object);
        }
        let Abs::Block {
            home,
            creator,
            block,
            real: false,
        } = v.abs
        else {
            return v.expr();
        };
        if let Some(id) = w.blocks.get(&(home, block)) {
            return quote!(#id);
        }
        let (offsets, _) = self.offsets(w.state);
        let method = &self.unit.world.methods[self.unit.scopes[home].method].1;
        let info = &method.analysis.blocks[block];
        let literal = method.first_literal as usize + method.parts.literals.len();
        let (start, at) = (info.start as u32, info.params_at);
        let returns = info.has_block_return;
        let n = method.arity;
        // Both are in the nest: blocks are only followed while they are.
        let home_base = w.state.level(home).map_or(0, |l| offsets[l]);
        let creator_base = w.state.level(creator).map_or(0, |l| offsets[l]);
        let array = self.array(home);
        let (context, creator_word) = if !returns {
            (0, quote!(nil(vm)))
        } else if self.unit.scopes[creator].owner.is_some() {
            let word = quote!(own_block_context(vm, base.add(#creator_base)));
            (BLOCK_WORDS, word)
        } else {
            let slot = self.layout(creator).context();
            let word = quote!(own_context(vm, base.add(#creator_base), #slot));
            (CONTEXT_WORDS, word)
        };
        let id = self.local();
        // The block, the Array of its home's arguments, the Context.
        w.out.takes(
            BLOCK_WORDS + array_words(n) + context,
            quote! {
                let home_arguments = arguments_array(vm, base.add(#home_base), #n);
                let creator = #creator_word;
                let own_method = literal(vm, #literal);
                let mut #id = bump_block(
                vm,
                    own_method, home_arguments, #array, #at, creator, #start,
                );
            },
        );
        w.blocks.insert((home, block), id.clone());
        quote!(#id)
    }

    /// Leaves for good: the innermost scope goes on in the baseline at `next`, with the
    /// value of what `action` (which sees `f` and the words of `extra`) starts.
    pub fn leave(
        &mut self,
        state: &State,
        next: usize,
        extra: &[Val],
        action: impl FnOnce(&[TokenStream]) -> TokenStream,
    ) -> Code {
        let mut out = Code::default();
        if !self.writing {
            return out;
        }
        let method = self.unit.scopes[state.scope()].method;
        let exit = self.unit.exit(method, next);
        out.writes(quote!(left(vm, FIRST_EXIT + #exit);));
        let descriptor = self.baseline_descriptor(state.scope(), next);
        let (frames, end, words) = self.write_frames(state, descriptor, extra, true);
        out.append(frames);
        out.leaves(end + words.len(), action(&words));
        out
    }

    /// Leaves for a while: the unit goes on at `next` with the value.
    pub fn call(
        &mut self,
        state: &State,
        next: usize,
        extra: &[Val],
        action: impl FnOnce(&[TokenStream]) -> TokenStream,
    ) -> Result<Code, String> {
        let start = UnitStart::Resume(state.scope(), next);
        self.unit
            .add_start(start, self.after_leaving(state, next))?;
        if !self.writing {
            return Ok(Code::default());
        }
        let descriptor = self.descriptor(start);
        let (mut out, end, words) = self.write_frames(state, quote!(#descriptor), extra, false);
        out.leaves(end + words.len(), action(&words));
        Ok(out)
    }

    /// What is known when the unit goes on after having left: everything is in memory;
    /// what others may have changed is not known any more.
    pub fn after_leaving(&self, state: &State, next: usize) -> State {
        let mut after = state.clone();
        after.ip = next;
        after.forget_facts();
        for level in &mut after.chain {
            level.in_memory = true;
            let shared = self.layout(level.scope).kind != Kind::Native;
            for v in &mut level.stack {
                v.origin = None;
            }
            for v in level.args.iter_mut().chain(&mut level.stack) {
                if let Abs::Block { real, .. } = &mut v.abs {
                    *real = true;
                } else if v.abs == Abs::Bool {
                    v.rep = Rep::Constant;
                }
            }
            for t in &mut level.temps {
                if shared {
                    *t = Abs::Any;
                } else if let Abs::Block { real, .. } = t {
                    *real = true;
                }
            }
        }
        after
    }
}

/// Do the outermost `n` activations know of no block that belongs to an inner one?
fn is_closed(state: &State, n: usize) -> bool {
    let (outer, inner) = state.chain.split_at(n);
    let foreign = |abs: Abs| match abs {
        Abs::Block {
            home,
            creator,
            real: false,
            ..
        } => inner.iter().any(|l| l.scope == home || l.scope == creator),
        _ => false,
    };
    outer.iter().all(|l| {
        let values = l.args.iter().chain(&l.stack).map(|v| v.abs);
        !values.chain(l.temps.iter().copied()).any(foreign)
    })
}
