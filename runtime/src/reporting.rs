//! Errors inside errors: what the machine does when the image's own reporting fails.
//!
//! The machine asks the image to deal with an error: it sends `error:` or `doesNotUnderstand:`.
//! What the image does then may fail in turn, for instance in the receiver's `printString`, and
//! so may what it does about that, without end. So the machine *marks* each activation that it
//! starts for an error, by a record of its own below that activation, and remembers what the
//! error was. Marks that are still on the stack when the next error comes show how errors are
//! nested.
//!
//! Errors may well be nested in a sound program: one that handles an error runs the handler on
//! top of it, and in the handler something else may go wrong. What tells handling from reporting
//! is that a handler was made *before* the error, by code that waits below the mark. So an error
//! counts as one inside the reporting of another if no block of older code runs between the two.
//! After some levels of that, the machine reports the first of these errors itself.

use crate::code::{Code, Exit, Fp, too_deep};
use crate::frame::{Descriptor, Kind, Record, error_serial, return_value};
use crate::value::Word;
use crate::vm::{BLOCK, Vm};
use crate::{errors, process};
use smallworld_abi::layout::{context_slot, method_slot};
use smallworld_abi::primitive::Mark;
use smallworld_image::Halt;
use std::collections::HashSet;

/// Errors in the reporting of errors, before the machine reports the first one itself.
const MOST_LEVELS: u32 = 8;
/// Errors inside errors, even if the program handles them. To look for a handler takes time in
/// proportion to the depth.
const MOST_NESTED: u32 = 1000;
/// Records looked at in search of a handler, from the mark upwards.
const NEAR: usize = 10_000;

/// The record below an activation that the machine started because of an error: its serial
/// number.
pub static MARK: Descriptor = Descriptor::special(leave_mark, Kind::ErrorMark, MARK_WORDS);
const MARK_WORDS: u32 = 2;

/// An error that the image has been asked to deal with.
pub(crate) struct Pending {
    /// Where its mark starts: an index into the machine stack.
    place: usize,
    /// What tells its mark from all others.
    serial: u32,
    /// In how many errors that are being reported it happened, itself included.
    level: u32,
    /// In how many errors that are not the program's own it happened, itself included.
    nested: u32,
    /// Is it for the program to handle, and not for the root of the classes to report?
    by_program: bool,
    text: String,
}

/// The errors of a process whose activations may still be on its stack, outermost first.
pub(crate) type PendingErrors = Vec<Pending>;

/// An error that the image has failed to report.
pub(crate) struct Unreported {
    /// Where the record of the activation ends in which it happened.
    pub(crate) end: Fp,
    /// What it says.
    pub(crate) text: String,
    /// Has the image found it itself, and not the machine?
    by_image: bool,
}

impl Unreported {
    /// The error's message, with a line for each different failure to report it.
    pub(crate) fn message(&self, failures: &[&str]) -> String {
        let mut text = self.text.clone();
        let mut last = None;
        for failure in failures {
            if last != Some(failure) {
                let line = failure.lines().next().unwrap_or_default();
                text.push_str(&format!("\n(the image could not report this: {line})"));
            }
            last = Some(failure);
        }
        text
    }
}

/// Goes below the mark: the activation above it has returned.
unsafe fn leave_mark(vm: &mut Vm, fp: Fp, value: Word) -> Exit {
    if too_deep(vm) {
        return crate::pause::leave1(vm, fp, value, Code::of1(leave_mark));
    }
    // SAFETY: the mark is above the record that gets the value.
    unsafe { return_value(vm, fp.sub(MARK_WORDS as usize), value) }
}

/// Notes an error that happened in the activation whose record ends at `fp`, and puts its mark
/// there. Answers where the frame of the image's `error:` or `doesNotUnderstand:` starts.
/// `by_program` says that this is a method of the program's own.
///
/// # Errors
/// The image has shown that it cannot report errors. The machine has reported the first one and
/// ended the process.
///
/// # Safety
/// A complete record ends at `fp`; what is above is overwritten.
#[cold]
pub(crate) unsafe fn begin(vm: &mut Vm, fp: Fp, text: &str, by_program: bool) -> Result<Fp, Exit> {
    // SAFETY: the caller's; marks that are still there are whole.
    unsafe {
        vm.forget_past_errors(fp);
        let level = 1 + level_at(vm, fp, NEAR);
        let outer = vm.scheduler.active_errors().last();
        let nested = outer.map_or(0, |p| p.nested) + u32::from(!by_program);
        if level > MOST_LEVELS || nested > MOST_NESTED {
            return Err(give_up(vm, text, level));
        }
        let serial = vm.scheduler.next_error();
        let place = fp.offset_from(vm.stack_start()) as usize;
        vm.scheduler.active_errors().push(Pending {
            place,
            serial,
            level,
            nested,
            by_program,
            text: text.to_string(),
        });
        *fp = error_serial(serial);
        *fp.add(1) = MARK.word();
        Ok(fp.add(MARK_WORDS as usize))
    }
}

/// Reports the first of the errors, with what happened afterwards, and ends the process.
unsafe fn give_up(vm: &mut Vm, text: &str, level: u32) -> Exit {
    let pending = vm.scheduler.active_errors();
    if level <= MOST_LEVELS {
        let first = pending.first().map(|p| (p.place, p.text.clone()));
        let (place, first) = first.unwrap_or_default();
        let message =
            format!("{first}\n({MOST_NESTED} errors inside each other, at last this one: {text})");
        let end = vm.stack_start().wrapping_add(place);
        // SAFETY: the mark is there, and below it a record.
        unsafe { errors::show_report(vm, end, message.as_bytes()) };
        return process::end_active(vm, None);
    }
    let first = pending.len() - MOST_LEVELS as usize;
    let later = pending[first + 1..].iter().map(|p| p.text.clone());
    let mut failures: Vec<String> = later.chain([text.to_string()]).collect();
    let (place, text) = (pending[first].place, pending[first].text.clone());
    let end = vm.stack_start().wrapping_add(place);
    // SAFETY: the mark is there, and below it a record.
    unsafe {
        let mut unreported = Unreported {
            end,
            text,
            by_image: false,
        };
        if let Some(before) = found_by_image(vm, end, NEAR) {
            failures.insert(0, std::mem::replace(&mut unreported, before).text);
        }
        let failures: Vec<&str> = failures.iter().map(String::as_str).collect();
        let message = unreported.message(&failures);
        errors::show_report(vm, unreported.end, message.as_bytes());
    }
    process::end_active(vm, None)
}

/// An error that the image has found itself and is reporting, by its `error:`, in the chain of
/// activations that ends at `end`; looked for in so many of them at `most`.
///
/// # Safety
/// A complete record ends at `end`.
unsafe fn found_by_image(vm: &Vm, end: Fp, most: usize) -> Option<Unreported> {
    let mut found: Option<Unreported> = None;
    // SAFETY: the caller's.
    let chain = unsafe { crate::blocks::records(end) };
    for r in chain.take(most).take_while(Record::is_activation) {
        if vm.selector_of(&r) == b"error:" {
            let words = vm.record_argument_words(&r);
            if let Some(text) = words.get(1).and_then(|&w| vm.bytes_of(w)) {
                found = Some(Unreported {
                    end: r.base,
                    text: String::from_utf8_lossy(text).into_owned(),
                    by_image: true,
                });
            }
        } else if found.is_some() {
            break;
        }
    }
    // SAFETY: it is the base of a record in the chain.
    found.filter(|f| unsafe { !runs_older_block(vm, end, f.end, usize::MAX) })
}

/// Does a block run between a place on the stack and `fp` that was made by code below that place, or a
/// handler of exceptions?
/// Of more records than `most`, it is taken for granted.
///
/// # Safety
/// A complete record ends at `fp`, and another one at the place or at a mark there.
unsafe fn runs_older_block(vm: &Vm, fp: Fp, place: Fp, most: usize) -> bool {
    let above = || {
        let mut end = fp;
        std::iter::from_fn(move || {
            if end <= place {
                return None;
            }
            // SAFETY: the caller's; records follow each other down to the place.
            let r = unsafe { Record::ending_at(end) };
            end = r.base;
            Some(r)
        })
    };
    let count = above().take(most.saturating_add(1)).count();
    if count > most {
        return true;
    }
    // A home is below its blocks. So of those near the place all are found that are above it.
    let mut without_home = HashSet::new();
    for r in above().skip(count.saturating_sub(NEAR)) {
        if vm.mark_of(&r) == Mark::Handling {
            return true;
        }
        match vm.arguments_array(&r) {
            Some((true, arguments)) => without_home.insert(arguments.0),
            Some((false, arguments)) => without_home.remove(&arguments.0),
            None => false,
        };
    }
    !without_home.is_empty()
}

/// How many errors are being reported where the record ends at `fp`, each in the report of the
/// one before. Of more records than `most` above the innermost mark, it is not asked.
///
/// # Safety
/// A complete record ends at `fp`; what is known of errors is what is on the stack.
unsafe fn level_at(vm: &mut Vm, fp: Fp, most: usize) -> u32 {
    let pending = std::mem::take(vm.scheduler.active_errors());
    let level = match pending.last() {
        // SAFETY: the caller's.
        Some(p) if unsafe { p.is_being_reported(vm, fp, most) } => p.level,
        _ => 0,
    };
    *vm.scheduler.active_errors() = pending;
    level
}

/// The first of the errors that the image is reporting where the record ends at `fp`, if it is
/// reporting any.
///
/// # Safety
/// A complete record ends at `fp`.
pub(crate) unsafe fn unreported(vm: &mut Vm, fp: Fp) -> Option<Unreported> {
    // SAFETY: the caller's; marks that are still there are whole.
    unsafe {
        vm.forget_past_errors(fp);
        let level = level_at(vm, fp, usize::MAX) as usize;
        let pending = vm.scheduler.active_errors();
        let first = pending.get(pending.len() - level);
        let Some((place, text)) = first.map(|p| (p.place, p.text.clone())) else {
            return found_by_image(vm, fp, usize::MAX);
        };
        let end = vm.stack_start().wrapping_add(place);
        let before = found_by_image(vm, end, NEAR);
        Some(before.unwrap_or(Unreported {
            end,
            text,
            by_image: false,
        }))
    }
}

/// The process at work is to end, as an image has it end that has shown an error. If that was
/// an error in the reporting of another one, which nobody has seen, the other is shown now.
///
/// # Safety
/// A complete record ends at `fp`.
pub(crate) unsafe fn halted(vm: &mut Vm, fp: Fp) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        if vm.dialect.halt == Halt::Process
            && let Some(first) = unreported(vm, fp)
            && let Some(failure) = vm.shown_instead(fp, first.by_image)
        {
            let mut text = first.message(&[&failure]).into_bytes();
            text.push(b'\n');
            text.extend_from_slice(&errors::backtrace(vm, first.end));
            let area = vm.ui.text_area();
            // Put there as a person would: the image's own window stays the answer.
            let _ = vm.ui.replace_selection(area, &text);
            let window = vm.ui.new_window();
            let _ = vm.ui.set_title(window, b"The error before");
            let _ = vm.ui.set_content(window, Some(area));
            let _ = vm.ui.show(window, true);
            vm.error_before = Some(text);
        }
    }
    process::end_active(vm, None)
}

impl Pending {
    /// Is the mark still on the stack below `fp`?
    fn is_on_stack(&self, vm: &Vm, top: usize) -> bool {
        self.place + MARK_WORDS as usize <= top
            && vm.stack[self.place] == error_serial(self.serial)
            && vm.stack[self.place + 1] == MARK.word()
    }

    /// Is what goes on above the mark, up to `fp`, the report of this error? It is not if a block
    /// runs there that is older than the error: that is a handler's. Of more records than
    /// `most`, it is not asked.
    ///
    /// # Safety
    /// A complete record ends at `fp`; the mark is on the stack below.
    unsafe fn is_being_reported(&self, vm: &Vm, fp: Fp, most: usize) -> bool {
        if self.by_program {
            return false;
        }
        let start = vm.stack.as_ptr().cast_mut();
        let mark_end = start.wrapping_add(self.place + MARK_WORDS as usize);
        // SAFETY: the caller's.
        unsafe { !runs_older_block(vm, fp, mark_end, most) }
    }
}

impl Vm {
    /// The first error that a process which has ended was about, if another one was shown in its
    /// place, with its backtrace.
    pub fn take_error_before(&mut self) -> Option<Vec<u8>> {
        self.error_before.take()
    }

    /// Drops what is known of errors whose activations have gone.
    fn forget_past_errors(&mut self, fp: Fp) {
        let top = (fp as usize - self.stack.as_ptr() as usize) / size_of::<Word>();
        let mut pending = std::mem::take(self.scheduler.active_errors());
        while pending.pop_if(|p| !p.is_on_stack(self, top)).is_some() {}
        *self.scheduler.active_errors() = pending;
    }

    /// The selector of an activation's method.
    fn selector_of(&self, r: &Record) -> &[u8] {
        let name = self.slot_of(self.record_method(r), method_slot::NAME);
        name.and_then(|n| self.bytes_of(n)).unwrap_or_default()
    }

    /// Is the activation a block's, and the Array of arguments that it shares with its home, or
    /// that its blocks share with it.
    fn arguments_array(&self, r: &Record) -> Option<(bool, Word)> {
        let in_object = |is_block, w| {
            let array = self.slot_of(w, context_slot::ARGUMENTS)?;
            Some((is_block, array))
        };
        // SAFETY: the record is complete.
        unsafe {
            match r.descriptor.kind {
                Kind::NativeBlock => in_object(true, *r.base),
                Kind::Heap => in_object(self.class_of(*r.base) == BLOCK, *r.base),
                Kind::Interpreted if r.is_interpreted_block() => in_object(true, *r.base),
                Kind::Interpreted | Kind::NativeShared => {
                    let array = *r.base.add(r.layout().arguments_array());
                    (array != Word::ZERO).then_some((false, array))
                }
                _ => None,
            }
        }
    }

    /// What the image has shown while it should have reported the innermost error of the machine:
    /// the text of that error, if it is in the report of another (which may be one that the image
    /// has found itself), else of one that the image has found meanwhile.
    ///
    /// # Safety
    /// A complete record ends at `fp`; an error is being reported there.
    unsafe fn shown_instead(&mut self, fp: Fp, by_image: bool) -> Option<String> {
        let last = self.scheduler.active_errors().last()?;
        let (place, level, text) = (last.place, last.level, last.text.clone());
        let start = self.stack_start();
        let mark_end = start.wrapping_add(place + MARK_WORDS as usize);
        let mut found = None;
        let mut reporter = None;
        let mut end = fp;
        while end > mark_end {
            // SAFETY: records follow each other down to the mark.
            let r = unsafe { Record::ending_at(end) };
            end = r.base;
            if !r.is_activation() {
                continue;
            }
            let name = self.selector_of(&r);
            if matches!(name, b"error:" | b"doesNotUnderstand:") {
                let about = (name.to_vec(), self.record_receiver(&r));
                let argument = self.record_argument_words(&r).get(1).copied();
                found = found.or_else(|| Some((about.clone(), argument)));
                reporter = Some(about);
            }
        }
        // An `error:` that ends in that of its superclass is one error.
        match found {
            Some((about, argument)) if Some(&about) != reporter.as_ref() => {
                let words = argument.and_then(|w| self.bytes_of(w));
                Some(match words {
                    Some(words) => String::from_utf8_lossy(words).into_owned(),
                    None => "another error".into(),
                })
            }
            _ => (level > 1 || by_image).then_some(text),
        }
    }
}
