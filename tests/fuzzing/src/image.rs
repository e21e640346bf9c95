//! Image files: both readers, the verifier, the writers, and a machine that loads the image.

use crate::{small, watchdog};
use smallworld_image::{Format, Image, method_shape};
use smallworld_runtime::Vm;
use smallworld_runtime::ui::Headless;

/// Reads the bytes as an image, and does with it everything that can be done.
pub fn feed(bytes: &[u8]) {
    let image = match Image::read(bytes) {
        Ok(image) => image,
        Err(error) => {
            let line = error.to_string();
            assert!(!line.contains('\n') && line.len() < 600, "{line}");
            return;
        }
    };
    for problem in image.check() {
        let _ = problem.to_string();
    }
    for found in image.methods() {
        let _ = found.name(&image);
        if let Ok(parts) = method_shape(&image, found.method) {
            let _ = parts.disassemble(&image);
        }
    }
    for format in [Format::V1, Format::Swst] {
        let written = image.write(format);
        let again = Image::read(&written).expect("what was written can be read");
        assert!(again.objects.len() <= image.objects.len() + 10);
        assert_eq!(again.write(format), written, "writing it again differs");
    }
    run(&image);
}

/// Loads it, sends it what a user would, and takes it out again.
fn run(image: &Image) {
    let ui = Box::new(Headless::silent());
    let mut vm = Vm::new(&small::source(image), small::options(0), ui);
    let _ = vm.has_start_up();
    let _ = vm.class_names();
    let _ = watchdog::limited(&mut vm, |vm| vm.evaluate(b"x"));
    // A program may have made of its classes what no reader accepts; that is its affair.
    let exported = vm.export();
    let _ = Image::read(&exported.write(exported.format));
}
