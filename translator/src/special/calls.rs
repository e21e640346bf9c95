//! Sends in specialised code: what is inlined, what is guarded, what is called.

use super::code::{Code, Effects};
use super::engine::{End, Engine, truth};
use super::inlining::{SMALL_METHOD, counted};
use super::unit::{Assumption, Scope};
use super::values::{Abs, Level, Origin, Rep, State, Val};
use super::world::SiteCounts;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use smallworld_image::ObjId;
use smallworld_profile::Count;

/// Receiver classes that are worth a test of their own have at least this share of the
/// sends, in percent.
const WORTH_A_TEST: u64 = 5;
/// A send that is done less than once in so many runs of its method is left to the
/// baseline.
const RARE: u64 = 500;
/// But in a loop it is not, if that is done in one of so many calls of the unit.
const FEW: u64 = 8;
/// An argument's class is tested at the entry if a send to it is done in one of so many
/// calls.
const OFTEN: u64 = 10;
/// Receiver classes tested at one site.
const MOST_TESTS: usize = 3;

impl Engine<'_, '_, '_> {
    /// A send. Nothing is answered if the code simply goes on.
    #[allow(clippy::too_many_arguments)]
    pub fn send(
        &mut self,
        state: &mut State,
        at: usize,
        selector: &[u8],
        args: Vec<Val>,
        is_super: bool,
        next: usize,
        out: &mut Code,
    ) -> Result<Option<End>, String> {
        let scope = state.scope();
        let method = self.unit.scopes[scope].method;
        let world = self.unit.world;
        let site = self.method(scope).sites[&at];
        let receiver = args[0].clone();
        let sure = if is_super {
            world.image.superclass_of(world.methods[method].0.class)
        } else {
            self.unit.abs_class(receiver.abs)
        };
        if let Some(class) = sure {
            let Some(target) = world.lookup(class, selector) else {
                return self.send_out(state, site, args, is_super, next, false, out);
            };
            self.assume(class, selector, target);
            if is_super {
                let own = world.methods[method].0.class;
                self.unit.rely(Assumption::Inherits(own, class));
            }
            let own = if is_super {
                self.unit.scopes[scope].class
            } else {
                class
            };
            let used = self.is_used(state, method, at);
            // Arithmetic is computed by the sites in the baseline, which do not count what
            // the methods for it would send.
            let size = world.methods[target].1.parts.code.len();
            let arithmetic = receiver.abs.is_int() && size <= SMALL_METHOD;
            let count = world.counts(method, at).total();
            let worth = arithmetic || (used && self.is_worth_a_copy(state, count, target, &args));
            if worth && let Some(inner) = self.enter(state, target, own, &args, next, count, out) {
                return Ok(Some(End::Go(inner)));
            }
            let fits = args.len() == world.methods[target].1.arity;
            let itself = (class, target) == (self.unit.class, self.unit.method);
            if used && itself && fits && args.len() <= 4 {
                // The unit itself: it is valid, or this code would not run.
                let code = self.call(
                    state,
                    next,
                    &args,
                    |w| quote!(return entry(vm, f, #(#w),*);),
                )?;
                out.append(code);
                return Ok(Some(End::Left));
            }
            return self.send_out(state, site, args, is_super, next, used || arithmetic, out);
        }
        if receiver.abs == Abs::Bool {
            return self.send_to_boolean(state, site, selector, args, next, out);
        }
        let mut counts = world.counts(method, at);
        let guessed = self.is_arithmetic(scope) && self.are_mostly_ints(scope, counts.total());
        if guessed {
            // As often as all the others together, which have been counted.
            let ints = world.image.roots.small_int;
            counts.classes.retain(|c| c.0 != ints);
            counts.classes.insert(0, (ints, counts.total().or_one()));
        }
        let total = counts.total();
        if !guessed && !self.is_used(state, method, at) {
            return self.send_out(state, site, args, false, next, false, out);
        }
        if let Some(&(class, n)) = counts.classes.first()
            && (total - n) * RARE <= total
            && (guessed || world.is_used(method, at, OFTEN))
        {
            self.unit
                .found_argument(state.passed_from(receiver.origin), class);
        }
        let (arms, covered) = self.arms(state, selector, &counts, guessed, &args, next);
        if arms.is_empty() {
            return self.send_out(state, site, args, false, next, true, out);
        }
        // What is left over is worth a continuation of ours if it is not rare.
        let rest = total - covered;
        let rest_is_used = rest * 100 > total || self.ends_a_loop(state, rest);
        let mut other = Code::default();
        self.send_out(state, site, args, false, next, rest_is_used, &mut other)?;
        if let [(test, inner, entry)] = &arms[..] {
            let test = test.clone();
            out.or(
                other,
                Effects::READS,
                move |other| quote!(if !(#test) { #other }),
            );
            out.append(entry.clone());
            return Ok(Some(End::Go(inner.clone())));
        }
        Ok(Some(choose(Vec::new(), arms, other, out)))
    }

    /// The receiver classes of a send that are worth a test each: the test, the state in the
    /// method, and what is to be done on the way; and how many sends that covers.
    pub fn arms(
        &mut self,
        state: &State,
        selector: &[u8],
        counts: &SiteCounts,
        guessed: bool,
        args: &[Val],
        next: usize,
    ) -> (Vec<Arm>, Count) {
        let world = self.unit.world;
        let total = counts.total();
        let receiver = &args[0];
        let mut arms = Vec::new();
        let mut covered = Count::ZERO;
        for &(class, n) in &counts.classes {
            if n * 100 < total * WORTH_A_TEST || arms.len() == MOST_TESTS {
                break;
            }
            let Some(target) = world.lookup(class, selector) else {
                continue;
            };
            let worth = guessed || self.is_worth_a_copy(state, n, target, args);
            if !worth || !self.can_enter(state, target, class, args, next, n) {
                continue;
            }
            let test = self.class_test(&receiver.expr(), class);
            let mut inside = state.clone();
            let abs = self.unit.class_abs(class);
            let mut args = args.to_vec();
            let mut entry = Code::default();
            if Some(class) == world.float_class {
                args[0] = self.number_of(receiver, &mut entry);
            } else {
                args[0].abs = abs;
            }
            inside.refine(receiver.origin, args[0].abs);
            if abs.is_constant() {
                args[0].rep = Rep::Constant;
            }
            let inside = self.enter(&mut inside, target, class, &args, next, n, &mut entry);
            if let Some(inside) = inside {
                self.assume(class, selector, target);
                covered += n;
                arms.push((test, inside, entry));
            }
        }
        (arms, covered)
    }

    /// A send to what is surely true or false.
    fn send_to_boolean(
        &mut self,
        state: &mut State,
        site: u32,
        selector: &[u8],
        args: Vec<Val>,
        next: usize,
        out: &mut Code,
    ) -> Result<Option<End>, String> {
        let world = self.unit.world;
        let roots = &world.image.roots;
        let mut arms = Vec::new();
        for (object, abs) in [(roots.true_, Abs::True), (roots.false_, Abs::False)] {
            let class = world.class_of(object);
            let target = class.and_then(|c| world.lookup(c, selector));
            let (Some(class), Some(target)) = (class, target) else {
                break;
            };
            if !self.can_enter(state, target, class, &args, next, Count::ZERO) {
                break;
            }
            self.assume(class, selector, target);
            let mut args = args.clone();
            args[0] = Val::constant(abs);
            let mut inside = state.clone();
            if let Some(inner) =
                self.enter(&mut inside, target, class, &args, next, Count::ZERO, out)
            {
                arms.push(inner);
            }
        }
        if let [yes, no] = &arms[..] {
            let mut yes = yes.clone();
            yes.is_true(&args[0]);
            return Ok(Some(End::If(truth(&args[0]), yes, no.clone())));
        }
        self.send_out(state, site, args, false, next, true, out)
    }

    /// Is a site worth code of its own?
    fn is_used(&self, state: &State, method: usize, at: usize) -> bool {
        let world = self.unit.world;
        let total = world.counts(method, at).total();
        world.is_used(method, at, RARE) || self.ends_a_loop(state, total)
    }

    /// Would what is done so often take the rest of a loop to the baseline, in many calls of
    /// the unit?
    fn ends_a_loop(&self, state: &State, count: Count) -> bool {
        let unit = &self.unit;
        let calls = unit.world.calls.get(&(unit.method, unit.class));
        let calls = calls.copied().unwrap_or_default();
        let often = !count.is_zero() && count * FEW >= calls;
        let inside = state
            .chain
            .iter()
            .skip(1)
            .map(|l| unit.scopes[l.scope].parent);
        let places = inside.map(|p| p.map_or(0, |p| p.1)).chain([state.ip]);
        let mut levels = state.chain.iter().zip(places);
        often && levels.any(|(l, ip)| self.method(l.scope).is_in_loop(ip))
    }

    /// Relies on a lookup.
    fn assume(&mut self, class: ObjId, selector: &[u8], method: usize) {
        self.unit
            .rely(Assumption::Finds(class, selector.to_vec(), method));
    }

    /// The Rust test whether a value is an instance of a class.
    pub fn class_test(&self, x: &TokenStream, class: ObjId) -> TokenStream {
        match self.unit.class_abs(class) {
            Abs::Int => quote!(#x.is_int()),
            Abs::Nil => quote!(#x == nil(vm)),
            Abs::True => quote!(#x == true_(vm)),
            Abs::False => quote!(#x == false_(vm)),
            // A metaclass, of which a program may have made another instance.
            Abs::Class(_, n) => quote!(#x == class_object(vm, #n)),
            _ => {
                let n = self.unit.world.class_numbers[&class];
                if Some(class) == self.unit.world.float_class {
                    return quote!(is_float_of(#x, #n));
                }
                quote!(is_instance(#x, #n))
            }
        }
    }

    /// The send is done by the runtime. `ours`: the unit goes on afterwards, else the
    /// baseline does.
    #[allow(clippy::too_many_arguments)]
    pub fn send_out(
        &mut self,
        state: &mut State,
        site: u32,
        args: Vec<Val>,
        is_super: bool,
        next: usize,
        ours: bool,
        out: &mut Code,
    ) -> Result<Option<End>, String> {
        let registers = args.len().min(4);
        let name = if is_super { "super" } else { "send" };
        let send = format_ident!("{name}{registers}");
        let action = |words: &[TokenStream]| {
            let passed = &words[..registers];
            let above = words.iter().enumerate().skip(4);
            let put = above.map(|(i, w)| quote!(put(f, #i, #w);));
            // The words may be in slots that writing the frames has passed over.
            quote!(#(#put)* return #send(vm, f, #site, #(#passed),*);)
        };
        let code = if ours {
            self.call(state, next, &args, action)?
        } else {
            self.leave(state, next, &args, action)
        };
        out.append(code);
        Ok(Some(End::Left))
    }

    /// Goes into a method, if it may be inlined: the state inside it.
    #[allow(clippy::too_many_arguments)]
    fn enter(
        &mut self,
        state: &mut State,
        target: usize,
        class: ObjId,
        args: &[Val],
        next: usize,
        count: Count,
        out: &mut Code,
    ) -> Option<State> {
        if !self.can_enter(state, target, class, args, next, count) {
            return None;
        }
        let before = self.unit.scopes.len();
        let scope = self.callee_scope(state, target, class, next);
        let scope = self.unit.scope(scope);
        let m = &self.unit.world.methods[target].1;
        if self.unit.scopes.len() > before {
            self.unit.inlined += counted(m.parts.code.len());
        }
        let mut level = Level {
            scope,
            args: Vec::new(),
            temps: vec![Abs::Nil; m.parts.temporaries],
            stack: Vec::new(),
            in_memory: false,
        };
        let (mut places, mut values) = (Vec::new(), Vec::new());
        for (i, v) in args.iter().enumerate() {
            let a = self.argument(scope, i);
            if !matches!(v.abs, Abs::Block { real: false, .. } | Abs::Float(_)) {
                places.push(a.clone());
                values.push(v.expr());
            }
            let mut inner = Val {
                // Temporaries may be assigned; arguments are what they are.
                origin: v.origin.filter(|o| matches!(o, Origin::Argument(..))),
                meaning: v.meaning.clone(),
                ..Val::word(v.abs, a)
            };
            // A boolean local becomes a word; that it is one is still known.
            if v.abs == Abs::Bool {
                inner.rep = Rep::Word(format_ident!("a{scope}_{i}"));
            }
            level.args.push(inner);
        }
        out.reads(quote!(#(#places = #values;)*));
        for i in 0..m.parts.temporaries {
            let t = self.temporary(scope, i);
            out.pure(quote!(#t = nil(vm);));
        }
        let mut inner = state.clone();
        inner.ip = 0;
        inner.chain.push(level);
        Some(inner)
    }

    /// Primitive 8 in a method that runs a block of the nest: the block goes on in place
    /// of the method.
    pub fn run_block(
        &mut self,
        state: &mut State,
        mut args: Vec<Val>,
        out: &mut Code,
    ) -> Result<Option<End>, String> {
        let block = args.pop().ok_or("primitive 8 has no block")?;
        let runner = state.scope();
        let parent = self.unit.scopes[runner].parent;
        if let (Some(_), Some(inner)) = (parent, self.enter_block(state, &block, &args, out)?) {
            return Ok(Some(End::Go(inner)));
        }
        // The runtime does it, above the record of whoever waits for the value.
        let given = args.len();
        if given > 3 {
            return Err("a block with more than three arguments".into());
        }
        let value = format_ident!("value{given}");
        let mut extra = vec![block];
        extra.extend(args);
        let Some((_, next)) = parent else {
            for v in &extra {
                self.object(state, v, &extra, out);
            }
            let words: Vec<_> = extra.iter().map(Val::object_expr).collect();
            out.leaves(0, quote!(return #value(vm, base, #(#words),*);));
            return Ok(Some(End::Left));
        };
        let mut outer = state.clone();
        outer.chain.pop();
        outer.forget_left();
        outer.ip = next;
        let code = self.call(
            &outer,
            next,
            &extra,
            |w| quote!(return #value(vm, f, #(#w),*);),
        )?;
        out.append(code);
        Ok(Some(End::Left))
    }

    /// The state inside a block of the nest, if it can be inlined.
    fn enter_block(
        &mut self,
        state: &State,
        block: &Val,
        args: &[Val],
        out: &mut Code,
    ) -> Result<Option<State>, String> {
        let Abs::Block {
            home,
            creator,
            block: which,
            ..
        } = block.abs
        else {
            return Ok(None);
        };
        let runner = state.scope();
        let mut inner = state.clone();
        inner.chain.pop();
        inner.forget_left();
        let present = |s| inner.level(s).is_some();
        let method = self.unit.scopes[home].method;
        let m = &self.unit.world.methods[method].1;
        let info = &m.analysis.blocks[which];
        let size = info.end - info.start;
        let recursive = inner.chain.iter().any(|l| {
            let s = &self.unit.scopes[l.scope];
            s.method == method && s.owner == Some(which)
        });
        let scope = Scope {
            parent: self.unit.scopes[runner].parent,
            method,
            owner: Some(which),
            home,
            class: self.unit.scopes[home].class,
        };
        let fits = info.params_at as usize + args.len() <= m.parts.temporaries;
        if !present(home)
            || !present(creator)
            || recursive
            || !fits
            || (self.unit.inlined + size > self.unit.limits.unit && !self.unit.is_known(&scope))
            || inner.chain.is_empty()
        {
            return Ok(None);
        }
        let before = self.unit.scopes.len();
        let scope = self.unit.scope(scope);
        if self.unit.scopes.len() > before {
            self.unit.inlined += size;
        }
        let a = self.argument(scope, 0);
        if block.rep != Rep::Constant {
            let x = block.expr();
            out.pure(quote!(#a = #x;));
        }
        let params = info.params_at as usize;
        inner.ip = info.start;
        inner.chain.push(Level {
            scope,
            args: vec![Val::word(block.abs, a)],
            temps: Vec::new(),
            stack: Vec::new(),
            in_memory: false,
        });
        for (i, v) in args.iter().enumerate() {
            self.set_temporary(&mut inner, params + i, v, out)?;
        }
        Ok(Some(inner))
    }
}

/// A receiver class at a send: the Rust test, the state in the method, and what is done on
/// the way.
pub type Arm = (TokenStream, State, Code);

/// Goes on at the first of several states.
pub fn choose(
    mut first: Vec<(TokenStream, State)>,
    arms: Vec<Arm>,
    other: Code,
    out: &mut Code,
) -> End {
    // The arguments' variables belong to the inlined scopes, which differ: all of them can
    // be set before the tests.
    for (test, state, entry) in arms {
        out.append(entry);
        first.push((test, state));
    }
    End::Choose(first, other)
}
