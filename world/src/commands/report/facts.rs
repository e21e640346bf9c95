//! What a report tells, gathered and in order.

use crate::console::{grouped, one_line};
use crate::failure::Outcome;
use crate::files::ImageFile;
use crate::profiles::{Fit, Hashes};
use crate::translation;
use smallworld_profile::{Count, MethodName, Profile, SiteProfile, codec};
use std::collections::HashMap;

/// All that a report tells.
pub struct Facts {
    /// How the profile's file is called.
    pub name: String,
    /// The hash of the profile.
    pub hash: u64,
    /// What it was recorded from.
    pub recorded_from: String,
    /// The version that recorded it.
    pub version: String,
    /// All sends.
    pub total: Count,
    /// Methods, those with the most sends first.
    pub methods: Vec<MethodFacts>,
    /// Sites, those with the most sends first.
    pub sites: Vec<SiteFacts>,
    /// Where specialised code left for the baseline, the most frequent first: method, offset,
    /// how often.
    pub exits: Vec<(String, u32, Count)>,
    /// What the image has to do with it.
    pub image: Option<ImageFacts>,
}

/// A method.
pub struct MethodFacts {
    /// Its name.
    pub name: String,
    /// Sends from it.
    pub sends: Count,
    /// How often a send ran it.
    pub runs: Count,
    /// Sites in it.
    pub sites: usize,
    /// How it stands to the image.
    pub fit: Option<Fit>,
}

/// A site.
pub struct SiteFacts {
    /// The method it stands in.
    pub method: String,
    /// Bytecode offset.
    pub ip: u32,
    /// The selector sent.
    pub selector: String,
    /// Sends.
    pub sends: Count,
    /// Classes, what they ran, and how often; the most frequent first.
    pub targets: Vec<(String, String, Count)>,
    /// Sends by further classes.
    pub others: Count,
}

/// The profile beside an image.
pub struct ImageFacts {
    /// How the image is called.
    pub name: String,
    /// Is it the very image that was recorded?
    pub same: bool,
    /// Sites used, of methods that have changed, and of what is not there.
    pub matching: (usize, usize, usize),
    /// Specialised methods, with how many activations each inlines.
    pub specialised: Vec<(String, usize)>,
    /// Methods that were given up, and why.
    pub given_up: Vec<(String, String)>,
}

impl Facts {
    /// Gathers them; with an image, by translating it.
    pub fn gather(profile: &Profile, file: Option<&ImageFile>) -> Outcome<Facts> {
        let hashes = file.map(|file| Hashes::of(&file.image));
        let image = match file {
            Some(file) => Some(beside(profile, file)?),
            None => None,
        };
        let mut facts = Facts {
            name: profile.name.clone(),
            hash: codec::hash_of(profile),
            recorded_from: profile.image.clone(),
            version: profile.version.clone(),
            total: profile.total(),
            methods: Vec::new(),
            sites: Vec::new(),
            exits: Vec::new(),
            image,
        };
        let runs = runs(profile);
        for (name, method) in &profile.methods {
            let shown = one_line(name.to_string().as_bytes());
            facts.methods.push(MethodFacts {
                name: shown.clone(),
                sends: method.sites.values().map(SiteProfile::total).sum(),
                runs: runs.get(name).copied().unwrap_or_default(),
                sites: method.sites.len(),
                fit: hashes.as_ref().map(|h| h.fit(name, method.hash)),
            });
            let exits = method.exits.iter();
            facts
                .exits
                .extend(exits.map(|(&ip, &count)| (shown.clone(), ip, count)));
            let sites = method.sites.iter();
            facts
                .sites
                .extend(sites.map(|(&ip, site)| SiteFacts::of(&shown, ip, site)));
        }
        facts.methods.sort_by_key(|m| std::cmp::Reverse(m.sends));
        facts.sites.sort_by_key(|s| std::cmp::Reverse(s.sends));
        facts.exits.sort_by_key(|e| std::cmp::Reverse(e.2));
        Ok(facts)
    }

    /// What comes before the tables.
    pub fn summary(&self) -> Vec<(&'static str, String)> {
        let number = |n: usize| grouped(n);
        let kinds = |kind: &str| self.sites.iter().filter(|s| s.kind() == kind).count();
        let mut summary = vec![
            ("profile", format!("{} ({:016x})", self.name, self.hash)),
            (
                "recorded from",
                format!("{}, version {}", self.recorded_from, self.version),
            ),
            (
                "holds",
                format!(
                    "{} methods, {} sites, {} sends",
                    number(self.methods.len()),
                    number(self.sites.len()),
                    number(self.total.get() as usize)
                ),
            ),
            (
                "sites",
                format!(
                    "{} monomorphic, {} polymorphic, {} megamorphic",
                    number(kinds("monomorphic")),
                    number(kinds("polymorphic")),
                    number(kinds("megamorphic"))
                ),
            ),
        ];
        if let Some(image) = &self.image {
            let (matched, stale, unmatched) = image.matching;
            let same = if image.same {
                "the image that was recorded"
            } else {
                "not the file that was recorded"
            };
            summary.push(("image", format!("{}, {same}", image.name)));
            summary.push((
                "match",
                format!("{matched} sites matched, {stale} stale, {unmatched} unmatched"),
            ));
            summary.push((
                "specialised",
                format!(
                    "{} methods, {} given up",
                    image.specialised.len(),
                    image.given_up.len()
                ),
            ));
        }
        summary
    }
}

/// How often each method was run by a send.
fn runs(profile: &Profile) -> HashMap<&MethodName, Count> {
    let mut runs = HashMap::new();
    let sites = profile.methods.values().flat_map(|m| m.sites.values());
    for target in sites.flat_map(|site| &site.targets) {
        if let Some(method) = &target.method {
            *runs.entry(method).or_default() += target.count;
        }
    }
    runs
}

/// Translates the image with the profile, as a build would.
fn beside(profile: &Profile, file: &ImageFile) -> Outcome<ImageFacts> {
    let translation = translation::translate(file, Some(profile))?;
    let m = translation.matching.unwrap_or_default();
    let mut facts = ImageFacts {
        name: file.path.display().to_string(),
        same: smallworld_image::hash_bytes(&file.bytes) == profile.image_hash,
        matching: (m.matched, m.stale, m.unmatched),
        specialised: Vec::new(),
        given_up: Vec::new(),
    };
    for (name, outcome) in translation.specialised {
        match outcome {
            Ok(inlined) => facts.specialised.push((name, inlined)),
            Err(reason) => facts.given_up.push((name, reason)),
        }
    }
    Ok(facts)
}

impl SiteFacts {
    fn of(method: &str, ip: u32, site: &SiteProfile) -> SiteFacts {
        let target = |t: &smallworld_profile::TargetProfile| {
            let class = match t.class.as_str() {
                "" => "super".to_owned(),
                class => one_line(class.as_bytes()),
            };
            let method = match &t.method {
                Some(method) => one_line(method.to_string().as_bytes()),
                None => "not understood".to_owned(),
            };
            (class, method, t.count)
        };
        let mut targets: Vec<_> = site.targets.iter().map(target).collect();
        targets.sort_by_key(|t| std::cmp::Reverse(t.2));
        SiteFacts {
            method: method.to_owned(),
            ip,
            selector: one_line(site.selector.as_bytes()),
            sends: site.total(),
            targets,
            others: site.megamorphic,
        }
    }

    /// How many classes it met.
    pub fn kind(&self) -> &'static str {
        match (self.targets.len(), !self.others.is_zero()) {
            (_, true) => "megamorphic",
            (0 | 1, false) => "monomorphic",
            _ => "polymorphic",
        }
    }

    /// The most frequent classes, with their shares.
    pub fn classes(&self, most: usize) -> String {
        let share = |count| percent(count, self.sends);
        let shown = self.targets.iter().take(most);
        let mut texts: Vec<String> = shown
            .map(|(class, _, count)| format!("{class} {}", share(*count)))
            .collect();
        let rest: Count = self.targets.iter().skip(most).map(|t| t.2).sum();
        if !(rest + self.others).is_zero() {
            texts.push(format!("others {}", share(rest + self.others)));
        }
        texts.join(", ")
    }
}

/// A share, `12.3%`.
pub fn percent(part: Count, all: Count) -> String {
    format!(
        "{:.1}%",
        part.get() as f64 * 100.0 / all.or_one().get() as f64
    )
}
