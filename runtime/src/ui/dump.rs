//! Windows as text: what a person reads without a display, and a picture of the widget tree for
//! tests.

use super::headless::Headless;
use super::widgets::{Step, Text, Widget};
use super::{PaneId, PaneKind};
use std::fmt::Write;

/// Of a longer list only so many items are written for a person to read.
const ITEMS_SHOWN: usize = 20;

impl Headless {
    /// What a person reads of a window: the title on a line of its own, then the text in it, from
    /// top to bottom. Buttons, menus and sliders, which are of no use here, are left out.
    pub fn window_text(&self, window: PaneId) -> Vec<u8> {
        let mut lines = Vec::new();
        for step in self.widgets.walk(window) {
            match &step.pane.widget {
                Widget::Window(window) => add_lines(&mut lines, &window.title),
                Widget::List { items, .. } => add_items(&mut lines, items),
                other => add_lines(&mut lines, other.text().map_or(&[], Text::bytes)),
            }
        }
        lines
    }

    /// The panes of a window as an indented tree, a line for each, with their kinds and texts.
    ///
    /// ```text
    /// window 'Error' shown 300x300
    ///   border
    ///     center: text area 'no such key\nat:[Dictionary,]'
    ///     south: button 'close'
    /// ```
    pub fn dump(&self, window: PaneId) -> String {
        self.widgets
            .walk(window)
            .iter()
            .fold(String::new(), |mut tree, step| {
                let indent = "  ".repeat(step.depth);
                let place = if step.place.is_empty() { "" } else { ": " };
                // Writing to a String cannot fail.
                let _ = writeln!(tree, "{indent}{}{place}{}", step.place, describe(step));
                if let Widget::Menu { items, .. } = &step.pane.widget {
                    for (title, _) in items {
                        let _ = writeln!(tree, "{indent}  item {}", quoted(title));
                    }
                }
                tree
            })
    }
}

fn add_lines(lines: &mut Vec<u8>, text: &[u8]) {
    let text = text.trim_ascii_end();
    if !text.is_empty() {
        lines.extend_from_slice(text);
        lines.push(b'\n');
    }
}

fn add_items(lines: &mut Vec<u8>, items: &[Vec<u8>]) {
    for item in items.iter().take(ITEMS_SHOWN) {
        lines.extend_from_slice(b"  ");
        lines.extend_from_slice(item.trim_ascii_end());
        lines.push(b'\n');
    }
    if let Some(more @ 1..) = items.len().checked_sub(ITEMS_SHOWN) {
        lines.extend_from_slice(format!("  ... and {more} more\n").as_bytes());
    }
}

/// One pane on one line, without what stands inside it.
fn describe(step: &Step<'_>) -> String {
    let kind: PaneKind = step.pane.widget.kind();
    match &step.pane.widget {
        Widget::Window(window) => {
            let shown = if window.shown { "shown" } else { "hidden" };
            let size = window.size.map_or(String::new(), |(width, height)| {
                format!(" {width}x{height}")
            });
            format!("{kind} {} {shown}{size}", quoted(&window.title))
        }
        Widget::TextLine(text) | Widget::TextArea(text) => {
            let selection = text.selected_or_all();
            if selection.len() == text.bytes().len() {
                format!("{kind} {}", quoted(text.bytes()))
            } else {
                format!(
                    "{kind} {} selected {}",
                    quoted(text.bytes()),
                    quoted(selection)
                )
            }
        }
        Widget::Label {
            text,
            picture: None,
        } => format!("{kind} {}", quoted(text.bytes())),
        Widget::Label {
            text,
            picture: Some(picture),
        } => {
            format!("{kind} {} picture {}", quoted(text.bytes()), picture.0)
        }
        Widget::Button { text, .. } => format!("{kind} {}", quoted(text)),
        Widget::Menu { title, .. } => format!("{kind} {}", quoted(title)),
        Widget::Grid { columns, rows, .. } => format!("{kind} {columns} columns {rows} rows"),
        Widget::Border(_) => kind.to_string(),
        Widget::List {
            items, selected, ..
        } => {
            let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
            let selected = if *selected == 0 {
                String::new()
            } else {
                format!(" selected {selected}")
            };
            format!("{kind} ({}){selected}", items.join(" "))
        }
        Widget::Slider {
            vertical,
            low,
            high,
            value,
            ..
        } => {
            let direction = if *vertical { "vertical" } else { "horizontal" };
            format!("{kind} {direction} {low}..{high} at {value}")
        }
    }
}

/// Text on one line between quotes.
fn quoted(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    format!(
        "'{}'",
        text.replace('\\', "\\\\")
            .replace('\n', "\\n")
            .replace('\r', "\\r")
            .replace('\t', "\\t")
    )
}
