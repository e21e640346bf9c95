//! A command-line program that is written in Smalltalk: its `main` in Rust is one call.

use super::{Error, Machine, Value};
use crate::native::NativeImage;
use std::io::{BufRead, Write};
use std::process::ExitCode;

/// The host primitives that [`program`] gives to the image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConsolePrimitive {
    /// `<250 aString>`: writes it to standard output, as it is. Answers the string.
    Print = 250,
    /// `<251 aString>`: writes it to standard error, as it is. Answers the string.
    Complain = 251,
    /// `<252>`: the next line of standard input without its end, nil after the last.
    ReadLine = 252,
}

/// Runs `CLASS main: arguments`, the arguments of the command line as an Array of Strings
/// (without the program's own name). What it answers is the exit code, if it is a SmallInt
/// from 0 to 255; anything else is success. An error goes to standard error, and the exit
/// code is 1.
pub fn program(native: &'static NativeImage, class: &str) -> ExitCode {
    match run(native, class) {
        Ok(Value::Int(code)) => u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from),
        Ok(_) | Err(Error::Quit) => ExitCode::SUCCESS,
        Err(problem) => {
            // Whoever closed standard error does not want it.
            let _ = writeln!(std::io::stderr(), "error: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(native: &'static NativeImage, class: &str) -> Result<Value, Error> {
    let mut machine = Machine::new(native)?;
    register(&mut machine)?;
    let arguments = std::env::args_os().skip(1);
    let arguments = arguments.map(|a| match a.into_string() {
        Ok(text) => Value::Text(text),
        Err(other) => Value::Text(other.to_string_lossy().into_owned()),
    });
    let arguments = Value::Array(arguments.collect());
    let class = machine.class(class)?;
    machine.send(&class, "main:", &[arguments])
}

fn register(machine: &mut Machine) -> Result<(), Error> {
    machine.primitive(ConsolePrimitive::Print as u8, |call| {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(&call.get::<Vec<u8>>(0)?);
        let written = written.and_then(|()| out.flush());
        written.map_err(|e| format!("cannot write to standard output: {e}"))?;
        Ok(call.arguments()[0].clone())
    })?;
    machine.primitive(ConsolePrimitive::Complain as u8, |call| {
        let text = call.get::<Vec<u8>>(0)?;
        // Whoever closed standard error does not want it.
        let _ = std::io::stderr().write_all(&text);
        Ok(call.arguments()[0].clone())
    })?;
    machine.primitive(ConsolePrimitive::ReadLine as u8, |_| {
        let mut line = Vec::new();
        let read = std::io::stdin().lock().read_until(b'\n', &mut line);
        let read = read.map_err(|e| format!("cannot read from standard input: {e}"))?;
        while matches!(line.last(), Some(b'\n' | b'\r')) {
            line.pop();
        }
        Ok(match (read, String::from_utf8(line)) {
            (0, _) => Value::Nil,
            (_, Ok(text)) => Value::Text(text),
            (_, Err(other)) => Value::Bytes(other.into_bytes()),
        })
    })
}
