//! Finds the loops of a flow graph (Paul Havlak's method).

use std::collections::HashSet;

#[derive(Default)]
struct Block {
    before: Vec<usize>,
    after: Vec<usize>,
    number: Option<usize>,
}

#[derive(Default)]
struct Graph {
    blocks: Vec<Block>,
}

impl Graph {
    fn new_block(&mut self) -> usize {
        self.blocks.push(Block::default());
        self.blocks.len() - 1
    }

    fn edge(&mut self, from: usize, to: usize) {
        self.blocks[from].after.push(to);
        self.blocks[to].before.push(from);
    }

    fn block_after(&mut self, block: usize) -> usize {
        let new = self.new_block();
        self.edge(block, new);
        new
    }

    fn region(&mut self, depth: i32, block: usize) -> usize {
        if depth == 0 {
            return self.choice_after(block);
        }
        let head = self.block_after(block);
        let last = self.region(depth - 1, head);
        let last = self.region(depth - 1, last);
        self.edge(last, head);
        self.block_after(last)
    }

    fn choice_after(&mut self, block: usize) -> usize {
        let left = self.block_after(block);
        let right = self.block_after(block);
        let join = self.block_after(left);
        self.edge(right, join);
        join
    }

    fn spin(&mut self, block: usize) -> usize {
        let new = self.block_after(block);
        self.edge(new, new);
        self.block_after(new)
    }
}

struct Node {
    leader: usize,
    last: usize,
    looped: Option<usize>,
    backward: Vec<usize>,
    forward: HashSet<usize>,
}

struct Loop {
    parent: Option<usize>,
    blocks: i32,
    is_reducible: bool,
}

#[derive(Default)]
struct Finder {
    nodes: Vec<Node>,
    loops: Vec<Loop>,
}

/// Ten times the number of loops plus their depth, in a graph of so many regions.
pub fn havlak(size: i32) -> i32 {
    let mut graph = Graph::default();
    let mut last = graph.new_block();
    for _ in 0..size {
        last = graph.region(4, last);
        last = graph.spin(last);
    }
    let mut finder = Finder::default();
    finder.run(&mut graph);
    finder.loops.len() as i32 * 10 + finder.depth()
}

impl Finder {
    fn run(&mut self, graph: &mut Graph) {
        self.walk(graph, 0);
        for block in 0..graph.blocks.len() {
            self.sort_edges(graph, block);
        }
        for number in (0..self.nodes.len()).rev() {
            self.examine(number);
        }
    }

    fn walk(&mut self, graph: &mut Graph, block: usize) {
        let number = self.nodes.len();
        graph.blocks[block].number = Some(number);
        self.nodes.push(Node {
            leader: number,
            last: number,
            looped: None,
            backward: Vec::new(),
            forward: HashSet::new(),
        });
        for at in 0..graph.blocks[block].after.len() {
            let next = graph.blocks[block].after[at];
            if graph.blocks[next].number.is_none() {
                self.walk(graph, next);
            }
        }
        self.nodes[number].last = self.nodes.len() - 1;
    }

    fn sort_edges(&mut self, graph: &Graph, block: usize) {
        let block = &graph.blocks[block];
        let Some(number) = block.number else {
            return;
        };
        for other in block.before.iter().filter_map(|&b| graph.blocks[b].number) {
            if self.is_above(number, other) {
                self.nodes[number].backward.push(other);
            } else {
                self.nodes[number].forward.insert(other);
            }
        }
    }

    fn is_above(&self, one: usize, other: usize) -> bool {
        one <= other && other <= self.nodes[one].last
    }

    fn leader(&mut self, number: usize) -> usize {
        let mut each = number;
        while self.nodes[each].leader != each {
            let next = self.nodes[self.nodes[each].leader].leader;
            self.nodes[each].leader = next;
            each = next;
        }
        each
    }

    fn examine(&mut self, head: usize) {
        let mut body = Vec::new();
        let backward = std::mem::take(&mut self.nodes[head].backward);
        for &each in &backward {
            if each != head {
                let leader = self.leader(each);
                add(leader, &mut body);
            }
        }
        if !backward.is_empty() {
            let is_reducible = self.close(&mut body, head);
            self.make(head, &body, is_reducible);
        }
    }

    fn close(&mut self, body: &mut Vec<usize>, head: usize) -> bool {
        let mut is_reducible = true;
        let mut at = 0;
        while at < body.len() {
            let forward: Vec<usize> = self.nodes[body[at]].forward.iter().copied().collect();
            for number in forward {
                let inner = self.leader(number);
                if !self.is_above(head, inner) {
                    is_reducible = false;
                    self.nodes[head].forward.insert(inner);
                } else if inner != head {
                    add(inner, body);
                }
            }
            at += 1;
        }
        is_reducible
    }

    fn make(&mut self, head: usize, body: &[usize], is_reducible: bool) {
        let new = self.loops.len();
        self.loops.push(Loop {
            parent: None,
            blocks: 1,
            is_reducible,
        });
        self.nodes[head].looped = Some(new);
        for &each in body {
            match self.nodes[each].looped {
                None => self.loops[new].blocks += 1,
                Some(inner) => self.loops[inner].parent = Some(new),
            }
            self.nodes[each].leader = head;
        }
        std::hint::black_box((self.loops[new].blocks, self.loops[new].is_reducible));
    }

    fn depth(&self) -> i32 {
        let mut deepest = 0;
        for each in &self.loops {
            let mut depth = 1;
            let mut parent = each.parent;
            while let Some(outer) = parent {
                depth += 1;
                parent = self.loops[outer].parent;
            }
            deepest = deepest.max(depth);
        }
        deepest
    }
}

fn add(number: usize, body: &mut Vec<usize>) {
    if !body.contains(&number) {
        body.push(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_results() {
        assert_eq!(havlak(2), 324);
    }
}
