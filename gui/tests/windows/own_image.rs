//! The project's image: what a person does in its windows.

use crate::place::Place;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use smallworld_gui::Arrangement;

/// The Transcript's text.
const TRANSCRIPT: &str = "SmallWorld";

fn workspace() -> Place {
    let mut place = Place::own(Arrangement::Native);
    place.choose("Tools", "Workspace");
    place.until("a Workspace", |place| place.text("Workspace").is_some());
    place
}

#[test]
fn the_transcript_opens() {
    for arrangement in [Arrangement::Native, Arrangement::Desktop] {
        let mut place = Place::own(arrangement);
        let text = place.until_text(TRANSCRIPT, "(System started)");
        assert!(text.starts_with("SmallWorld\n"), "{text}");
    }
}

#[test]
fn print_it_shows_the_value() {
    let mut place = workspace();
    place.type_in("Workspace", "3 + 4");
    place.press("print it");
    assert_eq!(place.until_text("Workspace", " 7"), "3 + 4 7");
    // What the program did can be taken back as if it had been typed.
    place.type_in("Workspace", "");
    place.keys(Modifiers::COMMAND, Key::Z);
    place.until("undone", |place| {
        place.text("Workspace").as_deref() == Some("3 + 4")
    });
}

#[test]
fn print_it_takes_what_is_selected() {
    let mut place = workspace();
    place.type_in("Workspace", "6 * 7 and other words");
    place.keys(Modifiers::NONE, Key::Home);
    for _ in 0..5 {
        place.keys(Modifiers::SHIFT, Key::ArrowRight);
    }
    place.press("print it");
    let text = place.until_text("Workspace", "42");
    assert_eq!(text, "6 * 7 42 and other words");
}

#[test]
fn ctrl_enter_is_do_it() {
    let mut place = workspace();
    place.type_in("Workspace", "Transcript show: 6 * 7");
    place.keys(Modifiers::COMMAND, Key::Enter);
    place.until_text(TRANSCRIPT, "\n42");
    let text = place.text("Workspace");
    assert_eq!(
        text.as_deref(),
        Some("Transcript show: 6 * 7"),
        "no new line"
    );
}

#[test]
fn variables_of_a_workspace_last() {
    let mut place = workspace();
    place.type_in("Workspace", "x <- 20");
    place.press("do it");
    place.until("it is done", |place| !place.desk.is_busy());
    place.retype("Workspace", "x + 1");
    place.press("print it");
    assert_eq!(place.until_text("Workspace", "21"), "x + 1 21");
}

#[test]
fn an_error_has_a_window_and_the_rest_goes_on() {
    let mut place = workspace();
    place.type_in("Workspace", "nil foo");
    place.press("do it");
    let text = place.until_text("Does Not Understand", "does not understand");
    assert!(text.contains("doesNotUnderstand:["), "a backtrace:\n{text}");
    place.press("close");
    place.until("it is closed", |place| {
        place.text("Does Not Understand").is_none()
    });
    place.retype("Workspace", "3 + 4");
    place.press("print it");
    assert_eq!(place.until_text("Workspace", " 7"), "3 + 4 7");
}

#[test]
fn the_browser_edits_methods() {
    let mut place = workspace();
    place.choose("Tools", "Class Browser");
    place.click(Role::ListBoxOption, "Aardvark");
    place.click(Role::ListBoxOption, "key");
    let text = place.until_text("Browser", "key");
    assert!(text.contains("^ key"), "{text}");
    place.retype("Browser", "answer ^ 42");
    place.press("compile");
    place.until_label("compilation successful");
    place.press("close");
    place.click(Role::ListBoxOption, "Aardvark");
    place.until("the new method", |place| {
        place.find(Role::ListBoxOption, "answer").is_some()
    });
    place.type_in("Workspace", "Aardvark new answer");
    place.press("print it");
    place.until_text("Workspace", "answer 42");
}

#[test]
fn a_long_do_it_freezes_nothing_and_can_be_stopped() {
    let mut place = workspace();
    place.type_in("Workspace", "[true] whileTrue: [nil]");
    place.press("do it");
    place.press_when_there("Interrupt (Ctrl-.)", false);
    // Other windows open and answer in the meantime.
    place.choose("Tools", "Class Browser");
    place.click(Role::ListBoxOption, "Aardvark");
    place.until("its methods", |place| {
        place.find(Role::ListBoxOption, "key").is_some()
    });
    place.keys(Modifiers::CTRL, Key::Period);
    place.until_text("Error", "interrupted");
    place.until("nothing runs", |place| !place.desk.is_busy());

    // By the button, once more.
    place.press("do it");
    place.press_when_there("Interrupt (Ctrl-.)", true);
    place.until("nothing runs", |place| !place.desk.is_busy());
    let errors = |place: &Place| place.all(Role::MultilineTextInput, "Error: text").len();
    place.until("another error", |place| errors(place) == 2);
}

#[test]
fn questions_wait_for_their_answer() {
    let mut place = workspace();
    place.type_in("Workspace", "Transcript show: (Window getString: 'Name?')");
    place.press("do it");
    place.until("the question", |place| place.text("get string").is_some());
    let line = place.find(Role::TextInput, "get string: line");
    line.expect("it was there").focus();
    place.harness.step();
    place.harness.event(egui::Event::Text("Budd".into()));
    place.harness.step();
    place.press("return");
    place.until_text(TRANSCRIPT, "\nBudd");
}

#[test]
fn closing_the_last_window_asks_and_ends() {
    for arrangement in [Arrangement::Native, Arrangement::Desktop] {
        let mut place = Place::own(arrangement);
        place.close_root();
        place.press("no");
        // Whoever says no gets the window back.
        place.until_text(TRANSCRIPT, "(System started)");
        place.close_root();
        place.press("yes");
        place.until_ended();
    }
}

#[test]
fn another_window_takes_the_place_of_the_first() {
    let mut place = workspace();
    place.close_root();
    place.press("no");
    place.until("one window", |place| place.text(TRANSCRIPT).is_none());
    place.type_in("Workspace", "1 + 1");
    place.press("print it");
    place.until_text("Workspace", "1 + 1 2");
    // It has nothing to ask.
    place.close_root();
    place.until_ended();
}

#[test]
fn the_last_window_ends_the_program_whatever_runs() {
    let mut place = workspace();
    place.type_in("Workspace", "[true] whileTrue: [nil]");
    place.press("do it");
    place.until("it runs", |place| place.desk.is_busy());
    place.close_root();
    place.press("no");
    place.close_root();
    place.until_ended();
}
