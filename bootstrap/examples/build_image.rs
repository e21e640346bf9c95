//! Builds an image from the source files in a folder: `build_image FOLDER IMAGE`.

use smallworld_bootstrap::{build, sources_in};
use smallworld_image::Format;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, target] = &arguments[..] else {
        eprintln!("usage: build_image FOLDER IMAGE");
        return ExitCode::FAILURE;
    };
    let sources = match sources_in(Path::new(folder)) {
        Ok(sources) => sources,
        Err(error) => {
            eprintln!("{folder}: {error}");
            return ExitCode::FAILURE;
        }
    };
    match build(&sources) {
        Ok(image) => match std::fs::write(target, image.write(Format::V1)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{target}: {error}");
                ExitCode::FAILURE
            }
        },
        Err(diagnostics) => {
            for diagnostic in &diagnostics {
                eprintln!("{diagnostic}");
            }
            eprintln!("{} errors", diagnostics.len());
            ExitCode::FAILURE
        }
    }
}
