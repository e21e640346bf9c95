//! What the image shows on its Transcript, passed on as text: where there is no display,
//! nobody would see it otherwise.

use crate::hosts::Host;
use crate::ui::headless::NewText;
use crate::ui::{PaneId, PaneKind, Ui};
use crate::vm::Vm;

/// The first class variable of a class object.
const FIRST_CLASS_VARIABLE: usize = 5;

impl Vm {
    /// Has what is added to the Transcript from now on passed to a function. Nothing
    /// happens where the image has no Transcript, or has not opened it.
    pub fn on_transcript(&mut self, mut show: impl FnMut(&[u8]) + Send + 'static) {
        let Some(transcript) = self.transcript() else {
            return;
        };
        let Some(headless) = self.ui.as_headless() else {
            return;
        };
        let mut before = headless.text(transcript).unwrap_or_default();
        headless.on_text(Box::new(move |pane, text| {
            if pane == transcript {
                let added = added_to(&mut before, text);
                if !added.is_empty() {
                    show(added);
                }
            }
        }));
    }

    /// The pane for text among the variables of the class Transcript, in a window that is
    /// shown.
    fn transcript(&mut self) -> Option<PaneId> {
        let class = self.class_named("Transcript")?;
        let variables = (FIRST_CLASS_VARIABLE..).map_while(|i| self.slot_of(class, i));
        let panes = variables.filter_map(|w| match self.host_of(w) {
            Some(Host::Pane(id)) => Some(id),
            _ => None,
        });
        let own: Vec<PaneId> = panes.collect();
        let headless = self.ui.as_headless()?;
        let shown = headless.shown_windows().into_iter();
        let mut panes = shown.flat_map(|window| headless.panes(window, PaneKind::TextArea));
        panes.find(|pane| own.contains(pane))
    }
}

/// What is new in a pane for text; `before` is what it had, and becomes what it has.
pub(crate) fn added_to<'t>(before: &mut Vec<u8>, text: NewText<'t>) -> &'t [u8] {
    match text {
        NewText::Added(added) => {
            before.extend_from_slice(added);
            added
        }
        NewText::All(text) => {
            // A Transcript that is cleared starts anew.
            let added = text.strip_prefix(before.as_slice()).unwrap_or(text);
            *before = text.to_vec();
            added
        }
    }
}
