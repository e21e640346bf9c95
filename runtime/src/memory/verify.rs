//! Checks of the object memory, for debug builds: of all of it after a full collection, of
//! what has just been promoted after a minor one.

use super::{Chunk, Heap};
use crate::object::{ObjectFormat, Shape, format_of_header};
use crate::value::Word;

/// The end of the old space at some moment: chunks, and words used of the last.
#[derive(Clone, Copy, Default, Debug)]
pub struct Mark {
    chunks: usize,
    used: usize,
}

/// The end of the old space as it is now.
pub fn mark(heap: &Heap) -> Mark {
    let chunks = heap.chunks();
    Mark {
        chunks: chunks.len(),
        used: chunks.last().map_or(0, |c| c.contents().len()),
    }
}

/// Checks the objects that have come to the old space since a mark was made: their headers,
/// and that every slot is a SmallInt or the address of something in the old space that
/// begins like an object. So much can be done after every collection.
///
/// # Errors
/// Says which object and slot is wrong.
pub fn check_since(heap: &Heap, since: Mark, classes: u32) -> Result<(), String> {
    let mut ranges: Vec<(u64, &Chunk)> = heap
        .chunks()
        .iter()
        .map(|c| (c.contents().as_ptr() as u64, c))
        .collect();
    ranges.sort_by_key(|(start, _)| *start);
    let header_at = |address: u64| {
        let after = ranges.partition_point(|(start, _)| *start <= address);
        let (start, chunk) = ranges[after.checked_sub(1)?];
        let at = address - start;
        chunk
            .contents()
            .get((at / 8) as usize)
            .filter(|_| at.is_multiple_of(8))
    };
    let is_header = |h: u64| h & 1 == 1 && ((h >> 32) as u32) < classes;
    let first = since.chunks.saturating_sub(1);
    for (n, chunk) in heap.chunks().iter().enumerate().skip(first) {
        let contents = chunk.contents();
        let mut at = if n + 1 == since.chunks { since.used } else { 0 };
        while at < contents.len() {
            let h = contents[at];
            if !is_header(h) {
                return Err(format!("header {h:#x} at word {at} of a chunk is not one"));
            }
            let words = Shape::of_header(h).body_words();
            let Some(body) = contents.get(at + 1..at + 1 + words) else {
                return Err("the last object of a chunk runs over its end".into());
            };
            if format_of_header(h) == ObjectFormat::Slots {
                for (i, &s) in body.iter().enumerate() {
                    if !Word(s).is_int() && !header_at(s).is_some_and(|&h| is_header(h)) {
                        return Err(wrong_slot(i, h, s));
                    }
                }
            }
            at += 1 + words;
        }
    }
    Ok(())
}

/// Checks words that a collection is about to take for values: each is odd, zero, or the
/// address of something in the nursery or the old space that begins like an object.
///
/// # Errors
/// Says which word is wrong.
pub fn check_words(
    heap: &Heap,
    nursery_used: usize,
    words: &[Word],
    classes: u32,
) -> Result<(), String> {
    let mut ranges: Vec<(u64, &[u64])> = heap
        .chunks()
        .iter()
        .map(Chunk::contents)
        .chain([heap.nursery_contents(nursery_used)])
        .map(|contents| (contents.as_ptr() as u64, contents))
        .collect();
    ranges.sort_by_key(|(start, _)| *start);
    let is_object = |address: u64| {
        let after = ranges.partition_point(|(start, _)| *start <= address);
        let Some((start, contents)) = after.checked_sub(1).map(|n| ranges[n]) else {
            return false;
        };
        let at = address - start;
        let header = contents.get((at / 8) as usize);
        at.is_multiple_of(8) && header.is_some_and(|h| h & 1 == 1 && ((h >> 32) as u32) < classes)
    };
    match words
        .iter()
        .position(|&w| !w.is_int() && w.0 != 0 && !is_object(w.0))
    {
        None => Ok(()),
        Some(n) => Err(format!(
            "word {n} of the stack is {:#x}, which is no object",
            words[n].0
        )),
    }
}

fn wrong_slot(i: usize, header: u64, slot: u64) -> String {
    format!(
        "slot {i} of an object of class number {} holds {slot:#x}, which is no object",
        header >> 32
    )
}

/// Checks that every object of the old space has a sound header and that every slot
/// is a SmallInt or the address of an object of the old space. Right after a
/// collection nothing else exists.
///
/// # Errors
/// Says which object and slot is wrong.
pub fn check_old_space(heap: &Heap, classes: u32) -> Result<(), String> {
    // Of each chunk, by address: does an object begin at this word?
    let mut starts: Vec<(u64, Vec<bool>)> = Vec::new();
    for chunk in heap.chunks() {
        let contents = chunk.contents();
        let mut begins = vec![false; contents.len()];
        let mut at = 0;
        while at < contents.len() {
            let h = contents[at];
            if h & 1 == 0 || (h >> 32) as u32 >= classes {
                return Err(format!("header {h:#x} at word {at} of a chunk is not one"));
            }
            begins[at] = true;
            at += Shape::of_header(h).words();
        }
        if at != contents.len() {
            return Err("the last object of a chunk runs over its end".into());
        }
        starts.push((contents.as_ptr() as u64, begins));
    }
    starts.sort_by_key(|(start, _)| *start);
    let is_object = |address: u64| {
        let after = starts.partition_point(|(start, _)| *start <= address);
        let Some((start, begins)) = after.checked_sub(1).map(|n| &starts[n]) else {
            return false;
        };
        let at = address - start;
        at.is_multiple_of(8) && begins.get((at / 8) as usize) == Some(&true)
    };
    for chunk in heap.chunks() {
        let contents = chunk.contents();
        let mut at = 0;
        while at < contents.len() {
            let h = contents[at];
            let words = Shape::of_header(h).body_words();
            if format_of_header(h) == ObjectFormat::Slots {
                for (i, &s) in contents[at + 1..at + 1 + words].iter().enumerate() {
                    if !Word(s).is_int() && !is_object(s) {
                        return Err(wrong_slot(i, h, s));
                    }
                }
            }
            at += 1 + words;
        }
    }
    Ok(())
}
