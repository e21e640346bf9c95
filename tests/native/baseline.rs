//! Build script of a crate with baseline code of the shared images only.

mod translate;

fn main() -> anyhow::Result<()> {
    translate::run(translate::Images::Shared, |_, _| Ok(None))
}
