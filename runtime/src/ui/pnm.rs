//! Reads picture files (primitive 111): the PNM family, gray and colored (P2, P3, P5, P6), which
//! needs no decoder.

use super::picture::Picture;
use crate::files::host_path;
use std::io::Read;
use std::str::FromStr;

/// Reads a picture file, for which, file and picture, there are `room` bytes.
///
/// # Errors
/// A message that names the file and says why it is no picture.
pub(super) fn read_file(name: &[u8], room: usize) -> Result<Picture, String> {
    let outcome = read(name, room).and_then(|bytes| decode(&bytes, room - bytes.len()));
    outcome.map_err(|reason| {
        format!(
            "cannot read picture '{}': {reason}",
            String::from_utf8_lossy(name)
        )
    })
}

/// The bytes of a file, which may have no end.
fn read(name: &[u8], room: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let most = u64::try_from(room).unwrap_or(u64::MAX);
    std::fs::File::open(host_path(name))
        .and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    match bytes.len() <= room {
        true => Ok(bytes),
        false => Err(EXHAUSTED.to_string()),
    }
}

const EXHAUSTED: &str = "memory exhausted";

fn decode(bytes: &[u8], room: usize) -> Result<Picture, String> {
    let mut input = Input { rest: bytes };
    let (channels, plain) = match input.word() {
        b"P2" => (1, true),
        b"P3" => (3, true),
        b"P5" => (1, false),
        b"P6" => (3, false),
        _ => return Err("only PGM and PPM pictures can be read here".to_string()),
    };
    let (width, height): (i32, i32) = (input.number("width")?, input.number("height")?);
    let brightest: u32 = input.number("largest value")?;
    if !(1..=65535).contains(&brightest) {
        return Err(format!("{brightest} is not a possible largest value"));
    }
    if Picture::bytes_for(width, height) > room {
        return Err(EXHAUSTED.to_string());
    }
    let mut picture = Picture::new(width, height)?;
    if !plain {
        // One blank ends the header, and what follows it may look like a blank too.
        input.rest = input.rest.get(1..).unwrap_or_default();
    }
    for y in 0..height {
        for x in 0..width {
            let mut color = 0;
            for _ in 0..channels {
                let value = if plain {
                    input.number("pixel")?
                } else {
                    input.sample(brightest > 255)?
                };
                let byte = value.min(brightest) * 255 / brightest;
                color = color << 8 | i32::from(byte as u8);
            }
            let color = if channels == 1 {
                color * 0x01_01_01
            } else {
                color
            };
            picture.set(x.into(), y.into(), color);
        }
    }
    Ok(picture)
}

/// What is left of the file.
struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    /// The next word, past blanks and comments; empty at the end.
    fn word(&mut self) -> &'a [u8] {
        self.rest = self.rest.trim_ascii_start();
        while self.rest.first() == Some(&b'#') {
            let end = self
                .rest
                .iter()
                .position(|byte| *byte == b'\n')
                .unwrap_or(self.rest.len());
            self.rest = self.rest.get(end..).unwrap_or_default().trim_ascii_start();
        }
        let end = self
            .rest
            .iter()
            .position(u8::is_ascii_whitespace)
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn number<T: FromStr>(&mut self, what: &str) -> Result<T, String> {
        let word = String::from_utf8_lossy(self.word());
        word.parse().map_err(|_| format!("its {what} is '{word}'"))
    }

    /// The next binary value, of one byte or two.
    fn sample(&mut self, wide: bool) -> Result<u32, String> {
        let size = if wide { 2 } else { 1 };
        let (bytes, rest) = self
            .rest
            .split_at_checked(size)
            .ok_or("it ends before its last pixel")?;
        self.rest = rest;
        Ok(bytes
            .iter()
            .fold(0, |value, byte| value << 8 | u32::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(bytes: &[u8]) -> Result<Vec<u8>, String> {
        decode(bytes, usize::MAX).map(|picture| picture.rgb().to_vec())
    }

    #[test]
    fn the_four_kinds() {
        let color = Ok(vec![255, 0, 0, 0, 10, 32]);
        assert_eq!(
            pixels(b"P3 # a comment\n2 1\n# another\n255\n255 0 0  0 10 32"),
            color
        );
        assert_eq!(pixels(b"P6\n2 1\n255\n\xff\x00\x00\x00\x0a\x20"), color);
        let gray = Ok(vec![0, 0, 0, 255, 255, 255]);
        assert_eq!(pixels(b"P2 1 2 1 0 1"), gray);
        assert_eq!(pixels(b"P5 1 2 65535 \x00\x00\xff\xff"), gray);
    }

    #[test]
    fn what_is_written_reads_back() {
        let mut picture = Picture::new(3, 2).unwrap();
        picture.set(1, 1, 0x20_0a_09);
        assert_eq!(decode(&picture.to_ppm(), usize::MAX), Ok(picture));
    }

    #[test]
    fn messages() {
        let error = |bytes| pixels(bytes).unwrap_err();
        assert_eq!(
            error(b"GIF89a"),
            "only PGM and PPM pictures can be read here"
        );
        assert_eq!(error(b""), "only PGM and PPM pictures can be read here");
        assert_eq!(error(b"P6 2 x 255 "), "its height is 'x'");
        assert_eq!(error(b"P6 2 2 255 abc"), "it ends before its last pixel");
        assert_eq!(error(b"P3 1 1 255 1 2"), "its pixel is ''");
        assert_eq!(
            error(b"P3 1 1 0 1 2 3"),
            "0 is not a possible largest value"
        );
        assert_eq!(error(b"P3 0 1 255"), "a picture cannot have 0 by 1 pixels");
        assert_eq!(
            decode(b"P5 4 4 255 0123456789abcdef", 47).unwrap_err(),
            "memory exhausted"
        );
        let missing = read_file(b"no-such-picture.ppm", usize::MAX).unwrap_err();
        assert!(
            missing.starts_with("cannot read picture 'no-such-picture.ppm': "),
            "{missing}"
        );
    }
}
