//! Reads the text form of a function, which [`print`](super::print) writes.

use super::function::{
    Action, Activation, Block, BlockId, Edge, Entry, Exit, ExitId, FrameCheck, FrameState,
    Function, Inst, Resume, Shape, Terminator, Virtual, Virtuals,
};
use super::names::{count_of_numbers, named};
use super::value::{Closure, Known, Operand, Site, Type, Value};
use smallworld_image::ObjId;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The function that a text describes.
///
/// # Errors
/// Which line cannot be read, and why.
pub fn parse(text: &str) -> Result<Function, String> {
    let mut parser = Parser {
        function: Function {
            entry: Entry::Call,
            frame_words: 0,
            top_depth: 0,
            checks: Vec::new(),
            blocks: BTreeMap::new(),
            values: Vec::new(),
            exits: Vec::new(),
            reserves: 0,
        },
        block: None,
        insts: Vec::new(),
    };
    for (n, line) in text.lines().enumerate() {
        parser
            .line(line)
            .map_err(|e| format!("line {}: {e}: {}", n + 1, line.trim()))?;
    }
    Ok(parser.function)
}

struct Parser {
    function: Function,
    /// The block under way: its number, where it begins, its parameters.
    block: Option<(BlockId, (usize, usize), Vec<Value>)>,
    insts: Vec<Inst>,
}

type Parsed<T> = Result<T, String>;

fn number<T: std::str::FromStr>(text: &str) -> Parsed<T> {
    text.trim()
        .parse()
        .map_err(|_| format!("'{text}' is no number"))
}

fn prefixed(text: &str, prefix: char) -> Parsed<u32> {
    match text.trim().strip_prefix(prefix) {
        Some(rest) => number(rest),
        None => Err(format!("'{text}' does not begin with {prefix}")),
    }
}

fn value(text: &str) -> Parsed<Value> {
    prefixed(text, 'v').map(Value)
}

/// Numbers between colons.
fn numbers(text: &str) -> Parsed<Vec<usize>> {
    text.split(':').map(number).collect()
}

fn closure(n: &[usize]) -> Parsed<Closure> {
    match *n {
        [home, creator, block] => Ok(Closure {
            home,
            creator,
            block,
        }),
        _ => Err("a block has three numbers".into()),
    }
}

fn operand(text: &str) -> Parsed<Operand> {
    let text = text.trim();
    let id = |n: usize| ObjId(n as u32);
    if let Some((kind, rest)) = text.split_once(':') {
        let n = numbers(rest)?;
        return Ok(match (kind, &n[..]) {
            ("literal", &[k, class]) => Operand::Literal(k as u32, id(class), None),
            ("literal", &[k, class, itself]) => {
                Operand::Literal(k as u32, id(class), Some(id(itself)))
            }
            ("class", &[class, k]) => Operand::Class(id(class), k as u32),
            ("block", n) => Operand::Closure(closure(n)?),
            ("virtual", &[node, ip]) => Operand::Virtual(Site { node, ip }),
            ("context", &[node]) => Operand::Home(node),
            _ => return Err(format!("'{text}' is no operand")),
        });
    }
    Ok(match text {
        "nil" => Operand::Nil,
        "true" => Operand::True,
        "false" => Operand::False,
        _ if text.starts_with('v') => Operand::Value(value(text)?),
        _ => Operand::Int(number(text)?),
    })
}

/// Operands between commas; perhaps none.
fn operands(text: &str) -> Parsed<Vec<Operand>> {
    match text.trim().is_empty() {
        true => Ok(Vec::new()),
        false => text.split(',').map(operand).collect(),
    }
}

fn known(text: &str) -> Parsed<Known> {
    Ok(match text.split_once(':') {
        Some(("instance", rest)) => match numbers(rest)?[..] {
            [class, slots] => Known::Instance(ObjId(class as u32), slots as u8),
            _ => return Err("an instance has two numbers".into()),
        },
        Some(("block", rest)) => Known::Closure(closure(&numbers(rest)?)?),
        Some(("runs", rest)) => match numbers(rest)?[..] {
            [literal, method, slots] => Known::Runs(literal as u32, method as u32, slots as u8),
            _ => return Err("what runs has three numbers".into()),
        },
        _ => match text {
            "any" => Known::Any,
            "int" => Known::Int,
            "positive" => Known::Positive,
            "truth" => Known::Bool,
            "number" => Known::Float,
            _ => return Err(format!("'{text}' is not known")),
        },
    })
}

fn entry(text: &str) -> Parsed<Entry> {
    let n = |rest: &str| match numbers(rest)?[..] {
        [node, ip] => Ok((node, ip)),
        _ => Err("an entry has two numbers".to_string()),
    };
    match text.split_once(':') {
        Some(("resume", rest)) => n(rest).map(|(node, ip)| Entry::Resume(node, ip)),
        Some(("loop", rest)) => n(rest).map(|(node, ip)| Entry::Loop(node, ip)),
        _ if text == "call" => Ok(Entry::Call),
        _ => Err(format!("'{text}' is no entry")),
    }
}

/// Splits at commas that are in no parentheses.
fn top_level(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

fn edge(text: &str) -> Parsed<Edge> {
    let (to, args) = text
        .trim()
        .strip_suffix(')')
        .and_then(|t| t.split_once('('))
        .ok_or("an edge is a block with operands in parentheses")?;
    Ok(Edge {
        to: BlockId(prefixed(to, 'b')?),
        args: operands(args)?,
    })
}

fn exit_id(text: &str) -> Parsed<ExitId> {
    prefixed(text, 'x').map(ExitId)
}

fn action(text: &str) -> Parsed<Action> {
    let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
    Ok(match kind {
        "send" | "super" => Action::Send {
            site: number(rest)?,
            is_super: kind == "super",
        },
        "call_self" => Action::CallSelf,
        "primitive" => Action::Primitive(number(rest)?),
        "run_block" => Action::RunBlock,
        "run_closure" => Action::RunClosure,
        "run_closure_with" => Action::RunClosureWith,
        "no_instance_variable" => Action::NoInstanceVariable(number(rest)?),
        "assign_elsewhere" => Action::AssignElsewhere(number(rest)?),
        "no_class_variable" => Action::NoClassVariable(number(rest)?),
        "no_slot" => Action::NoSlot(number(rest)?),
        "home_return" => Action::HomeReturn,
        "pause" => Action::Pause(entry(rest)?),
        "go_to_loop" => Action::GoToLoop(entry(rest)?),
        _ => return Err(format!("'{kind}' is no action")),
    })
}

impl Parser {
    fn line(&mut self, line: &str) -> Parsed<()> {
        let text = line.trim();
        let indented = line.starts_with(' ');
        let word = text.split(' ').next().unwrap_or_default();
        match word.chars().next() {
            None => Ok(()),
            _ if word == "function" => self.head(text),
            _ if word == "check" => self.check(text),
            Some('b') if !indented => self.begin(text),
            Some('x') if !indented => self.exit(text),
            Some('0'..='9') if indented => self.activation(text),
            _ if indented && text.starts_with("virtual:") => self.virtual_object(text),
            _ if indented => self.code(text),
            _ => Err("what is this".into()),
        }
    }

    fn head(&mut self, text: &str) -> Parsed<()> {
        let words: Vec<&str> = text.split(' ').collect();
        let [_, of, _, frame, _, depth, _, reserves] = words[..] else {
            return Err("function ENTRY frame N depth N reserves N".into());
        };
        self.function.entry = entry(of)?;
        self.function.frame_words = number(frame)?;
        self.function.top_depth = number(depth)?;
        self.function.reserves = number(reserves)?;
        Ok(())
    }

    fn check(&mut self, text: &str) -> Parsed<()> {
        let words: Vec<&str> = text.split(' ').collect();
        self.function.checks.push(match words[..] {
            [_, "record", at, node, ip] => {
                FrameCheck::Record(number(at)?, number(node)?, number(ip)?)
            }
            [_, "number", at] => FrameCheck::Float(number(at)?),
            [_, "argument", array, k, at] => FrameCheck::Argument {
                array: number(array)?,
                k: number(k)?,
                at: number(at)?,
            },
            _ => {
                return Err(
                    "check record AT NODE IP, check number AT, or check argument ARRAY K AT".into(),
                );
            }
        });
        Ok(())
    }

    /// A value with its type, defined here.
    fn define(&mut self, text: &str) -> Parsed<Value> {
        let (name, of) = text.trim().split_once(": ").ok_or("a value has a type")?;
        let (ty, fact) = of.split_once(' ').ok_or("a type, and what is known")?;
        let ty = match ty {
            "word" => Type::Word,
            "bool" => Type::Bool,
            "float" => Type::Float,
            _ => return Err(format!("'{ty}' is no type")),
        };
        let v = value(name)?;
        let n = v.0 as usize;
        let values = &mut self.function.values;
        if n >= values.len() {
            values.resize(n + 1, (Type::Word, Known::Any));
        }
        values[n] = (ty, known(fact)?);
        Ok(v)
    }

    fn begin(&mut self, text: &str) -> Parsed<()> {
        let text = text.strip_suffix(':').ok_or("a block ends with a colon")?;
        let (head, params) = match text.split_once(" (") {
            Some((head, rest)) => (head, rest.strip_suffix(')').ok_or("a parenthesis")?),
            None => (text, ""),
        };
        let (id, at) = head.split_once(" @").ok_or("BLOCK @NODE:OFFSET")?;
        let at = match numbers(at)?[..] {
            [node, ip] => (node, ip),
            _ => return Err("BLOCK @NODE:OFFSET".into()),
        };
        let mut values = Vec::new();
        for param in params.split(", ").filter(|p| !p.is_empty()) {
            values.push(self.define(param)?);
        }
        self.block = Some((BlockId(prefixed(id, 'b')?), at, values));
        Ok(())
    }

    fn code(&mut self, text: &str) -> Parsed<()> {
        if let Some(end) = self.terminator(text)? {
            let (id, at, params) = self.block.take().ok_or("there is no block")?;
            let block = Block {
                params,
                insts: std::mem::take(&mut self.insts),
                end,
                at,
            };
            self.function.blocks.insert(id, block);
            return Ok(());
        }
        let (result, rest) = match text.split_once(" = ") {
            Some((result, rest)) => (Some(self.define(result)?), rest),
            None => (None, text),
        };
        let (rest, exit) = match rest.split_once(" else ") {
            Some((rest, exit)) => (rest, Some(exit_id(exit)?)),
            None => (rest, None),
        };
        let mut words = rest.splitn(2, ' ');
        let name = words.next().unwrap_or_default();
        let count = count_of_numbers(name).ok_or(format!("there is no operation '{name}'"))?;
        let mut words = words.next().unwrap_or_default().splitn(count + 1, ' ');
        let own: Vec<usize> = words
            .by_ref()
            .take(count)
            .map(number)
            .collect::<Parsed<_>>()?;
        let op = named(name, &own).ok_or(format!("'{name}' has other numbers"))?;
        self.insts.push(Inst {
            result,
            op,
            args: operands(words.next().unwrap_or_default())?,
            exit,
        });
        Ok(())
    }

    fn terminator(&mut self, text: &str) -> Parsed<Option<Terminator>> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let parts = top_level(rest);
        Ok(Some(match (word, &parts[..]) {
            ("jump", _) => Terminator::Jump(edge(rest)?),
            ("again", _) => {
                let (to, exit) = rest.split_once(" else ").ok_or("again EDGE else EXIT")?;
                Terminator::Again(edge(to)?, exit_id(exit)?)
            }
            ("branch", [o, yes, no]) => Terminator::Branch(operand(o)?, edge(yes)?, edge(no)?),
            ("try_add", [v, x, y, yes, no]) => Terminator::TryAdd(
                self.define(v)?,
                [operand(x)?, operand(y)?],
                edge(yes)?,
                edge(no)?,
            ),
            ("leave", _) => Terminator::Leave(exit_id(rest)?),
            ("return", _) => Terminator::Return(operand(rest)?),
            ("return_retiring", [slot, o]) => Terminator::Retire(number(slot)?, operand(o)?),
            ("run_block", _) => Terminator::RunBlock(operands(rest)?),
            ("home_return", [closure, value]) => {
                Terminator::HomeReturn([operand(closure)?, operand(value)?])
            }
            ("run_closure_with", [closure, array]) => {
                Terminator::RunClosureWith([operand(closure)?, operand(array)?])
            }
            ("run_closure", _) => Terminator::RunClosure(operands(rest)?),
            _ => return Ok(None),
        }))
    }

    fn exit(&mut self, text: &str) -> Parsed<()> {
        let (_, rest) = text.split_once(' ').ok_or("EXIT RESUME ACTION(…)")?;
        let (resume, mut rest) = rest.split_once(' ').ok_or("EXIT RESUME ACTION(…)")?;
        let safepoint = rest.strip_prefix("safepoint ");
        rest = safepoint.unwrap_or(rest);
        let (kind, args) = rest
            .strip_suffix(')')
            .and_then(|t| t.split_once('('))
            .ok_or("an action has operands in parentheses")?;
        self.function.exits.push(Exit {
            state: FrameState {
                activations: Vec::new(),
                virtuals: Virtuals::new(),
                ip: 0,
            },
            resume: match resume.split_once(':') {
                Some(("ours", of)) => Resume::Specialised(entry(of)?),
                _ if resume == "baseline" => Resume::Baseline,
                _ => return Err(format!("'{resume}' does not go on")),
            },
            action: action(kind)?,
            operands: operands(args)?,
            safepoint: safepoint.is_some(),
        });
        Ok(())
    }

    fn virtual_object(&mut self, text: &str) -> Parsed<()> {
        let (site, rest) = text.split_once(" = ").ok_or("SITE = SHAPE […]")?;
        let site = operand(site)?.site().ok_or("an object has a site")?;
        let (shape, slots) = rest
            .strip_suffix(']')
            .and_then(|t| t.split_once(" ["))
            .ok_or("slots are in brackets")?;
        let shape = match shape.split_once(':') {
            Some(("closure", n)) => Shape::Closure(number(n)?),
            _ if shape == "array" => Shape::Array,
            _ => return Err(format!("'{shape}' is no shape")),
        };
        let slots = operands(slots)?;
        let exit = self.function.exits.last_mut().ok_or("there is no exit")?;
        let object = Rc::new(Virtual { shape, slots });
        exit.state.virtuals.insert(site, object);
        Ok(())
    }

    fn activation(&mut self, text: &str) -> Parsed<()> {
        let (head, rest) = text
            .split_once(" [")
            .ok_or("NODE @OFFSET [… | … | … | …]")?;
        let rest = rest.strip_suffix(']').ok_or("a bracket")?;
        let places: Vec<&str> = rest.split('|').collect();
        let [args, temps, array, stack] = places[..] else {
            return Err("arguments, temporaries, array, operands".into());
        };
        let (node, ip) = head.split_once(" @").ok_or("NODE @OFFSET")?;
        let in_memory = node.strip_suffix(" memory");
        let array = operands(array)?;
        let activation = Activation {
            node: number(in_memory.unwrap_or(node))?,
            in_memory: in_memory.is_some(),
            args: operands(args)?,
            temps: operands(temps)?,
            array: array.first().copied(),
            stack: operands(stack)?,
            ip: number(ip)?,
        };
        let exit = self.function.exits.last_mut().ok_or("there is no exit")?;
        exit.state.ip = activation.ip;
        exit.state.activations.push(activation.into());
        Ok(())
    }
}
