//! Writing down what the inline caches have seen.

use crate::methods::NO_METHOD;
use crate::saver::write_atomically;
use crate::sends::{NO_CLASS, SUPER_CLASS};
use crate::vm::Vm;
use smallworld_abi::layout::method_slot;
use smallworld_image::hash_bytes;
use smallworld_profile::{MethodName, MethodProfile, Profile, SiteProfile, TargetProfile, codec};
use std::collections::BTreeMap;
use std::path::Path;

impl Vm {
    /// What the send sites have seen so far, native and interpreted ones together.
    pub fn profile(&mut self) -> Profile {
        let mut profile = Profile {
            name: String::new(),
            image: self.native_table.about.to_string(),
            image_hash: hash_bytes(self.native_table.image),
            version: env!("CARGO_PKG_VERSION").to_string(),
            methods: Default::default(),
            elsewhere: Vec::new(),
        };
        // By number, since several may have one name.
        let mut methods: BTreeMap<u32, MethodProfile> = BTreeMap::new();
        for n in 0..self.site_table.len() {
            let site = &self.site_table[n];
            if site.total() == 0 || self.methods[site.method as usize].problem.is_some() {
                continue;
            }
            let (method, ip, selector) = (site.method, site.ip, site.selector);
            let mut seen = SiteProfile {
                selector: self.selector_text(selector),
                targets: Vec::new(),
                megamorphic: site.megamorphic.into(),
            };
            for e in site.entries {
                if e.class == NO_CLASS || e.count == 0 {
                    continue;
                }
                let class = match e.class {
                    SUPER_CLASS => String::new(),
                    n => self.class_name(self.class_object(n)),
                };
                // The caches may have forgotten the method; looking it up tells.
                let target = match (e.method, e.class) {
                    (NO_METHOD, SUPER_CLASS) => None,
                    (NO_METHOD, class) => self.find_method(class, selector),
                    (m, _) => Some(m),
                };
                seen.targets.push(TargetProfile {
                    class,
                    method: target.map(|m| self.profile_name(m)),
                    count: e.count.into(),
                });
            }
            let entry = methods.entry(method).or_default();
            entry.sites.insert(ip, seen);
        }
        for (method, ip, count) in self.exits_by_method() {
            *methods
                .entry(method)
                .or_default()
                .exits
                .entry(ip)
                .or_default() += count.into();
        }
        for (&method, seen) in &mut methods {
            seen.hash = hash_bytes(&self.methods[method as usize].bytes);
        }
        for (method, seen) in methods {
            profile.add(&self.profile_name(method), &seen);
        }
        let sends: Vec<_> = self
            .global_cache
            .megamorphic()
            .map(|(&k, &n)| (k, n))
            .collect();
        for ((class, selector), count) in sends {
            let method = self.find_method(class, selector);
            profile.add_elsewhere(&TargetProfile {
                class: self.class_name(self.class_object(class)),
                method: method.map(|m| self.profile_name(m)),
                count: count.into(),
            });
        }
        profile
            .elsewhere
            .sort_by(|a, b| (&a.class, &a.method).cmp(&(&b.class, &b.method)));
        profile
    }

    /// Writes the profile to a file, atomically.
    ///
    /// # Errors
    /// Names the file and says why it could not be written.
    pub fn write_profile(&mut self, path: &Path) -> Result<(), String> {
        let failed = |e: &dyn std::fmt::Display| {
            format!("cannot write the profile to '{}': {e}", path.display())
        };
        let bytes = codec::encode(&self.profile()).map_err(|e| failed(&e))?;
        write_atomically(path, &bytes).map_err(|e| failed(&e))
    }

    fn selector_text(&self, selector: u32) -> String {
        String::from_utf8_lossy(self.selectors.name(selector)).into_owned()
    }

    fn profile_name(&self, method: u32) -> MethodName {
        let m = &self.methods[method as usize];
        let class = self
            .slot_of(m.object, method_slot::CLASS)
            .unwrap_or(self.nil);
        MethodName {
            class: self.class_name(class),
            selector: self.selector_in(m.object),
        }
    }
}
