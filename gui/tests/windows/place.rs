//! A screen in memory and a person in front of it.

use egui::accesskit::Role;
use egui::{Modifiers, Vec2, ViewportEvent, ViewportId};
use egui_kittest::kittest::{NodeT, Queryable, by};
use egui_kittest::{Harness, Node};
use smallworld_gui::{Arrangement, Desk, Host, Screen, Theme, serve, set_looks};
use smallworld_image::Image;
use smallworld_runtime::native::NO_NATIVE;
use smallworld_runtime::{Options, Source, Vm};
use std::path::Path;
use std::sync::OnceLock;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What anything may take. Long, since tests run on busy machines.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(2);

/// A screen, and the machine whose windows it shows.
pub struct Place {
    pub harness: Harness<'static, Screen>,
    pub desk: Desk,
    machine: Option<JoinHandle<Result<(), String>>>,
}

/// A machine and nothing around it.
struct Bare(Box<Vm>);

impl Host for Bare {
    fn vm(&mut self) -> &mut Vm {
        &mut self.0
    }

    fn busy(&mut self, _: bool) {}
}

/// A class that is the first in every list, whatever the library has.
const FIRST: &str = "Class: Aardvark\nSuperclass: Object\nVariables: key\n\nFor the tests of windows.\n\n\
                     ---- instance\n\nkey\n\t^ key\n";

impl Place {
    /// A screen without a machine.
    pub fn empty(arrangement: Arrangement) -> Place {
        let desk = Desk::new();
        let screen = Screen::new(desk.clone(), arrangement);
        let harness = Harness::builder()
            .with_size(Vec2::new(1000.0, 800.0))
            .with_context_setup(|ctx| set_looks(ctx, Theme::Light))
            .build_ui_state(
                |ui, screen: &mut Screen| {
                    if !screen.is_over(ui.ctx()) {
                        screen.show(ui);
                    }
                },
                screen,
            );
        Place {
            harness,
            desk,
            machine: None,
        }
    }

    /// A screen with the windows of an image, which has started up.
    pub fn with(image: &Image, arrangement: Arrangement) -> Place {
        let mut place = Place::empty(arrangement);
        let desk = place.desk.clone();
        let source = Source::other(&NO_NATIVE, image.clone()).expect("a sound image");
        let work = move || {
            let options = Options {
                stack_words: 1 << 20,
                ..Options::default()
            };
            let windows = Box::new(desk.window_system());
            let vm = Vm::new(&source, options, windows);
            serve(&mut Bare(vm), &desk, "Evaluator")
        };
        place.machine = Some(thread::spawn(work));
        assert!(place.desk.wait_for_window(), "start-up shows a window");
        place.harness.step();
        place
    }

    /// The same with the project's own image.
    pub fn own(arrangement: Arrangement) -> Place {
        static IMAGE: OnceLock<Image> = OnceLock::new();
        let image = IMAGE.get_or_init(|| {
            let kernel = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kernel");
            let mut sources =
                smallworld_bootstrap::sources_in(&kernel).expect("the kernel is there");
            sources.push(smallworld_bootstrap::Source::new("first", FIRST));
            smallworld_bootstrap::build(&sources).expect("the kernel is right")
        });
        Place::with(image, arrangement)
    }

    /// Draws until something is so.
    pub fn until(&mut self, what: &str, mut is_so: impl FnMut(&Place) -> bool) {
        let since = Instant::now();
        loop {
            self.harness.step();
            if is_so(self) {
                return;
            }
            if since.elapsed() > PATIENCE {
                panic!(
                    "{what}: not after {PATIENCE:?}; there is\n{}",
                    self.outline()
                );
            }
            thread::sleep(PAUSE);
        }
    }

    /// The nodes of that role and name.
    pub fn all(&self, role: Role, name: &str) -> Vec<Node<'_>> {
        let found = self.harness.query_all(by().role(role));
        let named = |node: &Node<'_>| node.accesskit_node().label().as_deref() == Some(name);
        found.filter(named).collect()
    }

    /// The newest of them, which is the last.
    pub fn find(&self, role: Role, name: &str) -> Option<Node<'_>> {
        self.all(role, name).pop()
    }

    /// Waits for it and clicks it.
    pub fn click(&mut self, role: Role, name: &str) {
        self.until(&format!("{role:?} '{name}'"), |place| {
            place.find(role, name).is_some()
        });
        // A window that has just opened may still get its size.
        self.harness.run_steps(2);
        let node = self.find(role, name).expect("it was there");
        if self
            .harness
            .query_all_by_role(Role::Window)
            .next()
            .is_some()
        {
            // Another window may be in front of it.
            node.click_accesskit();
        } else {
            node.click();
        }
        self.harness.step();
        self.harness.step();
    }

    pub fn press(&mut self, button: &str) {
        self.click(Role::Button, button);
    }

    /// Waits for a button, and presses it if asked to.
    pub fn press_when_there(&mut self, button: &str, press: bool) {
        self.until(&format!("button '{button}'"), |place| {
            place.find(Role::Button, button).is_some()
        });
        if press {
            self.press(button);
        }
    }

    /// Chooses an item of a menu.
    pub fn choose(&mut self, menu: &str, item: &str) {
        self.press(menu);
        self.press(item);
    }

    /// Waits for a label.
    pub fn until_label(&mut self, text: &str) {
        self.until(&format!("label '{text}'"), |place| {
            let mut labels = place.harness.query_all_by_role(Role::Label);
            labels.any(|label| label.value().as_deref() == Some(text))
        });
    }

    /// What a text field shows; `name` is the title of its window.
    pub fn text(&self, name: &str) -> Option<String> {
        let area = self.find(Role::MultilineTextInput, &format!("{name}: text"));
        let line = || self.find(Role::TextInput, &format!("{name}: line"));
        area.or_else(line)
            .map(|node| node.value().unwrap_or_default())
    }

    /// Waits until a text says so; answers all of it.
    pub fn until_text(&mut self, name: &str, part: &str) -> String {
        self.until(&format!("'{part}' in '{name}'"), |place| {
            place.text(name).is_some_and(|text| text.contains(part))
        });
        self.text(name).expect("it was there")
    }

    /// Puts the cursor in a text area and types.
    pub fn type_in(&mut self, name: &str, text: &str) {
        let field = format!("{name}: text");
        self.until(&field, |place| place.text(name).is_some());
        let node = self.find(Role::MultilineTextInput, &field);
        node.expect("it was there").focus();
        self.harness.step();
        self.harness.event(egui::Event::Text(text.to_string()));
        self.harness.step();
    }

    /// Replaces all the text there is.
    pub fn retype(&mut self, name: &str, text: &str) {
        self.type_in(name, "");
        self.keys(Modifiers::COMMAND, egui::Key::A);
        self.type_in(name, text);
    }

    pub fn keys(&mut self, modifiers: Modifiers, key: egui::Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.step();
    }

    /// What the close button of the root's frame does.
    pub fn close_root(&mut self) {
        let viewports = &mut self.harness.input_mut().viewports;
        let root = viewports.entry(ViewportId::ROOT).or_default();
        root.events.push(ViewportEvent::Close);
        self.harness.step();
        let viewports = &mut self.harness.input_mut().viewports;
        viewports
            .entry(ViewportId::ROOT)
            .or_default()
            .events
            .clear();
    }

    /// Waits for the machine to end by itself.
    pub fn until_ended(&mut self) {
        self.until("the end", |place| {
            place.machine.as_ref().is_none_or(JoinHandle::is_finished)
        });
        self.join();
    }

    fn join(&mut self) {
        if let Some(machine) = self.machine.take() {
            let done = machine.join().expect("the machine does not panic");
            assert_eq!(done, Ok(()));
        }
    }

    /// Everything that has a name, for messages.
    pub fn outline(&self) -> String {
        let nodes = self.harness.root().children_recursive();
        let lines = nodes.filter_map(|node| {
            let node = node.accesskit_node();
            let (label, value) = (node.label(), node.value());
            let named = label.is_some() || value.is_some();
            let place = node.raw_bounds();
            named.then(|| format!("  {:?} {label:?} {value:?} {place:?}\n", node.role()))
        });
        lines.collect()
    }
}

impl Drop for Place {
    /// The machine must not go on into the next test.
    fn drop(&mut self) {
        self.desk.end();
        if !thread::panicking() {
            self.join();
        }
    }
}

/// An image of the shared folder; says so and answers nothing where there is none.
pub fn shared_image(year: u32) -> Option<Image> {
    let path = smallworld_needs::shared_image(year)?;
    Some(Image::read_file(&path).expect("a shared image can be read"))
}
