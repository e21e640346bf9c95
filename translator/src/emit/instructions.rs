//! Operations as Rust.

use super::exits::count;
use super::{Emitter, local, number, object};
use crate::ir::op::{Compare, FloatOp, Format};
use crate::ir::{BlockId, Inst, IntOp, Known, Op, Operand, Type, Value};
use crate::passes::liveness;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use smallworld_abi::layout::limits::FRAME_WORDS;
use smallworld_abi::layout::{FLOAT_WORDS, array_words};
use std::collections::BTreeSet;

impl Emitter<'_, '_, '_> {
    /// The instructions of a block.
    pub(super) fn instructions(&self, id: BlockId) -> Result<TokenStream, String> {
        let insts = &self.function.blocks[&id].insts;
        let mut live = liveness::at_end(self.function, id, &self.live_in);
        // What is alive around each instruction: what is needed after it, and what it takes.
        let mut alive = vec![BTreeSet::new(); insts.len()];
        for n in (0..insts.len()).rev() {
            liveness::before(self.function, id, n, &mut live);
            if insts[n].op.effects().collects {
                alive[n] = live.clone();
                let mut after = liveness::at_end(self.function, id, &self.live_in);
                for m in (n + 1..insts.len()).rev() {
                    liveness::before(self.function, id, m, &mut after);
                }
                alive[n].extend(after);
                if let Some(v) = insts[n].result {
                    alive[n].remove(&v);
                }
            }
        }
        let mut out = TokenStream::new();
        let mut n = 0;
        while n < insts.len() {
            let inst = &insts[n];
            // A guard and the operation that it is for have one exit.
            if let (Op::GuardInts, Some(next)) = (inst.op, insts.get(n + 1))
                && let Op::Int(op) = next.op
                && next.exit == inst.exit
            {
                let tests = self.int_tests(&inst.args);
                out.extend(self.int(op, next, &tests));
                n += 2;
                continue;
            }
            out.extend(self.instruction(inst, &alive[n])?);
            n += 1;
        }
        Ok(out)
    }

    fn exit_of(&self, inst: &Inst) -> TokenStream {
        match inst.exit {
            Some(exit) => self.exit(exit),
            None => quote!(unreachable!()),
        }
    }

    /// Tests that operands are SmallInts, but for those that are known to be.
    pub(super) fn int_tests(&self, args: &[Operand]) -> Vec<TokenStream> {
        let mut unknown: Vec<Operand> = args.to_vec();
        unknown.retain(|&o| !self.known(o).is_int());
        unknown.dedup();
        match &unknown[..] {
            [x, y] => {
                let (x, y) = (self.word(*x), self.word(*y));
                vec![quote!(Word::both_ints(#x, #y))]
            }
            others => others
                .iter()
                .map(|&o| {
                    let x = self.word(o);
                    quote!(#x.is_int())
                })
                .collect(),
        }
    }

    fn int(&self, op: IntOp, inst: &Inst, tests: &[TokenStream]) -> TokenStream {
        let (x, y) = (self.word(inst.args[0]), self.word(inst.args[1]));
        let result = match op {
            IntOp::Add => quote!(Word::add(#x, #y)),
            IntOp::Sub => quote!(Word::sub(#x, #y)),
            IntOp::Mul => quote!(Word::mul(#x, #y)),
        };
        let (exit, v) = (self.exit_of(inst), self.result(inst));
        quote! {
            let mut #v = if #(#tests &&)* let Some(w) = #result { w } else { #exit };
        }
    }

    /// The local of what an instruction answers.
    fn result(&self, inst: &Inst) -> Ident {
        local(inst.result.unwrap_or(Value(0)))
    }

    fn instruction(&self, inst: &Inst, alive: &BTreeSet<Value>) -> Result<TokenStream, String> {
        let v = self.result(inst);
        let x: Vec<TokenStream> = inst.args.iter().map(|&o| self.word(o)).collect();
        Ok(match inst.op {
            Op::Argument(i) => {
                let p = super::function::parameter(i);
                quote!(let mut #v = #p;)
            }
            Op::Resumed => quote!(let mut #v = value;),
            Op::FrameWord(at) => {
                let at = count(at);
                quote!(let mut #v = get(base, #at);)
            }
            Op::Safepoint => self.safepoint(),
            Op::Same => {
                let (a, b) = (&x[0], &x[1]);
                quote!(let #v = #a == #b;)
            }
            Op::SameFloat => {
                let (a, b) = (&x[0], &x[1]);
                quote!(let #v = #a != Word::ZERO && #a == #b;)
            }
            Op::Not => {
                let t = self.truth(inst.args[0]);
                quote!(let #v = !#t;)
            }
            Op::IsA(test) => {
                let test = self.class_test(&x[0], test);
                quote!(let #v = #test;)
            }
            Op::AreInts => {
                let (a, b) = (&x[0], &x[1]);
                quote!(let #v = Word::both_ints(#a, #b);)
            }
            Op::GuardInts => {
                let (tests, exit) = (self.int_tests(&inst.args), self.exit_of(inst));
                match tests.is_empty() {
                    true => quote!(),
                    false => quote!(if !(#(#tests)&&*) { #exit }),
                }
            }
            Op::GuardClass(test) => {
                let (test, exit) = (self.class_test(&x[0], test), self.exit_of(inst));
                quote!(if !(#test) { #exit })
            }
            Op::GuardFloats(class) => {
                let exit = self.exit_of(inst);
                quote!(if !(#(is_float_of(#x, #class))&&*) { #exit })
            }
            Op::Int(op) => self.int(op, inst, &[]),
            Op::CompareInts(compare) => {
                let (a, b) = (&x[0], &x[1]);
                match compare {
                    Compare::Less => quote!(let #v = Word::less(#a, #b);),
                    Compare::LessEqual => quote!(let #v = Word::less_equal(#a, #b);),
                    Compare::Equal => quote!(let #v = #a == #b;),
                }
            }
            Op::Quotient => self.or_exit(inst, quote!(quotient(#(#x),*))),
            Op::Remainder => self.or_exit(inst, quote!(remainder(#(#x),*))),
            Op::CompareBytes => self.or_exit(inst, quote!(bytes_compared(#(#x),*))),
            Op::SlotAt { within: true } => self.or_exit(inst, quote!(slot_within(#(#x),*))),
            Op::SlotAt { within: false } => self.or_exit(inst, quote!(slot_at(#(#x),*))),
            Op::ByteAt { within: true } => self.or_exit(inst, quote!(byte_within(#(#x),*))),
            Op::ByteAt { within: false } => self.or_exit(inst, quote!(byte_at(#(#x),*))),
            Op::ClassSlot(at) => {
                let x = &x[0];
                self.or_exit(inst, quote!(class_slot(vm, #x, #at)))
            }
            Op::ClassOf => {
                let x = &x[0];
                quote!(let mut #v = class_object(vm, class_of(vm, #x));)
            }
            Op::SizeOf { object: true } => quote!(let mut #v = size_of_object(#(#x),*);),
            Op::SizeOf { object: false } => quote!(let mut #v = size_of(#(#x),*);),
            Op::Slot { index, known } => {
                let (x, index) = (&x[0], count(index));
                match known {
                    true => quote!(let mut #v = slot(#x, #index);),
                    false => {
                        let exit = self.exit_of(inst);
                        quote! {
                            let mut #v = if has_slot(#x, #index) { slot(#x, #index) } else { #exit };
                        }
                    }
                }
            }
            Op::PutSlot { index, known } => {
                let (me, word, exit) = (&x[0], &x[1], self.exit_of(inst));
                let index = count(index);
                match known {
                    true => quote!(if !put_unwatched(vm, #me, #index, #word) { #exit }),
                    false => quote!(if !assigned(vm, #me, #index, #word) { #exit }),
                }
            }
            Op::Temporary(k) => {
                let (x, k) = (&x[0], count(k));
                quote!(let mut #v = slot(#x, #k);)
            }
            Op::PutTemporary(k) => {
                let (array, word) = (&x[0], &x[1]);
                quote!(store_slot(vm, #array, #k, #word);)
            }
            Op::SlotAtPut { within } => {
                let (exit, put) = (
                    self.exit_of(inst),
                    match within {
                        true => quote!(slot_put_within),
                        false => quote!(slot_put),
                    },
                );
                quote!(if !#put(vm, #(#x),*) { #exit })
            }
            Op::ByteAtPut => {
                let exit = self.exit_of(inst);
                quote!(if !byte_at_put(#(#x),*) { #exit })
            }
            Op::NewObject(format, class) => {
                let (class, size) = (quote!(#class), &x[0]);
                self.new_object(inst, format, class, quote!(#size), alive)?
            }
            Op::JoinBytes => {
                let (a, b) = (&x[0], &x[1]);
                let (class, total) = (quote!(class), quote!(total));
                let new = self.new_object(inst, Format::Bytes, class, total, alive)?;
                quote! {
                    let (class, total) = (class_of(vm, #b), bytes_of_both(#a, #b));
                    #new
                    fill_with_both(#v, #a, #b);
                }
            }
            Op::NewArray => {
                let (room, words) = (self.make_room(alive)?, array_words(x.len()));
                quote! {
                    let words = #words;
                    #room
                    let mut #v = array_of(vm, &[#(#x),*]);
                }
            }
            Op::NewClosure => {
                let (room, words) = (self.make_room(alive)?, array_words(x.len()));
                quote! {
                    let words = #words;
                    #room
                    let mut #v = closure_of(vm, &[#(#x),*]);
                }
            }
            Op::FloatOf => {
                let (f, w, x) = (self.float(inst), self.float_object(inst), &x[0]);
                quote!(let (mut #f, mut #w) = (float_or_zero(#x), #x);)
            }
            Op::FloatOfInt => {
                let x = &x[0];
                self.new_float(inst, quote!(#x.as_int() as f64))
            }
            Op::Float(op) => {
                let (x, y) = (self.number(inst.args[0]), self.number(inst.args[1]));
                self.new_float(
                    inst,
                    match op {
                        FloatOp::Add => quote!(#y + #x),
                        FloatOp::Sub => quote!(#y - #x),
                        FloatOp::Mul => quote!(#y * #x),
                        FloatOp::Div => quote!(#y / #x),
                    },
                )
            }
            Op::CompareFloats(compare) => {
                let (x, y) = (self.number(inst.args[0]), self.number(inst.args[1]));
                match compare {
                    Compare::Less => quote!(let #v = #y < #x;),
                    Compare::LessEqual => quote!(let #v = #y <= #x;),
                    Compare::Equal => quote!(let #v = #y == #x;),
                }
            }
            Op::SquareRoot => {
                let x = self.number(inst.args[0]);
                self.new_float(inst, quote!(#x.sqrt()))
            }
            Op::Truncate => {
                let x = self.number(inst.args[0]);
                quote!(let mut #v = Word::int(#x as i32);)
            }
            Op::Object => {
                let (room, class, words) =
                    (self.make_room(alive)?, self.float_class(), FLOAT_WORDS);
                let (f, w) = (self.number(inst.args[0]), &x[0]);
                quote! {
                    if #w == Word::ZERO {
                        let words = #words;
                        #room
                        #w = boxed_float(vm, #class, #w, #f);
                    }
                    let mut #v = #w;
                }
            }
            Op::Retire {
                at,
                slot,
                caller,
                caller_slot,
                caller_is_block,
            } => quote! {
                retire_in_place(
                    vm, base.add(#at), #slot, base.add(#caller), #caller_slot, #caller_is_block,
                );
            },
        })
    }

    fn or_exit(&self, inst: &Inst, answer: TokenStream) -> TokenStream {
        let (v, exit) = (self.result(inst), self.exit_of(inst));
        quote! {
            let mut #v = match #answer {
                Some(w) => w,
                None => { #exit }
            };
        }
    }

    fn float(&self, inst: &Inst) -> Ident {
        number(inst.result.unwrap_or(Value(0)))
    }

    fn float_object(&self, inst: &Inst) -> Ident {
        object(inst.result.unwrap_or(Value(0)))
    }

    /// A Float without object.
    fn new_float(&self, inst: &Inst, x: TokenStream) -> TokenStream {
        let (f, w) = (self.float(inst), self.float_object(inst));
        quote!(let (mut #f, mut #w) = (#x, Word::ZERO);)
    }

    /// Makes a new object of a format, class and size.
    fn new_object(
        &self,
        inst: &Inst,
        format: Format,
        class: TokenStream,
        size: TokenStream,
        alive: &BTreeSet<Value>,
    ) -> Result<TokenStream, String> {
        let (v, exit) = (self.result(inst), self.exit_of(inst));
        let (format, wanted, new) = match format {
            Format::Slots => (quote!(Slots), quote!(size_wanted), quote!(object_of_nils)),
            Format::Bytes => (quote!(Bytes), quote!(bytes_wanted), quote!(object_of_bytes)),
        };
        let room = self.room_or(alive, |top| {
            quote! {
                #v = room_or_object(
                    vm, base.add(#top), ROOM + words, ObjectFormat::#format, #class, #size,
                );
            }
        })?;
        Ok(quote! {
            let words = #wanted(#size);
            let mut #v = Word::ZERO;
            #room
            if #v == Word::ZERO {
                #v = match #new(vm, #class, #size, ROOM) {
                    Some(w) => w,
                    None => { #exit }
                };
            }
        })
    }

    /// Makes sure of room for the local `words`, on top of what the function has reserved. If the
    /// nursery is full, everything that is alive is put onto the stack, above all frames,
    /// collected, and read back.
    fn make_room(&self, alive: &BTreeSet<Value>) -> Result<TokenStream, String> {
        self.room_or(
            alive,
            |top| quote!(make_room_here(vm, base.add(#top), ROOM + words);),
        )
    }

    /// The same, with what is done when there is none; that sees a stack on which everything
    /// is alive below so many words.
    fn room_or(
        &self,
        alive: &BTreeSet<Value>,
        otherwise: impl FnOnce(usize) -> TokenStream,
    ) -> Result<TokenStream, String> {
        let from = self.function.frame_words;
        let movable = alive
            .iter()
            .filter_map(|&v| match self.function.values[v.0 as usize] {
                (Type::Word, Known::Int | Known::Positive) | (Type::Bool, _) => None,
                (Type::Word, _) => Some(local(v)),
                (Type::Float, _) => Some(object(v)),
            });
        let ids: Vec<Ident> = movable.collect();
        let top = from + ids.len();
        if top > FRAME_WORDS {
            return Err("too much is alive".into());
        }
        let at: Vec<_> = (from..top).map(count).collect();
        let otherwise = otherwise(top);
        Ok(quote! {
            if !has_room(vm, ROOM + words) {
                #(put(base, #at, #ids);)*
                #otherwise
                #(#ids = get(base, #at);)*
            }
        })
    }
}
