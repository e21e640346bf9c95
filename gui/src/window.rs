//! One window: its menu bar and what fills it.

use crate::desk::State;
use crate::layout;
use crate::text::readable;
use crate::{keys, panes};
use egui::{MenuBar, Rect, Sense, Ui, UiBuilder, Vec2};
use smallworld_runtime::ui::widgets::{Widget, Window};
use smallworld_runtime::ui::{ActionId, EventArgs, PaneId, PictureId};

/// A window that nobody has given a size is at least this large, and one that has got a smaller one
/// is not.
const LEAST: Vec2 = Vec2::new(120.0, 60.0);
/// Nothing is gained by windows larger than any screen.
const MOST: f32 = 8192.0;

/// The window of that number.
pub(crate) fn find(state: &State, window: PaneId) -> Option<&Window> {
    match &state.model.widgets().find(window)?.widget {
        Widget::Window(window) => Some(window),
        _ => None,
    }
}

/// The size a window has when it comes up.
pub(crate) fn size(ui: &Ui, state: &State, window: PaneId) -> Vec2 {
    let Some(found) = find(state, window) else {
        return LEAST;
    };
    let size = match (found.size, found.content) {
        (Some((width, height)), _) => Vec2::new(width as f32, height as f32),
        (None, Some(content)) => {
            let ask = |_, widget: &Widget| panes::preferred(ui, |id| picture(state, id), widget);
            let bar = if found.menus.is_empty() { 0.0 } else { 28.0 };
            layout::preferred(state.model.widgets(), content, ask) + Vec2::new(16.0, 16.0 + bar)
        }
        (None, None) => LEAST,
    };
    size.clamp(LEAST, Vec2::splat(MOST))
}

/// Draws a window's inside and hands on what a person does there.
pub(crate) fn draw(ui: &mut Ui, state: &mut State, window: PaneId) {
    let Some(found) = find(state, window) else {
        return;
    };
    let title = readable(&found.title);
    let (content, menus) = (found.content, found.menus.clone());
    shortcuts(ui, state, window);
    ui.push_id(("window", window.0), |ui| {
        if !menus.is_empty() {
            menu_bar(ui, state, &menus);
            ui.add_space(2.0);
        }
        let Some(content) = content else { return };
        let room = layout::rounded(ui.available_rect_before_wrap());
        let placed = {
            let state = &*state;
            let ask = |_, widget: &Widget| panes::preferred(ui, |id| picture(state, id), widget);
            layout::arrange(state.model.widgets(), content, room, ask)
        };
        for (pane, place) in placed {
            let place = layout::rounded(place);
            if place.width() >= 1.0 && place.height() >= 1.0 {
                in_place(ui, place, |ui| panes::draw(ui, state, pane, place, &title));
            }
        }
        ui.allocate_rect(room, Sense::HOVER);
    });
}

/// Draws a pane where it belongs, and does not let it grow out of there.
fn in_place(ui: &mut Ui, place: Rect, draw: impl FnOnce(&mut Ui)) {
    let mut child = ui.new_child(UiBuilder::new().max_rect(place));
    child.shrink_clip_rect(place.expand(1.0));
    draw(&mut child);
}

fn menu_bar(ui: &mut Ui, state: &mut State, menus: &[PaneId]) {
    let mut chosen: Option<ActionId> = None;
    MenuBar::new().ui(ui, |ui| {
        for menu in menus {
            let found = state.model.widgets().find(*menu).map(|pane| &pane.widget);
            let Some(Widget::Menu { title, items }) = found else {
                continue;
            };
            ui.menu_button(readable(title), |ui| {
                for (number, (item, action)) in items.iter().enumerate() {
                    let pressed = ui.push_id(number, |ui| ui.button(readable(item)).clicked());
                    if pressed.inner {
                        chosen = Some(*action);
                    }
                }
            });
        }
    });
    if let Some(action) = chosen {
        state.queue(action, EventArgs::None, false);
    }
}

/// Ctrl-Enter, for the window that has the keyboard: the one with the focused pane in it.
fn shortcuts(ui: &Ui, state: &mut State, window: PaneId) {
    let Some(focused) = ui.memory(|memory| memory.focused()) else {
        return;
    };
    let steps = state.model.widgets().walk(window);
    let here = steps.iter().any(|step| panes::id_of(step.id) == focused);
    if !here {
        return;
    }
    if let Some(action) = keys::do_it(state.model.widgets(), window)
        && ui.input_mut(keys::wants_do_it)
    {
        state.queue(action, EventArgs::None, false);
    }
}

fn picture(state: &State, id: PictureId) -> Option<Vec2> {
    let picture = state.model.picture(id)?;
    Some(Vec2::new(picture.width() as f32, picture.height() as f32))
}
