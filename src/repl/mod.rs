//! `smallworld repl`: a prompt.

mod commands;
mod editor;
mod syntax;

use crate::args::GlobalOptions;
use crate::failure::{Failure, Outcome, print_line, tell};
use crate::program::{Program, left_out};
use crate::session::Session;
use editor::{Editor, Line};
use smallworld_runtime::Evaluation;
use smallworld_runtime::workspace::Workspace;
use std::io::{self, BufRead, IsTerminal};

/// Runs the command.
pub fn repl(options: &GlobalOptions) -> Outcome {
    let mut session = Session::new(options)?;
    session.start_up()?;
    Repl::new(session).run()
}

/// A prompt at work.
pub struct Repl {
    session: Session,
    workspace: Workspace,
    quit: bool,
}

impl Repl {
    /// A prompt for a machine.
    pub fn new(session: Session) -> Repl {
        Repl {
            session,
            workspace: Workspace::default(),
            quit: false,
        }
    }

    /// Reads and evaluates until the end of the input.
    pub fn run(mut self) -> Outcome {
        let done = if io::stdin().is_terminal() {
            self.interactive()
        } else {
            self.piped()
        };
        self.session.finish(done)
    }

    /// With line editing. An error leaves the user at the prompt.
    fn interactive(&mut self) -> Outcome {
        let mut editor = Editor::new().map_err(Failure::usage)?;
        tell(format_args!(
            "smallworld {}: expressions, or :help",
            env!("CARGO_PKG_VERSION")
        ));
        self.update_completion(&mut editor);
        while !self.quit {
            self.session.set_waiting(true);
            let line = editor.read();
            self.session.set_waiting(false);
            match line {
                Ok(Line::Text(text)) => {
                    self.enter(&text)?;
                    self.update_completion(&mut editor);
                }
                Ok(Line::Cancelled) => {}
                Ok(Line::End) => break,
                Err(problem) => return Err(Failure::usage(problem)),
            }
        }
        editor.save_history();
        Ok(())
    }

    /// From a file or a pipe: only answers are printed. Errors do not end it.
    fn piped(&mut self) -> Outcome {
        let mut pending = String::new();
        let mut input = io::stdin().lock();
        while !self.quit {
            self.session.set_waiting(true);
            let mut line = Vec::new();
            let read = input.read_until(b'\n', &mut line);
            self.session.set_waiting(false);
            let count = read.map_err(|e| {
                Failure::usage(format_args!("cannot read from standard input: {e}"))
            })?;
            // What is incomplete at the end is for the image to complain about.
            let at_end = count == 0;
            pending.push_str(&String::from_utf8_lossy(&line));
            if at_end || pending.starts_with(':') || syntax::is_complete(&pending) {
                let text = std::mem::take(&mut pending);
                self.enter(text.trim_end_matches(['\n', '\r']))?;
            }
            if at_end {
                break;
            }
        }
        Ok(())
    }

    fn update_completion(&self, editor: &mut Editor) {
        let mut names = self.session.vm.selector_names();
        names.extend(self.session.vm.class_names());
        names.extend_from_slice(self.workspace.names());
        editor.set_names(names);
    }

    /// Does what one input says.
    fn enter(&mut self, text: &str) -> Outcome {
        let text = text.trim();
        match text.strip_prefix(':') {
            Some(command) => self.command(command),
            None if syntax::is_chunk(text) => {
                let program = Program::new("input", text);
                match self.session.file_in_program(&program) {
                    // The user is at a prompt and can try again.
                    Err(Failure::Program) => Ok(()),
                    Err(Failure::Closed) => {
                        self.quit = true;
                        Ok(())
                    }
                    other => other,
                }
            }
            None => self.evaluate(text),
        }
    }

    /// Evaluates statements and prints the value of the last one.
    fn evaluate(&mut self, text: &str) -> Outcome {
        match self.value(text)? {
            Some(value) => print_line(&value),
            None => Ok(()),
        }
    }

    /// What `printString` answers for the value of statements; nothing if there is no
    /// value, which the user has been told.
    fn value(&mut self, text: &str) -> Result<Option<Vec<u8>>, Failure> {
        let Some(expression) = self.prepared(text)? else {
            return Ok(None);
        };
        let workspace = &self.workspace;
        let done = self
            .session
            .running(text, |vm| vm.evaluate_in(workspace, &expression));
        self.shown(done)
    }

    /// Statements as one expression, their variables declared; nothing if there is nothing
    /// to evaluate, or the variables could not be declared.
    fn prepared(&mut self, text: &str) -> Result<Option<String>, Failure> {
        let statements = syntax::read(&syntax::without_continuations(text));
        if let Some(error) = left_out(&statements.expression, self.session.dialect) {
            tell(error);
            return Ok(None);
        }
        if !statements.variables.is_empty() {
            let workspace = &mut self.workspace;
            let variables = &statements.variables;
            let declared = self
                .session
                .running("new variables", |vm| vm.declare(workspace, variables));
            if let Err(ending) = declared {
                tell("this image cannot keep variables at the prompt");
                self.shown(ending)?;
                return Ok(None);
            }
        }
        let expression = statements.expression;
        Ok((!expression.is_empty()).then_some(expression))
    }

    fn shown(&mut self, done: Evaluation) -> Result<Option<Vec<u8>>, Failure> {
        if let Evaluation::Recovered { value, .. } = done {
            return Ok(value);
        }
        match self.session.value_of(Ok(done)) {
            Ok(value) => Ok(Some(value)),
            Err(Failure::Program) => Ok(None),
            Err(Failure::Closed) => {
                self.quit = true;
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }
}
