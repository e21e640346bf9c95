//! From drafts to a function: blocks get numbers, edges their operands.

use super::super::state::{State, Template};
use super::leaving::offsets;
use super::{Builder, End, Position, Tail, position};
use crate::flow::Flow;
use crate::ir::{
    Block, BlockId, Edge, Entry, FrameCheck, Function, Inst, Known, Op, Operand, Terminator, Type,
    Value,
};
use smallworld_abi::layout::Kind;
use std::collections::BTreeMap;

/// Drafts on their way to blocks.
struct Finish<'b, 's, 'w, 'i> {
    builder: &'b mut Builder<'s, 'w, 'i>,
    numbers: BTreeMap<Position, BlockId>,
    blocks: BTreeMap<BlockId, Block>,
    next: u32,
}

impl Builder<'_, '_, '_> {
    /// The function, once no block changes any more.
    pub(super) fn finish(mut self, prologue: Vec<Inst>, first: State) -> Result<Function, String> {
        let begin = position(&first);
        let drafts = std::mem::take(&mut self.drafts);
        let numbers = order(&drafts, begin);
        let template = self.spec.entries[&self.entry].clone();
        let (_, frame_words) = offsets(self.spec, &template.state);
        let checks = self.checks(&template);
        let next = numbers.len() as u32 + 1;
        let mut finish = Finish {
            builder: &mut self,
            numbers,
            blocks: BTreeMap::new(),
            next,
        };
        let at = (first.node(), first.ip);
        let tail = Tail {
            insts: prologue,
            end: End::Go(first),
        };
        finish.block(Function::START, Vec::new(), at, tail);
        for (position, (params, tail)) in drafts {
            if let Some(&id) = finish.numbers.get(&position) {
                finish.block(id, params, (position.0, position.1), tail);
            }
        }
        let blocks = finish.blocks;
        let (entry, frame_words) = match self.entry {
            Entry::Call => (self.entry, 0),
            entry => (entry, frame_words),
        };
        let mut function = Function {
            entry,
            frame_words,
            top_depth: template.state.chain.last().map_or(0, |l| l.stack.len()),
            checks,
            blocks,
            values: self.values,
            exits: self.exits,
            reserves: 0,
        };
        // Those of blocks that were built anew.
        crate::passes::dead::drop_exits(&mut function);
        Ok(function)
    }

    /// What must be true of the frames that are there.
    fn checks(&self, template: &Template) -> Vec<FrameCheck> {
        if self.entry == Entry::Call {
            return Vec::new();
        }
        let state = &template.state;
        let (offsets, _) = offsets(self.spec, state);
        let inner = state.chain.iter().zip(&offsets).skip(1);
        let records = inner.zip(&state.chain).map(|((level, at), outer)| {
            let ip = self.spec.nodes[level.node].parent.map_or(0, |p| p.1);
            FrameCheck::Record(at - 1, outer.node, ip)
        });
        let places = self.places(state);
        let floats = state.places().zip(places).filter_map(|(o, at)| match o {
            Operand::Value(v) if template.types[v.0 as usize] == Type::Float => {
                Some(FrameCheck::Float(at))
            }
            _ => None,
        });
        records.chain(self.arguments(state)).chain(floats).collect()
    }

    /// Arguments that blocks may ask for: the baseline finds them in an Array, which a program
    /// can get hold of, and inlined blocks in the frame.
    fn arguments(&self, state: &State) -> Vec<FrameCheck> {
        let (offsets, _) = offsets(self.spec, state);
        let mut all = Vec::new();
        for (level, at) in state.chain.iter().zip(offsets) {
            let layout = self.spec.layout(level.node);
            if layout.kind == Kind::NativeShared {
                let array = at + layout.arguments_array();
                let used = self.spec.method_of(level.node).arguments_of_blocks();
                let check = |k| FrameCheck::Argument {
                    array,
                    k,
                    at: at + k,
                };
                all.extend(used.into_iter().map(check));
            }
        }
        all
    }
}

/// Numbers for the positions that are reached, in reverse postorder.
fn order(
    drafts: &BTreeMap<Position, (Vec<Value>, Tail)>,
    begin: Position,
) -> BTreeMap<Position, BlockId> {
    let names: Vec<Position> = drafts.keys().copied().collect();
    let number: BTreeMap<Position, usize> =
        names.iter().enumerate().map(|(n, &p)| (p, n)).collect();
    let edges = drafts.iter().map(|(p, (_, tail))| {
        let to = tail.states().into_iter().map(|s| number[&position(s)]);
        (number[p], to.collect())
    });
    let flow = Flow::new(number[&begin], edges.collect());
    let numbered = flow.order.iter().enumerate();
    numbered
        .map(|(n, &old)| (names[old], BlockId(n as u32 + 1)))
        .collect()
}

impl Finish<'_, '_, '_, '_> {
    fn block(&mut self, id: BlockId, params: Vec<Value>, at: (usize, usize), tail: Tail) {
        let mut insts = tail.insts;
        let end = match tail.end {
            End::Gone(end) => end,
            End::Go(state) => Terminator::Jump(self.edge(state, &mut insts)),
            End::Again(state, exit) => Terminator::Again(self.edge(state, &mut insts), exit),
            End::Branch(condition, yes, no) => {
                let (yes, no) = (self.arm(at, *yes), self.arm(at, *no));
                Terminator::Branch(condition, yes, no)
            }
            End::TryAdd(result, operands, yes, no) => {
                let (yes, no) = (self.arm(at, *yes), self.arm(at, *no));
                Terminator::TryAdd(result, operands, yes, no)
            }
        };
        let block = Block {
            params,
            insts,
            end,
            at,
        };
        self.blocks.insert(id, block);
    }

    /// An arm of a branch: an edge, or a block of its own.
    fn arm(&mut self, at: (usize, usize), tail: Tail) -> Edge {
        let mut insts = tail.insts;
        if let End::Go(state) = tail.end {
            let edge = self.edge(state, &mut insts);
            if insts.is_empty() {
                return edge;
            }
            let tail = Tail {
                insts,
                end: End::Gone(Terminator::Jump(edge)),
            };
            return self.fresh_block(at, tail);
        }
        self.fresh_block(
            at,
            Tail {
                insts,
                end: tail.end,
            },
        )
    }

    fn fresh_block(&mut self, at: (usize, usize), tail: Tail) -> Edge {
        let id = BlockId(self.next);
        self.next += 1;
        self.block(id, Vec::new(), at, tail);
        Edge {
            to: id,
            args: Vec::new(),
        }
    }

    /// The edge from a state to the block at its position, with what has to be done on it.
    fn edge(&mut self, state: State, insts: &mut Vec<Inst>) -> Edge {
        let at = position(&state);
        let template = self.builder.templates[&at].clone();
        let places: Vec<Operand> = state.places().collect();
        let first = template.first_places();
        // A number that becomes an object, or several values, gets its object before.
        let mut uses: BTreeMap<Operand, (usize, bool)> = BTreeMap::new();
        for (n, &place) in first.iter().enumerate() {
            if self.builder.is_float(places[place]) {
                let entry = uses.entry(places[place]).or_default();
                entry.0 += 1;
                entry.1 |= template.types[n] != Type::Float;
            }
        }
        let mut objects = BTreeMap::new();
        for (&o, &(count, word)) in &uses {
            if count > 1 || word {
                objects.insert(o, self.add(insts, Op::Object, o));
            }
        }
        let args = first.iter().enumerate().map(|(n, &place)| {
            let o = places[place];
            match (self.builder.type_of(o), template.types[n]) {
                (Type::Float, Type::Word) => objects[&o],
                (Type::Word, Type::Float) => self.add(insts, Op::FloatOf, o),
                _ => o,
            }
        });
        Edge {
            args: args.collect(),
            to: self.numbers[&at],
        }
    }

    fn add(&mut self, insts: &mut Vec<Inst>, op: Op, o: Operand) -> Operand {
        let ty = op.result().unwrap_or(Type::Word);
        let result = self.builder.fresh(ty, Known::Float);
        insts.push(Inst {
            result: Some(result),
            op,
            args: vec![o],
            exit: None,
        });
        Operand::Value(result)
    }
}
