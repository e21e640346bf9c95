//! Objects that refer to each other: towers, storage, list.

use crate::random::Random;
use std::rc::Rc;

struct Disc {
    size: i32,
    below: Option<Box<Disc>>,
}

struct Towers {
    piles: [Option<Box<Disc>>; 3],
    moves: i32,
}

/// How many moves the towers of Hanoi take.
pub fn towers(size: i32) -> i32 {
    let mut towers = Towers {
        piles: [None, None, None],
        moves: 0,
    };
    for size in (1..=size).rev() {
        towers.put(Box::new(Disc { size, below: None }), 0);
    }
    towers.shift(size, 0, 1);
    towers.moves
}

impl Towers {
    fn shift(&mut self, count: i32, start: usize, end: usize) {
        if count == 1 {
            return self.shift_top(start, end);
        }
        let other = 3 - start - end;
        self.shift(count - 1, start, other);
        self.shift_top(start, end);
        self.shift(count - 1, other, end);
    }

    fn shift_top(&mut self, start: usize, end: usize) {
        let disc = self.take(start);
        self.put(disc, end);
        self.moves += 1;
    }

    fn put(&mut self, mut disc: Box<Disc>, pile: usize) {
        let top = self.piles[pile].take();
        if let Some(top) = &top {
            assert!(top.size > disc.size, "a disc cannot lie on a smaller one");
        }
        disc.below = top;
        self.piles[pile] = Some(disc);
    }

    fn take(&mut self, pile: usize) -> Box<Disc> {
        let Some(mut top) = self.piles[pile].take() else {
            panic!("there is no disc");
        };
        self.piles[pile] = top.below.take();
        top
    }
}

/// What an array of the tree holds.
enum Tree {
    Branches(Vec<Tree>),
    Leaf(Vec<Option<i32>>),
}

/// How many arrays a tree consists of.
pub fn storage(depth: i32) -> i32 {
    let mut random = Random::new(74755);
    let mut count = 0;
    let tree = grow(depth, &mut random, &mut count);
    match std::hint::black_box(&tree) {
        Tree::Branches(branches) => assert_eq!(branches.len(), 4),
        Tree::Leaf(slots) => assert!(!slots.is_empty()),
    }
    count
}

fn grow(depth: i32, random: &mut Random, count: &mut i32) -> Tree {
    *count += 1;
    if depth == 1 {
        return Tree::Leaf(vec![None; random.between(1, 10) as usize]);
    }
    let mut branches = Vec::with_capacity(4);
    for _ in 0..4 {
        branches.push(grow(depth - 1, random, count));
    }
    Tree::Branches(branches)
}

struct Element {
    next: List,
}

type List = Option<Rc<Element>>;

/// The length of the list that Takeuchi's function of three lists answers.
pub fn list(size: i32) -> i32 {
    let result = tail(&make(size), &make(size * 2 / 3), &make(size * 2 / 5));
    length(&result)
}

fn make(length: i32) -> List {
    (length > 0).then(|| {
        Rc::new(Element {
            next: make(length - 1),
        })
    })
}

fn length(list: &List) -> i32 {
    list.as_ref().map_or(0, |element| 1 + length(&element.next))
}

fn is_shorter(x: &List, y: &List) -> bool {
    let (mut left, mut right) = (x, y);
    while let Some(r) = right {
        let Some(l) = left else {
            return true;
        };
        left = &l.next;
        right = &r.next;
    }
    false
}

fn rest(list: &List) -> &List {
    match list {
        Some(element) => &element.next,
        None => panic!("the list is empty"),
    }
}

fn tail(x: &List, y: &List, z: &List) -> List {
    if !is_shorter(y, x) {
        return z.clone();
    }
    tail(
        &tail(rest(x), y, z),
        &tail(rest(y), z, x),
        &tail(rest(z), x, y),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_results() {
        assert_eq!(towers(8), 255);
        assert_eq!(storage(4), 85);
        assert_eq!(list(15), 10);
    }
}
