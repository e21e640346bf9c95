//! Writes the seeds of the targets, into a folder each: `seeds FOLDER`.
//!
//! They come from this project's own sources, the same every time. Coverage-guided fuzzing
//! begins with them.

use smallworld_differential::generate::Numbers;
use smallworld_fuzzing::{method, profile, small};
use smallworld_image::{Format, Image, hash_bytes};
use smallworld_profile::codec;
use smallworld_runtime::Vm;
use smallworld_runtime::ui::Headless;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};

fn main() -> Result<()> {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return Err(Error::other("which folder? seeds FOLDER"));
    };
    images(&folder.join("image"))?;
    profiles(&folder.join("profile"))?;
    sources(&folder.join("source"))?;
    primitives(&folder.join("primitives"))?;
    methods(&folder.join("method"))
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join(name), bytes)
}

fn images(folder: &Path) -> Result<()> {
    let image = small::image();
    write(folder, "small-v1", &image.write(Format::V1))?;
    write(folder, "small-swst", &image.write(Format::Swst))
}

fn profiles(folder: &Path) -> Result<()> {
    let ui = Box::new(Headless::silent());
    let mut vm = Vm::new(&small::source(small::image()), small::options(0), ui);
    let empty = codec::encode(&vm.profile()).map_err(Error::other)?;
    let _ = vm.evaluate(b"x");
    let full = codec::encode(&vm.profile()).map_err(Error::other)?;
    write(folder, "empty", &empty)?;
    write(folder, "empty-body", profile::body(&empty))?;
    write(folder, "full", &full)?;
    write(folder, "full-body", profile::body(&full))
}

fn sources(folder: &Path) -> Result<()> {
    for source in small::sources() {
        let name = source.text.lines().next().unwrap_or_default();
        let text = source.text.replace("Class: ", "Class: X");
        write(folder, name.trim_start_matches("Class: "), text.as_bytes())?;
        for part in source.text.split("\n\n").skip(2) {
            let name = format!("{:016x}", hash_bytes(part.as_bytes()));
            write(folder, &name, part.trim_end().as_bytes())?;
        }
    }
    let chunk = "EVAL Class addNewClass: (Object subclass: 'P' variables: 'a b' classVariables: '')\n\
                 METHOD P\na: x\n\t^ a <- x\n!\nMETA P\nnew\n\t^ <7 self 2>\n!\n";
    write(folder, "chunks", chunk.as_bytes())
}

/// Each method of the small image as a program: it takes the place of `String>>go`, and for
/// one that has arguments a caller comes first.
fn primitives(folder: &Path) -> Result<()> {
    for n in 0..12 {
        let mut numbers = Numbers::new(n);
        let bytes: Vec<u8> = (0..160).map(|_| numbers.below(256) as u8).collect();
        write(folder, &format!("{n:02}"), &bytes)?;
    }
    Ok(())
}

fn methods(folder: &Path) -> Result<()> {
    let image: &Image = small::image();
    let string = 5 << 1;
    for found in image.methods() {
        for options in [0, 1] {
            let mut bytes = vec![options];
            let Some(code) = method::encode(image, found.method, string, 1) else {
                continue;
            };
            bytes.extend(code);
            let name = format!("{:016x}", hash_bytes(&bytes));
            write(folder, &name, &bytes)?;
        }
    }
    Ok(())
}
