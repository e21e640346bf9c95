//! A check of the whole object memory, for debug builds and stress mode.

use super::Heap;
use crate::object::{ObjectFormat, body_words, format_of_header, size_of_header};
use crate::value::Word;
use std::collections::HashSet;

/// Checks that every object of the old space has a sound header and that every slot
/// is a SmallInt or the address of an object of the old space. Right after a
/// collection nothing else exists.
///
/// # Errors
/// Says which object and slot is wrong.
pub fn check_old_space(heap: &Heap, classes: u32) -> Result<(), String> {
    let mut starts = HashSet::new();
    for chunk in heap.chunks() {
        let contents = chunk.contents();
        let mut at = 0;
        while at < contents.len() {
            let h = contents[at];
            if h & 1 == 0 || (h >> 32) as u32 >= classes {
                return Err(format!("header {h:#x} at word {at} of a chunk is not one"));
            }
            starts.insert(contents.as_ptr() as u64 + 8 * at as u64);
            at += 1 + body_words(format_of_header(h), size_of_header(h));
        }
        if at != contents.len() {
            return Err("the last object of a chunk runs over its end".into());
        }
    }
    for chunk in heap.chunks() {
        let contents = chunk.contents();
        let mut at = 0;
        while at < contents.len() {
            let h = contents[at];
            let words = body_words(format_of_header(h), size_of_header(h));
            if format_of_header(h) == ObjectFormat::Slots {
                for (i, &s) in contents[at + 1..at + 1 + words].iter().enumerate() {
                    if !Word(s).is_int() && !starts.contains(&s) {
                        return Err(format!(
                            "slot {i} of an object of class number {} holds {s:#x}, which is no object",
                            h >> 32
                        ));
                    }
                }
            }
            at += 1 + words;
        }
    }
    Ok(())
}
