//! The widgets of a window system that keeps them in memory, and how they stand inside each other.
//!
//! Public for a window system that shows them: it draws what is here and changes it as a person
//! does.

use super::{ActionId, Borders, MouseKind, PaneId, PaneKind, PictureId, UiError, UiResult};
use crate::budget::{Budget, Charge};
use smallworld_abi::primitive::Primitive;
use std::collections::HashSet;
use std::ops::Range;

/// One widget, with the actions the mouse runs in it.
pub struct Pane {
    /// What it is.
    pub widget: Widget,
    /// What the mouse runs in it, in the order it was asked for.
    pub mouse: Vec<(MouseKind, ActionId)>,
    /// Bytes that count for it.
    counted: usize,
}

/// What a pane is, with all that belongs to that.
pub enum Widget {
    /// Primitive 60.
    Window(Window),
    /// Primitives 69 and 72.
    TextLine(Text),
    /// Primitive 70.
    Label {
        /// What it says.
        text: Text,
        /// What it shows besides.
        picture: Option<PictureId>,
    },
    /// Primitive 71.
    Button {
        /// What stands on it.
        text: Vec<u8>,
        /// What pressing it runs.
        action: ActionId,
    },
    /// Primitive 73.
    TextArea(Text),
    /// Primitive 74; see [`grid_size`] for what the two numbers mean.
    Grid {
        /// As asked for.
        columns: i32,
        /// As asked for.
        rows: i32,
        /// The cells, row by row.
        panes: Vec<Option<PaneId>>,
    },
    /// Primitive 75.
    List {
        /// The lines.
        items: Vec<Vec<u8>>,
        /// The chosen one, 1-based; 0 for none.
        selected: usize,
        /// What choosing one runs.
        action: ActionId,
    },
    /// Primitive 76.
    Border(Borders),
    /// Primitive 85.
    Slider {
        /// Does it go up and down?
        vertical: bool,
        /// The least value.
        low: i32,
        /// The greatest value, not below `low`.
        high: i32,
        /// Where it is.
        value: i32,
        /// What moving it runs.
        action: Option<ActionId>,
    },
    /// Primitive 90.
    Menu {
        /// What stands in the menu bar.
        title: Vec<u8>,
        /// The items and what they run.
        items: Vec<(Vec<u8>, ActionId)>,
    },
}

/// A window; its size is (width, height) in pixels, if it was set.
#[derive(Default)]
pub struct Window {
    /// What stands in its frame.
    pub title: Vec<u8>,
    /// What fills it.
    pub content: Option<PaneId>,
    /// The menu bar, from the left.
    pub menus: Vec<PaneId>,
    /// Width and height, once they were set.
    pub size: Option<(i32, i32)>,
    /// Is it on the screen?
    pub shown: bool,
    /// What closing it runs.
    pub on_close: Option<ActionId>,
}

/// Text of which some, or nothing (an empty range), is selected.
#[derive(Default)]
pub struct Text {
    bytes: Vec<u8>,
    selection: Range<usize>,
}

impl Text {
    /// Text of which nothing is selected.
    pub fn new(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            selection: 0..0,
        }
    }

    /// All of it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Sets all the text; nothing is selected then.
    pub fn set(&mut self, bytes: &[u8]) {
        *self = Self::new(bytes);
    }

    /// Puts text behind it; nothing is selected then.
    pub fn append(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.selection = 0..0;
    }

    /// Selects a range of bytes; false where the text has no such range.
    pub fn select(&mut self, range: Range<usize>) -> bool {
        let valid = self.bytes.get(range.clone()).is_some();
        if valid {
            self.selection = range;
        }
        valid
    }

    /// The selected text, if any is.
    fn selection(&self) -> Option<&[u8]> {
        self.bytes
            .get(self.selection.clone())
            .filter(|bytes| !bytes.is_empty())
    }

    /// The selected text, all of it where nothing is selected (primitive 81).
    pub fn selected_or_all(&self) -> &[u8] {
        self.selection().unwrap_or(&self.bytes)
    }

    /// Replaces the selected text, all of it where nothing is selected (primitive 89).
    pub fn replace_selected_or_all(&mut self, bytes: &[u8]) {
        if self.selection().is_none() {
            self.selection = 0..self.bytes.len();
        }
        self.type_in(bytes);
    }

    /// What a keyboard does: replaces the selected text; adds at the end where nothing is selected.
    pub fn type_in(&mut self, bytes: &[u8]) {
        let place = match self.selection() {
            Some(_) => self.selection.clone(),
            None => self.bytes.len()..self.bytes.len(),
        };
        self.bytes.splice(place, bytes.iter().copied());
        self.selection = 0..0;
    }
}

impl Widget {
    /// What kind of pane it is.
    pub fn kind(&self) -> PaneKind {
        match self {
            Self::Window(_) => PaneKind::Window,
            Self::TextLine(_) => PaneKind::TextLine,
            Self::Label { .. } => PaneKind::Label,
            Self::Button { .. } => PaneKind::Button,
            Self::TextArea(_) => PaneKind::TextArea,
            Self::Grid { .. } => PaneKind::Grid,
            Self::List { .. } => PaneKind::List,
            Self::Border(_) => PaneKind::Border,
            Self::Slider { .. } => PaneKind::Slider,
            Self::Menu { .. } => PaneKind::Menu,
        }
    }

    /// Its text, if it is one that primitives read and set.
    pub fn text(&self) -> Option<&Text> {
        match self {
            Self::TextLine(text) | Self::TextArea(text) | Self::Label { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn text_mut(&mut self) -> Option<&mut Text> {
        match self {
            Self::TextLine(text) | Self::TextArea(text) | Self::Label { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Bytes that it takes besides those of every pane, about.
    fn bytes(&self) -> usize {
        match self {
            Self::Window(window) => window.title.len() + size_of_val(&window.menus[..]),
            Self::TextLine(text) | Self::TextArea(text) | Self::Label { text, .. } => {
                text.bytes().len()
            }
            Self::Button { text, .. } => text.len(),
            Self::Grid { panes, .. } => size_of_val(&panes[..]),
            Self::List { items, .. } => {
                size_of_val(&items[..]) + items.iter().map(Vec::len).sum::<usize>()
            }
            Self::Border(_) | Self::Slider { .. } => 0,
            Self::Menu { title, items } => {
                let titles = items.iter().map(|(title, _)| title.len());
                title.len() + size_of_val(&items[..]) + titles.sum::<usize>()
            }
        }
    }

    /// The panes right inside this one, each with the name of its place if that has one.
    fn children(&self) -> Vec<(&'static str, PaneId)> {
        let places: Vec<(&'static str, Option<PaneId>)> = match self {
            Self::Window(window) => {
                let menus = window.menus.iter().map(|menu| ("", Some(*menu)));
                menus.chain([("", window.content)]).collect()
            }
            Self::Grid { panes, .. } => panes.iter().map(|pane| ("", *pane)).collect(),
            Self::Border(places) => vec![
                ("north", places.north),
                ("west", places.west),
                ("center", places.center),
                ("east", places.east),
                ("south", places.south),
            ],
            _ => Vec::new(),
        };
        places
            .into_iter()
            .filter_map(|(name, pane)| pane.map(|pane| (name, pane)))
            .collect()
    }
}

/// How many columns and rows a grid has: where `rows` is not 0 it counts, and there are as many
/// columns as the panes then need. Both are at least 1.
pub fn grid_size(columns: i32, rows: i32, panes: usize) -> (usize, usize) {
    let wanted = |n: i32| usize::try_from(n).unwrap_or(0);
    match (wanted(columns), wanted(rows)) {
        (0, 0) => (panes.max(1), 1),
        (columns, 0) => (columns, panes.div_ceil(columns).max(1)),
        (_, rows) => (panes.div_ceil(rows).max(1), rows),
    }
}

/// A pane met on a walk through a window.
pub struct Step<'a> {
    /// Its number.
    pub id: PaneId,
    /// The pane itself.
    pub pane: &'a Pane,
    /// How many panes it stands inside of.
    pub depth: usize,
    /// The name of its place in a border layout, else empty.
    pub place: &'static str,
}

/// All widgets ever made, by number.
#[derive(Default)]
pub struct Widgets {
    // Boxed, so that little is copied when there are more.
    #[allow(clippy::vec_box)]
    panes: Vec<Box<Pane>>,
    charge: Charge,
}

impl Widgets {
    pub(super) fn add(&mut self, widget: Widget) -> PaneId {
        self.panes.push(Box::new(Pane {
            widget,
            mouse: Vec::new(),
            counted: 0,
        }));
        let id = PaneId(u32::try_from(self.panes.len()).unwrap_or(u32::MAX));
        self.count(id);
        id
    }

    /// What they take counts in that budget from now on.
    pub(super) fn count_in(&mut self, budget: &Budget) {
        self.charge.move_to(budget);
    }

    /// Counts what a pane takes now that it was changed.
    pub(super) fn count(&mut self, pane: PaneId) {
        let Some(place) = place_of(pane) else { return };
        if let Some(pane) = self.panes.get_mut(place) {
            let mouse = size_of_val(&pane.mouse[..]);
            let bytes =
                size_of::<Pane>() + 2 * size_of::<Box<Pane>>() + pane.widget.bytes() + mouse;
            self.charge.replace(pane.counted, bytes);
            pane.counted = bytes;
        }
    }

    /// Counts so many more bytes for a pane.
    pub(super) fn add_to_count(&mut self, pane: PaneId, bytes: usize) {
        let Some(place) = place_of(pane) else { return };
        if let Some(pane) = self.panes.get_mut(place) {
            self.charge.replace(0, bytes);
            pane.counted += bytes;
        }
    }

    /// The pictures that labels show.
    pub(super) fn pictures(&self) -> impl Iterator<Item = PictureId> {
        self.panes.iter().filter_map(|pane| match &pane.widget {
            Widget::Label { picture, .. } => *picture,
            _ => None,
        })
    }

    /// The pane of that number, if there is one.
    pub fn find(&self, pane: PaneId) -> Option<&Pane> {
        self.panes.get(place_of(pane)?).map(|pane| &**pane)
    }

    /// The same, to be changed.
    pub fn find_mut(&mut self, pane: PaneId) -> Option<&mut Pane> {
        self.panes.get_mut(place_of(pane)?).map(|pane| &mut **pane)
    }

    pub(super) fn get(&self, primitive: Primitive, pane: PaneId) -> UiResult<&Pane> {
        self.find(pane)
            .ok_or(UiError::NoSuchPane { primitive, pane })
    }

    pub(super) fn get_mut(&mut self, primitive: Primitive, pane: PaneId) -> UiResult<&mut Pane> {
        self.find_mut(pane)
            .ok_or(UiError::NoSuchPane { primitive, pane })
    }

    /// The window of that number; `lacks` is for the message when it is none.
    pub(super) fn window_mut(
        &mut self,
        primitive: Primitive,
        id: PaneId,
        lacks: &'static str,
    ) -> UiResult<&mut Window> {
        match &mut self.get_mut(primitive, id)?.widget {
            Widget::Window(window) => Ok(window),
            other => Err(wrong_kind(primitive, id, other.kind(), lacks)),
        }
    }

    pub(super) fn text(&self, primitive: Primitive, id: PaneId) -> UiResult<&Text> {
        let widget = &self.get(primitive, id)?.widget;
        widget
            .text()
            .ok_or_else(|| wrong_kind(primitive, id, widget.kind(), "text"))
    }

    pub(super) fn text_mut(&mut self, primitive: Primitive, id: PaneId) -> UiResult<&mut Text> {
        let widget = &mut self.get_mut(primitive, id)?.widget;
        let kind = widget.kind();
        widget
            .text_mut()
            .ok_or_else(|| wrong_kind(primitive, id, kind, "text"))
    }

    /// Checks that a pane can stand inside another. Windows and menus cannot, so no pane ever
    /// contains itself.
    pub(super) fn check_child(&self, primitive: Primitive, id: Option<PaneId>) -> UiResult<()> {
        let Some(id) = id else { return Ok(()) };
        match self.get(primitive, id)?.widget.kind() {
            kind @ (PaneKind::Window | PaneKind::Menu) => {
                Err(wrong_kind(primitive, id, kind, "place inside a pane"))
            }
            _ => Ok(()),
        }
    }

    /// All windows, in the order they were made.
    pub fn windows(&self) -> impl Iterator<Item = (PaneId, &Window)> {
        (1..)
            .zip(&self.panes)
            .filter_map(|(number, pane)| match &pane.widget {
                Widget::Window(window) => Some((PaneId(number), window)),
                _ => None,
            })
    }

    /// A pane and all inside it, from the outside in and in reading order. A pane that was put in
    /// several places is met in the first.
    pub fn walk(&self, top: PaneId) -> Vec<Step<'_>> {
        let mut steps = Vec::new();
        let mut met = HashSet::new();
        let mut ahead = vec![("", top, 0)];
        while let Some((place, id, depth)) = ahead.pop() {
            let Some(pane) = self.find(id) else { continue };
            if met.insert(id) {
                let children = pane.widget.children();
                ahead.extend(
                    children
                        .into_iter()
                        .rev()
                        .map(|(name, child)| (name, child, depth + 1)),
                );
                steps.push(Step {
                    id,
                    pane,
                    depth,
                    place,
                });
            }
        }
        steps
    }
}

fn place_of(pane: PaneId) -> Option<usize> {
    usize::try_from(pane.0).ok()?.checked_sub(1)
}

pub(super) fn wrong_kind(
    primitive: Primitive,
    pane: PaneId,
    kind: PaneKind,
    lacks: &'static str,
) -> UiError {
    UiError::WrongKind {
        primitive,
        pane,
        kind,
        lacks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selecting_and_replacing() {
        let mut text = Text::new(b"one two");
        assert_eq!(text.selected_or_all(), b"one two");
        assert!(text.select(4..7));
        assert_eq!(text.selected_or_all(), b"two");
        assert!(!text.select(4..8), "past the end");
        assert_eq!(text.selected_or_all(), b"two", "and changes nothing");
        text.replace_selected_or_all(b"2");
        assert_eq!(text.bytes(), b"one 2");
        text.replace_selected_or_all(b"all");
        assert_eq!(text.bytes(), b"all", "nothing was selected any more");
        text.type_in(b"!");
        assert_eq!(text.bytes(), b"all!");
        assert!(text.select(0..3));
        text.type_in(b"some");
        assert_eq!(text.bytes(), b"some!");
    }

    #[test]
    fn a_pane_in_many_places_is_met_once() {
        let mut widgets = Widgets::default();
        let mut pane = widgets.add(Widget::TextArea(Text::default()));
        for _ in 0..100 {
            let panes = vec![Some(pane), None, Some(pane)];
            pane = widgets.add(Widget::Grid {
                columns: 1,
                rows: 3,
                panes,
            });
        }
        let steps = widgets.walk(pane);
        assert_eq!(steps.len(), 101);
        assert_eq!(steps.last().map(|step| step.depth), Some(100));
    }

    #[test]
    fn nesting_is_not_limited_by_the_stack() {
        let mut widgets = Widgets::default();
        let mut pane = widgets.add(Widget::TextArea(Text::default()));
        for _ in 0..300_000 {
            pane = widgets.add(Widget::Border(Borders {
                center: Some(pane),
                ..Borders::default()
            }));
        }
        assert_eq!(widgets.walk(pane).len(), 300_001);
    }

    #[test]
    fn rows_count_before_columns() {
        assert_eq!(grid_size(3, 1, 3), (3, 1));
        assert_eq!(grid_size(1, 8, 8), (1, 8));
        assert_eq!(grid_size(9, 2, 5), (3, 2), "as many columns as needed");
        assert_eq!(grid_size(2, 0, 5), (2, 3));
        assert_eq!(grid_size(0, 0, 0), (1, 1));
        assert_eq!(grid_size(-1, 8, 2), (1, 8), "empty rows take room");
    }

    #[test]
    fn numbers_that_are_none() {
        let mut widgets = Widgets::default();
        let pane = widgets.add(Widget::Border(Borders::default()));
        assert_eq!(pane, PaneId(1));
        for id in [0, 2, u32::MAX].map(PaneId) {
            assert!(widgets.get(Primitive::NewWindow, id).is_err());
            assert!(widgets.get_mut(Primitive::NewWindow, id).is_err());
            assert!(widgets.walk(id).is_empty());
        }
    }
}
