//! The primitives as the documents show them.

use super::{Machine, Machines, ROWS, Row};
use std::fmt::Write;

/// The table of all primitives, in Markdown, by their numbers.
pub fn markdown() -> String {
    let mut rows: Vec<&Row> = ROWS.iter().collect();
    rows.sort_by_key(|row| (row.first, row.primitive));
    let mut text = String::from("| number | arguments | does | on |\n|---|---|---|---|\n");
    for row in rows {
        let number = match row.first == row.last {
            true => row.first.to_string(),
            false => format!("{}–{}", row.first, row.last),
        };
        let arguments = match row.arguments {
            "" => String::new(),
            arguments => format!(" {arguments}"),
        };
        let machines = match row.machines {
            Machines::ALL => String::new(),
            machines => format!(" {}", names(machines)),
        };
        let _ = writeln!(text, "| {number} |{arguments} | {} |{machines} |", row.does);
    }
    text
}

/// What machines are called in the table.
fn names(machines: Machines) -> String {
    let name = |machine| match machine {
        Machine::SmallWorld2015 => "2015",
        Machine::Budd2004 => "2004",
        Machine::JavaScript => "JavaScript",
        Machine::WebPage => "web page",
    };
    let has = Machine::ALL.into_iter().filter(|&m| machines.has(m));
    has.map(name).collect::<Vec<_>>().join(", ")
}
