//! Shared by the tests of the machine: a machine that answers expressions with result
//! lines, in each of the tiers.

pub mod graph;

use smallworld_oracle::tier::{IMAGE_2015, INTERPRETER, OPTIMISED, SPECIALISED, UNOPTIMISED};
use smallworld_oracle::{Shared, Tier, World};
use smallworld_runtime::lines::result_line;
use smallworld_runtime::ui::Headless;
use smallworld_runtime::{Options, Vm};
use std::time::Duration;

/// The tiers that every test runs in.
pub const TIERS: [Tier; 4] = [INTERPRETER, OPTIMISED, UNOPTIMISED, SPECIALISED];

/// Runs a test with the 2015 image in each tier; not at all if the image is not there.
pub fn in_each_tier(test: impl Fn(&World)) {
    in_tiers(&TIERS, test);
}

/// Runs a test with the 2015 image in some tiers.
pub fn in_tiers(tiers: &[Tier], test: impl Fn(&World)) {
    let Some(shared) = Shared::find() else {
        return;
    };
    for &tier in tiers {
        eprintln!("tier: {}", tier.name);
        match World::new(&shared, IMAGE_2015, tier) {
            Ok(world) => test(&world),
            Err(problem) => panic!("{problem:#}"),
        }
    }
}

/// A machine that is talked to in expressions.
pub struct Machine {
    /// The machine itself.
    pub vm: Box<Vm>,
}

impl Machine {
    /// A machine of the tier.
    pub fn new(world: &World) -> Machine {
        Machine::with(world, |_| {})
    }

    /// A machine of the tier with other options.
    pub fn with(world: &World, change: impl Fn(&mut Options)) -> Machine {
        let mut options = world.tier.options();
        change(&mut options);
        Machine {
            vm: world.machine_with(options),
        }
    }

    /// The result line of an expression.
    pub fn answer(&mut self, expression: &str) -> String {
        match self.vm.evaluate(expression.as_bytes()) {
            Ok(evaluation) => result_line(&evaluation),
            Err(problem) => panic!("'{expression}' could not even begin: {problem}"),
        }
    }

    /// Evaluates an expression and insists on its value.
    pub fn expect(&mut self, expression: &str, value: &str) {
        let got = self.answer(expression);
        assert_eq!(got, format!("OK {value}"), "for '{expression}'");
    }

    /// Evaluates an expression for what it does; it must not end in an error.
    pub fn run(&mut self, expression: &str) {
        let got = self.answer(expression);
        assert!(got.starts_with("OK "), "'{expression}' answered {got}");
    }

    /// Evaluates an expression that must end in an error, whose text is the answer (with
    /// the escapes of result lines).
    pub fn error(&mut self, expression: &str) -> String {
        let got = self.answer(expression);
        match got.strip_prefix("ERR ") {
            Some(text) => text.to_string(),
            None => panic!("'{expression}' should fail, not answer {got}"),
        }
    }

    /// Compiles a method into a class.
    pub fn compile(&mut self, class: &str, source: &str) {
        let quoted = source.replace('\'', "''");
        self.expect(&format!("{class} compileMethod: '{quoted}'"), "true");
    }

    /// Keeps a value that later expressions reach as `class name`: a class variable, in a
    /// method of the metaclass.
    pub fn define(&mut self, class: &str) {
        let made = format!(
            "Class addNewClass: (Object subclass: '{class}' variables: '' classVariables: 'kept')"
        );
        self.run(&made);
        self.compile(&format!("{class} class"), "keep: v ^ kept <- v");
        self.compile(&format!("{class} class"), "kept ^ kept");
    }

    /// The window system.
    pub fn windows(&mut self) -> &mut Headless {
        match self.vm.headless() {
            Some(headless) => headless,
            None => panic!("the machine has another window system"),
        }
    }

    /// Runs the callbacks that wait, and all processes, until nothing can go on.
    pub fn settle(&mut self) {
        self.vm.run_rest();
    }

    /// Stops what runs after a while: for what might not end.
    pub fn stop_after(&self, patience: Duration) {
        let handle = self.vm.interrupt_handle();
        std::thread::spawn(move || {
            std::thread::sleep(patience);
            handle.interrupt();
        });
    }
}
