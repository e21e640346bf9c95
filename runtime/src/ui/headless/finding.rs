//! Finding windows, and panes in them.

use super::Headless;
use crate::ui::{PaneId, PaneKind};

impl Headless {
    /// The windows that are shown, in the order they were made.
    pub fn shown_windows(&self) -> Vec<PaneId> {
        self.widgets
            .windows()
            .filter(|(_, window)| window.shown)
            .map(|(id, _)| id)
            .collect()
    }

    /// The newest shown window with that title.
    pub fn find_window(&self, title: &str) -> Option<PaneId> {
        let shown = self.widgets.windows().filter(|(_, window)| window.shown);
        shown
            .filter(|(_, window)| window.title == title.as_bytes())
            .last()
            .map(|(id, _)| id)
    }

    /// The panes of a kind in a window, in reading order.
    pub fn panes(&self, window: PaneId, kind: PaneKind) -> Vec<PaneId> {
        let steps = self.widgets.walk(window).into_iter();
        steps
            .filter(|step| step.pane.widget.kind() == kind)
            .map(|step| step.id)
            .collect()
    }
}
