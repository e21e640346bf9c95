//! Prints the classes of a program: `show 17`, `show 17/3/0`.

use anyhow::{Context, Result};
use smallworld_differential::batch::Name;

fn main() -> Result<()> {
    for name in std::env::args().skip(1) {
        let name: Name = name.parse()?;
        let program = name.program("P").context("there is no such step")?;
        for text in program.texts() {
            println!("{text}");
        }
    }
    Ok(())
}
