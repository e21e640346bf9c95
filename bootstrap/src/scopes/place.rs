//! Where variables live.

use super::{Captured, Names};
use crate::language::Blocks;

/// The most temporaries of an activation: their numbers are bytes.
const MOST_TEMPORARIES: usize = 255;

/// The most that a closure holds: its size is a byte.
const MOST_CAPTURED: usize = 250;

/// Where a variable lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Place {
    /// It is not known yet.
    #[default]
    Nowhere,
    /// It is an argument of its activation.
    Argument(usize),
    /// It is a temporary of its activation.
    Temporary(usize),
    /// It has this slot in the environment of a region.
    Environment {
        /// The region.
        region: usize,
        /// The slot.
        slot: usize,
    },
}

impl Names {
    /// Gives every variable its place; says what does not fit.
    pub(super) fn place_all(&mut self, blocks: Blocks) -> Result<(), &'static str> {
        match blocks {
            Blocks::Shared => self.place_shared(),
            Blocks::Closures => {
                self.place_in_environments();
                self.place_in_frames()?;
                self.capture()?;
            }
        }
        Ok(())
    }

    /// All in one frame, in the order in which they are written.
    fn place_shared(&mut self) {
        let mut temporaries = 0;
        for variable in &mut self.variables {
            variable.place = match variable.argument {
                Some(argument) => Place::Argument(argument),
                None => {
                    temporaries += 1;
                    Place::Temporary(temporaries - 1)
                }
            };
        }
        self.shared_temporaries = temporaries;
    }

    /// Those go there that a block uses and that may change after it was made.
    fn place_in_environments(&mut self) {
        for at in 0..self.variables.len() {
            let variable = &self.variables[at];
            let shared = variable.first_captured.is_some_and(|captured| {
                variable.assigned_elsewhere
                    || variable.last_assigned.is_some_and(|last| last > captured)
            });
            if shared {
                self.put_in_environment(at, variable.region);
            }
        }
    }

    fn put_in_environment(&mut self, variable: usize, region: usize) {
        let slot = self.regions[region].size;
        self.regions[region].size += 1;
        self.variables[variable].place = Place::Environment { region, slot };
    }

    /// The others stay in the frame, but for those that it has no room for.
    fn place_in_frames(&mut self) -> Result<(), &'static str> {
        for activation in 0..self.activations.len() {
            let own: Vec<usize> = (0..self.variables.len())
                .filter(|at| {
                    let variable = &self.variables[*at];
                    variable.activation == activation && variable.place == Place::Nowhere
                })
                .collect();
            let temporaries = |at: &&usize| self.variables[**at].argument.is_none();
            let count = own.iter().filter(temporaries).count();
            let environments = self.environments_of(activation).count();
            if environments >= MOST_TEMPORARIES {
                return Err(
                    "the method is too large: more than 254 loops whose variables blocks share",
                );
            }
            let room = match count + environments <= MOST_TEMPORARIES {
                true => count,
                false => MOST_TEMPORARIES - 1 - environments,
            };
            let root = self.activations[activation].root;
            // The value of what blocks use is copied, so it must be in the frame.
            let needed = |at: &&usize| self.variables[**at].first_captured.is_some();
            let mut free =
                room.saturating_sub(own.iter().filter(temporaries).filter(needed).count());
            let mut used = 0;
            for at in own {
                let variable = &self.variables[at];
                let place = match variable.argument {
                    Some(argument) => Place::Argument(argument),
                    None if used == room || variable.first_captured.is_none() && free == 0 => {
                        self.put_in_environment(at, root);
                        continue;
                    }
                    None => Place::Temporary(used),
                };
                if variable.argument.is_none() {
                    used += 1;
                    free -= usize::from(variable.first_captured.is_none());
                }
                self.variables[at].place = place;
            }
            let environments: Vec<usize> = self.environments_of(activation).collect();
            for region in environments {
                self.regions[region].temporary = used;
                used += 1;
            }
            self.activations[activation].temporaries = used;
        }
        Ok(())
    }

    fn environments_of(&self, activation: usize) -> impl Iterator<Item = usize> {
        let regions = self.regions.iter().enumerate();
        regions
            .filter(move |(_, region)| region.activation == activation && region.size > 0)
            .map(|(at, _)| at)
    }

    /// What closures hold: values of variables, or the environments they are in.
    fn capture(&mut self) -> Result<(), &'static str> {
        for activation in 0..self.activations.len() {
            let mut captured = Vec::new();
            for variable in &self.activations[activation].uses {
                let part = match self.variables[*variable].place {
                    Place::Environment { region, .. } => Captured::Environment(region),
                    _ => Captured::Value(*variable),
                };
                if !captured.contains(&part) {
                    captured.push(part);
                }
            }
            if captured.len() > MOST_CAPTURED {
                return Err(
                    "the method is too large: a block uses more than 250 variables from outside",
                );
            }
            self.activations[activation].captured = captured;
        }
        Ok(())
    }
}
