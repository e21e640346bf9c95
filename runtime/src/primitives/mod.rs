//! The numbered primitives of the image's methods.
//!
//! `quick` has those that neither allocate nor touch the outside; generated code and
//! the interpreter try it (or open-code the same) first. `run` has all of them, and
//! everything a primitive can do besides answering a value is an [`Outcome`]. Numbers
//! and arguments are in the table of [`smallworld_abi::primitive`]; a module for each group of
//! it says what its primitives do.

#[deny(unsafe_code)]
mod closures;
mod floats;
pub mod host;
#[deny(unsafe_code)]
mod javascript;
mod numbers;
mod objects;
pub(crate) use objects::compare;
mod system;
#[deny(unsafe_code)]
mod windows;

use crate::code::{Code, Exit, Fp};
use crate::errors;
use crate::frame::{Descriptor, Kind, Record, return_value};
use crate::object::{self, ObjectFormat};
use crate::process;
use crate::value::Word;
use crate::vm::Vm;
use smallworld_abi::layout::method_slot;
use smallworld_abi::primitive::{Grouped, Primitive};

/// What a primitive came to.
pub enum Outcome {
    /// It answers this.
    Value(Word),
    /// It failed; this says why.
    Failed(String),
    /// The machine that the image was made for has it not, or it cannot be had here; this
    /// says so.
    Absent(String),
    /// Primitive 6: run this Context in a chain of its own.
    Perform(Word),
    /// Primitives 138 and 139: send the selector with that number, the receiver and so many words
    /// in all being where the primitive's arguments were.
    Send(u32, usize),
    /// Primitive 33: sleep so many milliseconds, then answer the word.
    Sleep(u64, Word),
    /// Primitive 101: wait for that semaphore.
    Wait(u32),
    /// Primitive 34.
    Halt,
    /// Primitive 117.
    Quit,
    /// Primitive 103: return from the activation of a Context, with a value.
    ReturnFrom(Word, Word),
}

/// The arguments of a primitive, on the machine stack.
pub(crate) struct Arguments {
    fp: Fp,
    count: usize,
}

impl Arguments {
    /// Argument `i`; nil's stand-in when the method passes too few is a failure of the
    /// caller, so this answers it as an error text.
    fn get(&self, i: usize) -> Result<Word, String> {
        if i < self.count {
            // SAFETY: `count` words are there.
            Ok(unsafe { *self.fp.add(i) })
        } else {
            Err(format!("argument {} is missing", i + 1))
        }
    }

    fn int(&self, vm: &Vm, i: usize) -> Result<i32, String> {
        let w = self.get(i)?;
        w.to_int().ok_or_else(|| wrong(vm, i, w, "a SmallInt"))
    }

    fn bytes<'v>(&self, vm: &'v Vm, i: usize) -> Result<&'v [u8], String> {
        let w = self.get(i)?;
        vm.bytes_of(w).ok_or_else(|| wrong(vm, i, w, "a string"))
    }

    /// The number of the class at argument `i`, to make an object of it. Here it is decided
    /// of which classes there can be objects.
    fn class(&self, vm: &mut Vm, i: usize) -> Result<u32, String> {
        let w = self.get(i)?;
        match vm.class_number_of(w) {
            Some(n) if vm.can_have_objects(n) => Ok(n),
            Some(_) => Err("the instances of SmallInt are the integers: none can be made".into()),
            None => Err(wrong(vm, i, w, "a class")),
        }
    }

    /// The Context of the next activation that handles exceptions, outside that of argument 0.
    fn next_handler(&self, vm: &mut Vm) -> Result<Word, String> {
        let from = self.get(0)?;
        // SAFETY: the record of the method that runs the primitive ends at the arguments.
        unsafe { crate::closures::next_handler(vm, self.fp, self.top(), from) }
    }

    /// Was the method that runs the primitive called by `error:`?
    fn are_for_error(&self, vm: &Vm) -> bool {
        // SAFETY: a complete record ends at the arguments, that of the method, and below it
        // is the caller's.
        let caller = unsafe { Record::ending_at(Record::ending_at(self.fp).base) };
        caller.is_activation() && {
            let name = vm.slot_of(vm.record_method(&caller), method_slot::NAME);
            name.and_then(|name| vm.bytes_of(name)) == Some(b"error:")
        }
    }

    /// The number of the class of argument `i`, to make a copy of it.
    fn class_for_copy(&self, vm: &Vm, i: usize) -> Result<u32, String> {
        let w = self.get(i)?;
        match vm.class_of(w) {
            n if vm.can_have_objects(n) => Ok(n),
            _ => Err(wrong(vm, i, w, "an object")),
        }
    }

    /// One past the arguments: the top for allocations.
    fn top(&self) -> Fp {
        self.fp.wrapping_add(self.count)
    }
}

/// What there is to say of a primitive that is not to be had with so many arguments.
fn not_so(vm: &Vm, primitive: Primitive) -> Outcome {
    no_primitive(vm, primitive.number())
}

/// What there is to say of a number that means nothing on the image's machine.
fn no_primitive(vm: &Vm, number: u8) -> Outcome {
    let machine = vm.dialect.name;
    Outcome::Absent(format!("there is no primitive {number} in {machine}"))
}

/// "argument 2 must be a SmallInt, not an instance of String".
fn wrong(vm: &Vm, i: usize, w: Word, wanted: &str) -> String {
    let found = if w == vm.nil {
        "nil".to_string()
    } else {
        format!("an instance of {}", vm.class_name_of(w))
    };
    format!("argument {} must be {wanted}, not {found}", i + 1)
}

/// Runs a primitive that neither allocates nor fails; nothing if it is not one of those
/// or these arguments need the full one.
///
/// # Safety
/// The arguments are values of the program.
#[inline]
pub(crate) unsafe fn quick(vm: &mut Vm, number: u8, a: &[Word]) -> Option<Word> {
    let primitive = vm.dialect.primitive(number)?;
    // SAFETY: every access is checked.
    unsafe {
        match (primitive, a) {
            (Primitive::SameObject, &[x, y]) => Some(vm.boolean(x == y)),
            (Primitive::ClassOf, &[x]) => Some(vm.class_object(vm.class_of(x))),
            (Primitive::SizeOf, &[x]) if x.is_int() => Some(Word::ZERO),
            (Primitive::SizeOf, &[x]) => match object::format(x) {
                ObjectFormat::Raw => Some(Word::ZERO),
                _ => Some(Word::int(object::size(x) as i32)),
            },
            (Primitive::SlotAtPut, &[value, x, i]) => {
                let i = i.to_int().filter(|&i| i > 0)? as usize - 1;
                object::has_slot(x, i).then(|| {
                    vm.store_slot(x, i, value);
                    x
                })
            }
            (Primitive::Sum, &[x, y]) if Word::both_ints(x, y) => {
                Some(Word::add(x, y).unwrap_or(vm.nil))
            }
            (Primitive::Product, &[x, y]) if Word::both_ints(x, y) => {
                Some(Word::mul(x, y).unwrap_or(vm.nil))
            }
            (Primitive::Difference, &[x, y]) if Word::both_ints(x, y) => {
                Some(Word::sub(x, y).unwrap_or(vm.nil))
            }
            (Primitive::Quotient, &[x, y]) if Word::both_ints(x, y) && y.as_int() != 0 => {
                Some(Word::int(x.as_int().wrapping_div(y.as_int())))
            }
            (Primitive::Remainder, &[x, y]) if Word::both_ints(x, y) && y.as_int() != 0 => {
                Some(Word::int(x.as_int().wrapping_rem(y.as_int())))
            }
            (Primitive::Less, &[x, y]) if Word::both_ints(x, y) => {
                Some(vm.boolean(Word::less(x, y)))
            }
            (Primitive::Equal, &[x, y]) if Word::both_ints(x, y) => Some(vm.boolean(x == y)),
            (Primitive::ByteAt, &[x, i]) => {
                let i = i.to_int().filter(|&i| i > 0)? as usize - 1;
                let b = *vm.bytes_of(x)?.get(i)?;
                Some(Word::int(b as i32))
            }
            (Primitive::ByteAtPut, &[value, x, i]) => {
                let i = i.to_int().filter(|&i| i > 0)? as usize - 1;
                let value = value.to_int()?;
                if !object::is_bytes(x) || object::meta(x) & object::WATCHED != 0 {
                    return None;
                }
                *object::bytes_mut(x).get_mut(i)? = value as u8;
                Some(x)
            }
            (mark, &[]) if mark.is_mark() => Some(vm.nil),
            (Primitive::SlotAt, &[x, i]) => {
                let i = i.to_int().filter(|&i| i > 0)? as usize - 1;
                vm.slot_of(x, i)
            }
            _ => None,
        }
    }
}

/// Runs any primitive.
///
/// # Safety
/// `fp[0..count]` are the arguments; a complete record ends at `fp`.
pub(crate) unsafe fn run(vm: &mut Vm, fp: Fp, count: usize, number: u8) -> Outcome {
    // SAFETY: the caller's.
    unsafe {
        let given = std::slice::from_raw_parts(fp, count);
        if let Some(w) = quick(vm, number, given) {
            return Outcome::Value(w);
        }
        let a = Arguments { fp, count };
        vm.note_work(fp);
        let done = match vm.dialect.primitive(number).map(Primitive::grouped) {
            None => Ok(no_primitive(vm, number)),
            Some(Grouped::Objects(primitive)) => objects::run(vm, &a, primitive),
            Some(Grouped::Floats(primitive)) => floats::run(vm, &a, primitive),
            Some(Grouped::Numbers(primitive)) => numbers::run(vm, &a, primitive),
            Some(Grouped::Windows(primitive)) => windows::run(vm, &a, primitive),
            Some(Grouped::Closures(primitive)) => closures::run(vm, &a, primitive),
            Some(Grouped::System(primitive)) => system::run(vm, &a, primitive),
            Some(Grouped::JavaScript(primitive)) => javascript::run(vm, &a, primitive, number),
            Some(Grouped::Host(_)) if number == 255 && vm.options.provoke_bug => {
                panic!("provoked by primitive 255")
            }
            Some(Grouped::Host(primitive)) => host::run(vm, &a, primitive, number),
        };
        vm.note_end_of_work();
        done.unwrap_or_else(Outcome::Failed)
    }
}

/// Does what a primitive's outcome asks for; a value goes to the record at `fp`.
///
/// # Safety
/// A complete record ends at `fp`.
pub(crate) unsafe fn conclude(vm: &mut Vm, fp: Fp, number: u8, outcome: Outcome) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        match outcome {
            Outcome::Value(w) => return_value(vm, fp, w),
            Outcome::Failed(text) => {
                errors::failed(vm, fp, format!("primitive {number} failed: {text}"))
            }
            Outcome::Absent(text) => {
                let r = Record::ending_at(fp);
                let method = vm.record_method(&r);
                let place = vm.name_of_method(method);
                errors::failed(vm, fp, format!("{place} failed: {text}"))
            }
            Outcome::Perform(context) => {
                *fp = BOUNDARY.word();
                crate::perform::perform(vm, fp.add(1), context)
            }
            Outcome::Send(selector, count) => crate::perform::send(vm, fp, selector, count),
            Outcome::Sleep(ms, w) => process::sleep(vm, fp, w, ms),
            Outcome::Wait(s) => process::wait(vm, fp, s),
            Outcome::Halt => crate::perform::halt(vm, fp),
            Outcome::ReturnFrom(context, value) => {
                crate::closures::return_from(vm, fp, context, value)
            }
            Outcome::Quit => {
                vm.quit = true;
                Exit::Switch
            }
        }
    }
}

/// A primitive of native code that is not open-coded there: `vm.primitive` with
/// `vm.argc` arguments at `fp`, above a complete record.
///
/// # Safety
/// Called as code, as said.
pub unsafe fn call(vm: &mut Vm, fp: Fp, _: Word) -> Exit {
    let (number, count) = (vm.primitive as u8, vm.argc as usize);
    vm.request_pause_in_stress_mode();
    // SAFETY: the caller's.
    unsafe {
        let outcome = run(vm, fp, count, number);
        conclude(vm, fp, number, outcome)
    }
}

/// The record between a primitive 6 and the chain it starts.
pub static BOUNDARY: Descriptor = Descriptor::special(leave_boundary, Kind::Boundary, 1);

/// The performed activation returns: the primitive answers its value.
unsafe fn leave_boundary(vm: &mut Vm, fp: Fp, value: Word) -> Exit {
    if crate::code::too_deep(vm) {
        return crate::pause::leave1(vm, fp, value, Code::of1(leave_boundary));
    }
    // SAFETY: the boundary is one word, above the record of the primitive's method.
    unsafe { return_value(vm, fp.sub(1), value) }
}

#[cfg(test)]
mod tests;
