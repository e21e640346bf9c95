//! Lists: choosing with the mouse, the arrow keys, or by first letters.

use crate::text::readable;
use egui::accesskit::Role;
use egui::{
    Align2, Event, EventFilter, Id, Key, Modifiers, Rect, ScrollArea, Sense, StrokeKind, TextStyle,
    Ui, UiBuilder, Vec2, WidgetInfo,
};

/// Between the text of a line and the list's frame.
const MARGIN: f32 = 4.0;

/// Draws a list; answers the 1-based line that was chosen, if one was.
pub(crate) fn list(
    ui: &mut Ui,
    id: Id,
    room: Rect,
    items: &[Vec<u8>],
    selected: usize,
    name: &str,
) -> Option<usize> {
    let whole = ui.interact(room, id, Sense::focusable_noninteractive());
    whole.widget_info(|| WidgetInfo::labeled(Role::ListBox, true, name));
    let focused = whole.has_focus();
    let border = if focused {
        ui.visuals().selection.stroke
    } else {
        ui.visuals().widgets.noninteractive.bg_stroke
    };
    let fill = ui.visuals().text_edit_bg_color();
    let corners = ui.visuals().widgets.noninteractive.corner_radius;
    ui.painter()
        .rect(room.shrink(1.0), corners, fill, border, StrokeKind::Inside);

    let height = line_height(ui);
    let page = (room.height() / height).max(1.0) as usize;
    let moved = focused
        .then(|| by_keys(ui, id, items, selected, page))
        .flatten();
    let mut chosen = moved;
    let selected = moved.unwrap_or(selected);
    let inside = room.shrink(2.0);
    ui.scope_builder(UiBuilder::new().max_rect(inside), |ui| {
        ui.shrink_clip_rect(inside);
        let scroll = ScrollArea::vertical()
            .id_salt(id.with("scroll"))
            .auto_shrink(false);
        scroll.show_viewport(ui, |ui, view| {
            ui.set_height(height * items.len() as f32);
            let top = ui.max_rect().top();
            let line = |number: usize| {
                let y = top + number as f32 * height;
                Rect::from_min_size(
                    egui::pos2(ui.max_rect().left(), y),
                    Vec2::new(ui.max_rect().width(), height),
                )
            };
            let first = (view.top() / height).max(0.0) as usize;
            let visible = items.iter().enumerate().skip(first);
            for (number, item) in visible.take((view.height() / height) as usize + 2) {
                let is_selected = number + 1 == selected;
                if draw_line(ui, id.with(number), line(number), item, is_selected) {
                    chosen = Some(number + 1);
                    ui.memory_mut(|memory| memory.request_focus(id));
                }
            }
            if let Some(number) = moved {
                ui.scroll_to_rect(line(number - 1), None);
            }
        });
    });
    chosen
}

/// The height of one line.
pub(crate) fn line_height(ui: &Ui) -> f32 {
    (ui.text_style_height(&TextStyle::Body) + 4.0).round()
}

/// One line; answers whether it was clicked.
fn draw_line(ui: &Ui, id: Id, place: Rect, item: &[u8], selected: bool) -> bool {
    let text = readable(item);
    // Lines take no focus: the list has it, and Tab goes to the next pane.
    let response = ui.interact(place, id, Sense::CLICK);
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, selected, &text));
    ui.ctx()
        .accesskit_node_builder(id, |node| node.set_selected(selected));
    let visuals = ui.visuals();
    let color = if selected {
        ui.painter()
            .rect_filled(place, 2, visuals.selection.bg_fill);
        visuals.selection.stroke.color
    } else {
        if response.hovered() {
            ui.painter()
                .rect_filled(place, 2, visuals.widgets.hovered.weak_bg_fill);
        }
        visuals.text_color()
    };
    let font = TextStyle::Body.resolve(ui.style());
    let at = place.left_center() + Vec2::new(MARGIN, 0.0);
    ui.painter()
        .text(at, Align2::LEFT_CENTER, text, font, color);
    response.clicked()
}

/// What the keyboard chooses in a list that has the focus.
fn by_keys(ui: &Ui, id: Id, items: &[Vec<u8>], selected: usize, page: usize) -> Option<usize> {
    let filter = EventFilter {
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    if items.is_empty() {
        return None;
    }
    let last = items.len();
    let mut chosen = None;
    let mut at = selected;
    ui.input_mut(|input| {
        let mut go = |key, to: &dyn Fn(usize) -> usize| {
            for _ in 0..input.count_and_consume_key(Modifiers::NONE, key) {
                at = to(at).clamp(1, last);
                chosen = Some(at);
            }
        };
        go(Key::ArrowDown, &|n| n + 1);
        go(Key::ArrowUp, &|n| n.saturating_sub(1));
        go(Key::PageDown, &|n| n + page);
        go(Key::PageUp, &|n| n.saturating_sub(page));
        go(Key::Home, &|_| 1);
        go(Key::End, &|_| last);
        // The same once more: the program may have something new to show for it.
        go(Key::Enter, &|n| n);
        for event in &input.events {
            if let Event::Text(letters) = event
                && let Some(found) = starting_with(items, at, letters)
            {
                at = found;
                chosen = Some(found);
            }
        }
    });
    chosen
}

/// The next line after that one which begins with these letters, going around at the end.
fn starting_with(items: &[Vec<u8>], after: usize, letters: &str) -> Option<usize> {
    let wanted = letters.to_lowercase();
    let begins = |number: &usize| {
        let item = items.get(*number).map(|item| readable(item).to_lowercase());
        item.is_some_and(|item| item.starts_with(&wanted))
    };
    let mut order = (after..items.len()).chain(0..after.min(items.len()));
    order.find(begins).map(|number| number + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_letters_go_on_from_the_selected_line() {
        let items = ["Array", "Block", "Boolean", "Char"].map(|name| name.as_bytes().to_vec());
        assert_eq!(starting_with(&items, 0, "b"), Some(2));
        assert_eq!(starting_with(&items, 2, "b"), Some(3));
        assert_eq!(starting_with(&items, 3, "B"), Some(2), "around the end");
        assert_eq!(starting_with(&items, 4, "a"), Some(1));
        assert_eq!(starting_with(&items, 0, "x"), None);
    }
}
