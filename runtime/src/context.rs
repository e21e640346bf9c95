//! Contexts: activations as objects.
//!
//! An activation lives in its frame on the machine stack. It gets a Context object only
//! when somebody can see it: a block with `^` needs to know its creator, and primitive
//! 35 shows the whole chain of callers. The frame then refers to its Context, so that
//! an activation has one identity. (Miranda's "Under Cover Contexts and the Big Frame-Up",
//! 2009, describes the same marriage of frames and contexts; ours is simpler, because a
//! frame that shares its temporaries with a Context is turned into that Context.)

use crate::allocate::AllocationError;
use crate::blocks::CALLER_UNKNOWN;
use crate::code::{Exit, Fp, too_deep};
use crate::frame::{self, Descriptor, Kind, Record};
use crate::object::{self, ObjectFormat};
use crate::value::Word;
use crate::vm::{BLOCK, CONTEXT, Vm};
use smallworld_abi::layout::block_slot::*;
use smallworld_abi::layout::context_slot::*;
use smallworld_abi::layout::{DESCRIPTOR, FrameLayout, PACKED, RECEIVER, method_slot};

/// `Class>>selector @ip` of an activation, for people.
pub(crate) fn place_of(vm: &Vm, r: &Record) -> String {
    let method = vm.record_method(r);
    let ip = match r.descriptor.kind {
        // SAFETY: the record's first word is the activation's Context.
        Kind::Heap => vm.slot_of(unsafe { *r.base }, BYTE_POINTER),
        _ => Some(Word::int(vm.record_view(r).ip as i32)),
    };
    let ip = ip.and_then(Word::to_int).unwrap_or(0);
    format!("{} @{ip}", vm.name_of_method(method))
}

/// The record of an activation whose state is in its Context.
pub static HEAP: Descriptor = Descriptor::special(resume_heap, Kind::Heap, 0);

/// Everything a Context says about an activation.
struct View {
    method: Word,
    ip: usize,
    stack: (Fp, usize),
}

impl Vm {
    /// The Method object of an activation.
    pub(crate) fn record_method(&self, r: &Record) -> Word {
        let d = r.descriptor;
        // SAFETY: the record is complete, so the words its kind promises are there.
        unsafe {
            match d.kind {
                Kind::Native | Kind::NativeShared => {
                    let number = self.native_methods[d.method as usize];
                    self.methods[number as usize].object
                }
                Kind::NativeBlock => object::slot(*r.base, METHOD),
                Kind::Interpreted => *r.base.add(r.layout().method()),
                Kind::Heap => object::slot(*r.base, METHOD),
                _ => self.nil,
            }
        }
    }

    /// The receiver of an activation (of the home method, for a block).
    pub(crate) fn record_receiver(&self, r: &Record) -> Word {
        // SAFETY: the record is complete.
        let first = unsafe { *r.base };
        let holder = match r.descriptor.kind {
            Kind::NativeBlock | Kind::Heap => first,
            Kind::Interpreted if r.is_interpreted_block() => first,
            _ => return first,
        };
        self.slot_of(holder, ARGUMENTS)
            .and_then(|a| self.slot_of(a, RECEIVER))
            .unwrap_or(self.nil)
    }

    /// Is the activation one of a block?
    fn record_is_block(&self, r: &Record) -> bool {
        match r.descriptor.kind {
            Kind::NativeBlock => true,
            _ => r.is_interpreted_block(),
        }
    }

    fn record_view(&self, r: &Record) -> View {
        let d = r.descriptor;
        // SAFETY: the record is complete.
        unsafe {
            if d.kind == Kind::Interpreted {
                let p = frame::packed(r.end);
                let inline = if p.block {
                    0
                } else {
                    self.interpreted_inline(r)
                };
                let layout = FrameLayout::interpreted(p.arguments, inline);
                let stack = r.base.add(layout.operand(0));
                let depth = r.end.sub(PACKED).offset_from(stack) as usize;
                View {
                    method: self.record_method(r),
                    ip: p.ip,
                    stack: (stack, depth),
                }
            } else {
                let depth = d.stack as usize;
                View {
                    method: self.record_method(r),
                    ip: d.ip as usize,
                    stack: (r.end.sub(DESCRIPTOR + depth), depth),
                }
            }
        }
    }

    /// The Context of an activation; made if there is none yet. A new one says nothing
    /// but who it is, until [`Vm::reify`] fills it in.
    ///
    /// # Errors
    /// Memory is exhausted.
    pub(crate) fn context_of(&mut self, top: Fp, r: &Record) -> Result<Word, AllocationError> {
        let slot = r.context_slot();
        // SAFETY: every activation's record has that slot; it is on the stack, so that
        // it is right again after a collection.
        unsafe {
            if *slot != Word::ZERO {
                return Ok(*slot);
            }
            let block = self.record_is_block(r);
            let (class, size) = if block {
                (BLOCK, BLOCK_SIZE)
            } else {
                (CONTEXT, CONTEXT_SIZE)
            };
            let c = self.allocate(top, class, ObjectFormat::Slots, size)?;
            *slot = c;
            self.store_slot(c, PREVIOUS, CALLER_UNKNOWN);
            if block {
                let b = *r.base;
                for i in [
                    METHOD,
                    ARGUMENTS,
                    TEMPORARIES,
                    ARGUMENT_LOCATION,
                    CREATOR,
                    OLD_BYTE_POINTER,
                ] {
                    self.store_slot(c, i, object::slot(b, i));
                }
            }
            Ok(c)
        }
    }

    /// Shows the chain of activations from the record that ends at `fp` down to the
    /// start of its chain (a process or a primitive 6), and answers the first Context.
    ///
    /// # Errors
    /// Memory is exhausted.
    ///
    /// # Safety
    /// `fp` ends a complete record; `top >= fp` ends the live part of the stack.
    pub(crate) unsafe fn reify(&mut self, fp: Fp, top: Fp) -> Result<Word, AllocationError> {
        // SAFETY: records are walked as the frame module lays them out.
        unsafe {
            let mut end = fp;
            let mut above: Option<Record> = None;
            loop {
                let r = Record::ending_at(end);
                if !r.is_activation() {
                    if let Some(a) = above {
                        let callee = *a.context_slot();
                        self.store_slot(callee, PREVIOUS, self.nil);
                        self.settle(&a);
                    }
                    break;
                }
                self.fill_context(top, &r)?;
                if let Some(a) = above {
                    let caller = *r.context_slot();
                    self.store_slot(*a.context_slot(), PREVIOUS, caller);
                    self.settle(&a);
                }
                end = r.base;
                above = Some(r);
            }
            let first = Record::ending_at(fp);
            Ok(if first.is_activation() {
                *first.context_slot()
            } else {
                self.nil
            })
        }
    }

    /// Temporaries that an interpreted method keeps in its frame.
    fn interpreted_inline(&self, r: &Record) -> usize {
        // SAFETY: the record is complete.
        unsafe { crate::interpreter::frame_method(r.base, r.arguments()) }.inline
    }

    /// Where an activation's temporaries are, and how many, if they are in its frame.
    fn frame_temporaries(&self, r: &Record) -> Option<(Fp, usize)> {
        let layout = r.layout();
        let from = r.base.wrapping_add(layout.temporary(0));
        match layout.kind {
            Kind::Native => Some((from, layout.inline)),
            // SAFETY: the record is complete.
            Kind::Interpreted if unsafe { *r.base.add(layout.temporaries()) } == Word::ZERO => {
                Some((from, self.interpreted_inline(r)))
            }
            _ => None,
        }
    }

    /// Writes what the frame knows into the activation's Context.
    unsafe fn fill_context(&mut self, top: Fp, r: &Record) -> Result<(), AllocationError> {
        if r.descriptor.kind == Kind::Heap {
            return Ok(());
        }
        self.context_of(top, r)?;
        let view = self.record_view(r);
        let layout = r.layout();
        let slot = r.context_slot();
        // SAFETY: the record is complete; `*slot` is read anew after each allocation.
        unsafe {
            self.store_slot(*slot, METHOD, view.method);
            if !self.record_is_block(r) {
                let shared = matches!(r.descriptor.kind, Kind::NativeShared | Kind::Interpreted);
                let array = r.base.wrapping_add(layout.arguments_array());
                let arguments = if shared && *array != Word::ZERO {
                    *array
                } else {
                    let a = self.new_array(top, r.base, layout.arguments)?;
                    if shared {
                        *array = a;
                        // See `native::arguments_array`.
                        object::set_flags(a, object::WATCHED, 0);
                    }
                    a
                };
                self.store_slot(*slot, ARGUMENTS, arguments);
                let temporaries = match self.frame_temporaries(r) {
                    Some((from, size)) => self.new_array(top, from, size)?,
                    None => *r.base.add(layout.temporaries()),
                };
                self.store_slot(*slot, TEMPORARIES, temporaries);
            }
            // The method object may have moved since `view` was taken; the depth and the
            // stack's place have not. The Array is as long as the method asks for.
            let wanted = self
                .slot_of(self.record_method(r), method_slot::STACK_SIZE)
                .and_then(Word::to_int)
                .map_or(0, |n| n.clamp(0, 10_000) as usize);
            let size = wanted.max(view.stack.1);
            let stack = self.allocate(top, crate::vm::ARRAY, ObjectFormat::Slots, size)?;
            for i in 0..view.stack.1 {
                self.store_slot(stack, i, *view.stack.0.add(i));
            }
            self.store_slot(*slot, STACK, stack);
            self.store_slot(*slot, BYTE_POINTER, Word::int(view.ip as i32));
            self.store_slot(*slot, STACK_TOP, Word::int(view.stack.1 as i32));
        }
        Ok(())
    }

    /// A frame that keeps its temporaries to itself would go on without regard
    /// to its Context, so from here on the Context is the activation.
    unsafe fn settle(&mut self, r: &Record) {
        if self.frame_temporaries(r).is_some_and(|(_, size)| size > 0) {
            // SAFETY: the record is complete.
            unsafe { self.move_to_context(r) };
        }
    }

    /// Replaces a record by one that refers to the activation's (filled) Context.
    ///
    /// # Safety
    /// The record is complete and its Context is filled in.
    pub(crate) unsafe fn move_to_context(&mut self, r: &Record) {
        // SAFETY: any activation's record has at least three words.
        unsafe {
            let context = *r.context_slot();
            let size = r.end.offset_from(r.base) as usize;
            let mut p = r.base;
            *p = context;
            p = p.add(1);
            while p < r.end.sub(PACKED) {
                *p = Word::ZERO;
                p = p.add(1);
            }
            *r.end.sub(PACKED) = frame::pack(size, 0, 0, false);
            *r.end.sub(DESCRIPTOR) = HEAP.word();
        }
    }

    /// Turns the record that ends at `fp` into its Context. Answers base and Context.
    ///
    /// # Errors
    /// Memory is exhausted.
    ///
    /// # Safety
    /// A complete record of an activation ends at `fp`.
    pub(crate) unsafe fn settle_record(&mut self, fp: Fp) -> Result<(Fp, Word), AllocationError> {
        // SAFETY: the caller's.
        unsafe {
            let r = Record::ending_at(fp);
            self.fill_context(fp, &r)?;
            let context = *r.context_slot();
            self.move_to_context(&r);
            Ok((r.base, context))
        }
    }

    /// An activation that made a block with `^` returns `value`: the block may outlive
    /// it, and then needs to know the caller. Answers the value, which may have moved.
    ///
    /// # Safety
    /// `fp` is the base of the returning activation; `context_slot` is its, and holds a
    /// Context; the word after it may be overwritten.
    pub(crate) unsafe fn retire(&mut self, fp: Fp, context_slot: Fp, value: Word) -> Word {
        // SAFETY: the caller's; what must survive is below the top we give.
        unsafe {
            let kept = context_slot.add(1);
            *kept = value;
            let caller = Record::ending_at(fp);
            let previous = if caller.is_activation() {
                // With no memory left the block forgets its caller: `^` in it will say
                // that it cannot return.
                self.context_of(kept.add(1), &caller)
                    .unwrap_or(CALLER_UNKNOWN)
            } else {
                self.nil
            };
            self.store_slot(*context_slot, PREVIOUS, previous);
            *kept
        }
    }

    /// Finds the activation in the active process that has this Context.
    ///
    /// # Safety
    /// `fp` ends a complete record.
    pub(crate) unsafe fn find_record(&self, fp: Fp, context: Word) -> Option<Record> {
        let mut end = fp;
        loop {
            // SAFETY: as for `reify`.
            unsafe {
                let r = Record::ending_at(end);
                if r.descriptor.kind == Kind::Bottom {
                    return None;
                }
                if r.is_activation() && *r.context_slot() == context {
                    return Some(r);
                }
                end = r.base;
            }
        }
    }
}

/// Continues an activation whose state is in its Context: the interpreter takes over.
unsafe fn resume_heap(vm: &mut Vm, fp: Fp, value: Word) -> Exit {
    // SAFETY: called with the end of a Heap record.
    unsafe {
        if too_deep(vm) {
            return crate::pause::leave1(vm, fp, value, crate::code::Code::of1(resume_heap));
        }
        let r = Record::ending_at(fp);
        let context = *r.base;
        crate::interpreter::enter_context(vm, r.base, context, Some(value))
    }
}
