//! Runs the benchmarks of an image binary and their twins in turn, in one go, and prints a
//! table: `compare PATH-TO-SMALLWORLD [--image-bodies] [--rounds N] [--tiers A,B] [NAME…]`.
//!
//! With `--image-bodies` it is `benchFib` and `benchmark` of the 2015 image that are
//! compared. They run often enough that the image's clock, which counts milliseconds, is
//! good enough.

use smallworld_benches::measure::{Samples, time};
use smallworld_benches::table::{Row, markdown};
use smallworld_benches::{TWINS, Twin};
use std::process::{Command, ExitCode};

const USAGE: &str = "usage: compare PATH-TO-SMALLWORLD [--image-bodies] [--rounds N] \
    [--tiers A,B] [NAME…]\n\
    example: compare target/release/smallworld --rounds 5 --tiers baseline,specialised fib json";

/// How many times are taken in one round.
const RUNS: usize = 3;

/// How often a program runs for one time: the image's clock counts milliseconds.
const REPEAT: u32 = 5;

/// The 2015 image's own benchmarks and the sizes they are measured with.
const BODIES: [(&str, i32); 2] = [("benchFib", 35), ("benchmark", 1000)];

struct Request {
    binary: String,
    image_bodies: bool,
    rounds: usize,
    tiers: Vec<String>,
    names: Vec<String>,
}

fn main() -> ExitCode {
    let Some(request) = parse(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match compare(&request) {
        Ok(table) => {
            print!("{table}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("compare: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Request> {
    let mut request = Request {
        binary: String::new(),
        image_bodies: false,
        rounds: 5,
        tiers: ["interpreter", "baseline"].map(String::from).into(),
        names: Vec::new(),
    };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--image-bodies" => request.image_bodies = true,
            "--rounds" => request.rounds = arguments.next()?.parse().ok()?,
            "--tiers" => {
                request.tiers = arguments.next()?.split(',').map(String::from).collect();
            }
            option if option.starts_with('-') => return None,
            _ if request.binary.is_empty() => request.binary = argument,
            _ => request.names.push(argument),
        }
    }
    (!request.binary.is_empty() && request.rounds > 0).then_some(request)
}

/// What is to be measured.
struct Contest {
    twin: &'static Twin,
    size: i32,
}

fn compare(request: &Request) -> Result<String, String> {
    let contests = contests(request)?;
    let mut rows: Vec<Row> = contests
        .iter()
        .map(|contest| Row {
            name: contest.twin.name.into(),
            size: contest.size,
            tiers: vec![Samples::default(); request.tiers.len()],
            rust: Samples::default(),
            note: contest.twin.note,
        })
        .collect();
    for contest in &contests {
        check(request, contest)?;
    }
    for round in 1..=request.rounds {
        for (contest, row) in contests.iter().zip(&mut rows) {
            eprint!("\r\x1b[K[{round}/{}] {}", request.rounds, contest.twin.name);
            for (tier, samples) in request.tiers.iter().zip(&mut row.tiers) {
                samples.extend(run_image(request, tier, contest)?);
                row.rust
                    .extend((0..RUNS).map(|_| time(contest.twin, contest.size, REPEAT).1));
            }
        }
    }
    eprintln!();
    let tiers: Vec<&str> = request.tiers.iter().map(String::as_str).collect();
    Ok(markdown(&tiers, &rows))
}

fn contests(request: &Request) -> Result<Vec<Contest>, String> {
    let is_body = |name: &str| BODIES.iter().any(|body| body.0 == name);
    if let Some(name) = request
        .names
        .iter()
        .find(|name| smallworld_benches::find(name).is_none())
    {
        return Err(format!("there is no benchmark '{name}'"));
    }
    let wanted = TWINS
        .iter()
        .filter(|twin| is_body(twin.name) == request.image_bodies)
        .filter(|twin| request.names.is_empty() || request.names.iter().any(|n| n == twin.name));
    wanted
        .map(|twin| {
            let size = match BODIES.iter().find(|body| body.0 == twin.name) {
                Some(body) => body.1,
                None => {
                    let tier = &request.tiers[0];
                    integer(request, tier, &format!("Benchmark sizeOf: '{}'", twin.name))?
                }
            };
            Ok(Contest { twin, size })
        })
        .collect()
}

/// Both must come to the same result.
fn check(request: &Request, contest: &Contest) -> Result<(), String> {
    let Contest { twin, size } = contest;
    let expression = if request.image_bodies {
        format!("{size} {}", twin.name)
    } else {
        format!("Benchmark resultOf: '{}' size: {size}", twin.name)
    };
    let fast = request.tiers.last().map_or("baseline", String::as_str);
    let image = integer(request, fast, &expression)?;
    let (rust, _) = time(twin, *size, 1);
    if image == rust {
        return Ok(());
    }
    Err(format!(
        "{}: the image answers {image}, Rust {rust}",
        twin.name
    ))
}

/// The times of some runs in the image, in nanoseconds.
fn run_image(request: &Request, tier: &str, contest: &Contest) -> Result<Vec<f64>, String> {
    let Contest { twin, size } = contest;
    // A slow tier gets fewer runs.
    let (runs, repeat) = if tier == "interpreter" {
        (1, 1)
    } else {
        (RUNS, REPEAT)
    };
    let body = if request.image_bodies {
        format!("{size} {}", twin.name)
    } else {
        format!("Benchmark run: '{}' size: {size}", twin.name)
    };
    let expression = format!("Object millisecondsToRun: [1 to: {repeat} do: [:i | {body}]]");
    let expressions = vec![expression.as_str(); runs];
    evaluate(request, tier, &expressions)?
        .lines()
        .map(|line| {
            line.trim()
                .parse::<f64>()
                .map(|ms| ms * 1e6 / f64::from(repeat))
        })
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{}: {error}", twin.name))
}

fn integer(request: &Request, tier: &str, expression: &str) -> Result<i32, String> {
    let text = evaluate(request, tier, &[expression])?;
    text.trim()
        .parse()
        .map_err(|_| format!("'{expression}' answers '{}'", text.trim()))
}

/// What the binary prints for some expressions.
fn evaluate(request: &Request, tier: &str, expressions: &[&str]) -> Result<String, String> {
    let output = Command::new(&request.binary)
        .args(["--headless", "--tier", tier, "eval"])
        .args(expressions)
        .output()
        .map_err(|error| format!("cannot run '{}': {error}", request.binary))?;
    if !output.status.success() {
        return Err(format!(
            "{} ended with {}:\n{}",
            expressions.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}
