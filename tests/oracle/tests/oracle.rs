//! Every part of the oracle in every tier: A, B, C and the faults where they are there, and
//! our own, which is always there.
//!
//! `cargo test -p smallworld-oracle --test oracle` runs everything and prints a line for
//! each part and tier; words after `--` choose those whose line has all of them, as in
//! `-- A interpreter`.

use anyhow::{Context, Result};
use smallworld_needs::{Need, not_tested};
use smallworld_oracle::expressions::{Sample, compare_file};
use smallworld_oracle::faults::compare_faults;
use smallworld_oracle::programs::compare_program;
use smallworld_oracle::tier::{
    IMAGE_2004, IMAGE_2015, INTERPRETER, OPTIMISED, SPECIALISED, UNOPTIMISED,
};
use smallworld_oracle::{Shared, Tally, Tier, World, isolate, own};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// A part of the oracle in a tier.
struct Run {
    part: &'static str,
    tier: Tier,
    sample: Sample,
}

const SMALL_STACK: usize = 256 * 1024;

/// What is run: every part in every tier, and samples where a tier is slow.
fn runs() -> Vec<Run> {
    let interpreter_small = INTERPRETER.on_small_stack("interpreter-small-stack", SMALL_STACK);
    let optimised_small = OPTIMISED.on_small_stack("optimised-small-stack", SMALL_STACK);
    let unoptimised_small = UNOPTIMISED.on_small_stack("unoptimised-small-stack", SMALL_STACK);
    let specialised_small = SPECIALISED.on_small_stack("specialised-small-stack", SMALL_STACK);
    let mut runs = Vec::new();
    let mut add = |part, tier, sample| runs.push(Run { part, tier, sample });
    for part in ["own", "A", "B", "C"] {
        for tier in [
            INTERPRETER,
            OPTIMISED,
            UNOPTIMISED,
            SPECIALISED,
            interpreter_small,
            optimised_small,
            unoptimised_small,
            specialised_small,
        ] {
            add(part, tier, Sample::ALL);
        }
    }
    for part in ["own", "A", "C"] {
        add(part, OPTIMISED.resaved("optimised-resaved"), Sample::ALL);
    }
    for part in ["own", "A"] {
        add(
            part,
            SPECIALISED.resaved("specialised-resaved"),
            Sample::ALL,
        );
    }
    for tier in [
        INTERPRETER.stressed("interpreter-stress-97", 97),
        OPTIMISED.stressed("optimised-stress-97", 97),
        UNOPTIMISED.stressed("unoptimised-stress-97", 97),
        SPECIALISED.stressed("specialised-stress-97", 97),
    ] {
        for part in ["own", "A", "C"] {
            add(part, tier, Sample::ALL);
        }
    }
    for tier in [
        INTERPRETER.stressed("interpreter-stress-997", 997),
        OPTIMISED.stressed("optimised-stress-997", 997),
        UNOPTIMISED.stressed("unoptimised-stress-997", 997),
        SPECIALISED.stressed("specialised-stress-997", 997),
    ] {
        add("B", tier, Sample::ALL);
    }
    for tier in [
        INTERPRETER.stressed("interpreter-stress-1", 1),
        OPTIMISED.stressed("optimised-stress-1", 1),
        UNOPTIMISED.stressed("unoptimised-stress-1", 1),
        SPECIALISED.stressed("specialised-stress-1", 1),
    ] {
        for (part, stride, head) in [("own", 90, 1), ("A", 60, 2), ("C", 60, 2)] {
            add(part, tier, Sample { stride, head });
        }
    }
    for tier in [INTERPRETER, OPTIMISED, UNOPTIMISED, SPECIALISED] {
        add("faults", tier, Sample::ALL);
    }
    runs
}

fn main() -> ExitCode {
    let result = match std::env::var(isolate::JOB) {
        Ok(job) => do_job(&job),
        Err(_) => run_all(),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("{problem:#}");
            ExitCode::FAILURE
        }
    }
}

/// In a process of its own: one file of one run.
fn do_job(job: &str) -> Result<bool> {
    let mut fields = job.splitn(3, ' ');
    let mut field = || fields.next().context("a job is a part, a tier and a file");
    let (part, tier, file) = (field()?, field()?, field()?);
    let runs = runs();
    let run = runs
        .iter()
        .find(|r| r.part == part && r.tier.name == tier)
        .context("no such run")?;
    let tally = run.tier.run(|| compare(run, Path::new(file)))?;
    print!("{}", tally.encode());
    Ok(true)
}

fn compare(run: &Run, file: &Path) -> Result<Tally> {
    if run.part == own::PART {
        return own::compare(&World::own(run.tier)?, file, run.sample);
    }
    let shared = Shared::find().context("there is no oracle")?;
    let image = if run.part == "C" {
        IMAGE_2004
    } else {
        IMAGE_2015
    };
    let world = World::new(&shared, image, run.tier)?;
    match run.part {
        "B" => compare_program(&world, file),
        "faults" => compare_faults(&world, file),
        _ => compare_file(&world, file, run.sample),
    }
}

/// The files of a run.
fn files(shared: Option<&Shared>, run: &Run) -> Result<Vec<PathBuf>> {
    match (run.part, shared) {
        (own::PART, _) => own::files(&run.tier, run.sample),
        ("faults", Some(shared)) => Ok(vec![shared.faults_path()]),
        ("B", Some(shared)) => shared.files("B", ".st"),
        (part, Some(shared)) => shared.files(part, ".expr"),
        (_, None) => Ok(vec![]),
    }
}

/// Can the run be had? Says so if not.
fn is_possible(run: &Run, shared: Option<&Shared>) -> bool {
    if run.part != own::PART {
        return shared.is_some();
    }
    let possible = run.tier.has_own();
    if !possible {
        not_tested(Need::Own, "native code: this build is for another image");
    }
    possible
}

/// Starts a process for every file of every run that was chosen, and reports.
fn run_all() -> Result<bool> {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let shared = Shared::find();
    let runs: Vec<Run> = runs()
        .into_iter()
        .filter(|r| words.iter().all(|w| *w == r.part || r.tier.name == w))
        .filter(|r| is_possible(r, shared.as_ref()))
        .collect();
    let mut jobs = Vec::new();
    for (n, run) in runs.iter().enumerate() {
        for file in files(shared.as_ref(), run)? {
            let job = format!("{} {} {}", run.part, run.tier.name, file.display());
            jobs.push((n, job));
        }
    }
    Ok(report(&runs, &jobs))
}

/// Does all jobs, as many at a time as there are processors, and prints a line for each run
/// as soon as it is complete. Did everything pass?
fn report(runs: &[Run], jobs: &[(usize, String)]) -> bool {
    struct Progress {
        left: usize,
        start: Option<Instant>,
        tally: Tally,
    }
    let count = |n| jobs.iter().filter(|(run, _)| *run == n).count();
    let progress = Mutex::new(
        (0..runs.len())
            .map(|n| Progress {
                left: count(n),
                start: None,
                tally: Tally::default(),
            })
            .collect::<Vec<_>>(),
    );
    let lock = || progress.lock().unwrap_or_else(|e| e.into_inner());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((n, job)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            lock()[*n].start.get_or_insert_with(Instant::now);
            let tally = isolate::run(job);
            let mut progress = lock();
            let p = &mut progress[*n];
            p.tally.add(tally);
            p.left -= 1;
            if p.left == 0 {
                let seconds = p.start.map_or(0.0, |s| s.elapsed().as_secs_f64());
                print_summary(&runs[*n], &p.tally, seconds);
            }
        }
    };
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    lock().iter().all(|p| p.tally.failures.is_empty())
}

fn print_summary(run: &Run, tally: &Tally, seconds: f64) {
    for failure in &tally.failures {
        println!("{} {}: {failure}", run.part, run.tier.name);
    }
    println!(
        "{} {}: {} of {} ({seconds:.1} s)",
        run.part, run.tier.name, tally.passed, tally.total
    );
}
