//! `smallworld eval`: expressions from the command line, or one a line from a file.

use crate::args::{EvalArgs, GlobalOptions};
use crate::failure::{Failure, Outcome, print_line};
use crate::interrupts::Interrupts;
use crate::session::{Session, Source};
use smallworld_runtime::lines::{is_heading, result_line};
use smallworld_runtime::{Evaluation, Vm};
use std::io::{self, BufRead, BufReader, Write};
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
    for expression in expressions {
        let value = session.print(expression.as_bytes())?;
        print_line(&value)?;
    }
    session.running("what was forked", Vm::run_rest);
    session.end()?;
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
    let interrupts = Interrupts::listen();
    let mut session = Session::with(&source, options, interrupts.clone())?;
    quieten(&mut session);
    let mut out = io::stdout().lock();
    let mut used = false;
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line);
        if read.map_err(|e| unreadable(path, &e))? == 0 {
            break;
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        if is_heading(&line) {
            continue;
        }
        if fresh && used {
            session = Session::with(&source, options, interrupts.clone())?;
            quieten(&mut session);
        }
        used = true;
        let shown = String::from_utf8_lossy(&line).into_owned();
        let done = session.running(&shown, |vm| vm.evaluate(&line));
        let done = done.unwrap_or_else(|problem| Evaluation::Error(problem.into_bytes()));
        writeln!(out, "{}", result_line(&done))?;
        out.flush()?;
        if done == Evaluation::Quit && !fresh {
            break;
        }
    }
    session.end()
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
