//! Passes over functions of the intermediate representation, in this order.
//!
//! | pass | what it does |
//! |---|---|
//! | [`threading`] | branches on what the way here says are followed at once |
//! | [`params`] | parameters that are always the same go |
//! | [`ranges`] | tests of indexes that have been made are not made again |
//! | [`dead`] | what nobody wants goes |
//! | [`safepoints`] | where a function looks whether a pause is due, and what it reserves |

pub mod dead;
pub mod frames;
pub mod liveness;
pub mod params;
pub mod ranges;
pub mod safepoints;
pub mod threading;

use crate::ir::Function;

/// Runs the passes that make a function simpler.
pub fn simplify(function: &mut Function) {
    threading::run(function);
    params::run(function);
    ranges::run(function);
    dead::run(function);
    params::run(function);
    dead::run(function);
}
