//! The window system for a machine without a display: widgets in memory, windows as text.
//!
//! A window that is shown is written to a sink (standard error unless told otherwise), so that a
//! person sees what an error window says. What programs do is recorded for a driver to ask about,
//! and a driver can act for a person: see the methods in `driver.rs` and
//! [`dump`](Headless::dump).

mod finding;

use super::picture::Picture;
use super::widgets::{Text, Widget, Widgets, Window, wrong_kind};
use super::{
    ActionId, Borders, Event, MouseKind, PaneId, PaneKind, PictureId, Point, Shape, Ui, UiError,
    UiResult, pnm,
};
use crate::budget::{Budget, Charge};
use smallworld_abi::primitive::Primitive::{self, *};
use std::collections::{HashSet, VecDeque};
use std::io::Write;

/// Where the text of shown windows goes.
pub type Sink = Box<dyn Write + Send>;

/// What becomes of the text in a pane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NewText<'t> {
    /// It is this from now on.
    All(&'t [u8]),
    /// This comes behind it.
    Added(&'t [u8]),
}

/// Who is told of every text that a program sets in a pane.
pub type TextWatcher = Box<dyn FnMut(PaneId, NewText<'_>) + Send>;

/// A window system in memory.
#[derive(Default)]
pub struct Headless {
    pub(super) widgets: Widgets,
    pub(super) events: VecDeque<Event>,
    /// By number; those that nobody could see any more have gone.
    pictures: Vec<Option<Picture>>,
    /// What the pictures take, and the texts that are kept besides those in panes.
    kept: Charge,
    sink: Option<Sink>,
    last_text_set: Option<Vec<u8>>,
    text_at_last_window: Option<Vec<u8>>,
    text_is_new: bool,
    window_texts: Vec<Vec<u8>>,
    windows_created: usize,
    has_shown: bool,
    on_text: Option<TextWatcher>,
}

impl Headless {
    /// Writes shown windows to standard error.
    pub fn new() -> Self {
        Self::with_sink(Box::new(std::io::stderr()))
    }

    /// Writes nothing.
    pub fn silent() -> Self {
        Self::default()
    }

    /// Writes shown windows to `sink`.
    pub fn with_sink(sink: Sink) -> Self {
        Self {
            sink: Some(sink),
            ..Self::default()
        }
    }

    /// Where shown windows go from now on; nowhere with `None`.
    pub fn set_sink(&mut self, sink: Option<Sink>) {
        self.sink = sink;
    }

    /// Has every text that a program sets in a pane (primitives 82, 89 and 149) passed on from now on.
    pub fn on_text(&mut self, watcher: TextWatcher) {
        self.on_text = Some(watcher);
    }

    /// The bytes of the last primitive 82, in whatever pane.
    pub fn last_text_set(&self) -> Option<&[u8]> {
        self.last_text_set.as_deref()
    }

    /// What [`last_text_set`](Self::last_text_set) was when the last window was made (primitive 60).
    /// An image that reports an error sets the text first and makes the window then, so this is the
    /// error's message and backtrace.
    pub fn text_at_last_window(&self) -> Option<&[u8]> {
        self.text_at_last_window.as_deref()
    }

    /// The same for every window made since [`forget_window_texts`](Self::forget_window_texts)
    /// before which a text was set anew: what the errors of an evaluation said, in order.
    pub fn window_texts(&self) -> &[Vec<u8>] {
        &self.window_texts
    }

    /// Empties [`window_texts`](Self::window_texts), before an evaluation.
    pub fn forget_window_texts(&mut self) {
        let size = self.window_texts.iter().map(Vec::len).sum();
        self.kept.replace(size, 0);
        self.window_texts = Vec::new();
        self.text_is_new = false;
        self.has_shown = false;
    }

    /// Has a window been shown since [`forget_window_texts`](Self::forget_window_texts)? An image
    /// whose reporting is damaged may make a window for an error and show none.
    pub fn has_shown(&self) -> bool {
        self.has_shown
    }

    /// How many windows were made so far (primitive 60).
    pub fn windows_created(&self) -> usize {
        self.windows_created
    }

    /// All widgets, for a window system that shows them.
    pub fn widgets(&self) -> &Widgets {
        &self.widgets
    }

    /// All widgets, for one that changes them as a person does.
    pub fn widgets_mut(&mut self) -> &mut Widgets {
        &mut self.widgets
    }

    /// The events that wait, oldest first.
    pub fn events(&mut self) -> &mut VecDeque<Event> {
        &mut self.events
    }

    /// The picture of that number, to look at its pixels.
    pub fn picture(&self, picture: PictureId) -> Option<&Picture> {
        self.pictures
            .get(usize::try_from(picture.0).ok()?.checked_sub(1)?)?
            .as_ref()
    }

    fn find_picture(&self, primitive: Primitive, picture: PictureId) -> UiResult<&Picture> {
        self.picture(picture)
            .ok_or(UiError::NoSuchPicture { primitive, picture })
    }

    fn find_picture_mut(
        &mut self,
        primitive: Primitive,
        picture: PictureId,
    ) -> UiResult<&mut Picture> {
        let place = usize::try_from(picture.0)
            .ok()
            .and_then(|number| number.checked_sub(1));
        place
            .and_then(|place| self.pictures.get_mut(place)?.as_mut())
            .ok_or(UiError::NoSuchPicture { primitive, picture })
    }

    fn add_picture(&mut self, picture: Picture) -> PictureId {
        self.kept.replace(0, picture.bytes());
        self.pictures.push(Some(picture));
        PictureId(u32::try_from(self.pictures.len()).unwrap_or(u32::MAX))
    }

    /// Writes a window's text to the sink. A sink that fails (a closed pipe) is no error of the
    /// program that showed the window.
    fn report(&mut self, window: PaneId) {
        let text = self.window_text(window);
        self.has_shown = true;
        if let Some(sink) = &mut self.sink {
            let _ = sink.write_all(&text).and_then(|()| sink.flush());
        }
    }
}

impl Ui for Headless {
    fn new_window(&mut self) -> PaneId {
        self.windows_created += 1;
        let size = |text: &Option<Vec<u8>>| text.as_ref().map_or(0, Vec::len);
        let (before, after) = (size(&self.text_at_last_window), size(&self.last_text_set));
        self.kept.replace(before, after);
        self.text_at_last_window = self.last_text_set.clone();
        if std::mem::take(&mut self.text_is_new) {
            self.kept.replace(0, after);
            self.window_texts.extend(self.last_text_set.clone());
        }
        self.widgets.add(Widget::Window(Window::default()))
    }

    fn show(&mut self, id: PaneId, visible: bool) -> UiResult<()> {
        let window = self.widgets.window_mut(ShowWindow, id, "window to show")?;
        let was_shown = std::mem::replace(&mut window.shown, visible);
        if visible && !was_shown {
            self.report(id);
        }
        Ok(())
    }

    fn set_content(&mut self, window: PaneId, pane: Option<PaneId>) -> UiResult<()> {
        self.widgets.check_child(SetContent, pane)?;
        self.widgets
            .window_mut(SetContent, window, "content to set")?
            .content = pane;
        Ok(())
    }

    fn set_size(&mut self, window: PaneId, height: i32, width: i32) -> UiResult<()> {
        let size = Some((width, height));
        self.widgets
            .window_mut(SetSize, window, "size to set")?
            .size = size;
        Ok(())
    }

    fn add_menu(&mut self, window: PaneId, menu: PaneId) -> UiResult<()> {
        let kind = self.widgets.get(AddMenu, menu)?.widget.kind();
        if kind != PaneKind::Menu {
            return Err(wrong_kind(AddMenu, menu, kind, "place in a menu bar"));
        }
        self.widgets
            .window_mut(AddMenu, window, "menu bar")?
            .menus
            .push(menu);
        self.widgets.count(window);
        Ok(())
    }

    fn set_title(&mut self, window: PaneId, title: &[u8]) -> UiResult<()> {
        self.widgets
            .window_mut(SetTitle, window, "title to set")?
            .title = title.to_vec();
        self.widgets.count(window);
        Ok(())
    }

    fn repaint(&mut self, pane: PaneId) -> UiResult<()> {
        self.widgets.get(RepaintPane, pane).map(|_| ())
    }

    fn text_line(&mut self) -> PaneId {
        self.widgets.add(Widget::TextLine(Text::default()))
    }

    fn label(&mut self, text: &[u8]) -> PaneId {
        self.widgets.add(Widget::Label {
            text: Text::new(text),
            picture: None,
        })
    }

    fn button(&mut self, text: &[u8], action: ActionId) -> PaneId {
        self.widgets.add(Widget::Button {
            text: text.to_vec(),
            action,
        })
    }

    fn text_area(&mut self) -> PaneId {
        self.widgets.add(Widget::TextArea(Text::default()))
    }

    fn grid(&mut self, columns: i32, rows: i32, panes: Vec<Option<PaneId>>) -> UiResult<PaneId> {
        for pane in &panes {
            self.widgets.check_child(NewGrid, *pane)?;
        }
        Ok(self.widgets.add(Widget::Grid {
            columns,
            rows,
            panes,
        }))
    }

    fn list(&mut self, items: Vec<Vec<u8>>, action: ActionId) -> PaneId {
        self.widgets.add(Widget::List {
            items,
            selected: 0,
            action,
        })
    }

    fn border(&mut self, places: Borders) -> UiResult<PaneId> {
        for pane in [
            places.north,
            places.south,
            places.east,
            places.west,
            places.center,
        ] {
            self.widgets.check_child(NewBorder, pane)?;
        }
        Ok(self.widgets.add(Widget::Border(places)))
    }

    fn set_image(&mut self, label: PaneId, new: PictureId) -> UiResult<()> {
        self.find_picture(SetPicture, new)?;
        match &mut self.widgets.get_mut(SetPicture, label)?.widget {
            Widget::Label { picture, .. } => *picture = Some(new),
            other => {
                return Err(wrong_kind(SetPicture, label, other.kind(), "picture"));
            }
        }
        Ok(())
    }

    fn text(&self, pane: PaneId) -> UiResult<Vec<u8>> {
        self.widgets
            .text(TextOf, pane)
            .map(|text| text.bytes().to_vec())
    }

    fn selected_text(&self, pane: PaneId) -> UiResult<Vec<u8>> {
        self.widgets
            .text(SelectedText, pane)
            .map(|text| text.selected_or_all().to_vec())
    }

    fn set_text(&mut self, pane: PaneId, text: &[u8]) -> UiResult<()> {
        self.widgets.text_mut(SetText, pane)?.set(text);
        self.widgets.count(pane);
        let before = self.last_text_set.as_ref().map_or(0, Vec::len);
        self.kept.replace(before, text.len());
        self.last_text_set = Some(text.to_vec());
        self.text_is_new = true;
        if let Some(watcher) = &mut self.on_text {
            watcher(pane, NewText::All(text));
        }
        Ok(())
    }

    fn append_text(&mut self, pane: PaneId, text: &[u8]) -> UiResult<()> {
        self.widgets.text_mut(AppendText, pane)?.append(text);
        self.widgets.count(pane);
        if let Some(watcher) = &mut self.on_text {
            watcher(pane, NewText::Added(text));
        }
        Ok(())
    }

    fn selected_index(&self, pane: PaneId) -> UiResult<i32> {
        match &self.widgets.get(SelectedIndex, pane)?.widget {
            Widget::List { selected, .. } => Ok(i32::try_from(*selected).unwrap_or(i32::MAX)),
            Widget::Slider { value, .. } => Ok(*value),
            other => Err(wrong_kind(
                SelectedIndex,
                pane,
                other.kind(),
                "selected index",
            )),
        }
    }

    fn set_list(&mut self, list: PaneId, new: Vec<Vec<u8>>) -> UiResult<()> {
        match &mut self.widgets.get_mut(SetItems, list)?.widget {
            Widget::List {
                items, selected, ..
            } => (*items, *selected) = (new, 0),
            other => {
                return Err(wrong_kind(SetItems, list, other.kind(), "items to set"));
            }
        }
        self.widgets.count(list);
        Ok(())
    }

    fn slider(&mut self, vertical: bool, low: i32, high: i32, action: Option<ActionId>) -> PaneId {
        let high = high.max(low);
        self.widgets.add(Widget::Slider {
            vertical,
            low,
            high,
            value: low,
            action,
        })
    }

    fn on_mouse(&mut self, pane: PaneId, kind: MouseKind, action: ActionId) -> UiResult<()> {
        let primitive = kind.primitive();
        let found = self.widgets.get_mut(primitive, pane)?;
        match found.widget.kind() {
            other @ (PaneKind::Window | PaneKind::Menu) => {
                Err(wrong_kind(primitive, pane, other, "mouse actions"))
            }
            _ => {
                found.mouse.push((kind, action));
                self.widgets
                    .add_to_count(pane, 2 * size_of::<(MouseKind, ActionId)>());
                Ok(())
            }
        }
    }

    fn replace_selection(&mut self, pane: PaneId, text: &[u8]) -> UiResult<()> {
        let field = self.widgets.text_mut(ReplaceSelection, pane)?;
        field.replace_selected_or_all(text);
        if let Some(watcher) = &mut self.on_text {
            watcher(pane, NewText::All(field.bytes()));
        }
        self.widgets.count(pane);
        Ok(())
    }

    fn new_menu(&mut self, title: &[u8]) -> PaneId {
        self.widgets.add(Widget::Menu {
            title: title.to_vec(),
            items: Vec::new(),
        })
    }

    fn add_item(&mut self, menu: PaneId, title: &[u8], action: ActionId) -> UiResult<()> {
        match &mut self.widgets.get_mut(AddItem, menu)?.widget {
            Widget::Menu { items, .. } => items.push((title.to_vec(), action)),
            other => {
                return Err(wrong_kind(AddItem, menu, other.kind(), "menu items"));
            }
        }
        self.widgets
            .add_to_count(menu, 2 * size_of::<(Vec<u8>, ActionId)>() + title.len());
        Ok(())
    }

    fn on_close(&mut self, window: PaneId, action: ActionId) -> UiResult<()> {
        self.widgets
            .window_mut(OnClose, window, "window to close")?
            .on_close = Some(action);
        Ok(())
    }

    fn new_picture(&mut self, width: i32, height: i32) -> UiResult<PictureId> {
        let picture = Picture::new(width, height).map_err(|reason| UiError::Failed {
            primitive: NewPicture,
            reason,
        })?;
        Ok(self.add_picture(picture))
    }

    fn picture_from_file(&mut self, name: &[u8]) -> UiResult<PictureId> {
        let room = self.kept.budget().room();
        let picture = pnm::read_file(name, room).map_err(|reason| UiError::Failed {
            primitive: PictureFromFile,
            reason,
        })?;
        Ok(self.add_picture(picture))
    }

    fn draw_image(&mut self, target: PictureId, at: Point, source: PictureId) -> UiResult<()> {
        if target == source {
            self.find_picture_mut(DrawPicture, target)?.draw_itself(at);
            return Ok(());
        }
        self.find_picture(DrawPicture, source)?;
        // Taken out while it is drawn on, so that the other can be read.
        let mut drawn_on = std::mem::take(self.find_picture_mut(DrawPicture, target)?);
        if let Ok(source) = self.find_picture(DrawPicture, source) {
            drawn_on.draw_image(at, source);
        }
        *self.find_picture_mut(DrawPicture, target)? = drawn_on;
        Ok(())
    }

    fn draw_text(&mut self, target: PictureId, color: i32, at: Point, text: &[u8]) -> UiResult<()> {
        self.find_picture_mut(DrawText, target)?
            .draw_text(color, at, text);
        Ok(())
    }

    fn draw_shape(
        &mut self,
        target: PictureId,
        shape: Shape,
        color: i32,
        at: Point,
        to: Point,
    ) -> UiResult<()> {
        self.find_picture_mut(DrawShape, target)?
            .draw_shape(shape, color, at, to);
        Ok(())
    }

    fn count_in(&mut self, budget: &Budget) {
        self.kept.move_to(budget);
        self.widgets.count_in(budget);
    }

    fn keep_pictures(&mut self, reachable: &dyn Fn(PictureId) -> bool) {
        if self.pictures.iter().all(Option::is_none) {
            return;
        }
        let shown: HashSet<PictureId> = self.widgets.pictures().collect();
        for (number, picture) in (1..).zip(&mut self.pictures) {
            let id = PictureId(number);
            if let Some(size) = picture.as_ref().map(Picture::bytes)
                && !reachable(id)
                && !shown.contains(&id)
            {
                *picture = None;
                self.kept.replace(size, 0);
            }
        }
    }

    fn poll(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn open_windows(&self) -> usize {
        self.widgets
            .windows()
            .filter(|(_, window)| window.shown)
            .count()
    }

    fn as_headless(&mut self) -> Option<&mut Headless> {
        Some(self)
    }
}

#[cfg(test)]
mod tests;
