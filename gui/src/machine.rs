//! The machine's side of the desk: the window primitives.
//!
//! Each does what [`Headless`](smallworld_runtime::ui::Headless) does, with the desk to itself, and
//! tells the display when something is to be drawn anew.

use crate::desk::{Desk, State};
use smallworld_runtime::budget::Budget;
use smallworld_runtime::ui::{
    ActionId, Borders, Event, MouseKind, PaneId, PictureId, Point, Shape, Ui, UiResult,
};

/// A window system whose windows are on a [`Desk`].
pub struct DeskUi(Desk);

impl DeskUi {
    pub(crate) fn new(desk: Desk) -> DeskUi {
        DeskUi(desk)
    }

    /// Makes something that nobody sees yet.
    fn make<T>(&mut self, make: impl FnOnce(&mut State) -> T) -> T {
        make(&mut self.0.state())
    }

    /// Changes something that may be on the screen.
    fn change<T>(&mut self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.0.state();
        let answer = change(&mut state);
        state.changed();
        answer
    }
}

impl Ui for DeskUi {
    fn new_window(&mut self) -> PaneId {
        self.make(|state| {
            // What errors said is for those who read it afterwards; here a person sees it.
            state.model.forget_window_texts();
            state.model.new_window()
        })
    }

    fn show(&mut self, window: PaneId, visible: bool) -> UiResult<()> {
        let shown = self.change(|state| {
            let shown = state.model.show(window, visible);
            if shown.is_ok() && visible {
                state.opened(window);
            }
            state.look_for_windows();
            shown
        });
        self.0.notify();
        shown
    }

    fn set_content(&mut self, window: PaneId, pane: Option<PaneId>) -> UiResult<()> {
        self.change(|state| state.model.set_content(window, pane))
    }

    fn set_size(&mut self, window: PaneId, height: i32, width: i32) -> UiResult<()> {
        self.change(|state| state.model.set_size(window, height, width))
    }

    fn add_menu(&mut self, window: PaneId, menu: PaneId) -> UiResult<()> {
        self.change(|state| state.model.add_menu(window, menu))
    }

    fn set_title(&mut self, window: PaneId, title: &[u8]) -> UiResult<()> {
        self.change(|state| state.model.set_title(window, title))
    }

    fn repaint(&mut self, pane: PaneId) -> UiResult<()> {
        self.change(|state| state.model.repaint(pane))
    }

    fn text_line(&mut self) -> PaneId {
        self.make(|state| state.model.text_line())
    }

    fn label(&mut self, text: &[u8]) -> PaneId {
        self.make(|state| state.model.label(text))
    }

    fn button(&mut self, text: &[u8], action: ActionId) -> PaneId {
        self.make(|state| state.model.button(text, action))
    }

    fn text_area(&mut self) -> PaneId {
        self.make(|state| state.model.text_area())
    }

    fn grid(&mut self, columns: i32, rows: i32, panes: Vec<Option<PaneId>>) -> UiResult<PaneId> {
        self.make(|state| state.model.grid(columns, rows, panes))
    }

    fn list(&mut self, items: Vec<Vec<u8>>, action: ActionId) -> PaneId {
        self.make(|state| state.model.list(items, action))
    }

    fn border(&mut self, places: Borders) -> UiResult<PaneId> {
        self.make(|state| state.model.border(places))
    }

    fn set_image(&mut self, label: PaneId, picture: PictureId) -> UiResult<()> {
        self.change(|state| state.model.set_image(label, picture))
    }

    fn text(&self, pane: PaneId) -> UiResult<Vec<u8>> {
        self.0.state().model.text(pane)
    }

    fn selected_text(&self, pane: PaneId) -> UiResult<Vec<u8>> {
        self.0.state().model.selected_text(pane)
    }

    fn set_text(&mut self, pane: PaneId, text: &[u8]) -> UiResult<()> {
        self.change(|state| state.model.set_text(pane, text))
    }

    fn selected_index(&self, pane: PaneId) -> UiResult<i32> {
        self.0.state().model.selected_index(pane)
    }

    fn set_list(&mut self, list: PaneId, items: Vec<Vec<u8>>) -> UiResult<()> {
        self.change(|state| state.model.set_list(list, items))
    }

    fn slider(&mut self, vertical: bool, low: i32, high: i32, action: Option<ActionId>) -> PaneId {
        self.make(|state| state.model.slider(vertical, low, high, action))
    }

    fn on_mouse(&mut self, pane: PaneId, kind: MouseKind, action: ActionId) -> UiResult<()> {
        self.make(|state| state.model.on_mouse(pane, kind, action))
    }

    fn replace_selection(&mut self, pane: PaneId, text: &[u8]) -> UiResult<()> {
        self.change(|state| state.model.replace_selection(pane, text))
    }

    fn new_menu(&mut self, title: &[u8]) -> PaneId {
        self.make(|state| state.model.new_menu(title))
    }

    fn add_item(&mut self, menu: PaneId, title: &[u8], action: ActionId) -> UiResult<()> {
        self.change(|state| state.model.add_item(menu, title, action))
    }

    fn on_close(&mut self, window: PaneId, action: ActionId) -> UiResult<()> {
        self.make(|state| state.model.on_close(window, action))
    }

    fn new_picture(&mut self, width: i32, height: i32) -> UiResult<PictureId> {
        self.make(|state| state.model.new_picture(width, height))
    }

    fn picture_from_file(&mut self, name: &[u8]) -> UiResult<PictureId> {
        self.make(|state| state.model.picture_from_file(name))
    }

    fn draw_image(&mut self, target: PictureId, at: Point, source: PictureId) -> UiResult<()> {
        self.change(|state| state.model.draw_image(target, at, source))
    }

    fn draw_text(&mut self, target: PictureId, color: i32, at: Point, text: &[u8]) -> UiResult<()> {
        self.change(|state| state.model.draw_text(target, color, at, text))
    }

    fn draw_shape(
        &mut self,
        target: PictureId,
        shape: Shape,
        color: i32,
        at: Point,
        to: Point,
    ) -> UiResult<()> {
        self.change(|state| state.model.draw_shape(target, shape, color, at, to))
    }

    fn count_in(&mut self, budget: &Budget) {
        self.0.state().model.count_in(budget);
    }

    fn keep_pictures(&mut self, reachable: &dyn Fn(PictureId) -> bool) {
        let mut state = self.0.state();
        let State {
            model, pictures, ..
        } = &mut *state;
        model.keep_pictures(reachable);
        pictures.retain(|&id, _| model.picture(id).is_some());
    }

    fn poll(&mut self) -> Option<Event> {
        self.0.state().model.poll()
    }

    fn open_windows(&self) -> usize {
        self.0.state().model.open_windows()
    }
}
