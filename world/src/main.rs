//! The build tool, `cargo world`: looks into SmallWorld images, checks, converts and makes them, shows the
//! Rust they are translated to, and builds binaries from them.
//!
//! | module | concept |
//! |---|---|
//! | `commands` | one module a command |
//! | `subject` | `CLASS>>SELECTOR` found in an image |
//! | `listing`, `variables`, `primitives` | a method's code with names and labels |
//! | `translation` | the call of the translator, and parts of what it gives |
//! | `cargo`, `progress` | running the build, and showing how it goes |
//! | `running` | running what was built, to see what it does |
//! | `profiles` | profiles as files, as sets of sites, and beside an image |
//! | `files`, `console`, `json`, `failure` | in, out, and exit codes |

mod cargo;
mod commands;
mod console;
mod failure;
mod files;
mod json;
mod listing;
mod primitives;
mod profiles;
mod progress;
mod running;
mod subject;
mod translation;
mod variables;

use clap::{Parser, Subcommand};
use commands::{
    Output, build, check, convert, emit, inspect, merge, new_image, optimize, profile, report,
};
use console::{Colour, Style};
use failure::Outcome;
use std::io::{BufWriter, Write};
use std::process::ExitCode;

/// Looks into SmallWorld images, makes and converts them, and builds binaries from them.
#[derive(Parser)]
#[command(
    name = "cargo world",
    bin_name = "cargo world",
    version,
    max_term_width = 100,
    after_help = "Example:\n  \
        cargo world build my.image -o my-program\n  \
        ./my-program eval '3 + 4'"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// When to colour the output
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        value_name = "WHEN"
    )]
    color: Colour,
}

#[derive(Subcommand)]
enum Command {
    Build(build::Arguments),
    Profile(profile::Arguments),
    Optimize(optimize::Arguments),
    Merge(merge::Arguments),
    Report(report::Arguments),
    Inspect(inspect::Arguments),
    Emit(emit::Arguments),
    Check(check::Arguments),
    Convert(convert::Arguments),
    NewImage(new_image::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let stdout = std::io::stdout();
    let mut buffer = BufWriter::new(stdout.lock());
    let mut output = Output {
        out: &mut buffer,
        style: Style::choose(arguments.color, &std::io::stdout()),
        error_style: Style::choose(arguments.color, &std::io::stderr()),
    };
    let outcome = run(&arguments.command, &mut output);
    // What was written before a failure is still wanted.
    match (outcome, buffer.flush()) {
        (Err(failure), _) => failure.report(),
        (Ok(()), Err(error)) => failure::Failure::from(error).report(),
        (Ok(()), Ok(())) => ExitCode::SUCCESS,
    }
}

fn run(command: &Command, output: &mut Output<'_>) -> Outcome {
    match command {
        Command::Build(arguments) => build::run(arguments, output),
        Command::Profile(arguments) => profile::run(arguments, output),
        Command::Optimize(arguments) => optimize::run(arguments, output),
        Command::Merge(arguments) => merge::run(arguments, output),
        Command::Report(arguments) => report::run(arguments, output),
        Command::Inspect(arguments) => inspect::run(arguments, output),
        Command::Emit(arguments) => emit::run(arguments, output),
        Command::Check(arguments) => check::run(arguments, output),
        Command::Convert(arguments) => convert::run(arguments, output),
        Command::NewImage(arguments) => new_image::run(arguments, output),
    }
}
