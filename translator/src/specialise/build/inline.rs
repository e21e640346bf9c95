//! Activations begin and end: methods and blocks that are inlined, and returns from them.

use super::super::inlining::counted;
use super::super::specialisation::Node;
use super::super::state::State;
use super::leaving::offsets;
use super::{Builder, End};
use crate::ir::{Action, Activation, Known, Op, Operand, Terminator};
use smallworld_image::ObjId;
use smallworld_profile::Count;
use std::rc::Rc;

impl Builder<'_, '_, '_> {
    /// Goes into a method, if it may be inlined: the state inside it.
    pub(super) fn enter(
        &mut self,
        state: &mut State,
        target: usize,
        class: ObjId,
        args: &[Operand],
        count: Count,
    ) -> Option<State> {
        if !self.can_enter(state, target, class, args, count) {
            return None;
        }
        let node = self.callee(state, target, class);
        let size = counted(self.program.methods[target].1.parts.code.len());
        let mut inner = state.clone();
        inner.top().ip = state.ip;
        self.begin(&mut inner, node, size, args);
        Some(inner)
    }

    /// The activation of a method, which counts as `size` bytes of inlined code, begins.
    pub(super) fn begin(&mut self, state: &mut State, node: Node, size: usize, args: &[Operand]) {
        let temporaries = self.program.methods[node.method].1.parts.temporaries;
        let before = self.spec.nodes.len();
        let node = self.spec.node(node);
        if self.spec.nodes.len() > before {
            self.spec.inlined += size;
        }
        state.ip = 0;
        state.chain.push(Rc::new(Activation {
            node,
            args: args.to_vec(),
            temps: vec![Operand::Nil; temporaries],
            array: None,
            stack: Vec::new(),
            in_memory: false,
            ip: 0,
        }));
    }

    /// Primitive 8 in a method that runs a block of the inline tree: the block goes on in
    /// place of the method.
    pub(super) fn run_block(
        &mut self,
        state: &mut State,
        mut args: Vec<Operand>,
    ) -> Result<End, String> {
        let block = args.pop().ok_or("primitive 8 has no block")?;
        let parent = self.spec.nodes[state.node()].parent;
        if parent.is_some()
            && let Some(inner) = self.enter_block(state, block, &args)?
        {
            return Ok(End::Go(inner));
        }
        // The runtime does it, above the record of whoever waits for the value.
        if args.len() > 3 {
            return Err("a block with more than three arguments".into());
        }
        let mut operands = vec![block];
        operands.extend(args);
        if parent.is_none() {
            if operands.iter().any(|o| o.is_closure()) {
                return Err("a block outlives its home".into());
            }
            for o in &mut operands {
                *o = self.object(state, *o);
            }
            return Ok(End::Gone(Terminator::RunBlock(operands)));
        }
        self.run_outside(state, &operands, Action::RunBlock)
    }

    /// The runtime runs something in place of the innermost activation, above the record of whoever
    /// waits for the value.
    pub(super) fn run_outside(
        &mut self,
        state: &State,
        operands: &[Operand],
        action: Action,
    ) -> Result<End, String> {
        let parent = self.spec.nodes[state.node()].parent;
        let (_, next) = parent.ok_or("nobody waits for the value")?;
        let mut outer = state.clone();
        outer.chain.pop();
        outer.ip = next;
        outer.top().ip = 0;
        let exit = self.call(&outer, next, operands, action)?;
        Ok(End::Gone(Terminator::Leave(exit)))
    }

    /// The state inside a block of the inline tree, if it can be inlined.
    fn enter_block(
        &mut self,
        state: &State,
        block: Operand,
        args: &[Operand],
    ) -> Result<Option<State>, String> {
        let Known::Closure(closure) = state.known(block) else {
            return Ok(None);
        };
        let runner = state.node();
        let mut inner = state.clone();
        inner.chain.pop();
        let present = |node| inner.level(node).is_some();
        let method = self.spec.nodes[closure.home].method;
        let m = &self.program.methods[method].1;
        let info = self.spec.block_of(closure);
        let size = info.end - info.start;
        let recursive = inner.chain.iter().any(|l| {
            let s = &self.spec.nodes[l.node];
            s.method == method && s.owner == Some(closure.block)
        });
        let node = Node {
            parent: self.spec.nodes[runner].parent,
            method,
            owner: Some(closure.block),
            home: closure.home,
            class: self.spec.nodes[closure.home].class,
        };
        let params = info.params_at as usize;
        let fits = params + args.len() <= m.parts.temporaries;
        let too_much = self.spec.inlined + size > self.spec.limits.bytes;
        if !present(closure.home)
            || !present(closure.creator)
            || recursive
            || !fits
            || (too_much && !self.spec.is_known(&node))
            || inner.chain.is_empty()
        {
            return Ok(None);
        }
        let before = self.spec.nodes.len();
        let node = self.spec.node(node);
        if self.spec.nodes.len() > before {
            self.spec.inlined += size;
        }
        inner.ip = info.start;
        inner.chain.push(Rc::new(Activation {
            node,
            args: vec![block],
            temps: Vec::new(),
            array: None,
            stack: Vec::new(),
            in_memory: false,
            ip: 0,
        }));
        for (i, &o) in args.iter().enumerate() {
            self.set_temporary(&mut inner, params + i, o)?;
        }
        Ok(Some(inner))
    }

    /// Returns an operand from a node, which is active (perhaps not the innermost).
    pub(super) fn answer(
        &mut self,
        mut state: State,
        from: usize,
        o: Operand,
    ) -> Result<End, String> {
        let l = state
            .level(from)
            .ok_or("a returning activation is not in the inline tree")?;
        let node = self.spec.nodes[from].clone();
        let retires = state.chain[l].in_memory
            && self.spec.method_of(from).makes_returning_blocks(node.owner);
        let slot = self.spec.layout(from).context();
        if let Operand::Closure(closure) = o
            && (l == 0 || state.level(closure.home).is_some_and(|h| h >= l))
        {
            return Err("a block outlives its home".into());
        }
        let Some((_, next)) = node.parent else {
            let word = self.object(&mut state, o);
            return Ok(End::Gone(match retires {
                true => Terminator::Retire(slot, word),
                false => Terminator::Return(word),
            }));
        };
        if retires {
            let (offsets, _) = offsets(self.spec, &state);
            let caller = state.chain[l - 1].node;
            let op = Op::Retire {
                at: offsets[l],
                slot,
                caller: offsets[l - 1],
                caller_slot: self.spec.layout(caller).context(),
                caller_is_block: self.spec.nodes[caller].owner.is_some(),
            };
            self.act(op, &[], None);
        }
        state.chain.truncate(l);
        state.ip = next;
        state.top().ip = 0;
        state.push(o);
        state.forget_homes();
        state.prune();
        state.tidy();
        Ok(End::Go(state))
    }
}
