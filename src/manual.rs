//! `smallworld completions` and `smallworld man`: what a package brings along besides the
//! program. Both are made from the definition of the command line.

use crate::args::Cli;
use crate::failure::{Failure, Outcome};
use clap::CommandFactory;
use clap_complete::Shell;
use std::io::{self, Write};
use std::path::Path;

/// Prints the script for a shell.
pub fn completions(shell: Shell) -> Outcome {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "smallworld", &mut text);
    print(&text)
}

/// Prints the manual page of the whole, or writes those of all commands to a folder.
pub fn man(folder: Option<&Path>) -> Outcome {
    let Some(folder) = folder else {
        let mut text = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut text)?;
        return print(&text);
    };
    let failed = |problem: io::Error| {
        Failure::usage(format_args!(
            "cannot write the manual pages to '{}': {problem}",
            folder.display()
        ))
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), folder).map_err(failed)
}

fn print(text: &[u8]) -> Outcome {
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    out.flush()?;
    Ok(())
}
