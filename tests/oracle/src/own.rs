//! Our own oracle: expressions, tests of the language, programs and lines that must fail, in
//! `tests/oracle/own`, with answers that follow from what `kernel/` says. It is always there.

use crate::expressions::{Sample, compare_file};
use crate::faults::compare_faults;
use crate::language::compare_language;
use crate::programs::compare_program;
use crate::shared::files_in;
use crate::{Tally, Tier, World};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// How the part is called.
pub const PART: &str = "own";

/// The files for a tier: samples are taken of expressions alone; and under collector stress
/// recursion without end, which is among the faults, would take longer than anyone waits.
///
/// # Errors
/// The folder cannot be read.
pub fn files(tier: &Tier, sample: Sample) -> Result<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("own");
    let mut files = files_in(&folder.join("expressions"), ".expr")?;
    if sample == Sample::ALL {
        files.extend(files_in(&folder.join("language"), ".lang")?);
        files.extend(files_in(&folder.join("programs"), ".st")?);
    }
    if tier.gc_stress == 0 {
        files.push(folder.join("faults.txt"));
    }
    Ok(files)
}

/// Does what is to be done with a file of that kind.
///
/// # Errors
/// Its files cannot be read or do not belong together.
pub fn compare(world: &World, file: &Path, sample: Sample) -> Result<Tally> {
    match file.extension().and_then(|e| e.to_str()) {
        Some("expr") => compare_file(world, file, sample),
        Some("st") => compare_program(world, file),
        Some("lang") => compare_language(world, file, sample),
        _ => compare_faults(world, file),
    }
}
