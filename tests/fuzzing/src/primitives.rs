//! Primitives with arguments of all kinds: programs like those that attack primitives on all
//! tiers, here chosen by the bytes and interpreted under collector stress.

use crate::{small, watchdog};
use smallworld_differential::{attack, batch};
use smallworld_runtime::Vm;
use smallworld_runtime::ui::Headless;

/// Safepoints from one collection to the next.
const STRESS: u32 = 17;

/// Makes up the program that the bytes choose, and runs it.
pub fn feed(bytes: &[u8]) {
    let program = attack::program_of_bytes(bytes, "A");
    let Some(image) = batch::image_of(&program) else {
        return;
    };
    let ui = Box::new(Headless::silent());
    let mut vm = Vm::new(&small::source(&image), small::options(STRESS), ui);
    // What it answers is compared where there are several tiers; here it must not break anything.
    let _ = watchdog::limited(&mut vm, |vm| vm.evaluate(b"A"));
}
