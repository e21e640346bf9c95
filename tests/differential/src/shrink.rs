//! Programs that are a little smaller than a given one, so that of a program that is run
//! differently little remains but the reason.

use crate::batch::Name;
use crate::generate::Numbers;
use crate::tree::{Expr, Method, Program, Stmt, leaf};
use anyhow::{Result, bail};

/// How many programs are tried together.
const AT_A_TIME: usize = 60;

/// One step towards a smaller program.
#[derive(Clone, PartialEq, Debug)]
pub enum Step {
    /// Without that class; what inherits from it inherits from its superclass.
    Class(usize),
    /// Without that method of that class.
    Method(usize, usize),
    /// With a smaller body for it.
    Body(usize, usize, Vec<Stmt>),
}

/// The steps that a program can be made smaller by, in a fixed order.
///
/// Not all that comes of them can be compiled or makes sense; whoever tries finds out.
pub fn steps(program: &Program) -> Vec<Step> {
    let mut all = Vec::new();
    let last = program.classes.len() - 1;
    for (c, class) in program.classes.iter().enumerate() {
        // Not the last, with which the program begins.
        if c < last {
            all.push(Step::Class(c));
            all.extend((0..class.methods.len()).map(|m| Step::Method(c, m)));
        }
        for (m, method) in class.methods.iter().enumerate() {
            let smaller = bodies(&method.body).into_iter();
            all.extend(smaller.map(|body| Step::Body(c, m, body)));
        }
    }
    all
}

/// The program after one of its [`steps`].
pub fn after(program: &Program, step: Step) -> Program {
    let mut less = program.clone();
    match step {
        Step::Class(c) => {
            let gone = less.classes.remove(c);
            for class in &mut less.classes {
                if class.superclass == gone.name {
                    class.superclass.clone_from(&gone.superclass);
                }
            }
        }
        Step::Method(c, m) => drop(less.classes[c].methods.remove(m)),
        Step::Body(c, m, body) => {
            let method = &mut less.classes[c].methods[m];
            method.body = body;
            forget_unused(method);
        }
    }
    less
}

/// The program after the step of that number, if there is one.
pub fn after_nth(program: &Program, n: usize) -> Option<Program> {
    let step = steps(program).into_iter().nth(n)?;
    Some(after(program, step))
}

/// Goes on to smaller programs for which `fails` is still true, until there is none. It is
/// asked about many at a time, since an answer may take a build; those that it names failed.
///
/// # Errors
/// Those of `fails`.
pub fn shrink(
    mut name: Name,
    mut fails: impl FnMut(&[(Name, Program)]) -> Result<Vec<Name>>,
) -> Result<Name> {
    let Some(mut program) = name.program("P") else {
        bail!("there is no program {name}");
    };
    let mut numbers = Numbers::new(name.seed);
    loop {
        let some = leaps(&name, &program, &mut numbers);
        let mut next = smallest_failing(some, &mut fails)?;
        if next.is_none() {
            // Only when no single step is left it is as small as it gets.
            let all = steps(&program).into_iter().enumerate();
            let all: Vec<_> = all
                .map(|(n, step)| (name.then(n), after(&program, step)))
                .collect();
            for some in all.chunks(AT_A_TIME) {
                next = smallest_failing(some.to_vec(), &mut fails)?;
                if next.is_some() {
                    break;
                }
            }
        }
        match next {
            Some(next) => (name, program) = next,
            None => return Ok(name),
        }
    }
}

/// The smallest of some programs that fails.
fn smallest_failing(
    mut programs: Vec<(Name, Program)>,
    fails: &mut impl FnMut(&[(Name, Program)]) -> Result<Vec<Name>>,
) -> Result<Option<(Name, Program)>> {
    programs.sort_by_key(|(_, program)| program.size());
    let failed = fails(&programs)?;
    Ok(programs.into_iter().find(|(name, _)| failed.contains(name)))
}

/// Programs that are several steps smaller, by random steps: most single steps keep what is
/// wrong, so that some of these do, and much is gained for one build.
fn leaps(name: &Name, program: &Program, numbers: &mut Numbers) -> Vec<(Name, Program)> {
    let mut all = Vec::new();
    for length in [1, 2, 4, 8, 16, 32] {
        for _ in 0..AT_A_TIME / 6 {
            let mut at = (name.clone(), program.clone());
            for _ in 0..length {
                let mut possible = steps(&at.1);
                if possible.is_empty() {
                    break;
                }
                let n = numbers.below(possible.len());
                at = (at.0.then(n), after(&at.1, possible.swap_remove(n)));
            }
            if at.0 != *name && !all.contains(&at) {
                all.push(at);
            }
        }
    }
    all
}

fn forget_unused(method: &mut Method) {
    let text: String = method.text().lines().skip(2).collect();
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    method.temporaries.retain(|t| words.contains(&t.as_str()));
}

/// Lists of statements that are smaller.
fn bodies(body: &[Stmt]) -> Vec<Vec<Stmt>> {
    let mut all = Vec::new();
    for i in 0..body.len() {
        let mut less = body.to_vec();
        less.remove(i);
        all.push(less);
    }
    for (i, statement) in body.iter().enumerate() {
        for s in statements(statement) {
            let mut less = body.to_vec();
            less[i] = s;
            all.push(less);
        }
        if let Stmt::While(_, _, inner) | Stmt::Do(Expr::Block(_, inner)) = statement {
            let mut less = body.to_vec();
            less.splice(i..=i, inner.iter().cloned());
            all.push(less);
        }
    }
    all
}

fn statements(statement: &Stmt) -> Vec<Stmt> {
    match statement {
        Stmt::Do(e) => expressions(e).into_iter().map(Stmt::Do).collect(),
        Stmt::Return(e) => expressions(e).into_iter().map(Stmt::Return).collect(),
        Stmt::Assign(v, e) => {
            let smaller = expressions(e).into_iter();
            smaller.map(|e| Stmt::Assign(v.clone(), e)).collect()
        }
        Stmt::While(counter, times, body) => {
            let with = |body| Stmt::While(counter.clone(), *times, body);
            bodies(body).into_iter().map(with).collect()
        }
    }
}

/// Expressions that are smaller: a constant, a part, or the same with a smaller part.
fn expressions(e: &Expr) -> Vec<Expr> {
    let mut all = Vec::new();
    if e.size() > 1 {
        all.push(leaf("1"));
    }
    let with = |list: &[Expr], make: &dyn Fn(Vec<Expr>) -> Expr, all: &mut Vec<Expr>| {
        for (i, element) in list.iter().enumerate() {
            if !matches!(element, Expr::Block(..)) {
                all.push(element.clone());
            }
            for smaller in expressions(element) {
                let mut list = list.to_vec();
                list[i] = smaller;
                all.push(make(list));
            }
        }
    };
    match e {
        Expr::Leaf(_) => {}
        Expr::Send(receiver, selector, arguments) => {
            if !matches!(**receiver, Expr::Block(..)) {
                all.push((**receiver).clone());
            }
            for smaller in expressions(receiver) {
                all.push(Expr::Send(
                    Box::new(smaller),
                    selector.clone(),
                    arguments.clone(),
                ));
            }
            let make = |list| Expr::Send(receiver.clone(), selector.clone(), list);
            with(arguments, &make, &mut all);
        }
        Expr::Super(selector, arguments) => {
            with(
                arguments,
                &|list| Expr::Super(selector.clone(), list),
                &mut all,
            );
        }
        Expr::Array(elements) => with(elements, &Expr::Array, &mut all),
        Expr::Cascade(receiver, messages) => all.extend(cascades(receiver, messages)),
        Expr::Block(parameters, body) => {
            for body in bodies(body) {
                all.push(Expr::Block(parameters.clone(), body));
            }
        }
    }
    all
}

/// A cascade with fewer messages, or none, or with smaller parts.
fn cascades(receiver: &Expr, messages: &[(String, Vec<Expr>)]) -> Vec<Expr> {
    let cascade = |receiver: Expr, messages: Vec<(String, Vec<Expr>)>| match &messages[..] {
        [(selector, arguments)] => {
            Expr::Send(Box::new(receiver), selector.clone(), arguments.clone())
        }
        _ => Expr::Cascade(Box::new(receiver), messages),
    };
    let mut all = Vec::new();
    for i in 0..messages.len() {
        let mut fewer = messages.to_vec();
        fewer.remove(i);
        if !fewer.is_empty() {
            all.push(cascade(receiver.clone(), fewer));
        }
        for (j, argument) in messages[i].1.iter().enumerate() {
            for smaller in expressions(argument) {
                let mut other = messages.to_vec();
                other[i].1[j] = smaller;
                all.push(cascade(receiver.clone(), other));
            }
        }
    }
    for smaller in expressions(receiver) {
        all.push(cascade(smaller, messages.to_vec()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Kind;
    use crate::generate::program;
    use smallworld_bootstrap::Dialect;

    #[test]
    fn what_fails_shrinks_to_its_reason() {
        // As if `max:` inside a block were wrong.
        let reason = |program: &Program| {
            let texts = program.texts().concat();
            texts.split('[').skip(1).any(|block| block.contains("max:"))
        };
        let name = |seed| Name {
            kind: Kind::default(),
            seed,
            steps: vec![],
        };
        let wrong = |seed: &u64| reason(&name(*seed).program("P").unwrap());
        let name = name((0..).find(wrong).unwrap());
        let before = name.program("P").unwrap().size();
        let fails = |all: &[(Name, Program)]| {
            let wrong = all.iter().filter(|(_, program)| reason(program));
            Ok(wrong.map(|(name, _)| name.clone()).collect())
        };
        let small = shrink(name, fails).unwrap();
        let after = small.program("P").unwrap();
        assert!(reason(&after));
        assert!(
            after.size() < 45,
            "{before} became {}:\n{}",
            after.size(),
            after.texts().concat()
        );
    }

    #[test]
    fn steps_make_it_smaller_until_nothing_is_left() {
        let mut program = program(5, "P", Dialect::Of2015);
        let mut count = 0;
        while !steps(&program).is_empty() {
            for step in steps(&program) {
                assert!(
                    after(&program, step.clone()).size() < program.size(),
                    "{step:?}"
                );
            }
            program = after_nth(&program, 0).unwrap();
            count += 1;
        }
        assert!(count > 5);
        assert_eq!(program.classes.len(), 1);
        assert!(program.size() < 12, "{program:?}");
    }
}
