//! Profile files.

use smallworld_profile::codec;

/// Bytes before the body of a file: magic and version.
const BEFORE: usize = 12;

/// Reads the bytes as a profile file, then as the body of one whose frame is right.
pub fn feed(bytes: &[u8]) {
    check(bytes);
    let mut file = b"SWPROFIL".to_vec();
    file.extend_from_slice(&codec::VERSION.to_le_bytes());
    file.extend_from_slice(bytes);
    file.extend_from_slice(&codec::hash_bytes(bytes).to_le_bytes());
    check(&file);
}

/// The part of a file that [`feed`] puts its own frame around.
pub fn body(file: &[u8]) -> &[u8] {
    &file[BEFORE..file.len() - 8]
}

fn check(file: &[u8]) {
    let profile = match codec::decode(file) {
        Ok(profile) => profile,
        Err(error) => {
            assert!(!error.to_string().contains('\n'));
            return;
        }
    };
    let _ = (profile.total(), profile.sites());
    let mut doubled = profile.clone();
    doubled.merge(&profile);
    for one in [&profile, &doubled] {
        let bytes = codec::encode(one).expect("what was read can be written");
        assert_eq!(&codec::decode(&bytes).expect("and read again"), one);
    }
}
