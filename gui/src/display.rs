//! Native windows: a window system's event loop, and OpenGL to draw with.
//!
//! The libraries for that (X11 or Wayland, OpenGL, keyboard maps) are loaded when the display is
//! opened, not when the program starts, and need nothing at build time. So one binary runs with and
//! without a display, and what is missing is found out here.

use crate::desk::Desk;
use crate::looks::{Theme, set_looks};
use crate::screen::{Arrangement, DESKTOP_SIZE, Screen};
use eframe::{App, CreationContext, Frame, NativeOptions};
use egui::{Context, Ui, Vec2, ViewportBuilder, ViewportCommand};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

/// What the person chooses about windows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// How they stand on the display.
    pub arrangement: Arrangement,
    /// Light or dark.
    pub theme: Theme,
}

/// The size of the first window until the program says what it is to be.
const FIRST_SIZE: Vec2 = Vec2::new(400.0, 300.0);

/// Is there a display, as far as the environment says?
///
/// # Errors
/// Says what would have to be set.
pub fn look_for_display() -> Result<(), String> {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_one = cfg!(not(target_os = "linux"))
        || ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"]
            .into_iter()
            .any(set);
    if has_one {
        Ok(())
    } else {
        Err("there is no display: neither WAYLAND_DISPLAY nor DISPLAY is set".into())
    }
}

/// Opens the display, calls `start` (which sets the machine to work) and shows the desk's windows
/// until the last one is closed. This has to be the program's first thread.
///
/// # Errors
/// Why the display could not be opened. If `start` was not called by then, nothing has happened
/// yet and the program can go on without windows.
pub fn run(desk: &Desk, style: Style, start: impl FnOnce()) -> Result<(), Failed> {
    let size = match style.arrangement {
        Arrangement::Native => FIRST_SIZE,
        Arrangement::Desktop => DESKTOP_SIZE,
    };
    let options = NativeOptions {
        viewport: ViewportBuilder::default()
            .with_title("SmallWorld")
            .with_app_id("smallworld")
            .with_inner_size(size),
        // There are no gradients to smooth, and a plain ground stays plain in pictures.
        dithering: false,
        ..NativeOptions::default()
    };
    let started = Rc::new(Cell::new(false));
    let noted = Rc::clone(&started);
    let its_desk = desk.clone();
    let create = move |context: &CreationContext<'_>| {
        set_looks(&context.egui_ctx, style.theme);
        its_desk.set_display(context.egui_ctx.clone());
        noted.set(true);
        start();
        // So that the first thing to be seen is the program's window, not an empty one.
        its_desk.wait_for_window();
        let app: Box<dyn App> = Box::new(Display(Screen::new(its_desk, style.arrangement)));
        Ok(app)
    };
    let done = without_panic(started.as_ref(), || {
        eframe::run_native("smallworld", options, Box::new(create))
    });
    let started = started.get();
    done.map_err(|reason| Failed { reason, started })
}

/// Why there are no windows (any more).
#[derive(Debug)]
pub struct Failed {
    /// For the person.
    pub reason: String,
    /// Has the machine been set to work?
    pub started: bool,
}

/// The libraries underneath report some of what they miss by a panic. Until the display is open
/// that is taken for the message it is.
fn without_panic(
    started: &Cell<bool>,
    work: impl FnOnce() -> eframe::Result,
) -> Result<(), String> {
    let message: Arc<Mutex<Option<String>>> = Arc::default();
    let seen = Arc::clone(&message);
    let before = Arc::new(take_hook());
    let usual = Arc::clone(&before);
    let this = std::thread::current().id();
    set_hook(Box::new(move |panic| {
        if std::thread::current().id() != this {
            return usual(panic);
        }
        let text = panic.payload_as_str().unwrap_or("no reason given");
        *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.to_string());
    }));
    let done = catch_unwind(AssertUnwindSafe(work));
    // Drops the hook above, so that the one before has a single owner again.
    drop(take_hook());
    set_hook(Box::new(move |panic| before(panic)));
    match done {
        Ok(Ok(())) => Ok(()),
        Ok(Err(problem)) => Err(problem.to_string()),
        Err(_) => {
            let message = message
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            let message = message.unwrap_or_default();
            let when = if started.get() { "while drawing: " } else { "" };
            Err(format!("{when}{message}"))
        }
    }
}

struct Display(Screen);

impl App for Display {
    fn logic(&mut self, ctx: &Context, _: &mut Frame) {
        if self.0.is_over(ctx) {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
    }

    fn ui(&mut self, ui: &mut Ui, _: &mut Frame) {
        self.0.show(ui);
    }
}
