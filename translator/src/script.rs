//! A build script for crates with an image of their own.
//!
//! ```no_run
//! // What is in the `main` of build.rs:
//! smallworld_translator::script::Script::kernel()
//!     .sources("classes")
//!     .run();
//! ```
//!
//! The crate takes the result in with `smallworld_runtime::include_image!(image);`.

use crate::build::write_if_changed;
use crate::output::{Part, TRANSLATE, translate_part};
use anyhow::{Context, Result, anyhow};
use smallworld_bootstrap::Source;
use smallworld_image::{Format, Image};
use smallworld_profile::codec;
use std::path::{Path, PathBuf};

/// Folders of the kernel that a program does not need.
const NOT_FOR_PROGRAMS: [&str; 2] = ["tests", "benchmarks"];

/// What a build script translates. Relative paths are relative to the crate's folder.
#[derive(Clone, Debug)]
pub struct Script {
    image: Option<PathBuf>,
    sources: Vec<PathBuf>,
    profile: Option<PathBuf>,
    in_development: Part,
}

impl Script {
    /// The project's own class library, without its tests and benchmarks.
    pub fn kernel() -> Script {
        Script {
            image: None,
            sources: Vec::new(),
            profile: None,
            in_development: Part::All,
        }
    }

    /// An image file, in either format.
    pub fn image(path: impl Into<PathBuf>) -> Script {
        Script {
            image: Some(path.into()),
            ..Script::kernel()
        }
    }

    /// Class files on top of the class library: a file, or a folder of `.st` files. An
    /// image file is taken as it is, and has no use for them.
    pub fn sources(mut self, path: impl Into<PathBuf>) -> Script {
        self.sources.push(path.into());
        self
    }

    /// Specialises by a profile.
    pub fn profile(mut self, path: impl Into<PathBuf>) -> Script {
        self.profile = Some(path.into());
        self
    }

    /// Has development builds (without `--release`) interpret everything: they are compiled in
    /// seconds. The variable `SMALLWORLD_TRANSLATE` has precedence.
    pub fn interpreted_in_development(mut self) -> Script {
        self.in_development = Part::Nothing;
        self
    }

    fn part(&self) -> Result<Part> {
        let development = std::env::var("PROFILE").is_ok_and(|profile| profile == "debug");
        Ok(Part::from_environment()?.unwrap_or(match development {
            true => self.in_development,
            false => Part::All,
        }))
    }

    /// Translates into cargo's output folder. What is wrong is the build's error.
    pub fn run(&self) {
        let out = std::env::var_os("OUT_DIR").map(PathBuf::from);
        let done = out
            .context("this is for build scripts: cargo has set no OUT_DIR")
            .and_then(|out| self.translate_into(&out));
        match done {
            Ok(inputs) => {
                println!("cargo::rerun-if-env-changed={TRANSLATE}");
                for input in inputs {
                    println!("cargo::rerun-if-changed={}", input.display());
                }
            }
            Err(problem) => {
                // The build fails by this, and cargo shows nothing but these lines.
                for line in format!("{problem:#}").lines() {
                    println!("cargo::error={line}");
                }
            }
        }
    }

    /// Translates into a folder: the modules, and the image as `image.bin`. Answers the
    /// files and folders that the outcome depends on.
    ///
    /// # Errors
    /// A file cannot be read, a source has mistakes, or a method cannot be translated.
    pub fn translate_into(&self, out: &Path) -> Result<Vec<PathBuf>> {
        let mut inputs = Vec::new();
        let (bytes, name) = match &self.image {
            Some(_) if !self.sources.is_empty() => {
                return Err(anyhow!(
                    "an image file is taken as it is: file '{}' into it first, with \
                     `smallworld --image IMAGE save NEW --run FILE`",
                    self.sources[0].display()
                ));
            }
            Some(path) => {
                inputs.push(path.clone());
                let bytes = std::fs::read(path)
                    .with_context(|| format!("cannot read the image '{}'", path.display()))?;
                (bytes, file_name(path))
            }
            None => (self.compile_sources(&mut inputs)?, "kernel".into()),
        };
        let image = Image::read(&bytes).map_err(|mut problem| {
            problem.path.clone_from(&self.image);
            problem
        })?;
        let profile = self.profile.as_deref().map(|path| {
            inputs.push(path.to_path_buf());
            codec::read(path).context("this is no profile that can be used")
        });
        let profile = profile.transpose()?;
        let translation = translate_part(&image, &bytes, &name, profile.as_ref(), self.part()?)?;
        for (file, text) in &translation.files {
            write_if_changed(&out.join(file), text.as_bytes())?;
        }
        write_if_changed(&out.join("image.bin"), &bytes)?;
        Ok(inputs)
    }

    fn compile_sources(&self, inputs: &mut Vec<PathBuf>) -> Result<Vec<u8>> {
        let kernel = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kernel");
        let mut sources = sources_at(&kernel)?;
        sources.retain(|source| {
            let path = Path::new(&source.name);
            let inside = path.strip_prefix(&kernel).unwrap_or(path);
            !NOT_FOR_PROGRAMS
                .iter()
                .any(|folder| inside.starts_with(folder))
        });
        inputs.push(kernel);
        for path in &self.sources {
            sources.extend(sources_at(path)?);
            inputs.push(path.clone());
        }
        match smallworld_bootstrap::build(&sources) {
            Ok(image) => Ok(image.write(Format::V1)),
            Err(problems) => {
                let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
                Err(anyhow!("{}", lines.join("\n")))
            }
        }
    }
}

/// A class file, or those in a folder and below it.
fn sources_at(path: &Path) -> Result<Vec<Source>> {
    let unreadable = || format!("cannot read the class files in '{}'", path.display());
    if path.is_dir() {
        return smallworld_bootstrap::sources_in(path).with_context(unreadable);
    }
    let text = std::fs::read_to_string(path).with_context(unreadable)?;
    Ok(vec![Source::new(path.display().to_string(), text)])
}

fn file_name(path: &Path) -> String {
    let name = path.file_name();
    name.map_or_else(|| "image".into(), |n| n.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("script-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn classes_of_ones_own_are_translated_too() {
        let folder = folder("own");
        let own = folder.join("Greeter.st");
        let text = "Class: Greeter\nSuperclass: Object\n\nGreets.\n\n---- instance\n\ngreet\n\t^ 'hello'\n";
        std::fs::write(&own, text).unwrap();
        let inputs = Script::kernel().sources(&own).translate_into(&folder);
        assert_eq!(inputs.unwrap().last(), Some(&own));
        let greeter = std::fs::read_to_string(folder.join("c_greeter.rs")).unwrap();
        assert!(greeter.contains("pub unsafe fn m_greet"), "{greeter}");
        assert!(folder.join("image.bin").is_file());
        assert!(!folder.join("c_test_case_test.rs").exists());
        assert!(!folder.join("c_benchmark.rs").exists());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn mistakes_are_named() {
        let folder = folder("mistakes");
        let problem = |script: Script| format!("{:#}", script.translate_into(&folder).unwrap_err());
        let missing = problem(Script::kernel().sources("no such folder"));
        assert!(missing.contains("no such folder"), "{missing}");
        let both = problem(Script::image("x.image").sources("classes"));
        assert!(both.contains("as it is"), "{both}");
        let missing = problem(Script::image("no.image"));
        assert!(
            missing.contains("cannot read the image 'no.image'"),
            "{missing}"
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
