//! The loop.

use super::decoded::{Code, Insn};
use super::outline::{ip_of_less, leave_activation, push_block, push_closure, push_context};
use super::{
    Activation, BLOCK_FRAME, INTERPRETED, begin_block, begin_method, restart, set_aside,
    set_aside_below, waiting,
};
use crate::blocks;
use crate::closures;
use crate::code::{Code as Entry, Exit};
use crate::errors;
use crate::frame::return_value;
use crate::intrinsics::Intrinsic;
use crate::methods::NO_METHOD;
use crate::native::{size_of, slot_at};
use crate::object;
use crate::pause;
use crate::primitives::{self, Outcome};
use crate::sends::Target;
use crate::value::Word;
use crate::vm::Vm;
use smallworld_abi::layout::{DESCRIPTOR, FrameLayout, RECEIVER, class_slot};
use smallworld_abi::primitive::Primitive;

/// The primitive that runs a block in place of the activation.
const RUN_BLOCK: u8 = Primitive::RunBlock.number();
/// The primitives that do so with a closure.
const RUN_CLOSURE: u8 = Primitive::RunClosure.number();
/// See [`RUN_CLOSURE`].
const RUN_CLOSURE_WITH: u8 = Primitive::RunClosureWith.number();

/// Interprets until control leaves to native code or to the machine.
///
/// # Safety
/// The activation is laid out and its method prepared.
pub(super) unsafe fn run(vm: &mut Vm, start: Activation) -> Exit {
    let Activation {
        mut base,
        mut sp,
        mut ip,
        mut tail,
        mut method,
        mut code,
    } = start;
    macro_rules! here {
        () => {
            Activation {
                base,
                sp,
                ip,
                tail,
                method,
                code,
            }
        };
    }
    macro_rules! go_to {
        ($a:expr) => {
            Activation {
                base,
                sp,
                ip,
                tail,
                method,
                code,
            } = $a
        };
    }
    // The words of the frame, but for temporaries in it.
    macro_rules! layout {
        () => {
            FrameLayout::interpreted((tail >> 56) as usize, 0)
        };
    }
    macro_rules! push {
        ($w:expr) => {{
            let w = $w;
            *sp = w;
            sp = sp.add(1);
        }};
    }
    macro_rules! top {
        () => {
            *sp.sub(1)
        };
    }
    macro_rules! pop {
        () => {{
            sp = sp.sub(1);
            *sp
        }};
    }
    macro_rules! call {
        ($target:expr, $site:expr, $n:expr) => {{
            let (target, n): (Target, usize) = ($target, $n);
            let callee = target.method;
            vm.site = $site;
            let fp = set_aside_below(here!(), n);
            if callee == NO_METHOD {
                return errors::site_not_understood(vm, fp);
            }
            let m = &**vm.methods.get_unchecked(callee as usize);
            if m.runs_native() && m.arity == n {
                return target.code.call_from_frame(vm, fp, n);
            }
            match begin_method(vm, fp, callee, n) {
                Ok(next) => go_to!(next),
                Err(exit) => return exit,
            }
        }};
    }
    // Calls what a site resolves to; its arguments are the top `$n` operands.
    macro_rules! send {
        ($site:expr, $n:expr) => {{
            let (site, n): (u32, usize) = ($site, $n);
            let receiver = *sp.sub(n);
            let class = vm.class_of(receiver);
            let s = vm.sites.add(site as usize);
            let e = &mut (*s).entries[0];
            let target = if e.class == class && e.method != NO_METHOD {
                e.count += 1;
                if n == 2 && (*s).intrinsic != Intrinsic::None {
                    let (x, y) = (receiver, *sp.sub(1));
                    if Word::both_ints(x, y)
                        && let Some(w) = (*s).intrinsic.apply(vm, x, y)
                    {
                        sp = sp.sub(1);
                        top!() = w;
                        continue;
                    }
                }
                Target {
                    method: e.method,
                    code: e.code,
                }
            } else {
                vm.resolve(site, receiver)
            };
            call!(target, site, n);
        }};
    }
    macro_rules! answer {
        ($w:expr) => {{
            let mut value = $w;
            if *base.add(layout!().context()) != Word::ZERO {
                value = leave_activation(vm, here!(), value);
            }
            if *base.sub(DESCRIPTOR) == INTERPRETED.word() {
                go_to!(waiting(base));
                push!(value);
            } else {
                return return_value(vm, base, value);
            }
        }};
    }
    macro_rules! push_instance {
        ($receiver:expr, $a:expr) => {{
            let (receiver, a): (Word, usize) = ($receiver, $a as usize);
            if object::has_slot(receiver, a) {
                push!(object::slot(receiver, a));
            } else {
                let end = set_aside(here!());
                return errors::no_instance_variable(vm, end, a);
            }
        }};
    }
    macro_rules! assign_instance {
        ($receiver:expr, $a:expr) => {{
            let (receiver, a): (Word, usize) = ($receiver, $a as usize);
            if object::has_slot(receiver, a) {
                vm.store_slot(receiver, a, top!());
            } else {
                // What the error answers takes the value's place.
                sp = sp.sub(1);
                let end = set_aside(here!());
                return errors::no_instance_variable(vm, end, a);
            }
        }};
    }
    macro_rules! push_class_variable {
        ($receiver:expr, $a:expr) => {{
            let (receiver, a): (Word, usize) = ($receiver, $a as usize);
            let class = vm.class_object(vm.class_of(receiver));
            match vm.slot_of(class, a + class_slot::CLASS_VARIABLES) {
                Some(w) => push!(w),
                None => {
                    let end = set_aside(here!());
                    return errors::no_class_variable(vm, end, a);
                }
            }
        }};
    }
    macro_rules! home_receiver {
        () => {
            object::slot(*base.add(BLOCK_FRAME.arguments_array()), RECEIVER)
        };
    }
    macro_rules! compare {
        ($i:expr, $test:path) => {{
            let (x, y) = (*sp.sub(2), *sp.sub(1));
            if Word::both_ints(x, y) {
                sp = sp.sub(1);
                top!() = vm.boolean($test(x, y));
            } else {
                send!($i.b() as u32, 2);
            }
        }};
    }
    macro_rules! compare_and_jump {
        ($i:expr, $test:path) => {{
            let (x, y) = (*sp.sub(2), *sp.sub(1));
            if Word::both_ints(x, y) {
                sp = sp.sub(2);
                let jump: Insn = *code.add(ip);
                ip = if $test(x, y) { jump.next() } else { jump.b() };
            } else {
                send!($i.b() as u32, 2);
            }
        }};
    }
    // A primitive of two arguments that answers in place, or is run in full.
    macro_rules! binary_primitive {
        ($i:expr, $f:expr) => {{
            let (x, y) = (*sp.sub(2), *sp.sub(1));
            let f = $f;
            match f(x, y) {
                Some(w) => {
                    sp = sp.sub(1);
                    top!() = w;
                }
                None => primitive!($i),
            }
        }};
    }
    macro_rules! primitive {
        ($i:expr) => {{
            let (n, which) = ($i.a(), $i.b() as u8);
            let first = sp.sub(n);
            if which == RUN_BLOCK {
                let callee = top!();
                let given = std::slice::from_raw_parts(first, n - 1);
                if !vm.pass_to_block(callee, given) {
                    // As in native code, the activation that asked for it is gone.
                    let problem = vm.block_problem(callee);
                    return errors::block_failed(vm, base, callee, problem);
                }
                let native = vm.block_code(callee);
                if native != Entry::of1(super::enter_block) {
                    return native.as1()(vm, base, callee);
                }
                match begin_block(vm, base, callee) {
                    Ok(next) => go_to!(next),
                    Err(exit) => return exit,
                }
                continue;
            }
            if which == RUN_CLOSURE && n > 0 {
                std::ptr::copy(first, base, n);
                match closures::interpreted_method(vm, *base, n) {
                    Some(number) => match begin_method(vm, base, number, n) {
                        Ok(next) => go_to!(next),
                        Err(exit) => return exit,
                    },
                    None => return closures::run_closure_in_frame(vm, base, n),
                }
                continue;
            }
            if which == RUN_CLOSURE_WITH && n == 2 {
                return closures::run_closure_with(vm, base, *first, *first.add(1));
            }
            let given = std::slice::from_raw_parts(first, n);
            if let Some(w) = primitives::quick(vm, which, given) {
                sp = first;
                push!(w);
                continue;
            }
            let fp = set_aside_below(here!(), n);
            sp = first;
            match primitives::run(vm, fp, n, which) {
                // Primitive 35 may have turned this activation into its Context.
                Outcome::Value(w) if *fp.sub(DESCRIPTOR) != INTERPRETED.word() => {
                    return return_value(vm, fp, w);
                }
                Outcome::Value(w) => push!(w),
                other => return primitives::conclude(vm, fp, which, other),
            }
        }};
    }
    // A temporary of a method without blocks: in the frame, unless a Context has it.
    macro_rules! inline {
        ($i:expr) => {{
            let temporaries = *base.add(layout!().temporaries());
            if temporaries == Word::ZERO {
                *base.add($i.b())
            } else {
                object::slot(temporaries, $i.a())
            }
        }};
    }
    // SAFETY: the method is verified, so operands, literals, arguments, temporaries and
    // jump targets exist; the frame has room for the deepest stack.
    unsafe {
        loop {
            let at = ip;
            let i = *code.add(at);
            ip = i.next();
            match i.code() {
                Code::PushFrame => push!(*base.add(i.a())),
                Code::PushFrame2 => {
                    push!(*base.add(i.a()));
                    push!(*base.add(i.b()));
                }
                Code::PushHome => {
                    push!(object::slot(
                        *base.add(BLOCK_FRAME.arguments_array()),
                        i.a()
                    ))
                }
                Code::PushMissing => {
                    let end = set_aside(here!());
                    return errors::missing_argument(vm, end, i.a());
                }
                Code::PushInstance => push_instance!(*base, i.a()),
                Code::PushHomeInstance => push_instance!(home_receiver!(), i.a()),
                Code::PushFrameInt => {
                    push!(*base.add(i.a()));
                    push!(Word::int(i.b() as i32));
                }
                Code::FrameLessIntJump => {
                    let (x, y) = (*base.add(i.a()), Word::int((i.b() & 255) as i32));
                    let jump: Insn = *code.add(i.b() >> 8);
                    if x.is_int() {
                        ip = if Word::less(x, y) {
                            jump.next()
                        } else {
                            jump.b()
                        };
                    } else {
                        // One by one: the integer, then the comparison with its jump.
                        push!(x);
                        push!(y);
                        ip = ip_of_less(code, at);
                    }
                }
                Code::SendFrame2 => {
                    push!(*base.add(i.a()));
                    push!(*base.add(i.b() & 255));
                    send!((i.b() >> 8) as u32, 2);
                }
                Code::Nothing => {}
                Code::JumpIfNotNil => {
                    if pop!() != vm.nil {
                        ip = i.b();
                    }
                }
                Code::ReturnInline => answer!(inline!(i)),
                Code::ReturnInt => answer!(Word::int(i.a() as i32)),
                Code::PushInline => push!(inline!(i)),
                Code::PushTemporary => push!(object::slot(*base.add(i.b()), i.a())),
                Code::PushLiteral => push!(object::slot((*method).literals, i.b())),
                Code::PushInt => push!(Word::int(i.a() as i32)),
                Code::PushNil => push!(vm.nil),
                Code::PushTrue => push!(vm.true_),
                Code::PushFalse => push!(vm.false_),
                Code::AssignInstance => assign_instance!(*base, i.a()),
                Code::AssignHomeInstance => assign_instance!(home_receiver!(), i.a()),
                Code::AssignInline | Code::AssignInlinePop => {
                    let value = top!();
                    let temporaries = *base.add(layout!().temporaries());
                    if temporaries == Word::ZERO {
                        *base.add(i.b()) = value;
                    } else {
                        vm.store_slot(temporaries, i.a(), value);
                    }
                    if i.code() == Code::AssignInlinePop {
                        sp = sp.sub(1);
                    }
                }
                Code::AssignTemporary => {
                    vm.store_slot(*base.add(i.b()), i.a(), top!());
                }
                Code::AssignTemporaryPop => {
                    let value = pop!();
                    vm.store_slot(*base.add(i.b()), i.a(), value);
                }
                Code::Send => send!(i.b() as u32, i.a()),
                Code::Super => {
                    let receiver = *sp.sub(i.a());
                    let target = vm.resolve(i.b() as u32, receiver);
                    call!(target, i.b() as u32, i.a());
                }
                Code::IsNil => top!() = vm.boolean(top!() == vm.nil),
                Code::NotNil => top!() = vm.boolean(top!() != vm.nil),
                Code::Less => compare!(i, Word::less),
                Code::LessEqual => compare!(i, Word::less_equal),
                Code::Plus => {
                    let (x, y) = (*sp.sub(2), *sp.sub(1));
                    if Word::both_ints(x, y)
                        && let Some(sum) = Word::add(x, y)
                    {
                        sp = sp.sub(1);
                        top!() = sum;
                    } else {
                        send!(i.b() as u32, 2);
                    }
                }
                Code::PlusInt => {
                    let (x, y) = (top!(), Word::int(i.a() as i32));
                    if x.is_int()
                        && let Some(sum) = Word::add(x, y)
                    {
                        top!() = sum;
                    } else {
                        push!(y);
                        send!(i.b() as u32, 2);
                    }
                }
                Code::LessJump => compare_and_jump!(i, Word::less),
                Code::LessEqualJump => compare_and_jump!(i, Word::less_equal),
                Code::PushBlock => {
                    let start = ip;
                    ip = i.b();
                    match push_block(vm, here!(), at, i.a(), start) {
                        Ok(b) => push!(b),
                        Err(exit) => return exit,
                    }
                }
                Code::Identical => binary_primitive!(i, |x, y| Some(vm.boolean(x == y))),
                Code::Sum => binary_primitive!(i, |x, y| {
                    let ints = Word::both_ints(x, y);
                    ints.then(|| Word::add(x, y).unwrap_or(vm.nil))
                }),
                Code::Difference => binary_primitive!(i, |x, y| {
                    let ints = Word::both_ints(x, y);
                    ints.then(|| Word::sub(x, y).unwrap_or(vm.nil))
                }),
                Code::IntLess => binary_primitive!(i, |x, y| {
                    Word::both_ints(x, y).then(|| vm.boolean(Word::less(x, y)))
                }),
                Code::IntEqual => binary_primitive!(i, |x, y| {
                    Word::both_ints(x, y).then(|| vm.boolean(x == y))
                }),
                Code::SlotAt => binary_primitive!(i, |x, y| slot_at(x, y)),
                Code::SizeOf => top!() = size_of(top!()),
                Code::Primitive => primitive!(i),
                Code::PushClassVariable => push_class_variable!(*base, i.a()),
                Code::PushHomeClassVariable => push_class_variable!(home_receiver!(), i.a()),
                Code::ReturnSelf => answer!(*base),
                Code::ReturnHomeSelf => answer!(home_receiver!()),
                Code::ReturnTop => answer!(top!()),
                Code::BlockReturn => {
                    let value = top!();
                    return blocks::non_local_return(vm, base, *base, value);
                }
                Code::PushClosure => match push_closure(vm, here!(), i.a(), i.b()) {
                    Ok(closure) => {
                        sp = sp.sub(i.a());
                        push!(closure);
                    }
                    Err(exit) => return exit,
                },
                Code::PushContext => match push_context(vm, here!()) {
                    Ok(context) => push!(context),
                    Err(exit) => return exit,
                },
                Code::HomeReturn => {
                    let value = top!();
                    return closures::home_return(vm, base, *base, value);
                }
                Code::PushSlot => {
                    let object = top!();
                    if object::has_slot(object, i.b()) {
                        top!() = object::slot(object, i.b());
                    } else {
                        sp = sp.sub(1);
                        let end = set_aside(here!());
                        return errors::no_slot(vm, end, object, i.b());
                    }
                }
                Code::AssignSlot => {
                    let object = pop!();
                    if object::has_slot(object, i.b()) {
                        vm.store_slot(object, i.b(), top!());
                    } else {
                        // What the error answers takes the value's place.
                        sp = sp.sub(1);
                        let end = set_aside(here!());
                        return errors::no_slot(vm, end, object, i.b());
                    }
                }
                Code::Duplicate => push!(top!()),
                Code::Pop => sp = sp.sub(1),
                Code::Jump => ip = i.b(),
                Code::JumpBack => {
                    ip = i.b();
                    if vm.limit_reached(base) {
                        let end = set_aside(here!());
                        return pause::at_record(vm, end, Entry::of1(restart));
                    }
                }
                Code::JumpIfTrue => {
                    if pop!() == vm.true_ {
                        ip = i.b();
                    }
                }
                Code::JumpIfFalse => {
                    if pop!() == vm.false_ {
                        ip = i.b();
                    }
                }
            }
        }
    }
}
