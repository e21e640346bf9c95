//! Profiles: what the inline caches of a run saw, for the next build to use.
//!
//! A profile speaks of classes and selectors by name and of methods by a hash of their
//! bytecode, so that it outlives small changes of the image: what still matches is used,
//! the rest is reported as stale or unmatched. [`codec`] is the only place that knows the
//! bytes.

pub mod codec;
mod count;

pub use count::Count;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A profile.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Profile {
    /// How its file is called; known of one that was read from a file.
    #[serde(skip)]
    pub name: String,
    /// What it was recorded from.
    pub image: String,
    /// Hash of that image's file.
    pub image_hash: u64,
    /// Version of the compiler that recorded it.
    pub version: String,
    /// What was seen in each method.
    pub methods: BTreeMap<MethodName, MethodProfile>,
    /// What was run by sends that have no place in `methods`: several methods may share a
    /// name, as all expressions do that are typed at a prompt, and only one of them is kept.
    /// Also what sites ran that met more classes than they can count.
    pub elsewhere: Vec<TargetProfile>,
}

/// A method, by name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct MethodName {
    /// The class it stands in.
    pub class: String,
    /// The selector.
    pub selector: String,
}

impl std::fmt::Display for MethodName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}>>{}", self.class, self.selector)
    }
}

/// What was seen in a method.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct MethodProfile {
    /// Hash of its bytecode.
    pub hash: u64,
    /// Its send sites, by bytecode offset.
    pub sites: BTreeMap<u32, SiteProfile>,
    /// How often specialised code, in which it may have been inlined, left for the baseline, by
    /// the offset at which this method went on there.
    pub exits: BTreeMap<u32, Count>,
}

/// What a send site saw.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SiteProfile {
    /// The selector sent.
    pub selector: String,
    /// Receiver classes, what they ran, and how often.
    pub targets: Vec<TargetProfile>,
    /// Sends by further classes.
    pub megamorphic: Count,
}

/// One receiver class at a site.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TargetProfile {
    /// The receiver's class; empty for a super send, which has none.
    pub class: String,
    /// The method that ran; nothing if the send was not understood.
    pub method: Option<MethodName>,
    /// Sends.
    pub count: Count,
}

impl SiteProfile {
    /// All sends.
    pub fn total(&self) -> Count {
        self.megamorphic + self.targets.iter().map(|t| t.count).sum()
    }

    fn add(&mut self, other: &SiteProfile) {
        self.megamorphic += other.megamorphic;
        for t in &other.targets {
            match self.targets.iter_mut().find(|u| u.class == t.class) {
                Some(u) => u.count += t.count,
                None => self.targets.push(t.clone()),
            }
        }
    }
}

impl MethodProfile {
    /// Is it the same method? Two may have the same bytecode and other literals.
    fn is_like(&self, other: &MethodProfile) -> bool {
        let mut common = self
            .sites
            .iter()
            .filter_map(|(ip, s)| Some((s, other.sites.get(ip)?)));
        self.hash == other.hash && common.all(|(a, b)| a.selector == b.selector)
    }

    /// All sends of it.
    pub fn total(&self) -> Count {
        self.sites.values().map(SiteProfile::total).sum()
    }

    /// Receiver classes and what they ran, of all its sites.
    pub fn targets(&self) -> impl Iterator<Item = &TargetProfile> {
        self.sites.values().flat_map(|s| &s.targets)
    }
}

impl Profile {
    /// Adds what another profile saw. Where a method's bytecode differs, the one with more
    /// sends is kept; of the other remains what it ran.
    pub fn merge(&mut self, other: &Profile) {
        for (name, theirs) in &other.methods {
            self.add(name, theirs);
        }
        for target in &other.elsewhere {
            self.add_elsewhere(target);
        }
    }

    /// Adds what was seen in a method, as `merge` does.
    pub fn add(&mut self, name: &MethodName, theirs: &MethodProfile) {
        let Some(ours) = self.methods.get_mut(name) else {
            self.methods.insert(name.clone(), theirs.clone());
            return;
        };
        if !ours.is_like(theirs) {
            let mut left = theirs.clone();
            if theirs.total() > ours.total() {
                std::mem::swap(ours, &mut left);
            }
            for target in left.targets() {
                self.add_elsewhere(target);
            }
            return;
        }
        for (ip, count) in &theirs.exits {
            *ours.exits.entry(*ip).or_default() += *count;
        }
        for (ip, site) in &theirs.sites {
            match ours.sites.get_mut(ip) {
                Some(s) => s.add(site),
                None => {
                    ours.sites.insert(*ip, site.clone());
                }
            }
        }
    }

    /// Adds sends that have no place in `methods`.
    pub fn add_elsewhere(&mut self, target: &TargetProfile) {
        if target.method.is_none() {
            return;
        }
        let same = |t: &&mut TargetProfile| t.class == target.class && t.method == target.method;
        match self.elsewhere.iter_mut().find(same) {
            Some(t) => t.count += target.count,
            None => self.elsewhere.push(target.clone()),
        }
    }

    /// What was run, by whichever sends.
    pub fn targets(&self) -> impl Iterator<Item = &TargetProfile> {
        let here = self.methods.values().flat_map(MethodProfile::targets);
        here.chain(&self.elsewhere)
    }

    /// All sends it has seen.
    pub fn total(&self) -> Count {
        self.methods.values().map(MethodProfile::total).sum()
    }

    /// How often specialised code left for the baseline.
    pub fn exits(&self) -> Count {
        self.methods.values().flat_map(|m| m.exits.values()).sum()
    }

    /// The set of sites with the classes they saw: two profiles with the same one are
    /// alike for a build.
    pub fn sites(&self) -> usize {
        self.methods.values().map(|m| m.sites.len()).sum()
    }
}
