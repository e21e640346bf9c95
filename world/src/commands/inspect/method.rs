//! What is said of a method: its source beside its code.

use crate::commands::Output;
use crate::console::{Style, counted, one_line, padded};
use crate::failure::Outcome;
use crate::json::Json;
use crate::listing::{Listing, literal_text};
use crate::variables::Variables;
use smallworld_image::{Image, MethodParts, MethodRef, Problem, VerifyError, method_shape};

/// The widest that the source is shown; longer lines are broken.
const SOURCE_WIDTH: usize = 72;

/// A method, looked at.
pub struct MethodView<'a> {
    found: MethodRef,
    parts: MethodParts<'a>,
    variables: Variables,
    listing: Listing,
    problems: Vec<VerifyError>,
}

impl<'a> MethodView<'a> {
    /// Looks at a method.
    ///
    /// # Errors
    /// What is wrong with an object that has not the shape of one.
    pub fn of(image: &'a Image, found: MethodRef) -> Result<MethodView<'a>, Problem> {
        let parts = method_shape(image, found.method)?;
        let variables = Variables::of(image, &found, &parts);
        let listing = Listing::of(image, &parts, &variables);
        let problems = parts.verify(image).err().unwrap_or_default();
        Ok(MethodView {
            found,
            parts,
            variables,
            listing,
            problems,
        })
    }

    /// For people.
    pub fn write(&self, image: &Image, output: &mut Output<'_>) -> Outcome {
        let style = output.style;
        let name = style.heading(&self.found.name(image));
        let number = style.faint(&format!("(object {})", self.found.method.0));
        writeln!(output.out, "{name} {number}")?;
        writeln!(output.out, "{}\n", style.faint(&self.facts(image)))?;

        let source = self.source_lines();
        let code = self.listing.lines(style);
        let widths = source.iter().map(|line| line.chars().count());
        let width = widths.max().unwrap_or(0);
        let bar = style.faint("│");
        for row in 0..source.len().max(code.len()) {
            let source = source.get(row).map_or("", String::as_str);
            let code = code.get(row).map_or("", String::as_str);
            let line = format!("{} {bar} {code}", padded(source, width));
            writeln!(output.out, "{}", line.trim_end())?;
        }
        self.write_problems(style, output)
    }

    fn facts(&self, image: &Image) -> String {
        let parts = &self.parts;
        let mut facts = format!(
            "{}, {}, {}, stack of {}",
            counted(parts.code.len(), "byte"),
            counted(parts.literals.len(), "literal"),
            counted(parts.temporaries, "temporary").replace("temporarys", "temporaries"),
            parts.stack_size
        );
        if parts.class != self.found.class {
            let class = image.name_of_class(parts.class);
            facts.push_str(&format!(", compiled for {class}"));
        }
        facts
    }

    fn source_lines(&self) -> Vec<String> {
        let Some(text) = self.parts.text else {
            return vec!["(no source)".to_owned()];
        };
        let text = String::from_utf8_lossy(text).replace("\r\n", "\n");
        let lines = text.trim_end().split(['\n', '\r']);
        lines
            .flat_map(|line| broken(&one_line(line.replace('\t', "    ").as_bytes())))
            .collect()
    }

    fn write_problems(&self, style: Style, output: &mut Output<'_>) -> Outcome {
        if !self.problems.is_empty() {
            writeln!(output.out)?;
        }
        for problem in &self.problems {
            writeln!(output.out, "{}", style.bad(&problem.to_string()))?;
        }
        Ok(())
    }

    /// For programs.
    pub fn json(&self, image: &Image) -> Json {
        let parts = &self.parts;
        let source = parts
            .text
            .map(|text| String::from_utf8_lossy(text).into_owned());
        let literals = parts.literals.iter();
        let names = |names: &[String]| -> Json { names.iter().map(String::as_str).collect() };
        Json::Object(vec![
            ("class", image.name_of_class(self.found.class).into()),
            ("selector", one_line(parts.name).into()),
            ("object", self.found.method.index().into()),
            ("source", source.into()),
            ("arguments", names(&self.variables.arguments)),
            ("temporaries", parts.temporaries.into()),
            ("temporaryNames", names(&self.variables.temporaries)),
            ("stackSize", parts.stack_size.into()),
            (
                "literals",
                literals
                    .map(|&literal| literal_text(image, literal))
                    .collect(),
            ),
            ("code", self.listing.json()),
            (
                "problems",
                self.problems.iter().map(ToString::to_string).collect(),
            ),
        ])
    }
}

/// A line of source in pieces of at most [`SOURCE_WIDTH`], broken at blanks where there are any, the later
/// pieces further in.
fn broken(line: &str) -> Vec<String> {
    let indent: usize = line.chars().take_while(|&c| c == ' ').count();
    let further = " ".repeat((indent + 4).min(SOURCE_WIDTH / 2));
    let mut pieces = Vec::new();
    let mut rest: Vec<char> = line.chars().collect();
    while rest.len() > SOURCE_WIDTH {
        let text_at = rest.iter().take_while(|&&c| c == ' ').count();
        let blank = rest[..=SOURCE_WIDTH].iter().rposition(|&c| c == ' ');
        let cut = match blank {
            Some(blank) if blank > text_at => blank,
            _ => SOURCE_WIDTH,
        };
        let piece: String = rest[..cut].iter().collect();
        pieces.push(piece.trim_end().to_owned());
        let left = rest[cut..].iter().skip_while(|&&c| c == ' ').copied();
        rest = further.chars().chain(left).collect();
    }
    pieces.push(rest.into_iter().collect::<String>().trim_end().to_owned());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_at_blanks() {
        assert_eq!(broken("  short "), ["  short"]);
        assert_eq!(broken(""), [""]);
        let long = format!("    {} {}", "a".repeat(60), "b".repeat(20));
        let expected = [
            format!("    {}", "a".repeat(60)),
            format!("        {}", "b".repeat(20)),
        ];
        assert_eq!(broken(&long), expected);
        for width in [73, 200, 1000] {
            let pieces = broken(&"x".repeat(width));
            assert!(
                pieces
                    .iter()
                    .all(|piece| piece.chars().count() <= SOURCE_WIDTH)
            );
            let count: usize = pieces.iter().map(|piece| piece.trim().len()).sum();
            assert_eq!(count, width);
        }
        assert!(
            broken(&" ".repeat(200))
                .iter()
                .all(|piece| piece.is_empty())
        );
    }
}
