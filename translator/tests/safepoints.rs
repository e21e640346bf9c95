//! The rules of safepoints hold for every unit of the project's own image: none is given up
//! because of what the checker says.

use smallworld_bootstrap::{build, sources_in};
use smallworld_image::Image;
use smallworld_profile::codec;
use smallworld_translator::translate_with;
use std::path::Path;

#[test]
fn the_units_of_the_default_build_keep_the_rules() {
    let kernel = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kernel");
    let image = build(&sources_in(&kernel).unwrap()).unwrap();
    let bytes = image.write(image.format);
    let image = Image::read(&bytes).unwrap();
    let profile = codec::read(&kernel.join("default.profile")).unwrap();
    let translation = translate_with(&image, &bytes, "kernel", Some(&profile)).unwrap();
    let mut done = 0;
    for (name, outcome) in &translation.specialised {
        match outcome {
            Ok(_) => done += 1,
            Err(reason) => {
                println!("{name}: {reason}");
                let rules = [
                    "look",
                    "room",
                    "above its base",
                    "an exit",
                    "a loop",
                    "control",
                ];
                assert!(
                    !rules.iter().any(|r| reason.contains(r)),
                    "{name}: {reason}"
                );
            }
        }
    }
    println!("{done} units");
    assert!(done > 150, "only {done} units");
}
