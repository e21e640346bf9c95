//! What the machine's thread does while there are windows.
//!
//! It starts the image up, then runs what a person does: each event is a new process, and so is
//! whatever the image forks. In between it waits, and uses no time.

use crate::desk::{Desk, Waited};
use crate::evaluator::{Evaluator, Request};
use smallworld_runtime::{Evaluation, Vm};

/// The program around a machine with windows.
pub trait Host {
    /// The machine.
    fn vm(&mut self) -> &mut Vm;
    /// The machine begins or ends some work.
    fn busy(&mut self, busy: bool);
}

/// Runs the machine until its program quits or the last window is closed. An image whose start-up
/// shows no window gets an evaluator's with that title.
///
/// # Errors
/// What went wrong outside of the image; what goes wrong inside it is in a window.
pub fn serve(host: &mut dyn Host, desk: &Desk, title: &str) -> Result<(), String> {
    let start_up = host.vm().has_start_up().then_some("SmallWorld startUp");
    let done = until_quit(host, desk, start_up, Some(title));
    set_busy(host, desk, false);
    desk.end();
    done
}

/// Runs the machine from an expression in place of the image's start-up, until its program quits
/// or the last window is closed. It is over at once if the expression shows no window.
///
/// # Errors
/// As for [`serve`].
pub fn serve_program(host: &mut dyn Host, desk: &Desk, expression: &str) -> Result<(), String> {
    let done = until_quit(host, desk, Some(expression), None);
    set_busy(host, desk, false);
    desk.end();
    done
}

fn until_quit(
    host: &mut dyn Host,
    desk: &Desk,
    start: Option<&str>,
    evaluator: Option<&str>,
) -> Result<(), String> {
    let stop = host.vm().interrupt_handle();
    desk.set_stop(move || stop.interrupt());
    // A window must not wait until another's work is done.
    host.vm().share_time();
    set_busy(host, desk, true);
    if let Some(start) = start {
        let done = host.vm().evaluate(start.as_bytes())?;
        if done == Evaluation::Quit || host.vm().run_rest() {
            return Ok(());
        }
    }
    let evaluator = match (desk.was_used(), evaluator) {
        (true, _) => None,
        (false, Some(title)) => Some(Evaluator::open(desk, title)?),
        (false, None) => return Ok(()),
    };
    loop {
        set_busy(host, desk, false);
        host.vm().forget_interrupt();
        let waited = desk.wait();
        set_busy(host, desk, true);
        match (waited, &evaluator) {
            (Waited::Ended, _) => return Ok(()),
            (Waited::Host(action), Some(evaluator)) => {
                if let Some(request) = evaluator.request(action)
                    && has_quit(host.vm(), evaluator, &request)?
                {
                    return Ok(());
                }
            }
            (Waited::Host(_) | Waited::Events, _) => {}
        }
        if host.vm().run_rest() {
            return Ok(());
        }
    }
}

fn set_busy(host: &mut dyn Host, desk: &Desk, busy: bool) {
    host.busy(busy);
    desk.set_busy(busy);
}

/// Does what the evaluator's window was asked for. Answers whether the program has quit.
fn has_quit(vm: &mut Vm, evaluator: &Evaluator, request: &Request) -> Result<bool, String> {
    let done = match request {
        Request::DoIt(text) => vm.evaluate(text)?,
        Request::PrintIt(text) => {
            let done = vm.evaluate_and_print(text)?;
            if let Evaluation::Value(value) = &done {
                evaluator.answer(text, value);
            }
            done
        }
    };
    Ok(done == Evaluation::Quit)
}
