//! Each file in a process and an empty folder of its own: the current folder belongs to a
//! whole process, and what goes very wrong in one file should not end the others.
//!
//! The test program starts itself again with [`JOB`] set to what is to be done; the result
//! comes back through a file.

use crate::Tally;
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The environment variable that tells a process that it is to do one job.
pub const JOB: &str = "SMALLWORLD_ORACLE_JOB";

/// How long one file may take.
const PATIENCE: Duration = Duration::from_secs(240);

/// Does a job in a process and a folder of its own.
pub fn run(job: &str) -> Tally {
    match try_run(job) {
        Ok(tally) => tally,
        Err(problem) => {
            let mut tally = Tally::default();
            tally.broken(format!("{job}\n    {problem:#}"));
            tally
        }
    }
}

fn try_run(job: &str) -> Result<Tally> {
    let folder = Folder::new()?;
    let (work, output) = (folder.path.join("work"), folder.path.join("output"));
    fs::create_dir(&work)?;
    let mut child = Command::new(std::env::current_exe()?)
        .env(JOB, job)
        .current_dir(&work)
        .stdin(Stdio::null())
        .stdout(File::create(&output)?)
        .spawn()
        .context("cannot start a process")?;
    let status = wait(&mut child)?;
    let text = fs::read_to_string(&output).unwrap_or_default();
    Tally::decode(&text)
        .filter(|_| status.success())
        .with_context(|| format!("the process ended with {status}"))
}

/// Waits for the process; one that takes too long is stopped.
fn wait(child: &mut Child) -> Result<ExitStatus> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if start.elapsed() > PATIENCE {
            child.kill()?;
            return Ok(child.wait()?);
        }
        std::thread::sleep(Duration::from_millis(3));
    }
}

/// A new empty folder, removed with all that is in it when no longer needed.
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
}

impl Folder {
    /// Makes one.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn new() -> Result<Folder> {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("smallworld-oracle-{}-{n}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).with_context(|| format!("cannot make '{}'", path.display()))?;
        Ok(Folder { path })
    }

    /// The path of a file in it.
    pub fn file(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The system clears its temporary folder sooner or later.
        let _ = fs::remove_dir_all(&self.path);
    }
}
