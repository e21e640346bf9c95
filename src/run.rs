//! `smallworld run` and `smallworld save`: programs in, images out.

use crate::args::GlobalOptions;
use crate::failure::{Failure, Outcome};
use crate::session::Session;
use std::path::{Path, PathBuf};

/// Files programs in, one after the other; the first that fails ends it.
pub fn run(files: &[PathBuf], options: &GlobalOptions) -> Outcome {
    let mut session = Session::new(options)?;
    for file in files {
        session.file_in(file)?;
    }
    session.end()
}

/// Files programs in, then writes the image.
pub fn save(path: &Path, files: &[PathBuf], options: &GlobalOptions) -> Outcome {
    let mut session = Session::new(options)?;
    for file in files {
        session.file_in(file)?;
    }
    // A process that is under way is not part of an image.
    session.vm.forget_processes();
    session.vm.save_image(path).map_err(Failure::usage)?;
    session.end()
}
