//! Keys that belong to a window as a whole.
//!
//! What keys do inside a text or a list is with those. Tab goes through all panes, and the keys
//! that open menus are the display's.

use crate::desk::State;
use egui::{InputState, Key, Modifiers};
use smallworld_runtime::ui::widgets::{Step, Widget, Widgets};
use smallworld_runtime::ui::{ActionId, PaneId};

/// What Ctrl-Enter does where the window offers it.
const DO_IT: &str = "doit";

/// Ctrl-period stops what the machine is doing; so does Escape, where nothing else wants it.
pub(crate) fn interrupt(input: &mut InputState, state: &mut State, escape_is_free: bool) {
    let asked = input.consume_key(Modifiers::CTRL, Key::Period);
    let busy = state.busy_for().is_some();
    if asked || (busy && escape_is_free && input.consume_key(Modifiers::NONE, Key::Escape)) {
        state.interrupt();
    }
}

/// Was Ctrl-Enter pressed?
pub(crate) fn wants_do_it(input: &mut InputState) -> bool {
    input.consume_key(Modifiers::COMMAND, Key::Enter)
}

/// The action of the window's button or menu item that is called "do it", if it has one.
pub(crate) fn do_it(widgets: &Widgets, window: PaneId) -> Option<ActionId> {
    let steps = widgets.walk(window);
    let found = |step: &Step<'_>| match &step.pane.widget {
        Widget::Button { text, action } => is_do_it(text).then_some(*action),
        Widget::Menu { items, .. } => {
            let mut named = items.iter().filter(|(title, _)| is_do_it(title));
            named.next().map(|(_, action)| *action)
        }
        _ => None,
    };
    steps.iter().find_map(found)
}

/// "do it", "Do It", "doIt".
fn is_do_it(title: &[u8]) -> bool {
    let letters = title.iter().filter(|byte| byte.is_ascii_alphabetic());
    letters.map(u8::to_ascii_lowercase).eq(DO_IT.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use smallworld_runtime::ui::{Headless, Ui};

    #[test]
    fn do_it_is_a_button_or_a_menu_item() {
        let mut ui = Headless::silent();
        let window = ui.new_window();
        assert_eq!(do_it(ui.widgets(), window), None);
        let menu = ui.new_menu(b"Edit");
        ui.add_item(menu, b"print it", ActionId(1)).unwrap();
        ui.add_item(menu, b"Do It", ActionId(2)).unwrap();
        ui.add_menu(window, menu).unwrap();
        assert_eq!(do_it(ui.widgets(), window), Some(ActionId(2)));
    }

    #[test]
    fn names_of_do_it() {
        for name in ["do it", "Do It", "doIt"] {
            assert!(is_do_it(name.as_bytes()), "{name}");
        }
        for name in ["print it", "undo it", "do", ""] {
            assert!(!is_do_it(name.as_bytes()), "{name}");
        }
    }
}
