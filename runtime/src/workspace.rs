//! Evaluating with variables that last, as at a prompt.
//!
//! It is done as the image's Workspace does it: the variables are instance variables of
//! an object whose class is made for the purpose, and each expression is compiled as a
//! method of that class. When there is a new variable, so is there a new class and a new
//! object, to which the values move.

use crate::evaluate::Evaluation;
use crate::inspect::Inspection;
use crate::process::{self, Ending};
use crate::value::Word;
use crate::vm::Vm;
use smallworld_image::Halt;

/// The variables of a prompt. Their values belong to the machine they were made with.
#[derive(Default)]
pub struct Workspace {
    names: Vec<String>,
    /// Places of the class and the object among the machine's roots.
    held: Option<(usize, usize)>,
}

/// What running code came to, as far as the machine's caller can use it.
type Answer = Result<Word, Evaluation>;

impl Workspace {
    /// The names, in the order in which they came.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

impl Vm {
    /// Adds variables, which are nil at first.
    ///
    /// # Errors
    /// What went wrong when the image made the class; the variables are as before then.
    pub fn declare(
        &mut self,
        workspace: &mut Workspace,
        names: &[String],
    ) -> Result<(), Evaluation> {
        let mut all = workspace.names.clone();
        for name in names {
            if !all.contains(name) {
                all.push(name.clone());
            }
        }
        if all.len() == workspace.names.len() {
            return Ok(());
        }
        let class = self.ask(&format!(
            "Object subclass: 'Prompt' variables: '{}' classVariables: ''",
            all.join(" ")
        ))?;
        let class_place = self.hold(workspace.held.map(|h| h.0), class);
        let object = self.send(b"new", &[class])?;
        if let Some((_, old)) = workspace.held {
            for i in 0..workspace.names.len() {
                if let Some(value) = self.slot_of(self.extra_roots[old], i)
                    && self.slot_of(object, i).is_some()
                {
                    // SAFETY: the object was just seen to have the slot.
                    unsafe { self.store_slot(object, i, value) };
                }
            }
        }
        let object_place = self.hold(workspace.held.map(|h| h.1), object);
        workspace.held = Some((class_place, object_place));
        workspace.names = all;
        Ok(())
    }

    /// Evaluates an expression that may use the variables, and sends `printString` to
    /// the result, unless that is text. Without variables this is `doIt`.
    pub fn evaluate_in(&mut self, workspace: &Workspace, expression: &str) -> Evaluation {
        let value = self.value_in(workspace, expression);
        let printed = value.and_then(|w| {
            let errors = self.texts_of_errors();
            let text = match self.is_string(w) {
                true => w,
                false => self.send(b"printString", &[w])?,
            };
            let shown = self.show(text);
            Ok(match errors.is_empty() {
                true => Evaluation::Value(shown),
                false => Evaluation::Recovered {
                    errors,
                    value: (w != self.nil).then_some(shown),
                },
            })
        });
        printed.unwrap_or_else(|ending| ending)
    }

    /// Evaluates an expression that may use the variables, and looks into the result.
    ///
    /// # Errors
    /// What it ended in, if not in a value.
    pub fn inspect_in(
        &mut self,
        workspace: &Workspace,
        expression: &str,
    ) -> Result<Inspection, Evaluation> {
        let value = self.value_in(workspace, expression)?;
        let place = self.hold(None, value);
        let printed = self.send(b"printString", &[value]);
        let value = self.extra_roots[place];
        self.extra_roots.truncate(place);
        let printed = self.show(printed?);
        Ok(self.inspection(value, printed))
    }

    fn value_in(&mut self, workspace: &Workspace, expression: &str) -> Answer {
        match workspace.held {
            None => self.ask(expression),
            Some(places) => self.ask_in(places, expression),
        }
    }

    /// The value of an expression in a method of the variables' class.
    fn ask_in(&mut self, (class, object): (usize, usize), expression: &str) -> Answer {
        let top = self.stack_start();
        let source = format!("doItCommand ^{expression}");
        let source = self.new_string(top, source.as_bytes()).map_err(failed)?;
        let method = self.send(b"parseMethod:", &[self.extra_roots[class], source])?;
        if method == self.nil {
            let errors = self.texts_of_errors();
            return Err(Evaluation::Error(
                errors.into_iter().next_back().unwrap_or_default(),
            ));
        }
        let method_place = self.hold(None, method);
        let ran = self.ask("Context new").and_then(|context| {
            let top = self.stack_start();
            let context_place = self.hold(None, context);
            // SAFETY: the object is a word at the start of the stack, which is free.
            let arguments = unsafe {
                *top = self.extra_roots[object];
                self.new_array(top.add(1), top, 1)
            };
            let context = self.extra_roots[context_place];
            self.extra_roots.truncate(context_place);
            let arguments = arguments.map_err(failed)?;
            let method = self.extra_roots[method_place];
            self.extra_roots.truncate(method_place);
            self.send(b"perform:withArguments:", &[context, method, arguments])
        });
        self.extra_roots.truncate(method_place);
        ran
    }

    fn ask(&mut self, expression: &str) -> Answer {
        let top = self.stack_start();
        let text = self
            .new_string(top, expression.as_bytes())
            .map_err(failed)?;
        self.send(b"doIt", &[text])
    }

    fn send(&mut self, selector: &[u8], words: &[Word]) -> Answer {
        if let Some(headless) = self.headless() {
            headless.forget_window_texts();
        }
        self.reset_limit();
        let main = process::start_main(self, selector, words);
        match process::run(self, Some(main)) {
            Ending::Value(w) => Ok(w),
            Ending::Quit => Err(Evaluation::Quit),
            Ending::Killed => {
                let text = self.texts_of_windows().pop();
                Err(Evaluation::Error(text.unwrap_or_default()))
            }
            Ending::Stuck => Err(Evaluation::Error(
                b"the process waits for a semaphore that nobody can set any more".to_vec(),
            )),
        }
    }

    /// Errors after which the program went on, which not all machines do.
    fn texts_of_errors(&mut self) -> Vec<Vec<u8>> {
        match self.dialect.halt {
            Halt::Process => Vec::new(),
            Halt::InnermostRun => self.texts_of_windows(),
        }
    }

    fn texts_of_windows(&mut self) -> Vec<Vec<u8>> {
        self.headless()
            .map(|h| h.window_texts().to_vec())
            .unwrap_or_default()
    }

    /// Keeps a value alive, in place of an earlier one if there is one.
    fn hold(&mut self, place: Option<usize>, w: Word) -> usize {
        match place {
            Some(place) => {
                self.extra_roots[place] = w;
                place
            }
            None => {
                self.extra_roots.push(w);
                self.extra_roots.len() - 1
            }
        }
    }
}

fn failed(problem: impl std::fmt::Display) -> Evaluation {
    Evaluation::Error(problem.to_string().into_bytes())
}
