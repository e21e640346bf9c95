//! The interpreter: runs any method that the verifier accepts.
//!
//! It shares the machine stack, the records and the inline caches with native code, and
//! its functions are code like any other: they are entered and left by tail calls. Sends
//! between interpreted methods stay inside [`run`].
//!
//! The frame of an interpreted activation with *n* arguments:
//!
//! ```text
//! base[0..n]    arguments (for a block: the Block, n = 1)
//! base[n]       its Context, or SmallInt 0
//! base[n + 1]   temporaries Array
//! base[n + 2]   arguments Array, or SmallInt 0 while nobody needed it
//! base[n + 3]   the Method object
//! base[n + 4]   the machine's number of the method
//! base[n + 5]…  operand stack
//! ```
//!
//! While it waits, a packed word (see [`frame::pack`]) and the descriptor follow.

use crate::blocks;
use crate::code::{Code, Exit, Fp, too_deep};
use crate::context::slots;
use crate::errors;
use crate::frame::{Descriptor, Kind, Record, pack, return_value, unpack};
use crate::methods::{Method, NO_METHOD, NO_SITE};
use crate::object::{self, ObjectFormat};
use crate::pause;
use crate::primitives::{self, Outcome};
use crate::sends::Site;
use crate::value::Word;
use crate::vm::{ARRAY, Vm};
use std::sync::atomic::Ordering;

/// Words between the arguments and the operand stack.
pub const FIXED: usize = 5;
/// Methods that need a deeper operand stack than this are refused.
pub const MAX_DEPTH: usize = 2000;

/// The record of an interpreted activation that waits.
pub static INTERPRETED: Descriptor = Descriptor::special(resume, Kind::Interpreted, 0);

/// The activation that [`run`] is in.
struct Activation {
    base: Fp,
    sp: Fp,
    ip: usize,
    arguments: usize,
    block: bool,
    number: u32,
    method: *const Method,
    code: *const u8,
}

macro_rules! entries {
    ($($name:ident ($($a:ident),*);)*) => {$(
        /// Entry of an interpreted method, for that many register arguments.
        unsafe fn $name(vm: &mut Vm, fp: Fp, a0: Word $(, $a: Word)*) -> Exit {
            let words = [a0 $(, $a)*];
            let number = vm.callee_of_site(a0);
            // SAFETY: there is room for a frame at `fp`.
            unsafe {
                for (i, w) in words.into_iter().enumerate() {
                    *fp.add(i) = w;
                }
                enter_method(vm, fp, number)
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

/// The code by which a send enters an interpreted method of an arity.
pub fn entry_of_arity(arity: usize) -> Code {
    match arity {
        0 | 1 => Code::of1(enter1),
        2 => Code::of2(enter2),
        3 => Code::of3(enter3),
        _ => Code::of4(enter4),
    }
}

/// Starts a method whose arguments are at `fp`.
///
/// # Safety
/// `fp[0..arity]` are the arguments; a complete record ends at `fp`.
pub(crate) unsafe fn enter_method(vm: &mut Vm, fp: Fp, number: u32) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        match begin_method(vm, fp, number) {
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
            let end = set_aside(&a);
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
        let mut a = waiting(vm, fp);
        *a.sp = value;
        a.sp = a.sp.add(1);
        run(vm, a)
    }
}

/// Goes on with an activation that was put aside at a safepoint, without a value.
unsafe fn restart(vm: &mut Vm, fp: Fp, _: Word) -> Exit {
    // SAFETY: called with the end of an interpreted record.
    unsafe {
        let a = waiting(vm, fp);
        run(vm, a)
    }
}

/// The activation whose record ends at `fp`.
#[inline(always)]
unsafe fn waiting(vm: &Vm, fp: Fp) -> Activation {
    // SAFETY: the caller's.
    unsafe {
        let p = unpack(*fp.sub(2));
        let base = fp.sub(p.size);
        let number = (*base.add(p.arguments + 4)).as_int() as u32;
        let m = &**vm.methods.get_unchecked(number as usize);
        Activation {
            base,
            sp: fp.sub(2),
            ip: p.ip,
            arguments: p.arguments,
            block: p.block,
            number,
            method: m,
            code: m.bytes.as_ptr(),
        }
    }
}

/// Lays out the frame of a method. Err: control has gone elsewhere.
#[inline(always)]
unsafe fn begin_method(vm: &mut Vm, fp: Fp, number: u32) -> Result<Activation, Exit> {
    // SAFETY: the caller's; frames have room for `MAX_DEPTH` and the fixed part.
    unsafe {
        let m: &mut Method = &mut *(&raw mut *vm.methods[number as usize]);
        let n = m.arity;
        if m.problem.is_some() {
            return Err(errors::bad_method(vm, fp, number));
        }
        if m.sites.is_empty() {
            m.sites = vec![NO_SITE; m.bytes.len()].into();
        }
        m.entries += 1;
        *fp.add(n) = Word::ZERO;
        *fp.add(n + 1) = vm.specials.empty_array;
        *fp.add(n + 2) = Word::ZERO;
        *fp.add(n + 3) = m.object;
        *fp.add(n + 4) = Word::int(number as i32);
        let mut a = Activation {
            base: fp,
            sp: fp.add(n + FIXED),
            ip: 0,
            arguments: n,
            block: false,
            number,
            method: m,
            code: m.bytes.as_ptr(),
        };
        if m.temporaries > 0 {
            let size = m.temporaries;
            match vm.allocate(a.sp, ARRAY, ObjectFormat::Slots, size) {
                Ok(t) => *fp.add(n + 1) = t,
                Err(e) => {
                    let end = set_aside(&a);
                    return Err(errors::failed(vm, end, e.to_string()));
                }
            }
        }
        if a.base as usize >= vm.limit.load(Ordering::Relaxed) {
            let end = set_aside(&a);
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
        let number = blocks::block_method(vm, block);
        if number == NO_METHOD {
            let problem = "the block's method is none".to_string();
            return Err(errors::block_failed(vm, fp, block, problem));
        }
        let m: &mut Method = &mut *(&raw mut *vm.methods[number as usize]);
        let start = object::slot(block, slots::OLD_BYTE_POINTER);
        let known = |b: &crate::methods::BlockShape| start == Word::int(b.start as i32);
        if m.problem.is_some() || !m.blocks.iter().any(known) {
            let problem = "the block does not belong to its method's code".to_string();
            return Err(errors::block_failed(vm, fp, block, problem));
        }
        // Whoever tampers with a Block must not get the interpreter out of bounds.
        let arguments = object::slot(block, slots::ARGUMENTS);
        let temporaries = object::slot(block, slots::TEMPORARIES);
        let enough = |w, n: usize| n == 0 || object::has_slot(w, n - 1);
        if !enough(arguments, m.arity) || !enough(temporaries, m.temporaries) {
            let problem = "the block's home lacks arguments or temporaries".to_string();
            return Err(errors::block_failed(vm, fp, block, problem));
        }
        if m.sites.is_empty() {
            m.sites = vec![NO_SITE; m.bytes.len()].into();
        }
        *fp = block;
        *fp.add(1) = Word::ZERO;
        *fp.add(2) = temporaries;
        *fp.add(3) = arguments;
        *fp.add(4) = m.object;
        *fp.add(5) = Word::int(number as i32);
        let a = Activation {
            base: fp,
            sp: fp.add(1 + FIXED),
            ip: start.as_int() as usize,
            arguments: 1,
            block: true,
            number,
            method: m,
            code: m.bytes.as_ptr(),
        };
        if a.base as usize >= vm.limit.load(Ordering::Relaxed) {
            let end = set_aside(&a);
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
        let get = |i| vm.slot_of(context, i).unwrap_or(vm.nil);
        let (method, arguments) = (get(slots::METHOD), get(slots::ARGUMENTS));
        let (temporaries, stack) = (get(slots::TEMPORARIES), get(slots::STACK));
        let (ip, depth) = (get(slots::BYTE_POINTER), get(slots::STACK_TOP));
        let block = vm.class_of(context) == crate::vm::BLOCK;
        let failed = |vm: &mut Vm, text: &str| {
            *fp = value.unwrap_or(vm.nil);
            errors::context_failed(vm, fp, text)
        };
        let Some(number) = vm.method_number(method) else {
            return failed(vm, "the context has no method");
        };
        let m: &mut Method = &mut *(&raw mut *vm.methods[number as usize]);
        if m.problem.is_some() {
            return errors::bad_method(vm, fp, number);
        }
        let n = if block { 1 } else { m.arity };
        let enough = |w, n: usize| n == 0 || object::has_slot(w, n - 1);
        if !enough(arguments, m.arity) {
            return failed(vm, "the context has too few arguments for its method");
        }
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
        if m.sites.is_empty() {
            m.sites = vec![NO_SITE; m.bytes.len()].into();
        }
        if block {
            *fp = context;
        } else {
            for i in 0..n {
                *fp.add(i) = object::slot(arguments, i);
            }
        }
        *fp.add(n) = context;
        *fp.add(n + 1) = temporaries;
        *fp.add(n + 2) = arguments;
        *fp.add(n + 3) = m.object;
        *fp.add(n + 4) = Word::int(number as i32);
        let mut sp = fp.add(n + FIXED);
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
            arguments: n,
            block,
            number,
            method: m,
            code: m.bytes.as_ptr(),
        };
        if a.base as usize >= vm.limit.load(Ordering::Relaxed) {
            let end = set_aside(&a);
            return pause::at_record(vm, end, Code::of1(restart));
        }
        run_or_leave(vm, a)
    }
}

/// Completes the activation's record; it goes on at `a.ip`.
#[inline(always)]
unsafe fn set_aside(a: &Activation) -> Fp {
    // SAFETY: frames have room for it.
    unsafe {
        let end = a.sp.add(2);
        let size = end.offset_from(a.base) as usize;
        *a.sp = pack(size, a.ip, a.arguments, a.block);
        *a.sp.add(1) = INTERPRETED.word();
        end
    }
}

/// Completes the record below the top `count` operands, which move up to where a callee
/// expects its arguments. Answers that place, the record's end.
#[inline(always)]
unsafe fn set_aside_below(a: &mut Activation, count: usize) -> Fp {
    // SAFETY: as above; the operands are there, by verification.
    unsafe {
        let first = a.sp.sub(count);
        std::ptr::copy(first, first.add(2), count);
        a.sp = first;
        set_aside(a)
    }
}

/// The send site of the instruction at `at`.
#[inline(always)]
unsafe fn site_at(vm: &mut Vm, a: &Activation, at: usize, selector: SiteSelector) -> u32 {
    // SAFETY: `sites` is as long as the code.
    let s = unsafe { *(&*a.method).sites.get_unchecked(at) };
    if s == NO_SITE {
        new_site(vm, a.number, at, selector)
    } else {
        s
    }
}

/// How an instruction names its selector.
enum SiteSelector {
    Literal(usize, bool),
    Binary(&'static [u8]),
}

#[cold]
fn new_site(vm: &mut Vm, number: u32, at: usize, selector: SiteSelector) -> u32 {
    let (name, is_super) = match selector {
        SiteSelector::Binary(b) => (b.to_vec(), false),
        SiteSelector::Literal(i, is_super) => {
            let literals = vm.methods[number as usize].literals;
            let name = vm.slot_of(literals, i).and_then(|w| vm.bytes_of(w));
            (name.unwrap_or_default().to_vec(), is_super)
        }
    };
    let arity = smallworld_image::selector_arity(&name);
    let selector = vm.selectors.intern(&name);
    let site = vm.add_site(Site::new(selector, arity, is_super, number, at as u32));
    vm.methods[number as usize].sites[at] = site;
    site
}

/// Interprets until control leaves to native code or to the machine.
unsafe fn run(vm: &mut Vm, mut a: Activation) -> Exit {
    macro_rules! push {
        ($w:expr) => {{
            *a.sp = $w;
            a.sp = a.sp.add(1);
        }};
    }
    macro_rules! top {
        () => {
            *a.sp.sub(1)
        };
    }
    macro_rules! literal {
        ($i:expr) => {
            object::slot((&*a.method).literals, $i)
        };
    }
    macro_rules! next_byte {
        () => {{
            let b = *a.code.add(a.ip);
            a.ip += 1;
            b as usize
        }};
    }
    macro_rules! call {
        ($callee:expr, $site:expr, $n:expr) => {{
            let (callee, n): (u32, usize) = ($callee, $n);
            vm.site = $site;
            let fp = set_aside_below(&mut a, n);
            if callee == NO_METHOD {
                return errors::site_not_understood(vm, fp);
            }
            let m = &vm.methods[callee as usize];
            if m.runs_native() {
                let code = m.code;
                return code.call_from_frame(vm, fp, n);
            }
            match begin_method(vm, fp, callee) {
                Ok(next) => a = next,
                Err(exit) => return exit,
            }
        }};
    }
    // Calls what a site resolves to; its arguments are the top `$n` operands.
    macro_rules! send {
        ($site:expr, $n:expr) => {{
            let (site, n): (u32, usize) = ($site, $n);
            let receiver = *a.sp.sub(n);
            let class = vm.class_of(receiver);
            let s = vm.sites.add(site as usize);
            let e = &mut (*s).entries[0];
            let callee = if e.class == class && e.method != NO_METHOD {
                e.count += 1;
                e.method
            } else {
                vm.resolve(site, receiver).method
            };
            call!(callee, site, n);
        }};
        (super $site:expr, $n:expr) => {{
            let receiver = *a.sp.sub($n);
            let callee = vm.resolve($site, receiver).method;
            call!(callee, $site, $n);
        }};
    }
    macro_rules! answer {
        ($w:expr) => {{
            let mut value = $w;
            if *a.base.add(a.arguments) != Word::ZERO {
                value = leave_activation(vm, &a, value);
            }
            if *a.base.sub(1) == INTERPRETED.word() {
                a = waiting(vm, a.base);
                push!(value);
            } else {
                return return_value(vm, a.base, value);
            }
        }};
    }
    // SAFETY: the method is verified, so operands, literals, arguments, temporaries and
    // jump targets exist; the frame has room for the deepest stack.
    unsafe {
        loop {
            let at = a.ip;
            let byte = next_byte!();
            let (mut op, mut low) = (byte >> 4, byte & 15);
            if op == 0 {
                op = low;
                low = next_byte!();
            }
            match op {
                1 => {
                    let receiver = receiver(&a);
                    if object::has_slot(receiver, low) {
                        push!(object::slot(receiver, low));
                    } else {
                        let end = set_aside(&a);
                        return errors::no_instance_variable(vm, end, low);
                    }
                }
                2 => {
                    let w = if a.block {
                        object::slot(*a.base.add(3), low)
                    } else {
                        *a.base.add(low)
                    };
                    push!(w);
                }
                3 => push!(object::slot(*a.base.add(a.arguments + 1), low)),
                4 => push!(literal!(low)),
                5 => push!(match low {
                    0..=9 => Word::int(low as i32),
                    10 => vm.nil,
                    11 => vm.true_,
                    _ => vm.false_,
                }),
                6 => {
                    let receiver = receiver(&a);
                    if object::has_slot(receiver, low) {
                        vm.store_slot(receiver, low, top!());
                    } else {
                        // What the error answers takes the value's place.
                        a.sp = a.sp.sub(1);
                        let end = set_aside(&a);
                        return errors::no_instance_variable(vm, end, low);
                    }
                }
                7 => {
                    let temporaries = *a.base.add(a.arguments + 1);
                    vm.store_slot(temporaries, low, top!());
                }
                8 => {
                    let count = low;
                    let byte = next_byte!();
                    let (mut op, mut low) = (byte >> 4, byte & 15);
                    if op == 0 {
                        op = low;
                        low = next_byte!();
                    }
                    let is_super = op == 15;
                    if is_super {
                        low = next_byte!();
                    }
                    let site = site_at(vm, &a, at, SiteSelector::Literal(low, is_super));
                    if is_super {
                        send!(super site, count);
                        continue;
                    }
                    send!(site, count);
                }
                10 => {
                    let is_nil = top!() == vm.nil;
                    top!() = vm.boolean(is_nil == (low == 0));
                }
                11 => {
                    let (x, y) = (*a.sp.sub(2), *a.sp.sub(1));
                    let result = if Word::both_ints(x, y) {
                        match low {
                            0 => Some(vm.boolean(Word::less(x, y))),
                            1 => Some(vm.boolean(Word::less_equal(x, y))),
                            _ => Word::add(x, y),
                        }
                    } else {
                        None
                    };
                    match result {
                        Some(w) => {
                            a.sp = a.sp.sub(1);
                            top!() = w;
                        }
                        None => {
                            let name: &[u8] = match low {
                                0 => b"<",
                                1 => b"<=",
                                _ => b"+",
                            };
                            let site = site_at(vm, &a, at, SiteSelector::Binary(name));
                            send!(site, 2);
                        }
                    }
                }
                12 => {
                    let end = next_byte!();
                    let start = a.ip;
                    match push_block(vm, &mut a, at, low, start) {
                        Ok(b) => push!(b),
                        Err(exit) => return exit,
                    }
                    a.ip = end;
                }
                13 => {
                    let number = next_byte!();
                    let arguments = a.sp.sub(low);
                    if number == 8 {
                        let block = top!();
                        let given = std::slice::from_raw_parts(arguments, low - 1);
                        if let Err(problem) = vm.pass_to_block(block, given) {
                            let fp = set_aside_below(&mut a, low);
                            return errors::failed(vm, fp, problem);
                        }
                        let code = vm.block_code(block);
                        if code != Code::of1(enter_block) {
                            return code.as1()(vm, a.base, block);
                        }
                        match begin_block(vm, a.base, block) {
                            Ok(next) => a = next,
                            Err(exit) => return exit,
                        }
                        continue;
                    }
                    let given = std::slice::from_raw_parts(arguments, low);
                    if let Some(w) = primitives::quick(vm, number as u8, given) {
                        a.sp = arguments;
                        push!(w);
                        continue;
                    }
                    let fp = set_aside_below(&mut a, low);
                    match primitives::run(vm, fp, low, number as u8) {
                        Outcome::Value(w) => push!(w),
                        other => return primitives::conclude(vm, fp, number as u8, other),
                    }
                }
                14 => {
                    let receiver = receiver(&a);
                    let class = vm.class_object(vm.class_of(receiver));
                    match vm.slot_of(class, low + 5) {
                        Some(w) => push!(w),
                        None => {
                            let end = set_aside(&a);
                            return errors::no_class_variable(vm, end, low);
                        }
                    }
                }
                _ => match low {
                    1 => answer!(receiver(&a)),
                    2 => answer!(top!()),
                    3 => {
                        let value = top!();
                        if a.block {
                            return blocks::non_local_return(vm, a.base, *a.base, value);
                        }
                        answer!(value)
                    }
                    4 => push!(top!()),
                    5 => a.sp = a.sp.sub(1),
                    6 => {
                        let target = next_byte!();
                        if target < a.ip && a.base as usize >= vm.limit.load(Ordering::Relaxed) {
                            a.ip = target;
                            let end = set_aside(&a);
                            return pause::at_record(vm, end, Code::of1(restart));
                        }
                        a.ip = target;
                    }
                    _ => {
                        let target = next_byte!();
                        let wanted = if low == 7 { vm.true_ } else { vm.false_ };
                        a.sp = a.sp.sub(1);
                        if *a.sp == wanted {
                            a.ip = target;
                        }
                    }
                },
            }
        }
    }
}

/// The receiver: of the home method, in a block.
#[inline(always)]
unsafe fn receiver(a: &Activation) -> Word {
    // SAFETY: a block's arguments Array has the receiver (see `begin_block`).
    unsafe {
        if a.block {
            object::slot(*a.base.add(3), 0)
        } else {
            *a.base
        }
    }
}

/// Bytecode 12.
unsafe fn push_block(
    vm: &mut Vm,
    a: &mut Activation,
    at: usize,
    parameters_at: usize,
    start: usize,
) -> Result<Word, Exit> {
    // SAFETY: as in `run`; after an allocation everything is read from the frame anew.
    unsafe {
        let n = a.arguments;
        let method = &*a.method;
        let shape = method.blocks.iter().find(|b| b.push_at as usize == at);
        let returns = shape.is_some_and(|b| b.returns);
        let made = (|| {
            let end = set_aside(a);
            if *a.base.add(n + 2) == Word::ZERO {
                *a.base.add(n + 2) = vm.new_array(end, a.base, n)?;
            }
            if returns {
                vm.context_of(end, &Record::ending_at(end))?;
            }
            let class = crate::vm::BLOCK;
            let b = vm.allocate(end, class, ObjectFormat::Slots, slots::BLOCK_SIZE)?;
            object::init_slot(b, slots::METHOD, *a.base.add(n + 3));
            object::init_slot(b, slots::ARGUMENTS, *a.base.add(n + 2));
            object::init_slot(b, slots::TEMPORARIES, *a.base.add(n + 1));
            let start = Word::int(start as i32);
            object::init_slot(b, slots::BYTE_POINTER, start);
            object::init_slot(b, slots::OLD_BYTE_POINTER, start);
            object::init_slot(b, slots::STACK_TOP, Word::ZERO);
            let at = Word::int(parameters_at as i32);
            object::init_slot(b, slots::ARGUMENT_LOCATION, at);
            if returns {
                object::init_slot(b, slots::CREATOR, *a.base.add(n));
            }
            Ok(b)
        })();
        made.map_err(|e: crate::allocate::AllocationError| {
            let end = set_aside(a);
            errors::failed(vm, end, e.to_string())
        })
    }
}

/// An activation that has a Context returns.
#[cold]
unsafe fn leave_activation(vm: &mut Vm, a: &Activation, value: Word) -> Word {
    // SAFETY: the activation is the one that runs.
    unsafe {
        let m = &*a.method;
        let makes_returning_blocks = if a.block {
            let start = object::slot(*a.base, slots::OLD_BYTE_POINTER);
            let mine = |b: &&crate::methods::BlockShape| start == Word::int(b.start as i32);
            m.blocks.iter().find(mine).is_some_and(|b| b.inner_returns)
        } else {
            m.returns_from_blocks
        };
        if makes_returning_blocks {
            vm.retire(a.base, a.base.add(a.arguments), value)
        } else {
            value
        }
    }
}
