//! How a function begins: its parameters, whether it has to pause first, and the state of
//! the activation that it reads into locals.

use super::Function;
use crate::graph::{ends_region, may_leave, reachable, words_taken};
use crate::method::{Kind, bare};
use crate::unit::Start;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use smallworld_abi::layout::{array_words, context_slot};
use smallworld_abi::primitive::Primitive;
use smallworld_image::Op;
use std::collections::BTreeSet;

const RUN_BLOCK: u8 = Primitive::RunBlock.number();
const RUN_CLOSURE: u8 = Primitive::RunClosure.number();
const RUN_CLOSURE_WITH: u8 = Primitive::RunClosureWith.number();
const SLOT_AT_PUT: u8 = Primitive::SlotAtPut.number();

/// What of the activation's state a region reads or writes.
#[derive(Default)]
struct Used {
    arguments: BTreeSet<usize>,
    temporaries: BTreeSet<usize>,
}

/// Where a function looks whether a pause is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Looks {
    /// It makes no frame, and need not.
    Nowhere,
    /// Before all else.
    AtTheStart,
    /// Wherever it leaves, which is rare: as a rule it makes no frame.
    WhereItLeaves,
}

/// More looks than this are not worth their text.
const MOST_LOOKS: usize = 8;

impl Function<'_, '_> {
    /// The parameters after machine and frame.
    pub(super) fn parameters(&self) -> TokenStream {
        match self.start {
            Start::Entry(Some(_)) => quote!(block: Word),
            Start::Entry(None) => {
                let names = (0..self.layout.arguments.min(4)).map(|i| self.argument(i));
                quote!(#(#names: Word),*)
            }
            Start::Resume(_) => quote!(value: Word),
            Start::Label(_) => quote!(_: Word),
        }
    }

    /// Words of nursery that the region may take.
    fn room(&self) -> usize {
        let ops = self.region.instructions();
        let ops = ops.map(|at| self.method.instruction(at).op);
        let mut words = ops.map(|op| words_taken(&op, self.layout.arguments)).sum();
        if self.start == Start::Entry(None) && self.layout.kind == Kind::NativeShared {
            words += array_words(self.method.parts.temporaries);
        }
        words
    }

    /// Where the function has to look whether a pause is due.
    pub(super) fn looks(&self) -> Looks {
        let Start::Entry(owner) = self.start else {
            // A continuation always looks at the native stack: a long chain of returns, none
            // of them a jump, would fill it.
            return Looks::AtTheStart;
        };
        let ops = || {
            self.region
                .instructions()
                .map(|at| (at, self.method.instruction(at).op))
        };
        let always = ops().any(|(at, op)| match op {
            // Blocks that run each other without a send would go on for ever. With more than
            // three arguments the stack is written.
            Op::Primitive {
                number: RUN_BLOCK,
                argc,
            } => owner.is_some() || argc > 4,
            Op::Primitive {
                number: RUN_CLOSURE | RUN_CLOSURE_WITH,
                argc,
            } => self.method.parts.outer.is_some() || argc > 4,
            Op::Send { .. } | Op::SuperSend { .. } | Op::Primitive { .. } => ends_region(&op),
            Op::Jump(t) => t <= at,
            _ => false,
        });
        if always || self.method.pushes_context() || self.room() > 0 || !self.region.cuts.is_empty()
        {
            return Looks::AtTheStart;
        }
        let leaves: BTreeSet<usize> = ops()
            .filter(|(_, op)| may_leave(op, self.method.arity))
            .map(|(at, _)| at)
            .collect();
        // After the pause everything is done again, so nothing may have been done before.
        let done_before = ops().filter(|(_, op)| self.acts(op)).any(|(at, _)| {
            let later = reachable(self.method, at, &self.region.cuts);
            !later.is_disjoint(&leaves)
        });
        match leaves.len() {
            0 => Looks::Nowhere,
            1..=MOST_LOOKS if !done_before => Looks::WhereItLeaves,
            _ => Looks::AtTheStart,
        }
    }

    /// Would it matter if the instruction was done twice?
    fn acts(&self, op: &Op) -> bool {
        match op {
            Op::AssignInstance(_)
            | Op::AssignSlot(_)
            | Op::Primitive {
                number: SLOT_AT_PUT,
                ..
            } => true,
            Op::AssignTemporary(_) => self.layout.kind != Kind::Native,
            _ => false,
        }
    }

    /// The look whether a pause is due.
    pub(super) fn look(&self) -> TokenStream {
        let name = self.unit.known_function(self.start);
        let is_entry = matches!(self.start, Start::Entry(_));
        let due = if is_entry {
            quote!(pause_due(vm, fp))
        } else {
            quote!(too_deep(vm))
        };
        let room = self.room();
        let due = if room > 0 {
            quote!(#due || !has_room(vm, #room))
        } else {
            due
        };
        let pause = match self.start {
            Start::Entry(None) => {
                let n = self.layout.arguments;
                let registers = n.min(4);
                let code = format_ident!("of{registers}");
                let pause = format_ident!("pause{registers}");
                let args = (0..registers).map(|i| self.argument(i));
                let n = n as u32;
                quote! {
                    set_pending(vm, Code::#code(#name), #n);
                    return #pause(vm, fp, #(#args),*);
                }
            }
            Start::Entry(Some(_)) => quote! {
                set_pending(vm, Code::of1(#name), 1);
                return pause1(vm, fp, block);
            },
            Start::Resume(_) => quote! {
                set_pending(vm, Code::of1(#name), 1);
                return pause1(vm, fp, value);
            },
            Start::Label(_) => quote! {
                set_pending(vm, Code::of1(#name), 1);
                return pause1(vm, fp, Word::ZERO);
            },
        };
        quote!(if #due { #pause })
    }

    /// What comes before the code of the region: the frame's base, the pause if one is due,
    /// and the state in locals.
    pub(super) fn prologue(&mut self) -> TokenStream {
        let mut out = TokenStream::new();
        let layout = self.layout;
        let is_entry = matches!(self.start, Start::Entry(_));
        if is_entry {
            out.extend(quote!(let base = fp;));
        } else {
            let size = layout.record(self.in_frame);
            out.extend(quote!(let base = fp.sub(#size);));
        }
        if self.looks() == Looks::AtTheStart {
            out.extend(self.look());
        }
        out.extend(self.load_state());
        if is_entry && self.spilled {
            out.extend(self.spill_fixed());
        }
        out
    }

    /// Locals for the arguments and temporaries that the region uses.
    fn load_state(&self) -> TokenStream {
        let mut out = TokenStream::new();
        let layout = self.layout;
        let used = self.used();
        let is_entry = matches!(self.start, Start::Entry(_));
        if layout.kind == Kind::NativeBlock {
            if is_entry {
                let (n, t) = (self.method.arity, self.method.parts.temporaries);
                let arguments = bare(context_slot::ARGUMENTS);
                let temporaries = bare(context_slot::TEMPORARIES);
                out.extend(quote! {
                    let arguments = slot(block, #arguments);
                    let temporaries = slot(block, #temporaries);
                    if !block_intact(arguments, #n, temporaries, #t) {
                        return enter_block(vm, fp, block);
                    }
                });
            } else {
                let (t, a) = (layout.temporaries(), layout.arguments_array());
                out.extend(quote! {
                    let block = get(base, 0);
                    let temporaries = get(base, #t);
                    let arguments = get(base, #a);
                });
            }
            for &i in &used.arguments {
                let a = self.argument(i);
                out.extend(quote!(let #a = slot(arguments, #i);));
            }
            return out;
        }
        let registers = if is_entry { 4 } else { 0 };
        for &i in used.arguments.iter().filter(|&&i| i >= registers) {
            let a = self.argument(i);
            out.extend(quote!(let #a = get(base, #i);));
        }
        match layout.kind {
            Kind::Native if is_entry => {
                for i in 0..layout.inline {
                    let t = self.temporary(i);
                    out.extend(quote!(let mut #t = nil(vm);));
                }
            }
            Kind::Native => {
                for &i in &used.temporaries {
                    let (t, at) = (self.temporary(i), layout.temporary(i));
                    out.extend(quote!(let mut #t = get(base, #at);));
                }
            }
            _ if is_entry => {
                let n = self.method.parts.temporaries;
                out.extend(quote!(let temporaries = bump_nils(vm, #n);));
            }
            _ => {
                let at = layout.temporaries();
                out.extend(quote!(let temporaries = get(base, #at);));
            }
        }
        out
    }

    /// Arguments and temporaries that the region's instructions name.
    fn used(&self) -> Used {
        let mut used = Used::default();
        for at in self.region.instructions() {
            match self.method.instruction(at).op {
                // Others are asked for where they are pushed.
                Op::PushArgument(i) if usize::from(i) < self.method.arity => {
                    used.arguments.insert(i as usize);
                }
                Op::PushInstance(_)
                | Op::AssignInstance(_)
                | Op::PushClassVariable(_)
                | Op::HomeReturn
                | Op::ReturnSelf => {
                    used.arguments.insert(0);
                }
                Op::PushTemporary(i) | Op::AssignTemporary(i) => {
                    used.temporaries.insert(i as usize);
                }
                _ => {}
            }
        }
        used
    }
}
