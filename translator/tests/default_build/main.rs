//! What the project's own image is translated to.

mod natives;
mod safepoints;

use smallworld_bootstrap::{build, sources_in};
use smallworld_image::Image;
use smallworld_profile::codec;
use smallworld_translator::{Translation, translate_with};
use std::path::Path;
use std::sync::LazyLock;

/// The translation of the default build, with its profile.
static TRANSLATION: LazyLock<Translation> = LazyLock::new(|| {
    let kernel = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kernel");
    let image = build(&sources_in(&kernel).unwrap()).unwrap();
    let bytes = image.write(image.format);
    let image = Image::read(&bytes).unwrap();
    let profile = codec::read(&kernel.join("default.profile")).unwrap();
    translate_with(&image, &bytes, "kernel", Some(&profile)).unwrap()
});
