//! Makes and translates the batch: programs whose image has blocks that have variables of their own.

/// The programs of the tests: few, since they are compiled there.
const PROGRAMS: &str = "c0..c10,ca0..ca4";

fn main() -> anyhow::Result<()> {
    smallworld_differential::translate::main(PROGRAMS, true)
}
