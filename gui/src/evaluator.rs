//! A window to evaluate expressions in, for images that open none themselves when they start.
//!
//! Budd's own image is of that kind: the program that ran it had such a window. The window is made
//! of the same panes as any other; what its buttons do is for the program around the machine,
//! which is what [`Request`]s are for.

use crate::desk::Desk;
use smallworld_runtime::ui::{ActionId, Borders, PaneId, Ui};

/// The numbers of its two actions.
const DO_IT: u32 = 1;
const PRINT_IT: u32 = 2;
/// Its height and width.
const SIZE: (i32, i32) = (280, 480);

/// The window.
pub struct Evaluator {
    desk: Desk,
    text: PaneId,
}

/// What a person wants of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Evaluate this.
    DoIt(Vec<u8>),
    /// Evaluate this and write what comes of it behind it.
    PrintIt(Vec<u8>),
}

impl Evaluator {
    /// Opens the window.
    ///
    /// # Errors
    /// What is wrong with the window system; nothing, as long as this program is right.
    pub fn open(desk: &Desk, title: &str) -> Result<Evaluator, String> {
        let mut ui = desk.window_system();
        let text = ui.text_area();
        let do_it = ui.button(b"do it", Desk::host_action(DO_IT));
        let print_it = ui.button(b"print it", Desk::host_action(PRINT_IT));
        let window = ui.new_window();
        let evaluator = Evaluator {
            desk: desk.clone(),
            text,
        };
        let put_together = || {
            let buttons = ui.grid(2, 1, vec![Some(do_it), Some(print_it)])?;
            let content = ui.border(Borders {
                north: Some(buttons),
                center: Some(text),
                ..Borders::default()
            })?;
            ui.set_title(window, title.as_bytes())?;
            ui.set_size(window, SIZE.0, SIZE.1)?;
            ui.set_content(window, Some(content))?;
            ui.show(window, true)
        };
        let mut put_together = put_together;
        put_together().map_err(|problem: smallworld_runtime::ui::UiError| problem.to_string())?;
        Ok(evaluator)
    }

    /// What an action that [`Desk::wait`] has answered asks for; the selected text is what it is
    /// about, all of it where nothing is selected.
    pub fn request(&self, action: ActionId) -> Option<Request> {
        let text = self.desk.window_system().selected_text(self.text).ok()?;
        if action == Desk::host_action(DO_IT) {
            Some(Request::DoIt(text))
        } else if action == Desk::host_action(PRINT_IT) {
            Some(Request::PrintIt(text))
        } else {
            None
        }
    }

    /// Writes an answer behind the text it belongs to.
    pub fn answer(&self, text: &[u8], answer: &[u8]) {
        let whole = [text.trim_ascii_end(), b" ", answer].concat();
        // The pane is there as long as this is.
        let _ = self
            .desk
            .window_system()
            .replace_selection(self.text, &whole);
    }
}
