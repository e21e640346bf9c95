//! `smallworld`: the program that an image becomes.
//!
//! | module | concept |
//! |---|---|
//! | [`args`], [`failure`], [`bug`], [`trace`] | the command line; exit codes; panics; `--trace` |
//! | [`session`], [`interrupts`] | a machine with an image; Ctrl-C and other signals |
//! | [`program`] | texts to evaluate and to file in, of which nothing is left out |
//! | [`start`], [`eval`], [`run`], [`repl`], [`mod@bench`] (with [`compare`]), [`info`] | the commands |
//! | [`manual`] | shell completions, manual pages |
//! | `windows` | the image's windows on a display (feature `gui`) |
//! | [`json`], [`flame`] | what `--json` writes, and `--profile-time` |

mod args;
mod bench;
mod bug;
mod compare;
mod eval;
mod failure;
mod flame;
mod info;
mod interrupts;
mod json;
mod manual;
mod program;
mod repl;
mod run;
mod session;
mod start;
mod trace;
#[cfg(feature = "gui")]
mod windows;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse_from(args::with_negative_numbers(std::env::args_os()));
    trace::start(&cli.options.trace);
    bug::guarded(&cli.options, || run_command(&cli))
}

fn run_command(cli: &Cli) -> ExitCode {
    let options = &cli.options;
    let outcome = match &cli.command {
        None => start::start(options),
        Some(Command::Eval(arguments)) => eval::eval(arguments, options),
        Some(Command::Run { files, arguments }) => {
            let options = args::GlobalOptions {
                arguments: arguments.clone(),
                ..options.clone()
            };
            run::run(files, &options)
        }
        Some(Command::Repl) => repl::repl(options),
        Some(Command::Bench(arguments)) => bench::bench(arguments, options),
        Some(Command::Save { path, run }) => run::save(path, run, options),
        Some(Command::Completions { shell }) => manual::completions(*shell),
        Some(Command::Man { folder }) => manual::man(folder.as_deref()),
        Some(Command::Info { json }) => info::info(*json, options),
    };
    let code = match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    };
    interrupts::ended_by().map_or(failure::wanted(code), |signal| ExitCode::from(128 + signal))
}
