//! Every part of the oracle in every tier.
//!
//! `cargo test -p smallworld-oracle --test oracle` runs everything and prints a line for
//! each part and tier; words after `--` choose those whose line has all of them, as in
//! `-- A interpreter`.

use anyhow::{Context, Result};
use smallworld_oracle::expressions::{Sample, compare_file};
use smallworld_oracle::faults::compare_faults;
use smallworld_oracle::programs::compare_program;
use smallworld_oracle::tier::{
    IMAGE_2004, IMAGE_2015, INTERPRETER, OPTIMISED, SPECIALISED, UNOPTIMISED,
};
use smallworld_oracle::{Shared, Tally, Tier, World, isolate};
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
    for part in ["A", "B", "C"] {
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
    add("A", OPTIMISED.resaved("optimised-resaved"), Sample::ALL);
    add("C", OPTIMISED.resaved("optimised-resaved"), Sample::ALL);
    add("A", SPECIALISED.resaved("specialised-resaved"), Sample::ALL);
    for tier in [
        INTERPRETER.stressed("interpreter-stress-97", 97),
        OPTIMISED.stressed("optimised-stress-97", 97),
        UNOPTIMISED.stressed("unoptimised-stress-97", 97),
        SPECIALISED.stressed("specialised-stress-97", 97),
    ] {
        add("A", tier, Sample::ALL);
        add("C", tier, Sample::ALL);
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
        let (stride, head) = (60, 2);
        add("A", tier, Sample { stride, head });
        add("C", tier, Sample { stride, head });
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
    let shared = Shared::find().context("there is no oracle")?;
    let mut fields = job.splitn(3, ' ');
    let mut field = || fields.next().context("a job is a part, a tier and a file");
    let (part, tier, file) = (field()?, field()?, field()?);
    let runs = runs();
    let run = runs
        .iter()
        .find(|r| r.part == part && r.tier.name == tier)
        .context("no such run")?;
    let tally = run.tier.run(|| compare(&shared, run, Path::new(file)))?;
    print!("{}", tally.encode());
    Ok(true)
}

fn compare(shared: &Shared, run: &Run, file: &Path) -> Result<Tally> {
    let image = if run.part == "C" {
        IMAGE_2004
    } else {
        IMAGE_2015
    };
    let world = World::new(shared, image, run.tier)?;
    match run.part {
        "B" => compare_program(&world, file),
        "faults" => compare_faults(&world, file),
        _ => compare_file(&world, file, run.sample),
    }
}

/// The files of a part.
fn files(shared: &Shared, part: &str) -> Result<Vec<PathBuf>> {
    match part {
        "faults" => Ok(vec![shared.faults_path()]),
        "B" => shared.files(part, ".st"),
        _ => shared.files(part, ".expr"),
    }
}

/// Starts a process for every file of every run that was chosen, and reports.
fn run_all() -> Result<bool> {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let Some(shared) = Shared::find() else {
        return Ok(true);
    };
    let runs: Vec<Run> = runs()
        .into_iter()
        .filter(|r| words.iter().all(|w| *w == r.part || r.tier.name == w))
        .collect();
    let mut jobs = Vec::new();
    for (n, run) in runs.iter().enumerate() {
        for file in files(&shared, run.part)? {
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
