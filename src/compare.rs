//! `bench --compare`: how today's medians differ from those in a file that `bench --json`
//! has written.

use crate::failure::Failure;
use std::path::Path;

/// Differences below this many percent are not told from noise.
const NOISE: f64 = 5.0;

/// Medians of an earlier run, by name, in milliseconds.
#[derive(PartialEq, Debug)]
pub struct Old(Vec<(String, f64)>);

impl Old {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Old, Failure> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|e| Failure::usage(format_args!("cannot read '{shown}': {e}")))?;
        Old::parse(&text).ok_or_else(|| {
            Failure::usage(format_args!(
                "'{shown}' holds no benchmarks; make such a file with: \
                 smallworld bench --json > {shown}"
            ))
        })
    }

    /// The names and medians; nothing if there are none, or one is not complete. The file
    /// is this program's own, so this looks for its members and no more.
    fn parse(text: &str) -> Option<Old> {
        let (_, list) = text.split_once("\"benchmarks\"")?;
        let mut all = Vec::new();
        for part in list.split("\"name\"").skip(1) {
            let name = after_colon(part)?.strip_prefix('"')?.split('"').next()?;
            let (_, median) = part.split_once("\"median_ms\"")?;
            let number = after_colon(median)?.split([',', '}']).next()?;
            let median: f64 = number.trim().parse().ok()?;
            all.push((name.to_string(), median));
        }
        (!all.is_empty()).then_some(Old(all))
    }

    /// A table of what can be compared.
    pub fn compared(&self, now: &[(&str, f64)]) -> String {
        let both = now.iter().filter_map(|&(name, new)| {
            let (_, old) = self.0.iter().find(|(n, old)| n == name && *old > 0.0)?;
            Some((name, *old, new))
        });
        let both: Vec<_> = both.collect();
        if both.is_empty() {
            return "nothing to compare: no benchmark is in both".into();
        }
        let names = both.iter().map(|(name, ..)| name.len());
        let width = names.max().unwrap_or(0).max(9);
        let mut text = format!(
            "\n{:<width$} {:>12} {:>12} {:>9}\n",
            "benchmark", "old ms", "new ms", "change"
        );
        for &(name, old, new) in &both {
            let change = (new - old) / old * 100.0;
            let word = match change {
                c if c > NOISE => "  slower",
                c if c < -NOISE => "  faster",
                _ => "",
            };
            text.push_str(&format!(
                "{name:<width$} {old:>12.2} {new:>12.2} {change:>+8.1}%{word}\n"
            ));
        }
        let logs: f64 = both.iter().map(|(_, old, new)| (new / old).ln()).sum();
        let mean = ((logs / both.len() as f64).exp() - 1.0) * 100.0;
        text.push_str(&format!("geometric mean of the changes: {mean:+.1}%\n"));
        text
    }
}

fn after_colon(text: &str) -> Option<&str> {
    Some(text.trim_start().strip_prefix(':')?.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_bench_writes_is_read() {
        let text = r#"{"image":"name","benchmarks":[{"name":"fib","runs":5,"median_ms":2.000},
            {"name":"sieve","runs":5,"median_ms":8.5}]}"#;
        let old = Old::parse(text).unwrap();
        assert_eq!(old, Old(vec![("fib".into(), 2.0), ("sieve".into(), 8.5)]));
        for wrong in [
            "",
            "{}",
            r#"{"benchmarks":[]}"#,
            r#"{"benchmarks":[{"name":"x"}]}"#,
        ] {
            assert_eq!(Old::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn changes_are_told_from_noise() {
        let old = Old(vec![
            ("a".into(), 2.0),
            ("b".into(), 2.0),
            ("c".into(), 2.0),
        ]);
        let text = old.compared(&[("a", 4.0), ("b", 1.0), ("c", 2.02), ("d", 1.0)]);
        assert!(text.contains("+100.0%  slower"), "{text}");
        assert!(text.contains("-50.0%  faster"), "{text}");
        assert!(text.contains("+1.0%\n"), "{text}");
        assert!(!text.contains("\nd "), "{text}");
        assert!(old.compared(&[("x", 1.0)]).contains("nothing to compare"));
    }
}
