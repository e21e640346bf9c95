//! Acting for a person: what tests and scripts do to the windows of a [`Headless`].
//!
//! Each of these queues the events that a person's doing would cause, which
//! [`poll`](super::Ui::poll) then answers. Where a person could not do it (the window is hidden,
//! there is no such button) the answer is a message that says so, with what there is instead.

use super::headless::Headless;
use super::widgets::{Text, Widget};
use super::{ActionId, Event, EventArgs, MouseKind, PaneId};
use std::ops::Range;

impl Headless {
    /// Presses the first button with that label in a shown window.
    ///
    /// # Errors
    /// A message when the window is not shown or has no such button.
    pub fn press(&mut self, window: PaneId, label: &str) -> Result<(), String> {
        self.check_shown(window)?;
        let buttons =
            self.widgets
                .walk(window)
                .into_iter()
                .filter_map(|step| match &step.pane.widget {
                    Widget::Button { text, action } => Some((text, *action)),
                    _ => None,
                });
        let action = choose("button", label, buttons)?;
        self.queue(action, EventArgs::None);
        Ok(())
    }

    /// Chooses an item of a menu of a shown window.
    ///
    /// # Errors
    /// A message when the window is not shown or has no such menu or item.
    pub fn choose_menu(&mut self, window: PaneId, menu: &str, item: &str) -> Result<(), String> {
        self.check_shown(window)?;
        let menus =
            self.widgets
                .walk(window)
                .into_iter()
                .filter_map(|step| match &step.pane.widget {
                    Widget::Menu { title, items } => Some((title, items)),
                    _ => None,
                });
        let items = choose("menu", menu, menus)?;
        let action = choose(
            "item",
            item,
            items.iter().map(|(title, action)| (title, *action)),
        )?;
        self.queue(action, EventArgs::None);
        Ok(())
    }

    /// Chooses the item of a list with that 1-based index; 0 takes the choice back, which runs
    /// nothing. Choosing what is chosen already runs the action again.
    ///
    /// # Errors
    /// A message when the pane is no list or too short.
    pub fn select(&mut self, list: PaneId, index: usize) -> Result<(), String> {
        let Widget::List {
            items,
            selected,
            action,
        } = self.widget(list)?
        else {
            return Err(format!("pane {} is not a list", list.0));
        };
        if index > items.len() {
            return Err(format!(
                "the list has {} items, there is no item {index}",
                items.len()
            ));
        }
        *selected = index;
        let action = *action;
        if index > 0 {
            self.queue(
                action,
                EventArgs::One(i32::try_from(index).unwrap_or(i32::MAX)),
            );
        }
        Ok(())
    }

    /// Types text into a text field: in place of what is selected, at the end where nothing is.
    ///
    /// # Errors
    /// A message when the pane has no text that can be edited.
    pub fn type_text(&mut self, pane: PaneId, text: &str) -> Result<(), String> {
        self.editable(pane)?.type_in(text.as_bytes());
        Ok(())
    }

    /// Selects a range of a text field, in bytes.
    ///
    /// # Errors
    /// A message when the pane has no text that can be edited, or the text no such range.
    pub fn set_selection(&mut self, pane: PaneId, range: Range<usize>) -> Result<(), String> {
        let text = self.editable(pane)?;
        let size = text.bytes().len();
        if text.select(range.clone()) {
            Ok(())
        } else {
            Err(format!(
                "the text has {size} bytes, {}..{} cannot be selected",
                range.start, range.end
            ))
        }
    }

    /// Moves a slider to a value.
    ///
    /// # Errors
    /// A message when the pane is no slider or does not go there.
    pub fn move_slider(&mut self, slider: PaneId, to: i32) -> Result<(), String> {
        let Widget::Slider {
            low,
            high,
            value,
            action,
            ..
        } = self.widget(slider)?
        else {
            return Err(format!("pane {} is not a slider", slider.0));
        };
        if !(*low..=*high).contains(&to) {
            return Err(format!("the slider goes from {low} to {high}, not to {to}"));
        }
        *value = to;
        if let Some(action) = *action {
            self.queue(action, EventArgs::One(to));
        }
        Ok(())
    }

    /// Does something with the mouse in a pane, x and y in pixels from its top left corner.
    ///
    /// # Errors
    /// A message when there is no such pane.
    pub fn mouse(&mut self, pane: PaneId, kind: MouseKind, x: i32, y: i32) -> Result<(), String> {
        let pane = self.widgets.find(pane).ok_or_else(|| missing(pane))?;
        let wanted = pane.mouse.iter().filter(|(asked, _)| *asked == kind);
        let actions: Vec<ActionId> = wanted.map(|(_, action)| *action).collect();
        for action in actions {
            self.queue(action, EventArgs::Point(x, y));
        }
        Ok(())
    }

    /// Closes a shown window, which hides it and runs what primitive 118 asked for.
    ///
    /// # Errors
    /// A message when the window is not shown.
    pub fn close_window(&mut self, window: PaneId) -> Result<(), String> {
        self.check_shown(window)?;
        if let Widget::Window(window) = self.widget(window)? {
            window.shown = false;
            if let Some(action) = window.on_close {
                self.queue(action, EventArgs::None);
            }
        }
        Ok(())
    }

    fn queue(&mut self, action: ActionId, args: EventArgs) {
        self.events.push_back(Event::Action(action, args));
    }

    fn widget(&mut self, pane: PaneId) -> Result<&mut Widget, String> {
        let found = self.widgets.find_mut(pane).ok_or_else(|| missing(pane))?;
        Ok(&mut found.widget)
    }

    fn editable(&mut self, pane: PaneId) -> Result<&mut Text, String> {
        match self.widget(pane)? {
            Widget::TextLine(text) | Widget::TextArea(text) => Ok(text),
            other => Err(format!(
                "pane {} is a {}, nobody can type there",
                pane.0,
                other.kind()
            )),
        }
    }

    fn check_shown(&mut self, pane: PaneId) -> Result<(), String> {
        match self.widget(pane)? {
            Widget::Window(window) if window.shown => Ok(()),
            Widget::Window(window) => Err(format!(
                "the window '{}' is not shown",
                String::from_utf8_lossy(&window.title)
            )),
            other => Err(format!(
                "pane {} is a {}, not a window",
                pane.0,
                other.kind()
            )),
        }
    }
}

fn missing(pane: PaneId) -> String {
    format!("there is no pane {}", pane.0)
}

/// The first of `all` with that title.
fn choose<'a, T>(
    what: &str,
    title: &str,
    all: impl Iterator<Item = (&'a Vec<u8>, T)>,
) -> Result<T, String> {
    let mut others = Vec::new();
    for (name, value) in all {
        if name == title.as_bytes() {
            return Ok(value);
        }
        others.push(format!("'{}'", String::from_utf8_lossy(name)));
    }
    let others = if others.is_empty() {
        "none".to_string()
    } else {
        others.join(", ")
    };
    Err(format!("there is no {what} '{title}', only: {others}"))
}
