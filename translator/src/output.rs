//! From methods to Rust modules: one a class, and the tables.

use crate::method::{Method, SiteInfo};
use crate::names::{self, Scope};
use crate::program::{BaselineNames, Matching, Program, class_order};
use crate::specialise::{self, Plan, Specialised, specialise};
use crate::unit::{Translated, Unit};
use anyhow::{Result, anyhow};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use smallworld_image::{Image, MethodRef, ObjId, fingerprint, hash_bytes};
use smallworld_profile::{Profile, codec};
use std::collections::BTreeMap;
use std::ops::Range;

/// The Rust modules made from an image.
#[derive(Default)]
pub struct Translation {
    /// File name and contents; `modules.rs` is to be included by the crate.
    pub files: Vec<(String, String)>,
    /// Methods translated.
    pub methods: usize,
    /// Send sites.
    pub sites: usize,
    /// Rust functions of the baseline.
    pub functions: usize,
    /// How the profile fits, if there was one.
    pub matching: Option<Matching>,
    /// What was specialised: activations inlined, or why it was given up.
    pub specialised: Vec<(String, Result<usize, String>)>,
    /// Which of the files is the module of a class.
    modules: BTreeMap<ObjId, usize>,
    /// Where the items of each method are: the file, and the part of its text.
    items: BTreeMap<ObjId, (usize, Range<usize>)>,
    /// Which of the files are specialisations of a method.
    specialisations: Vec<(ObjId, usize)>,
}

impl Translation {
    /// The module of a class: the name of its file, and its text. Nothing for a class without
    /// methods.
    pub fn module_of(&self, class: ObjId) -> Option<(&str, &str)> {
        let (name, text) = &self.files[*self.modules.get(&class)?];
        Some((name, text))
    }

    /// What became of a method: its functions and records, and its specialisations.
    pub fn rust_of(&self, method: ObjId) -> Vec<&str> {
        let baseline = self.items.get(&method).into_iter();
        let baseline = baseline.map(|(file, part)| &self.files[*file].1[part.clone()]);
        let own = self.specialisations.iter().filter(|(m, _)| *m == method);
        let own = own.map(|&(_, file)| self.files[file].1.as_str());
        baseline.chain(own).collect()
    }
}

struct Module {
    name: Ident,
    class: String,
    text: String,
    items: Vec<(ObjId, Range<usize>)>,
    scope: Scope,
}

/// Translates every method of an image, without a profile. See [`translate_with`].
///
/// # Errors
/// As for [`translate_with`].
pub fn translate(image: &Image, bytes: &[u8], name: &str) -> Result<Translation> {
    translate_with(image, bytes, name, None)
}

/// Translates every method of an image; what a profile says is hot is specialised on top.
/// `name` is how the image is called in what the
/// binary says about itself.
///
/// # Errors
/// All methods that cannot be translated, each with the reason.
pub fn translate_with(
    image: &Image,
    bytes: &[u8],
    name: &str,
    profile: Option<&Profile>,
) -> Result<Translation> {
    translate_part(image, bytes, name, profile, Part::All)
}

/// How much of an image becomes native code. What does not is interpreted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Part {
    /// All methods.
    #[default]
    All,
    /// None of them: there is little to compile, and programs are slow.
    Nothing,
}

/// The environment variable that says how much is translated: `all`, or `nothing`.
pub const TRANSLATE: &str = "SMALLWORLD_TRANSLATE";

impl Part {
    /// What the environment of a build says, if it does ([`TRANSLATE`]).
    ///
    /// # Errors
    /// It says something else.
    pub fn from_environment() -> Result<Option<Part>> {
        match std::env::var(TRANSLATE).unwrap_or_default().as_str() {
            "" => Ok(None),
            "all" => Ok(Some(Part::All)),
            "nothing" => Ok(Some(Part::Nothing)),
            other => Err(anyhow!(
                "{TRANSLATE} is '{other}': write 'all', or 'nothing' for a build that interprets everything"
            )),
        }
    }
}

/// As [`translate_with`], for a part of the image.
///
/// # Errors
/// As for [`translate_with`].
pub fn translate_part(
    image: &Image,
    bytes: &[u8],
    name: &str,
    profile: Option<&Profile>,
    part: Part,
) -> Result<Translation> {
    let (mut methods, mut sites) = methods_of(image)?;
    let profile = profile.filter(|_| part == Part::All);
    if part == Part::Nothing {
        methods.clear();
        sites.clear();
    }
    let mut modules: BTreeMap<u32, Module> = BTreeMap::new();
    let mut module_names = Scope::default();
    let mut rows = Vec::new();
    let mut names = Vec::new();
    let mut functions = 0;
    for (found, method) in &methods {
        let module = modules.entry(found.class.0).or_insert_with(|| {
            let class = image.name_of_class(found.class);
            Module {
                name: format_ident!("{}", module_names.unique(&names::of_class(&class))),
                class,
                text: "use smallworld_runtime::native::*;\n".into(),
                items: Vec::new(),
                scope: Scope::default(),
            }
        });
        let translated = Unit::translate(method, source_lines(method), &mut module.scope);
        functions += translated.functions.len();
        let from = module.text.len();
        module.text.push_str(&render(translated.items.clone())?);
        module.items.push((found.method, from..module.text.len()));
        rows.push(method_row(image, method, &module.name, &translated));
        names.push(BaselineNames {
            module: module.name.clone(),
            functions: translated.functions,
        });
    }
    let mut special = Specialised::default();
    let mut matching = None;
    if let Some(profile) = profile {
        let program = Program::new(image, &methods, &names, profile);
        special = specialise(&program, &Plan::default());
        matching = Some(program.matching);
    }
    let used = profile.zip(matching);
    let tables = tables(image, &rows, &sites, &special, (name, bytes), used);
    let mut files = Vec::new();
    let mut index = String::from(
        "// The modules made from the image, one a class, and the tables that tie them together.\n",
    );
    let mut modules_of = BTreeMap::new();
    let mut items = BTreeMap::new();
    for (class, module) in modules {
        modules_of.insert(ObjId(class), files.len());
        let file = format!("{}.rs", module.name);
        // As a literal: a class of a foreign image may have any name.
        let about = Literal::string(&names::in_comment(&format!("Methods of {}.", module.class)));
        index.push_str(&format!(
            "\n#[doc = {about}]\npub mod {} {{\n    include!(concat!(env!(\"OUT_DIR\"), \"/{file}\"));\n}}\n",
            module.name
        ));
        let own = module.items.into_iter();
        items.extend(own.map(|(method, part)| (method, (files.len(), part))));
        files.push((file, module.text));
    }
    let mut list = String::new();
    let mut specialisations = Vec::new();
    for module in &special.modules {
        let (name, file) = (&module.name, format!("{}.rs", module.name));
        let about = Literal::string(&names::in_comment(&module.title));
        list.push_str(&format!(
            "    #[doc = {about}]\n    pub mod {name} {{\n        use super::*;\n        \
             include!(concat!(env!(\"OUT_DIR\"), \"/{file}\"));\n    }}\n"
        ));
        let code = render(module.items.clone())?;
        specialisations.push((methods[module.method].0.method, files.len()));
        files.push((file, module.header() + &code));
    }
    index.push_str(&format!(
        "\n#[doc = \"Methods specialised by a profile.\"]\npub mod specialised {{\n    \
         use smallworld_runtime::native::*;\n    use super as modules;\n{list}}}\n"
    ));
    index.push_str("\n#[doc = \"The tables.\"]\npub mod tables {\n    include!(concat!(env!(\"OUT_DIR\"), \"/tables.rs\"));\n}\n");
    files.push(("tables.rs".into(), render(tables)?));
    files.push(("modules.rs".into(), index));
    Ok(Translation {
        files,
        methods: methods.len(),
        sites: sites.len(),
        functions,
        matching,
        specialised: special.report,
        modules: modules_of,
        items,
        specialisations,
    })
}

/// The functions of what a profile says is hot, in the text form of the [intermediate
/// representation](crate::ir), after a pass: a name and a text for each.
///
/// # Errors
/// As for [`translate_with`]; there is no such pass.
pub fn intermediate(
    image: &Image,
    profile: &Profile,
    pass: Option<&str>,
) -> Result<Vec<(ObjId, String)>> {
    let (methods, _) = methods_of(image)?;
    let program = Program::new(image, &methods, &[], profile);
    specialise::show(&program, &Plan::default(), pass).map_err(|e| anyhow!("{e}"))
}

/// The methods of an image, decoded, and where each was found.
type Methods<'i> = Vec<(MethodRef, Method<'i>)>;

/// Decodes every method, and numbers their sites.
fn methods_of(image: &Image) -> Result<(Methods<'_>, Vec<SiteInfo>)> {
    let mut sites = Vec::new();
    let mut methods = Vec::new();
    let mut problems = Vec::new();
    let mut first_literal = 0;
    for found in image.methods() {
        let number = methods.len() as u32;
        match Method::new(image, found, number, first_literal, &mut sites) {
            Ok(m) => {
                first_literal += m.parts.literals.len() as u32 + 1;
                methods.push((found, m));
            }
            Err(e) => problems.push(e.to_string()),
        }
    }
    if !problems.is_empty() {
        return Err(anyhow!(
            "{} of the image's methods cannot be translated:\n{}",
            problems.len(),
            problems.join("\n")
        ));
    }
    Ok((methods, sites))
}

fn render(tokens: TokenStream) -> Result<String> {
    let file = syn::parse2(tokens)
        .map_err(|e| anyhow!("the translator made Rust that does not parse: {e}"))?;
    Ok(prettyplease::unparse(&file))
}

fn source_lines(method: &Method) -> Vec<String> {
    let text = String::from_utf8_lossy(method.parts.text.unwrap_or_default()).into_owned();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.trim_end()
        .lines()
        .map(|l| l.replace('\t', "    ").replace("```", "` ` `"))
        .collect()
}

fn method_row(image: &Image, method: &Method, module: &Ident, t: &Translated) -> TokenStream {
    let object = method.object;
    let print = fingerprint(image, smallworld_image::ObjId(object)).unwrap_or(0);
    let code = format_ident!("of{}", method.arity.min(4));
    let entry = &t.entry;
    let blocks = t
        .blocks
        .iter()
        .map(|(at, f)| quote!((#at, Code::of1(modules::#module::#f))));
    let (first, count) = (method.first_literal, method.parts.literals.len() as u32);
    quote! {
        NativeMethod {
            object: #object,
            fingerprint: #print,
            code: Code::#code(modules::#module::#entry),
            blocks: &[#(#blocks),*],
            first_literal: #first,
            literals: #count,
        }
    }
}

fn tables(
    image: &Image,
    rows: &[TokenStream],
    sites: &[SiteInfo],
    special: &Specialised,
    (name, bytes): (&str, &[u8]),
    used: Option<(&Profile, Matching)>,
) -> TokenStream {
    let sites = sites.iter().map(|s| {
        let selector = Literal::byte_string(&s.selector);
        let (arity, is_super, method, ip) = (s.arity, s.is_super, s.method, s.ip);
        quote! {
            NativeSite {
                selector: #selector,
                arity: #arity,
                is_super: #is_super,
                method: #method,
                ip: #ip,
            }
        }
    });
    let classes = class_order(image);
    let classes = classes
        .iter()
        .map(|&c| Literal::byte_string(image.name_of_class(c).as_bytes()));
    let about = format!("{name} ({:016x})", hash_bytes(bytes));
    let profile = match used {
        None => quote!(None),
        Some((profile, m)) => {
            let (name, hash) = (&profile.name, codec::hash_of(profile));
            let (matched, stale, unmatched) = (m.matched, m.stale, m.unmatched);
            let exits = profile.exits().get();
            quote! {
                Some(NativeProfile {
                    name: #name,
                    hash: #hash,
                    matched: #matched,
                    stale: #stale,
                    unmatched: #unmatched,
                    exits: #exits,
                })
            }
        }
    };
    let (units, assumptions) = (&special.units, &special.assumptions);
    quote! {
        use smallworld_runtime::native::*;
        use super as modules;
        #[doc = " Every translated method."]
        pub static METHODS: &[NativeMethod] = &[#(#rows),*];
        #[doc = " Every send site."]
        pub static SITES: &[NativeSite] = &[#(#sites),*];
        #[doc = " Names of the classes, in the order of their numbers."]
        pub static CLASSES: &[&[u8]] = &[#(#classes),*];
        #[doc = " Specialised methods."]
        pub static UNITS: &[NativeUnit] = &[#(#units),*];
        #[doc = " Lookups that they rely on."]
        pub static ASSUMPTIONS: &[NativeAssumption] = &[#(#assumptions),*];
        #[doc = " What the image is called, and its hash."]
        pub static ABOUT: &str = #about;
        #[doc = " The profile that guided the build."]
        pub static PROFILE: Option<NativeProfile> = #profile;
    }
}
