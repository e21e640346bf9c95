//! An incremental solver of constraints (after Freeman-Benson and Maloney).
//!
//! Variables and constraints refer to each other in circles; they lie in two vectors and are
//! referred to by index. What depends on the kind of a constraint is a method of a trait
//! object.

/// The weakest strength; 1, required, is the strongest.
const WEAKEST: i32 = 7;

struct Variable {
    value: i32,
    constraints: Vec<usize>,
    source: Option<usize>,
    mark: i32,
    strength: i32,
    stays: bool,
}

type Variables = Vec<Variable>;

/// A relation between variables that is kept if possible.
trait Constraint {
    fn strength(&self) -> i32;
    fn is_satisfied(&self) -> bool;
    fn is_input(&self) -> bool;
    fn output(&self) -> usize;
    fn choose(&mut self, variables: &Variables, mark: i32);
    fn unsatisfy(&mut self);
    /// All variables it is attached to.
    fn variables(&self) -> Vec<usize>;
    fn mark_inputs(&self, variables: &mut Variables, mark: i32);
    fn inputs_known(&self, variables: &Variables, mark: i32) -> bool;
    fn recalculate(&self, variables: &mut Variables);
    fn execute(&self, variables: &mut Variables);
}

struct Unary {
    strength: i32,
    target: usize,
    satisfied: bool,
    is_input: bool,
}

impl Constraint for Unary {
    fn strength(&self) -> i32 {
        self.strength
    }

    fn is_satisfied(&self) -> bool {
        self.satisfied
    }

    fn is_input(&self) -> bool {
        self.is_input
    }

    fn output(&self) -> usize {
        self.target
    }

    fn choose(&mut self, variables: &Variables, mark: i32) {
        let target = &variables[self.target];
        self.satisfied = target.mark != mark && self.strength < target.strength;
    }

    fn unsatisfy(&mut self) {
        self.satisfied = false;
    }

    fn variables(&self) -> Vec<usize> {
        vec![self.target]
    }

    fn mark_inputs(&self, _: &mut Variables, _: i32) {}

    fn inputs_known(&self, _: &Variables, _: i32) -> bool {
        true
    }

    fn recalculate(&self, variables: &mut Variables) {
        let target = &mut variables[self.target];
        target.strength = self.strength;
        target.stays = !self.is_input;
        if target.stays {
            self.execute(variables);
        }
    }

    fn execute(&self, _: &mut Variables) {}
}

/// Which way values flow between the two variables of a constraint.
#[derive(Clone, Copy, PartialEq)]
enum Direction {
    None,
    Forward,
    Backward,
}

struct Binary {
    strength: i32,
    left: usize,
    right: usize,
    direction: Direction,
}

impl Binary {
    fn new(left: usize, right: usize) -> Binary {
        Binary {
            strength: 1,
            left,
            right,
            direction: Direction::None,
        }
    }

    fn input(&self) -> usize {
        match self.direction {
            Direction::Forward => self.left,
            _ => self.right,
        }
    }

    fn output(&self) -> usize {
        match self.direction {
            Direction::Forward => self.right,
            _ => self.left,
        }
    }

    fn choose(&mut self, variables: &Variables, mark: i32) {
        let (left, right) = (&variables[self.left], &variables[self.right]);
        let forward = if self.strength < right.strength {
            Direction::Forward
        } else {
            Direction::None
        };
        let backward = if self.strength < left.strength {
            Direction::Backward
        } else {
            Direction::None
        };
        self.direction = if left.mark == mark {
            if right.mark != mark {
                forward
            } else {
                Direction::None
            }
        } else if right.mark == mark || right.strength < left.strength {
            backward
        } else {
            forward
        };
    }
}

fn is_known(variable: &Variable, mark: i32) -> bool {
    variable.mark == mark || variable.stays || variable.source.is_none()
}

struct Equal(Binary);

impl Constraint for Equal {
    fn strength(&self) -> i32 {
        self.0.strength
    }

    fn is_satisfied(&self) -> bool {
        self.0.direction != Direction::None
    }

    fn is_input(&self) -> bool {
        false
    }

    fn output(&self) -> usize {
        self.0.output()
    }

    fn choose(&mut self, variables: &Variables, mark: i32) {
        self.0.choose(variables, mark);
    }

    fn unsatisfy(&mut self) {
        self.0.direction = Direction::None;
    }

    fn variables(&self) -> Vec<usize> {
        vec![self.0.left, self.0.right]
    }

    fn mark_inputs(&self, variables: &mut Variables, mark: i32) {
        variables[self.0.input()].mark = mark;
    }

    fn inputs_known(&self, variables: &Variables, mark: i32) -> bool {
        is_known(&variables[self.0.input()], mark)
    }

    fn recalculate(&self, variables: &mut Variables) {
        let from = &variables[self.0.input()];
        let (strength, stays) = (self.0.strength.max(from.strength), from.stays);
        let to = &mut variables[self.0.output()];
        to.strength = strength;
        to.stays = stays;
        if stays {
            self.execute(variables);
        }
    }

    fn execute(&self, variables: &mut Variables) {
        variables[self.0.output()].value = variables[self.0.input()].value;
    }
}

struct Scale {
    pair: Binary,
    scale: usize,
    offset: usize,
}

impl Constraint for Scale {
    fn strength(&self) -> i32 {
        self.pair.strength
    }

    fn is_satisfied(&self) -> bool {
        self.pair.direction != Direction::None
    }

    fn is_input(&self) -> bool {
        false
    }

    fn output(&self) -> usize {
        self.pair.output()
    }

    fn choose(&mut self, variables: &Variables, mark: i32) {
        self.pair.choose(variables, mark);
    }

    fn unsatisfy(&mut self) {
        self.pair.direction = Direction::None;
    }

    fn variables(&self) -> Vec<usize> {
        vec![self.pair.left, self.pair.right, self.scale, self.offset]
    }

    fn mark_inputs(&self, variables: &mut Variables, mark: i32) {
        for index in [self.pair.input(), self.scale, self.offset] {
            variables[index].mark = mark;
        }
    }

    fn inputs_known(&self, variables: &Variables, mark: i32) -> bool {
        [self.pair.input(), self.scale, self.offset]
            .iter()
            .all(|&index| is_known(&variables[index], mark))
    }

    fn recalculate(&self, variables: &mut Variables) {
        let from = &variables[self.pair.input()];
        let strength = self.pair.strength.max(from.strength);
        let stays = from.stays && variables[self.scale].stays && variables[self.offset].stays;
        let to = &mut variables[self.pair.output()];
        to.strength = strength;
        to.stays = stays;
        if stays {
            self.execute(variables);
        }
    }

    fn execute(&self, variables: &mut Variables) {
        let (scale, offset) = (variables[self.scale].value, variables[self.offset].value);
        if self.pair.direction == Direction::Forward {
            variables[self.pair.right].value = variables[self.pair.left].value * scale + offset;
        } else {
            variables[self.pair.left].value = (variables[self.pair.right].value - offset) / scale;
        }
    }
}

#[derive(Default)]
struct Planner {
    variables: Variables,
    constraints: Vec<Box<dyn Constraint>>,
    last_mark: i32,
}

impl Planner {
    fn variable(&mut self, value: i32) -> usize {
        self.variables.push(Variable {
            value,
            constraints: Vec::new(),
            source: None,
            mark: 0,
            strength: WEAKEST,
            stays: true,
        });
        self.variables.len() - 1
    }

    fn post(&mut self, constraint: Box<dyn Constraint>) -> usize {
        let number = self.constraints.len();
        for index in constraint.variables() {
            self.variables[index].constraints.push(number);
        }
        self.constraints.push(constraint);
        self.add(number);
        number
    }

    fn unary(&mut self, target: usize, strength: i32, is_input: bool) -> usize {
        self.post(Box::new(Unary {
            strength,
            target,
            satisfied: false,
            is_input,
        }))
    }

    fn new_mark(&mut self) -> i32 {
        self.last_mark += 1;
        self.last_mark
    }

    fn add(&mut self, constraint: usize) {
        let mark = self.new_mark();
        let mut next = Some(constraint);
        while let Some(constraint) = next {
            next = self.satisfy(constraint, mark);
        }
    }

    /// Answers the constraint that had to give way, if any.
    fn satisfy(&mut self, number: usize, mark: i32) -> Option<usize> {
        let constraint = &mut self.constraints[number];
        constraint.choose(&self.variables, mark);
        if !constraint.is_satisfied() {
            assert!(
                constraint.strength() > 1,
                "a required constraint cannot be satisfied"
            );
            return None;
        }
        constraint.mark_inputs(&mut self.variables, mark);
        let target = constraint.output();
        let other = self.variables[target].source;
        if let Some(other) = other {
            self.constraints[other].unsatisfy();
        }
        self.variables[target].source = Some(number);
        assert!(self.propagate(number, mark), "a cycle of constraints");
        self.variables[target].mark = mark;
        other
    }

    fn propagate(&mut self, number: usize, mark: i32) -> bool {
        let mut todo = vec![number];
        while let Some(next) = todo.pop() {
            let target = self.constraints[next].output();
            if self.variables[target].mark == mark {
                self.remove(number);
                return false;
            }
            self.constraints[next].recalculate(&mut self.variables);
            self.add_consumers(target, &mut todo);
        }
        true
    }

    fn remove(&mut self, number: usize) {
        let target = self.constraints[number].output();
        self.constraints[number].unsatisfy();
        self.leave_graph(number);
        let waiting = self.retract(target);
        for strength in 1..=WEAKEST {
            for &each in &waiting {
                if self.constraints[each].strength() == strength {
                    self.add(each);
                }
            }
        }
    }

    fn leave_graph(&mut self, number: usize) {
        for index in self.constraints[number].variables() {
            let variable = &mut self.variables[index];
            if let Some(at) = variable.constraints.iter().position(|&c| c == number) {
                variable.constraints.remove(at);
            }
            if variable.source == Some(number) {
                variable.source = None;
            }
        }
    }

    fn retract(&mut self, target: usize) -> Vec<usize> {
        let variable = &mut self.variables[target];
        variable.source = None;
        variable.strength = WEAKEST;
        variable.stays = true;
        let mut waiting = Vec::new();
        let mut todo = vec![target];
        while let Some(index) = todo.pop() {
            for at in 0..self.variables[index].constraints.len() {
                let each = self.variables[index].constraints[at];
                if !self.constraints[each].is_satisfied() {
                    waiting.push(each);
                } else if self.variables[index].source != Some(each) {
                    self.constraints[each].recalculate(&mut self.variables);
                    todo.push(self.constraints[each].output());
                }
            }
        }
        waiting
    }

    fn plan_for(&mut self, number: usize) -> Vec<usize> {
        let mark = self.new_mark();
        let mut plan = Vec::new();
        let mut todo = Vec::new();
        let constraint = &self.constraints[number];
        if constraint.is_input() && constraint.is_satisfied() {
            todo.push(number);
        }
        while let Some(next) = todo.pop() {
            let target = self.constraints[next].output();
            if self.variables[target].mark != mark
                && self.constraints[next].inputs_known(&self.variables, mark)
            {
                plan.push(next);
                self.variables[target].mark = mark;
                self.add_consumers(target, &mut todo);
            }
        }
        plan
    }

    fn add_consumers(&self, index: usize, todo: &mut Vec<usize>) {
        let variable = &self.variables[index];
        for &each in &variable.constraints {
            if self.constraints[each].is_satisfied() && variable.source != Some(each) {
                todo.push(each);
            }
        }
    }

    fn execute(&mut self, plan: &[usize]) {
        for &each in plan {
            self.constraints[each].execute(&mut self.variables);
        }
    }

    fn destroy(&mut self, number: usize) {
        if self.constraints[number].is_satisfied() {
            self.remove(number);
        } else {
            self.leave_graph(number);
        }
    }

    fn change(&mut self, index: usize, value: i32) {
        let edit = self.unary(index, 3, true);
        let plan = self.plan_for(edit);
        for _ in 0..10 {
            self.variables[index].value = value;
            self.execute(&plan);
        }
        self.destroy(edit);
    }

    fn expect(&self, value: i32, index: usize) {
        assert_eq!(self.variables[index].value, value);
    }
}

/// Solves a chain and pairs of that number; the sum of the scaled values.
pub fn deltablue(size: i32) -> i32 {
    chain(size);
    projection(size)
}

fn chain(count: i32) {
    let mut planner = Planner::default();
    let variables: Vec<usize> = (0..=count).map(|_| planner.variable(0)).collect();
    for pair in variables.windows(2) {
        planner.post(Box::new(Equal(Binary::new(pair[0], pair[1]))));
    }
    let (first, last) = (variables[0], variables[count as usize]);
    planner.unary(last, 4, false);
    let edit = planner.unary(first, 3, true);
    let plan = planner.plan_for(edit);
    for n in 1..=100 {
        planner.variables[first].value = n;
        planner.execute(&plan);
        planner.expect(n, last);
    }
    planner.destroy(edit);
}

fn projection(count: i32) -> i32 {
    let mut planner = Planner::default();
    let scale = planner.variable(10);
    let offset = planner.variable(1000);
    let sources: Vec<usize> = (1..=count).map(|i| planner.variable(i)).collect();
    let targets: Vec<usize> = (1..=count).map(|i| planner.variable(i)).collect();
    for (&source, &target) in sources.iter().zip(&targets) {
        planner.unary(source, 5, false);
        planner.post(Box::new(Scale {
            pair: Binary::new(source, target),
            scale,
            offset,
        }));
    }
    let last = count as usize - 1;
    planner.change(sources[last], 17);
    planner.expect(1170, targets[last]);
    planner.change(targets[last], 1050);
    planner.expect(5, sources[last]);
    planner.change(scale, 5);
    let expect_all = |planner: &Planner, offset: i32| {
        for (i, &target) in targets[..last].iter().enumerate() {
            planner.expect((i as i32 + 1) * 5 + offset, target);
        }
    };
    expect_all(&planner, 1000);
    planner.change(offset, 2000);
    expect_all(&planner, 2000);
    targets[..last]
        .iter()
        .map(|&t| planner.variables[t].value)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_results() {
        assert_eq!(deltablue(20), 38_950);
    }
}
