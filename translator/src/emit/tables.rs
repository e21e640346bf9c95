//! Side exits as data: what frames they write, and what follows. The code of such an exit only
//! puts the values that are in registers above the frames; the runtime does the rest.

use super::exits::count;
use super::{Emitter, function_name, local, object};
use crate::ir::{Action, Entry, Operand, Type, Value};
use crate::passes::frames::{NewBlock, Plan, Shared, Source, Step};
use crate::specialise::layouts::Layouts;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeMap;

/// The tables of a specialisation, equal ones once.
#[derive(Default)]
pub(crate) struct Tables {
    numbers: BTreeMap<Table, usize>,
    tables: Vec<Table>,
    float_class: u32,
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

/// One exit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Table {
    action: Action,
    operands: usize,
    /// Its number, if it is counted.
    exit: Option<usize>,
    end: usize,
    /// Where the first of the registers is.
    pub(super) live_at: usize,
    rows: Vec<Row>,
}

/// One step: words that follow each other are one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    Words(usize, Vec<Word>),
    Array(usize, usize),
    Element(usize, usize, Word),
    Float(usize),
    Block(usize, Block),
}

/// Where a word comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Word {
    Live(usize),
    Zero,
    Nil,
    Truth(bool),
    Int(i32),
    Literal(u32),
    Class(u32),
    Array(usize),
    Block(usize),
    TemporariesOf(usize),
    ArgumentsOf(usize),
    Record(usize),
}

/// What a Block is made of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Block {
    method: usize,
    start: usize,
    params_at: u8,
    home: usize,
    arity: usize,
    creator: Option<(usize, Option<usize>)>,
    array: Word,
}

impl Tables {
    /// For a class of Floats.
    pub(super) fn new(float_class: u32) -> Tables {
        Tables {
            float_class,
            ..Tables::default()
        }
    }

    /// The name of a table.
    pub(super) fn add(&mut self, table: Table) -> Ident {
        let next = self.tables.len();
        let n = *self.numbers.entry(table.clone()).or_insert(next);
        if n == next {
            self.tables.push(table);
        }
        name(n)
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
        if self.tables.is_empty() {
            return TokenStream::new();
        }
        let (records, size) = (&self.descriptors, count(self.descriptors.len()));
        let class = Literal::u32_unsuffixed(self.float_class);
        let tables = self.tables.iter().enumerate().map(|(n, table)| {
            let (name, table) = (name(n), table.tokens(&class));
            quote!(frame_table!(#name #table);)
        });
        quote! {
            static RECORDS: [&Descriptor; #size] = [#(&#records),*];
            #(#tables)*
        }
    }
}

fn name(n: usize) -> Ident {
    format_ident!("EXIT_{n}")
}

impl Table {
    /// The table of a plan, and the words that its code puts above the frames. `exit` is its
    /// number, if it is counted; `record` gives the numbers of descriptors.
    pub(super) fn of(
        plan: &Plan,
        exit: Option<usize>,
        action: Action,
        emitter: &Emitter,
        record: &dyn Fn(Source) -> usize,
    ) -> (Table, Vec<TokenStream>) {
        let mut maker = Maker {
            emitter,
            record,
            live: Vec::new(),
            places: BTreeMap::new(),
            rows: Vec::new(),
            at: 0,
        };
        let operands = plan.operands.iter().enumerate();
        let operands = operands.map(|(i, &source)| Step::Put(plan.end + i, source));
        for step in plan.steps.iter().copied().chain(operands) {
            maker.step(step);
        }
        let table = Table {
            action,
            operands: plan.operands.len(),
            exit,
            end: plan.end,
            live_at: plan.frame(),
            rows: maker.rows,
        };
        (table, maker.live)
    }

    fn tokens(&self, class: &Literal) -> TokenStream {
        let action = action(self.action);
        let (operands, end, live) = (count(self.operands), count(self.end), count(self.live_at));
        let exit = match self.exit {
            Some(n) => {
                let n = count(n);
                quote!(FIRST_EXIT + #n)
            }
            None => quote!(NOT_COUNTED),
        };
        let rows = self.rows.iter().map(Row::tokens);
        quote!(#action #operands, #exit, #end, #live, #class: #(#rows)*)
    }
}

/// What follows once the frames are written.
fn action(action: Action) -> TokenStream {
    let of = |kind: &str, n: usize| {
        let (kind, n) = (format_ident!("{kind}"), count(n));
        quote!(#kind(#n))
    };
    match action {
        Action::Send { site, is_super } => {
            of(if is_super { "Super" } else { "Send" }, site as usize)
        }
        Action::Primitive(n) => of("Primitive", usize::from(n)),
        Action::NoInstanceVariable(k) => of("NoInstanceVariable", k),
        Action::AssignElsewhere(k) => of("AssignElsewhere", k),
        Action::NoClassVariable(k) => of("NoClassVariable", k),
        Action::Pause(entry) | Action::GoToLoop(entry) => {
            let function = function_name(entry);
            quote!(Pause(#function))
        }
        // These are calls: a function of ours goes on, and no table has them.
        Action::CallSelf | Action::RunBlock | Action::RunClosure | Action::RunClosureWith => {
            TokenStream::new()
        }
    }
}

/// Makes rows of steps.
struct Maker<'e, 'c, 'a, 'i> {
    emitter: &'e Emitter<'c, 'a, 'i>,
    record: &'e dyn Fn(Source) -> usize,
    /// The words that are in registers.
    live: Vec<TokenStream>,
    places: BTreeMap<Value, usize>,
    rows: Vec<Row>,
    /// Where the words of the last row end.
    at: usize,
}

impl Maker<'_, '_, '_, '_> {
    /// The register of a value; the next is that of a Float's object.
    fn place(&mut self, v: Value) -> usize {
        if let Some(&n) = self.places.get(&v) {
            return n;
        }
        let n = self.live.len();
        self.places.insert(v, n);
        let id = local(v);
        match self.emitter.function.ty(v) {
            Type::Word => self.live.push(quote!(#id)),
            Type::Bool => self.live.push(quote!((boolean(vm, #id)))),
            Type::Float => {
                let (f, w) = (super::number(v), object(v));
                self.live.extend([quote!((number_word(#f))), quote!(#w)]);
            }
        }
        n
    }

    fn step(&mut self, step: Step) {
        let row = match step {
            Step::Put(at, source) => {
                let word = self.word(source);
                let follows = at == self.at;
                self.at = at + 1;
                if follows && let Some(Row::Words(_, words)) = self.rows.last_mut() {
                    return words.push(word);
                }
                Row::Words(at, vec![word])
            }
            Step::NewArray(n, size) => Row::Array(n, size),
            Step::Element(n, i, source) => Row::Element(n, i, self.word(source)),
            Step::NewFloat(v) => Row::Float(self.place(v)),
            Step::NewBlock(n, new) => Row::Block(n, self.block(&new)),
        };
        self.rows.push(row);
    }

    fn word(&mut self, source: Source) -> Word {
        match source {
            Source::Operand(o) => match o {
                Operand::Value(v) => Word::Live(self.place(v)),
                Operand::Int(n) => Word::Int(n),
                Operand::True => Word::Truth(true),
                Operand::False => Word::Truth(false),
                Operand::Literal(n, ..) => Word::Literal(n),
                Operand::Class(_, n) => Word::Class(n),
                Operand::Nil | Operand::Closure(_) => Word::Nil,
            },
            Source::Float(v) => Word::Live(self.place(v) + 1),
            Source::Closure(n) => Word::Block(n),
            Source::Array(n) => Word::Array(n),
            Source::Zero => Word::Zero,
            Source::TemporariesOf(at) => Word::TemporariesOf(at),
            Source::ArgumentsOf(at) => Word::ArgumentsOf(at),
            Source::Baseline(..) | Source::Own(_) => Word::Record((self.record)(source)),
        }
    }

    fn block(&mut self, new: &NewBlock) -> Block {
        let array = match new.array {
            Shared::New(n) => Source::Array(n),
            Shared::Known(o) => Source::Operand(o),
        };
        let array = self.word(array);
        let tree = self.emitter.tree();
        let (info, arity) = tree.block(new.closure);
        Block {
            method: self.emitter.block_method(new.closure.home),
            start: info.start,
            params_at: info.params_at,
            home: new.home_at,
            arity,
            creator: new.creator,
            array,
        }
    }
}

impl Row {
    fn tokens(&self) -> TokenStream {
        match self {
            Row::Words(from, words) => {
                let (from, words) = (count(*from), words.iter().map(|w| w.tokens()));
                quote!((words #from, #(#words)*))
            }
            Row::Array(n, size) => {
                let (n, size) = (count(*n), count(*size));
                quote!((array #n, #size))
            }
            Row::Element(n, i, word) => {
                let (n, i, word) = (count(*n), count(*i), word.tokens());
                quote!((element #n, #i, #word))
            }
            Row::Float(n) => {
                let n = count(*n);
                quote!((float #n))
            }
            Row::Block(n, block) => {
                let (n, block) = (count(*n), block.tokens());
                quote!((block #n, #block))
            }
        }
    }
}

impl Block {
    fn tokens(&self) -> TokenStream {
        let (method, start) = (count(self.method), count(self.start));
        let params_at = count(usize::from(self.params_at));
        let (home, arity) = (count(self.home), count(self.arity));
        let creator = match self.creator {
            None => quote!(Creator::None),
            Some((at, None)) => {
                let at = count(at);
                quote!(Creator::Block(#at))
            }
            Some((at, Some(slot))) => {
                let (at, slot) = (count(at), count(slot));
                quote!(Creator::Method(#at, #slot))
            }
        };
        let array = self.array.tokens();
        quote!(#method, #start, #params_at, #home, #arity, (#creator), #array)
    }
}

impl Word {
    /// Its kind, and what it is of.
    fn tokens(&self) -> TokenStream {
        let of = |kind: &str, n: usize| {
            let (kind, n) = (format_ident!("{kind}"), count(n));
            quote!(#kind #n)
        };
        match *self {
            Word::Live(n) => of("live", n),
            Word::Zero => quote!(zero _),
            Word::Nil => quote!(nil _),
            Word::Truth(truth) => quote!(truth #truth),
            Word::Int(n) => {
                let n = Literal::i32_unsuffixed(n);
                quote!(int (#n))
            }
            Word::Literal(n) => of("literal", n as usize),
            Word::Class(n) => of("class", n as usize),
            Word::Array(n) => of("array", n),
            Word::Block(n) => of("block", n),
            Word::TemporariesOf(at) => of("temporaries_of", at),
            Word::ArgumentsOf(at) => of("arguments_of", at),
            Word::Record(n) => of("record", n),
        }
    }
}
