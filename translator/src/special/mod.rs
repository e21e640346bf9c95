//! The specialised tier: what a profile says is hot, customised and inlined.
//!
//! | module | concept |
//! |---|---|
//! | [`world`] | image, methods and profile, put together |
//! | [`values`] | what is known of a value, and where it is |
//! | [`mod@unit`] | one method for one class of receivers: starts, exploration, structure |
//! | [`engine`], [`variables`] | following and writing a region, bytecode by bytecode |
//! | [`wrap`] | the function around a region |
//! | [`writer`] | its nodes as structured Rust |
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
pub mod engine;
pub mod exits;
pub mod facts;
pub mod floats;
pub mod inlining;
pub mod prims;
pub mod shared;
pub mod unit;
pub mod values;
pub mod variables;
pub mod world;
pub mod wrap;
pub mod writer;

use self::inlining::Limits;
use self::unit::Unit;
use self::world::World;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use smallworld_image::{ObjId, Op};
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

/// Ranks methods by receiver class. The seed's weights: a send counts 40 / bytes of what
/// it runs, for the method that is run and for the one that sends.
fn rank(world: &World, plan: &Plan) -> Vec<(ObjId, usize)> {
    let bytes = |m: usize| world.methods[m].1.parts.code.len().max(1) as u64;
    let mut sent: BTreeMap<usize, u64> = BTreeMap::new();
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
    let mut all_calls: BTreeMap<usize, u64> = BTreeMap::new();
    for (&(method, _), &n) in &world.calls {
        *all_calls.entry(method).or_default() += n;
    }
    let mut ranked: Vec<(u64, usize, ObjId)> = Vec::new();
    for (&(method, class), &n) in &world.calls {
        let here = sent.get(&method).copied().unwrap_or(0);
        let share = here as u128 * n as u128 / all_calls[&method].max(1) as u128;
        let turns = turns(&world.methods[method].1);
        let weight = n * turns * 40 / bytes(method) + share as u64;
        if bytes(method) > 8 && n * 20 >= all_calls[&method] {
            ranked.push((weight, method, class));
        }
    }
    let total: u64 = ranked.iter().map(|r| r.0).sum();
    ranked.retain(|r| r.0 as u128 * 10_000 >= total as u128 * plan.share as u128);
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
                for a in code.assumptions {
                    let class = world.class_numbers[&a.class];
                    let selector = proc_macro2::Literal::byte_string(&a.selector);
                    let target = world.methods[a.method].1.number;
                    result.assumptions.push(quote! {
                        NativeAssumption {
                            unit: #unit, class: #class, selector: #selector, method: #target,
                        }
                    });
                }
                result.report.push((name, Ok(code.inlined)));
            }
        }
    }
    result
}
