//! The specialised tier: what a profile says is hot, customised and inlined.
//!
//! ```text
//! profile ─► rank ─► build (inline tree, types) ─► passes ─► emit
//! ```
//!
//! | module | concept |
//! |---|---|
//! | [`rank`] | which methods, for which classes |
//! | [`specialisation`] | one of them: inline tree, entries, assumptions |
//! | [`state`] | what is known at a point of the code |
//! | [`build`] | bytecode becomes functions of the [intermediate representation](crate::ir) |
//! | [`inlining`] | what is worth a copy |
//! | [`layouts`] | frames of an inline tree |
//!
//! Frames of specialised code are frames of the baseline, written where it calls out. So whoever
//! walks the stack sees no difference, and any record can be continued by the baseline.

pub mod build;
pub mod inlining;
pub mod layouts;
pub mod rank;
pub mod specialisation;
pub mod state;

pub use specialisation::Node;

use crate::emit;
use crate::names;
use crate::passes;
use crate::program::Program;
use inlining::Limits;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use smallworld_image::ObjId;
use specialisation::{Assumption, Built, Specialisation};

/// How much is specialised.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Methods at most.
    pub methods: usize,
    /// One is worth it from this share of all sends, in 1/10,000.
    pub share: u64,
    /// Operations in all.
    pub size: usize,
    /// Limits of each.
    pub limits: Limits,
    /// Hotter ones may be longer than that: so many of the hottest, so many operations.
    pub longer: [(usize, usize); 2],
}

impl Default for Plan {
    fn default() -> Plan {
        Plan {
            methods: 250,
            share: 1,
            size: 160_000,
            limits: Limits::default(),
            longer: [(12, 10_000), (50, 6_000)],
        }
    }
}

/// What specialising came to.
#[derive(Default)]
pub struct Specialised {
    /// A module for each.
    pub modules: Vec<Module>,
    /// Rows of the table of them.
    pub units: Vec<TokenStream>,
    /// Rows of the table of assumptions.
    pub assumptions: Vec<TokenStream>,
    /// Operations of all.
    pub size: usize,
    /// By name, what was inlined; and what became of those that were given up.
    pub report: Vec<(String, Result<usize, String>)>,
}

/// The module of a specialisation.
pub struct Module {
    /// Its name.
    pub name: Ident,
    /// The method, among all.
    pub method: usize,
    /// Method and class, for people.
    pub title: String,
    /// The inline tree, a line for each node.
    pub tree: Vec<String>,
    /// Functions, descriptors and tables.
    pub items: TokenStream,
}

impl Module {
    /// What its file begins with: the inline tree.
    pub fn header(&self) -> String {
        let lines = self.tree.iter();
        let lines: String = lines
            .map(|line| format!("//   {}\n", names::in_comment(line)))
            .collect();
        let title = names::in_comment(&self.title);
        format!("// {title}. The inline tree:\n//\n{lines}\n")
    }
}

/// An inline tree, a line for each node below one: its number, the method or block, and where the
/// outer one waits for it.
fn tree(program: &Program, nodes: &[Node], of: usize, depth: usize, lines: &mut Vec<String>) {
    let node = &nodes[of];
    let m = &program.methods[node.method].1;
    let block = node.owner.map_or(String::new(), |b| {
        format!(" block @{}", m.analysis.blocks[b].start)
    });
    let waits = node
        .parent
        .map_or(String::new(), |(_, ip)| format!(" until @{ip}"));
    lines.push(format!(
        "{}{of} {}{block}{waits}",
        "  ".repeat(depth),
        m.name
    ));
    for (n, inner) in nodes.iter().enumerate() {
        if inner.parent.is_some_and(|(parent, _)| parent == of) {
            tree(program, nodes, n, depth + 1, lines);
        }
    }
}

/// The functions of each specialisation in text form, after a pass.
///
/// # Errors
/// There is no such pass.
pub fn show(
    program: &Program,
    plan: &Plan,
    pass: Option<&str>,
) -> Result<Vec<(ObjId, String)>, String> {
    let mut all = Vec::new();
    for (class, method) in rank::rank(program, plan.share, plan.methods) {
        let name = &program.methods[method].1.name;
        let mut text = format!("{name} for {}\n", program.image.name_of_class(class));
        let built = Specialisation::build(program, class, method, plan.limits);
        match built {
            Err(reason) => text.push_str(&format!("given up: {reason}\n")),
            Ok(mut built) => {
                let mut lines = Vec::new();
                tree(program, &built.nodes, 0, 0, &mut lines);
                for line in lines {
                    text.push_str(&format!("  {line}\n"));
                }
                for function in built.functions.values_mut() {
                    passes::until(function, pass)?;
                    text.push_str(&format!("\n{function}"));
                }
            }
        }
        all.push((program.methods[method].0.method, text));
    }
    Ok(all)
}

/// What the machine has to look at for an assumption. Nothing if that cannot be said, since a
/// class has no number.
fn facts_of(program: &Program, a: &Assumption) -> Option<Vec<TokenStream>> {
    let number = |class: ObjId| program.class_numbers.get(&class).copied();
    let slots = |object: ObjId| program.slots_of(object) as u32;
    Some(match a {
        Assumption::Finds(class, selector, method) => {
            let (class, method) = (number(*class)?, program.methods[*method].1.number);
            let selector = proc_macro2::Literal::byte_string(selector);
            vec![quote!(Finds { class: #class, selector: #selector, method: #method })]
        }
        Assumption::Inherits(class, above) => {
            let (class, above) = (number(*class)?, number(*above)?);
            vec![quote!(Inherits { class: #class, above: #above })]
        }
        Assumption::Class(object) => {
            let (class, slots) = (number(*object)?, slots(*object));
            let metaclass = number(program.class_of(*object)?)?;
            vec![quote!(Class { class: #class, metaclass: #metaclass, slots: #slots })]
        }
        Assumption::Literal(literal, object) => {
            let (class, slots) = (number(program.class_of(*object)?)?, slots(*object));
            let mut facts =
                vec![quote!(Literal { literal: #literal, class: #class, slots: #slots })];
            if let Some(class) = number(*object) {
                facts.push(quote!(LiteralIsClass { literal: #literal, class: #class }));
            }
            facts
        }
        Assumption::Constants => {
            let roots = &program.image.roots;
            let of = |object| number(program.class_of(object)?);
            let (nil, no, yes) = (of(roots.nil)?, of(roots.false_)?, of(roots.true_)?);
            vec![quote!(Constants { nil: #nil, false_: #no, true_: #yes })]
        }
        Assumption::Blocks => vec![quote!(Blocks)],
        Assumption::Unchanged(method) => {
            let method = program.methods[*method].1.number;
            vec![quote!(Unchanged { method: #method })]
        }
    })
}

/// Builds a specialisation and runs the passes on it.
fn built(program: &Program, class: ObjId, method: usize, limits: Limits) -> Result<Built, String> {
    let mut built = Specialisation::build(program, class, method, limits)?;
    for function in built.functions.values_mut() {
        passes::simplify(function);
    }
    match built.size() > limits.size {
        true => Err("its code gets too large".into()),
        false => Ok(built),
    }
}

/// Specialises what the profile says is hot.
pub fn specialise(program: &Program, plan: &Plan) -> Specialised {
    let mut result = Specialised::default();
    let mut first_exit = 0usize;
    let ranked = rank::rank(program, plan.share, plan.methods);
    for (place, (class, method)) in ranked.into_iter().enumerate() {
        let number = result.units.len();
        let m = &program.methods[method].1;
        let name = format!("{} for {}", m.name, program.image.name_of_class(class));
        // What gets too large is tried again with less inlined.
        let mut limits = plan.limits;
        if let Some(longer) = plan.longer.iter().find(|l| place < l.0) {
            limits.size = longer.1;
        }
        let attempt = |limits| {
            let mut built = built(program, class, method, limits)?;
            let size = built.size();
            let code = emit::specialisation(program, &mut built, number, (class, method))?;
            Ok((built, size, code))
        };
        let mut done = attempt(limits);
        for less in limits.less() {
            if let Err(reason) = done {
                done = attempt(less).map_err(|_: String| reason);
            }
        }
        let done = done.and_then(|(built, size, code)| {
            let told = |a: &Assumption| facts_of(program, a).is_some();
            match () {
                _ if !built.assumptions.iter().all(told) => {
                    Err("a class that it relies on cannot be told".to_string())
                }
                _ if result.size + size > plan.size => {
                    Err("there is enough specialised code already".to_string())
                }
                _ => Ok((built, size, code)),
            }
        });
        let (built, size, code) = match done {
            Ok(done) => done,
            Err(reason) => {
                result.report.push((name, Err(reason)));
                continue;
            }
        };
        result.size += size;
        let module = format_ident!("{}", names::of_specialisation(number, &m.name));
        let items = code.items;
        let mut lines = Vec::new();
        tree(program, &built.nodes, 0, 0, &mut lines);
        result.modules.push(Module {
            name: module.clone(),
            method,
            title: name.clone(),
            tree: lines,
            items: quote! {
                const FIRST_EXIT: usize = #first_exit;
                #items
            },
        });
        first_exit += code.exits.len();
        let exits = code.exits.iter().map(|&(m, ip)| {
            let (method, ip) = (program.methods[m].1.number, ip as u32);
            quote!(NativeExit { method: #method, ip: #ip })
        });
        let of = format_ident!("of{}", m.arity.min(4));
        let class_number = program.class_numbers[&class];
        let native = m.number;
        result.units.push(quote! {
            NativeUnit {
                class: #class_number,
                method: #native,
                code: Code::#of(super::specialised::#module::entry),
                exits: &[#(#exits),*],
            }
        });
        let unit = number as u32;
        for a in &built.assumptions {
            let facts = facts_of(program, a).unwrap_or_default();
            result.assumptions.extend(
                facts
                    .into_iter()
                    .map(|fact| quote!(NativeAssumption { unit: #unit, fact: NativeFact::#fact })),
            );
        }
        result.report.push((name, Ok(built.nodes.len() - 1)));
    }
    result
}
