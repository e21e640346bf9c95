//! Makes and translates the batch: programs whose image has blocks that share the variables of their methods.

/// The programs of the tests: few, since they are compiled there.
const PROGRAMS: &str = "0..8,a0..a3";

fn main() -> anyhow::Result<()> {
    smallworld_differential::translate::main(PROGRAMS, false)
}
