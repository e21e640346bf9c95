//! From the command line to a machine with an image, and from evaluations to outcomes.

use crate::args::{DialectName, GlobalOptions, Tier};
use crate::failure::{self, Failure, Outcome, tell};
use crate::interrupts::{self, Interrupts};
use smallworld_bootstrap::Dialect;
use smallworld_generated::NATIVE;
use smallworld_image::Image;
use smallworld_profile::{Profile, codec};
use smallworld_runtime::file_access::FileAccess;
use smallworld_runtime::sampling::Samples;
use smallworld_runtime::saver::write_atomically;
use smallworld_runtime::ui::{Headless, PaneKind, Ui};
use smallworld_runtime::{Evaluation, Options, Vm};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// An image that has been read.
pub struct Source {
    /// The image.
    pub image: smallworld_runtime::Source,
    /// Its size as a file.
    pub bytes: usize,
    /// The file, unless it is the one this program was built from.
    pub path: Option<PathBuf>,
}

impl Source {
    /// Reads the image that the options name, or the built-in one.
    pub fn read(options: &GlobalOptions) -> Result<Source, Failure> {
        let started = Instant::now();
        let source = match &options.image {
            None => Source {
                image: smallworld_runtime::Source::own(&NATIVE)
                    .map_err(|e| Failure::usage(format_args!("the built-in image: {e}")))?,
                bytes: NATIVE.image.len(),
                path: None,
            },
            Some(path) => {
                let bytes = std::fs::read(path).map_err(|e| {
                    Failure::usage(format_args!(
                        "cannot read the image '{}': {e}",
                        path.display()
                    ))
                })?;
                let image = Image::read(&bytes)
                    .and_then(|image| smallworld_runtime::Source::other(&NATIVE, image));
                let image = image.map_err(|e| {
                    Failure::usage(format_args!(
                        "cannot use the image '{}': {e}",
                        path.display()
                    ))
                })?;
                Source {
                    image,
                    bytes: bytes.len(),
                    path: Some(path.clone()),
                }
            }
        };
        tracing::info!(
            target: "vm",
            objects = source.image.image().objects.len(),
            bytes = source.bytes,
            time = ?started.elapsed(),
            "image read"
        );
        Ok(source)
    }

    /// How the image is called.
    pub fn name(&self) -> String {
        match &self.path {
            Some(path) => path.display().to_string(),
            None => built_in_name().into(),
        }
    }
}

/// How the image is called that the program was built from.
pub fn built_in_name() -> &'static str {
    NATIVE.about.split(" (").next().unwrap_or("image")
}

/// A machine at work for a command.
pub struct Session {
    /// The machine.
    pub vm: Box<Vm>,
    /// Who is told of Ctrl-C.
    pub interrupts: Interrupts,
    /// How the image is called.
    pub image_name: String,
    profile_out: Option<PathBuf>,
    profile_time: Option<PathBuf>,
    /// What earlier machines of this session saw.
    earlier: Option<Profile>,
    /// Error windows that are not the program's fault.
    pub ignored_windows: usize,
    /// The language of texts; none for an image whose compiler knows one of its own only.
    pub dialect: Option<Dialect>,
}

impl Session {
    /// A machine with the image that the options name.
    pub fn new(options: &GlobalOptions) -> Result<Session, Failure> {
        Session::with(&Source::read(options)?, options, Interrupts::listen())
    }

    /// A machine with an image that has been read.
    pub fn with(
        source: &Source,
        options: &GlobalOptions,
        interrupts: Interrupts,
    ) -> Result<Session, Failure> {
        Session::with_windows(source, options, interrupts, Box::new(Headless::new()))
    }

    /// A machine whose windows are that window system's.
    pub fn with_windows(
        source: &Source,
        options: &GlobalOptions,
        interrupts: Interrupts,
        ui: Box<dyn Ui + Send>,
    ) -> Result<Session, Failure> {
        if interrupts::ended_by().is_some() {
            return Err(Failure::Closed);
        }
        let started = Instant::now();
        let defaults = Options::default();
        let machine = Options {
            max_heap: options.max_heap.unwrap_or(defaults.max_heap),
            stack_words: options.max_stack.map_or(defaults.stack_words, |b| b / 8),
            gc_stress: options.gc_stress,
            native: options.tier != Tier::Interpreter,
            specialised: options.tier == Tier::Specialised,
            provoke_bug: options.provoke_bug,
            files: file_access(options)?,
            arguments: options.arguments.clone(),
            environment: !options.no_environment,
            ..defaults
        };
        let max_heap = machine.max_heap;
        let mut vm = Vm::new(&source.image, machine, ui);
        if let Some(path) = &source.path {
            vm.set_image_path(path);
        }
        interrupts.attach(vm.interrupt_handle());
        vm.observe(crate::trace::observer());
        if options.profile_time.is_some() {
            vm.start_sampling(Samples::default());
        }
        let counts = vm.counts();
        if counts.old_bytes >= max_heap {
            return Err(Failure::usage(format_args!(
                "--max-heap is too small: the image alone takes {} bytes",
                counts.old_bytes
            )));
        }
        tracing::info!(
            target: "vm",
            methods = counts.methods,
            native = counts.native,
            sites = counts.native_sites,
            time = ?started.elapsed(),
            "machine ready"
        );
        for (name, problem) in &counts.interpreted {
            match problem {
                None => tracing::debug!(target: "vm/jit", "{name} is interpreted"),
                Some(p) => tracing::warn!(target: "vm/jit", "{name} cannot run: {p}"),
            }
        }
        let mut session = Session {
            vm,
            interrupts,
            image_name: source.name(),
            profile_out: options.profile_out.clone(),
            profile_time: options.profile_time.clone(),
            earlier: None,
            ignored_windows: 0,
            dialect: None,
        };
        session.set_dialect(options.dialect)?;
        Ok(session)
    }

    /// Has texts compiled in the language that the options name.
    fn set_dialect(&mut self, name: Option<DialectName>) -> Outcome {
        if self.vm.has_dialects() {
            return self.speak(match name {
                Some(DialectName::Of2015) => Dialect::Of2015,
                _ => Dialect::Current,
            });
        }
        match name {
            Some(DialectName::Current) => Err(Failure::usage(
                "the image has one language, that of 2015: leave out --dialect",
            )),
            _ => Ok(()),
        }
    }

    fn speak(&mut self, dialect: Dialect) -> Outcome {
        let before = self.dialect.replace(dialect);
        let old = dialect == Dialect::Of2015;
        if !old && before.is_none() {
            // An image comes with its own language.
            return Ok(());
        }
        let done = self.running("the dialect", |vm| vm.use_language_of_2015(old));
        self.value_of(done).map(drop)
    }

    /// Writes the image to a file. When it is read again it speaks its own language.
    pub fn save_image(&mut self, path: &Path) -> Outcome {
        let dialect = self.dialect;
        if dialect == Some(Dialect::Of2015) {
            self.speak(Dialect::Current)?;
        }
        let saved = self.vm.save_image(path).map_err(Failure::usage);
        if let Some(Dialect::Of2015) = dialect {
            self.speak(Dialect::Of2015)?;
        }
        let left_out = saved?;
        if !left_out.is_nothing() {
            tell(format_args!(
                "not in '{}', nil is there: {left_out}",
                path.display()
            ));
        }
        match left_out.floats {
            0 => Ok(()),
            // Values of the program are lost.
            _ => Err(Failure::Program),
        }
    }

    /// Runs something of the machine's; Ctrl-C stops it, and only it.
    pub fn running<T>(&mut self, what: &str, work: impl FnOnce(&mut Vm) -> T) -> T {
        let started = Instant::now();
        self.interrupts.set_running(true);
        let done = work(&mut self.vm);
        self.interrupts.set_running(false);
        tracing::debug!(target: "vm", time = ?started.elapsed(), "{what}");
        let counts = self.vm.counts_of_collections();
        tracing::trace!(
            target: "vm",
            minor = counts.0,
            full = counts.1,
            old_bytes = counts.2,
            "collections so far"
        );
        done
    }

    /// Evaluates an expression and answers what its value's `printString` says.
    pub fn print(&mut self, expression: &[u8]) -> Result<Vec<u8>, Failure> {
        let shown = String::from_utf8_lossy(expression).into_owned();
        let done = self.running(&shown, |vm| vm.evaluate_and_print(expression));
        self.value_of(done)
    }

    /// Starts the image up, if it has `SmallWorld startUp`; from then on what it shows on its
    /// Transcript goes to standard output. The windows it shows meanwhile, the Transcript's
    /// among them, are of no interest to whoever wants something evaluated, unless starting
    /// fails. An image that fails can still be worked with.
    pub fn start_up(&mut self) -> Outcome {
        if !self.vm.has_start_up() {
            return Ok(());
        }
        let windows = Shown::default();
        if let Some(headless) = self.vm.headless() {
            headless.set_sink(Some(Box::new(windows.clone())));
        }
        let done = self.running("start-up", |vm| vm.evaluate(b"SmallWorld startUp"));
        self.show_windows();
        if !matches!(done, Ok(Evaluation::Value(_))) || self.error_windows() > 0 {
            // Whoever closed standard error does not want it.
            let _ = std::io::stderr().write_all(&windows.taken());
        }
        let started = match self.value_of(done) {
            Ok(_) | Err(Failure::Program) => Ok(()),
            Err(other) => Err(other),
        };
        self.ignored_windows += self.error_windows();
        self.follow_transcript();
        started
    }

    /// Has what is shown on the Transcript from now on written to standard output.
    pub fn follow_transcript(&mut self) {
        self.vm.on_transcript(|text| {
            failure::line_is_open(text.last().is_some_and(|b| *b != b'\n'));
            let mut out = std::io::stdout().lock();
            // Who has stopped reading it does not end the program.
            let _ = out.write_all(text).and_then(|()| out.flush());
        });
    }

    /// Has windows written to standard error from now on.
    pub fn show_windows(&mut self) {
        if let Some(headless) = self.vm.headless() {
            headless.set_sink(Some(Box::new(std::io::stderr())));
        }
    }

    /// Tells the user what went wrong; the image has shown its error windows already.
    pub fn value_of(&mut self, done: Result<Evaluation, String>) -> Result<Vec<u8>, Failure> {
        let shown = self.vm.headless().is_none_or(|h| h.has_shown());
        match done {
            Ok(Evaluation::Value(value)) => Ok(value),
            Ok(Evaluation::Error(text)) => {
                if text.is_empty() {
                    tell("the process ended without a value");
                } else if !shown || (!text.ends_with(b" ") && !text.ends_with(b"\n")) {
                    // The machine's own words, or those of an image that has shown no window.
                    tell(String::from_utf8_lossy(&text).trim_end());
                }
                Err(Failure::Program)
            }
            Ok(Evaluation::Recovered { errors, .. }) => {
                for text in errors.iter().filter(|_| !shown) {
                    tell(String::from_utf8_lossy(text).trim_end());
                }
                Err(Failure::Program)
            }
            Ok(Evaluation::Quit) => Err(Failure::Closed),
            Err(problem) => {
                tell(problem);
                Err(Failure::Program)
            }
        }
    }

    /// Shown windows with a backtrace in them, which ends with a line of one blank; only
    /// those that are the program's fault.
    pub fn error_windows(&mut self) -> usize {
        let ignored = self.ignored_windows;
        let Some(headless) = self.vm.headless() else {
            return 0;
        };
        let shown = headless.shown_windows().into_iter();
        shown
            .flat_map(|window| headless.panes(window, PaneKind::TextArea))
            .filter(|&pane| headless.text(pane).is_ok_and(|text| text.ends_with(b"\n ")))
            .count()
            .saturating_sub(ignored)
    }

    /// Starts again with a new machine, from the image as it was.
    pub fn restart(&mut self, source: &Source, options: &GlobalOptions) -> Outcome {
        let mut fresh = Session::with(source, options, self.interrupts.clone())?;
        if let Some(samples) = self.vm.stop_sampling() {
            fresh.vm.start_sampling(samples);
        }
        let recording = self.profile_out.is_some();
        let seen = recording.then(|| self.profile());
        *self = Session {
            earlier: seen,
            ..fresh
        };
        Ok(())
    }

    /// What the send sites of all machines of this session saw.
    fn profile(&mut self) -> Profile {
        let mut profile = self.vm.profile();
        if let Some(earlier) = &self.earlier {
            profile.merge(earlier);
        }
        profile
    }

    /// Says whether the prompt waits for its user from now on. With `--profile-out`, what
    /// has been seen so far is left where a signal finds it.
    pub fn set_waiting(&mut self, waiting: bool) {
        if waiting {
            self.note_profile();
        }
        self.interrupts.set_waiting(waiting);
    }

    /// With `--profile-out`, leaves what has been seen so far where a signal finds it.
    pub fn note_profile(&mut self) {
        if let Some(path) = self.profile_out.clone() {
            let profile = self.profile();
            self.interrupts.keep_profile(path, profile);
        }
    }

    /// Writes the profile to a file.
    pub fn write_profile(&mut self, path: &Path) -> Outcome {
        write_profile(path, &self.profile()).map_err(Failure::usage)
    }

    /// With `--profile-time`, writes the flame graph and the stacks beside it.
    fn write_samples(&mut self) -> Outcome {
        let Some(path) = self.profile_time.take() else {
            return Ok(());
        };
        let samples = self.vm.stop_sampling().unwrap_or_default();
        let picture = crate::flame::svg(&self.image_name, &samples);
        let folded = path.with_extension("folded");
        for (path, text) in [(&path, picture), (&folded, samples.collapsed())] {
            write_atomically(path, text.as_bytes()).map_err(|e| {
                Failure::usage(format_args!("cannot write '{}': {e}", path.display()))
            })?;
        }
        Ok(())
    }

    /// What is left to do when a command is over, well or not. Answers how it ended.
    pub fn finish(&mut self, outcome: Outcome) -> Outcome {
        failure::end_line();
        if let Some(code) = self.vm.exit_code() {
            failure::wants(code);
        }
        let written = match self.profile_out.take() {
            Some(path) => self.write_profile(&path),
            None => Ok(()),
        };
        let written = written.and(self.write_samples());
        crate::trace::exits(&self.vm);
        match (outcome, written) {
            (Err(failure), Err(other)) => {
                other.report();
                Err(failure)
            }
            (outcome, written) => outcome.and(written),
        }
    }
}

/// Writes a profile to a file, as a whole or not at all.
///
/// # Errors
/// Names the file and says why it could not be written.
pub fn write_profile(path: &Path, profile: &Profile) -> Result<(), String> {
    let failed = |problem: &dyn std::fmt::Display| {
        format!(
            "cannot write the profile to '{}': {problem}",
            path.display()
        )
    };
    let bytes = codec::encode(profile).map_err(|e| failed(&e))?;
    write_atomically(path, &bytes).map_err(|e| failed(&e))
}

/// What the user lets programs touch.
fn file_access(options: &GlobalOptions) -> Result<FileAccess, Failure> {
    match &options.files_inside {
        Some(folder) => FileAccess::inside(folder).map_err(|e| {
            Failure::usage(format_args!(
                "cannot use the folder '{}' for --files: {e}",
                folder.display()
            ))
        }),
        None if options.no_files => Ok(FileAccess::nowhere()),
        None => Ok(FileAccess::anywhere()),
    }
}

/// Windows that have been shown to nobody yet.
#[derive(Clone, Default)]
struct Shown(Arc<Mutex<Vec<u8>>>);

impl Shown {
    fn taken(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Shown {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        text.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
