//! The desk: what the machine and the windows have in common.
//!
//! The machine runs in a thread of its own and asks for windows, panes and texts; the thread that
//! owns the display draws them and notes what a person does. Both look at the same widgets, those
//! of [`Headless`], one at a time. So a primitive that asks for a text has its answer at once, and
//! what a pane *is* is written down in one place for displays and for tests.

use crate::text::Shown;
use smallworld_runtime::ui::widgets::Widget;
use smallworld_runtime::ui::{ActionId, Event, EventArgs, Headless, PaneId, Picture, PictureId};
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long the machine may go on after the last window was closed. What a close action has to
/// do, such as asking whether to quit, takes milliseconds.
const GRACE: Duration = Duration::from_secs(3);

/// Actions from here on belong to the program around the machine, see [`Desk::host_action`].
const FIRST_HOST_ACTION: u32 = 1 << 31;

/// Stops what the machine is doing.
type Stop = Box<dyn Fn() + Send>;

/// What the machine and the windows share. Clones are the same desk.
#[derive(Clone, Default)]
pub struct Desk(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Something happened that the machine may wait for.
    happened: Condvar,
}

/// Everything on the desk.
#[derive(Default)]
pub(crate) struct State {
    /// The widgets.
    pub(crate) model: Headless,
    /// How the texts of panes are being shown.
    pub(crate) texts: HashMap<PaneId, Shown>,
    /// What is done with the actions of the program around the machine.
    host_events: Vec<ActionId>,
    /// A picture as it was last drawn, to see when it has changed.
    pub(crate) pictures: HashMap<PictureId, (Picture, egui::TextureHandle)>,
    /// The pane in which the mouse's button went down.
    pub(crate) mouse_held: Option<PaneId>,
    display: Option<egui::Context>,
    /// Is there something new to draw that the display knows of already?
    changed: bool,
    stop: Option<Stop>,
    /// Since when the machine has been at work, if it is.
    busy_since: Option<Instant>,
    /// Since when no window has been shown, although one was.
    bare_since: Option<Instant>,
    /// A window that had something to run when it was closed.
    closed: Option<Closed>,
    was_used: bool,
    ended: bool,
}

/// A window whose closing ran something, which may be a question that is answered with no.
#[derive(Clone, Copy)]
struct Closed {
    window: PaneId,
    /// The newest window there was then.
    newest: PaneId,
    /// Did a newer one open since?
    asked: bool,
}

impl Desk {
    /// An empty desk.
    pub fn new() -> Desk {
        Desk::default()
    }

    /// Everything, for as long as the guard lives. A thread that panicked has left widgets in
    /// order: each change is one step.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The display that is told when there is something new to draw.
    pub fn set_display(&self, display: egui::Context) {
        self.state().display = Some(display);
    }

    /// How to stop what the machine is doing.
    pub fn set_stop(&self, stop: impl Fn() + Send + 'static) {
        self.state().stop = Some(Box::new(stop));
    }

    /// An action of the program around the machine: it comes back from
    /// [`wait`](Self::wait), and the machine never sees it.
    pub fn host_action(number: u32) -> ActionId {
        ActionId(FIRST_HOST_ACTION | number)
    }

    /// The machine begins or ends some work.
    pub fn set_busy(&self, busy: bool) {
        let mut state = self.state();
        state.busy_since = busy.then(Instant::now);
        state.changed();
        self.0.happened.notify_all();
    }

    /// Waits, on the machine's side, until a person has done something; [`Waited::Ended`] when
    /// nothing will come any more.
    pub fn wait(&self) -> Waited {
        let mut state = self.state();
        loop {
            if state.ended {
                return Waited::Ended;
            }
            if !state.host_events.is_empty() {
                return Waited::Host(state.host_events.remove(0));
            }
            if !state.model.events().is_empty() {
                return Waited::Events;
            }
            let waiting = self.0.happened.wait(state);
            state = waiting.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits, on the display's side, until there is a window to show or the machine has nothing
    /// more to do; true if there is one.
    pub fn wait_for_window(&self) -> bool {
        let mut state = self.state();
        loop {
            if !state.model.shown_windows().is_empty() {
                return true;
            }
            if state.ended {
                return false;
            }
            let waiting = self.0.happened.wait(state);
            state = waiting.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Is the machine at work, or will it be as soon as it looks?
    pub fn is_busy(&self) -> bool {
        let mut state = self.state();
        state.busy_since.is_some() || !state.model.events().is_empty()
    }

    /// Was a window ever shown?
    pub fn was_used(&self) -> bool {
        self.state().was_used
    }

    /// No more windows: the machine is told to end.
    pub fn end(&self) {
        self.state().end();
        self.0.happened.notify_all();
    }

    /// Stops what the machine is doing, if it does anything.
    pub fn interrupt(&self) {
        self.state().interrupt();
    }

    /// Is the program over, as far as windows are concerned? It is when the last window was
    /// closed and what that had to run is done. The display asks this from time to time.
    ///
    /// A close action that asks something and gets a no brings its window back, so that nobody
    /// who has taken back "quit" loses what is in the image.
    pub fn is_over(&self) -> bool {
        let mut state = self.state();
        state.look_for_windows();
        if state.ended {
            return true;
        }
        let Some(since) = state.bare_since else {
            return false;
        };
        let busy = state.busy_since.is_some() || !state.model.events().is_empty();
        if busy && since.elapsed() < GRACE {
            return false;
        }
        let closed = state.closed.take();
        if let Some(closed) = closed.filter(|closed| closed.asked && !busy) {
            state.set_shown(closed.window, true);
            state.look_for_windows();
            state.changed();
            return false;
        }
        state.end();
        self.0.happened.notify_all();
        true
    }

    /// The machine's window system.
    pub fn window_system(&self) -> crate::machine::DeskUi {
        crate::machine::DeskUi::new(self.clone())
    }

    /// Wakes whoever waits, the machine for events or the display for a window.
    pub(crate) fn notify(&self) {
        self.0.happened.notify_all();
    }
}

/// What [`Desk::wait`] waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// There are events for the machine.
    Events,
    /// There is this one for the program around it.
    Host(ActionId),
    /// The program is to end.
    Ended,
}

impl State {
    /// Something looks different now. The display is told once for all that changes until it
    /// draws.
    pub(crate) fn changed(&mut self) {
        if let Some(display) = &self.display
            && !std::mem::replace(&mut self.changed, true)
        {
            display.request_repaint_of(egui::ViewportId::ROOT);
        }
    }

    /// Has something changed since this was last asked?
    pub(crate) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Queues an event. Of what comes many times a second, the mouse's moves and a slider's
    /// values, only the newest waits for a machine that is busy.
    pub(crate) fn queue(&mut self, action: ActionId, args: EventArgs, newest_only: bool) {
        if action.0 >= FIRST_HOST_ACTION {
            self.host_events.push(action);
            return;
        }
        let event = Event::Action(action, args);
        match self.model.events().back_mut() {
            Some(Event::Action(last, old)) if newest_only && *last == action => *old = args,
            _ => self.model.events().push_back(event),
        }
    }

    /// A person closes a window.
    pub(crate) fn close(&mut self, window: PaneId) {
        let found = self.model.widgets().find(window);
        let Some(Widget::Window(found)) = found.map(|pane| &pane.widget) else {
            return;
        };
        if let Some(action) = found.on_close {
            self.queue(action, EventArgs::None, false);
            let newest = self.model.widgets().windows().last();
            self.closed = Some(Closed {
                window,
                newest: newest.map_or(window, |(newest, _)| newest),
                asked: false,
            });
        } else if self.closed.is_some_and(|closed| window <= closed.newest) {
            // The program has gone on with its other windows, and this is one of them.
            self.closed = None;
        }
        self.set_shown(window, false);
        self.look_for_windows();
    }

    /// How long the machine has been at work; nothing if it is not.
    pub(crate) fn busy_for(&self) -> Option<Duration> {
        self.busy_since.map(|since| since.elapsed())
    }

    pub(crate) fn interrupt(&mut self) {
        if let Some(stop) = self.stop.as_ref().filter(|_| self.busy_since.is_some()) {
            stop();
        }
    }

    /// The machine has shown a window.
    pub(crate) fn opened(&mut self, window: PaneId) {
        if let Some(closed) = &mut self.closed {
            closed.asked |= window > closed.newest;
        }
        self.was_used = true;
        self.look_for_windows();
    }

    /// Notes when the last window went.
    pub(crate) fn look_for_windows(&mut self) {
        if !self.model.shown_windows().is_empty() || !self.was_used {
            self.bare_since = None;
        } else if self.bare_since.is_none() {
            self.bare_since = Some(Instant::now());
        }
    }

    fn set_shown(&mut self, window: PaneId, shown: bool) {
        let found = self.model.widgets_mut().find_mut(window);
        if let Some(Widget::Window(window)) = found.map(|pane| &mut pane.widget) {
            window.shown = shown;
        }
    }

    fn end(&mut self) {
        self.interrupt();
        self.ended = true;
        self.model.events().push_back(Event::Quit);
    }
}
