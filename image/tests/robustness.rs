//! Damaged images: every answer is an error or an image that can be checked, never a panic.

mod common;

use common::{real_images, small_world};
use smallworld_image::{Format, Image};

/// How far into a file every byte is tried; beyond it, one in [`STRIDE`].
const THOROUGH: usize = 2000;
const STRIDE: usize = 997;

/// The real images, and the hand-made one in both formats, so that there is always something to damage.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let world = small_world().image;
    let mut files = real_images();
    files.push(("hand-made v1", world.write(Format::V1)));
    files.push(("hand-made SWST", world.write(Format::Swst)));
    files
}

fn places(length: usize) -> impl Iterator<Item = usize> {
    (0..length.min(THOROUGH)).chain((THOROUGH..length).step_by(STRIDE))
}

/// Reads, and if that works, does everything a reader of images does.
fn exercise(bytes: &[u8]) -> bool {
    match Image::read(bytes) {
        Ok(image) => {
            image.check();
            for found in image.methods() {
                found.name(&image);
            }
            let again = Image::read(&image.write(image.format)).unwrap();
            assert!(again.objects.len() <= image.objects.len());
            true
        }
        Err(error) => {
            let line = error.to_string();
            assert!(!line.contains('\n') && line.len() < 400, "{line}");
            false
        }
    }
}

#[test]
fn truncated_images_are_refused() {
    for (name, bytes) in files() {
        for length in places(bytes.len()) {
            assert!(!exercise(&bytes[..length]), "{name} cut to {length} bytes");
        }
        assert!(exercise(&bytes), "{name}");
    }
}

fn changed(change: impl Fn(u8) -> u8) {
    for (name, mut bytes) in files() {
        let mut accepted = 0;
        for at in places(bytes.len()) {
            let before = bytes[at];
            bytes[at] = change(before);
            accepted += u32::from(exercise(&bytes));
            bytes[at] = before;
        }
        eprintln!("{name}: {accepted} changes gave another image");
    }
    peak_is_small();
}

/// No claimed length was believed: all this took little memory. Only where the system tells.
fn peak_is_small() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.trim().parse().ok());
    let kilobytes: u64 = kilobytes.unwrap_or(0);
    assert!(kilobytes < 200_000, "{kilobytes} kB");
}

#[test]
fn images_with_a_byte_inverted_do_no_harm() {
    changed(|byte| byte ^ 0xff);
}

#[test]
fn images_with_a_byte_increased_do_no_harm() {
    changed(|byte| byte.wrapping_add(1));
}

#[test]
fn claimed_lengths_are_not_believed() {
    for word in [i32::MAX, i32::MIN, -1, 1 << 24] {
        let word = word.to_be_bytes();
        let v1 = [&[0, 0, 0, 1][..], &word, &[0, 0, 0, 1, 0, 0, 0, 0], &word].concat();
        assert!(Image::read(&v1).is_err());
        let v1 = [&v1[..4], &word, &v1[8..16], &[0; 4]].concat();
        assert!(Image::read(&v1).is_err());
        let swst = [b"SWST\0\0\0\0", &word[..], &[0; 40]].concat();
        assert!(Image::read(&swst).is_err());
        let swst = [b"SWST\0\0\0\0\0\0\0\x01\x02\0\0\0\0\0\0\0\0", &word[..]].concat();
        assert!(Image::read(&swst).is_err());
        let swst = [b"SWST\0\0\0\0\0\0\0\0", &word[..], &[0; 40]].concat();
        assert!(Image::read(&swst).is_err());
    }
}
