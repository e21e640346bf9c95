//! The boundary between the machine and a window system: primitives 60 to 91, 110 to 115 and 118.
//!
//! The machine asks through [`Ui`] for windows, panes and pictures, which it then knows by number
//! only, and hands over actions (blocks it keeps) by number too. What a person does comes back as
//! [`Event`]s, one at a time, when the machine asks for them. [`headless::Headless`] is the window
//! system for a machine without a display.

use crate::budget::Budget;
use smallworld_abi::primitive::Primitive;
use std::fmt;

mod driver;
mod dump;
mod font;
pub mod headless;
pub mod picture;
mod pnm;
pub mod widgets;

pub use headless::Headless;
pub use picture::{Picture, Shape};

/// Any widget: a window, label, button, list, menu… Numbers start at 1 and are not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaneId(pub u32);

/// A picture in memory (primitives 110 and 111).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PictureId(pub u32);

/// A block the machine keeps for an event. A window system only hands it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(pub u32);

/// Something a person did that the program wants to know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Run this action with these arguments.
    Action(ActionId, EventArgs),
    /// The person is done with all windows: the machine ends as by primitive 117.
    Quit,
}

/// What an action gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventArgs {
    /// Nothing: a button, a menu item, a closed window.
    None,
    /// The 1-based index chosen in a list, or the value of a slider.
    One(i32),
    /// Where the mouse is in the pane, x then y, in pixels from its top left corner.
    Point(i32, i32),
}

/// What the mouse does (primitives 86, 87 and 88).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MouseKind {
    /// The button goes down (primitive 86).
    Down,
    /// The button comes up (primitive 87).
    Up,
    /// The mouse moves, its button down or not (primitive 88).
    Move,
}

impl MouseKind {
    /// The primitive that asks for this kind.
    pub fn primitive(self) -> Primitive {
        match self {
            Self::Down => Primitive::OnMouseDown,
            Self::Up => Primitive::OnMouseUp,
            Self::Move => Primitive::OnMouseMove,
        }
    }
}

/// A place in a picture, or an extent, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// To the right.
    pub x: i32,
    /// Downward.
    pub y: i32,
}

/// What stands where in a border layout (primitive 76); an empty place takes no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Borders {
    /// Along the top.
    pub north: Option<PaneId>,
    /// Along the bottom.
    pub south: Option<PaneId>,
    /// Along the right side.
    pub east: Option<PaneId>,
    /// Along the left side.
    pub west: Option<PaneId>,
    /// What is left.
    pub center: Option<PaneId>,
}

/// The kinds of pane there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaneKind {
    /// Primitive 60.
    Window,
    /// Primitives 69 and 72: one line of text.
    TextLine,
    /// Primitive 70: a text or a picture to look at.
    Label,
    /// Primitive 71.
    Button,
    /// Primitive 73: many lines of text.
    TextArea,
    /// Primitive 74.
    Grid,
    /// Primitive 75.
    List,
    /// Primitive 76.
    Border,
    /// Primitive 85.
    Slider,
    /// Primitive 90.
    Menu,
}

impl fmt::Display for PaneKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Window => "window",
            Self::TextLine => "text line",
            Self::Label => "label",
            Self::Button => "button",
            Self::TextArea => "text area",
            Self::Grid => "grid",
            Self::List => "list",
            Self::Border => "border",
            Self::Slider => "slider",
            Self::Menu => "menu",
        })
    }
}

/// Why a window primitive could not do what it was asked.
///
/// The original machine ignores some cases of [`WrongKind`](Self::WrongKind) (77, 82, 84, 89), or
/// answers an empty string (80, 81) or 0 (83); they are kept apart so that a caller can do the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UiError {
    /// No pane has that number.
    NoSuchPane {
        /// The primitive.
        primitive: Primitive,
        /// What it was given.
        pane: PaneId,
    },
    /// No picture has that number.
    NoSuchPicture {
        /// The primitive.
        primitive: Primitive,
        /// What it was given.
        picture: PictureId,
    },
    /// The pane is of a kind this makes no sense for.
    WrongKind {
        /// The primitive.
        primitive: Primitive,
        /// What it was given.
        pane: PaneId,
        /// What that is.
        kind: PaneKind,
        /// What a pane of that kind does not have: "text", "selected index".
        lacks: &'static str,
    },
    /// Anything else: a picture file that cannot be read, an impossible size.
    Failed {
        /// The primitive.
        primitive: Primitive,
        /// What went wrong, with the names and sizes concerned.
        reason: String,
    },
}

impl fmt::Display for UiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchPane { primitive, pane } => {
                let number = primitive.number();
                write!(f, "primitive {number}: there is no pane {}", pane.0)
            }
            Self::NoSuchPicture { primitive, picture } => {
                let number = primitive.number();
                write!(f, "primitive {number}: there is no picture {}", picture.0)
            }
            Self::WrongKind {
                primitive,
                pane,
                kind,
                lacks,
            } => {
                let number = primitive.number();
                write!(
                    f,
                    "primitive {number}: pane {} is a {kind}, which has no {lacks}",
                    pane.0
                )
            }
            Self::Failed { primitive, reason } => {
                write!(f, "primitive {}: {reason}", primitive.number())
            }
        }
    }
}

impl std::error::Error for UiError {}

/// What a window primitive answers.
pub type UiResult<T> = Result<T, UiError>;

/// A window system.
///
/// Every operation that takes a number answers [`UiError`] when there is nothing of that number, or
/// when it is of a kind the operation makes no sense for. Texts are bytes as the image has them.
/// A pane stands in one place at most; putting it in a second one is not an error, but it shows
/// only once.
pub trait Ui {
    /// A new window, not shown yet, without title and content (primitive 60).
    fn new_window(&mut self) -> PaneId;
    /// Shows or hides a window (primitive 61). Hiding it does not run what
    /// [`on_close`](Self::on_close) set.
    fn show(&mut self, window: PaneId, visible: bool) -> UiResult<()>;
    /// What fills the window, in place of what did before (primitive 62).
    fn set_content(&mut self, window: PaneId, pane: Option<PaneId>) -> UiResult<()>;
    /// The window's size in pixels; height first, as primitive 63 has it.
    fn set_size(&mut self, window: PaneId, height: i32, width: i32) -> UiResult<()>;
    /// Adds a menu at the end of the window's menu bar (primitive 64).
    fn add_menu(&mut self, window: PaneId, menu: PaneId) -> UiResult<()>;
    /// The window's title (primitive 65).
    fn set_title(&mut self, window: PaneId, title: &[u8]) -> UiResult<()>;
    /// Draws a pane or a window again (primitives 66 and 79).
    fn repaint(&mut self, pane: PaneId) -> UiResult<()>;
    /// A new field for one line of text (primitives 69 and 72).
    fn text_line(&mut self) -> PaneId;
    /// A new label (primitive 70).
    fn label(&mut self, text: &[u8]) -> PaneId;
    /// A new button; pressing it runs the action (primitive 71).
    fn button(&mut self, text: &[u8], action: ActionId) -> PaneId;
    /// A new field for many lines of text (primitive 73).
    fn text_area(&mut self) -> PaneId;
    /// A new grid of cells of one size, filled row by row (primitive 74). Where `rows` is not 0, it
    /// counts, and there are as many columns as the panes then need.
    fn grid(&mut self, columns: i32, rows: i32, panes: Vec<Option<PaneId>>) -> UiResult<PaneId>;
    /// A new list; choosing an item runs the action with its 1-based index (primitive 75).
    fn list(&mut self, items: Vec<Vec<u8>>, action: ActionId) -> PaneId;
    /// A new border layout (primitive 76).
    fn border(&mut self, places: Borders) -> UiResult<PaneId>;
    /// Puts a picture on a label (primitive 77).
    fn set_image(&mut self, label: PaneId, picture: PictureId) -> UiResult<()>;
    /// The text of a text field or a label (primitive 80).
    fn text(&self, pane: PaneId) -> UiResult<Vec<u8>>;
    /// The selected text, all of it where nothing is selected (primitive 81).
    fn selected_text(&self, pane: PaneId) -> UiResult<Vec<u8>>;
    /// Sets the text; nothing is selected then (primitive 82).
    fn set_text(&mut self, pane: PaneId, text: &[u8]) -> UiResult<()>;
    /// Puts text behind that of a pane; nothing is selected then (primitive 149).
    fn append_text(&mut self, pane: PaneId, text: &[u8]) -> UiResult<()> {
        let mut all = self.text(pane)?;
        all.extend_from_slice(text);
        self.set_text(pane, &all)
    }
    /// The 1-based index of what is selected in a list, 0 for none; a slider's value (primitive 83).
    fn selected_index(&self, pane: PaneId) -> UiResult<i32>;
    /// A list's items; nothing is selected then (primitive 84).
    fn set_list(&mut self, list: PaneId, items: Vec<Vec<u8>>) -> UiResult<()>;
    /// A new slider for the values from `low` to `high`, both included, at `low`; moving it runs
    /// the action with its value (primitive 85).
    fn slider(&mut self, vertical: bool, low: i32, high: i32, action: Option<ActionId>) -> PaneId;
    /// Runs the action whenever the mouse does that in the pane, next to those asked for before
    /// (primitives 86, 87 and 88).
    fn on_mouse(&mut self, pane: PaneId, kind: MouseKind, action: ActionId) -> UiResult<()>;
    /// Puts text in place of the selected text, of all of it where nothing is selected; nothing is
    /// selected then (primitive 89).
    fn replace_selection(&mut self, pane: PaneId, text: &[u8]) -> UiResult<()>;
    /// A new menu without items (primitive 90).
    fn new_menu(&mut self, title: &[u8]) -> PaneId;
    /// Adds an item at the end of a menu; choosing it runs the action (primitive 91).
    fn add_item(&mut self, menu: PaneId, title: &[u8], action: ActionId) -> UiResult<()>;
    /// Runs the action when a person closes the window, in place of the one asked for before
    /// (primitive 118).
    fn on_close(&mut self, window: PaneId, action: ActionId) -> UiResult<()>;

    /// A new white picture, in pixels (primitive 110).
    fn new_picture(&mut self, width: i32, height: i32) -> UiResult<PictureId>;
    /// A picture read from a host file (primitive 111).
    fn picture_from_file(&mut self, name: &[u8]) -> UiResult<PictureId>;
    /// Draws `source` onto `target`, its top left corner at `at` (primitive 113).
    fn draw_image(&mut self, target: PictureId, at: Point, source: PictureId) -> UiResult<()>;
    /// Draws text whose baseline starts at `at`, in a color `0xRRGGBB` (primitive 114).
    fn draw_text(&mut self, target: PictureId, color: i32, at: Point, text: &[u8]) -> UiResult<()>;
    /// Draws a line, rectangle or oval, in a color `0xRRGGBB` (primitive 115). `to` is the other end
    /// of a line; of the other shapes it is the width and height.
    fn draw_shape(
        &mut self,
        target: PictureId,
        shape: Shape,
        color: i32,
        at: Point,
        to: Point,
    ) -> UiResult<()>;

    /// What is kept counts in that budget from now on.
    fn count_in(&mut self, _budget: &Budget) {}
    /// The program can reach these pictures and no others; of the others those that no label shows
    /// may go.
    fn keep_pictures(&mut self, _reachable: &dyn Fn(PictureId) -> bool) {}

    /// The next event that waits, oldest first; does not block.
    fn poll(&mut self) -> Option<Event>;
    /// How many windows are shown.
    fn open_windows(&self) -> usize;

    /// This, if it is the window system without a display; for drivers and tests.
    fn as_headless(&mut self) -> Option<&mut Headless> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_is_wrong_with_what() {
        let pane = PaneId(7);
        let wrong = UiError::WrongKind {
            primitive: Primitive::SetText,
            pane,
            kind: PaneKind::Menu,
            lacks: "text",
        };
        assert_eq!(
            wrong.to_string(),
            "primitive 82: pane 7 is a menu, which has no text"
        );
        let missing = UiError::NoSuchPane {
            primitive: Primitive::ShowWindow,
            pane,
        };
        assert_eq!(missing.to_string(), "primitive 61: there is no pane 7");
        let missing = UiError::NoSuchPicture {
            primitive: Primitive::DrawPicture,
            picture: PictureId(2),
        };
        assert_eq!(missing.to_string(), "primitive 113: there is no picture 2");
    }

    #[test]
    fn usable_as_an_object_in_another_thread() {
        let mut ui: Box<dyn Ui + Send> = Box::new(Headless::silent());
        let thread = std::thread::spawn(move || {
            let window = ui.new_window();
            ui.show(window, true).map(|()| ui.open_windows())
        });
        assert_eq!(thread.join().unwrap(), Ok(1));
    }
}
