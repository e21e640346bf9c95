//! Batches: which programs, and the image that has them all.

use crate::shrink::after_nth;
use crate::tree::Program;
use crate::{attack, generate};
use anyhow::{Context, Result, bail};
use smallworld_bootstrap::{Blocks, Dialect, Source, build};
use smallworld_image::Format;
pub use smallworld_image::Image;
use std::fmt;
use std::str::FromStr;

/// What a program is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Kind {
    /// Does it attack primitives?
    pub attacks: bool,
    /// Do its blocks have variables of their own? Programs that do not attack are then written in
    /// the present language, the others in that of 2015.
    pub closures: bool,
}

/// A program by its kind and seed, and the shrinking steps that were taken: at each, which of
/// the programs that were a little smaller.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name {
    /// Its kind.
    pub kind: Kind,
    /// The seed.
    pub seed: u64,
    /// The steps.
    pub steps: Vec<usize>,
}

impl FromStr for Name {
    type Err = anyhow::Error;

    /// `17`, or with steps `17/3/0`; `c17` is one with closures, `a17` one that attacks primitives,
    /// and `ca17` one that does so where blocks are closures.
    fn from_str(text: &str) -> Result<Name> {
        let closures = text.strip_prefix('c');
        let rest = closures.unwrap_or(text);
        let attacks = rest.strip_prefix('a');
        let mut parts = attacks.unwrap_or(rest).split('/');
        let wrong = || format!("'{text}' names no program; write 17, a17, c17, ca17 or 17/3/0");
        let seed = parts.next().unwrap_or_default();
        Ok(Name {
            kind: Kind {
                attacks: attacks.is_some(),
                closures: closures.is_some(),
            },
            seed: seed.parse().with_context(wrong)?,
            steps: parts
                .map(str::parse)
                .collect::<Result<_, _>>()
                .with_context(wrong)?,
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let closures = if self.closures { "c" } else { "" };
        let attacks = if self.attacks { "a" } else { "" };
        write!(f, "{closures}{attacks}")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.kind, self.seed)?;
        self.steps.iter().try_for_each(|step| write!(f, "/{step}"))
    }
}

impl Name {
    /// The name of this program after one more step.
    pub fn then(&self, step: usize) -> Name {
        let mut next = self.clone();
        next.steps.push(step);
        next
    }

    /// The program, its classes named by a prefix. Nothing if there is no such step.
    pub fn program(&self, prefix: &str) -> Option<Program> {
        let Kind { attacks, closures } = self.kind;
        let mut program = match (attacks, closures) {
            (true, true) => attack::program(self.seed, prefix, Blocks::Closures),
            (true, false) => attack::program(self.seed, prefix, Blocks::Shared),
            (false, true) => generate::program(self.seed, prefix, Dialect::Current),
            (false, false) => generate::program(self.seed, prefix, Dialect::Of2015),
        };
        for &step in &self.steps {
            program = after_nth(&program, step)?;
        }
        Some(program)
    }
}

/// Reads a list of programs: names and ranges of seeds, `0..50,61,17/3/0,a0..a20`.
///
/// # Errors
/// Says what cannot be read.
pub fn parse(list: &str) -> Result<Vec<Name>> {
    let mut names = Vec::new();
    for part in list
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        match part.split_once("..") {
            Some((first, end)) => {
                let (first, end): (Name, Name) = (first.parse()?, end.parse()?);
                let seeds = first.seed..end.seed;
                names.extend(seeds.map(|seed| Name {
                    kind: first.kind,
                    seed,
                    steps: vec![],
                }));
            }
            None => names.push(part.parse()?),
        }
    }
    if names.is_empty() {
        bail!("'{list}' names no programs; write for example 0..50");
    }
    if names
        .iter()
        .any(|name| name.kind.closures != names[0].kind.closures)
    {
        bail!("'{list}' needs images with two kinds of blocks; name programs with c, or without");
    }
    Ok(names)
}

/// Programs and the image that has them.
pub struct Batch {
    /// The programs that could be compiled, with the name of the class each begins with.
    pub programs: Vec<(Name, String)>,
    /// The image.
    pub image: Image,
    /// The image as a file.
    pub bytes: Vec<u8>,
}

/// Text of the class library, but for blocks and errors.
const COMMON: &str = include_str!("library/common.st");
/// Blocks that share the variables of their methods, and what becomes of errors then.
const BLOCKS: &str = include_str!("library/blocks.st");
/// Blocks with variables of their own, and exceptions.
const CLOSURES: &str = include_str!("library/closures.st");

/// The class library with these blocks.
pub fn library(blocks: Blocks) -> Vec<Source> {
    let rest = match blocks {
        Blocks::Shared => BLOCKS,
        Blocks::Closures => CLOSURES,
    };
    let mut all = Vec::new();
    for text in [COMMON, rest] {
        let starts = |word: &str| {
            let head = format!("\n{word}: ");
            let found = text.match_indices(&head).map(|(at, _)| at + 1);
            found.collect::<Vec<usize>>()
        };
        let mut starts = [starts("Class"), starts("Extend")].concat();
        starts.sort_unstable();
        let ends = starts.iter().skip(1).copied().chain([text.len()]);
        let parts = starts.iter().zip(ends).map(|(&from, to)| &text[from..to]);
        all.extend(parts.map(|part| Source::new("library", part.to_string())));
    }
    all
}

fn sources(program: &Program) -> Vec<Source> {
    let texts = program.texts().into_iter();
    texts.map(|text| Source::new("program", text)).collect()
}

/// The image with one program; nothing if it cannot be compiled.
pub fn image_of(program: &Program) -> Option<Image> {
    let mut all = library(program.blocks);
    all.extend(sources(program));
    build(&all).ok()
}

/// Makes the image. A program that cannot be compiled (it is too long for the compiler, or
/// a shrinking step took away what it needs) is left out.
///
/// # Errors
/// The library cannot be compiled.
pub fn make(names: &[Name]) -> Result<Batch> {
    let closures = names.iter().any(|name| name.kind.closures);
    let mut all = library(match closures {
        true => Blocks::Closures,
        false => Blocks::Shared,
    });
    let mut programs = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let prefix = format!("P{n}");
        let Some(program) = name.program(&prefix) else {
            continue;
        };
        if image_of(&program).is_some() {
            all.extend(sources(&program));
            programs.push((name.clone(), prefix));
        }
    }
    let image = build(&all).map_err(|problems| anyhow::anyhow!("{}", problems[0]))?;
    // Native code knows objects by their place in the file.
    let bytes = image.write(Format::V1);
    let image = Image::read(&bytes)?;
    Ok(Batch {
        programs,
        image,
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_their_text() {
        let names = parse("0..3, 17/3/0, a4..a6").unwrap();
        let texts: Vec<String> = names.iter().map(Name::to_string).collect();
        assert_eq!(texts, ["0", "1", "2", "17/3/0", "a4", "a5"]);
        let names = parse("c4,ca5..ca7").unwrap();
        let texts: Vec<String> = names.iter().map(Name::to_string).collect();
        assert_eq!(texts, ["c4", "ca5", "ca6"]);
        for wrong in ["", "x", "1..", "1/x", "3..3", "ac3", "c3,4"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn most_programs_can_be_compiled() {
        for list in ["0..40,a0..a40", "c0..c40,ca0..ca40"] {
            let batch = make(&parse(list).unwrap()).unwrap();
            let attacks = batch.programs.iter().filter(|p| p.0.kind.attacks).count();
            assert!(attacks > 38, "{list}: {attacks}");
            assert!(
                batch.programs.len() > 70,
                "{list}: {}",
                batch.programs.len()
            );
            let problems = batch.image.check();
            assert!(problems.is_empty(), "{list}: {problems:?}");
        }
    }
}
