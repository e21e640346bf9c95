//! Runs the batch on every tier and compares: `differential-closures [TIER…]`.
//!
//! Exit code 1 says that there were differences; they are on standard output, a line each:
//! `differs PROGRAM TIER`, then what was expected and what came.

use smallworld_differential::compare::{Translated, main as compare};
use smallworld_differential_closures::{NATIVE, PROGRAMS};
use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    compare(Translated {
        native: &NATIVE,
        programs: PROGRAMS,
    })
}
