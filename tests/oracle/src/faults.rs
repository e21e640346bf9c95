//! Lines on which the reference machine itself crashed, and lines of our own that want what
//! cannot be had. Here each must end: with an error that says what is wrong, or, where this
//! machine can do what the other could not, with a value.

use crate::expressions::lines_of;
use crate::{Tally, World};
use anyhow::{Context, Result};
use smallworld_runtime::Evaluation;
use smallworld_runtime::lines::result_line;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How long a line may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Lines that this machine answers with a value, each with the reason.
const ANSWERED: [(&str, &str); 13] = [
    ("#(#(1 2 3 4 5 6) #(1 2 3 4 5 6)) printString", DEEP_STACK),
    ("#(1 2 3 4 5 6 7)", DEEP_STACK),
    ("#(1 2 3 4 5 6 7 8 9 10) size", DEEP_STACK),
    ("3 lessThanSmallInt: 4", PRIMITIVE_13),
    ("<13 3 4>", PRIMITIVE_13),
    (
        "[:p :r | p <- Object subclass: 'P' variables: '' classVariables: ''. \
         p compileMethod: 'doesNotUnderstand: a ^ a printString'. p <- p new. r <- ''. \
         (1 to: 2) do: [:i | r <- r + p zork + ' ']. r] value: nil value: nil",
        OWN_HANDLER,
    ),
    (
        "[:p | p <- Object subclass: 'P' variables: '' classVariables: ''. \
         p compileMethod: 'doesNotUnderstand: a ^ (a at: 1) printString'. p new + 3] value: nil",
        OWN_HANDLER,
    ),
    ("3 inspect", WINDOWS),
    ("'abc' inspect", WINDOWS),
    ("#(1 2) inspect", WINDOWS),
    ("Object edit", WINDOWS),
    ("Window new", WINDOWS),
    ("Point inspect", WINDOWS),
];

const DEEP_STACK: &str = "the other machine's operand stack was too small";
const PRIMITIVE_13: &str = "the other machine had no primitive 13";
const OWN_HANDLER: &str = "the other machine lost its way in doesNotUnderstand:";
const WINDOWS: &str = "the other machine needed a display";

/// Lines that never end, each with the reason.
const ENDLESS: [(&str, &str); 0] = [];

/// Evaluates every line of the file and looks at how it ended.
///
/// # Errors
/// The file cannot be read.
pub fn compare_faults(world: &World, file: &Path) -> Result<Tally> {
    let text = std::fs::read(file).with_context(|| format!("cannot read '{}'", file.display()))?;
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let mut tally = Tally::default();
    for (line, expression) in expressions(&text) {
        let got = evaluate(world, expression)?;
        let what = String::from_utf8_lossy(expression);
        let listed = |list: &[(&str, &str)]| list.iter().any(|(e, _)| *e == what);
        let message = match &got {
            Evaluation::Error(text) if text.starts_with(b"interrupted") => {
                (!listed(&ENDLESS)).then_some("an end")
            }
            Evaluation::Error(text) => (text.len() < 8).then_some("a message"),
            _ => (!listed(&ANSWERED)).then_some("an error"),
        };
        let got = result_line(&got);
        let expected = message.map_or_else(|| got.clone(), str::to_string);
        tally.compare(&format!("{name}:{line}"), &what, &expected, &got);
    }
    Ok(tally)
}

/// The expressions of the file: each is followed by a line that starts with `ERR`.
fn expressions(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let lines: Vec<&[u8]> = lines_of(text).collect();
    let pairs: Vec<(usize, &[u8])> = lines
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[1].starts_with(b"ERR "))
        .map(|(n, pair)| (n + 1, pair[0]))
        .collect();
    pairs.into_iter()
}

/// Evaluates in a fresh machine, and stops it when it takes too long.
fn evaluate(world: &World, expression: &[u8]) -> Result<Evaluation> {
    let mut vm = world.machine();
    let handle = vm.interrupt_handle();
    let (done, over) = channel::<()>();
    let watch = std::thread::spawn(move || {
        if over.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            handle.interrupt();
        }
    });
    let result = vm.evaluate(expression).map_err(anyhow::Error::msg);
    drop(done);
    // The watcher only waits and sets a flag.
    let _ = watch.join();
    result
}
