//! Runs a twin: `twins NAME SIZE [RUNS]` prints its result and, for each run, the time in
//! nanoseconds; `twins` alone lists the names.

use smallworld_benches::{TWINS, find, measure};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, size, runs) = match &arguments[..] {
        [] => {
            for twin in TWINS {
                println!("{}", twin.name);
            }
            return ExitCode::SUCCESS;
        }
        [name, size] => (name, size.parse(), Ok(1)),
        [name, size, runs] => (name, size.parse(), runs.parse()),
        _ => return usage(),
    };
    let (Some(twin), Ok(size), Ok(runs)) = (find(name), size, runs) else {
        return usage();
    };
    for run in 0..runs {
        let (result, nanoseconds) = measure::time(twin, size, 1);
        if run == 0 {
            println!("{result}");
        }
        println!("{nanoseconds:.0}");
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("usage: twins [NAME SIZE [RUNS]]\nexample: twins fib 30");
    ExitCode::from(2)
}
