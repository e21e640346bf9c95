//! The oracle on the project's own image, in the language of 2015: everything as on the 2015 image, except what
//! `kernel/compatibility.tsv` lists. With `SMALLWORLD_LIST=FILE` the differences found are
//! written there, in the form of the list, kinds as listed or `?`.

use anyhow::{Context, Result};
use smallworld_kernel_tests::compatibility::{Differences, expressions, listed, program};
use smallworld_kernel_tests::{Kernel, enter_empty_folder, kernels, oracle, root};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

#[test]
fn only_listed_lines_differ() -> Result<()> {
    let Some(oracle) = oracle() else {
        return Ok(());
    };
    let oracle = oracle.canonicalize()?;
    let list = listed()?;
    for kernel in kernels()? {
        let found = differences(&kernel, &oracle)?;
        if let Some(path) = std::env::var_os("SMALLWORLD_LIST") {
            write_list(Path::new(&path), &found, &list)?;
        }
        let unlisted: Vec<_> = found
            .iter()
            .filter(|(place, difference)| list.get(place).is_none_or(|l| l.ours != difference.ours))
            .collect();
        assert!(unlisted.is_empty(), "not listed: {unlisted:#?}");
        let gone: Vec<_> = list
            .keys()
            .filter(|place| !found.contains_key(place))
            .collect();
        assert!(gone.is_empty(), "listed, but no difference: {gone:#?}");
    }
    Ok(())
}

#[test]
fn every_kind_is_explained() -> Result<()> {
    let text = std::fs::read_to_string(root().join("docs/COMPATIBILITY.md"))?;
    let list = listed()?;
    let kinds: BTreeSet<&str> = list.values().map(|d| d.kind.as_str()).collect();
    for kind in kinds {
        let count = list.values().filter(|d| d.kind == kind).count();
        let row = format!("| `{kind}` | {count} |");
        assert!(text.contains(&row), "docs/COMPATIBILITY.md has no '{row}'");
    }
    Ok(())
}

fn differences(kernel: &Kernel, oracle: &Path) -> Result<Differences> {
    let mut found = Differences::new();
    let mut count = 0;
    for path in files(&oracle.join("A"), "expr")? {
        enter_empty_folder("oracle")?;
        count += expressions(kernel, &path, &mut found)?;
    }
    assert!(count > 1900, "{count} expressions");
    for path in files(&oracle.join("B"), "st")? {
        enter_empty_folder("oracle")?;
        program(kernel, &path, &mut found)?;
    }
    std::fs::remove_dir_all(std::env::current_dir()?)?;
    std::env::set_current_dir(std::env::temp_dir())?;
    Ok(found)
}

fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == extension)
            && !path.to_string_lossy().contains(".bench.")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn write_list(path: &Path, found: &Differences, list: &Differences) -> Result<()> {
    let mut text = String::new();
    for (place, difference) in found {
        let kind = list.get(place).map_or("?", |listed| listed.kind.as_str());
        let _ = write!(
            text,
            "{}\t{}\t{}\t{kind}",
            place.part, place.file, place.line
        );
        if !difference.ours.is_empty() {
            let _ = write!(text, "\t{}", difference.ours);
        }
        text.push('\n');
    }
    std::fs::write(path, text)?;
    Ok(())
}
