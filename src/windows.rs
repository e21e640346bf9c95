//! `smallworld` alone, with a display: the image's windows.
//!
//! The first thread belongs to the display, as some systems require. The machine works in a
//! second one: it starts the image up and then runs what a person does, event by event.

use crate::args::{self, GlobalOptions};
use crate::failure::{Failure, Outcome, tell};
use crate::interrupts::Interrupts;
use crate::session::{Session, Source};
use crate::start;
use smallworld_gui::display::{self, Style};
use smallworld_gui::{Arrangement, Desk, Host, Theme};
use smallworld_runtime::Vm;
use std::cell::RefCell;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long the machine may take to end once it was told to.
const PATIENCE: Duration = Duration::from_secs(5);

/// Shows the image's windows until the last one is closed; where that is not possible, says
/// why and goes on as a program without a display does.
pub fn start(options: &GlobalOptions) -> Outcome {
    let interrupts = Interrupts::listen();
    if let Err(reason) = display::look_for_display() {
        return without_windows(&reason, options, interrupts);
    }
    let desk = Desk::new();
    let machine: RefCell<Option<Machine>> = RefCell::default();
    let begin = || {
        let (options, interrupts) = (options.clone(), interrupts.clone());
        // Made here, so that it also ends where there can be no thread.
        let end = AtTheEnd(desk.clone());
        let thread = thread::Builder::new().name("machine".into());
        let running = thread.spawn(move || {
            let AtTheEnd(desk) = &end;
            work(desk, &options, interrupts)
        });
        *machine.borrow_mut() = Some(running.map_err(Failure::usage));
    };
    let shown = display::run(&desk, style(options), begin);
    if let Err(failed) = &shown {
        if !failed.started {
            let reason = format!("cannot open a window: {}", failed.reason);
            return without_windows(&reason, options, interrupts);
        }
        tell(format_args!(
            "error: the windows are gone: {}",
            failed.reason
        ));
    }
    desk.end();
    let outcome = machine.into_inner().map_or(Ok(()), finish);
    // The machine's own failure says more than that its windows are gone.
    outcome.and(shown.map_err(|_| Failure::Program))
}

/// Takes the windows away when the machine is gone, in whatever way.
struct AtTheEnd(Desk);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// The machine's thread, if it could be made.
type Machine = Result<JoinHandle<Outcome>, Failure>;

/// Waits for a machine that has been told to end.
fn finish(machine: Machine) -> Outcome {
    let machine = machine?;
    let since = Instant::now();
    while !machine.is_finished() {
        if since.elapsed() > PATIENCE {
            tell("the machine does not stop; what it was doing is lost");
            return Err(Failure::Program);
        }
        thread::sleep(Duration::from_millis(2));
    }
    // If it has panicked, that was reported where it happened.
    machine.join().unwrap_or(Err(Failure::Program))
}

fn without_windows(reason: &str, options: &GlobalOptions, interrupts: Interrupts) -> Outcome {
    tell(format_args!(
        "{}.\nWindows are shown as text, and here is a prompt. docs/WINDOWS.md lists what \
         windows need; --headless leaves this note out.",
        reason.trim_end_matches('.')
    ));
    let session = Session::with(&Source::read(options)?, options, interrupts)?;
    start::at_prompt(session, options)
}

fn style(options: &GlobalOptions) -> Style {
    Style {
        arrangement: match options.windows {
            args::Windows::Native => Arrangement::Native,
            args::Windows::Desktop => Arrangement::Desktop,
        },
        theme: match options.theme {
            args::Theme::System => Theme::System,
            args::Theme::Light => Theme::Light,
            args::Theme::Dark => Theme::Dark,
        },
    }
}

/// What the machine's thread does.
fn work(desk: &Desk, options: &GlobalOptions, interrupts: Interrupts) -> Outcome {
    let source = Source::read(options)?;
    let windows = Box::new(desk.window_system());
    let mut session = Session::with_windows(&source, options, interrupts, windows)?;
    let title = session.image_name.clone();
    let done = smallworld_gui::serve(&mut WithWindows(&mut session), desk, &title);
    let done = done.map_err(|problem| {
        tell(problem);
        Failure::Program
    });
    session.finish(done)
}

/// A session with windows, as the machine's side of them sees it.
struct WithWindows<'a>(&'a mut Session);

impl Host for WithWindows<'_> {
    fn vm(&mut self) -> &mut Vm {
        &mut self.0.vm
    }

    fn busy(&mut self, busy: bool) {
        self.0.interrupts.set_running(busy);
        if !busy {
            self.0.note_profile();
        }
    }
}
