//! The rules of safepoints hold for every unit of the project's own image: none is given up
//! because of what the checker says.

use super::TRANSLATION;

#[test]
fn the_units_of_the_default_build_keep_the_rules() {
    let mut done = 0;
    for (name, outcome) in &TRANSLATION.specialised {
        match outcome {
            Ok(_) => done += 1,
            Err(reason) => {
                println!("{name}: {reason}");
                let rules = [
                    "look",
                    "room",
                    "above its base",
                    "an exit",
                    "a loop",
                    "control",
                ];
                assert!(
                    !rules.iter().any(|r| reason.contains(r)),
                    "{name}: {reason}"
                );
            }
        }
    }
    println!("{done} units");
    assert!(done > 150, "only {done} units");
}
