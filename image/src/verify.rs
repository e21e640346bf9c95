//! What is true of a method's code before it runs: the verifier.
//!
//! It follows the code that can be reached, and only that: methods end in `pop; return self` even after an
//! explicit return, and such dead code may be anything. Blocks have an operand stack of their own, so the code
//! of a block is followed from its start with an empty stack, wherever the block is pushed.

use std::collections::BTreeSet;
use std::fmt;

use smallworld_abi::bytecode::{Control, Instruction, Op, decode};
use smallworld_abi::layout::closure_slot;
use smallworld_abi::primitive::Primitive;

/// Code longer than this is refused, so that depths and block numbers fit 16 bits.
const MOST_CODE: usize = u16::MAX as usize;

/// A send cannot pass more arguments than this, the receiver among them, and a frame counts them in a byte.
const MOST_ARGUMENTS: usize = u8::MAX as usize;

/// Runs a block in place of the method that holds the primitive.
const RUN_BLOCK: u8 = Primitive::RunBlock.number();

/// The same with a closure.
const RUN_CLOSURE: u8 = Primitive::RunClosure.number();

/// What the verifier has to know of a method.
pub struct Shape<'a> {
    /// The bytecode.
    pub code: &'a [u8],
    /// How many arguments its selector looks as if it took, the receiver included.
    pub arity: usize,
    /// How many temporaries there are, block parameters included.
    pub temporaries: usize,
    /// How many literals there are.
    pub literals: usize,
    /// Is a literal a byte object, so that it can be sent? Asked only for literals that exist.
    pub is_selector: &'a dyn Fn(usize) -> bool,
}

/// What is known of a verified method. Offsets are byte offsets into its code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Analysis {
    /// By offset: the operand-stack depth before the instruction there; `None` where no reachable instruction
    /// starts. In a block it is the depth of the block's own stack.
    pub depth: Vec<Option<u16>>,
    /// The greatest depth that any of the stacks reaches.
    pub max_depth: u16,
    /// The blocks in the order of the code; an outer block comes before those inside.
    pub blocks: Vec<BlockInfo>,
    /// By offset: the innermost block (an index into `blocks`) that the reachable instruction there belongs
    /// to; `None` for the method body, and where no reachable instruction starts.
    pub block_at: Vec<Option<u16>>,
    /// The offsets that reachable jumps go to.
    pub jump_targets: BTreeSet<usize>,
}

impl Analysis {
    /// The offsets of the reachable instructions, ascending.
    pub fn starts(&self) -> impl Iterator<Item = usize> + '_ {
        let all = self.depth.iter().enumerate();
        all.filter_map(|(at, depth)| depth.map(|_| at))
    }
}

/// A block of a verified method.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BlockInfo {
    /// The offset of the instruction that pushes it.
    pub push_at: usize,
    /// The first offset of its code.
    pub start: usize,
    /// The first offset after its code.
    pub end: usize,
    /// The temporary that takes its first parameter.
    pub params_at: u8,
    /// The block around it (an index into [`Analysis::blocks`]); `None` when it is directly in the method.
    pub parent: Option<usize>,
    /// Whether its own reachable code, that of blocks inside not counted, holds a
    /// [`BlockReturn`](Op::BlockReturn).
    pub has_block_return: bool,
}

/// One reason not to run a method.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct VerifyError {
    /// The byte offset of the instruction concerned.
    pub at: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bytecode @{}: {}", self.at, self.message)
    }
}

impl std::error::Error for VerifyError {}

/// How many values a selector looks as if it took, the receiver included: one and the colons of a keyword
/// selector, one if it begins with a letter, two for anything else (a binary selector).
///
/// A method declares no number of arguments, so this is what it is taken to have. A send says itself how many
/// values it takes, and need not agree.
pub fn selector_arity(selector: &[u8]) -> usize {
    let colons = selector.iter().filter(|&&byte| byte == b':').count();
    match selector.first() {
        _ if colons > 0 => 1 + colons,
        Some(first) if first.is_ascii_alphabetic() => 1,
        _ => 2,
    }
}

/// Verifies the reachable code of a method.
///
/// Once it is accepted: every instruction decodes and none overlaps another; stack depths are known and never
/// negative; jumps stay inside their block; code does not run off its end; literals and temporaries exist; what
/// is sent is a byte object. Not checked, since only run time can tell: arguments (a send may pass more or fewer
/// than the method's selector looks like), instance and class variables, whether primitives exist, the values
/// they get.
///
/// # Errors
/// Everything that is wrong, by offset.
pub fn verify(shape: &Shape<'_>) -> Result<Analysis, Vec<VerifyError>> {
    let length = shape.code.len();
    let refused = |message| Err(vec![VerifyError { at: 0, message }]);
    if length == 0 {
        return refused("the method has no code; not even a return".to_owned());
    } else if length > MOST_CODE {
        return refused(format!(
            "the code is {length} bytes long; at most {MOST_CODE} are supported"
        ));
    } else if shape.arity > MOST_ARGUMENTS {
        return refused(format!(
            "it takes {} arguments; at most {MOST_ARGUMENTS} are supported",
            shape.arity
        ));
    }
    let mut verifier = Verifier {
        shape,
        depth: vec![None; length],
        owner: vec![None; length],
        next: vec![0; length],
        max_depth: 0,
        blocks: Vec::new(),
        jump_targets: BTreeSet::new(),
        waiting: Vec::new(),
        errors: BTreeSet::new(),
    };
    verifier.flow(0, 0, 0, None, "the code");
    // The last found goes first: a path is followed to its end before others are.
    while let Some(at) = verifier.waiting.pop() {
        verifier.instruction(at);
    }
    verifier.overlaps();
    verifier.sort_blocks();
    verifier.owners();
    if verifier.errors.is_empty() {
        Ok(Analysis {
            depth: verifier.depth,
            max_depth: verifier.max_depth,
            blocks: verifier.blocks,
            block_at: verifier.owner,
            jump_targets: verifier.jump_targets,
        })
    } else {
        Err(verifier.errors.into_iter().collect())
    }
}

/// The block an instruction belongs to; `None` for the method body.
type Owner = Option<u16>;

struct Verifier<'a> {
    shape: &'a Shape<'a>,
    depth: Vec<Option<u16>>,
    owner: Vec<Owner>,
    /// By offset: where the instruction that starts there ends.
    next: Vec<usize>,
    max_depth: u16,
    blocks: Vec<BlockInfo>,
    jump_targets: BTreeSet<usize>,
    /// Instructions that were reached and not looked at yet.
    waiting: Vec<usize>,
    errors: BTreeSet<VerifyError>,
}

impl Verifier<'_> {
    fn error(&mut self, at: usize, message: impl Into<String>) {
        self.errors.insert(VerifyError {
            at,
            message: message.into(),
        });
    }

    /// Control goes from the instruction at `from` to `to`, in `owner`, with `depth` values on the stack.
    fn flow(&mut self, from: usize, to: usize, depth: u16, owner: Owner, how: &str) {
        let (start, end) = match owner {
            None => (0, self.shape.code.len()),
            Some(block) => {
                let block = &self.blocks[usize::from(block)];
                (block.start, block.end)
            }
        };
        if !(start..end).contains(&to) {
            let place = match owner {
                None => "the method",
                Some(_) => "its block",
            };
            let message = format!("{how} goes to {to}, outside {place} ({start} to {end})");
            return self.error(from, message);
        }
        let Some(before) = self.depth[to] else {
            self.depth[to] = Some(depth);
            self.owner[to] = owner;
            self.max_depth = self.max_depth.max(depth);
            return self.waiting.push(to);
        };
        if self.owner[to] != owner {
            let message = format!("{how} goes to {to}, which is in another block");
            self.error(from, message);
        } else if before != depth {
            let message = format!(
                "{how} reaches {to} with {depth} values on the stack, other code with {before}"
            );
            self.error(from, message);
        }
    }

    /// Looks at a reached instruction, and follows control from it.
    fn instruction(&mut self, at: usize) {
        let instruction = match decode(self.shape.code, at) {
            Ok(instruction) => instruction,
            Err(error) => {
                self.next[at] = at + 1;
                return self.error(at, error.message);
            }
        };
        self.next[at] = instruction.next;
        self.operands(&instruction);

        let (takes, leaves) = (instruction.op.takes(), instruction.op.leaves());
        let before = self.depth[at].unwrap_or(0);
        if before < takes {
            let message = format!("takes {takes} from a stack that holds {before}");
            self.error(at, message);
        }
        // After an underflow go on as if it had not been, to find what else is wrong.
        let depth = before.saturating_sub(takes) + leaves;
        let owner = self.owner[at];
        match instruction.op {
            Op::BlockReturn => match owner {
                Some(block) => self.blocks[usize::from(block)].has_block_return = true,
                None => self.error(at, "a return from a block's home method, outside any block"),
            },
            Op::PushBlock { params_at, end } => {
                let start = instruction.next;
                if self.block(at, start, end, params_at, owner) {
                    self.flow(at, end, depth, owner, "control after the block");
                }
            }
            op => {
                if let Some(target) = op.target() {
                    self.jump_targets.insert(target);
                    self.flow(at, target, depth, owner, "the jump");
                }
                if !matches!(op.control(), Control::Jump | Control::Return) {
                    self.flow(at, instruction.next, depth, owner, "control");
                }
            }
        }
    }

    /// The indices an instruction names exist, and a send has a receiver and a selector.
    fn operands(&mut self, instruction: &Instruction) {
        let (at, shape) = (instruction.at, self.shape);
        let mut index = |what: &str, n: u16, limit: usize| {
            let within = usize::from(n) < limit;
            if !within {
                self.error(at, format!("{what} {n} does not exist: there are {limit}"));
            }
            within
        };
        match instruction.op {
            Op::PushTemporary(n) | Op::AssignTemporary(n) => {
                index("temporary", n.into(), shape.temporaries);
            }
            Op::PushLiteral(n) => {
                index("literal", n, shape.literals);
            }
            Op::PushClosure { count, method } => {
                index("literal", method, shape.literals);
                if usize::from(count) < closure_slot::LEAST_TAKEN {
                    self.error(at, "a closure without home and receiver");
                }
            }
            // A block without parameters may name the place after the last temporary.
            Op::PushBlock { params_at, .. } if usize::from(params_at) > shape.temporaries => {
                let (n, limit) = (params_at, shape.temporaries);
                let message =
                    format!("the block's parameters start at temporary {n}: there are {limit}");
                self.error(at, message);
            }
            Op::Primitive {
                argc: 0,
                number: RUN_BLOCK,
            } => {
                let message =
                    format!("primitive {RUN_BLOCK} needs the block to run as an argument");
                self.error(at, message);
            }
            Op::Primitive {
                argc: 0,
                number: RUN_CLOSURE,
            } => {
                let message =
                    format!("primitive {RUN_CLOSURE} needs the closure to run as an argument");
                self.error(at, message);
            }
            Op::Send { argc, selector } | Op::SuperSend { argc, selector } => {
                if argc == 0 {
                    self.error(at, "a send without a receiver");
                } else if index("literal", selector, shape.literals)
                    && !(shape.is_selector)(usize::from(selector))
                {
                    let message = format!("literal {selector} is sent, but is no selector");
                    self.error(at, message);
                }
            }
            _ => {}
        }
    }

    /// A new block, whose code is then followed from its start with a stack of its own; `false` where its code
    /// cannot be there.
    fn block(
        &mut self,
        push_at: usize,
        start: usize,
        end: usize,
        params_at: u8,
        owner: Owner,
    ) -> bool {
        if end <= start || end > self.shape.code.len() {
            let message = format!("the block's code goes from {start} to {end}, which cannot be");
            self.error(push_at, message);
            return false;
        }
        // Ends are bytes, and every block pushed has a start of its own below its end: there are at most 255.
        let number = self.blocks.len() as u16;
        self.blocks.push(BlockInfo {
            push_at,
            start,
            end,
            params_at,
            parent: owner.map(usize::from),
            has_block_return: false,
        });
        self.flow(push_at, start, 0, Some(number), "the block");
        true
    }

    /// No instruction starts inside another.
    fn overlaps(&mut self) {
        let (mut last, mut free) = (0, 0);
        for at in 0..self.depth.len() {
            if self.depth[at].is_some() {
                if at < free {
                    let message = format!("control reaches {at}, inside the instruction at {last}");
                    self.error(at, message);
                }
                (last, free) = (at, self.next[at].max(free));
            }
        }
    }

    /// Renumbers the blocks in the order of the code, whatever order they were found in.
    fn sort_blocks(&mut self) {
        let mut sorted: Vec<usize> = (0..self.blocks.len()).collect();
        sorted.sort_by_key(|&block| self.blocks[block].start);
        let mut numbers = vec![0; sorted.len()];
        for (new, &old) in sorted.iter().enumerate() {
            numbers[old] = new;
        }
        self.blocks.sort_by_key(|block| block.start);
        for block in &mut self.blocks {
            block.parent = block.parent.map(|old| numbers[old]);
        }
        for block in self.owner.iter_mut().flatten() {
            *block = numbers[usize::from(*block)] as u16;
        }
    }

    /// Instructions belong to the innermost block around them, and blocks lie inside their parents.
    fn owners(&mut self) {
        let mut innermost: Vec<Owner> = vec![None; self.depth.len()];
        for (number, block) in self.blocks.iter().enumerate() {
            // In the order of their starts, so that inner blocks overwrite outer ones.
            innermost[block.start..block.end].fill(Some(number as u16));
        }
        for (at, innermost) in innermost.into_iter().enumerate() {
            if self.depth[at].is_some() && self.owner[at] != innermost {
                self.error(at, "control reaches the code of a block from outside it");
            }
        }
        for number in 0..self.blocks.len() {
            let BlockInfo { push_at, end, .. } = self.blocks[number];
            if let Some(parent) = self.blocks[number].parent {
                let limit = self.blocks[parent].end;
                if end > limit {
                    let message =
                        format!("the block ends at {end}, after the block around it ({limit})");
                    self.error(push_at, message);
                }
            }
        }
    }
}
