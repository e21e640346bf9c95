//! Each kind of pane, on a screen without a machine: the test makes the panes as primitives do,
//! and reads the events as the machine would.

use crate::place::Place;
use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2, Vec2};
use egui_kittest::kittest::NodeT;
use smallworld_gui::{Arrangement, DeskUi};
use smallworld_runtime::ui::{
    ActionId, Borders, Event, EventArgs, MouseKind, PaneId, Point, Shape, Ui,
};

/// A window with that content, and the machine's side of it.
fn window(make: impl FnOnce(&mut DeskUi) -> PaneId) -> (Place, DeskUi, PaneId) {
    let mut place = Place::empty(Arrangement::Native);
    let mut ui = place.desk.window_system();
    let content = make(&mut ui);
    let window = ui.new_window();
    ui.set_title(window, b"W").unwrap();
    ui.set_content(window, Some(content)).unwrap();
    ui.set_size(window, 300, 400).unwrap();
    ui.show(window, true).unwrap();
    place.harness.run_steps(2);
    (place, ui, content)
}

fn event(number: u32, args: EventArgs) -> Option<Event> {
    Some(Event::Action(ActionId(number), args))
}

#[test]
fn a_button_runs_its_action_once() {
    let (mut place, mut ui, _) = window(|ui| ui.button(b"go", ActionId(3)));
    place.press("go");
    assert_eq!(ui.poll(), event(3, EventArgs::None));
    assert_eq!(ui.poll(), None);
    // By the keyboard: Tab goes there, and the blank presses it.
    place.keys(Modifiers::NONE, Key::Tab);
    place.keys(Modifiers::NONE, Key::Space);
    place.harness.run_steps(2);
    assert_eq!(ui.poll(), event(3, EventArgs::None));
    assert_eq!(ui.poll(), None);
}

#[test]
fn a_list_by_mouse_and_keys() {
    let names = ["Array", "Block", "Boolean", "Char"];
    let items: Vec<Vec<u8>> = names.iter().map(|name| name.as_bytes().to_vec()).collect();
    let (mut place, mut ui, list) = window(|ui| ui.list(items, ActionId(1)));
    assert_eq!(ui.selected_index(list), Ok(0));
    place.click(Role::ListBoxOption, "Block");
    assert_eq!(ui.selected_index(list), Ok(2));
    assert_eq!(ui.poll(), event(1, EventArgs::One(2)));
    for (key, line) in [
        (Key::ArrowDown, 3),
        (Key::ArrowDown, 4),
        (Key::ArrowDown, 4),
        (Key::ArrowUp, 3),
        (Key::Home, 1),
        (Key::End, 4),
    ] {
        place.keys(Modifiers::NONE, key);
        assert_eq!(ui.selected_index(list), Ok(line), "{key:?}");
        assert_eq!(ui.poll(), event(1, EventArgs::One(line)), "{key:?}");
    }
    place.harness.event(egui::Event::Text("b".into()));
    place.harness.step();
    assert_eq!(ui.selected_index(list), Ok(2), "by its first letter");
    let selected = place.find(Role::ListBoxOption, "Block");
    let selected = selected.and_then(|node| node.accesskit_node().is_selected());
    assert_eq!(selected, Some(true), "and a screen reader says so");
    // New items: nothing is selected.
    ui.set_list(list, vec![b"Dictionary".to_vec()]).unwrap();
    place.harness.run_steps(2);
    assert!(place.find(Role::ListBoxOption, "Dictionary").is_some());
    assert!(place.find(Role::ListBoxOption, "Block").is_none());
    assert_eq!(ui.selected_index(list), Ok(0));
}

#[test]
fn a_long_list_shows_what_the_keys_choose() {
    let items = (1..=1000).map(|n: i32| format!("line {n}").into_bytes());
    let items: Vec<Vec<u8>> = items.collect();
    let (mut place, ui, list) = window(|ui| ui.list(items, ActionId(1)));
    assert!(place.find(Role::ListBoxOption, "line 1").is_some());
    assert!(
        place.find(Role::ListBoxOption, "line 1000").is_none(),
        "only what is seen is drawn"
    );
    place.click(Role::ListBoxOption, "line 1");
    place.keys(Modifiers::NONE, Key::End);
    place.harness.run_steps(3);
    assert!(place.find(Role::ListBoxOption, "line 1000").is_some());
    assert_eq!(ui.selected_index(list), Ok(1000));
}

#[test]
fn sliders_give_their_values() {
    for vertical in [false, true] {
        let (mut place, mut ui, slider) =
            window(|ui| ui.slider(vertical, -5, 5, Some(ActionId(9))));
        assert_eq!(ui.selected_index(slider), Ok(-5));
        let node = place.find(Role::Slider, "W: slider");
        node.expect("a slider").set_value_accesskit(3.0);
        place.harness.run_steps(2);
        assert_eq!(ui.selected_index(slider), Ok(3));
        assert_eq!(ui.poll(), event(9, EventArgs::One(3)));
        assert_eq!(ui.poll(), None);
    }
}

#[test]
fn text_goes_both_ways() {
    let (mut place, mut ui, area) = window(DeskUi::text_area);
    place.type_in("W", "naïve → text");
    assert_eq!(ui.text(area), Ok("naïve → text".into()));
    assert_eq!(
        ui.selected_text(area),
        Ok("naïve → text".into()),
        "all of it"
    );
    place.keys(Modifiers::SHIFT, Key::ArrowLeft);
    place.keys(Modifiers::SHIFT, Key::ArrowLeft);
    assert_eq!(ui.selected_text(area), Ok(b"xt".to_vec()));
    ui.replace_selection(area, b"nse").unwrap();
    place.harness.run_steps(2);
    assert_eq!(place.text("W").as_deref(), Some("naïve → tense"));
    // The cursor is behind what was put in.
    place.type_in("W", "!");
    assert_eq!(ui.text(area), Ok("naïve → tense!".into()));
    ui.set_text(area, b"caf\xe9").unwrap();
    place.harness.run_steps(2);
    assert_eq!(place.text("W").as_deref(), Some("café"));
    place.type_in("W", "");
    place.keys(Modifiers::COMMAND, Key::A);
    assert_eq!(ui.selected_text(area), Ok(b"caf\xe9".to_vec()));
}

#[test]
fn cut_and_paste() {
    let (mut place, ui, area) = window(DeskUi::text_area);
    place.type_in("W", "one two");
    place.keys(Modifiers::COMMAND, Key::A);
    place.harness.event(egui::Event::Cut);
    place.harness.step();
    assert_eq!(ui.text(area), Ok(vec![]));
    let commands = &place.harness.output().platform_output.commands;
    let copied = commands
        .iter()
        .any(|command| matches!(command, egui::OutputCommand::CopyText(text) if text == "one two"));
    assert!(copied, "{commands:?}");
    place
        .harness
        .event(egui::Event::Paste("three\nfour".into()));
    place.harness.step();
    assert_eq!(ui.text(area), Ok(b"three\nfour".to_vec()));
}

#[test]
fn tab_goes_from_pane_to_pane() {
    let (mut place, ui, _) = window(|ui| {
        let north = Some(ui.text_line());
        let center = Some(ui.text_area());
        let south = Some(ui.button(b"ok", ActionId(1)));
        ui.border(Borders {
            north,
            center,
            south,
            ..Borders::default()
        })
        .unwrap()
    });
    place.keys(Modifiers::NONE, Key::Tab);
    place.harness.event(egui::Event::Text("line".into()));
    place.harness.step();
    place.keys(Modifiers::NONE, Key::Tab);
    place.harness.event(egui::Event::Text("area".into()));
    place.harness.step();
    place.keys(Modifiers::NONE, Key::Tab);
    place.harness.step();
    assert_eq!(ui.text(PaneId(1)), Ok(b"line".to_vec()));
    assert_eq!(ui.text(PaneId(2)), Ok(b"area".to_vec()));
    let button = place.find(Role::Button, "ok").expect("a button");
    assert!(button.is_focused());
}

#[test]
fn menus_run_their_items() {
    let (mut place, mut ui, _) = window(|ui| ui.label(b"text"));
    let menu = ui.new_menu(b"Edit");
    ui.add_item(menu, b"clear", ActionId(4)).unwrap();
    ui.add_item(menu, b"do it", ActionId(5)).unwrap();
    ui.add_menu(PaneId(2), menu).unwrap();
    place.harness.run_steps(2);
    assert!(place.find(Role::Button, "clear").is_none(), "it is closed");
    place.choose("Edit", "clear");
    assert_eq!(ui.poll(), event(4, EventArgs::None));
    assert_eq!(ui.poll(), None);
}

#[test]
fn the_mouse_in_a_picture() {
    let (mut place, mut ui, _) = window(|ui| {
        let picture = ui.new_picture(100, 80).unwrap();
        let (at, to) = (Point { x: 10, y: 10 }, Point { x: 50, y: 40 });
        ui.draw_shape(picture, Shape::FilledOval, 0x00ff_0000, at, to)
            .unwrap();
        let label = ui.label(b"");
        ui.set_image(label, picture).unwrap();
        for (number, kind) in [
            (1, MouseKind::Down),
            (2, MouseKind::Up),
            (3, MouseKind::Move),
        ] {
            ui.on_mouse(label, kind, ActionId(number)).unwrap();
        }
        label
    });
    let corner = place
        .find(Role::Image, "picture 1")
        .expect("a picture")
        .rect()
        .min;
    let at = corner + Vec2::new(20.0, 30.0);
    place.harness.hover_at(at);
    place.harness.run_steps(2);
    assert_eq!(ui.poll(), event(3, EventArgs::Point(20, 30)));
    while ui.poll().is_some() {}
    place.harness.drag_at(at);
    place.harness.run_steps(2);
    assert_eq!(ui.poll(), event(1, EventArgs::Point(20, 30)));
    // What is held goes on outside; of moves that nobody has asked for yet the newest is left.
    for x in [30.0, 600.0] {
        place.harness.hover_at(Pos2::new(x, corner.y));
        place.harness.run_steps(2);
    }
    let right = (600.0 - corner.x) as i32;
    assert_eq!(ui.poll(), event(3, EventArgs::Point(right, 0)));
    place.harness.drop_at(Pos2::new(600.0, corner.y));
    place.harness.run_steps(2);
    assert_eq!(ui.poll(), event(2, EventArgs::Point(right, 0)));
}

#[test]
fn closing_runs_the_action() {
    let (mut place, mut ui, _) = window(|ui| ui.label(b"text"));
    ui.on_close(PaneId(2), ActionId(8)).unwrap();
    let other = ui.new_window();
    ui.set_title(other, b"other").unwrap();
    ui.show(other, true).unwrap();
    place.harness.run_steps(2);
    assert_eq!(ui.open_windows(), 2);
    place.close_root();
    assert_eq!(ui.poll(), event(8, EventArgs::None));
    assert_eq!(ui.open_windows(), 1);
    place.close_root();
    assert_eq!(ui.open_windows(), 0);
    place.harness.run_steps(2);
    assert_eq!(ui.poll(), Some(Event::Quit), "there is no window left");
}

#[test]
fn sizes_and_titles_are_the_programs() {
    let (mut place, mut ui, area) = window(DeskUi::text_area);
    ui.set_title(PaneId(2), b"renamed").unwrap();
    place.harness.run_steps(2);
    place.harness.step();
    let names = place.find(Role::MultilineTextInput, "renamed: text");
    assert!(names.is_some());
    // The area fills the window, but for a margin on each side.
    let size = |place: &Place| {
        let node = place.find(Role::MultilineTextInput, "renamed: text");
        node.expect("it was there").rect().size()
    };
    let margins = Vec2::new(400.0, 300.0) - size(&place);
    assert!(margins.x > 0.0 && margins.x < 50.0, "{margins}");
    ui.set_size(PaneId(2), 200, 700).unwrap();
    place.harness.run_steps(4);
    assert_eq!(size(&place), Vec2::new(700.0, 200.0) - margins);
    assert_eq!(area, PaneId(1));
}
