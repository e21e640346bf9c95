//! An image as a part of another Rust program.
//!
//! A [`Machine`] boots the image of a build, evaluates and sends, converts [`Value`]s both
//! ways, calls the program back through host primitives, and passes on what the image
//! shows on its Transcript. `docs/HOWTO.md` has a whole project; `examples/` has four.
//!
//! ```no_run
//! use smallworld_runtime::embed::{Machine, Object};
//! # use smallworld_runtime::native::NO_NATIVE as NATIVE;
//!
//! # fn main() -> Result<(), smallworld_runtime::embed::Error> {
//! // With `smallworld_runtime::include_image!(image)` it is `image::NATIVE`.
//! let mut machine = Machine::new(&NATIVE)?;
//! let seven: i32 = machine.eval("3 + 4")?;
//! let points: Object = machine.eval("List new")?;
//! machine.send::<()>(&points, "add:", &["a".into()])?;
//! # assert_eq!(seven, 7);
//! # Ok(())
//! # }
//! ```

mod error;
mod include;
mod keep;
mod program;
mod value;

pub use crate::primitives::host::{Call, FIRST_HOST_PRIMITIVE};
pub use error::Error;
pub(crate) use keep::Keeper;
pub use keep::Object;
pub use program::{ConsolePrimitive, program};
pub use value::{FromValue, Value};
pub(crate) use value::{from_word, to_word};

use crate::evaluate::Evaluation;
use crate::interrupt::InterruptHandle;
use crate::native::NativeImage;
use crate::saver::LeftOut;
use crate::source::Source;
use crate::ui::{Headless, PaneKind};
use crate::value::Word;
use crate::vm::{Options, Vm};
use smallworld_image::{Image, ReadError, selector_arity};
use std::path::Path;

/// An image that runs inside this program. It stays in the thread that made it.
pub struct Machine {
    vm: Box<Vm>,
}

impl Machine {
    /// A machine with the image of a build.
    ///
    /// # Errors
    /// The image cannot be used, which a build would have found out.
    pub fn new(native: &'static NativeImage) -> Result<Machine, Error> {
        Machine::with(native, Options::default())
    }

    /// A machine with the image of a build, and limits of one's own.
    ///
    /// # Errors
    /// As for [`Machine::new`].
    pub fn with(native: &'static NativeImage, options: Options) -> Result<Machine, Error> {
        Machine::boot(Source::own(native), options)
    }

    /// A machine with another image, such as one that was saved. The methods that it
    /// shares with the image of the build are native, all others are interpreted.
    ///
    /// # Errors
    /// The bytes are no image, or a damaged one.
    pub fn from_image(
        native: &'static NativeImage,
        image: &[u8],
        options: Options,
    ) -> Result<Machine, Error> {
        let source = Image::read(image).and_then(|image| Source::other(native, image));
        Machine::boot(source, options)
    }

    fn boot(source: Result<Source, ReadError>, options: Options) -> Result<Machine, Error> {
        let source = source.map_err(|e| Error::Machine(e.to_string()))?;
        let ui = Box::new(Headless::silent());
        let vm = Vm::new(&source, options, ui);
        Ok(Machine { vm })
    }

    /// Evaluates an expression of the image's language.
    ///
    /// # Errors
    /// The expression does not compile, or fails, or its value is not what is wanted.
    pub fn eval<T: FromValue>(&mut self, expression: &str) -> Result<T, Error> {
        // This is `doIt`, but for the mistake in the text, of which that answers nil.
        let object = self.class("Object")?;
        let source = Value::Text(format!("doItCommand ^{expression}"));
        let method: Value = self.send(&object, "parseMethod:", &[source])?;
        if method == Value::Nil {
            let complaints = self.vm.headless().map(|h| h.window_texts().to_vec());
            let complaint = complaints.unwrap_or_default().pop();
            return Err(Error::Smalltalk(match complaint {
                Some(text) => text_of(&text),
                None => format!("'{expression}' does not compile"),
            }));
        }
        let context = self.class("Context")?;
        let context: Object = self.send(&context, "new", &[])?;
        let arguments = vec![Value::Nil].into();
        self.send(&context, "perform:withArguments:", &[method, arguments])
    }

    /// Sends a message.
    ///
    /// # Errors
    /// The selector asks for another number of arguments, a value cannot be converted, or
    /// the method fails.
    pub fn send<T: FromValue>(
        &mut self,
        receiver: &Object,
        selector: &str,
        arguments: &[Value],
    ) -> Result<T, Error> {
        self.send_to(&Value::Object(receiver.clone()), selector, arguments)
    }

    /// Sends a message to any value: a number, a text, an array.
    ///
    /// # Errors
    /// As for [`Machine::send`].
    pub fn send_to<T: FromValue>(
        &mut self,
        receiver: &Value,
        selector: &str,
        arguments: &[Value],
    ) -> Result<T, Error> {
        let wanted = selector_arity(selector.as_bytes()) - 1;
        if wanted != arguments.len() {
            return Err(Error::Machine(format!(
                "'{selector}' takes {wanted} arguments, not {}",
                arguments.len()
            )));
        }
        let words = self.words(receiver, arguments)?;
        let (evaluation, word) = self.vm.call(selector.as_bytes(), &words);
        match (evaluation, word) {
            (Evaluation::Value(_), Some(word)) => T::from_value(from_word(&mut self.vm, word)),
            (Evaluation::Recovered { errors, .. }, _) => Err(Error::Smalltalk(
                errors.first().map_or_else(String::new, |e| text_of(e)),
            )),
            (Evaluation::Error(text), _) => {
                let mut text = text_of(&text);
                if let Some(first) = self.vm.take_error_before() {
                    text = format!("{}\n{text}", text_of(&first));
                }
                Err(Error::Smalltalk(text))
            }
            (Evaluation::Quit | Evaluation::Value(_), _) => Err(Error::Quit),
        }
    }

    /// Receiver and arguments as the machine has them.
    fn words(&mut self, receiver: &Value, arguments: &[Value]) -> Result<Vec<Word>, Error> {
        let vm = &mut self.vm;
        let base = vm.extra_roots.len();
        let top = vm.stack_start();
        let made = std::iter::once(receiver)
            .chain(arguments)
            .try_for_each(|v| {
                // SAFETY: nothing runs, so the stack is free from its start.
                let word = unsafe { to_word(vm, top, v)? };
                vm.extra_roots.push(word);
                Ok(())
            });
        let words = vm.extra_roots.split_off(base);
        made.map(|()| words)
    }

    /// The class with a name, to send to.
    ///
    /// # Errors
    /// The image has no such class.
    pub fn class(&mut self, name: &str) -> Result<Object, Error> {
        match self.vm.class_named(name) {
            Some(word) => Ok(self.vm.keep(word)),
            None => Err(Error::Machine(format!("the image has no class '{name}'"))),
        }
    }

    /// Files in a file of classes, methods and expressions.
    ///
    /// # Errors
    /// The file cannot be read, or what it says fails.
    pub fn file_in(&mut self, path: &Path) -> Result<(), Error> {
        let unreadable = |problem: &dyn std::fmt::Display| {
            Error::Machine(format!("cannot file in '{}': {problem}", path.display()))
        };
        std::fs::File::open(path).map_err(|e| unreadable(&e))?;
        let name = path
            .to_str()
            .ok_or_else(|| unreadable(&"the image needs a name in UTF-8"))?;
        let quoted = name.replace('\'', "''");
        self.eval(&format!("(File openRead: '{quoted}') fileIn"))
    }

    /// Has a Rust function run when a method of the image runs the primitive `number`,
    /// which is 200 or more: `<200 self x>` calls it with two arguments. Its error becomes
    /// the image's: `error:` is sent to the receiver of that method.
    ///
    /// # Errors
    /// The number is below 200, where the image's own primitives are.
    pub fn primitive(
        &mut self,
        number: u8,
        function: impl FnMut(&mut Call<'_>) -> Result<Value, String> + 'static,
    ) -> Result<(), Error> {
        let Some(place) = number.checked_sub(FIRST_HOST_PRIMITIVE) else {
            return Err(Error::Machine(format!(
                "primitive {number} is not the host's: its numbers are \
                 {FIRST_HOST_PRIMITIVE} to 255"
            )));
        };
        self.vm.host_primitives.set(place, Box::new(function));
        Ok(())
    }

    /// Opens the image's Transcript, and has what is shown there passed to a function, as
    /// text is added.
    ///
    /// # Errors
    /// The image has no Transcript that can be opened.
    pub fn on_transcript(
        &mut self,
        mut show: impl FnMut(&str) + Send + 'static,
    ) -> Result<(), Error> {
        self.class("Transcript")?;
        self.eval::<()>("Transcript open")?;
        let none = || Error::Machine("the image's Transcript has no pane for text".into());
        let headless = self.vm.headless().ok_or_else(none)?;
        let window = headless.shown_windows().pop().ok_or_else(none)?;
        let panes = headless.panes(window, PaneKind::TextArea);
        let transcript = *panes.first().ok_or_else(none)?;
        let mut before = crate::ui::Ui::text(headless, transcript).unwrap_or_default();
        headless.on_text(Box::new(move |pane, text| {
            if pane == transcript {
                let added = crate::transcript::added_to(&mut before, text);
                if !added.is_empty() {
                    show(&text_of(added));
                }
            }
        }));
        Ok(())
    }

    /// Runs the processes that the image has forked until none can go on.
    ///
    /// # Errors
    /// The image wants to quit.
    pub fn run_forked(&mut self) -> Result<(), Error> {
        match self.vm.run_rest() {
            true => Err(Error::Quit),
            false => Ok(()),
        }
    }

    /// Writes the image to a file, as a whole or not at all. Says what of the objects in memory the
    /// file does not hold.
    ///
    /// # Errors
    /// Says which file could not be written, and why.
    pub fn save(&mut self, path: &Path) -> Result<LeftOut, Error> {
        self.vm.save_image(path).map_err(Error::Machine)
    }

    /// A handle by which another thread can stop what is being evaluated.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.vm.interrupt_handle()
    }

    /// The machine beneath, for what is not offered here: counts, names, profiles.
    pub fn vm(&mut self) -> &mut Vm {
        &mut self.vm
    }
}

/// Text of the image, with its line ends as Rust programs expect them.
fn text_of(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.replace("\r\n", "\n").replace('\r', "\n")
}
