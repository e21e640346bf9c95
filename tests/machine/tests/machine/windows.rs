//! What a person does in the windows of the 2015 image, through the window system without
//! a display.

use smallworld_machine_tests::{Machine, in_each_tier};
use smallworld_runtime::ui::{PaneId, PaneKind, Ui};

/// A machine whose Transcript is open.
fn started(world: &smallworld_oracle::World) -> (Machine, PaneId) {
    let mut m = Machine::new(world);
    m.run("SmallWorld startUp");
    let transcript = window(&mut m, "SmallWorld");
    (m, transcript)
}

/// The newest window with that title.
fn window(m: &mut Machine, title: &str) -> PaneId {
    match m.windows().find_window(title) {
        Some(id) => id,
        None => panic!("there is no window '{title}'"),
    }
}

/// Chooses a menu item and lets the machine do what it asks for.
fn choose(m: &mut Machine, window: PaneId, menu: &str, item: &str) {
    m.windows().choose_menu(window, menu, item).unwrap();
    m.settle();
}

/// Presses a button and lets the machine do what it asks for.
fn press(m: &mut Machine, window: PaneId, label: &str) {
    m.windows().press(window, label).unwrap();
    m.settle();
}

/// The n-th pane of a kind.
fn pane(m: &mut Machine, window: PaneId, kind: PaneKind, n: usize) -> PaneId {
    m.windows().panes(window, kind)[n]
}

fn text(m: &mut Machine, pane: PaneId) -> String {
    String::from_utf8(m.windows().text(pane).unwrap()).unwrap()
}

#[test]
fn the_transcript_opens() {
    in_each_tier(|world| {
        let (mut m, transcript) = started(world);
        let area = pane(&mut m, transcript, PaneKind::TextArea, 0);
        let shown = text(&mut m, area);
        assert!(shown.starts_with("Welcome to SmallWorld 2015.1"), "{shown}");
        assert!(shown.contains("(System started)"), "{shown}");
        m.run("Transcript show: 'hello'");
        assert!(text(&mut m, area).contains("hello"));
    });
}

#[test]
fn a_workspace_prints_and_remembers() {
    in_each_tier(|world| {
        let (mut m, transcript) = started(world);
        choose(&mut m, transcript, "Tools", "Workspace");
        let workspace = window(&mut m, "Workspace");
        let area = pane(&mut m, workspace, PaneKind::TextArea, 0);
        m.windows().type_text(area, "3 + 4").unwrap();
        press(&mut m, workspace, "print it");
        assert_eq!(text(&mut m, area), "3 + 4 7");

        m.windows().set_text(area, b"x <- 5 * 8").unwrap();
        press(&mut m, workspace, "do it");
        m.windows()
            .set_text(area, b"nothing selected: x + 2")
            .unwrap();
        m.windows().set_selection(area, 18..23).unwrap();
        press(&mut m, workspace, "print it");
        assert_eq!(text(&mut m, area), "nothing selected: x + 2 42");
    });
}

#[test]
fn a_workspace_survives_errors() {
    in_each_tier(|world| {
        let (mut m, transcript) = started(world);
        choose(&mut m, transcript, "Tools", "Workspace");
        let workspace = window(&mut m, "Workspace");
        let area = pane(&mut m, workspace, PaneKind::TextArea, 0);
        m.windows().set_text(area, b"nil zork").unwrap();
        press(&mut m, workspace, "print it");
        let error = window(&mut m, "Does Not Understand");
        let shown = String::from_utf8(m.windows().window_text(error)).unwrap();
        assert!(
            shown.contains("zork") && shown.contains("printIt[Workspace,]"),
            "{shown}"
        );
        press(&mut m, error, "close");
        assert!(m.windows().find_window("Does Not Understand").is_none());
        m.windows().set_text(area, b"6 * 7").unwrap();
        press(&mut m, workspace, "print it");
        assert_eq!(text(&mut m, area), "6 * 7 42");
    });
}

#[test]
fn a_method_is_changed_in_the_browser() {
    in_each_tier(|world| {
        let (mut m, transcript) = started(world);
        m.expect("(3 @ 4) x", "3");
        choose(&mut m, transcript, "Tools", "Class Browser");
        let browser = window(&mut m, "Browser");
        let classes = pane(&mut m, browser, PaneKind::List, 0);
        let names = m.answer("Class classes printString");
        let names: Vec<&str> = names.trim_start_matches("OK #(").split(' ').collect();
        let point = names.iter().position(|n| *n == "Point").unwrap() + 1;
        m.windows().select(classes, point).unwrap();
        m.settle();
        let methods = pane(&mut m, browser, PaneKind::List, 1);
        m.windows().select(methods, 1).unwrap();
        m.settle();
        let area = pane(&mut m, browser, PaneKind::TextArea, 0);
        assert!(!text(&mut m, area).is_empty());
        m.windows().set_text(area, b"x ^ 'changed'").unwrap();
        press(&mut m, browser, "compile");
        assert!(m.windows().find_window("notify").is_some());
        m.expect("(3 @ 4) x", "changed");
    });
}

#[test]
fn a_question_is_answered() {
    in_each_tier(|world| {
        let (mut m, transcript) = started(world);
        choose(&mut m, transcript, "SmallWorld", "Quit SmallWorld");
        let question = window(&mut m, "Question");
        press(&mut m, question, "no");
        assert!(m.windows().find_window("Question").is_none());
        m.expect("3 + 4", "7");
        // Closing the window asks the same.
        m.windows().close_window(transcript).unwrap();
        m.settle();
        let question = window(&mut m, "Question");
        m.windows().press(question, "yes").unwrap();
        assert!(m.vm.run_rest(), "the program should quit");
    });
}

#[test]
fn a_form_sets_a_semaphore() {
    in_each_tier(|world| {
        let (mut m, _) = started(world);
        m.define("Kept");
        m.run("[Kept keep: Object subclass] fork");
        m.settle();
        let form = window(&mut m, "Class Creation Form");
        let name = pane(&mut m, form, PaneKind::TextLine, 0);
        let variables = pane(&mut m, form, PaneKind::TextLine, 1);
        m.windows().type_text(name, "Formed").unwrap();
        m.windows().type_text(variables, "a b").unwrap();
        press(&mut m, form, "create class");
        m.expect("Kept kept printString", "Formed");
        m.expect("Kept kept variables size", "2");
        m.expect("Kept kept new class printString", "Formed");
    });
}
