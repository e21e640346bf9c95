//! Strings and dictionaries.

use crate::random::Random;
use std::collections::HashMap;
use std::fmt::Write;

/// A checksum of text that was built, taken apart and built again.
pub fn strings(size: i32) -> i32 {
    let mut out = String::new();
    for i in 1..=size {
        let _ = write!(out, "{} word ", i * 37);
    }
    let words: Vec<&str> = out.split_ascii_whitespace().collect();
    let turned: Vec<String> = words.iter().map(|word| turn(word)).collect();
    let text = turned.join(", ").to_ascii_uppercase();
    sum(&(text + words[size as usize - 1]))
}

/// By putting strings together, as the image does.
fn turn(word: &str) -> String {
    let mut result = String::new();
    for char in word.chars() {
        let mut longer = String::from(char);
        longer.push_str(&result);
        result = longer;
    }
    result
}

fn sum(text: &str) -> i32 {
    text.bytes()
        .fold(0, |sum, byte| (sum * 31 + i32::from(byte)) % 1_000_003)
}

/// What is left in dictionaries with numbers and with strings as keys.
pub fn dictionary(size: i32) -> i32 {
    numbers(size) + words(size)
}

fn numbers(size: i32) -> i32 {
    let mut squares = HashMap::new();
    for i in 1..=size {
        squares.insert(i * 7, i);
    }
    for k in (1..=size).step_by(2) {
        assert!(squares.remove(&(k * 7)).is_some());
    }
    (1..=size)
        .map(|n| squares.get(&(n * 7)).copied().unwrap_or(1))
        .sum()
}

fn words(size: i32) -> i32 {
    let mut counts: HashMap<String, i32> = HashMap::new();
    let mut random = Random::new(42);
    for _ in 0..size {
        let word = format!("w{}", random.between(1, size / 4));
        *counts.entry(word).or_insert(0) += 1;
    }
    counts.values().map(|n| n * n).sum::<i32>() + counts.len() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_results() {
        assert_eq!(strings(50), 494_403);
        assert_eq!(dictionary(100), 3174);
    }
}
