//! Frames of rare exits as data: what is written where. The code of such an exit only puts the
//! values that are in registers above the frames; the runtime does the rest.

use super::{Emitter, local, object};
use crate::ir::{Entry, Operand, Type, Value};
use crate::passes::frames::{NewBlock, Plan, Shared, Source, Step};
use crate::specialise::layouts::Layouts;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeMap;

/// The tables of a specialisation, equal ones once.
#[derive(Default)]
pub(crate) struct Tables {
    known: BTreeMap<String, Ident>,
    items: TokenStream,
    /// The descriptors that they name: a method and an offset, or an entry of our own.
    records: BTreeMap<Record, usize>,
    descriptors: Vec<TokenStream>,
}

/// What a record waits for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Record {
    /// The baseline's code of a method, at an offset.
    Baseline(usize, usize),
    /// A function of ours.
    Own(Entry),
}

impl Tables {
    /// The name of a table.
    pub(super) fn add(&mut self, table: Table) -> Ident {
        let tokens = table.tokens;
        let next = format_ident!("EXIT_{}", self.known.len());
        let name = self.known.entry(tokens.to_string()).or_insert(next.clone());
        if *name == next {
            self.items.extend(quote!(frame_table!(#name #tokens);));
        }
        name.clone()
    }

    /// The number of a descriptor.
    pub(super) fn record(&mut self, of: Record, descriptor: impl FnOnce() -> TokenStream) -> usize {
        *self.records.entry(of).or_insert_with(|| {
            self.descriptors.push(descriptor());
            self.descriptors.len() - 1
        })
    }

    /// All of them, as items.
    pub(super) fn items(self) -> TokenStream {
        let (items, all) = (self.items, self.descriptors);
        if items.is_empty() {
            return items;
        }
        let count = number(all.len());
        quote! {
            static RECORDS: [&Descriptor; #count] = [#(&#all),*];
            #items
        }
    }
}

/// A table under way.
pub(super) struct Table {
    tokens: TokenStream,
    /// The words that the code puts above the frames.
    pub(super) live: Vec<TokenStream>,
    /// Where the first of them is.
    pub(super) live_at: usize,
}

/// Collects the values that are in registers.
struct Live<'e, 'c, 'a, 'i> {
    emitter: &'e Emitter<'c, 'a, 'i>,
    words: Vec<TokenStream>,
    places: BTreeMap<Value, usize>,
}

impl Live<'_, '_, '_, '_> {
    fn place(&mut self, v: Value) -> usize {
        if let Some(&n) = self.places.get(&v) {
            return n;
        }
        let n = self.words.len();
        self.places.insert(v, n);
        match self.emitter.function.ty(v) {
            Type::Word => {
                let id = local(v);
                self.words.push(quote!(#id));
            }
            Type::Bool => {
                let id = local(v);
                self.words.push(quote!((boolean(vm, #id))));
            }
            Type::Float => {
                let (f, w) = (super::number(v), object(v));
                self.words.extend([quote!((number_word(#f))), quote!(#w)]);
            }
        }
        n
    }
}

impl Table {
    /// The table of a plan; `exit` is its number, if it is counted.
    pub(super) fn of(
        plan: &Plan,
        exit: Option<TokenStream>,
        action: TokenStream,
        emitter: &Emitter,
        record: &dyn Fn(Source) -> usize,
    ) -> Table {
        let mut live = Live {
            emitter,
            words: Vec::new(),
            places: BTreeMap::new(),
        };
        let end = plan.end;
        let operands = plan.operands.iter().enumerate();
        let operands = operands.map(|(i, &source)| Step::Put(end + i, source));
        let mut steps = Steps::default();
        for step in plan.steps.iter().copied().chain(operands) {
            steps.add(step, &mut live, record);
        }
        let steps = steps.all();
        let live_at = plan.frame();
        let exit = exit.unwrap_or(quote!(NOT_COUNTED));
        let (class, end, above) = (
            number(emitter.float_class() as usize),
            number(plan.end),
            number(live_at),
        );
        let operands = number(plan.operands.len());
        Table {
            tokens: quote!(#action #operands, #exit, #end, #above, #class: #(#steps)*),
            live: live.words,
            live_at,
        }
    }
}

/// Steps on their way into a table: words that follow each other are one step.
#[derive(Default)]
struct Steps {
    done: Vec<TokenStream>,
    from: usize,
    words: Vec<TokenStream>,
}

impl Steps {
    fn add(&mut self, step: Step, live: &mut Live, record: &dyn Fn(Source) -> usize) {
        let step = match step {
            Step::Put(at, source) => {
                if at != self.from + self.words.len() {
                    self.flush();
                    self.from = at;
                }
                return self.words.push(word(source, live, record));
            }
            Step::NewArray(n, size) => {
                let (n, size) = (number(n), number(size));
                quote!((array #n, #size))
            }
            Step::Element(n, i, source) => {
                let (n, i) = (number(n), number(i));
                let word = word(source, live, record);
                quote!((element #n, #i, #word))
            }
            Step::NewFloat(v) => {
                let n = number(live.place(v));
                quote!((float #n))
            }
            Step::NewBlock(n, new) => new_block(n, &new, live, record),
        };
        self.flush();
        self.done.push(step);
    }

    fn flush(&mut self) {
        if !self.words.is_empty() {
            let (from, words) = (Literal::usize_unsuffixed(self.from), &self.words);
            self.done.push(quote!((words #from, #(#words)*)));
        }
        self.from += self.words.len();
        self.words.clear();
    }

    fn all(mut self) -> Vec<TokenStream> {
        self.flush();
        self.done
    }
}

fn number(n: usize) -> Literal {
    Literal::usize_unsuffixed(n)
}

/// A word: its kind, and what it is of.
fn word(source: Source, live: &mut Live, record: &dyn Fn(Source) -> usize) -> TokenStream {
    let of = |kind: &str, n: usize| {
        let (kind, n) = (format_ident!("{kind}"), number(n));
        quote!(#kind #n)
    };
    match source {
        Source::Operand(o) => match o {
            Operand::Value(v) => of("live", live.place(v)),
            Operand::Int(n) => {
                let n = Literal::i32_unsuffixed(n);
                quote!(int (#n))
            }
            Operand::True => quote!(truth true),
            Operand::False => quote!(truth false),
            Operand::Literal(n, ..) => of("literal", n as usize),
            Operand::Class(_, n) => of("class", n as usize),
            Operand::Nil | Operand::Closure(_) => quote!(nil _),
        },
        Source::Float(v) => of("live", live.place(v) + 1),
        Source::Closure(n) => of("block", n),
        Source::Array(n) => of("array", n),
        Source::Zero => quote!(zero _),
        Source::TemporariesOf(at) => of("temporaries_of", at),
        Source::ArgumentsOf(at) => of("arguments_of", at),
        Source::Baseline(..) | Source::Own(_) => of("record", record(source)),
    }
}

fn new_block(
    n: usize,
    new: &NewBlock,
    live: &mut Live,
    record: &dyn Fn(Source) -> usize,
) -> TokenStream {
    let array = match new.array {
        Shared::New(n) => Source::Array(n),
        Shared::Known(o) => Source::Operand(o),
    };
    let array = word(array, live, record);
    let emitter = live.emitter;
    let tree = emitter.tree();
    let (info, arity) = tree.block(new.closure);
    let method = emitter.block_method(new.closure.home);
    let (start, params_at) = (info.start as u32, info.params_at);
    let n = number(n);
    let (home, arity) = (number(new.home_at), number(arity));
    let (method, start) = (number(method), number(start as usize));
    let creator = match new.creator {
        None => quote!(Creator::None),
        Some((at, None)) => quote!(Creator::Block(#at)),
        Some((at, Some(slot))) => quote!(Creator::Method(#at, #slot)),
    };
    quote! {
        (block #n, #method, #start, #params_at, #home, #arity, (#creator), #array)
    }
}
