//! Shows programs: `show c17 a3` prints the classes of each, and what the interpreter answers.

use anyhow::{Context, Result};
use smallworld_differential::batch::{image_of, parse};
use smallworld_differential::run::{TIERS, answer, machine};
use smallworld_runtime::Source;
use smallworld_runtime::file_access::FileAccess;
use smallworld_runtime::native::NO_NATIVE;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    for name in parse(&words.join(","))? {
        let program = name.program("P").context("there is no such step")?;
        for text in program.texts() {
            println!("{text}");
        }
        let Some(image) = image_of(&program) else {
            println!("program {name} cannot be compiled\n");
            continue;
        };
        let source = Source::other(&NO_NATIVE, image).map_err(anyhow::Error::msg)?;
        let mut vm = machine(&source, TIERS[0], FileAccess::nowhere());
        println!("program {name} answers {}\n", answer(&mut vm, "P"));
    }
    Ok(())
}
