//! The specialised tier: what a profile says is hot, customised and inlined.
//!
//! | module | concept |
//! |---|---|
//! | [`world`] | image, methods and profile, put together |
//! | [`values`] | what is known of a value, and where it is |
//! | [`unit`] | one method for one class of receivers: starts, exploration, structure |
//! | [`engine`] | following and writing a region, bytecode by bytecode |
//! | [`calls`], [`prims`] | sends and primitives |
//! | [`exits`] | leaving: the nest becomes frames |
//!
//! Frames of specialised code are frames of the baseline, written where it calls out: a
//! nest of inlined activations is written as the baseline would have it. So whoever walks
//! the stack sees no difference, and any record can be continued by the baseline.

pub mod calls;
pub mod engine;
pub mod exits;
pub mod prims;
pub mod unit;
pub mod values;
pub mod world;

use self::unit::{Limits, Unit};
use self::world::World;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use smallworld_image::ObjId;
use std::collections::BTreeMap;

/// How much is specialised.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Units at most.
    pub units: usize,
    /// A unit is worth it from this share of all sends, in 1/10,000.
    pub share: u64,
    /// Limits of each unit.
    pub limits: Limits,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan {
            units: 150,
            share: 5,
            limits: Limits::default(),
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
    /// Units, by name, and what became of those that were given up.
    pub report: Vec<(String, Result<usize, String>)>,
}

/// Ranks methods by receiver class: sends × 40 / bytes of bytecode, as the seed does.
fn rank(world: &World, plan: &Plan) -> Vec<(ObjId, usize)> {
    let mut weights: BTreeMap<(usize, ObjId), u64> = BTreeMap::new();
    let mut total = 0;
    for (&(method, ip), counts) in &world.sites {
        let m = &world.methods[method].1;
        let selector = match m.instruction(ip).op {
            smallworld_image::Op::Send { selector, .. } => world.selector(method, selector),
            smallworld_image::Op::Binary(op) => op.selector().as_bytes(),
            _ => continue,
        };
        for &(class, n) in &counts.classes {
            total += n;
            if let Some(target) = world.lookup(class, selector) {
                *weights.entry((target, class)).or_default() += n;
            }
        }
    }
    let mut ranked: Vec<(u64, usize, ObjId)> = weights
        .into_iter()
        .filter(|&((target, _), n)| {
            n * 10_000 >= total * plan.share && world.methods[target].1.parts.code.len() > 8
        })
        .map(|((target, class), n)| {
            let bytes = world.methods[target].1.parts.code.len() as u64;
            (n * 40 / bytes.max(1), target, class)
        })
        .collect();
    ranked.sort_by_key(|r| (std::cmp::Reverse(r.0), r.1, r.2));
    ranked.truncate(plan.units);
    ranked
        .into_iter()
        .map(|(_, target, class)| (class, target))
        .collect()
}

/// Specialises what the profile says is hot.
pub fn specialise(world: &World, plan: &Plan) -> Specialised {
    let mut result = Specialised::default();
    for (class, method) in rank(world, plan) {
        let number = result.units.len();
        let m = &world.methods[method].1;
        let name = format!("{} for {}", m.name, world.image.name_of_class(class));
        match Unit::translate(world, number, class, method, plan.limits) {
            Err(reason) => result.report.push((name, Err(reason))),
            Ok(code) => {
                let module = format_ident!("unit_{number}");
                let items = code.items;
                let doc = format!(" `{name}`.");
                result.modules.push(quote! {
                    #[doc = #doc]
                    pub mod #module {
                        use super::*;
                        #items
                    }
                });
                let of = format_ident!("of{}", m.arity.min(4));
                let class_number = world.class_numbers[&class];
                let native = m.number;
                result.units.push(quote! {
                    NativeUnit {
                        class: #class_number,
                        method: #native,
                        code: Code::#of(super::units::#module::entry),
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
