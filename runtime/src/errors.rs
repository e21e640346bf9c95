//! What happens when a program goes wrong.
//!
//! Where the image can handle it, the machine asks the image: a send that is not
//! understood becomes `doesNotUnderstand:`, a primitive that fails becomes `error:` to
//! the receiver of the method that ran it. Where it cannot (no such method, no stack, no
//! memory, the user said stop, the image's own reporting fails: see [`crate::reporting`]), the
//! machine itself shows an error window with message and backtrace, and ends the process.

use crate::code::{Exit, Fp};
use crate::frame::{Kind, Record};
use crate::process;
use crate::reporting;
use crate::value::Word;
use crate::vm::Vm;
use smallworld_abi::layout::{class_slot, context_slot, method_slot};
use smallworld_image::NotUnderstood;

/// Lines shown at either end of a backtrace that is too long to show.
const SHOWN: usize = 20;

/// A send that is not understood: `doesNotUnderstand:` with an Array of the selector and
/// an Array of receiver and arguments. For Budd's machine, `error:` with a text: it
/// does not know `doesNotUnderstand:`, even where a class has it.
///
/// # Safety
/// `fp[0..arity]` are the arguments; a complete record ends at `fp`.
#[cold]
pub(crate) unsafe fn not_understood(vm: &mut Vm, fp: Fp, selector: u32, arity: usize) -> Exit {
    // SAFETY: the caller's.
    unsafe { not_understood_from(vm, fp, selector, arity, None) }
}

/// The same for a send through a site, which may be a super send: the handler is then
/// looked up where the selector was.
///
/// # Safety
/// As for [`not_understood`]; `vm.site` is the site.
#[cold]
pub(crate) unsafe fn site_not_understood(vm: &mut Vm, fp: Fp) -> Exit {
    let site = vm.site;
    let s = &vm.site_table[site as usize];
    let (selector, arity, is_super) = (s.selector, s.arity as usize, s.is_super);
    let from = if is_super { vm.above_site(site) } else { None };
    // SAFETY: the caller's.
    unsafe { not_understood_from(vm, fp, selector, arity, from) }
}

unsafe fn not_understood_from(
    vm: &mut Vm,
    fp: Fp,
    selector: u32,
    arity: usize,
    from: Option<Word>,
) -> Exit {
    // SAFETY: what must survive an allocation is on the stack below the top.
    unsafe {
        let class = vm.class_of(*fp);
        if vm.dialect.not_understood == NotUnderstood::Error {
            let name = String::from_utf8_lossy(vm.selectors.name(selector));
            let text = format!("Unrecognized message selector: {name}");
            return error_to(vm, fp, *fp, &text);
        }
        let shown = vm.describe_receiver(*fp);
        let handler = vm.selectors.intern(b"doesNotUnderstand:");
        let name = vm.selectors.name(selector).to_vec();
        let above = from.and_then(|class| vm.lookup(class, handler));
        let Some(method) = above.or_else(|| vm.find_method(class, handler)) else {
            let text = format!(
                "{} does not understand \"{}\" (nor doesNotUnderstand:)",
                vm.class_name_of(*fp),
                String::from_utf8_lossy(&name)
            );
            return report(vm, fp, text.as_bytes());
        };
        let text = format!(
            "{shown} does not understand \"{}\"",
            String::from_utf8_lossy(&name)
        );
        let made = (|| {
            let top = fp.add(arity);
            *top = vm.new_array(top, fp, arity)?;
            *top.add(1) = vm.new_string(top.add(1), &name)?;
            let pair = vm.new_array(top.add(2), top, 2)?;
            vm.store_slot(pair, 0, *top.add(1));
            vm.store_slot(pair, 1, *top);
            Ok::<_, crate::allocate::AllocationError>(pair)
        })();
        match made {
            Ok(pair) => {
                let receiver = *fp;
                let by_program = !vm.is_of_root(method);
                match reporting::begin(vm, fp, &text, by_program) {
                    Ok(base) => {
                        *base = receiver;
                        *base.add(1) = pair;
                        vm.invoke(base, method)
                    }
                    Err(exit) => exit,
                }
            }
            Err(e) => report(vm, fp, format!("{text} ({e})").as_bytes()),
        }
    }
}

/// Something failed in the activation whose record ends at `fp`: its receiver is sent
/// `error:`; what that answers is what the failed operation answers.
///
/// # Safety
/// A complete record ends at `fp`.
#[cold]
pub(crate) unsafe fn failed(vm: &mut Vm, fp: Fp, text: String) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        let r = Record::ending_at(fp);
        let receiver = if r.is_activation() {
            vm.record_receiver(&r)
        } else {
            vm.nil
        };
        error_to(vm, fp, receiver, &text)
    }
}

/// Sends `error:` in a frame at `fp`.
unsafe fn error_to(vm: &mut Vm, fp: Fp, receiver: Word, text: &str) -> Exit {
    // SAFETY: as for `failed`.
    unsafe {
        let selector = vm.selectors.intern(b"error:");
        let class = vm.class_of(receiver);
        let Some(method) = vm.find_method(class, selector) else {
            return report(vm, fp, text.as_bytes());
        };
        if vm.methods[method as usize].problem.is_some() {
            // Calling it would only bring us here again.
            let text = format!("{text} (and its error: cannot run)");
            return report(vm, fp, text.as_bytes());
        }
        *fp = receiver;
        match vm.new_string(fp.add(1), text.as_bytes()) {
            Ok(s) => {
                let receiver = *fp;
                match reporting::begin(vm, fp, text, false) {
                    Ok(base) => {
                        *base = receiver;
                        *base.add(1) = s;
                        vm.invoke(base, method)
                    }
                    Err(exit) => exit,
                }
            }
            Err(_) => report(vm, fp, text.as_bytes()),
        }
    }
}

/// A block could not be run; the activation that asked for it is gone already.
///
/// # Safety
/// A complete record ends at `fp`.
#[cold]
pub(crate) unsafe fn block_failed(vm: &mut Vm, fp: Fp, block: Word, text: String) -> Exit {
    // SAFETY: the caller's.
    unsafe { error_to(vm, fp, block, &text) }
}

/// A Context could not be run. `fp[0]` may be overwritten.
///
/// # Safety
/// A complete record ends at `fp`.
#[cold]
pub(crate) unsafe fn context_failed(vm: &mut Vm, fp: Fp, text: &str) -> Exit {
    // SAFETY: the caller's.
    unsafe { failed(vm, fp, text.to_string()) }
}

/// A method that did not pass verification was called; its arguments are at `fp`.
///
/// # Safety
/// A complete record ends at `fp`.
#[cold]
pub(crate) unsafe fn bad_method(vm: &mut Vm, fp: Fp, number: u32) -> Exit {
    let problem = vm.methods[number as usize]
        .problem
        .clone()
        .unwrap_or_default();
    let text = format!("{} cannot run: {problem}", vm.method_name(number));
    // SAFETY: the caller's.
    unsafe { error_to(vm, fp, *fp, &text) }
}

/// The receiver has fewer instance variables than the method thinks.
///
/// # Safety
/// A complete record ends at `fp`.
#[cold]
pub unsafe fn no_instance_variable(vm: &mut Vm, fp: Fp, index: usize) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        let r = Record::ending_at(fp);
        let receiver = vm.record_receiver(&r);
        let text = format!(
            "an instance of {} has no instance variable number {}",
            vm.class_name_of(receiver),
            index + 1
        );
        failed(vm, fp, text)
    }
}

/// An object has fewer slots than the code thinks.
///
/// # Safety
/// A complete record ends at `fp`.
#[cold]
pub unsafe fn no_slot(vm: &mut Vm, fp: Fp, object: Word, index: usize) -> Exit {
    let text = format!(
        "an instance of {} has no instance variable number {}",
        vm.class_name_of(object),
        index + 1
    );
    // SAFETY: the caller's.
    unsafe { failed(vm, fp, text) }
}

/// The method asks for an argument that the call has not passed.
///
/// # Safety
/// A complete record ends at `fp`.
#[cold]
pub unsafe fn missing_argument(vm: &mut Vm, fp: Fp, index: usize) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        let r = Record::ending_at(fp);
        let given = vm.record_argument_words(&r).len().saturating_sub(1);
        let s = if given == 1 { "" } else { "s" };
        let text = format!("argument {index} is missing: the call passed {given} argument{s}");
        failed(vm, fp, text)
    }
}

/// The receiver's class has fewer class variables than the method thinks.
///
/// # Safety
/// A complete record ends at `fp`.
#[cold]
pub unsafe fn no_class_variable(vm: &mut Vm, fp: Fp, index: usize) -> Exit {
    // SAFETY: the caller's.
    unsafe {
        let r = Record::ending_at(fp);
        let receiver = vm.record_receiver(&r);
        let text = format!(
            "the class {} has no class variable number {}",
            vm.class_name_of(receiver),
            index + 1
        );
        failed(vm, fp, text)
    }
}

/// `^` in a block whose creator's caller is gone. In a callback or a forked process it
/// ends that process.
///
/// # Safety
/// A complete record ends at `fp`.
#[cold]
pub(crate) unsafe fn cannot_return(vm: &mut Vm, fp: Fp, block: Word, value: Word) -> Exit {
    if vm.scheduler.active_purpose() != process::Purpose::Main {
        // SAFETY: the caller's.
        unsafe { crate::blocks::abandon(vm, fp) };
        return process::end_active(vm, Some(value));
    }
    let text = "cannot return: the method that the block would return to has ended";
    // SAFETY: the caller's.
    unsafe { error_to(vm, fp, block, text) }
}

/// The machine stack is full.
///
/// # Safety
/// A complete record ends at `fp`.
#[cold]
pub(crate) unsafe fn stack_overflow(vm: &mut Vm, fp: Fp) -> Exit {
    // SAFETY: the caller's.
    unsafe { report(vm, fp, b"recursion too deep: the machine stack is full") }
}

/// The heap limit is reached, and what is in use is really in use.
///
/// # Safety
/// A complete record ends at `fp`.
#[cold]
pub(crate) unsafe fn memory_exhausted(vm: &mut Vm, fp: Fp) -> Exit {
    let limit = vm.heap.limit() / (1024 * 1024);
    let text = format!("memory exhausted: the limit of {limit} MiB is reached (see --max-heap)");
    // SAFETY: the caller's.
    unsafe { report(vm, fp, text.as_bytes()) }
}

/// The user said stop: every process is over, and the backtrace of the one at work is shown.
///
/// # Safety
/// A complete record ends at `fp`.
#[cold]
pub(crate) unsafe fn interrupted(vm: &mut Vm, fp: Fp) -> Exit {
    let mut text = String::from("interrupted");
    match vm.scheduler.living().saturating_sub(1) {
        0 => {}
        1 => text.push_str(", with one other process"),
        n => text.push_str(&format!(", with {n} other processes")),
    }
    // SAFETY: the caller's.
    unsafe {
        if let Some(first) = reporting::unreported(vm, fp) {
            text.push_str(&format!(
                "\n(while the image was reporting: {})",
                first.text
            ));
        }
        show_report(vm, fp, text.as_bytes());
    }
    process::end_all(vm)
}

/// Shows an error window with a message and the backtrace, as the image's own would be,
/// and ends the process. If that error kept the image from reporting another one, the other
/// is what the message and the backtrace are of.
///
/// # Safety
/// A complete record ends at `fp`.
#[cold]
pub(crate) unsafe fn report(vm: &mut Vm, fp: Fp, message: &[u8]) -> Exit {
    // SAFETY: the caller's; what is unreported has a record below its mark.
    unsafe {
        match reporting::unreported(vm, fp) {
            Some(first) => {
                let failure = String::from_utf8_lossy(message);
                let text = first.message(&[&failure]);
                show_report(vm, first.end, text.as_bytes());
            }
            None => show_report(vm, fp, message),
        }
    }
    process::end_active(vm, None)
}

/// Shows an error window with a message and the backtrace. The process is to be ended.
///
/// # Safety
/// A complete record ends at `fp`.
pub(crate) unsafe fn show_report(vm: &mut Vm, fp: Fp, message: &[u8]) {
    // SAFETY: the caller's.
    let trace = unsafe { backtrace(vm, fp) };
    let mut text = message.to_vec();
    text.push(b'\n');
    text.extend_from_slice(&trace);
    show_window(vm, &text);
    // SAFETY: the caller's.
    unsafe { crate::blocks::abandon(vm, fp) };
}

/// Shows an error window with a text.
pub(crate) fn show_window(vm: &mut Vm, text: &[u8]) {
    let area = vm.ui.text_area();
    // What fails here has no one left to be told.
    let _ = vm.ui.set_text(area, text);
    let window = vm.ui.new_window();
    let _ = vm.ui.set_title(window, b"Error");
    let _ = vm.ui.set_content(window, Some(area));
    let _ = vm.ui.show(window, true);
}

/// One line for each activation: `selector[ClassOfEachArgument,…]`, as the image prints
/// it. Of a very long chain the middle is left out.
///
/// # Safety
/// A complete record ends at `fp`.
pub(crate) unsafe fn backtrace(vm: &Vm, fp: Fp) -> Vec<u8> {
    // SAFETY: the caller's; the chain ends at a boundary or the bottom.
    let total = unsafe { chain(fp) }.count();
    let mut text = Vec::new();
    // SAFETY: as above.
    for (i, r) in unsafe { chain(fp) }.enumerate() {
        if total > 2 * SHOWN + 1 && (SHOWN..total - SHOWN).contains(&i) {
            if i == SHOWN {
                let left_out = total - 2 * SHOWN;
                text.extend_from_slice(format!("… {left_out} more …\n").as_bytes());
            }
            continue;
        }
        line(vm, &r, &mut text);
    }
    text.push(b' ');
    text
}

/// The activations from `fp` to the start of their chain.
unsafe fn chain(fp: Fp) -> impl Iterator<Item = Record> {
    // SAFETY: the caller's.
    unsafe { crate::blocks::records(fp) }
        .skip_while(|r| r.descriptor.kind == Kind::Arguments)
        .take_while(|r| r.is_activation())
}

fn line(vm: &Vm, r: &Record, text: &mut Vec<u8>) {
    let method = vm.record_method(r);
    let name = vm
        .slot_of(method, method_slot::NAME)
        .and_then(|n| vm.bytes_of(n));
    text.extend_from_slice(name.unwrap_or(b"?"));
    text.push(b'[');
    for w in vm.record_argument_words(r) {
        text.extend_from_slice(vm.class_name_of(w).as_bytes());
        text.push(b',');
    }
    text.extend_from_slice(b"]\n");
}

impl Vm {
    /// Receiver and arguments of an activation (of the home, for a block).
    pub(crate) fn record_argument_words(&self, r: &Record) -> Vec<Word> {
        // SAFETY: the record is complete.
        let holder = unsafe { *r.base };
        let in_object = match r.descriptor.kind {
            Kind::NativeBlock | Kind::Heap => true,
            _ => r.is_interpreted_block(),
        };
        if in_object {
            let array = self
                .slot_of(holder, context_slot::ARGUMENTS)
                .unwrap_or(self.nil);
            let mut words = Vec::new();
            while let Some(w) = self.slot_of(array, words.len()) {
                words.push(w);
            }
            words
        } else {
            // SAFETY: the arguments are the first words of a record.
            (0..r.arguments())
                .map(|i| unsafe { *r.base.add(i) })
                .collect()
        }
    }

    /// How a receiver is called where its own `printString` cannot be asked.
    fn describe_receiver(&self, w: Word) -> String {
        const MOST: usize = 200;
        let text = self.describe(w);
        if text.starts_with('<') && self.bytes_of(w).is_none() {
            return format!("an instance of {}", self.class_name_of(w));
        }
        match text.char_indices().nth(MOST) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }

    /// Does the method belong to the root of the classes, and not to a class that handles
    /// errors in its own way?
    fn is_of_root(&self, method: u32) -> bool {
        let class = self.slot_of(self.methods[method as usize].object, method_slot::CLASS);
        let above = class.and_then(|class| self.slot_of(class, class_slot::SUPERCLASS));
        above.is_none_or(|above| above == self.nil)
    }

    /// A short description of a value, for people.
    pub(crate) fn describe(&self, w: Word) -> String {
        if let Some(n) = w.to_int() {
            return n.to_string();
        }
        if w == self.nil {
            return "nil".into();
        }
        if let Some(text) = self.large_integer_text(w) {
            return text;
        }
        if let Some(b) = self.bytes_of(w) {
            return String::from_utf8_lossy(b).into_owned();
        }
        if let Some(value) = self.float_of(w) {
            return crate::float_text::java_double(value);
        }
        format!("<{}>", self.class_name_of(w))
    }
}
