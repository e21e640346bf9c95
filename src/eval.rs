//! `smallworld eval`: expressions from the command line, or one a line from a file.

use crate::args::{EvalArgs, GlobalOptions};
use crate::failure::{Failure, Outcome, print_line};
use crate::interrupts::Interrupts;
use crate::program::Program;
use crate::session::{Session, Source};
use smallworld_runtime::lines::{is_heading, result_line};
use smallworld_runtime::{Evaluation, Vm};
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// Runs the command.
pub fn eval(arguments: &EvalArgs, options: &GlobalOptions) -> Outcome {
    match &arguments.lines {
        Some(path) => lines(path, arguments.fresh, options),
        None if arguments.fresh => Err(Failure::usage(
            "--fresh is for --lines FILE; expressions share one image",
        )),
        None => expressions(&arguments.expressions, options),
    }
}

fn expressions(expressions: &[String], options: &GlobalOptions) -> Outcome {
    let mut session = Session::new(options)?;
    let done = evaluate_all(&mut session, expressions);
    session.finish(done)
}

fn evaluate_all(session: &mut Session, expressions: &[String]) -> Outcome {
    session.start_up()?;
    for expression in expressions {
        let value = session.print_program(&Program::new("eval", expression))?;
        print_line(&value)?;
    }
    session.running("what was forked", Vm::run_rest);
    // A forked process may have failed.
    match session.error_windows() {
        0 => Ok(()),
        _ => Err(Failure::Program),
    }
}

/// One line of output for each expression, whatever comes of it.
fn lines(path: &Path, fresh: bool, options: &GlobalOptions) -> Outcome {
    let mut reader = open(path)?;
    let source = Source::read(options)?;
    let mut session = Session::with(&source, options, Interrupts::listen())?;
    quieten(&mut session);
    let mut used = false;
    let done = (|| {
        while let Some(line) = next_line(&mut *reader).map_err(|e| unreadable(path, &e))? {
            if is_heading(&line) {
                continue;
            }
            if fresh && used {
                session.restart(&source, options)?;
                quieten(&mut session);
            }
            used = true;
            let quit = evaluate_line(&mut session, &line)?;
            if quit && !fresh {
                break;
            }
        }
        Ok(())
    })();
    session.finish(done)
}

/// The next line without its end.
fn next_line(reader: &mut dyn BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    if reader.read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(Some(line))
}

/// Prints the result line of an expression. Answers whether it has quit.
fn evaluate_line(session: &mut Session, line: &[u8]) -> Result<bool, Failure> {
    let shown = String::from_utf8_lossy(line).into_owned();
    let done = session.running(&shown, |vm| vm.evaluate(line));
    let done = done.unwrap_or_else(|problem| Evaluation::Error(problem.into_bytes()));
    print_line(result_line(&done).as_bytes())?;
    Ok(done == Evaluation::Quit)
}

/// The result lines say everything: windows are not shown besides.
fn quieten(session: &mut Session) {
    if let Some(headless) = session.vm.headless() {
        headless.set_sink(None);
    }
}

fn open(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = std::fs::File::open(path).map_err(|e| unreadable(path, &e))?;
    Ok(Box::new(BufReader::new(file)))
}

fn unreadable(path: &Path, problem: &io::Error) -> Failure {
    Failure::usage(format_args!(
        "cannot read the expressions in '{}': {problem}",
        path.display()
    ))
}
