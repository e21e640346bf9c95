//! Running programs of a batch.

use crate::batch::Batch;
use smallworld_image::Image;
use smallworld_profile::Profile;
use smallworld_runtime::file_access::FileAccess;
use smallworld_runtime::native::NO_NATIVE;
use smallworld_runtime::ui::Headless;
use smallworld_runtime::{Evaluation, Options, Source, Vm};
use std::path::Path;

/// Words of machine stack.
const STACK_WORDS: usize = 1 << 20;

/// A way to run programs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tier {
    /// What it is called.
    pub name: &'static str,
    native: bool,
    specialised: bool,
    stress: bool,
}

/// All of them; the first is what the others are compared with.
pub const TIERS: [Tier; 6] = [
    tier("interpreter", false, false, false),
    tier("baseline", true, false, false),
    tier("specialised", true, true, false),
    tier("interpreter-stress", false, false, true),
    tier("baseline-stress", true, false, true),
    tier("specialised-stress", true, true, true),
];

const fn tier(name: &'static str, native: bool, specialised: bool, stress: bool) -> Tier {
    Tier {
        name,
        native,
        specialised,
        stress,
    }
}

/// The file that programs save their image to, in the folder that they may use.
pub const SAVED: &str = "saved.image";

/// A machine for a program, which may use these files. Under stress there is a collection at
/// every 61st safepoint, and a pause at random ones, at which another process may go on.
pub fn machine(source: &Source, tier: Tier, files: FileAccess) -> Box<Vm> {
    let options = Options {
        stack_words: STACK_WORDS,
        max_heap: 64 << 20,
        files,
        native: tier.native,
        specialised: tier.specialised,
        gc_stress: if tier.stress { 61 } else { 0 },
        pause_stress: if tier.stress { 13 } else { 0 },
        ..Options::default()
    };
    Vm::new(source, options, Box::new(Headless::silent()))
}

/// What a program answers, and what it has noted on the way, with the backtraces of all that
/// went wrong.
pub fn answer(vm: &mut Vm, class: &str) -> String {
    let value = show(vm.evaluate(class.as_bytes()));
    let log = show(vm.evaluate(b"log"));
    format!("{value} {log}")
}

/// What has become of the image that the program has saved on its way, if it has: nothing that
/// was saved may be unreadable. (What is in it differs: blocks know their creators only where
/// that matters.)
pub fn saved(folder: &Path) -> String {
    let path = folder.join(SAVED);
    let text = match std::fs::read(&path) {
        Err(_) => String::new(),
        Ok(bytes) => match Image::read(&bytes) {
            Ok(image) => format!(" saved {} classes", image.classes().len()),
            Err(problem) => format!(" saved what cannot be read: {problem}"),
        },
    };
    // It is not there, or will be written over.
    let _ = std::fs::remove_file(path);
    text
}

fn show(outcome: Result<Evaluation, String>) -> String {
    match outcome {
        Ok(Evaluation::Value(bytes)) => format!("value {}", bytes.escape_ascii()),
        Ok(Evaluation::Error(bytes)) => format!("error {}", bytes.escape_ascii()),
        other => format!("{other:?}"),
    }
}

/// The batch without native code.
fn interpreted(batch: &Batch) -> Source {
    Source::other(&NO_NATIVE, batch.image.clone()).expect("a batch can be read")
}

/// What the send sites of all programs see, interpreted: the profile to specialise by.
pub fn profile(batch: &Batch) -> Profile {
    let mut all = Profile::default();
    let source = interpreted(batch);
    for (_, class) in &batch.programs {
        let mut vm = machine(&source, TIERS[0], FileAccess::nowhere());
        answer(&mut vm, class);
        all.merge(&vm.profile());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{make, parse};

    #[test]
    fn programs_end_and_do_something() {
        end_and_do_something("0..60");
        end_and_do_something("c0..c60");
    }

    /// All of the attack, interpreted; native code has a part of it in the tests.
    #[test]
    fn attacks_on_primitives_end_in_answers() {
        end_and_do_something(&format!("a0..a{}", crate::attack::ALL));
        end_and_do_something(&format!("ca0..ca{}", crate::attack::ALL));
    }

    fn end_and_do_something(list: &str) {
        let batch = make(&parse(list).unwrap()).unwrap();
        let source = interpreted(&batch);
        let mut long = 0;
        for (name, class) in &batch.programs {
            let mut vm = machine(&source, TIERS[0], FileAccess::nowhere());
            let handle = vm.interrupt_handle();
            let done = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
            let seen = std::sync::Arc::clone(&done);
            std::thread::spawn(move || {
                std::thread::sleep(std::time::Duration::from_secs(5));
                if !seen.load(std::sync::atomic::Ordering::SeqCst) {
                    handle.interrupt();
                }
            });
            let text = answer(&mut vm, class);
            done.store(true, std::sync::atomic::Ordering::SeqCst);
            assert!(!text.contains("interrupted"), "{name} does not end");
            long += usize::from(text.len() > 200);
        }
        assert!(long > batch.programs.len() / 2, "{long}");
    }
}
