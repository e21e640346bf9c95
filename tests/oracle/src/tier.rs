//! The ways to run an image: which code, from which image, under how much stress.

use crate::Shared;
use anyhow::{Context, Result, bail};
use smallworld_image::Image;
use smallworld_runtime::native::{NO_NATIVE, NativeImage};
use smallworld_runtime::ui::Headless;
use smallworld_runtime::{Options, Source, Vm};
use std::path::Path;

/// The 2015 image.
pub const IMAGE_2015: &str = "smallworld-2015.image";
/// Budd's image.
pub const IMAGE_2004: &str = "smallworld-2004.image";
/// The project's own image, which is always there.
pub const IMAGE_OWN: &str = "own";

/// Words of machine stack in tests that do not recurse deeply: 8 MiB.
const STACK_WORDS: usize = 1 << 20;

/// Who runs the methods of the image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Code {
    /// The interpreter, every one of them.
    Interpreter,
    /// Native code that was optimised.
    Optimised,
    /// Native code that was not, which needs the trampoline all the time.
    Unoptimised,
    /// Native code of which a part was specialised by a profile.
    Specialised,
}

/// A way to run an image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tier {
    /// What it is called in summaries and on the command line.
    pub name: &'static str,
    /// Who runs the methods.
    pub code: Code,
    /// Collect at every n-th safepoint; 0 for only when memory is full.
    pub gc_stress: u32,
    /// Run in a thread with that many bytes of native stack, and use less than half.
    pub native_stack: Option<usize>,
    /// Save the image first and run what was saved: methods are then found again by
    /// their fingerprints.
    pub resaved: bool,
}

/// Methods interpreted.
pub const INTERPRETER: Tier = Tier {
    name: "interpreter",
    code: Code::Interpreter,
    gc_stress: 0,
    native_stack: None,
    resaved: false,
};

/// Methods native and optimised.
pub const OPTIMISED: Tier = Tier {
    name: "optimised",
    code: Code::Optimised,
    ..INTERPRETER
};

/// Methods native and not optimised.
pub const UNOPTIMISED: Tier = Tier {
    name: "unoptimised",
    code: Code::Unoptimised,
    ..INTERPRETER
};

/// Methods native, some of them specialised.
pub const SPECIALISED: Tier = Tier {
    name: "specialised",
    code: Code::Specialised,
    ..INTERPRETER
};

impl Tier {
    /// The tier under another name with a collection at every n-th safepoint.
    pub const fn stressed(self, name: &'static str, every: u32) -> Tier {
        Tier {
            name,
            gc_stress: every,
            ..self
        }
    }

    /// The tier under another name in a thread with a native stack of that many bytes.
    pub const fn on_small_stack(self, name: &'static str, bytes: usize) -> Tier {
        Tier {
            name,
            native_stack: Some(bytes),
            ..self
        }
    }

    /// The tier under another name, with an image that was saved and loaded again.
    pub const fn resaved(self, name: &'static str) -> Tier {
        Tier {
            name,
            resaved: true,
            ..self
        }
    }

    /// The native code for an image.
    ///
    /// Of our own image there is optimised code in the crate of optimised ones. The rest is
    /// what `generated` has of it anyway: not optimised in a development build, and
    /// specialised by the profile that users' binaries are built with.
    fn native(&self, image: &str) -> &'static NativeImage {
        use smallworld_native_debug as debug;
        use smallworld_native_release as release;
        use smallworld_native_special as special;
        match (self.code, image) {
            (Code::Interpreter, _) => &NO_NATIVE,
            (Code::Optimised, IMAGE_OWN) => &release::SMALLWORLD_OWN,
            (Code::Optimised, IMAGE_2004) => &release::SMALLWORLD_2004,
            (Code::Optimised, _) => &release::SMALLWORLD_2015,
            (Code::Specialised | Code::Unoptimised, IMAGE_OWN) => &smallworld_generated::NATIVE,
            (Code::Specialised, IMAGE_2004) => &special::SMALLWORLD_2004,
            (Code::Specialised, _) => &special::SMALLWORLD_2015,
            (Code::Unoptimised, IMAGE_2004) => &debug::SMALLWORLD_2004,
            (Code::Unoptimised, _) => &debug::SMALLWORLD_2015,
        }
    }

    /// Can the tier run our own image? Not by the code that belongs to another image, when
    /// the build was told to be for one.
    pub fn has_own(&self) -> bool {
        let own = smallworld_native_release::SMALLWORLD_OWN.image;
        self.code == Code::Interpreter || self.native(IMAGE_OWN).image == own
    }

    /// The options this tier stands for.
    pub fn options(&self) -> Options {
        let mut options = Options {
            stack_words: STACK_WORDS,
            gc_stress: self.gc_stress,
            native: self.code != Code::Interpreter,
            specialised: self.code == Code::Specialised,
            ..Options::default()
        };
        if let Some(bytes) = self.native_stack {
            options.native_stack = bytes * 3 / 8;
        }
        options
    }

    /// Runs something where this tier runs: in a thread of its own, if it is one with a
    /// small native stack.
    ///
    /// # Errors
    /// Those of what is run; the thread cannot be made, or panicked.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        let Some(bytes) = self.native_stack else {
            return work();
        };
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new()
                .stack_size(bytes)
                .spawn_scoped(scope, work)
                .context("cannot start a thread")?;
            thread
                .join()
                .unwrap_or_else(|_| bail!("the thread panicked"))
        })
    }
}

/// An image, ready to be run in a tier as often as one likes.
pub struct World {
    /// The tier.
    pub tier: Tier,
    native: &'static NativeImage,
    source: Source,
}

impl World {
    /// Reads a shared image for a tier.
    ///
    /// # Errors
    /// The image cannot be read; native code was asked for and the build had none;
    /// saving it did not work.
    pub fn new(shared: &Shared, image: &str, tier: Tier) -> Result<World> {
        World::with(image, tier, || shared.image(image))
    }

    /// Our own image in a tier.
    ///
    /// # Errors
    /// The native code that the tier needs is of another image; saving did not work.
    pub fn own(tier: Tier) -> Result<World> {
        if !tier.has_own() {
            bail!("this build is for another image");
        }
        let bytes = smallworld_native_release::SMALLWORLD_OWN.image;
        World::with(IMAGE_OWN, tier, || Ok(Image::read(bytes)?))
    }

    fn with(image: &str, tier: Tier, read: impl FnOnce() -> Result<Image>) -> Result<World> {
        let native = tier.native(image);
        if tier.code != Code::Interpreter && native.methods.is_empty() {
            bail!(
                "the tests were built when '{image}' was not there; touch tests/native/translate.rs"
            );
        }
        let source = match tier.code {
            Code::Interpreter => Source::other(native, read()?)?,
            _ => Source::own(native)?,
        };
        let mut world = World {
            tier,
            native,
            source,
        };
        if tier.resaved {
            let file = std::env::temp_dir().join(format!(
                "smallworld-{}-{}.image",
                std::process::id(),
                image
            ));
            let saved = world.save_and_read(&file);
            // Left behind, it would do no harm.
            let _ = std::fs::remove_file(&file);
            world.source = Source::other(native, saved?)?;
        }
        Ok(world)
    }

    fn save_and_read(&self, file: &Path) -> Result<Image> {
        // An image remembers the language that its compiler takes.
        let mut vm = self.machine_of_today();
        vm.save_image(file).map_err(anyhow::Error::msg)?;
        Ok(Image::read_file(file)?)
    }

    /// The same tier and native code with another image.
    ///
    /// # Errors
    /// The image is none.
    pub fn clone_for(&self, image: Image) -> Result<World> {
        Ok(World {
            tier: self.tier,
            native: self.native,
            source: Source::other(self.native, image)?,
        })
    }

    /// The image.
    pub fn image(&self) -> &Image {
        self.source.image()
    }

    /// A fresh machine with a fresh copy of the image.
    pub fn machine(&self) -> Box<Vm> {
        self.machine_with(self.tier.options())
    }

    /// A fresh machine that takes texts in the image's own language.
    pub fn machine_of_today(&self) -> Box<Vm> {
        Vm::new(
            &self.source,
            self.tier.options(),
            Box::new(Headless::silent()),
        )
    }

    /// A fresh machine with other options than the tier's. It takes texts in the language of 2015.
    pub fn machine_with(&self, options: Options) -> Box<Vm> {
        let ui = Box::new(Headless::silent());
        let mut vm = Vm::new(&self.source, options, ui);
        if vm.has_dialects() {
            // What goes wrong here goes wrong with the first text, too.
            let _ = vm.use_language_of_2015(true);
        }
        vm
    }
}
