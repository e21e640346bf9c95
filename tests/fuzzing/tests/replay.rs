//! Feeds each target its seeds, every input that once broke a promise, and some variations.

use smallworld_fuzzing::{TARGETS, Target};
use std::fs;
use std::path::{Path, PathBuf};

/// Variations of each input.
const VARIATIONS: usize = 30;

/// A generator that gives the same numbers each time (xorshift, Marsaglia 2003).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }
}

/// What is in a folder of `fuzz/`, in a fixed order.
fn inputs(folder: &str, target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let fuzz: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../fuzz", folder, target]
        .iter()
        .collect();
    let Ok(entries) = fs::read_dir(&fuzz) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).unwrap();
        (path, bytes)
    };
    paths.into_iter().map(read).collect()
}

/// Feeds an input, which stays in a file if that goes wrong, however badly.
fn feed(name: &str, target: Target, origin: &Path, bytes: &[u8]) {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-under-way"));
    fs::write(&file, bytes).unwrap();
    let outcome = std::panic::catch_unwind(|| target(bytes));
    if outcome.is_err() {
        panic!("{}, varied: see {}", origin.display(), file.display());
    }
    fs::remove_file(&file).unwrap();
}

/// Changes, repeats, removes or inserts a few bytes.
fn vary(bytes: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut varied = bytes.to_vec();
    for _ in 0..=numbers.below(4) {
        if varied.is_empty() {
            break;
        }
        let at = numbers.below(varied.len());
        match numbers.below(5) {
            0 => varied[at] = numbers.below(256) as u8,
            1 => varied[at] ^= 1 << numbers.below(8),
            2 => drop(varied.remove(at)),
            3 => varied.insert(at, numbers.below(256) as u8),
            _ => {
                let end = varied.len().min(at + numbers.below(12));
                let copy = varied[at..end].to_vec();
                let to = numbers.below(varied.len());
                varied.splice(to..to, copy);
            }
        }
    }
    varied
}

fn replay(name: &str) {
    let (_, target) = TARGETS.into_iter().find(|(n, _)| *n == name).unwrap();
    let seeds = inputs("seeds", name);
    assert!(seeds.len() > 1, "there are no seeds for {name}");
    let mut numbers = Numbers(0x5eed);
    let mut count = 0;
    for (path, bytes) in inputs("findings", name).iter().chain(&seeds) {
        feed(name, target, path, bytes);
        for _ in 0..VARIATIONS {
            feed(name, target, path, &vary(bytes, &mut numbers));
            count += 1;
        }
    }
    println!("{name}: {} seeds, {count} variations", seeds.len());
}

#[test]
fn images() {
    replay("image");
}

#[test]
fn profiles() {
    replay("profile");
}

#[test]
fn sources() {
    replay("source");
}

#[test]
fn methods() {
    replay("method");
}
