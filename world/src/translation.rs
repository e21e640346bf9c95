//! The call of the translator.

use crate::failure::{Failure, Outcome};
use crate::files::ImageFile;
use smallworld_profile::Profile;
use smallworld_translator::Translation;

/// Translates an image as a build would, with a profile if there is one.
pub fn translate(file: &ImageFile, profile: Option<&Profile>) -> Outcome<Translation> {
    smallworld_translator::translate_with(&file.image, &file.bytes, &file.name(), profile)
        .map_err(|error| Failure::unusable(format!("{}: {error:#}", file.path.display())))
}

/// How many methods were specialised.
pub fn units(translation: &Translation) -> usize {
    let reports = translation.specialised.iter();
    reports.filter(|(_, outcome)| outcome.is_ok()).count()
}
