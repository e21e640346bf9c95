//! Passes over functions of the intermediate representation, in this order.
//!
//! | pass | what it does |
//! |---|---|
//! | [`threading`] | branches on what the way here says are followed at once |
//! | [`params`] | parameters that are always the same go |
//! | [`ranges`] | tests of indexes that have been made are not made again |
//! | [`dead`] | what nobody wants goes |
//! | [`compact`] | values and blocks are numbered in their order |
//! | [`safepoints`] | where a function looks whether a pause is due, and what it reserves |

pub mod compact;
pub mod dead;
pub mod frames;
pub mod liveness;
pub mod params;
pub mod ranges;
pub mod safepoints;
pub mod threading;

use crate::ir::{Function, verify::verify};

/// A pass over a function.
type Pass = fn(&mut Function);

/// The passes that make a function simpler, by name, in their order.
pub const PASSES: [(&str, Pass); 5] = [
    ("threading", threading::run),
    ("params", params::run),
    ("ranges", ranges::run),
    ("dead", dead::run),
    ("compact", compact::run),
];

/// Runs the passes that make a function simpler.
///
/// # Panics
/// In debug builds: if a pass breaks what is true of every function.
pub fn simplify(function: &mut Function) {
    for (name, pass) in PASSES {
        pass(function);
        if cfg!(debug_assertions)
            && let Err(problem) = verify(function)
        {
            panic!("after {name}: {problem}\n{function}");
        }
    }
}

/// Runs them up to the one with a name: `build` for none, nothing for all.
///
/// # Errors
/// There is no such pass.
pub fn until(function: &mut Function, last: Option<&str>) -> Result<(), String> {
    let Some(last) = last else {
        simplify(function);
        return Ok(());
    };
    let names = || PASSES.iter().map(|p| p.0);
    if last != "build" && !names().any(|name| name == last) {
        let names: Vec<&str> = names().collect();
        return Err(format!(
            "there is no pass '{last}': they are build, {}",
            names.join(", ")
        ));
    }
    if last == "build" {
        return Ok(());
    }
    for (name, pass) in PASSES {
        pass(function);
        if name == last {
            break;
        }
    }
    Ok(())
}
