//! The file format: eight bytes of magic, a version, and the profile in bincode's
//! standard configuration, with a hash of it at the end.

use crate::Profile;
use std::fmt;
use std::path::Path;

const MAGIC: &[u8; 8] = b"SWPROFIL";
/// Version of the format; files of other versions are refused.
pub const VERSION: u32 = 3;
/// A profile is not larger than this many bytes.
const LIMIT: usize = 256 << 20;

/// Why a file is no profile that can be used.
#[derive(Debug)]
pub struct CodecError(String);

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CodecError {}

fn error<T>(text: impl Into<String>) -> Result<T, CodecError> {
    Err(CodecError(text.into()))
}

/// The bytes of a profile file.
///
/// # Errors
/// The profile cannot be encoded (it is too large).
pub fn encode(profile: &Profile) -> Result<Vec<u8>, CodecError> {
    let config = bincode::config::standard().with_limit::<LIMIT>();
    let body = bincode::serde::encode_to_vec(profile, config)
        .map_err(|_| CodecError("the profile has parts that cannot be written".into()))?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&body);
    bytes.extend_from_slice(&hash_bytes(&body).to_le_bytes());
    Ok(bytes)
}

/// Reads a profile file's bytes.
///
/// # Errors
/// Says what is wrong: no profile, another version, damaged.
pub fn decode(bytes: &[u8]) -> Result<Profile, CodecError> {
    if bytes.len() < 20 || &bytes[..8] != MAGIC {
        return error("this is no profile (it does not begin with SWPROFIL)");
    }
    let version = u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
    if version != VERSION {
        return error(format!(
            "it is of format version {version}, this program knows version {VERSION}; record it again"
        ));
    }
    let (body, sum) = bytes[12..].split_at(bytes.len() - 20);
    if sum != hash_bytes(body).to_le_bytes() {
        return error("it is damaged (its checksum does not match); record it again");
    }
    let config = bincode::config::standard().with_limit::<LIMIT>();
    match bincode::serde::decode_from_slice(body, config) {
        Ok((profile, used)) if used == body.len() => Ok(profile),
        Ok(_) => error("it is damaged (something follows its end)"),
        // The library's own words name its types.
        Err(_) => error("it is damaged (what it says makes no sense); record it again"),
    }
}

/// Reads a profile file.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn read(path: &Path) -> Result<Profile, CodecError> {
    let at = |e: &dyn fmt::Display| CodecError(format!("profile '{}': {e}", path.display()));
    let bytes = std::fs::read(path).map_err(|e| at(&e))?;
    let mut profile = decode(&bytes).map_err(|e| at(&e))?;
    if let Some(name) = path.file_name() {
        profile.name = name.to_string_lossy().into_owned();
    }
    Ok(profile)
}

/// The hash by which a profile is known: of what it says, whatever its file is called.
pub fn hash_of(profile: &Profile) -> u64 {
    encode(profile).map_or(0, |bytes| hash_bytes(&bytes))
}

/// The hash that ends a file, of what stands between version and hash.
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    // Fowler, Noll and Vo, 64 bits, variant 1a.
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, &b| {
        (h ^ b as u64).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Count, MethodName, MethodProfile, SiteProfile, TargetProfile};

    fn sample() -> Profile {
        let name = MethodName {
            class: "SmallInt".into(),
            selector: "benchFib".into(),
        };
        let target = TargetProfile {
            class: "SmallInt".into(),
            method: Some(name.clone()),
            count: Count::new(7),
        };
        let site = SiteProfile {
            selector: "benchFib".into(),
            targets: vec![target],
            megamorphic: Count::new(1),
        };
        let mut profile = Profile::default();
        let method = MethodProfile {
            hash: 5,
            sites: [(12, site)].into(),
            exits: [(14, Count::new(3))].into(),
        };
        profile.methods.insert(name, method);
        profile
    }

    #[test]
    fn profiles_survive_the_file() {
        let bytes = encode(&sample()).expect("encodes");
        assert_eq!(decode(&bytes).expect("decodes"), sample());
    }

    #[test]
    fn what_makes_no_sense_is_told_about_in_words() {
        let body = [0xff; 40];
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&body);
        bytes.extend_from_slice(&hash_bytes(&body).to_le_bytes());
        let told = decode(&bytes).unwrap_err().to_string();
        assert_eq!(
            told,
            "it is damaged (what it says makes no sense); record it again"
        );
    }

    #[test]
    fn damage_is_noticed() {
        let bytes = encode(&sample()).expect("encodes");
        for i in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[i] ^= 0x40;
            assert!(decode(&bad).is_err(), "byte {i}");
            assert!(decode(&bytes[..i]).is_err(), "length {i}");
        }
    }

    #[test]
    fn of_methods_with_one_name_the_calls_are_kept() {
        let mut a = sample();
        let mut b = sample();
        for method in b.methods.values_mut() {
            method.hash = 6;
        }
        b.merge(&sample());
        a.merge(&b);
        assert_eq!(a.methods.len(), 1);
        let calls = |p: &Profile| p.targets().map(|t| t.count).sum::<Count>().get();
        assert_eq!((a.elsewhere.len(), calls(&a)), (1, 21));
        // The same bytecode, with other literals.
        let mut c = sample();
        for site in c.methods.values_mut().flat_map(|m| m.sites.values_mut()) {
            site.selector = "benchmark".into();
        }
        c.merge(&sample());
        assert_eq!((c.elsewhere.len(), calls(&c)), (1, 14));
        assert_eq!(decode(&encode(&a).expect("encodes")).expect("decodes"), a);
    }

    #[test]
    fn merging_adds() {
        let mut a = sample();
        a.merge(&sample());
        assert_eq!(a.total(), Count::new(16));
        assert_eq!(a.sites(), 1);
        assert_eq!(a.exits(), Count::new(6));
    }

    #[test]
    fn merging_stops_at_the_largest_count() {
        let mut a = sample();
        for method in a.methods.values_mut() {
            method.exits.insert(14, Count::MAX);
            for site in method.sites.values_mut() {
                site.megamorphic = Count::MAX;
                site.targets[0].count = Count::MAX;
            }
        }
        a.merge(&a.clone());
        assert_eq!((a.total(), a.exits()), (Count::MAX, Count::MAX));
        assert_eq!(decode(&encode(&a).expect("encodes")).expect("decodes"), a);
    }
}
