//! What is known when the machine itself goes wrong: a panic in the runtime.
//!
//! A panic ends the program; before the machine is gone, it leaves here where the Smalltalk
//! program was. That is known in primitives, which begin with a complete record and note it;
//! elsewhere it is not. During a collection nothing can be read.

use crate::code::Fp;
use crate::context;
use crate::errors;
use crate::frame::Record;
use crate::vm::Vm;
use std::cell::RefCell;

/// Where a Smalltalk program was when the machine went wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// `Class>>selector @ip` of the innermost activation.
    pub activation: String,
    /// The backtrace, a line for each activation.
    pub backtrace: String,
}

thread_local! {
    static LAST: RefCell<Option<Place>> = const { RefCell::new(None) };
}

/// Where the program was at the last panic of a machine in this thread, if that is known.
pub fn last_place() -> Option<Place> {
    LAST.with(|last| last.borrow_mut().take())
}

impl Vm {
    /// Notes that the runtime works for the activation whose record ends at `fp`.
    #[inline(always)]
    pub(crate) fn note_work(&mut self, fp: Fp) {
        self.at_work = fp;
    }

    /// Notes that it does so no more.
    #[inline(always)]
    pub(crate) fn note_end_of_work(&mut self) {
        self.at_work = std::ptr::null_mut();
    }

    /// After a panic: leaves what is known for [`last_place`].
    ///
    /// # Safety
    /// The machine runs no code, and nothing has been written to its stack since the panic.
    pub(crate) unsafe fn leave_place(&mut self) {
        let fp = std::mem::replace(&mut self.at_work, std::ptr::null_mut());
        if fp.is_null() || self.collecting {
            return;
        }
        // SAFETY: a complete record ended at `fp` when it was noted, and the note is taken
        // back before that changes.
        let (trace, record) = unsafe { (errors::backtrace(self, fp), Record::ending_at(fp)) };
        let activation = match record.is_activation() {
            true => context::place_of(self, &record),
            false => "no activation".into(),
        };
        let place = Place {
            activation,
            backtrace: String::from_utf8_lossy(trace.trim_ascii_end()).into_owned(),
        };
        LAST.with(|last| *last.borrow_mut() = Some(place));
    }
}
