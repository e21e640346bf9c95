//! `smallworld info`: what the program is made of.

use crate::args::GlobalOptions;
use crate::failure::{Outcome, print_line};
use crate::json;
use crate::session::{Session, Source, built_in_name};
use smallworld_generated::NATIVE;
use smallworld_image::Format;
use smallworld_runtime::info::Counts;
use smallworld_runtime::native::NativeProfile;
use std::sync::LazyLock;

/// What is said.
struct Info {
    image: String,
    built_from: String,
    format: &'static str,
    counts: Counts,
    objects: usize,
    image_bytes: usize,
    binary_bytes: Option<u64>,
}

/// Runs the command.
pub fn info(as_json: bool, options: &GlobalOptions) -> Outcome {
    let source = Source::read(options)?;
    let mut session = Session::with(&source, options, Default::default())?;
    let info = Info {
        image: source.name(),
        built_from: NATIVE.about.to_string(),
        format: match source.image.image().format {
            Format::V1 => "v1",
            Format::Swst => "SWST",
        },
        counts: session.vm.counts(),
        objects: source.image.image().objects.len(),
        image_bytes: source.bytes,
        binary_bytes: binary_bytes(),
    };
    let text = if as_json { info.json() } else { info.text() };
    print_line(text.trim_end().as_bytes())
}

/// What `--version` says: the program's version, the image it was built from with its
/// hash, and the profile.
pub fn long_version() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        format!(
            "{}\nimage: {}\nprofile: {}",
            env!("CARGO_PKG_VERSION"),
            NATIVE.about,
            profile_text(NATIVE.profile)
        )
    });
    &TEXT
}

fn binary_bytes() -> Option<u64> {
    let path = std::env::current_exe().ok()?;
    Some(std::fs::metadata(path).ok()?.len())
}

fn profile_text(profile: Option<NativeProfile>) -> String {
    let Some(p) = profile else {
        return "none".into();
    };
    let exits = match p.exits {
        0 => String::new(),
        n => format!("; specialised code had been left {n} times"),
    };
    format!(
        "{} ({:016x}): {} sites matched, {} stale, {} unmatched{exits}",
        p.name, p.hash, p.matched, p.stale, p.unmatched
    )
}

fn profile_json(profile: Option<NativeProfile>) -> String {
    let Some(p) = profile else {
        return "null".into();
    };
    let mut o = json::Object::default();
    o.string("name", p.name)
        .string("hash", &format!("{:016x}", p.hash))
        .number("matched", p.matched)
        .number("stale", p.stale)
        .number("unmatched", p.unmatched)
        .number("exits", p.exits as usize);
    o.finish()
}

impl Info {
    fn text(&self) -> String {
        let Counts {
            classes,
            methods,
            native,
            specialised,
            specialised_valid,
            interpreted,
            blocks,
            native_sites,
            ..
        } = &self.counts;
        let mut text = format!(
            "smallworld {}, built from {}\n\
             image: {}, format {} (v1 and SWST are read)\n\
             {methods} methods, {native} native\n\
             {specialised} specialised{}, {} interpreted\n\
             {classes} classes (metaclasses included), {} objects, {blocks} blocks, \
             {native_sites} native send sites\n\
             profile: {}\n\
             image {} bytes",
            env!("CARGO_PKG_VERSION"),
            self.built_from,
            self.image,
            self.format,
            match specialised - specialised_valid {
                0 => String::new(),
                out => format!(" ({out} of them not valid any more)"),
            },
            interpreted.len(),
            self.objects,
            profile_text(NATIVE.profile),
            self.image_bytes,
        );
        if let Some(bytes) = self.binary_bytes {
            text.push_str(&format!(", program {bytes} bytes"));
        }
        text.push('\n');
        for (name, problem) in interpreted {
            match problem {
                None => text.push_str(&format!("interpreted: {name}\n")),
                Some(p) => text.push_str(&format!("cannot run: {name}: {p}\n")),
            }
        }
        text
    }

    fn json(&self) -> String {
        let counts = &self.counts;
        let interpreted = counts.interpreted.iter().map(|(name, problem)| {
            let mut o = json::Object::default();
            o.string("name", name);
            if let Some(problem) = problem {
                o.string("problem", problem);
            }
            o.finish()
        });
        let mut methods = json::Object::default();
        methods
            .number("total", counts.methods)
            .number("native", counts.native)
            .number("specialised", counts.specialised)
            .number("specialised_valid", counts.specialised_valid)
            .number("interpreted", counts.interpreted.len());
        let mut sizes = json::Object::default();
        sizes.number("image", self.image_bytes);
        if let Some(bytes) = self.binary_bytes {
            sizes.number("program", bytes);
        }
        let mut o = json::Object::default();
        o.string("version", env!("CARGO_PKG_VERSION"))
            .string("built_from", &self.built_from)
            .string("built_in_image", built_in_name())
            .string("image", &self.image)
            .string("format", self.format)
            .value("methods", &methods.finish())
            .value("interpreted_methods", &json::array(interpreted))
            .number("classes", counts.classes)
            .number("objects", self.objects)
            .number("blocks", counts.blocks)
            .number("native_sites", counts.native_sites)
            .value("profile", &profile_json(NATIVE.profile))
            .value("bytes", &sizes.finish());
        o.finish()
    }
}
