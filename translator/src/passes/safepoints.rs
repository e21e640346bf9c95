//! Where a call's function looks whether a pause is due, and what it reserves.
//!
//! A method that only looks at something and then returns needs no safepoint: only what makes
//! frames, allocates or loops does. After a pause the function is begun again, so nothing may be
//! done before the safepoint that must not be done twice. Hence its blocks fall into two parts:
//! those that are reached before the safepoint, in which only rare exits need one and have it in
//! them, and those after it. The safepoint is on every way from the first part to the second.
//! Continuations and loops are entered with everything in frames and have theirs at the start.

use super::frames::Plan;
use crate::flow::Flow;
use crate::ir::{
    Block, BlockId, Edge, Effects, Entry, ExitId, Function, Inst, Op, Terminator, graph,
};
use smallworld_abi::layout::limits::{FRAME_WORDS, REGION_WORDS};
use std::collections::{BTreeMap, BTreeSet};

/// More safepoints than this are not worth their text: there is one at the start then.
const MOST_SAFEPOINTS: usize = 8;

/// Puts safepoints where they are needed, says how much room they make sure of, and checks it.
///
/// # Errors
/// The function cannot be made to keep the rules.
pub fn run(function: &mut Function, plans: &[Plan]) -> Result<(), String> {
    if function.entry == Entry::Call {
        place(function);
    }
    function.reserves = reservation(function, plans)?;
    check(function, plans)
}

/// The instruction that is a safepoint.
fn safepoint() -> Inst {
    Inst {
        result: None,
        op: Op::Safepoint,
        args: Vec::new(),
        exit: None,
    }
}

fn place(function: &mut Function) {
    let flow = graph::flow(function);
    let after = after_safepoint(function, &flow);
    let before: Vec<BlockId> = function
        .blocks
        .keys()
        .copied()
        .filter(|id| !after.contains(id))
        .collect();
    let needed = before.iter().map(|id| {
        let block = &function.blocks[id];
        let exits = block.insts.iter().filter(|i| i.exit.is_some()).count();
        let crossing = block.end.edges().into_iter();
        exits + crossing.filter(|e| after.contains(&e.to)).count()
    });
    if after.contains(&Function::START) || needed.sum::<usize>() > MOST_SAFEPOINTS {
        if let Some(start) = function.blocks.get_mut(&Function::START) {
            let arguments = |i: &&Inst| matches!(i.op, Op::Argument(_) | Op::FloatOf);
            let at = start.insts.iter().take_while(arguments).count();
            start.insts.insert(at, safepoint());
        }
        return;
    }
    for id in before {
        let exits: Vec<ExitId> = function.blocks[&id]
            .insts
            .iter()
            .filter_map(|i| i.exit)
            .collect();
        for exit in exits {
            function.exits[exit.0 as usize].safepoint = true;
        }
        cross(function, id, &after);
    }
}

/// Puts a safepoint on each way from a block to one that comes after it.
fn cross(function: &mut Function, id: BlockId, after: &BTreeSet<BlockId>) {
    let mut next = function.blocks.keys().last().map_or(0, |id| id.0) + 1;
    let mut new = Vec::new();
    let Some(block) = function.blocks.get_mut(&id) else {
        return;
    };
    let at = block.at;
    for edge in block.end.edges_mut() {
        if !after.contains(&edge.to) {
            continue;
        }
        let on = BlockId(next);
        next += 1;
        let old = std::mem::replace(
            edge,
            Edge {
                to: on,
                args: Vec::new(),
            },
        );
        let block = Block {
            params: Vec::new(),
            insts: vec![safepoint()],
            end: Terminator::Jump(old),
            at,
        };
        new.push((on, block));
    }
    function.blocks.extend(new);
}

/// What a terminator does besides going on.
fn effects_of(end: &Terminator) -> Effects {
    match *end {
        // Frames are written.
        Terminator::Leave(_) => Effects {
            frame: 1,
            ..Effects::PURE
        },
        // A Context that retires is told its caller in place of what follows its slot.
        Terminator::Retire(slot, _) => Effects {
            frame: slot + 2,
            ..Effects::PURE
        },
        _ => Effects::PURE,
    }
}

/// Blocks that come after a safepoint. What follows one of them is one, too, so that a safepoint
/// is never passed twice, nor after something that it must not follow.
fn after_safepoint(function: &Function, flow: &Flow) -> BTreeSet<BlockId> {
    // Blocks from which anything is reached that needs a safepoint, rare exits included.
    let own = |b: &Block| {
        let insts = b.insts.iter();
        let mut insts = insts.map(|i| i.exit.is_some() || i.op.effects().needs_safepoint());
        insts.any(|needs| needs) || b.end.exit().is_some() || effects_of(&b.end).needs_safepoint()
    };
    let reaches = grown(function, |block, known| {
        own(block) || block.end.edges().iter().any(|e| known.contains(&e.to))
    });
    // Blocks from which one is needed on every way but by rare exits.
    let certain = {
        let is_certain = |id: &BlockId, block: &Block, known: &BTreeSet<BlockId>| {
            let edges = block.end.edges();
            let later = edges.iter().any(|e| reaches.contains(&e.to)) || block.end.exit().is_some();
            flow.is_loop(id.0 as usize)
                || is_needed(block, later)
                || (!edges.is_empty() && edges.iter().all(|e| known.contains(&e.to)))
        };
        let mut known = BTreeSet::new();
        loop {
            let more: Vec<BlockId> = function
                .blocks
                .iter()
                .filter(|(id, b)| !known.contains(*id) && is_certain(id, b, &known))
                .map(|(id, _)| *id)
                .collect();
            if more.is_empty() {
                break known;
            }
            known.extend(more);
        }
    };
    // And all that follows.
    let mut after = certain;
    let mut open: Vec<BlockId> = after.iter().copied().collect();
    while let Some(id) = open.pop() {
        for edge in function.blocks[&id].end.edges() {
            if after.insert(edge.to) {
                open.push(edge.to);
            }
        }
    }
    after
}

/// The blocks that belong to a set, which may depend on what is in it already.
fn grown(
    function: &Function,
    belongs: impl Fn(&Block, &BTreeSet<BlockId>) -> bool,
) -> BTreeSet<BlockId> {
    let mut set = BTreeSet::new();
    loop {
        let more: Vec<BlockId> = function
            .blocks
            .iter()
            .filter(|(id, block)| !set.contains(*id) && belongs(block, &set))
            .map(|(id, _)| *id)
            .collect();
        if more.is_empty() {
            return set;
        }
        set.extend(more);
    }
}

/// Does straight code need a safepoint before it, other than in its exits: because it does what
/// needs one, or because it changes something and one is needed `later`, or in an exit of it
/// that comes after that?
fn is_needed(block: &Block, later: bool) -> bool {
    if effects_of(&block.end).needs_safepoint() {
        return true;
    }
    let mut later = later;
    for inst in block.insts.iter().rev() {
        let effects = inst.op.effects();
        if effects.needs_safepoint() || (effects.writes && later) {
            return true;
        }
        later |= inst.exit.is_some();
    }
    false
}

/// What has been done by the time a point is reached, on whichever way that is the worst.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Done {
    /// The safepoint has been passed, on every way.
    safe: bool,
    /// Something has been done that must not be done twice, on some way.
    acted: bool,
    /// Words taken of what is reserved, at most.
    taken: usize,
}

impl Done {
    fn meet(self, other: Done) -> Done {
        Done {
            safe: self.safe && other.safe,
            acted: self.acted || other.acted,
            taken: self.taken.max(other.taken),
        }
    }
}

/// Follows a function, telling of each instruction and terminator what has been done before.
/// What is done in a loop is not followed round it: a loop that takes more each time is refused.
fn follow(
    function: &Function,
    mut at: impl FnMut(&Block, Option<&Inst>, Done) -> Result<(), String>,
) -> Result<(), String> {
    let flow = graph::flow(function);
    let first = function.entry != Entry::Call;
    let mut known: BTreeMap<BlockId, Done> = BTreeMap::new();
    known.insert(
        Function::START,
        Done {
            safe: first,
            acted: false,
            taken: 0,
        },
    );
    for &n in &flow.order {
        let id = BlockId(n as u32);
        let block = &function.blocks[&id];
        let mut now = known[&id];
        if flow.is_loop(n) {
            if !now.safe {
                return Err("a loop begins without a safepoint".into());
            }
            // Where it begins, whatever is done in it may have been done.
            now.acted = true;
        }
        for inst in &block.insts {
            at(block, Some(inst), now)?;
            let effects = inst.op.effects();
            if inst.op == Op::Safepoint {
                now.safe = true;
                now.taken = 0;
            }
            if effects.collects {
                now.taken = 0;
            }
            now.taken += effects.takes;
            now.acted |= effects.writes || effects.needs_safepoint();
        }
        at(block, None, now)?;
        for edge in block.end.edges() {
            let to = edge.to.0 as usize;
            if flow.is_backward(n, to) {
                if now.taken > known[&edge.to].taken {
                    return Err("a loop takes room each time around".into());
                }
                continue;
            }
            let there = known.get(&edge.to).map_or(now, |k| k.meet(now));
            known.insert(edge.to, there);
        }
    }
    Ok(())
}

/// Words of nursery that are taken at most on a way through the function, exits included.
fn reservation(function: &Function, plans: &[Plan]) -> Result<usize, String> {
    let mut most = 0;
    follow(function, |block, inst, done| {
        let (exit, takes) = match inst {
            Some(inst) => (inst.exit, inst.op.effects().takes),
            None => (block.end.exit(), 0),
        };
        let exit = exit.map_or(0, |e| plans[e.0 as usize].takes);
        most = most.max(done.taken + takes.max(exit));
        Ok(())
    })?;
    Ok(most)
}

/// Checks the rules of safepoints.
///
/// # Errors
/// Which is broken.
fn check(function: &Function, plans: &[Plan]) -> Result<(), String> {
    let room = function.reserves;
    if room > REGION_WORDS {
        return Err(format!(
            "it may need {room} words of room, and no more than {REGION_WORDS} can be made sure of"
        ));
    }
    follow(function, |block, inst, done| {
        let (exit, effects) = match inst {
            Some(inst) => (inst.exit, inst.op.effects()),
            None => (block.end.exit(), effects_of(&block.end)),
        };
        if inst.is_some_and(|i| i.op == Op::Safepoint) && done.acted {
            return Err("a safepoint comes after it has done something".into());
        }
        if let Some(exit) = exit {
            let plan = &plans[exit.0 as usize];
            let own = function.exit(exit).safepoint;
            if own && done.acted {
                return Err("a safepoint comes after it has done something".into());
            }
            if !own && !done.safe {
                return Err("it writes frames without a safepoint".into());
            }
            if plan.frame() > FRAME_WORDS {
                return Err(format!(
                    "it writes {} words above its base, and no more than {FRAME_WORDS} are \
                     allowed",
                    plan.frame()
                ));
            }
            if done.taken + plan.takes > room {
                return Err("it takes more room than it has made sure of".into());
            }
        }
        let leaves = inst.is_none() && block.end.exit().is_some();
        if effects.needs_safepoint() && !done.safe && !leaves {
            return Err("it writes frames or allocates without a safepoint".into());
        }
        if done.taken + effects.takes > room {
            return Err("it takes more room than it has made sure of".into());
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::parse::parse;

    /// A function whose exits each write so many words and take so much.
    fn function(text: &str, takes: usize) -> (Function, Vec<Plan>) {
        let function = parse(text).expect("a function");
        let plan = Plan {
            steps: Vec::new(),
            end: 3,
            operands: Vec::new(),
            takes,
        };
        let plans = vec![plan; function.exits.len()];
        (function, plans)
    }

    fn problem(text: &str) -> String {
        let (function, plans) = function(text, 0);
        check(&function, &plans).expect_err("refused")
    }

    const EXIT: &str = "x0 baseline send:1(v0)\n  0 @1 [v0 |  |  | ]\n";

    #[test]
    fn frames_come_after_a_safepoint() {
        let text = |safepoint: &str| {
            format!(
                "function call frame 0 depth 0 reserves 0\nb0 @0:0:\n  v0: word any = argument 0\n\
                 {safepoint}  leave x0\n{EXIT}"
            )
        };
        assert!(problem(&text("")).contains("without a safepoint"));
        let (function, plans) = function(&text("  safepoint\n"), 0);
        assert_eq!(check(&function, &plans), Ok(()));
    }

    #[test]
    fn nothing_is_done_before_a_safepoint() {
        let text = "function call frame 0 depth 0 reserves 0\nb0 @0:0:\n  \
                    v0: word any = argument 0\n  put_temporary 0 v0, v0\n  safepoint\n  leave x0\n";
        assert!(problem(&format!("{text}{EXIT}")).contains("after it has done something"));
    }

    #[test]
    fn one_way_of_two_counts() {
        let text = "function call frame 0 depth 0 reserves 0\nb0 @0:0:\n  \
                    v0: word any = argument 0\n  v1: bool truth = same v0, nil\n  \
                    branch v1, b1(), b2()\nb1 @0:0:\n  safepoint\n  jump b3()\nb2 @0:0:\n  \
                    jump b3()\nb3 @0:0:\n  leave x0\n";
        assert!(problem(&format!("{text}{EXIT}")).contains("without a safepoint"));
    }

    #[test]
    fn a_loop_has_a_safepoint_before_it() {
        let text = "function call frame 0 depth 0 reserves 0\nb0 @0:0:\n  \
                    v0: word any = argument 0\n  jump b1()\nb1 @0:0:\n  again b1() else x0\n";
        assert!(problem(&format!("{text}{EXIT}")).contains("loop begins without"));
        let (mut function, plans) = function(&format!("{text}{EXIT}"), 0);
        assert_eq!(run(&mut function, &plans), Ok(()));
        let start = &function.blocks[&Function::START];
        assert_eq!(start.insts[1].op, Op::Safepoint);
    }

    #[test]
    fn room_is_added_up_along_a_way() {
        let text = "function resume:0:1 frame 3 depth 0 reserves 0\nb0 @0:0:\n  \
                    v0: word any = resumed\n  retire 0 1 3 4 0\n  retire 0 1 3 4 1\n  leave x0\n";
        let (mut function, plans) = function(&format!("{text}{EXIT}"), 5);
        assert_eq!(run(&mut function, &plans), Ok(()));
        let retiring = |caller_is_block| {
            Op::Retire {
                at: 0,
                slot: 1,
                caller: 3,
                caller_slot: 4,
                caller_is_block,
            }
            .effects()
            .takes
        };
        assert_eq!(function.reserves, retiring(false) + retiring(true) + 5);
        function.reserves -= 1;
        let problem = check(&function, &plans).expect_err("refused");
        assert!(problem.contains("more room"), "{problem}");
    }

    #[test]
    fn a_loop_must_not_take_room_each_time_around() {
        let text = "function resume:0:1 frame 3 depth 0 reserves 0\nb0 @0:0:\n  \
                    v0: word any = resumed\n  jump b1()\nb1 @0:0:\n  retire 0 1 3 4 0\n  \
                    again b1() else x0\n";
        let (mut function, plans) = function(&format!("{text}{EXIT}"), 0);
        let problem = run(&mut function, &plans).expect_err("refused");
        assert!(problem.contains("each time around"), "{problem}");
    }

    #[test]
    fn frames_and_room_have_a_largest_size() {
        let text = "function resume:0:1 frame 3 depth 0 reserves 0\nb0 @0:0:\n  \
                    v0: word any = resumed\n  leave x0\n";
        let (mut function, mut plans) = function(&format!("{text}{EXIT}"), REGION_WORDS + 1);
        let problem = run(&mut function, &plans).expect_err("refused");
        assert!(problem.contains("made sure of"), "{problem}");
        plans[0].takes = 0;
        plans[0].end = FRAME_WORDS + 1;
        let problem = run(&mut function, &plans).expect_err("refused");
        assert!(problem.contains("above its base"), "{problem}");
    }

    #[test]
    fn a_method_that_only_looks_has_its_safepoints_in_exits() {
        let text = "function call frame 0 depth 0 reserves 0\nb0 @0:0:\n  \
                    v0: word any = argument 0\n  v1: word any = slot_checked 0 v0 else x0\n  \
                    return v1\n";
        let (mut function, plans) = function(&format!("{text}{EXIT}"), 0);
        assert_eq!(run(&mut function, &plans), Ok(()));
        assert!(function.exits[0].safepoint);
        let insts = &function.blocks[&Function::START].insts;
        assert!(!insts.iter().any(|i| i.op == Op::Safepoint));
    }
}
