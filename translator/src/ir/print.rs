//! The text form of a function, for people and for tests. [`parse`](super::parse) reads it.
//!
//! ```text
//! function call frame 0 depth 0 reserves 0
//! b0 @0:0:
//!   v0: word int = argument 0
//!   v1: bool bool = less v0, 2
//!   branch v1, b1(), b2(v0)
//! ```
//!
//! A value is followed by its type and what is known of it; an operation that can leave by `else`
//! and its exit. A block has its parameters and, behind `@`, the node of the inline tree and the
//! offset at which it begins. Exits follow the blocks, each with its frame state, a line for each
//! activation: the node, whether its frame is in memory, the offset at which it goes on, and
//! arguments, temporaries, Array of temporaries, and operands between bars. Objects in them that have
//! not been made follow, with what is in their slots.

use super::function::{
    Action, Activation, Block, BlockId, Edge, Entry, Exit, ExitId, FrameCheck, Function, Inst,
    Resume, Shape, Terminator,
};
use super::names::parts;
use super::value::{Known, Operand, Type, Value};
use std::fmt::{self, Display, Formatter};

impl Display for Value {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

impl Display for BlockId {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "b{}", self.0)
    }
}

impl Display for ExitId {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "x{}", self.0)
    }
}

impl Display for Type {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        f.write_str(match self {
            Type::Word => "word",
            Type::Bool => "bool",
            Type::Float => "float",
        })
    }
}

impl Display for Known {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Known::Any => f.write_str("any"),
            Known::Int => f.write_str("int"),
            Known::Positive => f.write_str("positive"),
            Known::Bool => f.write_str("truth"),
            Known::Float => f.write_str("number"),
            Known::Instance(class, slots) => write!(f, "instance:{}:{slots}", class.0),
            Known::Closure(c) => write!(f, "block:{}:{}:{}", c.home, c.creator, c.block),
            Known::Runs(literal, method, slots) => write!(f, "runs:{literal}:{method}:{slots}"),
        }
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Operand::Value(v) => write!(f, "{v}"),
            Operand::Int(n) => write!(f, "{n}"),
            Operand::Nil => f.write_str("nil"),
            Operand::True => f.write_str("true"),
            Operand::False => f.write_str("false"),
            Operand::Literal(n, class, None) => write!(f, "literal:{n}:{}", class.0),
            Operand::Literal(n, class, Some(itself)) => {
                write!(f, "literal:{n}:{}:{}", class.0, itself.0)
            }
            Operand::Class(class, n) => write!(f, "class:{}:{n}", class.0),
            Operand::Closure(c) => write!(f, "block:{}:{}:{}", c.home, c.creator, c.block),
            Operand::Virtual(site) => write!(f, "virtual:{}:{}", site.node, site.ip),
            Operand::Home(node) => write!(f, "context:{node}"),
        }
    }
}

impl Display for Entry {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Entry::Call => f.write_str("call"),
            Entry::Resume(node, ip) => write!(f, "resume:{node}:{ip}"),
            Entry::Loop(node, ip) => write!(f, "loop:{node}:{ip}"),
        }
    }
}

/// Things between commas.
struct List<'a, T>(&'a [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        for (n, item) in self.0.iter().enumerate() {
            let comma = if n > 0 { ", " } else { "" };
            write!(f, "{comma}{item}")?;
        }
        Ok(())
    }
}

impl Display for Edge {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "{}({})", self.to, List(&self.args))
    }
}

impl Display for Terminator {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Terminator::Jump(edge) => write!(f, "jump {edge}"),
            Terminator::Again(edge, exit) => write!(f, "again {edge} else {exit}"),
            Terminator::Branch(o, yes, no) => write!(f, "branch {o}, {yes}, {no}"),
            Terminator::TryAdd(v, [x, y], yes, no) => {
                write!(f, "try_add {v}, {x}, {y}, {yes}, {no}")
            }
            Terminator::Leave(exit) => write!(f, "leave {exit}"),
            Terminator::Return(o) => write!(f, "return {o}"),
            Terminator::Retire(slot, o) => write!(f, "return_retiring {slot}, {o}"),
            Terminator::RunBlock(all) => write!(f, "run_block {}", List(all)),
            Terminator::HomeReturn(pair) => write!(f, "home_return {}", List(pair)),
            Terminator::RunClosureWith(pair) => write!(f, "run_closure_with {}", List(pair)),
            Terminator::RunClosure(all) => write!(f, "run_closure {}", List(all)),
        }
    }
}

/// An activation that goes on at an offset.
struct At<'a>(&'a Activation, usize);

impl Display for At<'_> {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let At(activation, ip) = *self;
        let array = activation.array.map(|o| o.to_string());
        write!(
            f,
            "{}{} @{ip} [{} | {} | {} | {}]",
            activation.node,
            if activation.in_memory { " memory" } else { "" },
            List(&activation.args),
            List(&activation.temps),
            array.unwrap_or_default(),
            List(&activation.stack)
        )
    }
}

impl Display for Action {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Action::Send { site, is_super } => {
                write!(f, "{}:{site}", if *is_super { "super" } else { "send" })
            }
            Action::CallSelf => f.write_str("call_self"),
            Action::Primitive(n) => write!(f, "primitive:{n}"),
            Action::RunBlock => f.write_str("run_block"),
            Action::RunClosure => f.write_str("run_closure"),
            Action::RunClosureWith => f.write_str("run_closure_with"),
            Action::NoInstanceVariable(k) => write!(f, "no_instance_variable:{k}"),
            Action::AssignElsewhere(k) => write!(f, "assign_elsewhere:{k}"),
            Action::NoClassVariable(k) => write!(f, "no_class_variable:{k}"),
            Action::NoSlot(k) => write!(f, "no_slot:{k}"),
            Action::HomeReturn => f.write_str("home_return"),
            Action::Pause(entry) => write!(f, "pause:{entry}"),
            Action::GoToLoop(entry) => write!(f, "go_to_loop:{entry}"),
        }
    }
}

impl Display for Exit {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self.resume {
            Resume::Baseline => f.write_str("baseline")?,
            Resume::Specialised(entry) => write!(f, "ours:{entry}")?,
        }
        let safepoint = if self.safepoint { " safepoint" } else { "" };
        write!(f, "{safepoint} {}({})", self.action, List(&self.operands))?;
        for (level, activation) in self.state.activations.iter().enumerate() {
            write!(f, "\n  {}", At(activation, self.state.ip(level)))?;
        }
        for (&site, object) in &self.state.virtuals {
            let shape = match object.shape {
                Shape::Array => "array".to_string(),
                Shape::Closure(method) => format!("closure:{method}"),
            };
            let site = Operand::Virtual(site);
            write!(f, "\n  {site} = {shape} [{}]", List(&object.slots))?;
        }
        Ok(())
    }
}

impl Function {
    fn typed(&self, v: Value) -> String {
        let (ty, known) = self.values[v.0 as usize];
        format!("{v}: {ty} {known}")
    }

    fn inst(&self, inst: &Inst) -> String {
        let (name, numbers) = parts(inst.op);
        let mut text = inst
            .result
            .map(|v| self.typed(v) + " = ")
            .unwrap_or_default();
        text.push_str(name);
        for n in numbers {
            text.push_str(&format!(" {n}"));
        }
        if !inst.args.is_empty() {
            text.push_str(&format!(" {}", List(&inst.args)));
        }
        if let Some(exit) = inst.exit {
            text.push_str(&format!(" else {exit}"));
        }
        text
    }

    fn block_head(&self, id: BlockId, block: &Block) -> String {
        let params: Vec<String> = block.params.iter().map(|&v| self.typed(v)).collect();
        let params = match params.is_empty() {
            true => String::new(),
            false => format!(" ({})", params.join(", ")),
        };
        format!("{id} @{}:{}{params}:", block.at.0, block.at.1)
    }
}

impl Display for Function {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let (entry, words, depth) = (self.entry, self.frame_words, self.top_depth);
        let reserves = self.reserves;
        writeln!(
            f,
            "function {entry} frame {words} depth {depth} reserves {reserves}"
        )?;
        for check in &self.checks {
            match check {
                FrameCheck::Record(at, node, ip) => writeln!(f, "check record {at} {node} {ip}")?,
                FrameCheck::Float(at) => writeln!(f, "check number {at}")?,
                FrameCheck::Argument { array, k, at } => {
                    writeln!(f, "check argument {array} {k} {at}")?
                }
            }
        }
        for (&id, block) in &self.blocks {
            writeln!(f, "{}", self.block_head(id, block))?;
            for inst in &block.insts {
                writeln!(f, "  {}", self.inst(inst))?;
            }
            match &block.end {
                Terminator::TryAdd(v, operands, yes, no) => {
                    let [x, y] = operands;
                    let v = self.typed(*v);
                    writeln!(f, "  try_add {v}, {x}, {y}, {yes}, {no}")?;
                }
                end => writeln!(f, "  {end}")?,
            }
        }
        for (n, exit) in self.exits.iter().enumerate() {
            writeln!(f, "{} {exit}", ExitId(n as u32))?;
        }
        Ok(())
    }
}
