//! Programs as their users hand them over: expressions for `eval`, files for `run`.
//!
//! The compilers inside the images take in one statement, and leave out what follows it
//! without a word; their file readers skip lines that they do not know. Here a text is looked
//! through first. What would be left out is an error with its place, and several statements
//! are evaluated one after the other. What is broken, or beyond what is known here of the
//! language, goes to the image as it is: its own compiler has the last word.
//!
//! This project's own image takes in whole texts, in the language that the session says. What is
//! wrong with its syntax is known here as well as there.

use crate::failure::{Failure, Outcome, tell};
use crate::session::Session;
use smallworld_bootstrap::chunk::{Chunk, ChunkKind, chunks, doubles_marks};
use smallworld_bootstrap::{
    Diagnostic, Dialect, Outline, Source, StatementPlace, TextError, outline_method,
    outline_statements, selector_of,
};
use smallworld_runtime::{Evaluation, Vm};
use std::ops::Range;
use std::path::Path;

/// What no compiler accepts as the rest of a text, unless it never gets there.
const NEVER_COMPLETE: &str = " . (";

/// What is said of a method when the image has said why.
const NOT_COMPILED: &str = "the image's compiler refuses it, as it says above";

/// A text, under the name that errors in it are reported with.
pub struct Program {
    source: Source,
    /// Whether it was made of bytes that are no UTF-8, a character for each.
    is_bytes: bool,
    /// Whether an exclamation mark in it is written twice.
    doubles_marks: bool,
}

/// What is to be done with statements.
enum Plan {
    /// To evaluate these, one after the other.
    Each(Vec<Range<usize>>),
    /// To let the image try; this is wrong as far as can be seen from here.
    Try(TextError),
}

impl Program {
    /// A text from the user.
    pub fn new(name: &str, text: &str) -> Program {
        Program {
            source: Source::new(name, text),
            is_bytes: false,
            doubles_marks: false,
        }
    }

    /// The contents of a file.
    fn from_file(path: &Path) -> Result<Program, Failure> {
        let bytes = std::fs::read(path).map_err(|problem| {
            let problem = match path.is_dir() {
                true => "it is a folder".to_string(),
                false => problem.to_string(),
            };
            Failure::usage(format_args!(
                "cannot file in '{}': {problem}",
                path.display()
            ))
        })?;
        let (text, is_bytes) = match String::from_utf8(bytes) {
            Ok(text) => (text, false),
            Err(e) => (e.as_bytes().iter().copied().map(char::from).collect(), true),
        };
        // Lines end as the image's own files see them.
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        Ok(Program {
            doubles_marks: doubles_marks(&text),
            source: Source::new(path.display().to_string(), text),
            is_bytes,
        })
    }

    fn text(&self, part: &Range<usize>) -> &str {
        &self.source.text[part.clone()]
    }

    /// A part as the image gets it.
    fn bytes(&self, part: &Range<usize>) -> Vec<u8> {
        let text = match self.doubles_marks {
            true => self.text(part).replace("!!", "!"),
            false => self.text(part).to_string(),
        };
        match self.is_bytes {
            // Each of these characters was a byte.
            true => text.chars().map(|c| c as u8).collect(),
            false => text.as_bytes().to_vec(),
        }
    }

    /// An error in a part. What is missing at its end is missing behind its last word.
    fn diagnostic(&self, part: &Range<usize>, error: &TextError) -> Diagnostic {
        let end = self.text(part).trim_end().len();
        let offset = part.start + error.offset.min(end);
        self.source.diagnostic(offset, error.message.clone())
    }

    /// An error in a method, with its name.
    fn in_method(&self, chunk: &Chunk, error: &TextError) -> Diagnostic {
        let ChunkKind::Method { class, class_side } = &chunk.kind else {
            return self.diagnostic(&chunk.text, error);
        };
        let side = if *class_side { " class" } else { "" };
        let selector = selector_of(self.text(&chunk.text)).unwrap_or_default();
        let message = format!("{class}{side}>>{selector}: {}", error.message);
        self.diagnostic(&chunk.text, &TextError::new(error.offset, message))
    }

    /// What to do with the statements in a part.
    fn plan(&self, part: &Range<usize>, dialect: Option<Dialect>) -> Result<Plan, Diagnostic> {
        if let Some(dialect) = dialect {
            return match outline_statements(self.text(part), dialect) {
                Outline::Whole(places) => Ok(self.one_by_one(part, &places)),
                Outline::Beginning(error) | Outline::Broken { error, .. } => {
                    Err(self.diagnostic(part, &error))
                }
            };
        }
        match outline_statements(self.text(part), Dialect::Of2015) {
            Outline::Whole(places) => Ok(self.one_by_one(part, &places)),
            Outline::Broken { before: 0, error } => Ok(Plan::Try(error)),
            Outline::Beginning(error) | Outline::Broken { error, .. } => {
                Err(self.diagnostic(part, &error))
            }
        }
    }
}

impl Program {
    /// Statements are evaluated one after the other, so that each may use the classes that those before
    /// have made; not where they share temporaries.
    fn one_by_one(&self, part: &Range<usize>, places: &[StatementPlace]) -> Plan {
        let first = places.first().map_or(0, |place| place.text.start);
        let declares = self.text(part)[..first].contains('|');
        if declares || matches!(places, [only] if !only.returns) {
            return Plan::Each(vec![part.clone()]);
        }
        let returns = places.iter().position(|place| place.returns);
        let count = returns.map_or(places.len(), |at| at + 1);
        let moved = |r: &Range<usize>| part.start + r.start..part.start + r.end;
        let reached = places[..count].iter().map(|place| moved(&place.text));
        Plan::Each(reached.collect())
    }
}

impl Session {
    /// Evaluates the statements of a text, and answers what the `printString` of the last
    /// one's value says.
    pub fn print_program(&mut self, program: &Program) -> Result<Vec<u8>, Failure> {
        let all = 0..program.source.text.len();
        let statements = match program.plan(&all, self.dialect).map_err(shown)? {
            Plan::Each(statements) => statements,
            Plan::Try(error) => {
                let diagnostic = program.diagnostic(&all, &error);
                let bytes = program.bytes(&all);
                if self.leaves_out_the_end("Object", &compiled(&bytes)) {
                    return Err(shown(diagnostic));
                }
                return self.print(&bytes).inspect_err(|failure| {
                    if matches!(failure, Failure::Program) {
                        tell(diagnostic);
                    }
                });
            }
        };
        let Some((last, before)) = statements.split_last() else {
            return self.print(b"");
        };
        let mut recovered = false;
        for statement in before {
            recovered |= self.perform(&program.bytes(statement))?;
        }
        match self.print(&program.bytes(last)) {
            Ok(_) if recovered => Err(Failure::Program),
            done => done,
        }
    }

    /// Files a file in. Error windows that it left fail it too.
    pub fn file_in(&mut self, path: &Path) -> Outcome {
        let program = Program::from_file(path)?;
        // It may read its own file.
        self.vm.user_named(path);
        self.file_in_program(&program)
    }

    /// Files a text in.
    pub fn file_in_program(&mut self, program: &Program) -> Outcome {
        let chunks = program.chunks(self.dialect)?;
        let windows = self.error_windows();
        let mut recovered = false;
        for chunk in &chunks {
            recovered |= match &chunk.kind {
                ChunkKind::Evaluation => self.evaluate_chunk(program, chunk)?,
                ChunkKind::Method { class, class_side } => {
                    self.compile_chunk(program, chunk, class, *class_side)?
                }
                ChunkKind::Comment { class } => {
                    let text = program.bytes(&chunk.text);
                    let text = String::from_utf8_lossy(&text).replace('\'', "''");
                    self.perform(format!("{class} comment: '{text}'").as_bytes())?
                }
            };
        }
        self.running("what was forked", Vm::run_rest);
        match recovered || self.error_windows() > windows {
            true => Err(Failure::Program),
            false => Ok(()),
        }
    }

    /// Answers whether there was an error after which the program has gone on.
    fn evaluate_chunk(&mut self, program: &Program, chunk: &Chunk) -> Result<bool, Failure> {
        let (statements, error) = match program.plan(&chunk.text, self.dialect).map_err(shown)? {
            Plan::Each(statements) => (statements, None),
            Plan::Try(error) => {
                let error = program.diagnostic(&chunk.text, &error);
                let text = compiled(&program.bytes(&chunk.text));
                if self.leaves_out_the_end("Object", &text) {
                    return Err(shown(error));
                }
                (vec![chunk.text.clone()], Some(error))
            }
        };
        let mut recovered = false;
        for statement in &statements {
            let done = self.perform(&program.bytes(statement));
            let failed = !matches!(done, Ok(false) | Err(Failure::Closed));
            if failed {
                tell(error.clone().unwrap_or_else(|| {
                    let message = "this ended in the error above";
                    program.source.diagnostic(statement.start, message)
                }));
            }
            recovered |= done?;
        }
        Ok(recovered)
    }

    /// Answers whether there was an error after which the program has gone on.
    fn compile_chunk(
        &mut self,
        program: &Program,
        chunk: &Chunk,
        class: &str,
        class_side: bool,
    ) -> Result<bool, Failure> {
        let text = program.bytes(&chunk.text);
        let dialect = self.dialect.unwrap_or(Dialect::Of2015);
        let error = match outline_method(program.text(&chunk.text), dialect) {
            Outline::Whole(_) => None,
            Outline::Beginning(error) | Outline::Broken { error, .. } if self.dialect.is_some() => {
                return Err(shown(program.in_method(chunk, &error)));
            }
            Outline::Beginning(error) | Outline::Broken { error, .. } => {
                let error = program.in_method(chunk, &error);
                let side = if class_side { " class" } else { "" };
                let owner = format!("(Class at: '{class}' ifAbsent: [Object]){side}");
                if self.leaves_out_the_end(&owner, &text) {
                    return Err(shown(error));
                }
                Some(error)
            }
        };
        let done = self.running(class, |vm| vm.compile_method(class, class_side, &text));
        let failed = |problem: &str| {
            let here = || program.in_method(chunk, &TextError::new(0, problem));
            error.clone().unwrap_or_else(here)
        };
        match done {
            Ok(None) => Err(shown(
                program
                    .source
                    .diagnostic(chunk.offset, format!("there is no class '{class}'")),
            )),
            Ok(Some(Evaluation::Recovered { .. })) => {
                tell(failed(NOT_COMPILED));
                Ok(true)
            }
            Ok(Some(done)) => match self.value_of(Ok(done)) {
                Err(Failure::Program) => {
                    tell(failed(NOT_COMPILED));
                    Err(Failure::Program)
                }
                done => done.map(|_| false),
            },
            Err(problem) => Err(shown(failed(&problem))),
        }
    }

    /// Evaluates one statement. Answers whether there was an error after which the program
    /// has gone on, as Budd's image does.
    fn perform(&mut self, statement: &[u8]) -> Result<bool, Failure> {
        let shown = String::from_utf8_lossy(statement).into_owned();
        match self.running(&shown, |vm| vm.evaluate(statement)) {
            Ok(Evaluation::Recovered { .. }) => Ok(true),
            done => self.value_of(done).map(|_| false),
        }
    }

    /// Does the image's compiler stop somewhere before the end of a method, without a word?
    /// Then it also takes the method with something behind it that nobody can take.
    fn leaves_out_the_end(&mut self, owner: &str, method: &[u8]) -> bool {
        let mut question = format!("{owner} parseMethod: '").into_bytes();
        for &byte in method.iter().chain(NEVER_COMPLETE.as_bytes()) {
            question.push(byte);
            if byte == b'\'' {
                question.push(byte);
            }
        }
        question.push(b'\'');
        let windows = self.error_windows();
        let silent = self.vm.headless().map(|headless| headless.set_sink(None));
        let done = self.running("a question", |vm| vm.evaluate(&question));
        if silent.is_some() {
            self.show_windows();
        }
        // What it complains of has been seen by nobody, and does not count.
        self.ignored_windows += self.error_windows() - windows;
        matches!(done, Ok(Evaluation::Value(value)) if value != b"nil")
    }
}

impl Program {
    /// The chunks of a file, when all of it is understood as far as can be told before
    /// anything has run.
    fn chunks(&self, dialect: Option<Dialect>) -> Result<Vec<Chunk>, Failure> {
        let (chunks, faults) = chunks(&self.source.text);
        let all = 0..self.source.text.len();
        let mut errors: Vec<Diagnostic> = faults.iter().map(|f| self.diagnostic(&all, f)).collect();
        for chunk in &chunks {
            let error = match chunk.kind {
                ChunkKind::Evaluation => self.plan(&chunk.text, dialect).err(),
                ChunkKind::Method { .. } => self.method_error(chunk, dialect),
                ChunkKind::Comment { .. } => None,
            };
            errors.extend(error);
        }
        if errors.is_empty() {
            return Ok(chunks);
        }
        errors.sort_by_key(|error| (error.line, error.column));
        errors.iter().for_each(tell);
        Err(Failure::Program)
    }
}

impl Program {
    /// What is wrong with a method before anything has run. Of what is broken, an image that is not this
    /// project's own has the last word.
    fn method_error(&self, chunk: &Chunk, dialect: Option<Dialect>) -> Option<Diagnostic> {
        let old = dialect.unwrap_or(Dialect::Of2015);
        match outline_method(self.text(&chunk.text), old) {
            Outline::Broken { error, .. } if dialect.is_some() => {
                Some(self.in_method(chunk, &error))
            }
            Outline::Beginning(error) => Some(self.in_method(chunk, &error)),
            Outline::Whole(_) | Outline::Broken { .. } => None,
        }
    }
}

/// What is wrong with an expression of which an image's compiler would take the beginning
/// only.
pub fn left_out(expression: &str, dialect: Option<Dialect>) -> Option<Diagnostic> {
    match outline_statements(expression, dialect.unwrap_or(Dialect::Of2015)) {
        Outline::Broken { .. } if dialect.is_none() => None,
        Outline::Beginning(error) | Outline::Broken { error, .. } => {
            let source = Source::new("input", expression);
            Some(source.diagnostic(error.offset, error.message))
        }
        Outline::Whole(_) => None,
    }
}

/// The method that the images make of an expression.
fn compiled(expression: &[u8]) -> Vec<u8> {
    [b"doItCommand ^", expression].concat()
}

/// Tells the user of an error in a program.
fn shown(error: Diagnostic) -> Failure {
    tell(error);
    Failure::Program
}
