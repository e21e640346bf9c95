//! `smallworld` alone: the image starts up.

use crate::args::GlobalOptions;
use crate::failure::{Failure, Outcome};
use crate::repl::Repl;
use crate::session::Session;
use smallworld_runtime::Vm;

/// The image's windows where there is a display and this program has been built for one,
/// else a prompt.
pub fn start(options: &GlobalOptions) -> Outcome {
    #[cfg(feature = "gui")]
    if !options.headless {
        return crate::windows::start(options);
    }
    at_prompt(Session::new(options)?, options)
}

/// The image's start-up, then a prompt: there is no display to show windows on, so what
/// the image shows is on standard error.
///
/// The project's own image has nothing to show then but its Transcript, which is empty.
pub fn at_prompt(mut session: Session, options: &GlobalOptions) -> Outcome {
    if is_kernel(options) {
        session.start_up()?;
    } else if session.vm.has_start_up() {
        match session.print(b"SmallWorld startUp") {
            // An image whose start-up fails can still be looked at.
            Ok(_) | Err(Failure::Program) => {}
            Err(other) => return Err(other),
        }
        session.running("what start-up has forked", Vm::run_rest);
        session.follow_transcript();
    }
    Repl::new(session).run()
}

fn is_kernel(options: &GlobalOptions) -> bool {
    options.image.is_none() && crate::session::built_in_name() == "kernel"
}
