//! Text fields: one line, or many with a scroll bar.

use crate::text::{Change, Shown};
use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;
use egui::{
    Align, Frame, Id, Margin, Rect, ScrollArea, StrokeKind, TextEdit, TextStyle, Ui, UiBuilder,
    Vec2,
};
use smallworld_runtime::ui::widgets::Text;

/// Between a text and its frame.
const MARGIN: i8 = 4;

/// A text with what the screen keeps of it.
pub(crate) struct Field<'a> {
    /// The program's side.
    pub(crate) text: &'a mut Text,
    /// The screen's side.
    pub(crate) shown: &'a mut Shown,
    /// What it is called where nobody sees it.
    pub(crate) name: &'a str,
}

/// One line.
pub(crate) fn line(ui: &mut Ui, id: Id, room: Rect, field: Field<'_>) {
    let change = field.shown.update(field.text);
    place_cursor(ui, id, change, field.shown);
    // A line is as high as a line also where the window leaves it more room.
    let height = ui.text_style_height(&TextStyle::Monospace) + 2.0 * f32::from(MARGIN);
    let room = Rect::from_center_size(room.center(), Vec2::new(room.width(), height));
    ui.scope_builder(UiBuilder::new().max_rect(room), |ui| {
        let edit = TextEdit::singleline(&mut field.shown.text)
            .id(id)
            .font(TextStyle::Monospace)
            .desired_width(room.width())
            .margin(Margin::same(MARGIN));
        let output = edit.show(ui);
        if !output.response.has_focus() {
            // Else nothing says where an empty line is.
            let visuals = &ui.visuals().widgets.noninteractive;
            let (corners, stroke) = (visuals.corner_radius, visuals.bg_stroke);
            let place = output.response.rect;
            ui.painter()
                .rect_stroke(place, corners, stroke, StrokeKind::Inside);
        }
        after(ui, id, output, field.text, field.shown, field.name);
    });
}

/// Many lines.
pub(crate) fn area(ui: &mut Ui, id: Id, room: Rect, field: Field<'_>) {
    let change = field.shown.update(field.text);
    place_cursor(ui, id, change, field.shown);
    let focused = ui.memory(|memory| memory.has_focus(id));
    let visuals = &ui.visuals().widgets;
    let border = if focused {
        ui.visuals().selection.stroke
    } else {
        visuals.noninteractive.bg_stroke
    };
    let frame = Frame::new()
        .fill(ui.visuals().text_edit_bg_color())
        .stroke(border)
        .corner_radius(visuals.noninteractive.corner_radius);
    ui.painter().add(frame.paint(room.shrink(1.0)));
    let inside = room.shrink(2.0);
    ui.scope_builder(UiBuilder::new().max_rect(inside), |ui| {
        ui.shrink_clip_rect(inside);
        let mut scroll = ScrollArea::vertical()
            .id_salt(id.with("scroll"))
            .auto_shrink(false);
        if change == Some(Change::Replaced { end: 0 }) {
            scroll = scroll.vertical_scroll_offset(0.0);
        }
        scroll.show(ui, |ui| {
            let edit = TextEdit::multiline(&mut field.shown.text)
                .id(id)
                .font(TextStyle::Monospace)
                .frame(Frame::NONE.inner_margin(Margin::same(MARGIN)))
                .desired_rows(1)
                .desired_width(ui.available_width())
                .min_size(inside.size());
            let output = edit.show(ui);
            if change == Some(Change::Appended) {
                ui.scroll_to_cursor(Some(Align::BOTTOM));
            }
            after(ui, id, output, field.text, field.shown, field.name);
        });
    });
}

/// Where the program has changed the text nothing is selected, the cursor stays with what it put
/// in, and a person can take it back.
fn place_cursor(ui: &Ui, id: Id, change: Option<Change>, shown: &Shown) {
    let (Some(change), Some(mut state)) = (change, TextEditState::load(ui.ctx(), id)) else {
        return;
    };
    let place = match change {
        Change::Appended => CCursor::new(shown.text.chars().count()),
        Change::Replaced { end } => CCursor::new(end),
    };
    let cursor = CCursorRange::one(place);
    let mut undoer = state.undoer();
    let before = state.cursor.char_range().unwrap_or(cursor);
    undoer.add_undo(&(before, shown.before.clone()));
    undoer.add_undo(&(cursor, shown.text.clone()));
    state.set_undoer(undoer);
    state.cursor.set_char_range(Some(cursor));
    state.store(ui.ctx(), id);
}

/// Takes what a person did over to the program's side.
fn after(
    ui: &Ui,
    id: Id,
    output: egui::text_edit::TextEditOutput,
    text: &mut Text,
    shown: &mut Shown,
    name: &str,
) {
    if output.response.changed() {
        shown.edited(text);
    }
    let range = output.cursor_range;
    if output.response.has_focus() {
        let range = range.map(|range| range.as_sorted_char_range());
        let range = range.map_or(0..0, |range| range.start.0..range.end.0);
        shown.select(text, range);
    } else if let Some(range) = output.state.cursor.char_range()
        && !range.is_empty()
    {
        // What a button is going to act on stays to be seen.
        mark(ui, &output, &range);
    }
    ui.ctx()
        .accesskit_node_builder(id, |node| node.set_label(name));
}

/// Shows a selection in a text without the focus, which shows none itself.
fn mark(ui: &Ui, output: &egui::text_edit::TextEditOutput, range: &CCursorRange) {
    let painter = ui
        .painter()
        .with_clip_rect(output.text_clip_rect.intersect(ui.clip_rect()));
    let color = ui.visuals().selection.bg_fill.gamma_multiply(0.4);
    let [first, last] = range.sorted_cursors();
    let from = output.galley.pos_from_cursor(first);
    let to = output.galley.pos_from_cursor(last);
    for row in &output.galley.rows {
        let rect = row.rect();
        let (top, bottom) = (rect.top(), rect.bottom());
        if bottom <= from.top() + 0.5 || top >= to.bottom() - 0.5 {
            continue;
        }
        let left = if top <= from.center().y && from.center().y <= bottom {
            from.left()
        } else {
            rect.left()
        };
        let right = if top <= to.center().y && to.center().y <= bottom {
            to.left()
        } else {
            rect.right()
        };
        let marked = Rect::from_min_max(egui::pos2(left, top), egui::pos2(right, bottom));
        painter.rect_filled(marked.translate(output.galley_pos.to_vec2()), 0, color);
    }
}
