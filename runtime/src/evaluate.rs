//! Running things from outside: expressions, files, the image's start-up.

use crate::code::Fp;
use crate::float_text::java_double;
use crate::interrupt::InterruptHandle;
use crate::process::{self, Ending};
use crate::saver::LeftOut;
use crate::ui::Headless;
use crate::value::Word;
use crate::vm::Vm;
use smallworld_image::{CLASS_OF_CLOSURES, Halt};
use std::path::Path;

/// What an evaluation came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Evaluation {
    /// It answered; this is the value as the test oracle writes it.
    Value(Vec<u8>),
    /// The process was ended by an error; this is the text of its error window, if it
    /// opened one.
    Error(Vec<u8>),
    /// Errors that only ended the innermost `doIt`, after which the program went on, as on
    /// Budd's machine and the JavaScript machine.
    Recovered {
        /// The texts of the error windows, in order.
        errors: Vec<Vec<u8>>,
        /// What it answered in the end, unless that is nil.
        value: Option<Vec<u8>>,
    },
    /// Primitive 117.
    Quit,
}

impl Vm {
    /// Evaluates an expression: sends `doIt` to a String of it, with no caller. Answers
    /// the value in the plain form of [`Vm::show`].
    ///
    /// # Errors
    /// Memory is exhausted before the evaluation begins.
    pub fn evaluate(&mut self, expression: &[u8]) -> Result<Evaluation, String> {
        let top = self.stack_start();
        let text = self
            .new_string(top, expression)
            .map_err(|e| e.to_string())?;
        let (evaluation, _) = self.call(b"doIt", &[text]);
        Ok(evaluation)
    }

    /// Evaluates an expression and sends `printString` to the result; text is answered as it is,
    /// without quotes.
    ///
    /// # Errors
    /// As for [`Vm::evaluate`].
    pub fn evaluate_and_print(&mut self, expression: &[u8]) -> Result<Evaluation, String> {
        let top = self.stack_start();
        let text = self
            .new_string(top, expression)
            .map_err(|e| e.to_string())?;
        let (evaluation, word) = self.call(b"doIt", &[text]);
        let Some(word) = word else {
            return Ok(evaluation);
        };
        let printed = match self.is_string(word) {
            true => Evaluation::Value(self.show(word)),
            false => self.call(b"printString", &[word]).0,
        };
        Ok(match (evaluation, printed) {
            (Evaluation::Recovered { errors, .. }, Evaluation::Value(text)) => {
                let value = Some(text).filter(|_| word != self.nil);
                Evaluation::Recovered { errors, value }
            }
            (_, printed) => printed,
        })
    }

    /// Lets programs read this file, which the user has named, whatever else they may.
    pub fn user_named(&mut self, file: &Path) {
        self.files.access().also_read(file);
    }

    /// Files in a file, as the image's start-up does.
    ///
    /// # Errors
    /// As for [`Vm::evaluate`].
    pub fn file_in(&mut self, name: &str) -> Result<Evaluation, String> {
        let quoted = name.replace('\'', "''");
        self.evaluate(format!("(File openRead: '{quoted}') fileIn").as_bytes())
    }

    /// Sends a selector to the first of `words`, with the others, in a process of its
    /// own, and runs the machine until that is over.
    pub(crate) fn call(&mut self, selector: &[u8], words: &[Word]) -> (Evaluation, Option<Word>) {
        if let Some(headless) = self.ui.as_headless() {
            headless.forget_window_texts();
        }
        self.error_before = None;
        self.reset_limit();
        let main = process::start_main(self, selector, words);
        let ending = process::run(self, Some(main));
        let mut errors = match self.ui.as_headless() {
            Some(headless) => headless.window_texts().to_vec(),
            None => Vec::new(),
        };
        match ending {
            Ending::Value(w) if self.dialect.halt == Halt::InnermostRun && !errors.is_empty() => {
                let value = (w != self.nil).then(|| self.show(w));
                (Evaluation::Recovered { errors, value }, Some(w))
            }
            Ending::Value(w) => (Evaluation::Value(self.show(w)), Some(w)),
            Ending::Quit => (Evaluation::Quit, None),
            Ending::Killed if self.dialect.halt == Halt::InnermostRun && errors.len() > 1 => {
                let value = None;
                (Evaluation::Recovered { errors, value }, None)
            }
            Ending::Killed => (Evaluation::Error(errors.pop().unwrap_or_default()), None),
            Ending::Stuck => {
                let text = "the process waits for a semaphore that nobody can set any more";
                (Evaluation::Error(text.into()), None)
            }
        }
    }

    /// Runs the processes that are left (forked ones, callbacks) until nothing can go on.
    pub fn run_rest(&mut self) -> bool {
        process::run(self, None) == Ending::Quit
    }

    /// Forgets all processes.
    pub fn forget_processes(&mut self) {
        self.scheduler.forget_all();
        self.hosts.forget_waiting();
    }

    /// The headless window system, if that is what the machine has.
    pub fn headless(&mut self) -> Option<&mut Headless> {
        self.ui.as_headless()
    }

    /// A value in plain form: nil, true, false, integers, the bytes of a byte object, and `<Class>`
    /// for everything else, where the class is named by its first slot. Floats, too, are numbers in
    /// images with closures; the machines of others show their class.
    pub(crate) fn show(&self, w: Word) -> Vec<u8> {
        if let Some(n) = w.to_int() {
            return n.to_string().into_bytes();
        }
        for (special, name) in [
            (self.nil, "nil"),
            (self.true_, "true"),
            (self.false_, "false"),
        ] {
            if w == special {
                return name.into();
            }
        }
        if let Some(text) = self.large_integer_text(w) {
            return text.into_bytes();
        }
        if self.has_closures()
            && let Some(value) = self.float_of(w)
        {
            return java_double(value).into_bytes();
        }
        match self.bytes_of(w) {
            Some(b) => b.to_vec(),
            None => format!("<{}>", self.class_name_of(w)).into_bytes(),
        }
    }

    /// Are the blocks of the image closures?
    pub(crate) fn has_closures(&self) -> bool {
        self.class_name(self.specials.block) == CLASS_OF_CLOSURES
    }

    /// Does the image have `SmallWorld startUp`?
    pub fn has_start_up(&mut self) -> bool {
        self.class_understands("SmallWorld", b"startUp")
    }

    /// Does the image compile texts in the language of 2015 besides its own?
    pub fn has_dialects(&mut self) -> bool {
        self.class_understands("Parser", b"dialect:")
    }

    /// Has texts compiled in the language of 2015 from now on, or in the image's own again. Of use only
    /// if it [has both](Vm::has_dialects).
    ///
    /// # Errors
    /// As for [`Vm::evaluate`].
    pub fn use_language_of_2015(&mut self, old: bool) -> Result<Evaluation, String> {
        let year = if old { "2015" } else { "nil" };
        self.evaluate(format!("Parser dialect: {year}").as_bytes())
    }

    fn class_understands(&mut self, class: &str, selector: &[u8]) -> bool {
        let selector = self.selectors.intern(selector);
        (0..self.class_objects.len() as u32).any(|n| {
            self.class_name(self.class_object(n)) == class && {
                let meta = self.class_of(self.class_object(n));
                self.find_method(meta, selector).is_some()
            }
        })
    }

    /// Writes the image to a file; says what the file does not hold.
    ///
    /// # Errors
    /// Says which file could not be written, and why.
    pub fn save_image(&mut self, path: &Path) -> Result<LeftOut, String> {
        let top: Fp = self.stack_start();
        self.save(top, path)
    }

    /// The exit code that a program asked for when it quit, if it named one.
    pub fn exit_code(&self) -> Option<u8> {
        self.exit_code
    }

    /// The file that primitive 116 saves to.
    pub fn set_image_path(&mut self, path: &Path) {
        self.image_path = Some(path.to_path_buf());
    }

    /// A handle by which another thread can stop an evaluation.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.interrupts.handle()
    }
}
