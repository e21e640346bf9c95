//! What the mouse does in panes that asked for it (primitives 86 to 88).

use crate::desk::State;
use egui::{Event, Rect, Ui};
use smallworld_runtime::ui::{ActionId, EventArgs, MouseKind, PaneId};

/// Queues the mouse's events in a pane. One that got the button down gets the moves and the button
/// up too, wherever the mouse is by then.
pub(crate) fn events(ui: &Ui, state: &mut State, id: PaneId, room: Rect) {
    let wanted = match state.model.widgets().find(id) {
        Some(pane) if !pane.mouse.is_empty() => pane.mouse.clone(),
        _ => return,
    };
    let inside = ui.rect_contains_pointer(room);
    let (place, moved, pressed, released) = ui.input(|input| {
        let pointer = &input.pointer;
        (
            pointer.latest_pos(),
            input
                .events
                .iter()
                .any(|event| matches!(event, Event::PointerMoved(_))),
            pointer.primary_pressed(),
            pointer.primary_released(),
        )
    });
    let Some(place) = place else { return };
    let at = (place - room.min).round();
    let at = EventArgs::Point(at.x as i32, at.y as i32);
    let held = state.mouse_held == Some(id);
    let run = |kind: MouseKind, state: &mut State| {
        let asked = wanted.iter().filter(|(asked, _)| *asked == kind);
        let actions: Vec<ActionId> = asked.map(|(_, action)| *action).collect();
        for action in actions {
            state.queue(action, at, kind == MouseKind::Move);
        }
    };
    if moved && (inside || held) {
        run(MouseKind::Move, state);
    }
    if pressed && inside {
        state.mouse_held = Some(id);
        run(MouseKind::Down, state);
    }
    if released && (held || inside) {
        state.mouse_held = None;
        run(MouseKind::Up, state);
    }
}
