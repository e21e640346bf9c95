//! Sends: what is inlined, what is guarded, what is called.

use super::super::inlining::SMALL_METHOD;
use super::super::specialisation::{Assumption, Instance};
use super::super::state::State;
use super::{Builder, End, Tail};
use crate::ir::{Action, ExitId, Known, Op, Operand, Terminator, Test, Type};
use crate::program::SiteCounts;
use smallworld_image::ObjId;
use smallworld_profile::Count;

/// Receiver classes that are worth a test of their own have at least this share of the
/// sends, in percent.
const WORTH_A_TEST: u64 = 5;
/// A send that is done less than once in so many runs of its method is left to the
/// baseline.
const RARE: u64 = 500;
/// But in a loop it is not, if that is done in one of so many calls of the specialisation.
const FEW: u64 = 8;
/// An argument's class is tested at the entry if a send to it is done in one of so many
/// calls.
const OFTEN: u64 = 10;
/// Receiver classes tested at one site.
const MOST_TESTS: usize = 3;

/// A receiver class at a send: the test, and the way into the method.
pub(super) type Arm = (Test, Box<Tail>);

impl Builder<'_, '_, '_> {
    /// A send. Nothing is answered if the code simply goes on.
    pub(super) fn send(
        &mut self,
        state: &mut State,
        at: usize,
        selector: &[u8],
        args: Vec<Operand>,
        is_super: bool,
    ) -> Result<Option<End>, String> {
        let node = state.node();
        let method = self.spec.nodes[node].method;
        let program = self.program;
        let receiver = args[0];
        let sure = match is_super {
            true => program.image.superclass_of(program.methods[method].0.class),
            false => self.spec.class_of(receiver, state.known(receiver)),
        };
        if let Some(class) = sure {
            return self.send_to_class(state, at, selector, args, class, is_super);
        }
        if state.known(receiver) == Known::Bool {
            return self.send_to_boolean(state, at, selector, args);
        }
        let mut counts = program.counts(method, at);
        let guessed = self.is_arithmetic(node) && self.are_mostly_ints(node, counts.total());
        if guessed {
            // As often as all the others together, which have been counted.
            let ints = program.image.roots.small_int;
            counts.classes.retain(|c| c.0 != ints);
            counts.classes.insert(0, (ints, counts.total().or_one()));
        }
        let total = counts.total();
        if !guessed && !self.is_used(state, method, at) {
            return self.send_out(state, at, &args, false, false).map(Some);
        }
        if let Some(&(class, n)) = counts.classes.first()
            && (total - n) * RARE <= total
            && (guessed || program.is_used(method, at, OFTEN))
        {
            self.found_argument(state, receiver, class);
        }
        let (mut arms, covered) = self.arms(state, selector, &counts, guessed, &args)?;
        // What is left over is worth a continuation of ours if it is not rare.
        let rest = total - covered;
        let ours = arms.is_empty() || rest * 100 > total || self.ends_a_loop(state, rest);
        let exit = self.send_exit(state, at, &args, false, ours)?;
        if arms.is_empty() {
            return Ok(Some(End::Gone(Terminator::Leave(exit))));
        }
        if arms.len() == 1
            && let Some((test, tail)) = arms.pop()
        {
            self.act(Op::GuardClass(test), &[receiver], Some(exit));
            self.insts.extend(tail.insts);
            return Ok(Some(tail.end));
        }
        self.choose(state, receiver, arms, exit).map(Some)
    }

    /// A send to an instance of a class that is known, or above a class.
    fn send_to_class(
        &mut self,
        state: &mut State,
        at: usize,
        selector: &[u8],
        args: Vec<Operand>,
        class: ObjId,
        is_super: bool,
    ) -> Result<Option<End>, String> {
        let node = state.node();
        let method = self.spec.nodes[node].method;
        let program = self.program;
        let Some(target) = program.lookup(class, selector) else {
            return self.send_out(state, at, &args, is_super, false).map(Some);
        };
        self.assume(class, selector, target);
        if is_super {
            let own = program.methods[method].0.class;
            self.spec.rely(Assumption::Inherits(own, class));
        }
        let own = match is_super {
            true => self.spec.nodes[node].class,
            false => class,
        };
        let used = self.is_used(state, method, at);
        // Arithmetic is computed by the sites in the baseline, which do not count what the
        // methods for it would send.
        let size = program.methods[target].1.parts.code.len();
        let arithmetic = state.known(args[0]).is_int() && size <= SMALL_METHOD;
        let count = program.counts(method, at).total();
        let worth = arithmetic || (used && self.is_worth_a_copy(state, count, target, &args));
        if worth && let Some(inner) = self.enter(state, target, own, &args, count) {
            return Ok(Some(End::Go(inner)));
        }
        let fits = args.len() == program.methods[target].1.arity;
        let itself = (class, target) == (self.spec.class, self.spec.method);
        if used && itself && fits && args.len() <= 4 {
            // The specialisation itself: it is valid, or this code would not run.
            let exit = self.call(state, state.ip, &args, Action::CallSelf)?;
            return Ok(Some(End::Gone(Terminator::Leave(exit))));
        }
        let ours = used || arithmetic;
        self.send_out(state, at, &args, is_super, ours).map(Some)
    }

    /// The receiver classes of a send that are worth a test each; and how many sends that covers.
    pub(super) fn arms(
        &mut self,
        state: &State,
        selector: &[u8],
        counts: &SiteCounts,
        guessed: bool,
        args: &[Operand],
    ) -> Result<(Vec<Arm>, Count), String> {
        let program = self.program;
        let total = counts.total();
        let receiver = args[0];
        let mut arms = Vec::new();
        let mut covered = Count::ZERO;
        for &(class, n) in &counts.classes {
            if n * 100 < total * WORTH_A_TEST || arms.len() == MOST_TESTS {
                break;
            }
            let Some(target) = program.lookup(class, selector) else {
                continue;
            };
            let worth = guessed || self.is_worth_a_copy(state, n, target, args);
            if !worth || !self.can_enter(state, target, class, args, n) {
                continue;
            }
            let mut entered = None;
            let tail = self.arm(|b| {
                let mut inside = state.clone();
                let mut args = args.to_vec();
                args[0] = b.found(&mut inside, receiver, class);
                let inside = b.enter(&mut inside, target, class, &args, n);
                entered = inside.clone();
                inside.map(End::Go).ok_or("a method is not entered".into())
            });
            if entered.is_some() {
                self.assume(class, selector, target);
                covered += n;
                arms.push((self.class_test(class), tail?));
            }
        }
        Ok((arms, covered))
    }

    /// An operand has been found to be an instance of a class: what it is then.
    fn found(&mut self, state: &mut State, o: Operand, class: ObjId) -> Operand {
        match self.spec.instance_of(class) {
            Instance::Only(only) => {
                state.replace(o, only);
                only
            }
            _ if Some(class) == self.program.float_class => {
                let float = self.op(state, Op::FloatOf, &[o], None, Known::Float);
                state.replace(o, float);
                float
            }
            Instance::Some(known) => {
                state.refine(o, known);
                o
            }
        }
    }

    /// Tests classes one after the other.
    pub(super) fn choose(
        &mut self,
        state: &mut State,
        receiver: Operand,
        arms: Vec<Arm>,
        exit: ExitId,
    ) -> Result<End, String> {
        let mut arms = arms.into_iter();
        let Some((test, yes)) = arms.next() else {
            return Ok(End::Gone(Terminator::Leave(exit)));
        };
        let is = self.test(state, Op::IsA(test), &[receiver]);
        let rest: Vec<Arm> = arms.collect();
        let no = self.arm(|b| b.choose(state, receiver, rest, exit))?;
        Ok(End::Branch(is, yes, no))
    }

    /// A send to what is surely true or false.
    fn send_to_boolean(
        &mut self,
        state: &mut State,
        at: usize,
        selector: &[u8],
        args: Vec<Operand>,
    ) -> Result<Option<End>, String> {
        let program = self.program;
        let roots = &program.image.roots;
        let receiver = args[0];
        let mut ways = Vec::new();
        for (object, truth) in [(roots.true_, Operand::True), (roots.false_, Operand::False)] {
            let class = program.class_of(object);
            let target = class.and_then(|c| program.lookup(c, selector));
            let (Some(class), Some(target)) = (class, target) else {
                break;
            };
            if !self.can_enter(state, target, class, &args, Count::ZERO) {
                break;
            }
            self.assume(class, selector, target);
            let mut args = args.clone();
            args[0] = truth;
            let mut inside = state.clone();
            inside.replace(receiver, truth);
            ways.extend(self.enter(&mut inside, target, class, &args, Count::ZERO));
        }
        let (Some(no), Some(yes)) = (ways.pop(), ways.pop()) else {
            return self.send_out(state, at, &args, false, true).map(Some);
        };
        self.spec.rely(Assumption::Constants);
        let condition = match self.type_of(receiver) {
            Type::Bool => receiver,
            _ => self.test(state, Op::Same, &[receiver, Operand::True]),
        };
        let (yes, no) = (
            self.arm(|_| Ok(End::Go(yes)))?,
            self.arm(|_| Ok(End::Go(no)))?,
        );
        Ok(Some(End::Branch(condition, yes, no)))
    }

    /// A send to an argument of the method tells which class it is expected to have.
    pub(super) fn found_argument(&mut self, state: &State, o: Operand, class: ObjId) {
        let args = &state.chain[0].args;
        if let (Operand::Value(_), Some(k)) = (o, args.iter().position(|&a| a == o)) {
            self.spec.found_argument(k, class);
        }
    }

    /// Is a site worth code of its own?
    fn is_used(&self, state: &State, method: usize, at: usize) -> bool {
        let total = self.program.counts(method, at).total();
        self.program.is_used(method, at, RARE) || self.ends_a_loop(state, total)
    }

    /// Would what is done so often take the rest of a loop to the baseline, in many calls of
    /// the specialisation?
    fn ends_a_loop(&self, state: &State, count: Count) -> bool {
        let spec = &self.spec;
        let calls = self.program.calls.get(&(spec.method, spec.class));
        let calls = calls.copied().unwrap_or_default();
        let often = !count.is_zero() && count * FEW >= calls;
        let inside = state.chain.iter().skip(1);
        let places = inside
            .map(|l| spec.nodes[l.node].parent.map_or(0, |p| p.1))
            .chain([state.ip]);
        let mut levels = state.chain.iter().zip(places);
        often && levels.any(|(l, ip)| spec.method_of(l.node).is_in_loop(ip))
    }

    /// Relies on a lookup.
    fn assume(&mut self, class: ObjId, selector: &[u8], method: usize) {
        let found = Assumption::Finds(class, selector.to_vec(), method);
        self.spec.rely(found);
    }

    /// The test whether a word is an instance of a class.
    pub(super) fn class_test(&self, class: ObjId) -> Test {
        match self.spec.instance_of(class) {
            Instance::Only(Operand::Nil) => Test::Nil,
            Instance::Only(Operand::True) => Test::True,
            Instance::Only(Operand::False) => Test::False,
            // A metaclass, of which a program may have made another instance.
            Instance::Only(Operand::Class(_, n)) => Test::Class(n),
            Instance::Some(Known::Int) => Test::Int,
            _ => {
                let n = self.program.class_numbers[&class];
                match Some(class) == self.program.float_class {
                    true => Test::Float(n),
                    false => Test::Instance(n),
                }
            }
        }
    }

    /// The exit by which the runtime does a send. `ours`: a function of ours goes on
    /// afterwards, else the baseline does.
    pub(super) fn send_exit(
        &mut self,
        state: &State,
        at: usize,
        args: &[Operand],
        is_super: bool,
        ours: bool,
    ) -> Result<ExitId, String> {
        let site = self.spec.method_of(state.node()).sites[&at];
        let action = Action::Send { site, is_super };
        match ours {
            true => self.call(state, state.ip, args, action),
            false => Ok(self.leave(state, state.ip, args, action)),
        }
    }

    /// A send done by the runtime.
    fn send_out(
        &mut self,
        state: &State,
        at: usize,
        args: &[Operand],
        is_super: bool,
        ours: bool,
    ) -> Result<End, String> {
        let exit = self.send_exit(state, at, args, is_super, ours)?;
        Ok(End::Gone(Terminator::Leave(exit)))
    }
}
