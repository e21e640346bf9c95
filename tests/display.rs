//! The program on a display: an X server in memory (Xvfb) with real windows on it, a mouse and a
//! keyboard (xdotool), a clipboard (xclip) and pictures of what is to be seen (ImageMagick).
//!
//! ```text
//! cargo test --features gui --test display
//! cargo test --release --features gui --test display -- --ignored    # makes docs/images
//! ```
//!
//! Where these four are not installed the tests that need them say so and pass.

#![cfg(unix)]

mod support;
#[path = "support/x11.rs"]
mod x11;

use smallworld_needs::{Need, not_tested};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};
use support::command;

/// What anything may take.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);
/// How long a window that has changed may take to be drawn.
const DRAWN: Duration = Duration::from_millis(700);
/// The programs all this needs, each with an argument it ends well with.
const TOOLS: [(&str, &str); 4] = [
    ("Xvfb", "-help"),
    ("xdotool", "version"),
    ("xclip", "-version"),
    ("import", "-version"),
];

/// An X server without a screen anybody sees. There is one at a time: the machine is small.
struct Display {
    server: Child,
    name: String,
    _only: MutexGuard<'static, ()>,
}

impl Display {
    /// Starts one, if the tools are there.
    fn open() -> Option<Display> {
        static ONLY: Mutex<()> = Mutex::new(());
        let only = ONLY.lock().unwrap_or_else(PoisonError::into_inner);
        for (tool, argument) in TOOLS {
            let found = Command::new(tool)
                .arg(argument)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            if found.is_err() {
                not_tested(Need::Display, &format!("there is no '{tool}'"));
                return None;
            }
        }
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1400x1000x24"])
            .args(["-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb was there");
        let mut number = String::new();
        let out = server.stdout.take().expect("it is piped");
        BufReader::new(out)
            .read_line(&mut number)
            .expect("its number");
        let name = format!(":{}", number.trim());
        Some(Display {
            server,
            name,
            _only: only,
        })
    }

    /// A program that uses this display and no other.
    fn on(&self, program: &mut Command) -> Command {
        let mut command = Command::new(program.get_program());
        command
            .args(program.get_args())
            .env("DISPLAY", &self.name)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET");
        command
    }

    /// Starts smallworld.
    fn start(&self, words: &[&str]) -> Running<'_> {
        let child = self.on(&mut command(words)).spawn().expect("it starts");
        Running {
            display: self,
            child,
        }
    }

    fn xdotool(&self, words: &[&str]) -> String {
        let done = self.on(Command::new("xdotool").args(words)).output();
        let done = done.expect("xdotool was there");
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    /// The windows with exactly that title, as X numbers them.
    fn windows(&self, title: &str) -> Vec<String> {
        let pattern = format!("^{title}$");
        let found = self.xdotool(&["search", "--onlyvisible", "--name", &pattern]);
        found.lines().map(str::to_string).collect()
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A smallworld at work, and a person in front of it.
struct Running<'a> {
    display: &'a Display,
    child: Child,
}

impl Running<'_> {
    /// Waits for a window and puts it where nothing hides it.
    fn window(&self, title: &str, x: i32, y: i32) -> Window<'_> {
        let window = self.any_window(title);
        let place = [x.to_string(), y.to_string()];
        let display = self.display;
        display.xdotool(&["windowmove", "--sync", &window.id, &place[0], &place[1]]);
        window
    }

    fn any_window(&self, title: &str) -> Window<'_> {
        let since = Instant::now();
        loop {
            if let Some(id) = self.display.windows(title).pop() {
                sleep(DRAWN);
                return Window {
                    display: self.display,
                    id,
                };
            }
            assert!(since.elapsed() < PATIENCE, "no window '{title}'");
            sleep(PAUSE);
        }
    }

    /// Waits for a window to go.
    fn until_gone(&self, title: &str) {
        let since = Instant::now();
        while !self.display.windows(title).is_empty() {
            assert!(since.elapsed() < PATIENCE, "'{title}' does not go");
            sleep(PAUSE);
        }
    }

    /// Waits for the program to end; answers its exit code.
    fn ended(&mut self) -> Option<i32> {
        let since = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it can be asked") {
                return status.code();
            }
            assert!(since.elapsed() < PATIENCE, "it does not end");
            sleep(PAUSE);
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A window of the program's.
struct Window<'a> {
    display: &'a Display,
    id: String,
}

impl Window<'_> {
    /// Clicks there.
    fn click(&self, x: i32, y: i32) {
        let (x, y) = (x.to_string(), y.to_string());
        let display = self.display;
        // There is no window manager to give windows the keyboard.
        display.xdotool(&["windowraise", &self.id, "windowfocus", "--sync", &self.id]);
        display.xdotool(&["mousemove", "--window", &self.id, &x, &y]);
        sleep(PAUSE);
        display.xdotool(&["click", "1"]);
        sleep(DRAWN);
    }

    /// Clicks into the text area of a Workspace.
    fn click_text(&self) {
        self.click(200, 150);
    }

    fn type_in(&self, text: &str) {
        self.display.xdotool(&["type", "--delay", "30", text]);
        sleep(DRAWN);
    }

    fn key(&self, key: &str) {
        self.display.xdotool(&["key", key]);
        sleep(DRAWN);
    }

    /// What is in the clipboard after Ctrl-A and Ctrl-C.
    fn copied_text(&self) -> String {
        self.key("ctrl+a");
        self.key("ctrl+c");
        let words = ["-out", "-selection", "clipboard"];
        let done = self.display.on(Command::new("xclip").args(words)).output();
        String::from_utf8_lossy(&done.expect("xclip was there").stdout).into_owned()
    }

    /// What the close button of its frame would do.
    fn close(&self) {
        let id = self.id.parse().expect("windows have numbers");
        x11::ask_to_close(&self.display.name, id).expect("the X server listens");
    }

    /// What is to be seen.
    fn picture(&self) -> Picture {
        let words = ["-window", &self.id, "-depth", "8", "ppm:-"];
        let done = self.display.on(Command::new("import").args(words)).output();
        Picture::read(&done.expect("ImageMagick was there").stdout)
    }
}

/// The pixels of a window.
#[derive(PartialEq)]
struct Picture {
    size: (usize, usize),
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    /// Reads a PPM file as ImageMagick writes it: magic, width and height, largest value, pixels.
    fn read(file: &[u8]) -> Picture {
        let mut head = file.splitn(4, |byte| byte.is_ascii_whitespace());
        let mut word = || String::from_utf8_lossy(head.next().unwrap_or(b"")).into_owned();
        assert_eq!(word(), "P6", "a picture");
        let width = word().parse().expect("a width");
        let height = word().parse().expect("a height");
        let rest = head.next().unwrap_or(b"");
        let rest = rest.strip_prefix(b"255\n").expect("8 bits a color");
        let pixels: Vec<[u8; 3]> = rest.chunks_exact(3).map(|p| [p[0], p[1], p[2]]).collect();
        assert_eq!(pixels.len(), width * height);
        Picture {
            size: (width, height),
            pixels,
        }
    }

    /// How many pixels are dark: letters, in a light window.
    fn dark(&self) -> usize {
        let dark = |pixel: &&[u8; 3]| pixel.iter().all(|color| *color < 128);
        self.pixels.iter().filter(dark).count()
    }

    /// How light it is on the whole.
    fn lightness(&self) -> usize {
        let sum: usize = self.pixels.iter().flatten().map(|n| usize::from(*n)).sum();
        sum / (3 * self.pixels.len())
    }
}

#[test]
fn a_session_with_the_windows() {
    let Some(display) = Display::open() else {
        return;
    };
    let mut program = display.start(&["--theme", "light"]);
    let transcript = program.window("SmallWorld", 0, 0);
    let seen = transcript.picture();
    assert_eq!(seen.size, (400, 300), "as large as the image says");
    let (dark, light) = (seen.dark(), seen.lightness());
    assert!((100..10_000).contains(&dark), "{dark} pixels of letters");
    assert!(light > 200, "{light} of 255 is not light");

    transcript.click(110, 18); // Tools
    assert!(transcript.picture() != seen, "a menu is open");
    transcript.click(130, 68); // Workspace
    let workspace = program.window("Workspace", 450, 0);
    let empty = workspace.picture();
    workspace.click_text();
    workspace.type_in("3 + 4");
    workspace.click(200, 20); // print it
    workspace.click_text();
    assert!(workspace.picture() != empty);
    assert_eq!(workspace.copied_text(), "3 + 4 7");

    // An error has a window, which closes; the rest goes on.
    workspace.type_in("nil foo");
    workspace.key("ctrl+Return");
    let error = program.window("Does Not Understand", 0, 400);
    error.click(150, 100);
    let text = error.copied_text();
    assert!(text.contains("doesNotUnderstand:["), "a backtrace: {text}");
    error.close();
    program.until_gone("Does Not Understand");

    // What does not end can be stopped, and stops nothing else.
    workspace.click_text();
    workspace.key("ctrl+a");
    workspace.type_in("[true] whileTrue: [nil]");
    workspace.key("ctrl+Return");
    transcript.click(110, 18);
    transcript.click(140, 45); // Class Browser
    let browser = program.window("Browser", 700, 400);
    assert!(browser.picture().dark() > 300);
    browser.key("ctrl+period");
    let error = program.any_window("Error");
    error.close();
    browser.close();
    program.until_gone("Browser");
    workspace.close();
    program.until_gone("Workspace");

    // The Transcript asks; the answer is yes.
    transcript.close();
    let question = program.window("Question", 0, 0);
    question.click(50, 130);
    assert_eq!(program.ended(), Some(0));
}

#[test]
fn one_window_for_all() {
    let Some(display) = Display::open() else {
        return;
    };
    let mut program = display.start(&["--windows", "desktop", "--theme", "dark"]);
    let desktop = program.window("SmallWorld", 0, 0);
    let seen = desktop.picture();
    assert!(seen.size.0 > 1000, "{:?}", seen.size);
    assert!(seen.lightness() < 100, "it is dark");
    let colors: std::collections::HashSet<_> = seen.pixels.iter().collect();
    assert!(colors.len() > 20, "there is something in it");
    // Ctrl-C in the terminal ends it where nothing runs.
    let pid = program.child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status();
    assert!(sent.expect("there is a kill").success());
    assert_eq!(program.ended(), Some(130));
}

#[test]
fn other_images_have_windows_too() {
    let Some(display) = Display::open() else {
        return;
    };
    for (year, title) in [(2015, "SmallWorld"), (2004, "")] {
        let Some(path) = support::shared_image(year) else {
            continue;
        };
        // The evaluator is called after the image.
        let title = if title.is_empty() { &path } else { title };
        let program = display.start(&["--image", &path]);
        let window = program.window(title, 0, 0);
        assert!(window.picture().dark() > 50, "{year}: something is written");
        if year == 2004 {
            window.click_text();
            window.type_in("3 + 4");
            window.click(360, 20); // print it
            window.click_text();
            assert_eq!(window.copied_text(), "3 + 4 7");
        }
    }
}

#[test]
fn without_a_display_there_is_a_prompt() {
    for (name, reason) in [
        (
            None,
            "there is no display: neither WAYLAND_DISPLAY nor DISPLAY is set",
        ),
        (Some(":4711"), "cannot open a window"),
    ] {
        let mut command = command(&[]);
        command
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET");
        match name {
            Some(name) => command.env("DISPLAY", name),
            None => command.env_remove("DISPLAY"),
        };
        let done = support::finish_with_input(&mut command, "3 + 4\n");
        done.is_fine("7\n");
        assert!(done.stderr.contains(reason), "{}", done.stderr);
        assert!(done.stderr.contains("here is a prompt"), "{}", done.stderr);
        assert!(!done.stderr.contains("panicked"), "{}", done.stderr);
    }
}

/// Makes the pictures of the documentation.
#[test]
#[ignore = "writes docs/images"]
fn pictures_for_the_documentation() {
    let display = Display::open().expect("the tools are installed");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/images");
    std::fs::create_dir_all(&folder).expect("a folder");
    for theme in ["light", "dark"] {
        let program = display.start(&["--theme", theme]);
        let transcript = program.window("SmallWorld", 20, 20);
        transcript.click(110, 18);
        transcript.click(140, 45);
        let browser = program.window("Browser", 440, 20);
        browser.click(60, 185); // Block
        browser.click(250, 105); // on:do:
        transcript.click(110, 18);
        transcript.click(130, 68);
        let workspace = program.window("Workspace", 20, 340);
        workspace.click_text();
        workspace.type_in("(1/3) + (2/5)");
        workspace.click(200, 20);
        workspace.click_text();
        let file = folder.join(format!("windows-{theme}.png"));
        let file = file.display().to_string();
        let words = [
            "-window",
            "root",
            "-crop",
            "1060x660+0+0",
            "+repage",
            "-strip",
            "+dither",
            "-colors",
            "64",
        ];
        let done = display
            .on(Command::new("import").args(words).arg(&file))
            .status();
        assert!(done.expect("ImageMagick was there").success());
        println!("{file}");
    }
}
