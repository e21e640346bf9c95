use super::super::EventArgs;
use super::*;
use std::sync::{Arc, Mutex};

/// A sink whose content can be looked at.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn action(number: u32, args: EventArgs) -> Option<Event> {
    Some(Event::Action(ActionId(number), args))
}

/// Does what `Object >> error:` does; answers the window and its text area.
fn error_window(ui: &mut Headless, message: &[u8]) -> (PaneId, PaneId) {
    let text = ui.text_area();
    ui.set_text(text, message).unwrap();
    let window = ui.new_window();
    ui.set_title(window, b"Error").unwrap();
    ui.set_size(window, 200, 300).unwrap();
    let close = ui.button(b"close", ActionId(1));
    let places = Borders {
        center: Some(text),
        south: Some(close),
        ..Borders::default()
    };
    let content = ui.border(places).unwrap();
    ui.set_content(window, Some(content)).unwrap();
    ui.show(window, true).unwrap();
    (window, text)
}

#[test]
fn an_error_window_is_read_on_the_sink() {
    let sink = Shared::default();
    let mut ui = Headless::with_sink(Box::new(sink.clone()));
    let (window, _) = error_window(&mut ui, b"no such key\nat:[Dictionary,]\n ");
    assert_eq!(sink.text(), "Error\nno such key\nat:[Dictionary,]\n");
    ui.show(window, true).unwrap();
    assert_eq!(
        sink.text(),
        "Error\nno such key\nat:[Dictionary,]\n",
        "it was shown already"
    );
    ui.show(window, false).unwrap();
    ui.set_sink(None);
    ui.show(window, true).unwrap();
    assert_eq!(
        sink.text(),
        "Error\nno such key\nat:[Dictionary,]\n",
        "nothing goes nowhere"
    );
}

#[test]
fn what_happened_is_recorded() {
    let mut ui = Headless::silent();
    assert_eq!((ui.text_at_last_window(), ui.windows_created()), (None, 0));
    let (window, text) = error_window(&mut ui, b"first");
    ui.set_text(text, b"later").unwrap();
    assert_eq!(ui.last_text_set(), Some(&b"later"[..]));
    assert_eq!(ui.text_at_last_window(), Some(&b"first"[..]));
    let (second, _) = error_window(&mut ui, b"second");
    assert_eq!(ui.text_at_last_window(), Some(&b"second"[..]));
    assert_eq!(ui.windows_created(), 2);
    assert_eq!(ui.shown_windows(), [window, second]);
    assert_eq!(ui.find_window("Error"), Some(second), "the newest");
    ui.show(second, false).unwrap();
    assert_eq!(
        (ui.find_window("Error"), ui.open_windows()),
        (Some(window), 1)
    );
    assert_eq!(ui.find_window("Other"), None);
    assert_eq!(ui.panes(window, PaneKind::TextArea), [text]);
}

#[test]
fn the_tree_of_widgets() {
    let mut ui = Headless::silent();
    let (window, text) = error_window(&mut ui, b"one\ttwo\nit's");
    let menu = ui.new_menu(b"edit");
    ui.add_item(menu, b"save", ActionId(2)).unwrap();
    ui.add_item(menu, b"quit", ActionId(3)).unwrap();
    ui.add_menu(window, menu).unwrap();
    let expected = "window 'Error' shown 300x200\n\
                    \u{20} menu 'edit'\n\
                    \u{20}   item 'save'\n\
                    \u{20}   item 'quit'\n\
                    \u{20} border\n\
                    \u{20}   center: text area 'one\\ttwo\\nit's'\n\
                    \u{20}   south: button 'close'\n";
    assert_eq!(ui.dump(window), expected);
    ui.set_selection(text, 4..7).unwrap();
    assert!(ui.dump(window).contains("selected 'two'"));

    let label = ui.label(b"name");
    let picture = ui.new_picture(3, 3).unwrap();
    let line = ui.text_line();
    let list = ui.list(vec![b"a".to_vec(), b"b".to_vec()], ActionId(4));
    let slider = ui.slider(true, 0, 255, None);
    let panes = [Some(label), None, Some(line), Some(list), Some(slider)];
    let grid = ui.grid(2, 3, panes.to_vec()).unwrap();
    ui.set_content(window, Some(grid)).unwrap();
    ui.set_image(label, picture).unwrap();
    ui.select(list, 2).unwrap();
    let tree = ui.dump(window);
    let (_, content) = tree.split_once("item 'quit'\n").unwrap();
    let expected = "  grid 2 columns 3 rows\n\
                    \u{20}   label 'name' picture 1\n\
                    \u{20}   text line ''\n\
                    \u{20}   list ('a' 'b') selected 2\n\
                    \u{20}   slider vertical 0..255 at 0\n";
    assert_eq!(content, expected);
    assert_eq!(ui.dump(PaneId(1000)), "");
}

#[test]
fn what_a_person_reads_of_a_window() {
    let mut ui = Headless::silent();
    let window = ui.new_window();
    let label = ui.label(b"really?");
    let button = ui.button(b"yes", ActionId(1));
    let items = (1..=23)
        .map(|number| format!("item {number}").into_bytes())
        .collect();
    let list = ui.list(items, ActionId(2));
    let empty = ui.text_area();
    let grid = ui
        .grid(1, 4, [label, button, list, empty].map(Some).to_vec())
        .unwrap();
    ui.set_content(window, Some(grid)).unwrap();
    let text = String::from_utf8(ui.window_text(window)).unwrap();
    assert!(text.starts_with("really?\n  item 1\n  item 2\n"), "{text}");
    assert!(text.ends_with("  item 20\n  ... and 3 more\n"), "{text}");
    ui.set_list(list, vec![b"x".to_vec()]).unwrap();
    assert_eq!(ui.window_text(window), b"really?\n  x\n");
}

#[test]
fn texts() {
    let mut ui = Headless::silent();
    let text = ui.text_area();
    assert_eq!(ui.text(text), Ok(Vec::new()));
    ui.set_text(text, b"3 + 4 and more").unwrap();
    assert_eq!(
        ui.selected_text(text),
        Ok(b"3 + 4 and more".to_vec()),
        "all"
    );
    ui.set_selection(text, 0..5).unwrap();
    assert_eq!(ui.selected_text(text), Ok(b"3 + 4".to_vec()));
    ui.replace_selection(text, b"3 + 4 7").unwrap();
    assert_eq!(ui.text(text), Ok(b"3 + 4 7 and more".to_vec()));
    ui.replace_selection(text, b"all").unwrap();
    assert_eq!(ui.text(text), Ok(b"all".to_vec()), "nothing was selected");
    ui.type_text(text, " new").unwrap();
    assert_eq!(ui.text(text), Ok(b"all new".to_vec()));
    assert!(ui.set_selection(text, 5..8).unwrap_err().contains("5..8"));
    assert_eq!(
        ui.last_text_set(),
        Some(&b"3 + 4 and more"[..]),
        "only primitive 82 counts"
    );
    let label = ui.label(b"a");
    ui.set_text(label, b"b").unwrap();
    assert_eq!(ui.text(label), Ok(b"b".to_vec()));
    assert_eq!(
        ui.type_text(label, "c").unwrap_err(),
        "pane 2 is a label, nobody can type there"
    );
}

#[test]
fn pressing_and_choosing() {
    let mut ui = Headless::silent();
    let (window, _) = error_window(&mut ui, b"");
    let menu = ui.new_menu(b"edit");
    ui.add_item(menu, b"save", ActionId(2)).unwrap();
    ui.add_menu(window, menu).unwrap();
    ui.press(window, "close").unwrap();
    ui.choose_menu(window, "edit", "save").unwrap();
    assert_eq!(ui.poll(), action(1, EventArgs::None));
    assert_eq!(ui.poll(), action(2, EventArgs::None));
    assert_eq!(ui.poll(), None);

    let none = "there is no button 'open', only: 'close'";
    assert_eq!(ui.press(window, "open").unwrap_err(), none);
    assert_eq!(
        ui.choose_menu(window, "file", "save").unwrap_err(),
        "there is no menu 'file', only: 'edit'"
    );
    assert_eq!(
        ui.choose_menu(window, "edit", "quit").unwrap_err(),
        "there is no item 'quit', only: 'save'"
    );
    ui.show(window, false).unwrap();
    assert_eq!(
        ui.press(window, "close").unwrap_err(),
        "the window 'Error' is not shown"
    );
    assert_eq!(
        ui.press(menu, "close").unwrap_err(),
        "pane 5 is a menu, not a window"
    );
    assert_eq!(
        ui.press(PaneId(99), "close").unwrap_err(),
        "there is no pane 99"
    );
    assert_eq!(ui.poll(), None);
}

#[test]
fn lists_and_sliders() {
    let mut ui = Headless::silent();
    let list = ui.list(vec![b"a".to_vec(), b"b".to_vec()], ActionId(1));
    assert_eq!(ui.selected_index(list), Ok(0));
    ui.select(list, 2).unwrap();
    assert_eq!(
        (ui.selected_index(list), ui.poll()),
        (Ok(2), action(1, EventArgs::One(2)))
    );
    assert_eq!(
        ui.select(list, 3).unwrap_err(),
        "the list has 2 items, there is no item 3"
    );
    ui.select(list, 0).unwrap();
    assert_eq!((ui.selected_index(list), ui.poll()), (Ok(0), None));
    ui.select(list, 1).unwrap();
    ui.set_list(list, vec![b"new".to_vec()]).unwrap();
    assert_eq!(
        ui.selected_index(list),
        Ok(0),
        "a new list, nothing selected"
    );
    assert_eq!(ui.poll(), action(1, EventArgs::One(1)));

    let slider = ui.slider(false, 5, 9, Some(ActionId(2)));
    assert_eq!(ui.selected_index(slider), Ok(5));
    ui.move_slider(slider, 9).unwrap();
    assert_eq!(
        (ui.selected_index(slider), ui.poll()),
        (Ok(9), action(2, EventArgs::One(9)))
    );
    assert_eq!(
        ui.move_slider(slider, 10).unwrap_err(),
        "the slider goes from 5 to 9, not to 10"
    );
    let silent = ui.slider(true, 0, -10, None);
    ui.move_slider(silent, 0).unwrap();
    assert_eq!(ui.poll(), None);
    assert_eq!(
        ui.move_slider(list, 1).unwrap_err(),
        "pane 1 is not a slider"
    );
    assert_eq!(ui.select(slider, 1).unwrap_err(), "pane 2 is not a list");
}

#[test]
fn the_mouse() {
    let mut ui = Headless::silent();
    let label = ui.label(b"");
    ui.on_mouse(label, MouseKind::Down, ActionId(1)).unwrap();
    ui.on_mouse(label, MouseKind::Down, ActionId(2)).unwrap();
    ui.on_mouse(label, MouseKind::Move, ActionId(3)).unwrap();
    ui.mouse(label, MouseKind::Down, 4, -5).unwrap();
    ui.mouse(label, MouseKind::Up, 4, 5).unwrap();
    ui.mouse(label, MouseKind::Move, 6, 7).unwrap();
    assert_eq!(ui.poll(), action(1, EventArgs::Point(4, -5)));
    assert_eq!(ui.poll(), action(2, EventArgs::Point(4, -5)));
    assert_eq!(ui.poll(), action(3, EventArgs::Point(6, 7)));
    assert_eq!(ui.poll(), None);
    assert!(ui.mouse(PaneId(9), MouseKind::Up, 0, 0).is_err());
}

#[test]
fn closing_a_window() {
    let mut ui = Headless::silent();
    let (window, _) = error_window(&mut ui, b"");
    ui.on_close(window, ActionId(7)).unwrap();
    ui.on_close(window, ActionId(8)).unwrap();
    ui.show(window, false).unwrap();
    assert_eq!(ui.poll(), None, "hiding is not closing");
    ui.show(window, true).unwrap();
    ui.close_window(window).unwrap();
    assert_eq!((ui.poll(), ui.poll()), (action(8, EventArgs::None), None));
    assert_eq!(ui.open_windows(), 0);
    assert_eq!(
        ui.close_window(window).unwrap_err(),
        "the window 'Error' is not shown"
    );
}

#[test]
fn wrong_panes_are_errors() {
    let mut ui = Headless::silent();
    let window = ui.new_window();
    let label = ui.label(b"");
    let menu = ui.new_menu(b"m");
    let gone = PaneId(50);
    let picture = ui.new_picture(1, 1).unwrap();
    let message = |result: UiResult<()>| result.unwrap_err().to_string();
    let refused = |primitive, pane: PaneId, rest: &str| {
        format!("primitive {primitive}: pane {} is a {rest}", pane.0)
    };

    assert_eq!(
        message(ui.show(label, true)),
        refused(61, label, "label, which has no window to show")
    );
    assert_eq!(
        message(ui.set_content(window, Some(window))),
        refused(62, window, "window, which has no place inside a pane")
    );
    assert_eq!(
        message(ui.set_content(label, None)),
        refused(62, label, "label, which has no content to set")
    );
    assert_eq!(
        message(ui.set_size(menu, 1, 1)),
        refused(63, menu, "menu, which has no size to set")
    );
    assert_eq!(
        message(ui.add_menu(window, label)),
        refused(64, label, "label, which has no place in a menu bar")
    );
    assert_eq!(
        message(ui.add_menu(label, menu)),
        refused(64, label, "label, which has no menu bar")
    );
    assert_eq!(
        message(ui.set_title(label, b"")),
        refused(65, label, "label, which has no title to set")
    );
    assert_eq!(
        message(ui.set_image(window, picture)),
        refused(77, window, "window, which has no picture")
    );
    assert_eq!(
        message(ui.text(window).map(drop)),
        refused(80, window, "window, which has no text")
    );
    assert_eq!(
        message(ui.selected_text(menu).map(drop)),
        refused(81, menu, "menu, which has no text")
    );
    assert_eq!(
        message(ui.set_text(menu, b"x")),
        refused(82, menu, "menu, which has no text")
    );
    assert_eq!(
        message(ui.selected_index(label).map(drop)),
        refused(83, label, "label, which has no selected index")
    );
    assert_eq!(
        message(ui.set_list(label, vec![])),
        refused(84, label, "label, which has no items to set")
    );
    assert_eq!(
        message(ui.on_mouse(menu, MouseKind::Up, ActionId(1))),
        refused(87, menu, "menu, which has no mouse actions")
    );
    assert_eq!(
        message(ui.replace_selection(menu, b"")),
        refused(89, menu, "menu, which has no text")
    );
    assert_eq!(
        message(ui.add_item(label, b"", ActionId(1))),
        refused(91, label, "label, which has no menu items")
    );
    assert_eq!(
        message(ui.on_close(label, ActionId(1))),
        refused(118, label, "label, which has no window to close")
    );
    assert_eq!(ui.last_text_set(), None, "what failed is not recorded");

    assert_eq!(
        message(ui.grid(1, 1, vec![Some(gone)]).map(drop)),
        "primitive 74: there is no pane 50"
    );
    let places = Borders {
        west: Some(menu),
        ..Borders::default()
    };
    assert_eq!(
        message(ui.border(places).map(drop)),
        refused(76, menu, "menu, which has no place inside a pane")
    );
    assert_eq!(
        message(ui.repaint(gone)),
        "primitive 79: there is no pane 50"
    );
    assert_eq!(ui.repaint(window), Ok(()));
}

#[test]
fn pictures() {
    let mut ui = Headless::silent();
    let picture = ui.new_picture(4, 4).unwrap();
    let small = ui.new_picture(1, 1).unwrap();
    let origin = Point::default();
    ui.draw_shape(
        small,
        Shape::FilledRectangle,
        0xFF,
        origin,
        Point { x: 1, y: 1 },
    )
    .unwrap();
    ui.draw_image(picture, Point { x: 2, y: 3 }, small).unwrap();
    ui.draw_image(picture, origin, picture).unwrap();
    ui.draw_text(picture, 0, origin, b"above").unwrap();
    let pixels = ui.picture(picture).unwrap();
    assert_eq!(
        (pixels.pixel(2, 3), pixels.pixel(0, 0)),
        (Some(0xFF), Some(0xFF_FF_FF))
    );

    let gone = PictureId(9);
    let missing = |primitive| {
        Err(UiError::NoSuchPicture {
            primitive,
            picture: gone,
        })
    };
    assert_eq!(ui.draw_image(gone, origin, small), missing(DrawPicture));
    assert_eq!(ui.draw_image(small, origin, gone), missing(DrawPicture));
    assert_eq!(ui.draw_text(gone, 0, origin, b""), missing(DrawText));
    assert_eq!(
        ui.draw_shape(gone, Shape::Line, 0, origin, origin),
        missing(DrawShape)
    );
    let label = ui.label(b"");
    assert_eq!(ui.set_image(label, gone), missing(SetPicture));
    assert!(ui.picture(PictureId(0)).is_none());
    let error = ui.new_picture(-1, 1).unwrap_err().to_string();
    assert_eq!(error, "primitive 110: a picture cannot have -1 by 1 pixels");
    let error = ui
        .picture_from_file(b"no-such.ppm")
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("primitive 111: cannot read picture 'no-such.ppm': "),
        "{error}"
    );
}

#[test]
fn a_picture_from_a_file() {
    let name = format!("smallworld-picture-{}.ppm", std::process::id());
    let path = std::env::temp_dir().join(name);
    let mut ui = Headless::silent();
    std::fs::write(&path, b"P3 1 1 255 1 2 3").unwrap();
    let picture = ui.picture_from_file(path.to_str().unwrap().as_bytes());
    std::fs::remove_file(&path).unwrap();
    assert_eq!(ui.picture(picture.unwrap()).unwrap().rgb(), [1, 2, 3]);
}

#[test]
fn what_is_kept_is_counted() {
    let budget = Budget::default();
    let mut ui = Headless::silent();
    let label = ui.label(b"before");
    ui.count_in(&budget);
    let before = budget.used();
    assert!(before >= 6);
    let first = ui.new_picture(10, 10).unwrap();
    let second = ui.new_picture(20, 10).unwrap();
    assert_eq!(budget.used(), before + 900);
    ui.set_image(label, first).unwrap();
    // What a label shows stays, whoever refers to it.
    ui.keep_pictures(&|_| false);
    assert_eq!(budget.used(), before + 300);
    assert!(ui.picture(first).is_some() && ui.picture(second).is_none());
    assert!(ui.set_image(label, second).is_err());
    // A text is kept where it stands, as the last one, and for each window.
    ui.set_text(label, &[b'x'; 1006]).unwrap();
    assert_eq!(budget.used(), before + 300 + 1000 + 1006);
    let used = budget.used();
    ui.new_window();
    assert!(budget.used() >= used + 2 * 1006);
    ui.forget_window_texts();
    ui.set_text(label, b"").unwrap();
    let menu = ui.new_menu(b"menu");
    let used = budget.used();
    ui.add_item(menu, &[b'x'; 500], ActionId(1)).unwrap();
    assert!(budget.used() >= used + 500);
    drop(ui);
    assert_eq!(budget.used(), 0);
}
