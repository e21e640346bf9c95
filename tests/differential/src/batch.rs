//! Batches: which programs, and the image that has them all.

use crate::shrink::after_nth;
use crate::tree::Program;
use crate::{attack, generate};
use anyhow::{Context, Result, bail};
use smallworld_bootstrap::{Source, build};
use smallworld_image::Format;
pub use smallworld_image::Image;
use std::fmt;
use std::str::FromStr;

/// A program by its kind and seed, and the shrinking steps that were taken: at each, which of
/// the programs that were a little smaller.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name {
    /// Does it attack primitives?
    pub attacks: bool,
    /// The seed.
    pub seed: u64,
    /// The steps.
    pub steps: Vec<usize>,
}

impl FromStr for Name {
    type Err = anyhow::Error;

    /// `17`, or with steps `17/3/0`; `a17` is one that attacks primitives.
    fn from_str(text: &str) -> Result<Name> {
        let number = text.strip_prefix('a');
        let mut parts = number.unwrap_or(text).split('/');
        let wrong = || format!("'{text}' names no program; write 17, a17 or 17/3/0");
        let seed = parts.next().unwrap_or_default();
        Ok(Name {
            attacks: number.is_some(),
            seed: seed.parse().with_context(wrong)?,
            steps: parts
                .map(str::parse)
                .collect::<Result<_, _>>()
                .with_context(wrong)?,
        })
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.attacks { "a" } else { "" };
        write!(f, "{kind}{}", self.seed)?;
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
        let mut program = match self.attacks {
            true => attack::program(self.seed, prefix),
            false => generate::program(self.seed, prefix),
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
                    attacks: first.attacks,
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

/// Text of the class library.
const LIBRARY: &str = include_str!("library.st");

/// The class library.
pub fn library() -> Vec<Source> {
    let parts = LIBRARY.split("\nClass: ").skip(1);
    parts
        .map(|part| Source::new("library.st", format!("Class: {part}")))
        .collect()
}

fn sources(program: &Program) -> Vec<Source> {
    let texts = program.texts().into_iter();
    texts.map(|text| Source::new("program", text)).collect()
}

/// The image with one program; nothing if it cannot be compiled.
pub fn image_of(program: &Program) -> Option<Image> {
    let mut all = library();
    all.extend(sources(program));
    build(&all).ok()
}

/// Makes the image. A program that cannot be compiled (it is too long for the compiler, or
/// a shrinking step took away what it needs) is left out.
///
/// # Errors
/// The library cannot be compiled.
pub fn make(names: &[Name]) -> Result<Batch> {
    let mut all = library();
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
        for wrong in ["", "x", "1..", "1/x", "3..3"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn most_programs_can_be_compiled() {
        let batch = make(&parse("0..40,a0..a40").unwrap()).unwrap();
        let attacks = batch.programs.iter().filter(|p| p.0.attacks).count();
        assert!(attacks > 38, "{attacks}");
        assert!(batch.programs.len() > 70, "{}", batch.programs.len());
        let problems = batch.image.check();
        assert!(problems.is_empty(), "{problems:?}");
    }
}
