//! The game of life, written in Smalltalk: in a window with the feature `gui`, as text without
//! it and with `--text`.
//!
//! ```text
//! $ cargo run --release -p smallworld-example-life --features gui
//! $ cargo run -p smallworld-example-life -- --text 1 blinker
//! generation 0, 3 alive
//! ........
//! ........
//! ..***...
//! ........
//! ........
//! ........
//! generation 1, 3 alive
//! ........
//! ...*....
//! ...*....
//! ...*....
//! ........
//! ........
//! ```

use std::process::ExitCode;

smallworld_runtime::include_image!(image);

fn main() -> ExitCode {
    #[cfg(feature = "gui")]
    if std::env::args_os().len() == 1 {
        return in_a_window();
    }
    smallworld_runtime::embed::program(&image::NATIVE, "Life")
}

#[cfg(feature = "gui")]
fn in_a_window() -> ExitCode {
    use smallworld_gui::{display::Style, program};
    match program(&image::NATIVE, "LifeWindow open", Style::default()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}\n--text shows the game as text");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::image;
    use smallworld_runtime::embed::{Machine, Object};
    use smallworld_runtime::ui::widgets::Widget;
    use smallworld_runtime::ui::{MouseKind, PaneId, PaneKind, PictureId, Ui};

    /// The window of a board of five by five, in a machine without a display.
    struct Window {
        machine: Machine,
        life: Object,
        window: PaneId,
    }

    impl Window {
        fn open() -> Window {
            let mut machine = Machine::new(&image::NATIVE).unwrap();
            let life: Object = machine.eval("Life width: 5 height: 5").unwrap();
            let opener: Object = machine.eval("LifeWindow new").unwrap();
            let opened = machine.send::<()>(&opener, "open:", &[life.clone().into()]);
            opened.unwrap();
            let window = machine.vm().headless().unwrap().find_window("Life");
            let window = window.unwrap();
            Window {
                machine,
                life,
                window,
            }
        }

        fn press(&mut self, button: &str) {
            let screen = self.machine.vm().headless().unwrap();
            screen.press(self.window, button).unwrap();
            self.machine.run_forked().unwrap();
        }

        /// The board's label, and the picture on it.
        fn board(&mut self) -> (PaneId, PictureId) {
            let screen = self.machine.vm().headless().unwrap();
            let labels = screen.panes(self.window, PaneKind::Label);
            let mut boards = labels.into_iter().filter_map(|label| {
                match screen.widgets().find(label).map(|pane| &pane.widget) {
                    Some(Widget::Label { picture, .. }) => Some((label, (*picture)?)),
                    _ => None,
                }
            });
            boards.next().expect("there is a board")
        }

        fn click(&mut self, column: i32, row: i32) {
            let (label, _) = self.board();
            let screen = self.machine.vm().headless().unwrap();
            let at = |place: i32| place * 12 + 6;
            screen
                .mouse(label, MouseKind::Down, at(column), at(row))
                .unwrap();
            self.machine.run_forked().unwrap();
        }

        /// The board as its picture shows it.
        fn drawn(&mut self) -> Vec<String> {
            let (_, picture) = self.board();
            let screen = self.machine.vm().headless().unwrap();
            let picture = screen.picture(picture).unwrap();
            let cell = |x: usize, y: usize| match picture.pixel(x * 12 + 6, y * 12 + 6) {
                Some(0xFF_FF_FF) => '.',
                Some(_) => '*',
                None => '?',
            };
            let row = |y| (0..5).map(|x| cell(x, y)).collect();
            (0..5).map(row).collect()
        }

        /// The texts of its labels.
        fn says(&mut self, text: &str) -> bool {
            let screen = self.machine.vm().headless().unwrap();
            let labels = screen.panes(self.window, PaneKind::Label);
            labels
                .iter()
                .any(|&label| screen.text(label).is_ok_and(|t| t == text.as_bytes()))
        }
    }

    #[test]
    fn clicks_and_buttons_play() {
        let mut window = Window::open();
        assert_eq!(window.drawn(), ["....."; 5]);
        for row in 1..4 {
            window.click(1, row);
        }
        let stands = [".....", ".*...", ".*...", ".*...", "....."];
        assert_eq!(window.drawn(), stands);
        window.press("step");
        let lies = [".....", ".....", "***..", ".....", "....."];
        assert_eq!(window.drawn(), lies);
        assert!(window.says("generation 1, 3 alive"));
        window.click(0, 2);
        assert_eq!(window.drawn()[2], ".**..");
        window.press("clear");
        assert_eq!(window.drawn(), ["....."; 5]);
        window.press("scatter");
        let alive = window.drawn().concat().matches('*').count();
        let population = window.machine.send(&window.life, "population", &[]);
        assert_eq!(population, Ok(alive as i32));
        let screen = window.machine.vm().headless().unwrap();
        screen
            .choose_menu(window.window, "Pattern", "glider")
            .unwrap();
        window.machine.run_forked().unwrap();
        let glider = [".....", "..*..", "...*.", ".***.", "....."];
        assert_eq!(window.drawn(), glider);
    }

    #[test]
    fn it_runs_until_it_is_stopped() {
        let mut window = Window::open();
        window.click(2, 2);
        let screen = window.machine.vm().headless().unwrap();
        screen.press(window.window, "run").unwrap();
        screen.press(window.window, "stop").unwrap();
        window.machine.run_forked().unwrap();
        // A cell alone dies.
        assert_eq!(window.drawn(), ["....."; 5]);
    }
}
