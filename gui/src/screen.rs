//! All windows: which are shown, where, and what closing one does.
//!
//! Displays know one window from the start, the *root*, and more as they are asked for. An empty
//! root cannot be hidden everywhere (Wayland has no such thing), so the root *is* one of the
//! program's windows: the first one, and when that is closed another takes its place.

use crate::desk::Desk;
use crate::text::readable;
use crate::{keys, window};
use egui::{
    Align2, Area, CentralPanel, Context, Frame, Id, Pos2, RichText, Ui, Vec2, ViewportBuilder,
    ViewportCommand, ViewportId,
};
use smallworld_runtime::ui::PaneId;
use std::collections::HashMap;
use std::time::Duration;

/// How the windows stand on the display.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrangement {
    /// Each is a window of the desktop's.
    #[default]
    Native,
    /// All are inside one.
    Desktop,
}

/// The size of the one window of [`Arrangement::Desktop`].
#[cfg(feature = "display")]
pub(crate) const DESKTOP_SIZE: Vec2 = Vec2::new(1100.0, 760.0);
/// What the frame of a window inside the root takes: its title and its edges.
const INNER_FRAME: Vec2 = Vec2::new(16.0, 44.0);
/// What the machine may take before the windows say that it is at work.
const PATIENCE: Duration = Duration::from_millis(300);
/// How often to look whether the program is over once no window is left.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The windows of a desk.
pub struct Screen {
    desk: Desk,
    arrangement: Arrangement,
    /// The window that is shown in the root.
    root: Option<PaneId>,
    /// What the root was last told to be: title and size.
    told: Option<(String, Vec2)>,
    /// Where the windows besides the root are.
    places: HashMap<PaneId, Pos2>,
}

/// A window that is to be shown.
struct Open {
    id: PaneId,
    title: String,
    size: Vec2,
}

impl Screen {
    /// The windows of that desk.
    pub fn new(desk: Desk, arrangement: Arrangement) -> Screen {
        Screen {
            desk,
            arrangement,
            root: None,
            told: None,
            places: HashMap::new(),
        }
    }

    /// Whose windows they are.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Is there nothing to be shown any more? Comes back to the question by itself.
    pub fn is_over(&self, ctx: &Context) -> bool {
        let over = self.desk.is_over();
        if !over && self.desk.state().model.shown_windows().is_empty() {
            ctx.request_repaint_after(LOOK_AGAIN);
        }
        over
    }

    /// Draws everything. `ui` is the root's.
    pub fn show(&mut self, ui: &mut Ui) {
        let windows = self.windows(ui);
        match self.arrangement {
            Arrangement::Native => self.show_native(ui, windows),
            Arrangement::Desktop => self.show_desktop(ui, &windows),
        }
        self.desk.notify();
    }

    fn windows(&self, ui: &Ui) -> Vec<Open> {
        let mut state = self.desk.state();
        let changed = state.take_changed();
        let shown = state.model.shown_windows().into_iter();
        let open = |id| Open {
            id,
            title: window::find(&state, id).map_or(String::new(), |w| readable(&w.title)),
            size: window::size(ui, &state, id),
        };
        let windows: Vec<Open> = shown.map(open).collect();
        if changed {
            // The others draw themselves when they are told to.
            for open in &windows {
                ui.ctx().request_repaint_of(viewport_of(open.id));
            }
        }
        windows
    }

    fn show_native(&mut self, ui: &mut Ui, mut windows: Vec<Open>) {
        let ctx = ui.ctx().clone();
        self.note_places(&ctx, &windows);
        let stays = windows.iter().position(|open| Some(open.id) == self.root);
        if !windows.is_empty() {
            let first = windows.remove(stays.unwrap_or(0));
            self.be_root(&ctx, &first);
        }
        for (number, open) in windows.iter().enumerate() {
            if ctx.embed_viewports() {
                inner_window(&ctx, &self.desk, open, number);
            } else {
                native_window(&ctx, &self.desk, open);
            }
        }
        let asked_to_close = self.asked_to_close(ui);
        if let Some(root) = self.root {
            CentralPanel::default().show(ui, |ui| inside(ui, &self.desk, root));
            if asked_to_close {
                // A window of the program's is closed, not the program. If that was the last one
                // `is_over` ends it.
                ctx.send_viewport_cmd(ViewportCommand::CancelClose);
                let mut state = self.desk.state();
                state.close(root);
                state.changed();
            }
        } else {
            CentralPanel::default().show(ui, |_| {});
        }
    }

    /// Makes the root that window.
    fn be_root(&mut self, ctx: &Context, open: &Open) {
        if self.root != Some(open.id) {
            self.root = Some(open.id);
            if let Some(place) = self.places.remove(&open.id) {
                ctx.send_viewport_cmd(ViewportCommand::OuterPosition(place));
            }
        }
        let (title, size) = (&open.title, open.size);
        let told = self.told.as_ref();
        if told.is_none_or(|(told, _)| told != title) {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
        }
        if told.is_none_or(|(_, told)| *told != size) {
            ctx.send_viewport_cmd(ViewportCommand::InnerSize(size));
        }
        self.told = Some((title.clone(), size));
    }

    /// Does a person want to close the root? When all is over it is the program that does.
    fn asked_to_close(&self, ui: &Ui) -> bool {
        ui.input(|input| input.viewport().close_requested()) && !self.desk.is_over()
    }

    fn note_places(&mut self, ctx: &Context, windows: &[Open]) {
        ctx.input(|input| {
            for open in windows {
                let about = input.raw.viewports.get(&viewport_of(open.id));
                if let Some(place) = about.and_then(|about| about.outer_rect) {
                    self.places.insert(open.id, place.min);
                }
            }
        });
    }

    fn show_desktop(&mut self, ui: &mut Ui, windows: &[Open]) {
        let ctx = ui.ctx().clone();
        let ground = Frame::new().fill(ui.visuals().extreme_bg_color);
        CentralPanel::default().frame(ground).show(ui, |_| {});
        for (number, open) in windows.iter().enumerate() {
            inner_window(&ctx, &self.desk, open, number);
        }
        if self.asked_to_close(ui) {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            let mut state = self.desk.state();
            // Those with something to run come last, as if closed last: what they ask decides.
            let mut order: Vec<PaneId> = windows.iter().map(|open| open.id).collect();
            order.sort_by_key(|id| {
                window::find(&state, *id).is_some_and(|found| found.on_close.is_some())
            });
            for id in order {
                state.close(id);
            }
            state.changed();
        }
        at_work(&ctx, &self.desk);
    }
}

fn viewport_of(window: PaneId) -> ViewportId {
    ViewportId::from_hash_of(("window", window.0))
}

/// A window of the desktop's.
fn native_window(ctx: &Context, desk: &Desk, open: &Open) {
    let builder = ViewportBuilder::default()
        .with_title(&open.title)
        .with_inner_size(open.size)
        .with_app_id("smallworld");
    let (desk, id) = (desk.clone(), open.id);
    ctx.show_viewport_deferred(viewport_of(id), builder, move |ui, _| {
        CentralPanel::default().show(ui, |ui| inside(ui, &desk, id));
        if ui.input(|input| input.viewport().close_requested()) {
            let mut state = desk.state();
            state.close(id);
            state.changed();
        }
        desk.notify();
    });
}

/// A window inside the root.
fn inner_window(ctx: &Context, desk: &Desk, open: &Open, number: usize) {
    let step = 28.0 * (number % 12) as f32;
    let mut stays = true;
    egui::Window::new(&open.title)
        .id(Id::unique(("window", open.id.0)))
        .default_pos(Pos2::new(40.0 + step, 60.0 + step))
        .default_size(open.size + INNER_FRAME)
        .min_size(Vec2::new(80.0, 40.0))
        .collapsible(false)
        .open(&mut stays)
        .show(ctx, |ui| {
            window::draw(ui, &mut desk.state(), open.id);
        });
    if !stays {
        let mut state = desk.state();
        state.close(open.id);
        state.changed();
    }
}

/// What is inside a window of the desktop's.
fn inside(ui: &mut Ui, desk: &Desk, id: PaneId) {
    at_work(ui.ctx(), desk);
    window::draw(ui, &mut desk.state(), id);
}

/// The keys that interrupt, and a note at the edge while the machine is at work.
fn at_work(ctx: &Context, desk: &Desk) {
    let mut state = desk.state();
    let escape_is_free = !egui::Popup::is_any_open(ctx);
    ctx.input_mut(|input| keys::interrupt(input, &mut state, escape_is_free));
    let Some(busy) = state.busy_for() else { return };
    if let Some(rest) = PATIENCE.checked_sub(busy) {
        ctx.request_repaint_after(rest + LOOK_AGAIN);
        return;
    }
    let note = Area::new(Id::unique("at work"))
        .anchor(Align2::RIGHT_BOTTOM, Vec2::new(-8.0, -8.0))
        .order(egui::Order::Foreground);
    note.show(ctx, |ui| {
        Frame::popup(ui.style()).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(RichText::new("running").weak());
                if ui.button("Interrupt (Ctrl-.)").clicked() {
                    state.interrupt();
                }
            });
        });
    });
}
