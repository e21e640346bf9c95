//! `smallworld run` and `smallworld save`: programs in, images out.

use crate::args::GlobalOptions;
use crate::failure::{Failure, Outcome, tell};
use crate::session::Session;
use std::path::{Path, PathBuf};

/// Files programs in, one after the other; the first that fails ends it.
pub fn run(files: &[PathBuf], options: &GlobalOptions) -> Outcome {
    let mut session = Session::new(options)?;
    let done = session.start_up();
    let done = done.and_then(|()| files.iter().try_for_each(|file| session.file_in(file)));
    session.finish(done)
}

/// Files programs in, then writes the image.
pub fn save(path: &Path, files: &[PathBuf], options: &GlobalOptions) -> Outcome {
    let mut session = Session::new(options)?;
    let done = save_after(&mut session, path, files);
    session.finish(done)
}

fn save_after(session: &mut Session, path: &Path, files: &[PathBuf]) -> Outcome {
    if !files.is_empty() {
        session.start_up()?;
    }
    for file in files {
        match session.file_in(file) {
            Err(Failure::Closed) => {
                let file = file.display();
                tell(format_args!("'{file}' has quit: nothing is saved"));
                return Err(Failure::Program);
            }
            done => done?,
        }
    }
    // A process that is under way is not part of an image.
    session.vm.forget_processes();
    session.save_image(path)
}
