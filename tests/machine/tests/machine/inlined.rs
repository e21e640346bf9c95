//! What specialised code has inlined is as good as sent: redefined, it takes effect at
//! once, and frames that are under way finish what they began.
//!
//! The methods here are among those that the profile of `tests/native-special` makes hot.

use smallworld_machine_tests::{Machine, in_each_tier, in_tiers};
use smallworld_oracle::tier::SPECIALISED;

#[test]
fn the_specialised_tier_is_one() {
    in_tiers(&[SPECIALISED], |world| {
        let mut m = Machine::new(world);
        let counts = m.vm.counts();
        assert!(counts.specialised > 40, "{} methods", counts.specialised);
        assert_eq!(counts.specialised, counts.specialised_valid);
    });
}

/// `rem:` sends `remWithSmallInt:`, which is inlined there.
#[test]
fn a_redefined_callee() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        m.expect("17 rem: 3", "2");
        m.compile("SmallInt", "remWithSmallInt: n ^ 5");
        m.expect("17 rem: 3", "5");
        m.compile("SmallInt", "remWithSmallInt: n ^ <12 n self>");
        m.expect("17 rem: 3", "2");
    });
}

/// `isAlphabetic` sends `between:and:`, which is inlined there. The compiler itself needs
/// it, so the change is undone in the same expression.
#[test]
fn a_callee_overridden_and_back_again() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        m.expect(
            "[:r | r <- List new. r add: $a isAlphabetic. \
             Char compileMethod: 'between: low and: high ^ false'. \
             r add: $a isAlphabetic. Char removeMethod: 'between:and:'. \
             r add: $a isAlphabetic. r printString] value: nil",
            "List(true false true )",
        );
    });
}

#[test]
fn a_loop_that_is_replaced_while_it_runs() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        let sum = "(1 to: 6) inject: 0 into: [:a :b | a + b]";
        m.expect(sum, "21");
        // The loop under way is the old one to its end.
        m.expect(
            "(1 to: 6) inject: 0 into: [:a :b | b = 3 ifTrue: [\
             Interval compileMethod: 'do: aBlock aBlock value: low. aBlock value: high']. a + b]",
            "21",
        );
        m.expect(sum, "7");
    });
}

#[test]
fn elements_read_by_a_redefined_method() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        let sum = "#(10 20 30) inject: 0 into: [:a :b | a + b]";
        m.expect(sum, "60");
        m.run("Class addNewClass: (Array subclass: 'Odd' variables: '' classVariables: '')");
        m.compile("Odd", "do: aBlock aBlock value: 5. super do: aBlock");
        let odd = "[:o | o <- Odd new: 2. o at: 1 put: 1. o at: 2 put: 2. \
                   o inject: 0 into: [:a :b | a + b]] value: nil";
        m.expect(odd, "8");
        m.expect(sum, "60");
        m.run("Odd removeMethod: 'do:'");
        m.expect(odd, "3");
    });
}

/// What relied on a method is specialised no more when that is replaced, and again when
/// everything is as before.
#[test]
fn units_go_and_come_back() {
    in_tiers(&[SPECIALISED], |world| {
        let mut m = Machine::new(world);
        let all = m.vm.counts().specialised_valid;
        m.run(
            "[Char compileMethod: 'between: low and: high ^ false'. \
             Char removeMethod: 'between:and:'] value",
        );
        assert_eq!(m.vm.counts().specialised_valid, all);
        m.compile("SmallInt", "remWithSmallInt: n ^ 5");
        let left = m.vm.counts().specialised_valid;
        assert!(left < all, "{left} of {all}");
    });
}

/// Who watches is told which units a change has made useless, and why; once for each.
#[test]
fn useless_units_are_told_about() {
    use smallworld_runtime::observe::Event;
    use std::{cell::RefCell, rc::Rc};
    in_tiers(&[SPECIALISED], |world| {
        let mut m = Machine::new(world);
        let all = m.vm.counts().specialised_valid;
        let told: Rc<RefCell<Vec<Event>>> = Rc::default();
        let list = Rc::clone(&told);
        m.vm.observe(Some(Box::new(move |event| {
            if matches!(event, Event::Unusable { .. } | Event::LoopLeft { .. }) {
                list.borrow_mut().push(event.clone());
            }
        })));
        m.expect("17 rem: 3", "2");
        assert_eq!(*told.borrow(), []);
        m.compile("SmallInt", "remWithSmallInt: n ^ 5");
        m.expect("17 rem: 3", "5");
        m.expect("18 rem: 3", "5");
        let useless = all - m.vm.counts().specialised_valid;
        let wanted = Event::Unusable {
            method: "SmallInt>>rem:".into(),
            class: "SmallInt".into(),
            lookup: "SmallInt>>remWithSmallInt:".into(),
        };
        assert!(told.borrow().contains(&wanted), "{told:?}");
        assert_eq!(told.borrow().len(), useless, "{told:?}");
    });
}

/// `benchmark` makes an Array of 8,190 elements in each of its rounds. Its loops are `to:do:`
/// with blocks, one in the other, and a block in each; nothing of them is made.
#[test]
fn loops_over_blocks_allocate_nothing() {
    in_tiers(&[SPECIALISED], |world| {
        let mut m = Machine::new(world);
        let mut words = |rounds: u64| {
            let before = m.vm.words_allocated();
            m.expect(&format!("{rounds} benchmark"), "1028");
            m.vm.words_allocated() - before
        };
        // The expressions are equally long: compiling them takes the same.
        words(11);
        let (few, many) = (words(12), words(92));
        let array = 1 + 8190;
        assert_eq!(many - few, 80 * array);
    });
}
