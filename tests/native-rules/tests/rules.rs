//! Each program on each tier.

use smallworld_image::Image;
use smallworld_native_rules::{NATIVE, REPORT};
use smallworld_runtime::ui::Headless;
use smallworld_runtime::{Evaluation, Options, Source, Vm};

/// Native code, specialised code.
const TIERS: [(bool, bool); 3] = [(false, false), (true, false), (true, true)];

fn own() -> Source {
    Source::own(&NATIVE).unwrap()
}

/// How often a machine collects, and pauses, at safepoints: once in so many.
#[derive(Clone, Copy, Debug)]
struct Stress {
    gc: u32,
    pauses: u32,
}

const CALM: Stress = Stress { gc: 0, pauses: 0 };

/// Collections at some safepoints, pauses at random.
const STRESS: [Stress; 4] = [
    CALM,
    Stress { gc: 997, pauses: 0 },
    Stress { gc: 0, pauses: 3 },
    Stress { gc: 0, pauses: 7 },
];

/// What a program comes to on a tier.
fn run(source: &Source, tier: (bool, bool), stress: Stress, class: &str) -> String {
    let options = Options {
        stack_words: 1 << 17,
        max_heap: 64 << 20,
        gc_stress: stress.gc,
        pause_stress: stress.pauses,
        native: tier.0,
        specialised: tier.1,
        ..Options::default()
    };
    let ui = Box::new(Headless::silent());
    let mut vm = Vm::new(source, options, ui);
    match vm.evaluate(class.as_bytes()) {
        Ok(Evaluation::Value(text)) => format!("value {}", text.escape_ascii()),
        Ok(Evaluation::Error(text)) => format!("error {}", text.escape_ascii()),
        other => format!("{other:?}"),
    }
}

/// On all tiers, with and without pauses at every safepoint.
fn everywhere(class: &str) -> String {
    let source = own();
    let expected = run(&source, TIERS[0], CALM, class);
    for tier in TIERS {
        for stress in STRESS {
            assert_eq!(
                run(&source, tier, stress, class),
                expected,
                "{class} {tier:?} {stress:?}"
            );
        }
    }
    expected
}

#[test]
fn what_is_tested_is_specialised() {
    for unit in [
        "Bumper>>bump for Bumper5: Ok",
        "Deep>>deepTo: for Deep: Ok",
        "MetaHolder>>sum: for MetaHolder: Ok",
        "Walker>>walk:with: for Walker: Ok",
        "Walker>>leave:with: for Walker: Ok",
        "Walker>>inside:with: for Walker: Ok",
        "Walker>>before:with: for Walker: Ok",
        "Walker>>loop:with: for Walker: Ok",
    ] {
        assert!(REPORT.contains(unit), "{unit} is missing:\n{REPORT}");
    }
    assert!(
        !REPORT.contains("look") && !REPORT.contains("room"),
        "{REPORT}"
    );
}

#[test]
fn a_store_is_done_once() {
    let answer = everywhere("Counting");
    assert!(answer.starts_with("value"), "{answer}");
}

#[test]
fn names_of_all_kinds_are_names() {
    let answer = everywhere("Names");
    assert!(answer.starts_with("value"), "{answer}");
}

/// What specialised code knows of blocks that it has made, and of their homes, is not so any more
/// once a program has changed them.
#[test]
fn changed_blocks_are_run_as_they_are() {
    assert!(everywhere("Walking").starts_with("value"));
    let mut differing = Vec::new();
    for (place, slots) in [10, 7, 3, 3].into_iter().enumerate() {
        for class in (1..=slots).map(|slot| format!("Walk{place}At{slot}")) {
            let source = own();
            let expected = run(&source, TIERS[0], CALM, &class);
            let pauses = Stress { gc: 997, pauses: 3 };
            let cases = [CALM, pauses].into_iter();
            let mut cases = cases.flat_map(|stress| TIERS.map(|tier| (tier, stress)));
            if cases.any(|(tier, stress)| run(&source, tier, stress, &class) != expected) {
                differing.push(class);
            }
        }
    }
    assert!(differing.is_empty(), "{differing:?}");
}

#[test]
fn many_arrays_in_a_row_have_room() {
    let answer = everywhere("Arrays");
    assert!(answer.starts_with("value"), "{answer}");
}

#[test]
fn endless_recursion_is_an_error() {
    let source = own();
    for class in ["Endless", "EndlessSum", "EndlessReader"] {
        for tier in TIERS {
            let answer = run(&source, tier, CALM, class);
            assert!(
                answer.contains("recursion too deep"),
                "{class} {tier:?}: {answer}"
            );
        }
    }
    assert!(everywhere("Depth").starts_with("value"));
}

#[test]
fn a_class_with_fewer_variables_is_another_one() {
    assert!(everywhere("Holding").starts_with("value"));
    let mut other = own().image().clone();
    let holder = other
        .classes()
        .into_iter()
        .find(|&c| other.name_of_class(c) == "Holder");
    let slots = &mut other.objects[holder.unwrap().index()].slots;
    slots.truncate(slots.len() - 1);
    let bytes = other.write(other.format);
    let other = Image::read(&bytes).unwrap();
    let other = Source::other(&NATIVE, other).unwrap();
    let expected = run(&other, TIERS[0], CALM, "Holding");
    for tier in TIERS {
        assert_eq!(run(&other, tier, CALM, "Holding"), expected, "{tier:?}");
    }
}
