//! The comparison as a Markdown table.

use crate::measure::{Samples, geometric_mean};
use std::fmt::Write;

/// What was measured of one benchmark.
pub struct Row {
    /// Its name.
    pub name: String,
    /// The size it ran with.
    pub size: i32,
    /// The image's runs, tier by tier; empty where the tier did not run it.
    pub tiers: Vec<Samples>,
    /// The twin's runs.
    pub rust: Samples,
    /// In what the comparison is unfair.
    pub note: &'static str,
}

impl Row {
    /// How fast a tier is compared with Rust: 1 is as fast, 0.5 takes twice as long.
    fn ratio(&self, tier: usize) -> f64 {
        self.rust.best() / self.tiers[tier].best()
    }
}

/// Best times with the spread of the runs, ratios of the best times, and their means.
pub fn markdown(tiers: &[&str], rows: &[Row]) -> String {
    let mut text = String::from("| benchmark | size |");
    for tier in tiers {
        let _ = write!(text, " {tier} ms (median, spread) |");
    }
    text += " Rust ms (median, spread) |";
    for tier in tiers {
        let _ = write!(text, " Rust / {tier} |");
    }
    text += " the twin |\n|---|--:|";
    text += &"--:|".repeat(tiers.len() * 2 + 1);
    text += "---|\n";
    for row in rows {
        let _ = write!(text, "| {} | {} |", row.name, row.size);
        for samples in row.tiers.iter().chain([&row.rust]) {
            let _ = write!(text, " {} |", cell(samples));
        }
        for tier in 0..tiers.len() {
            let _ = write!(text, " {} |", ratio(row.ratio(tier)));
        }
        let _ = writeln!(text, " {} |", row.note);
    }
    text += "| **geometric mean** | |";
    text += &" |".repeat(tiers.len() + 1);
    for tier in 0..tiers.len() {
        let mean = geometric_mean(rows.iter().map(|row| row.ratio(tier)));
        let _ = write!(text, " **{}** |", ratio(mean));
    }
    text += " |\n";
    text
}

fn cell(samples: &Samples) -> String {
    if samples.is_empty() {
        return "–".into();
    }
    format!(
        "{} ({}, {:.0} %)",
        milliseconds(samples.best()),
        milliseconds(samples.median()),
        samples.spread()
    )
}

fn milliseconds(nanoseconds: f64) -> String {
    let ms = nanoseconds / 1e6;
    match ms {
        _ if ms < 1.0 => format!("{ms:.3}"),
        _ if ms < 100.0 => format!("{ms:.1}"),
        _ => format!("{ms:.0}"),
    }
}

fn ratio(ratio: f64) -> String {
    match ratio {
        _ if ratio.is_nan() => "–".into(),
        _ if ratio < 0.01 => format!("{ratio:.4}"),
        _ => format!("{ratio:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_with_a_gap() {
        let mut rust = Samples::default();
        rust.add(1e6);
        let mut tier = Samples::default();
        tier.add(4e6);
        let row = Row {
            name: "fib".into(),
            size: 3,
            tiers: vec![tier, Samples::default()],
            rust,
            note: "",
        };
        let text = markdown(&["one", "two"], &[row]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[2],
            "| fib | 3 | 4.0 (4.0, 0 %) | – | 1.0 (1.0, 0 %) | 0.25 | – |  |"
        );
        assert!(lines[3].ends_with("**0.25** | **–** | |"));
        assert_eq!(lines[1].matches('|').count(), lines[2].matches('|').count());
    }
}
