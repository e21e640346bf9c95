//! The specialised tier: what a profile says is hot, customised and inlined.
//!
//! | module | concept |
//! |---|---|
//! | [`world`] | image, methods and profile, put together |
//! | [`values`] | what is known of a value, and where it is |
//! | [`mod@unit`] | one method for one class of receivers: starts, exploration, structure |
//! | [`engine`], [`variables`] | following and writing a region, bytecode by bytecode |
//! | [`wrap`] | the function around a region |
//! | [`code`] | code under way, with what it does |
//! | [`graph`], [`writer`] | its nodes as a graph, and as structured code |
//! | [`place`], [`check`] | where an entry looks for a pause; the rules of that, checked |
//! | [`calls`], [`binary`], [`inlining`], [`prims`] | sends, arithmetic, what is inlined, primitives |
//! | [`facts`] | what tests have shown of indexes |
//! | [`floats`] | Floats as numbers in registers |
//! | [`exits`], [`shared`] | leaving: the nest becomes frames |
//!
//! Frames of specialised code are frames of the baseline, written where it calls out: a
//! nest of inlined activations is written as the baseline would have it. So whoever walks
//! the stack sees no difference, and any record can be continued by the baseline.

pub mod binary;
pub mod calls;
pub mod check;
pub mod code;
pub mod engine;
pub mod exits;
pub mod facts;
pub mod floats;
pub mod graph;
pub mod inlining;
pub mod place;
pub mod prims;
pub mod shared;
pub mod unit;
pub mod values;
pub mod variables;
pub mod world;
pub mod wrap;
pub mod writer;

use self::inlining::Limits;
use self::unit::{Assumption, Unit};
use self::world::World;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use smallworld_image::{ObjId, Op};
use smallworld_profile::Count;
use std::collections::BTreeMap;

/// How much is specialised.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Units at most.
    pub units: usize,
    /// A unit is worth it from this share of all sends, in 1/10,000.
    pub share: u64,
    /// Characters of Rust in all.
    pub text: usize,
    /// Limits of each unit.
    pub limits: Limits,
    /// Hotter ones may be longer than that: so many of the hottest, so many characters.
    pub longer: [(usize, usize); 2],
}

impl Default for Plan {
    fn default() -> Plan {
        Plan {
            units: 250,
            share: 1,
            text: 8_000_000,
            limits: Limits::default(),
            longer: [(12, 500_000), (50, 300_000)],
        }
    }
}

/// What specialising came to.
#[derive(Default)]
pub struct Specialised {
    /// A module for each unit.
    pub modules: Vec<TokenStream>,
    /// Rows of the table of units.
    pub units: Vec<TokenStream>,
    /// Rows of the table of assumptions.
    pub assumptions: Vec<TokenStream>,
    /// Characters of all modules.
    pub text: usize,
    /// Units, by name, and what became of those that were given up.
    pub report: Vec<(String, Result<usize, String>)>,
}

/// What the machine has to look at for an assumption. Nothing if that cannot be said, since a
/// class has no number.
fn facts_of(world: &World, a: &Assumption) -> Option<Vec<TokenStream>> {
    let number = |class: ObjId| world.class_numbers.get(&class).copied();
    let slots = |object: ObjId| world.slots_of(object) as u32;
    Some(match a {
        Assumption::Finds(class, selector, method) => {
            let (class, method) = (number(*class)?, world.methods[*method].1.number);
            let selector = proc_macro2::Literal::byte_string(selector);
            vec![quote!(Finds { class: #class, selector: #selector, method: #method })]
        }
        Assumption::Inherits(class, above) => {
            let (class, above) = (number(*class)?, number(*above)?);
            vec![quote!(Inherits { class: #class, above: #above })]
        }
        Assumption::Class(object) => {
            let (class, slots) = (number(*object)?, slots(*object));
            let metaclass = number(world.class_of(*object)?)?;
            vec![quote!(Class { class: #class, metaclass: #metaclass, slots: #slots })]
        }
        Assumption::Literal(literal, object) => {
            let (class, slots) = (number(world.class_of(*object)?)?, slots(*object));
            let mut facts =
                vec![quote!(Literal { literal: #literal, class: #class, slots: #slots })];
            if let Some(class) = number(*object) {
                facts.push(quote!(LiteralIsClass { literal: #literal, class: #class }));
            }
            facts
        }
        Assumption::Constants => {
            let roots = &world.image.roots;
            let of = |object| number(world.class_of(object)?);
            let (nil, no, yes) = (of(roots.nil)?, of(roots.false_)?, of(roots.true_)?);
            vec![quote!(Constants { nil: #nil, false_: #no, true_: #yes })]
        }
    })
}

/// Ranks methods by receiver class. The seed's weights: a send counts 40 / bytes of what
/// it runs, for the method that is run and for the one that sends.
fn rank(world: &World, plan: &Plan) -> Vec<(ObjId, usize)> {
    let bytes = |m: usize| world.methods[m].1.parts.code.len().max(1) as u64;
    let mut sent: BTreeMap<usize, Count> = BTreeMap::new();
    for (&(method, ip), counts) in &world.sites {
        let selector = match world.methods[method].1.instruction(ip).op {
            Op::Send { selector, .. } => world.selector(method, selector),
            Op::Binary(op) => op.selector().as_bytes(),
            _ => continue,
        };
        for &(class, n) in &counts.classes {
            let weight = world
                .lookup(class, selector)
                .map_or(1, |t| 40 / bytes(t).min(40));
            *sent.entry(method).or_default() += n * weight;
        }
    }
    let mut all_calls: BTreeMap<usize, Count> = BTreeMap::new();
    for (&(method, _), &n) in &world.calls {
        *all_calls.entry(method).or_default() += n;
    }
    let mut ranked: Vec<(Count, usize, ObjId)> = Vec::new();
    for (&(method, class), &n) in &world.calls {
        let here = sent.get(&method).copied().unwrap_or_default();
        let share = here.share(n, all_calls[&method]);
        let turns = turns(&world.methods[method].1);
        let weight = n * turns * 40 / bytes(method) + share;
        if bytes(method) > 8 && n * 20 >= all_calls[&method] {
            ranked.push((weight, method, class));
        }
    }
    let total: Count = ranked.iter().map(|r| r.0).sum();
    let wide = |n: Count| u128::from(n.get());
    ranked.retain(|r| wide(r.0) * 10_000 >= wide(total) * u128::from(plan.share));
    ranked.sort_by_key(|r| (std::cmp::Reverse(r.0), r.1, r.2));
    ranked.truncate(plan.units);
    ranked
        .into_iter()
        .map(|(_, target, class)| (class, target))
        .collect()
}

/// How often a loop is taken to go round. The profile counts sends, and a loop may do
/// without any.
const TURNS: u64 = 50;
/// The same of a loop in a method that sends nothing at all but to prepare and to end: all
/// of its work is in the loop, and nothing of that has been counted.
const SILENT_TURNS: u64 = 1000;

/// How often the loops of a method go round for one call of it, as far as nothing is known.
fn turns(method: &crate::method::Method) -> u64 {
    let mut turns = 1;
    for (&at, i) in &method.code {
        if let Op::Jump(to) = i.op
            && to <= at
        {
            let silent = method.sites.range(to..at).all(|(ip, _)| {
                let op = method.code.get(ip).map(|i| i.op);
                matches!(op, Some(Op::Binary(_)))
            });
            turns = turns.max(if silent { SILENT_TURNS } else { TURNS });
        }
    }
    turns
}

/// Specialises what the profile says is hot.
pub fn specialise(world: &World, plan: &Plan) -> Specialised {
    let mut result = Specialised::default();
    let mut first_exit = 0usize;
    for (place, (class, method)) in rank(world, plan).into_iter().enumerate() {
        let number = result.units.len();
        let m = &world.methods[method].1;
        let name = format!("{} for {}", m.name, world.image.name_of_class(class));
        // What gets too large is tried again with less inlined.
        let mut limits = plan.limits;
        if let Some(longer) = plan.longer.iter().find(|l| place < l.0) {
            limits.text = longer.1;
        }
        let mut translated = Unit::translate(world, number, class, method, limits);
        for less in limits.less() {
            if let Err(reason) = translated {
                let smaller = Unit::translate(world, number, class, method, less);
                translated = smaller.map_err(|_| reason);
            }
        }
        let translated = translated.and_then(|code| {
            match code
                .assumptions
                .iter()
                .all(|a| facts_of(world, a).is_some())
            {
                true => Ok(code),
                false => Err("a class that it relies on cannot be told".to_string()),
            }
        });
        let translated = translated.and_then(|code| match result.text + code.text > plan.text {
            true => Err("there is enough specialised code already".to_string()),
            false => Ok(code),
        });
        match translated {
            Err(reason) => result.report.push((name, Err(reason))),
            Ok(code) => {
                result.text += code.text;
                let module = format_ident!("unit_{number}");
                let items = code.items;
                let doc = format!(" `{name}`.");
                result.modules.push(quote! {
                    #[doc = #doc]
                    pub mod #module {
                        use super::*;
                        const FIRST_EXIT: usize = #first_exit;
                        #items
                    }
                });
                first_exit += code.exits.len();
                let exits = code.exits.iter().map(|&(m, ip)| {
                    let (method, ip) = (world.methods[m].1.number, ip as u32);
                    quote!(NativeExit { method: #method, ip: #ip })
                });
                let of = format_ident!("of{}", m.arity.min(4));
                let class_number = world.class_numbers[&class];
                let native = m.number;
                result.units.push(quote! {
                    NativeUnit {
                        class: #class_number,
                        method: #native,
                        code: Code::#of(super::units::#module::entry),
                        exits: &[#(#exits),*],
                    }
                });
                let unit = number as u32;
                for a in &code.assumptions {
                    let facts = facts_of(world, a).unwrap_or_default();
                    result.assumptions.extend(facts.into_iter().map(
                        |fact| quote!(NativeAssumption { unit: #unit, fact: NativeFact::#fact }),
                    ));
                }
                result.report.push((name, Ok(code.inlined)));
            }
        }
    }
    result
}
