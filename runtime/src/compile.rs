//! Compiling methods from outside, by the compiler of the image.

use crate::evaluate::Evaluation;
use crate::value::Word;
use crate::vm::Vm;

impl Vm {
    /// Compiles a method into a class, as the image's own `fileIn` does: `compileMethod:` is
    /// sent to the class, or to its class. Nothing if the image does not know the class.
    ///
    /// # Errors
    /// As for [`Vm::evaluate`].
    pub fn compile_method(
        &mut self,
        class: &str,
        class_side: bool,
        text: &[u8],
    ) -> Result<Option<Evaluation>, String> {
        let quoted = class.replace('\'', "''");
        let question = format!("Class at: '{quoted}' ifAbsent: [nil]");
        let question = self.string_at_start(question.as_bytes())?;
        let (answer, class) = self.call(b"doIt", &[question]);
        let Some(class) = class else {
            return Ok(Some(answer));
        };
        if class == self.nil {
            return Ok(None);
        }
        // A collection may move it.
        self.extra_roots.push(class);
        let text = self.string_at_start(text);
        let class = self.extra_roots.pop().unwrap_or(class);
        let owner = match class_side {
            true => self.class_object(self.class_of(class)),
            false => class,
        };
        Ok(Some(self.call(b"compileMethod:", &[owner, text?]).0))
    }

    /// A String, made while nothing runs.
    fn string_at_start(&mut self, bytes: &[u8]) -> Result<Word, String> {
        let top = self.stack_start();
        self.new_string(top, bytes).map_err(|e| e.to_string())
    }
}
