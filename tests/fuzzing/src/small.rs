//! A small image: the classes that every image needs, with a few methods each. Machines with
//! it are quick to make.

use smallworld_bootstrap::{Source, build};
use smallworld_image::Image;
use smallworld_runtime::file_access::FileAccess;
use smallworld_runtime::native::NO_NATIVE;
use smallworld_runtime::{Options, Source as Runnable};
use std::sync::LazyLock;

/// The class files, one after the other.
const TEXT: &str = include_str!("small.st");

/// The class files of the image.
pub fn sources() -> Vec<Source> {
    let parts = TEXT.split("\nClass: ").skip(1);
    parts
        .map(|part| Source::new("small.st", format!("Class: {part}")))
        .collect()
}

/// The image.
pub fn image() -> &'static Image {
    static IMAGE: LazyLock<Image> = LazyLock::new(|| match build(&sources()) {
        Ok(image) => image,
        Err(problems) => panic!("{}", problems[0]),
    });
    &IMAGE
}

/// An image to be interpreted.
pub fn source(image: &Image) -> Runnable {
    Runnable::other(&NO_NATIVE, image.clone()).expect("an image that can be read")
}

/// Options for a machine that may run anything: little memory, no files.
pub fn options(gc_stress: u32) -> Options {
    Options {
        max_heap: 8 << 20,
        stack_words: 1 << 15,
        native_stack: 64 << 10,
        gc_stress,
        files: FileAccess::nowhere(),
        ..Options::default()
    }
}
