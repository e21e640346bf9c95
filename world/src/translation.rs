//! The call of the translator, and parts of what it gives.

use crate::failure::{Failure, Outcome};
use crate::files::ImageFile;
use smallworld_image::{Image, MethodRef, ObjId};
use smallworld_profile::Profile;
use smallworld_translator::Translation;
use std::collections::BTreeSet;

/// Translates an image as a build would, with a profile if there is one.
pub fn translate(file: &ImageFile, profile: Option<&Profile>) -> Outcome<Translation> {
    smallworld_translator::translate_with(&file.image, &file.bytes, &file.name(), profile)
        .map_err(|error| Failure::unusable(format!("{}: {error:#}", file.path.display())))
}

/// The module of a class: the name of its file, and its text. Nothing for a class without methods.
pub fn module_of<'t>(
    translation: &'t Translation,
    image: &Image,
    class: ObjId,
) -> Option<(&'t str, &'t str)> {
    // Every method's entry says whose it is; two classes can have the same name.
    let first = image.methods().into_iter().find(|m| m.class == class)?;
    let entry = format!("/// `{}`", first.name(image));
    let files = translation.files.iter();
    let named = files.filter(|(name, _)| name.ends_with(".rs"));
    named
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .find(|(_, text)| text.lines().any(|line| line == entry))
}

/// The functions of a method, and the records that belong to them.
pub fn items_of(translation: &Translation, image: &Image, found: MethodRef) -> Vec<String> {
    let Some((_, text)) = module_of(translation, image, found.class) else {
        return Vec::new();
    };
    let name = format!("`{}`", found.name(image));
    let items = items(text);
    let own: BTreeSet<String> = items
        .iter()
        .filter(|item| item.is_about(&name))
        .filter_map(|item| item.name("fn "))
        .map(str::to_uppercase)
        .collect();
    let wanted = items.iter().filter(|item| {
        let record = item.name("static ");
        item.is_about(&name) || record.is_some_and(|record| own.contains(record))
    });
    let baseline = wanted.map(|item| item.text.to_owned());
    baseline
        .chain(units_of(translation, &found.name(image)))
        .collect()
}

/// The specialised versions of a method.
fn units_of(translation: &Translation, method: &str) -> Vec<String> {
    let units = translation
        .files
        .iter()
        .find(|(name, _)| name == "units.rs");
    let text = units.map_or("", |(_, text)| text.as_str());
    let start = format!("/// `{method} for ");
    let own = items(text)
        .into_iter()
        .filter(|item| item.text.starts_with(&start));
    own.map(|item| item.text.to_owned()).collect()
}

/// How many methods were specialised.
pub fn units(translation: &Translation) -> usize {
    let reports = translation.specialised.iter();
    reports.filter(|(_, outcome)| outcome.is_ok()).count()
}

/// An item of a module.
struct Item<'t> {
    text: &'t str,
}

impl<'t> Item<'t> {
    /// Whether the first line of its documentation names the method.
    fn is_about(&self, name: &str) -> bool {
        let first = self.text.lines().next().unwrap_or_default();
        first.starts_with("///") && first.contains(name)
    }

    /// Its name, if `keyword` introduces it.
    fn name(&self, keyword: &str) -> Option<&'t str> {
        let mut code = self.text.lines().filter(|line| !line.starts_with("///"));
        let line = code.find(|line| line.contains(keyword))?;
        let rest = &line[line.find(keyword)? + keyword.len()..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
        Some(&rest[..end])
    }
}

/// The items of formatted Rust: each ends with the first line that closes it at the margin.
fn items(text: &str) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        at += line.len();
        let line = line.trim_end();
        let margin = !line.starts_with([' ', '/', '#']);
        if margin && (line == "}" || line.ends_with(';') || line.ends_with('}')) {
            items.push(Item {
                text: &text[start..at],
            });
            start = at;
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULE: &str = "use smallworld_runtime::native::*;
/// `A>>x`
///
/// ```text
/// x }
/// ```
pub unsafe fn x(vm: &mut Vm) -> Exit {
    if a {
        b;
    }
}
/// `A>>x` goes on at @3.
pub unsafe fn x_at_3(vm: &mut Vm) -> Exit {}
static X_AT_3: Descriptor = Descriptor::native(
    x_at_3,
);
/// `A>>x:`
pub unsafe fn x_2(vm: &mut Vm) -> Exit {
}
";

    #[test]
    fn a_module_is_cut_into_items() {
        let items = items(MODULE);
        assert_eq!(items.len(), 5);
        assert_eq!(items[1].name("fn "), Some("x"));
        assert_eq!(items[2].name("fn "), Some("x_at_3"));
        assert_eq!(items[3].name("static "), Some("X_AT_3"));
        assert!(items[1].is_about("`A>>x`") && items[2].is_about("`A>>x`"));
        assert!(!items[4].is_about("`A>>x`"));
    }
}
