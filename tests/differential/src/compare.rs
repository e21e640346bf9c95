//! Runs a batch on every tier and compares: what the binaries `differential` and
//! `differential-closures` do with `[TIER…]`.
//!
//! Each tier runs in a process of its own, since one that is wrong may crash, or never end.
//! Exit code 1 says that there were differences; they are on standard output, a line each:
//! `differs PROGRAM TIER`, then what was expected and what came.

use crate::run::{TIERS, Tier, answer, machine, saved};
use anyhow::{Context, Result, bail};
use smallworld_runtime::Source;
use smallworld_runtime::file_access::FileAccess;
use smallworld_runtime::native::NativeImage;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long one program may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A batch with its native code.
#[derive(Clone, Copy)]
pub struct Translated {
    /// The image.
    pub native: &'static NativeImage,
    /// The programs: a line for each, with its name and the class it begins with.
    pub programs: &'static str,
}

/// Does what the words of the command line say.
///
/// # Errors
/// There is no such tier; the batch has no programs; processes cannot be started.
pub fn main(batch: Translated) -> Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, tier, first] = &words[..]
        && mode == "--run"
    {
        batch.run(find(tier)?, first.parse()?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let tiers: Vec<Tier> = match words.is_empty() {
        true => TIERS.to_vec(),
        false => words.iter().map(|w| find(w)).collect::<Result<_>>()?,
    };
    batch.compare(&tiers)
}

fn find(name: &str) -> Result<Tier> {
    let tier = TIERS.into_iter().find(|tier| tier.name == name);
    tier.with_context(|| {
        let names = TIERS.map(|t| t.name).join(", ");
        format!("there is no tier '{name}', but {names}")
    })
}

impl Translated {
    fn programs(self) -> Vec<(&'static str, &'static str)> {
        let lines = self.programs.lines();
        lines.filter_map(|l| l.split_once(' ')).collect()
    }

    /// In a process of its own: a line for each program from the `first` on.
    fn run(self, tier: Tier, first: usize) -> Result<()> {
        let source = Source::own(self.native)?;
        let folder = std::env::current_dir()?;
        let mut out = std::io::stdout().lock();
        for (_, class) in self.programs().into_iter().skip(first) {
            let files = FileAccess::inside(&folder)?;
            let mut vm = machine(&source, tier, files);
            let text = answer(&mut vm, class) + &saved(&folder);
            writeln!(out, "{text}")?;
            out.flush()?;
        }
        Ok(())
    }

    /// What all programs answer on a tier.
    fn answers(self, tier: Tier) -> Result<Vec<String>> {
        let count = self.programs().len();
        let mut answers = Vec::new();
        let folder = std::env::temp_dir().join(format!("differential-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        while answers.len() < count {
            let mut child = Command::new(std::env::current_exe()?)
                .args(["--run", tier.name, &answers.len().to_string()])
                .current_dir(&folder)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .spawn()?;
            let out = child.stdout.take().context("it was asked for")?;
            let (sender, lines) = mpsc::channel();
            std::thread::spawn(move || {
                for line in BufReader::new(out).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        break;
                    }
                }
            });
            let problem = loop {
                match lines.recv_timeout(PATIENCE) {
                    Ok(line) => answers.push(line),
                    Err(mpsc::RecvTimeoutError::Timeout) => break "it does not end".to_string(),
                    Err(mpsc::RecvTimeoutError::Disconnected) => break String::new(),
                }
            };
            // It may be over already.
            let _ = child.kill();
            let status = child.wait()?;
            if answers.len() < count {
                answers.push(match problem.is_empty() {
                    true => format!("the process ended: {status}"),
                    false => problem,
                });
            }
        }
        // It is a temporary one, whoever else cleans up.
        let _ = std::fs::remove_dir_all(&folder);
        Ok(answers)
    }

    fn compare(self, tiers: &[Tier]) -> Result<ExitCode> {
        let programs = self.programs();
        if programs.is_empty() {
            bail!("no program of the batch could be compiled");
        }
        let expected = self.answers(TIERS[0])?;
        let mut differences: HashMap<&str, usize> = HashMap::new();
        for &tier in tiers {
            let came = self.answers(tier)?;
            for (i, (name, class)) in programs.iter().enumerate() {
                if expected[i] != came[i] {
                    *differences.entry(tier.name).or_default() += 1;
                    println!("differs {name} {} (class {class})", tier.name);
                    let same = expected[i].bytes().zip(came[i].bytes());
                    let at = same.take_while(|(a, b)| a == b).count();
                    let from = at.saturating_sub(60);
                    for (what, text) in [("expected", &expected[i]), ("came", &came[i])] {
                        let part: String = text.chars().skip(from).take(240).collect();
                        println!("    {what} at {at}: {part}");
                    }
                }
            }
        }
        let names: Vec<&str> = tiers.iter().map(|t| t.name).collect();
        let total: usize = differences.values().sum();
        println!(
            "{} programs on {}: {total} differences",
            programs.len(),
            names.join(", ")
        );
        Ok(ExitCode::from((total > 0) as u8))
    }
}
