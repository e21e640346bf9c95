//! The interpreter: runs any method that the verifier accepts.
//!
//! It shares the machine stack, the records and the inline caches with native code, and
//! its functions are code like any other: they are entered and left by tail calls. Sends
//! between interpreted methods stay inside `run`.
//!
//! Where the words of its frames are is said by [`FrameLayout::interpreted`]. While an activation
//! waits, a packed word (see [`pack`]) and the descriptor follow.

mod decoded;
mod outline;
mod run;

use self::run::run;
use crate::blocks;
use crate::code::{Code, Exit, Fp, too_deep};
use crate::errors;
use crate::frame::{Descriptor, Kind, pack};
use crate::methods::{Method, NO_METHOD};
use crate::object::{self, ObjectFormat};
use crate::pause;
use crate::value::Word;
use crate::vm::{ARRAY, Vm};
pub use decoded::Insn;
use smallworld_abi::layout::{
    DESCRIPTOR, FrameLayout, PACKED, RECEIVER, block_slot, closure_slot, context_slot,
};

/// The frame of a block's activation.
const BLOCK_FRAME: FrameLayout = FrameLayout::interpreted_block();

/// The record of an interpreted activation that waits.
pub static INTERPRETED: Descriptor = Descriptor::special(resume, Kind::Interpreted, 0);

/// The activation that [`run`] is in. Passed by value to whatever is not inlined, so
/// that its fields stay in registers.
#[derive(Clone, Copy)]
struct Activation {
    base: Fp,
    sp: Fp,
    ip: usize,
    /// What a packed word says of the activation for good: arguments, and block or not.
    tail: u64,
    method: *const Method,
    code: *const Insn,
}

impl Activation {
    /// The words of its frame, but for temporaries in it.
    #[inline(always)]
    fn layout(&self) -> FrameLayout {
        FrameLayout::interpreted((self.tail >> 56) as usize, 0)
    }

    /// Is it a block's?
    #[inline(always)]
    fn is_block(&self) -> bool {
        self.tail & 2 != 0
    }
}

/// Where the machine keeps a method: it stays there, whatever happens to the table.
fn method_at(vm: &mut Vm, number: u32) -> *mut Method {
    &raw mut *vm.methods[number as usize]
}

/// The frame's word for a Method: odd, so that the collector leaves it alone. Methods
/// stay where they are, and live while an activation holds their Method object.
fn method_word(m: &Method) -> Word {
    Word(&raw const *m as u64 | 1)
}

/// The Method of an interpreted activation at `base`.
///
/// # Safety
/// There is one, with that many arguments.
#[inline(always)]
pub(crate) unsafe fn frame_method<'m>(base: Fp, arguments: usize) -> &'m Method {
    let at = FrameLayout::interpreted(arguments, 0).machine_method();
    // SAFETY: see `method_word`.
    unsafe { &*(((*base.add(at)).0 - 1) as *const Method) }
}

macro_rules! entries {
    ($($name:ident ($($a:ident),*);)*) => {$(
        /// Entry of an interpreted method, for that many register arguments.
        unsafe fn $name(vm: &mut Vm, fp: Fp, a0: Word $(, $a: Word)*) -> Exit {
            let words = [a0 $(, $a)*];
            let number = vm.callee_of_site(a0);
            let count = usize::from(vm.site_table[vm.site as usize].arity);
            // SAFETY: there is room for a frame at `fp`; arguments from the fifth on are in it.
            unsafe {
                for (i, w) in words.into_iter().enumerate() {
                    *fp.add(i) = w;
                }
                enter_method(vm, fp, number, count)
            }
        }
    )*};
}

entries! {
    enter1();
    enter2(a1);
    enter3(a1, a2);
    enter4(a1, a2, a3);
}

/// The code by which a send of so many values enters an interpreted method. It may be any
/// method: it is run with the values that the send has passed.
pub fn entry_of_arity(arity: usize) -> Code {
    match arity {
        0 | 1 => Code::of1(enter1),
        2 => Code::of2(enter2),
        3 => Code::of3(enter3),
        _ => Code::of4(enter4),
    }
}

macro_rules! closure_entries {
    ($($name:ident ($($a:ident),*);)*) => {$(
        /// Entry of a closure's method that is interpreted, for that many register arguments.
        unsafe fn $name(vm: &mut Vm, fp: Fp, a0: Word $(, $a: Word)*) -> Exit {
            let words = [a0 $(, $a)*];
            let method = vm.slot_of(a0, closure_slot::METHOD).unwrap_or(vm.nil);
            let number = vm.method_number(method).unwrap_or(NO_METHOD);
            // SAFETY: there is room for a frame at `fp`; arguments from the fifth on are in it. Who
            // has found this entry has seen that the method takes so many.
            unsafe {
                for (i, w) in words.into_iter().enumerate() {
                    *fp.add(i) = w;
                }
                if number == NO_METHOD {
                    let problem = vm.closure_problem(a0, words.len());
                    return errors::block_failed(vm, fp, a0, problem);
                }
                let count = vm.methods[number as usize].arity;
                enter_method(vm, fp, number, count)
            }
        }
    )*};
}

closure_entries! {
    enter_closure1();
    enter_closure2(a1);
    enter_closure3(a1, a2);
    enter_closure4(a1, a2, a3);
}

/// The code by which a closure with an interpreted method is entered, with so many values.
pub(crate) fn closure_entry_of_arity(arity: usize) -> Code {
    match arity {
        0 | 1 => Code::of1(enter_closure1),
        2 => Code::of2(enter_closure2),
        3 => Code::of3(enter_closure3),
        _ => Code::of4(enter_closure4),
    }
}

/// Starts a method with the `count` values at `fp`.
///
/// # Safety
/// `fp[0..count]` are the values, from 1 to 255; a complete record ends at `fp`.
pub(crate) unsafe fn enter_method(vm: &mut Vm, fp: Fp, number: u32, count: usize) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        match begin_method(vm, fp, number, count) {
            Ok(a) => run_or_leave(vm, a),
            Err(exit) => exit,
        }
    }
}

/// Code of a block that has no native code: starts it.
///
/// # Safety
/// Called as block code: `block` has been given its arguments.
pub unsafe fn enter_block(vm: &mut Vm, fp: Fp, block: Word) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        match begin_block(vm, fp, block) {
            Ok(a) => run_or_leave(vm, a),
            Err(exit) => exit,
        }
    }
}

/// Runs an activation, on a fresh native stack if this one is deep.
#[inline(always)]
unsafe fn run_or_leave(vm: &mut Vm, a: Activation) -> Exit {
    // SAFETY: the activation is laid out.
    unsafe {
        if too_deep(vm) {
            let end = set_aside(a);
            return pause::leave1(vm, end, Word::ZERO, Code::of1(restart));
        }
        run(vm, a)
    }
}

/// Continues a waiting interpreted activation with a value.
unsafe fn resume(vm: &mut Vm, fp: Fp, value: Word) -> Exit {
    // SAFETY: called with the end of an interpreted record.
    unsafe {
        if too_deep(vm) {
            return pause::leave1(vm, fp, value, Code::of1(resume));
        }
        let mut a = waiting(fp);
        *a.sp = value;
        a.sp = a.sp.add(1);
        run(vm, a)
    }
}

/// Goes on with an activation that was put aside at a safepoint, without a value.
unsafe fn restart(vm: &mut Vm, fp: Fp, _: Word) -> Exit {
    // SAFETY: called with the end of an interpreted record.
    unsafe {
        let a = waiting(fp);
        run(vm, a)
    }
}

/// The activation whose record ends at `fp`.
#[inline(always)]
unsafe fn waiting(fp: Fp) -> Activation {
    // SAFETY: the caller's.
    unsafe {
        let packed = (*fp.sub(PACKED)).0;
        let base = fp.sub(((packed >> 2) & 0x3fff_ffff) as usize);
        let m = frame_method(base, (packed >> 56) as usize);
        Activation {
            base,
            sp: fp.sub(PACKED),
            ip: ((packed >> 32) & 0xff_ffff) as usize,
            tail: packed & TAIL,
            method: m,
            code: m.insns.as_ptr(),
        }
    }
}

/// The bits of a packed word that never change during an activation.
const TAIL: u64 = 0xff00_0000_0000_0003;

/// Lays out the frame of a method that is called with `count` values. Err: control has gone
/// elsewhere.
#[inline(always)]
unsafe fn begin_method(vm: &mut Vm, fp: Fp, number: u32, count: usize) -> Result<Activation, Exit> {
    // SAFETY: the caller's; frames have room for `MAX_DEPTH` and the fixed part.
    unsafe {
        let number = vm.method_for(number, count);
        let m = &mut *method_at(vm, number);
        let n = m.arity;
        if m.insns.is_empty() {
            if m.problem.is_some() {
                return Err(errors::bad_method(vm, fp, number));
            }
            decoded::prepare(vm, number);
        }
        let mut due = vm.limit_reached(fp);
        if due && pause::stack_is_full(vm, fp) {
            return Err(errors::stack_overflow(vm, fp));
        }
        m.entries += 1;
        let layout = FrameLayout::interpreted(n, m.inline);
        *fp.add(layout.context()) = Word::ZERO;
        *fp.add(layout.temporaries()) = Word::ZERO;
        *fp.add(layout.arguments_array()) = Word::ZERO;
        *fp.add(layout.method()) = m.object;
        *fp.add(layout.machine_method()) = method_word(m);
        let mut a = Activation {
            base: fp,
            sp: fp.add(layout.operand(0)),
            ip: 0,
            tail: pack(0, 0, n, false).0,
            method: m,
            code: m.insns.as_ptr(),
        };
        let mut p = fp.add(layout.temporary(0));
        while p != a.sp {
            *p = vm.nil;
            p = p.add(1);
        }
        if m.temporaries > m.inline {
            let size = m.temporaries;
            match vm.allocate(a.sp, ARRAY, ObjectFormat::Slots, size) {
                Ok(t) => {
                    *fp.add(layout.temporaries()) = t;
                    // Memory may be exhausted, which is said at a pause.
                    due = due || vm.limit_reached(fp);
                }
                Err(e) => {
                    let end = set_aside(a);
                    return Err(errors::failed(vm, end, e.to_string()));
                }
            }
        }
        if due {
            let end = set_aside(a);
            return Err(pause::at_record(vm, end, Code::of1(restart)));
        }
        a.ip = 0;
        Ok(a)
    }
}

/// Lays out the frame of a block. Err: control has gone elsewhere.
#[inline(always)]
unsafe fn begin_block(vm: &mut Vm, fp: Fp, block: Word) -> Result<Activation, Exit> {
    // SAFETY: the caller's; `pass_to_block` saw the Block's slots.
    unsafe {
        let due = vm.limit_reached(fp);
        if due && pause::stack_is_full(vm, fp) {
            return Err(errors::stack_overflow(vm, fp));
        }
        let number = blocks::block_method(vm, block);
        if number == NO_METHOD {
            let problem = "the block's method is none".to_string();
            return Err(errors::block_failed(vm, fp, block, problem));
        }
        let m = &mut *method_at(vm, number);
        let start = object::slot(block, block_slot::OLD_BYTE_POINTER);
        let known = |b: &crate::methods::BlockShape| start == Word::int(b.start as i32);
        if m.problem.is_some() || !m.blocks.iter().any(known) {
            let problem = "the block does not belong to its method's code".to_string();
            return Err(errors::block_failed(vm, fp, block, problem));
        }
        // Whoever tampers with a Block must not get the interpreter out of bounds.
        let arguments = object::slot(block, context_slot::ARGUMENTS);
        let temporaries = object::slot(block, context_slot::TEMPORARIES);
        let enough = |w, n: usize| n == 0 || object::has_slot(w, n - 1);
        let given = passed(arguments, m.arity);
        if given == 0 || !enough(temporaries, m.temporaries) {
            let problem = "the block's home lacks arguments or temporaries".to_string();
            return Err(errors::block_failed(vm, fp, block, problem));
        }
        let number = vm.method_for(number, given);
        let m = &mut *method_at(vm, number);
        if m.insns.is_empty() {
            decoded::prepare(vm, number);
        }
        *fp = block;
        *fp.add(BLOCK_FRAME.context()) = Word::ZERO;
        *fp.add(BLOCK_FRAME.temporaries()) = temporaries;
        *fp.add(BLOCK_FRAME.arguments_array()) = arguments;
        *fp.add(BLOCK_FRAME.method()) = m.object;
        *fp.add(BLOCK_FRAME.machine_method()) = method_word(m);
        let a = Activation {
            base: fp,
            sp: fp.add(BLOCK_FRAME.operand(0)),
            ip: start.as_int() as usize,
            tail: pack(0, 0, BLOCK_FRAME.arguments, true).0,
            method: m,
            code: m.insns.as_ptr(),
        };
        if due {
            let end = set_aside(a);
            return Err(pause::at_record(vm, end, Code::of1(restart)));
        }
        Ok(a)
    }
}

/// Starts (or, with a value, continues) the activation that a Context describes, in a
/// frame at `fp`.
///
/// # Safety
/// A complete record ends at `fp`.
pub(crate) unsafe fn enter_context(
    vm: &mut Vm,
    fp: Fp,
    context: Word,
    value: Option<Word>,
) -> Exit {
    // SAFETY: every slot is checked before it is used.
    unsafe {
        if pause::stack_is_full(vm, fp) {
            return errors::stack_overflow(vm, fp);
        }
        let get = |i| vm.slot_of(context, i).unwrap_or(vm.nil);
        let (method, arguments) = (get(context_slot::METHOD), get(context_slot::ARGUMENTS));
        let (temporaries, stack) = (get(context_slot::TEMPORARIES), get(context_slot::STACK));
        let (ip, depth) = (
            get(context_slot::BYTE_POINTER),
            get(context_slot::STACK_TOP),
        );
        let block = vm.class_of(context) == crate::vm::BLOCK;
        let failed = |vm: &mut Vm, text: &str| {
            *fp = value.unwrap_or(vm.nil);
            errors::context_failed(vm, fp, text)
        };
        let Some(number) = vm.method_number(method) else {
            return failed(vm, "the context has no method");
        };
        let m = &mut *method_at(vm, number);
        if m.problem.is_some() {
            *fp = vm.nil;
            return errors::bad_method(vm, fp, number);
        }
        let enough = |w, n: usize| n == 0 || object::has_slot(w, n - 1);
        let given = passed(arguments, m.arity);
        if given == 0 {
            return failed(vm, "the context has no receiver among its arguments");
        }
        let number = vm.method_for(number, given);
        let m = &mut *method_at(vm, number);
        let n = if block { BLOCK_FRAME.arguments } else { given };
        if !enough(temporaries, m.temporaries) {
            return failed(vm, "the context has too few temporaries for its method");
        }
        let (Some(ip), Some(depth)) = (ip.to_int(), depth.to_int()) else {
            return failed(vm, "the context has no bytePointer or stackTop");
        };
        // The depth after the value is pushed must be the one the verifier found.
        let expected = m.depth_at.get(ip as usize).copied().flatten();
        let pushed = depth + value.is_some() as i32;
        if ip < 0 || expected.map(i32::from) != Some(pushed) || !enough(stack, depth as usize) {
            return failed(
                vm,
                "the context's bytePointer and stack do not fit its method",
            );
        }
        if m.insns.is_empty() {
            decoded::prepare(vm, number);
        }
        if block {
            *fp = context;
        } else {
            for i in 0..n {
                *fp.add(i) = object::slot(arguments, i);
            }
        }
        let layout = FrameLayout::interpreted(n, 0);
        *fp.add(layout.context()) = context;
        *fp.add(layout.temporaries()) = temporaries;
        *fp.add(layout.arguments_array()) = arguments;
        *fp.add(layout.method()) = m.object;
        *fp.add(layout.machine_method()) = method_word(m);
        // The temporaries are the Context's; their room in the frame stays unused.
        let mut sp = fp.add(layout.temporary(0));
        if !block {
            for _ in 0..m.inline {
                *sp = Word::ZERO;
                sp = sp.add(1);
            }
        }
        for i in 0..depth as usize {
            *sp = object::slot(stack, i);
            sp = sp.add(1);
        }
        if let Some(v) = value {
            *sp = v;
            sp = sp.add(1);
        }
        let a = Activation {
            base: fp,
            sp,
            ip: ip as usize,
            tail: pack(0, 0, n, block).0,
            method: m,
            code: m.insns.as_ptr(),
        };
        if vm.limit_reached(a.base) {
            let end = set_aside(a);
            return pause::at_record(vm, end, Code::of1(restart));
        }
        run_or_leave(vm, a)
    }
}

/// How many values an Array of arguments passes to a method: all it has. A frame counts up
/// to 255; of more, those that the method looks like count. 0 if it is no such Array.
fn passed(arguments: Word, arity: usize) -> usize {
    // SAFETY: `has_slot` is for any value, and what has a slot is an object.
    unsafe {
        if !object::has_slot(arguments, RECEIVER) {
            return 0;
        }
        match object::size(arguments) {
            n if n <= usize::from(u8::MAX) => n,
            _ => arity,
        }
    }
}

/// Completes the activation's record; it goes on at `a.ip`.
#[inline(always)]
unsafe fn set_aside(a: Activation) -> Fp {
    // SAFETY: frames have room for it.
    unsafe {
        let end = a.sp.add(PACKED);
        let size = end.offset_from(a.base) as usize;
        *end.sub(PACKED) = Word(a.tail | (size as u64) << 2 | (a.ip as u64) << 32);
        *end.sub(DESCRIPTOR) = INTERPRETED.word();
        end
    }
}

/// Completes the record below the top `count` operands, which move up to where a callee
/// expects its arguments. Answers that place, the record's end.
#[inline(always)]
unsafe fn set_aside_below(mut a: Activation, count: usize) -> Fp {
    // SAFETY: as above; the operands are there, by verification.
    unsafe {
        let first = a.sp.sub(count);
        let mut p = a.sp;
        while p != first {
            p = p.sub(1);
            *p.add(PACKED) = *p;
        }
        a.sp = first;
        set_aside(a)
    }
}
