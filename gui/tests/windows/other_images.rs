//! The images of 2015 and 2004, each with a few of the things `own_image` does.

use crate::place::{Place, shared_image};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use smallworld_gui::Arrangement;

#[test]
fn the_image_of_2015() {
    let Some(image) = shared_image(2015) else {
        return;
    };
    let mut place = Place::with(&image, Arrangement::Native);
    place.until_text("SmallWorld", "(System started)");
    place.choose("Tools", "Workspace");
    place.type_in("Workspace", "3 + 4");
    place.press("print it");
    assert_eq!(place.until_text("Workspace", "7"), "3 + 4 7");

    place.retype("Workspace", "nil foo");
    place.keys(Modifiers::COMMAND, Key::Enter);
    let text = place.until_text("Does Not Understand", "foo");
    assert!(text.contains("doesNotUnderstand:["), "a backtrace:\n{text}");
    place.press("close");

    place.choose("Tools", "Class Browser");
    place.click(Role::ListBoxOption, "Array");
    place.click(Role::ListBoxOption, "asString");
    place.until_text("Browser", "asString");
    place.retype("Browser", "answer ^ 42");
    place.press("compile");
    place.until("it is compiled", |place| !place.desk.is_busy());
    place.retype("Workspace", "(Array new: 1) answer");
    place.press("print it");
    place.until_text("Workspace", "answer 42");

    place.retype("Workspace", "[true] whileTrue: [nil]");
    place.press("do it");
    place.press_when_there("Interrupt (Ctrl-.)", true);
    place.until_text("Error", "interrupted");
}

#[test]
fn the_image_of_2004_gets_a_window_to_evaluate_in() {
    let Some(image) = shared_image(2004) else {
        return;
    };
    let mut place = Place::with(&image, Arrangement::Native);
    place.type_in("Evaluator", "3 + 4");
    place.press("print it");
    assert_eq!(place.until_text("Evaluator", "7"), "3 + 4 7");
    place.retype("Evaluator", "nil foo");
    place.keys(Modifiers::COMMAND, Key::Enter);
    place.until_text("Error", "Unrecognized message selector: foo");
    place.retype("Evaluator", "Class browser");
    place.press("do it");
    place.until("the browser", |place| {
        place.find(Role::ListBoxOption, "Array").is_some()
    });
}
