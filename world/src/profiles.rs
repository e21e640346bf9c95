//! Profiles as the commands use them: files, sets of sites, and beside an image.

use crate::failure::{Failure, Outcome};
use crate::files::write_whole;
use smallworld_image::{Image, hash_bytes, method_shape};
use smallworld_profile::{Count, MethodName, Profile, SiteProfile, codec};
use smallworld_translator::Translation;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// Reads a profile.
pub fn read(path: &Path) -> Outcome<Profile> {
    codec::read(path).map_err(|error| {
        Failure::unusable(format!(
            "cannot use the {error}\nrecord one with: cargo world profile IMAGE -o {} -- ARGS",
            path.display()
        ))
    })
}

/// Writes a profile as a whole or not at all.
pub fn write(path: &Path, profile: &Profile) -> Outcome {
    let bytes = codec::encode(profile).map_err(Failure::unusable)?;
    write_whole(path, &bytes)
}

/// Where the profile of an image goes when nobody says: the image's name, in the folder one stands in.
pub fn default_path(image: &Path) -> PathBuf {
    let name = image.file_stem().unwrap_or("image".as_ref());
    Path::new(name).with_extension("profile")
}

/// A send site with one of the classes that were seen at it; no class stands for "and others".
pub type Seen = (MethodName, u32, Option<String>);

/// All sites with the classes they saw: what a build is guided by, but for the counts.
pub fn seen(profile: &Profile) -> BTreeSet<Seen> {
    let mut set = BTreeSet::new();
    for (name, method) in &profile.methods {
        for (&ip, site) in &method.sites {
            let classes = site.targets.iter().map(|t| Some(t.class.clone()));
            let others = (!site.megamorphic.is_zero()).then_some(None);
            for class in classes.chain(others) {
                set.insert((name.clone(), ip, class));
            }
        }
    }
    set
}

/// Keeps the `count` sites with the most sends.
pub fn keep_hottest(profile: &mut Profile, count: usize) {
    let sites = profile.methods.values().flat_map(|m| m.sites.values());
    let mut totals: Vec<Count> = sites.map(SiteProfile::total).collect();
    totals.sort_unstable_by(|a, b| b.cmp(a));
    let Some(&least) = totals.get(count.saturating_sub(1)) else {
        return;
    };
    // Of those that tie for the last place the first ones stay.
    let above = totals.iter().filter(|&&total| total > least).count();
    let mut ties = count - above;
    for method in profile.methods.values_mut() {
        method.sites.retain(|_, site| match site.total() {
            total if total == least => {
                let stays = ties > 0;
                ties = ties.saturating_sub(1);
                stays
            }
            total => total > least,
        });
    }
    profile.methods.retain(|_, method| !method.sites.is_empty());
}

/// How one method of a profile stands to an image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fit {
    /// The image has it as it was.
    Matched,
    /// Its bytecode is another one.
    Stale,
    /// The image has none of that name.
    Unmatched,
}

/// The hashes of an image's methods by name, for [`Fit`].
pub struct Hashes(HashMap<MethodName, u64>);

impl Hashes {
    /// Of all methods of an image.
    pub fn of(image: &Image) -> Hashes {
        let mut hashes = HashMap::new();
        for found in image.methods() {
            if let Ok(parts) = method_shape(image, found.method) {
                let name = MethodName {
                    class: image.name_of_class(found.class),
                    selector: found.selector(image),
                };
                hashes.entry(name).or_insert(hash_bytes(parts.code));
            }
        }
        Hashes(hashes)
    }

    /// How a method of a profile stands to the image.
    pub fn fit(&self, name: &MethodName, hash: u64) -> Fit {
        match self.0.get(name) {
            Some(&own) if own == hash => Fit::Matched,
            Some(_) => Fit::Stale,
            None => Fit::Unmatched,
        }
    }
}

/// One line about how a profile matched in a translation; nothing if there was none.
pub fn matching_line(translation: &Translation) -> Option<String> {
    let m = translation.matching?;
    let advice = if m.matched == 0 || m.stale + m.unmatched > m.matched {
        "; it matches badly, record it again with `cargo world profile`"
    } else {
        ""
    };
    Some(format!(
        "profile: {} sites matched, {} stale, {} unmatched{advice}",
        m.matched, m.stale, m.unmatched
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use smallworld_profile::{MethodProfile, TargetProfile};

    /// A profile with one method, whose sites have these counts.
    fn profile(counts: &[u64]) -> Profile {
        let site = |&count: &u64| SiteProfile {
            selector: "x".into(),
            targets: vec![TargetProfile {
                class: "A".into(),
                method: None,
                count: count.into(),
            }],
            megamorphic: Count::ZERO,
        };
        let name = MethodName {
            class: "A".into(),
            selector: "x".into(),
        };
        let sites = (0..).zip(counts.iter().map(site)).collect();
        let mut profile = Profile::default();
        profile.methods.insert(
            name,
            MethodProfile {
                hash: 1,
                sites,
                ..Default::default()
            },
        );
        profile
    }

    #[test]
    fn the_hottest_sites_stay() {
        let kept = |count| {
            let mut profile = profile(&[5, 9, 5, 1, 5]);
            keep_hottest(&mut profile, count);
            let sites = profile.methods.values().flat_map(|m| m.sites.keys());
            sites.copied().collect::<Vec<u32>>()
        };
        assert_eq!(kept(1), [1]);
        assert_eq!(kept(3), [0, 1, 2]);
        assert_eq!(kept(5), [0, 1, 2, 3, 4]);
        assert_eq!(kept(50), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn counts_do_not_change_what_was_seen() {
        assert_eq!(seen(&profile(&[1, 2])), seen(&profile(&[7, 7])));
        assert_ne!(seen(&profile(&[1, 2])), seen(&profile(&[1])));
        assert_eq!(
            default_path(Path::new("/a/b.image")),
            Path::new("b.profile")
        );
    }
}
