//! A whole program with windows, for who has an image of their own: its `main` in Rust is one call.

use crate::desk::Desk;
use crate::display::{self, Style};
use crate::serve::{Host, serve_program};
use smallworld_runtime::native::NativeImage;
use smallworld_runtime::{Options, Source, Vm};
use std::cell::RefCell;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long the machine may take to end once the windows are gone.
const PATIENCE: Duration = Duration::from_secs(5);

/// Evaluates an expression, which opens windows, and shows them until the last one is closed. This
/// has to be called in the program's first thread.
///
/// # Errors
/// There is no display, or the windows could not be shown any more, or the image cannot be used.
pub fn program(native: &'static NativeImage, expression: &str, style: Style) -> Result<(), String> {
    display::look_for_display()?;
    let desk = Desk::new();
    let machine: RefCell<Option<Machine>> = RefCell::default();
    let begin = || {
        let expression = expression.to_string();
        // Made here, so that it also ends where there can be no thread.
        let end = AtTheEnd(desk.clone());
        let thread = thread::Builder::new().name("machine".into());
        let running = thread.spawn(move || work(&end.0, native, &expression));
        *machine.borrow_mut() = Some(running.map_err(|e| format!("no thread for the image: {e}")));
    };
    let shown = display::run(&desk, style, begin);
    desk.end();
    let done = machine.into_inner().map_or(Ok(()), finish);
    done.and(shown.map_err(|failed| format!("cannot show windows: {}", failed.reason)))
}

/// Takes the windows away when the machine is gone, in whatever way.
struct AtTheEnd(Desk);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// The machine's thread, if it could be made.
type Machine = Result<JoinHandle<Result<(), String>>, String>;

/// Waits for a machine that has been told to end.
fn finish(machine: Machine) -> Result<(), String> {
    let machine = machine?;
    let since = Instant::now();
    while !machine.is_finished() {
        if since.elapsed() > PATIENCE {
            return Err("the machine does not stop; what it was doing is lost".into());
        }
        thread::sleep(Duration::from_millis(2));
    }
    let panicked = |_| Err("the machine has stopped by a bug".into());
    machine.join().unwrap_or_else(panicked)
}

/// What the machine's thread does.
fn work(desk: &Desk, native: &'static NativeImage, expression: &str) -> Result<(), String> {
    let source = Source::own(native).map_err(|e| e.to_string())?;
    let ui = Box::new(desk.window_system());
    let vm = Vm::new(&source, Options::default(), ui);
    serve_program(&mut Alone(vm), desk, expression)
}

/// A machine that nobody but its windows is interested in.
struct Alone(Box<Vm>);

impl Host for Alone {
    fn vm(&mut self) -> &mut Vm {
        &mut self.0
    }

    fn busy(&mut self, _: bool) {}
}
