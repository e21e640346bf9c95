//! The project's own image under test.
//!
//! The image is built from `kernel/` here; native code comes from the crate `generated`,
//! which translates the same image unless the build was for another one.

pub mod compatibility;

use anyhow::{Context, Result, anyhow};
use smallworld_bootstrap::{build, sources_in};
use smallworld_image::{Format, Image};
use smallworld_needs::{Need, not_tested};
use smallworld_runtime::native::NO_NATIVE;
use smallworld_runtime::ui::Headless;
use smallworld_runtime::{Evaluation, Options, Source, Vm};
use std::path::{Path, PathBuf};

/// Words of machine stack: enough for what the tests do.
const STACK_WORDS: usize = 1 << 22;

/// Who runs the methods.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tier {
    /// The interpreter.
    Interpreter,
    /// Native code, nothing specialised.
    Baseline,
    /// Native code, what the build's profile says is hot specialised.
    Specialised,
}

/// The image, ready to be run.
pub struct Kernel {
    bytes: Vec<u8>,
    /// Checked once; each machine starts from it.
    source: Source,
    tier: Tier,
}

impl Kernel {
    /// Builds the image from its sources.
    ///
    /// # Errors
    /// The sources have mistakes.
    pub fn build(tier: Tier) -> Result<Kernel> {
        let sources = sources_in(&root().join("kernel"))?;
        let image = build(&sources).map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            anyhow!("{}", lines.join("\n"))
        })?;
        // Native code knows objects by their place in the file.
        let bytes = image.write(Format::V1);
        let source = match tier {
            Tier::Interpreter => Source::other(&NO_NATIVE, Image::read(&bytes)?)?,
            Tier::Baseline | Tier::Specialised => Source::own(&smallworld_generated::NATIVE)?,
        };
        Ok(Kernel {
            bytes,
            source,
            tier,
        })
    }

    /// Is there native code of this very image?
    pub fn has_native_code(&self) -> bool {
        smallworld_generated::NATIVE.image == self.bytes
    }

    /// Does the machine run specialised code?
    pub fn is_specialised(&self) -> bool {
        self.tier == Tier::Specialised && !smallworld_generated::NATIVE.units.is_empty()
    }

    /// A machine with a fresh copy of the image.
    pub fn machine(&self) -> Box<Vm> {
        self.machine_with(|_| {})
    }

    /// A machine with a fresh copy of the image, and other options.
    pub fn machine_with(&self, change: impl FnOnce(&mut Options)) -> Box<Vm> {
        let is_native = self.tier != Tier::Interpreter;
        let mut options = Options {
            stack_words: STACK_WORDS,
            native: is_native,
            specialised: self.tier == Tier::Specialised,
            ..Options::default()
        };
        change(&mut options);
        let ui = Box::new(Headless::silent());
        Vm::new(&self.source, options, ui)
    }

    /// A machine that takes texts in the language of 2015.
    ///
    /// # Errors
    /// The image does not.
    pub fn machine_of_2015(&self) -> Result<Box<Vm>> {
        let mut machine = self.machine();
        let done = machine
            .use_language_of_2015(true)
            .map_err(anyhow::Error::msg)?;
        match done {
            Evaluation::Value(_) => Ok(machine),
            other => Err(anyhow!("Parser dialect: 2015 comes to {other:?}")),
        }
    }

    /// What an expression shows, in a fresh machine.
    ///
    /// # Errors
    /// It ends in an error.
    pub fn evaluate(&self, expression: &str) -> Result<String> {
        let result = self.machine().evaluate(expression.as_bytes());
        match result.map_err(anyhow::Error::msg)? {
            Evaluation::Value(text) => Ok(String::from_utf8_lossy(&text).into_owned()),
            Evaluation::Error(text) => Err(anyhow!("{}", String::from_utf8_lossy(&text))),
            other => Err(anyhow!("'{expression}': {other:?}")),
        }
    }
}

/// All tiers, or the interpreter alone when the native code belongs to another image.
///
/// # Errors
/// As for [`Kernel::build`].
pub fn kernels() -> Result<Vec<Kernel>> {
    let mut kernels = vec![Kernel::build(Tier::Interpreter)?];
    for tier in [Tier::Baseline, Tier::Specialised] {
        let kernel = Kernel::build(tier)?;
        if kernel.has_native_code() {
            kernels.push(kernel);
        } else {
            not_tested(Need::Own, "native code: this build is for another image");
        }
    }
    Ok(kernels)
}

/// The workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder of the oracle, if it is there.
pub fn oracle() -> Option<PathBuf> {
    smallworld_needs::shared().map(|folder| folder.join("oracle"))
}

/// Makes an empty folder and goes there: some expressions write files.
///
/// # Errors
/// It cannot be made.
pub fn enter_empty_folder(name: &str) -> Result<()> {
    let folder = std::env::temp_dir().join(format!("smallworld-{}-{name}", std::process::id()));
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::env::set_current_dir(&folder))
        .with_context(|| format!("cannot use '{}'", folder.display()))
}
