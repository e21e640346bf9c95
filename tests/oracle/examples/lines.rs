//! Evaluates the expressions on standard input, one a line, each in a fresh image: the
//! quickest way to look at one line of the oracle in one tier.
//!
//! `cargo run -p smallworld-oracle --example lines -- 2004 optimised 97` (image, tier, stress);
//! the image is `own`, `2015` or `2004`.

use anyhow::{Context, Result};
use smallworld_oracle::tier::{
    IMAGE_2004, IMAGE_2015, INTERPRETER, OPTIMISED, SPECIALISED, UNOPTIMISED,
};
use smallworld_oracle::{Shared, World};
use smallworld_runtime::lines::{is_heading, result_line};
use std::io::BufRead;
use std::time::Instant;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let word = |n: usize| words.get(n).map_or("", String::as_str);
    let tier = match word(1) {
        "optimised" => OPTIMISED,
        "unoptimised" => UNOPTIMISED,
        "specialised" => SPECIALISED,
        _ => INTERPRETER,
    };
    let stress = word(2).parse().unwrap_or(0);
    let tier = tier.stressed("chosen", stress);
    let shared = || Shared::find().context("there is no oracle");
    let world = match word(0) {
        "own" => World::own(tier)?,
        "2004" => World::new(&shared()?, IMAGE_2004, tier)?,
        _ => World::new(&shared()?, IMAGE_2015, tier)?,
    };
    for line in std::io::stdin().lock().split(b'\n') {
        let line = line?;
        if !is_heading(&line) {
            let start = Instant::now();
            let mut vm = world.machine();
            let evaluation = vm.evaluate(&line).map_err(anyhow::Error::msg)?;
            let took = start.elapsed().as_millis();
            println!("{}\t({took} ms)", result_line(&evaluation));
        }
    }
    Ok(())
}
