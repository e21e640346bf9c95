//! What a program can learn of its surroundings, and say to them, besides files: standard streams,
//! the environment, clocks.

use crate::vm::Options;
use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

/// Writes to standard output (1) or standard error (2), at once.
///
/// # Errors
/// There is no such stream, or it does not take the bytes.
pub(crate) fn write(stream: i32, bytes: &[u8]) -> Result<(), String> {
    let (name, done) = match stream {
        1 => ("output", all_to(&mut io::stdout().lock(), bytes)),
        2 => ("error", all_to(&mut io::stderr().lock(), bytes)),
        n => return Err(format!("there is no standard stream {n}")),
    };
    done.map_err(|e| format!("cannot write to standard {name}: {e}"))
}

fn all_to(stream: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}

/// The value of a variable of the environment.
///
/// # Errors
/// The user does not let programs see the environment.
pub(crate) fn environment(options: &Options, name: &[u8]) -> Result<Option<Vec<u8>>, String> {
    if !options.environment {
        return Err("the user does not let programs see the environment".into());
    }
    // The system's function does not take what can be no name.
    if name.is_empty() || name.contains(&b'=') || name.contains(&0) {
        return Ok(None);
    }
    let name = crate::files::host_path(name);
    let value = std::env::var_os(name.as_os_str());
    Ok(value.map(|value| crate::files::host_name(value.into())))
}

/// Nanoseconds since the beginning of 1970 in Greenwich; before that, below zero.
pub(crate) fn nanoseconds_since_1970() -> i128 {
    let count = |time: std::time::Duration| i128::try_from(time.as_nanos()).unwrap_or(i128::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(time) => count(time),
        Err(before) => -count(before.duration()),
    }
}

/// By how many seconds clocks here are ahead of Greenwich at a time, which is given as text, because
/// it is no SmallInt. What the system does not know is no difference.
///
/// # Errors
/// The text is no number of seconds that a date can have.
pub(crate) fn local_offset(seconds: &[u8]) -> Result<i32, String> {
    let text = std::str::from_utf8(seconds).unwrap_or_default();
    let time = text.parse().ok().map(jiff::Timestamp::from_second);
    match time {
        Some(Ok(time)) => Ok(jiff::tz::TimeZone::system().to_offset(time).seconds()),
        _ => Err(format!("there is no date {text} seconds after 1970")),
    }
}
