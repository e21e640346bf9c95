//! `smallworld info`: what the program is made of.

use crate::args::GlobalOptions;
use crate::failure::{Outcome, print_line};
use crate::json;
use crate::session::{Session, Source, built_in_name};
use smallworld_generated::NATIVE;
use smallworld_image::Format;
use smallworld_runtime::info::Counts;

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
    let session = Session::with(&source, options, Default::default())?;
    let info = Info {
        image: source.name(),
        built_from: NATIVE.about.to_string(),
        format: match source.image.format {
            Format::V1 => "v1",
            Format::Swst => "SWST",
        },
        counts: session.vm.counts(),
        objects: source.image.objects.len(),
        image_bytes: source.bytes,
        binary_bytes: binary_bytes(),
    };
    let text = if as_json { info.json() } else { info.text() };
    print_line(text.trim_end().as_bytes())
}

fn binary_bytes() -> Option<u64> {
    let path = std::env::current_exe().ok()?;
    Some(std::fs::metadata(path).ok()?.len())
}

impl Info {
    fn text(&self) -> String {
        let Counts {
            classes,
            methods,
            native,
            interpreted,
            blocks,
            native_sites,
            ..
        } = &self.counts;
        let mut text = format!(
            "smallworld {}, built from {}\n\
             image: {}, format {} (v1 and SWST are read)\n\
             {methods} methods, {native} native\n\
             0 specialised, {} interpreted\n\
             {classes} classes (metaclasses included), {} objects, {blocks} blocks, \
             {native_sites} native send sites\n\
             profile: none\n\
             image {} bytes",
            env!("CARGO_PKG_VERSION"),
            self.built_from,
            self.image,
            self.format,
            interpreted.len(),
            self.objects,
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
            .number("specialised", 0)
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
            .value("profile", "null")
            .value("bytes", &sizes.finish());
        o.finish()
    }
}
