//! `smallworld bench`: how fast it is.
//!
//! An image brings its benchmarks along: a class Benchmark whose `all` answers their
//! names, and whose `run:` runs one and answers true if its result is right. Others at
//! least have `benchFib` and `benchmark`, which come from `tinyBenchmarks`.

use crate::args::{BenchArgs, GlobalOptions};
use crate::compare::Old;
use crate::failure::{Failure, Outcome, print_line, tell};
use crate::json;
use crate::session::Session;
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// The names of the image's benchmarks, with a blank behind each.
const LIST: &str = "Benchmark all inject: '' into: [:text :each | text + each + ' ']";

/// A benchmark: what it is called, what it evaluates, and what that must answer.
struct Benchmark {
    name: String,
    expression: String,
    expected: &'static str,
}

/// How long the runs of one took.
struct Timing {
    name: String,
    times: Vec<Duration>,
}

/// Runs the command.
pub fn bench(arguments: &BenchArgs, options: &GlobalOptions) -> Outcome {
    let old = arguments.compare.as_deref().map(Old::read).transpose()?;
    let mut session = Session::new(options)?;
    let done = measure_all(&mut session, arguments, old.as_ref());
    session.finish(done)
}

fn measure_all(session: &mut Session, arguments: &BenchArgs, old: Option<&Old>) -> Outcome {
    let chosen = choose(available(session)?, &arguments.names)?;
    let mut timings = Vec::new();
    let mut failed = false;
    for (n, benchmark) in chosen.iter().enumerate() {
        let place = format!("{}/{}", n + 1, chosen.len());
        match measure(session, benchmark, arguments.runs, &place) {
            Ok(timing) => timings.push(timing),
            Err(Failure::Program) => failed = true,
            Err(other) => return Err(other),
        }
    }
    let text = if arguments.json {
        as_json(&session.image_name, &timings)
    } else {
        as_table(&timings)
    };
    print_line(text.trim_end().as_bytes())?;
    if let Some(old) = old {
        let medians = timings.iter().map(|t| (t.name.as_str(), t.median()));
        let comparison = old.compared(&medians.collect::<Vec<_>>());
        // Standard output stays JSON where it is.
        match arguments.json {
            true => tell(comparison.trim_end()),
            false => print_line(comparison.trim_end().as_bytes())?,
        }
    }
    if failed {
        Err(Failure::Program)
    } else {
        Ok(())
    }
}

/// The benchmarks of the image.
fn available(session: &mut Session) -> Result<Vec<Benchmark>, Failure> {
    if session.vm.outline("Benchmark").is_some() {
        let names = session.print(LIST.as_bytes())?;
        let names = String::from_utf8_lossy(&names).into_owned();
        return Ok(names
            .split_whitespace()
            .map(|name| Benchmark {
                name: name.into(),
                expression: format!("Benchmark run: '{name}'"),
                expected: "true",
            })
            .collect());
    }
    let known = session.vm.selector_names();
    let tiny = [
        ("benchFib", "28 benchFib", "1028457"),
        ("benchmark", "10 benchmark", "1028"),
    ];
    Ok(tiny
        .into_iter()
        .filter(|(name, ..)| known.iter().any(|k| k == name))
        .map(|(name, expression, expected)| Benchmark {
            name: name.into(),
            expression: expression.into(),
            expected,
        })
        .collect())
}

/// Those that are named, in that order; all of them if none is.
fn choose(mut all: Vec<Benchmark>, names: &[String]) -> Result<Vec<Benchmark>, Failure> {
    if all.is_empty() {
        return Err(Failure::usage("this image has no benchmarks"));
    }
    if names.is_empty() {
        return Ok(all);
    }
    let known: Vec<String> = all.iter().map(|b| b.name.clone()).collect();
    names
        .iter()
        .map(|name| match all.iter().position(|b| b.name == *name) {
            Some(place) => Ok(all.remove(place)),
            None => Err(Failure::usage(format_args!(
                "there is no benchmark '{name}'; the image has {}",
                known.join(", ")
            ))),
        })
        .collect()
}

/// Runs one, first without and then with a watch.
fn measure(
    session: &mut Session,
    benchmark: &Benchmark,
    runs: u32,
    place: &str,
) -> Result<Timing, Failure> {
    // Progress, for who watches; whoever closed standard error does not.
    let _ = write!(io::stderr(), "[{place}] {} ", benchmark.name);
    let mut times = Vec::new();
    for run in 0..=runs {
        let started = Instant::now();
        let answer = session.print(benchmark.expression.as_bytes())?;
        let time = started.elapsed();
        if answer != benchmark.expected.as_bytes() {
            tell(format_args!(
                "{} failed: it answers {}, not {}",
                benchmark.name,
                String::from_utf8_lossy(&answer),
                benchmark.expected
            ));
            return Err(Failure::Program);
        }
        if run > 0 {
            times.push(time);
        }
    }
    times.sort();
    let timing = Timing {
        name: benchmark.name.clone(),
        times,
    };
    tell(format_args!("{:.1} ms", timing.median()));
    Ok(timing)
}

impl Timing {
    /// In milliseconds, as the others.
    fn median(&self) -> f64 {
        let last = self.times.len() - 1;
        (milliseconds(self.times[last / 2]) + milliseconds(self.times[last.div_ceil(2)])) / 2.0
    }

    fn min(&self) -> f64 {
        self.times.first().copied().map_or(0.0, milliseconds)
    }

    fn max(&self) -> f64 {
        self.times.last().copied().map_or(0.0, milliseconds)
    }

    /// How far the runs lie apart, in percent of the median.
    fn spread(&self) -> f64 {
        (self.max() - self.min()) / self.median() * 100.0
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn as_table(timings: &[Timing]) -> String {
    let width = timings
        .iter()
        .map(|t| t.name.len())
        .max()
        .unwrap_or(0)
        .max(9);
    let mut text = format!(
        "{:<width$} {:>12} {:>12} {:>12} {:>8}\n",
        "benchmark", "median ms", "min ms", "max ms", "spread"
    );
    for t in timings {
        text.push_str(&format!(
            "{:<width$} {:>12.2} {:>12.2} {:>12.2} {:>7.1}%\n",
            t.name,
            t.median(),
            t.min(),
            t.max(),
            t.spread()
        ));
    }
    text
}

fn as_json(image: &str, timings: &[Timing]) -> String {
    let results = timings.iter().map(|t| {
        let mut o = json::Object::default();
        o.string("name", &t.name)
            .number("runs", t.times.len())
            .number("median_ms", format_args!("{:.3}", t.median()))
            .number("min_ms", format_args!("{:.3}", t.min()))
            .number("max_ms", format_args!("{:.3}", t.max()))
            .number("spread_percent", format_args!("{:.1}", t.spread()));
        o.finish()
    });
    let mut o = json::Object::default();
    o.string("image", image)
        .value("benchmarks", &json::array(results));
    o.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let of = |ms: &[u64]| Timing {
            name: "x".into(),
            times: ms.iter().map(|&n| Duration::from_millis(n)).collect(),
        };
        assert_eq!(of(&[1, 2, 9]).median(), 2.0);
        assert_eq!(of(&[1, 2, 4, 9]).median(), 3.0);
        assert_eq!(of(&[1, 2, 9]).spread(), 400.0);
    }
}
