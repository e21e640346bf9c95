//! Text for people: colour where a terminal shows it, numbers and sizes as one reads them.

use clap::ValueEnum;
use std::io::IsTerminal;
use std::time::Duration;

/// When output is coloured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Marks up text, or leaves it alone.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    on: bool,
}

impl Style {
    /// The style for `stream`.
    pub fn choose(colour: Colour, stream: &impl IsTerminal) -> Style {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Style {
            on: match colour {
                Colour::Always => true,
                Colour::Never => false,
                Colour::Auto => stream.is_terminal() && !set("NO_COLOR") && !dumb,
            },
        }
    }

    /// No colour.
    #[cfg(test)]
    pub const PLAIN: Style = Style { on: false };

    fn mark(self, code: &str, text: &str) -> String {
        if self.on && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// A heading.
    pub fn heading(self, text: &str) -> String {
        self.mark("1", text)
    }

    /// Something that is there but not in the way.
    pub fn faint(self, text: &str) -> String {
        self.mark("2", text)
    }

    /// A place that is referred to.
    pub fn label(self, text: &str) -> String {
        self.mark("36", text)
    }

    /// A selector.
    pub fn selector(self, text: &str) -> String {
        self.mark("33", text)
    }

    /// Something wrong.
    pub fn bad(self, text: &str) -> String {
        self.mark("31", text)
    }

    /// Something well.
    pub fn good(self, text: &str) -> String {
        self.mark("32", text)
    }
}

/// `12345` as `12,345`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 method`, `2,137 methods`.
pub fn counted(number: usize, what: &str) -> String {
    let plural = match what {
        _ if number == 1 => "",
        _ if what.ends_with("ss") => "es",
        _ => "s",
    };
    format!("{} {what}{plural}", grouped(number))
}

/// A number of bytes: `812 B`, `12.3 kB`, `4.1 MB`.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// A time: `0.4 s`, `41 s`, `1 min 12 s`.
pub fn time(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// Bytes of the image as text on one line: what is not UTF-8 is replaced, control characters are escaped.
pub fn one_line(bytes: &[u8]) -> String {
    let mut line = String::new();
    for c in String::from_utf8_lossy(bytes).chars() {
        if c.is_control() {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

/// `text`, filled with blanks on the right up to `width` characters.
pub fn padded(text: &str, width: usize) -> String {
    format!("{text:<width$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_one_reads_them() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(12345), "12,345");
        assert_eq!(grouped(1234567), "1,234,567");
        assert_eq!(counted(1, "class"), "1 class");
        assert_eq!(counted(2000, "class"), "2,000 classes");
        assert_eq!(size(812), "812 B");
        assert_eq!(size(12_345), "12.3 kB");
        assert_eq!(size(4_100_000), "4.1 MB");
        assert_eq!(time(Duration::from_millis(420)), "0.4 s");
        assert_eq!(time(Duration::from_secs(72)), "1 min 12 s");
    }

    #[test]
    fn colour_only_where_wanted() {
        assert_eq!(Style::PLAIN.heading("x"), "x");
        let style = Style::choose(Colour::Always, &std::io::stdout());
        assert_eq!(style.heading("x"), "\x1b[1mx\x1b[0m");
        assert_eq!(style.heading(""), "");
    }

    #[test]
    fn one_line_stays_one_line() {
        assert_eq!(one_line(b"a\nb\xff"), "a\\nb\u{fffd}");
    }
}
