//! Programs that are a little smaller than a given one, so that of a program that is run
//! differently little remains but the reason.

use crate::batch::Name;
use crate::tree::{Expr, Method, Program, Stmt, leaf};
use anyhow::{Result, bail};

/// How many programs are tried together.
const AT_A_TIME: usize = 60;

/// The programs that are one step smaller, in a fixed order.
///
/// Not all of them can be compiled or make sense; whoever tries them finds out.
pub fn smaller(program: &Program) -> Vec<Program> {
    let mut all = Vec::new();
    for c in 0..program.classes.len() {
        // Not the last, with which the program begins.
        if c + 1 < program.classes.len() {
            let mut less = program.clone();
            let gone = less.classes.remove(c);
            for class in &mut less.classes {
                if class.superclass == gone.name {
                    class.superclass.clone_from(&gone.superclass);
                }
            }
            all.push(less);
        }
        for m in 0..program.classes[c].methods.len() {
            if c + 1 < program.classes.len() {
                let mut less = program.clone();
                less.classes[c].methods.remove(m);
                all.push(less);
            }
            for body in bodies(&program.classes[c].methods[m].body) {
                let mut less = program.clone();
                less.classes[c].methods[m].body = body;
                forget_unused(&mut less.classes[c].methods[m]);
                all.push(less);
            }
        }
    }
    all.retain(|p| p.size() < program.size());
    all.dedup();
    all
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
    'smaller: loop {
        let mut all: Vec<(Name, Program)> = smaller(&program)
            .into_iter()
            .enumerate()
            .map(|(step, less)| {
                let mut steps = name.steps.clone();
                steps.push(step);
                let seed = name.seed;
                (Name { seed, steps }, less)
            })
            .collect();
        // The smallest first: if one of them fails, much is gained.
        all.sort_by_key(|(_, less)| less.size());
        for some in all.chunks(AT_A_TIME) {
            let failed = fails(some)?;
            if let Some(next) = some.iter().find(|(name, _)| failed.contains(name)) {
                (name, program) = next.clone();
                continue 'smaller;
            }
        }
        return Ok(name);
    }
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
    if !matches!(e, Expr::Leaf(_)) {
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
        Expr::Block(parameters, body) => {
            for body in bodies(body) {
                all.push(Expr::Block(parameters.clone(), body));
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::program;

    #[test]
    fn what_fails_shrinks_to_its_reason() {
        // As if `max:` inside a block were wrong.
        let reason = |program: &Program| {
            let texts = program.texts().concat();
            texts.split('[').skip(1).any(|block| block.contains("max:"))
        };
        let name = |seed| Name {
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
        let mut program = program(5, "P");
        let mut steps = 0;
        while let Some(less) = smaller(&program).into_iter().next() {
            assert!(less.size() < program.size());
            program = less;
            steps += 1;
        }
        assert!(steps > 5);
        assert_eq!(program.classes.len(), 1);
        assert!(program.size() < 12, "{program:?}");
    }
}
