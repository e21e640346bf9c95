//! Feeds files to a target: `feed TARGET FILE…`. For looking at a finding.

use smallworld_fuzzing::TARGETS;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let wanted = arguments.next().unwrap_or_default();
    let Some((_, target)) = TARGETS.iter().find(|(name, _)| *name == wanted) else {
        let names = TARGETS.map(|(name, _)| name).join(", ");
        return Err(std::io::Error::other(format!(
            "which target? one of {names}"
        )));
    };
    for file in arguments {
        println!("{file}");
        target(&std::fs::read(&file)?);
    }
    Ok(())
}
