//! Primitives on objects: identity, slots, bytes, creation.

use super::{Arguments, Outcome, not_so, wrong};
use crate::object::{self, ObjectFormat, WATCHED};
use crate::value::Word;
use crate::vm::Vm;
use smallworld_abi::primitive::{Objects, Primitive};

/// Does one in full: with failures and allocation.
pub(super) fn run(vm: &mut Vm, a: &Arguments, primitive: Objects) -> Result<Outcome, String> {
    let top = a.top();
    let word = match primitive {
        Objects::SlotAtPut => {
            let (o, i) = slot_index(vm, a, 1, 2)?;
            return Err(no_slot(vm, o, i));
        }
        Objects::SlotAt => {
            let (o, i) = slot_index(vm, a, 0, 1)?;
            return Err(no_slot(vm, o, i));
        }
        Objects::RunContext => return Ok(Outcome::Perform(a.get(0)?)),
        Objects::NewObject => {
            let (class, n) = (a.class(vm, 0)?, size(vm, a, 1)?);
            vm.allocate(top, class, ObjectFormat::Slots, n)
                .map_err(|e| e.to_string())?
        }
        Objects::NewBytes => {
            let (class, n) = (a.class(vm, 0)?, size(vm, a, 1)?);
            vm.allocate(top, class, ObjectFormat::Bytes, n)
                .map_err(|e| e.to_string())?
        }
        Objects::Sum | Objects::Less | Objects::Equal | Objects::Product | Objects::Difference => {
            a.int(vm, 0)?;
            a.int(vm, 1)?;
            return Err("unexpected arguments".into());
        }
        Objects::Quotient | Objects::Remainder => {
            a.int(vm, 0)?;
            a.int(vm, 1)?;
            return Err("division by zero".into());
        }
        Objects::DigitsOf => {
            let (class, n) = (a.class(vm, 0)?, a.int(vm, 1)?);
            new_bytes(vm, a, class, n.to_string().as_bytes())?
        }
        Objects::ByteAt => {
            let (o, _) = byte_index(vm, a, 0)?;
            // What is in order has been answered already, but for arguments too many.
            return Err(wrong(vm, 0, o, "a SmallInt"));
        }
        Objects::ByteAtPut => {
            let (o, i) = byte_index(vm, a, 1)?;
            let value = a.int(vm, 0)?;
            // Only a watched object comes here with everything in order.
            // SAFETY: a byte object with that index.
            unsafe { object::bytes_mut(o)[i] = value as u8 };
            vm.watched_changed(o);
            o
        }
        Objects::CopyBytes => {
            let class = a.class(vm, 1)?;
            let bytes = a.bytes(vm, 0)?.to_vec();
            new_bytes(vm, a, class, &bytes)?
        }
        Objects::JoinBytes => {
            let mut bytes = a.bytes(vm, 1)?.to_vec();
            bytes.extend_from_slice(a.bytes(vm, 0)?);
            let class = a.class_for_copy(vm, 1)?;
            new_bytes(vm, a, class, &bytes)?
        }
        Objects::CompareBytes => Word::int(compare(a.bytes(vm, 0)?, a.bytes(vm, 1)?)),
        Objects::CopyGrown => {
            let class = a.class_for_copy(vm, 1)?;
            // What has no slots (a string) is copied as an object that has one.
            // SAFETY: slots are counted first; `o` is read anew after the allocation.
            unsafe {
                let n = slots_object(vm, a, 1).map_or(0, |o| object::size(o));
                let copy = vm
                    .allocate(top, class, ObjectFormat::Slots, n + 1)
                    .map_err(|e| e.to_string())?;
                let o = a.get(1)?;
                for i in 0..n {
                    vm.store_slot(copy, i, object::slot(o, i));
                }
                vm.store_slot(copy, n, a.get(0)?);
                copy
            }
        }
        Objects::Grow => {
            let o = slots_object(vm, a, 1)?;
            if o == vm.nil || o == vm.true_ || o == vm.false_ {
                return Err("nil, true and false cannot grow".into());
            }
            // References to the object follow it in a full collection.
            let (value, grown) = (a.fp, a.fp.wrapping_add(1));
            // SAFETY: both are arguments, below the top; the second is an object of slots.
            unsafe { vm.collect_growing(top, grown, value) }.map_err(|e| e.to_string())?;
            let o = a.get(1)?;
            // SAFETY: a live object.
            if unsafe { object::meta(o) } & WATCHED != 0 {
                vm.watched_changed(o);
            }
            o
        }
        Objects::NewArray => {
            // SAFETY: the arguments are on the stack.
            unsafe { vm.new_array(top, a.fp, a.count) }.map_err(|e| e.to_string())?
        }
        Objects::FindBytes => {
            let (part, bytes, start) = (a.bytes(vm, 0)?, a.bytes(vm, 1)?, a.int(vm, 2)?);
            let from = usize::try_from(start.max(1) - 1).unwrap_or(usize::MAX);
            let found = bytes
                .get(from..)
                .and_then(|rest| memchr::memmem::find(rest, part));
            // A position fits, since objects have no more bytes.
            Word::int(found.map_or(0, |at| (from + at + 1) as i32))
        }
        Objects::CopyElements => copy_elements(vm, a)?,
        Objects::Exchange => {
            let strict = a.get(2)? == vm.true_;
            vm.exchange(top, a.fp, strict)?;
            a.get(0)?
        }
        Objects::InstancesOf => {
            let class = a.class(vm, 0)?;
            vm.instances_of(top, class)?
        }
        Objects::IdentityHash => {
            let o = a.get(0)?;
            Word::int(vm.identity_hash(o).map_err(|e| e.to_string())?)
        }
        Objects::Run => Word::int(vm.identities.run),
        Objects::HashBytes => Word::int(hash(a.bytes(vm, 0)?)),
        Objects::SameObject => return Ok(not_so(vm, Primitive::SameObject)),
        Objects::ClassOf => return Ok(not_so(vm, Primitive::ClassOf)),
        Objects::SizeOf => return Ok(not_so(vm, Primitive::SizeOf)),
    };
    Ok(Outcome::Value(word))
}

/// How bytes compare, signed ones, as primitive 26 answers it: -1, 0 or 1.
pub(crate) fn compare(x: &[u8], y: &[u8]) -> i32 {
    let common = x.len().min(y.len());
    // Most of what is compared is equal, and to find that out takes the least.
    if x[..common] == y[..common] {
        return x.len().cmp(&y.len()) as i32;
    }
    let signed = |b: &u8| *b as i8;
    x.iter().map(signed).cmp(y.iter().map(signed)) as i32
}

/// Fowler, Noll and Vo's hash, of which the bits are then mixed: the lowest ones are what tables look at.
pub(crate) fn hash(bytes: &[u8]) -> i32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    ((hash ^ hash >> 32) as u32 & 0x3fff_ffff) as i32
}

/// Slots or bytes of one object into those of another, or of the same.
fn copy_elements(vm: &mut Vm, a: &Arguments) -> Result<Word, String> {
    let (source, target) = (a.get(0)?, a.get(2)?);
    let (from, start, stop) = (a.int(vm, 1)?, a.int(vm, 3)?, a.int(vm, 4)?);
    if stop < start {
        return Ok(target);
    }
    let place = |i: i32| usize::try_from(i).ok()?.checked_sub(1);
    let ranges = (|| {
        let (from, to) = (place(from)?, place(start)?);
        let count = (stop - start) as usize + 1;
        Some((from..from.checked_add(count)?, to..to.checked_add(count)?))
    })();
    let (from, to) = ranges.ok_or("elements are counted from 1")?;
    // SAFETY: values of the program; formats and sizes are asked for first.
    unsafe {
        let is = |w: Word, format| !w.is_int() && object::format(w) == format;
        let both = |format| is(source, format) && is(target, format);
        let bytes = both(ObjectFormat::Bytes);
        if !bytes && !both(ObjectFormat::Slots) {
            return Err("both objects must have slots, or both bytes".into());
        }
        if from.end > object::size(source) || to.end > object::size(target) {
            return Err("there are not so many elements".into());
        }
        let shared = source == target;
        if bytes {
            if shared {
                object::bytes_mut(target).copy_within(from, to.start);
            } else {
                object::bytes_mut(target)[to].copy_from_slice(&object::bytes(source)[from]);
            }
            vm.bytes_changed(target);
        } else if shared && from.start < to.start {
            for (i, k) in from.zip(to).rev() {
                vm.store_slot(target, k, object::slot(source, i));
            }
        } else {
            for (i, k) in from.zip(to) {
                vm.store_slot(target, k, object::slot(source, i));
            }
        }
    }
    Ok(target)
}

impl Vm {
    /// After bytes of an object have changed: methods may have been made from them.
    pub(super) fn bytes_changed(&mut self, o: Word) {
        // SAFETY: a live object.
        if unsafe { object::meta(o) } & WATCHED != 0 {
            self.watched_changed(o);
        }
    }
}

fn new_bytes(vm: &mut Vm, a: &Arguments, class: u32, bytes: &[u8]) -> Result<Word, String> {
    vm.new_bytes(a.top(), class, bytes)
        .map_err(|e| e.to_string())
}

fn size(vm: &Vm, a: &Arguments, i: usize) -> Result<usize, String> {
    let n = a.int(vm, i)?;
    usize::try_from(n).map_err(|_| format!("an object cannot have {n} elements"))
}

fn slots_object(vm: &Vm, a: &Arguments, i: usize) -> Result<Word, String> {
    let o = a.get(i)?;
    // SAFETY: a value of the program.
    if o.is_int() || unsafe { object::format(o) } != ObjectFormat::Slots {
        return Err(wrong(vm, i, o, "an object with slots"));
    }
    Ok(o)
}

fn slot_index(vm: &Vm, a: &Arguments, o: usize, i: usize) -> Result<(Word, i32), String> {
    Ok((a.get(o)?, a.int(vm, i)?))
}

/// The byte object at argument `o`, and the index after it, counted from 0.
fn byte_index(vm: &Vm, a: &Arguments, o: usize) -> Result<(Word, usize), String> {
    let (w, i) = (a.get(o)?, a.int(vm, o + 1)?);
    let length = a.bytes(vm, o)?.len();
    match usize::try_from(i) {
        Ok(i @ 1..) if i <= length => Ok((w, i - 1)),
        _ => Err(format!("there is no byte {i} in {length}")),
    }
}

fn no_slot(vm: &Vm, o: Word, i: i32) -> String {
    format!("an instance of {} has no slot {i}", vm.class_name_of(o))
}
