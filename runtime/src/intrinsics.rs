//! Arithmetic that a method turns out to be.
//!
//! In these images arithmetic is written in Smalltalk: `3 - 4` sends `-`, which sends
//! `subtractFromSmallInt:`, which runs primitive 16 and looks whether it overflowed. When
//! a site first sees a SmallInt, the machine follows what the method would do with two
//! SmallInts, once for each order the two can be in. If all that comes of it is a sum, a
//! comparison, the larger of the two…, the site remembers that, and computes it in place
//! as long as both are SmallInts and nothing overflows. In every other case, and for
//! every other class, the method is called. Changing any method makes all sites forget.

use crate::code::{Code, Exit, Fp};
use crate::frame::return_value;
use crate::methods::Method;
use crate::value::Word;
use crate::vm::{SMALL_INT, Vm};
use smallworld_abi::primitive::Primitive;
use smallworld_image::{BinaryOp, Constant, Op, decode};

/// What a method does with two SmallInts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Intrinsic {
    /// Nothing so simple.
    None = 0,
    /// Receiver + argument.
    Sum,
    /// Receiver − argument.
    Difference,
    /// Receiver × argument.
    Product,
    /// Receiver < argument.
    Less,
    /// Receiver ≤ argument.
    LessEqual,
    /// Receiver > argument.
    Greater,
    /// Receiver ≥ argument.
    GreaterEqual,
    /// Receiver = argument.
    Equal,
    /// Receiver ≠ argument.
    NotEqual,
    /// The larger.
    Max,
    /// The smaller.
    Min,
}

impl Intrinsic {
    /// The result for two SmallInts; nothing on overflow.
    #[inline(always)]
    pub fn apply(self, vm: &Vm, x: Word, y: Word) -> Option<Word> {
        match self {
            Intrinsic::Difference => Word::sub(x, y),
            Intrinsic::Sum => Word::add(x, y),
            Intrinsic::Product => Word::mul(x, y),
            Intrinsic::Less => Some(vm.boolean(Word::less(x, y))),
            Intrinsic::LessEqual => Some(vm.boolean(Word::less_equal(x, y))),
            Intrinsic::Greater => Some(vm.boolean(Word::less(y, x))),
            Intrinsic::GreaterEqual => Some(vm.boolean(Word::less_equal(y, x))),
            Intrinsic::Equal => Some(vm.boolean(x == y)),
            Intrinsic::NotEqual => Some(vm.boolean(x != y)),
            Intrinsic::Max => Some(if Word::less(x, y) { y } else { x }),
            Intrinsic::Min => Some(if Word::less(y, x) { y } else { x }),
            Intrinsic::None => None,
        }
    }

    /// Code of arity 2 that computes it, or calls the method.
    pub fn code(self) -> Option<Code> {
        Some(Code::of2(match self {
            Intrinsic::None => return None,
            Intrinsic::Sum => sum,
            Intrinsic::Difference => difference,
            Intrinsic::Product => product,
            Intrinsic::Less => less,
            Intrinsic::LessEqual => less_equal,
            Intrinsic::Greater => greater,
            Intrinsic::GreaterEqual => greater_equal,
            Intrinsic::Equal => equal,
            Intrinsic::NotEqual => not_equal,
            Intrinsic::Max => max,
            Intrinsic::Min => min,
        }))
    }
}

macro_rules! stubs {
    ($($name:ident $kind:ident)*) => {$(
        unsafe fn $name(vm: &mut Vm, fp: Fp, a0: Word, a1: Word) -> Exit {
            if Word::both_ints(a0, a1) && let Some(w) = Intrinsic::$kind.apply(vm, a0, a1) {
                // SAFETY: called as code, so below `fp` is a complete record.
                return unsafe { return_value(vm, fp, w) };
            }
            // SAFETY: as above.
            unsafe { call_method(vm, fp, a0, a1) }
        }
    )*};
}

stubs! {
    sum Sum
    difference Difference
    product Product
    less Less
    less_equal LessEqual
    greater Greater
    greater_equal GreaterEqual
    equal Equal
    not_equal NotEqual
    max Max
    min Min
}

#[cold]
#[inline(never)]
unsafe fn call_method(vm: &mut Vm, fp: Fp, a0: Word, a1: Word) -> Exit {
    let method = vm.callee_of_site(a0);
    let code = vm.methods[method as usize].code;
    // SAFETY: the site's selector has arity 2, and so has the method's code.
    unsafe { code.as2()(vm, fp, a0, a1) }
}

/// How two SmallInts compare.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Less,
    Equal,
    Greater,
}

/// What is known of a value while a method is followed. `X` and `Y` are the two ints.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Abstract {
    X,
    Y,
    Sum,
    Difference,
    Product,
    True,
    False,
    Nil,
}

impl Vm {
    /// What a method (of arity 2, found for SmallInts) does with two of them.
    pub(crate) fn intrinsic_of(&mut self, method: u32) -> Intrinsic {
        use Abstract::*;
        let mut follow = |order| {
            let mut steps = 200;
            self.follow(method, X, Y, order, &mut steps, 4)
        };
        let [Some(less), Some(equal), Some(greater)] =
            [Order::Less, Order::Equal, Order::Greater].map(&mut follow)
        else {
            return Intrinsic::None;
        };
        match (less, equal, greater) {
            (Sum, Sum, Sum) => Intrinsic::Sum,
            (Difference, Difference, Difference) => Intrinsic::Difference,
            (Product, Product, Product) => Intrinsic::Product,
            (True, False, False) => Intrinsic::Less,
            (True, True, False) => Intrinsic::LessEqual,
            (False, False, True) => Intrinsic::Greater,
            (False, True, True) => Intrinsic::GreaterEqual,
            (False, True, False) => Intrinsic::Equal,
            (True, False, True) => Intrinsic::NotEqual,
            (Y, X | Y, X) => Intrinsic::Max,
            (X, X | Y, Y) => Intrinsic::Min,
            _ => Intrinsic::None,
        }
    }

    /// Follows a method of arity 2 to its answer, without overflow; nothing if it does
    /// anything that is not understood here.
    fn follow(
        &mut self,
        method: u32,
        receiver: Abstract,
        argument: Abstract,
        order: Order,
        steps: &mut u32,
        depth: u32,
    ) -> Option<Abstract> {
        let m: &Method = &self.methods[method as usize];
        if m.problem.is_some() || !m.blocks.is_empty() || m.arity != 2 || depth == 0 {
            return None;
        }
        let code = m.bytes.clone();
        let literals = m.literals;
        let mut temporaries = vec![Abstract::Nil; m.temporaries];
        let mut stack: Vec<Abstract> = Vec::new();
        let mut ip = 0;
        loop {
            *steps = steps.checked_sub(1)?;
            let i = decode(&code, ip).ok()?;
            ip = i.next;
            match i.op {
                Op::ReturnSelf => return Some(receiver),
                Op::PushArgument(0) => stack.push(receiver),
                Op::PushArgument(1) => stack.push(argument),
                Op::PushTemporary(t) => stack.push(*temporaries.get(t as usize)?),
                Op::AssignTemporary(t) => *temporaries.get_mut(t as usize)? = *stack.last()?,
                Op::PushConstant(Constant::Nil) => stack.push(Abstract::Nil),
                Op::PushConstant(Constant::True) => stack.push(Abstract::True),
                Op::PushConstant(Constant::False) => stack.push(Abstract::False),
                Op::IsNil | Op::NotNil => {
                    let is_nil = stack.pop()? == Abstract::Nil;
                    stack.push(truth(is_nil == (i.op == Op::IsNil)));
                }
                Op::Binary(op) => {
                    let (y, x) = (stack.pop()?, stack.pop()?);
                    stack.push(match op {
                        BinaryOp::Plus => arithmetic(Primitive::Sum, x, y)?,
                        BinaryOp::Less => truth(compare(x, y, order)? == Order::Less),
                        BinaryOp::LessEqual => truth(compare(x, y, order)? != Order::Greater),
                    });
                }
                Op::Primitive { argc: 2, number } => {
                    let (y, x) = (stack.pop()?, stack.pop()?);
                    let primitive = Primitive::everywhere(number)?;
                    stack.push(match primitive {
                        Primitive::Sum | Primitive::Product | Primitive::Difference => {
                            arithmetic(primitive, x, y)?
                        }
                        Primitive::Less => truth(compare(x, y, order)? == Order::Less),
                        Primitive::SameObject | Primitive::Equal => {
                            truth(compare(x, y, order)? == Order::Equal)
                        }
                        _ => return None,
                    });
                }
                Op::Send { argc: 2, selector } => {
                    let (y, x) = (stack.pop()?, stack.pop()?);
                    if !matches!(
                        (x, y),
                        (Abstract::X | Abstract::Y, Abstract::X | Abstract::Y)
                    ) {
                        return None;
                    }
                    let name = self.slot_of(literals, selector as usize)?;
                    let name = self.bytes_of(name)?.to_vec();
                    let selector = self.selectors.intern(&name);
                    let callee = self.find_method(SMALL_INT, selector)?;
                    stack.push(self.follow(callee, x, y, order, steps, depth - 1)?);
                }
                Op::Pop => {
                    stack.pop()?;
                }
                Op::Duplicate => stack.push(*stack.last()?),
                Op::Jump(t) => ip = t,
                Op::JumpIfTrue(t) => {
                    if stack.pop()? == Abstract::True {
                        ip = t;
                    }
                }
                Op::JumpIfFalse(t) => {
                    if stack.pop()? == Abstract::False {
                        ip = t;
                    }
                }
                Op::ReturnTop => return stack.pop(),
                _ => return None,
            }
        }
    }
}

fn truth(b: bool) -> Abstract {
    if b { Abstract::True } else { Abstract::False }
}

/// The order of two values, each one of the two ints.
fn compare(x: Abstract, y: Abstract, order: Order) -> Option<Order> {
    match (x, y) {
        (Abstract::X, Abstract::Y) => Some(order),
        (Abstract::Y, Abstract::X) => Some(match order {
            Order::Less => Order::Greater,
            Order::Equal => Order::Equal,
            Order::Greater => Order::Less,
        }),
        (Abstract::X, Abstract::X) | (Abstract::Y, Abstract::Y) => Some(Order::Equal),
        _ => None,
    }
}

fn arithmetic(primitive: Primitive, x: Abstract, y: Abstract) -> Option<Abstract> {
    let result = match primitive {
        Primitive::Sum => Abstract::Sum,
        Primitive::Product => Abstract::Product,
        Primitive::Difference => Abstract::Difference,
        _ => return None,
    };
    match (x, y) {
        (Abstract::X, Abstract::Y) => Some(result),
        (Abstract::Y, Abstract::X) if primitive != Primitive::Difference => Some(result),
        _ => None,
    }
}
