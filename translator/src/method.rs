//! A method as the translator sees it: decoded, verified, its frames laid out.

use anyhow::{Context, Result, anyhow};
use proc_macro2::Literal;
use smallworld_image::{
    Analysis, Image, Instruction, MethodParts, MethodRef, Op, decode, method_shape,
};
use std::collections::{BTreeMap, BTreeSet};

pub use smallworld_abi::layout::{FrameLayout as Layout, Kind};

/// Deepest operand stack that the machine's frames have room for.
pub const MAX_DEPTH: u16 = smallworld_abi::layout::limits::MAX_DEPTH as u16;

/// Where code belongs: to the method itself, or to one of its blocks (by number).
pub type Owner = Option<usize>;

/// A verified method of the image.
pub struct Method<'i> {
    /// The image's parts of it.
    pub parts: MethodParts<'i>,
    /// Its object number.
    pub object: u32,
    /// Number among the translated methods.
    pub number: u32,
    /// `Class>>selector`.
    pub name: String,
    /// What the verifier found out.
    pub analysis: Analysis,
    /// Reachable instructions by offset.
    pub code: BTreeMap<usize, Instruction>,
    /// First entry in the table of literals.
    pub first_literal: u32,
    /// Send sites by offset: number in the table of sites.
    pub sites: BTreeMap<usize, u32>,
    /// Arguments, receiver included.
    pub arity: usize,
}

/// A send site, for the table.
pub struct SiteInfo {
    /// The selector's bytes.
    pub selector: Vec<u8>,
    /// How many values it passes, the receiver included.
    pub arity: u8,
    /// Super send?
    pub is_super: bool,
    /// Number of the method.
    pub method: u32,
    /// Offset.
    pub ip: u32,
}

impl<'i> Method<'i> {
    /// Decodes and verifies a method.
    ///
    /// # Errors
    /// What the verifier says about it, with `Class>>selector @offset`.
    pub fn new(
        image: &'i Image,
        found: MethodRef,
        number: u32,
        first_literal: u32,
        sites: &mut Vec<SiteInfo>,
    ) -> Result<Method<'i>> {
        let name = found.name(image);
        let parts = method_shape(image, found.method).map_err(|p| anyhow!("{p}"))?;
        let analysis = parts.verify(image).map_err(|errors| {
            let lines: Vec<String> = errors.iter().map(|e| format!("{name}: {e}")).collect();
            anyhow!("{}", lines.join("\n"))
        })?;
        if analysis.max_depth > MAX_DEPTH {
            return Err(anyhow!(
                "{name}: its operand stack gets {} deep; at most {MAX_DEPTH} are supported",
                analysis.max_depth
            ));
        }
        let mut code = BTreeMap::new();
        for at in analysis.starts() {
            let i = decode(parts.code, at).with_context(|| name.clone())?;
            code.insert(at, i);
        }
        let arity = parts.arity();
        let mut method = Method {
            object: found.method.0,
            number,
            name,
            analysis,
            code,
            first_literal,
            sites: BTreeMap::new(),
            arity,
            parts,
        };
        method.number_sites(image, sites);
        Ok(method)
    }

    fn number_sites(&mut self, image: &Image, sites: &mut Vec<SiteInfo>) {
        for (&at, i) in &self.code {
            let (selector, arity, is_super) = match i.op {
                Op::Send { argc, selector } => (self.literal_bytes(image, selector), argc, false),
                Op::SuperSend { argc, selector } => {
                    (self.literal_bytes(image, selector), argc, true)
                }
                Op::Binary(b) => (b.selector().as_bytes().to_vec(), 2, false),
                _ => continue,
            };
            self.sites.insert(at, sites.len() as u32);
            sites.push(SiteInfo {
                selector,
                arity,
                is_super,
                method: self.number,
                ip: at as u32,
            });
        }
    }

    fn literal_bytes(&self, image: &Image, index: u16) -> Vec<u8> {
        let id = self.parts.literals[usize::from(index)];
        image.bytes_of(id).unwrap_or_default().to_vec()
    }

    /// The instruction at an offset that the verifier has found reachable.
    pub fn instruction(&self, at: usize) -> Instruction {
        self.code[&at]
    }

    /// Is an offset inside a loop, from its head to the jump back?
    pub fn is_in_loop(&self, ip: usize) -> bool {
        self.code.iter().any(|(&at, i)| match i.op {
            Op::Jump(head) => (head..=at).contains(&ip),
            _ => false,
        })
    }

    /// Does it ask for arguments that its selector does not look like? A call may pass them.
    pub fn asks_for_more(&self) -> bool {
        let mut ops = self.code.values().map(|i| i.op);
        ops.any(|op| matches!(op, Op::PushArgument(n) if usize::from(n) >= self.arity))
    }

    /// Operands before the instruction at an offset.
    pub fn depth(&self, at: usize) -> usize {
        self.analysis.depth[at].map_or(0, usize::from)
    }

    /// Does it need its own Context (for `^` in closures)? Its frame is then written at once.
    pub fn pushes_context(&self) -> bool {
        let mut ops = self.code.values().map(|i| i.op);
        ops.any(|op| op == Op::PushContext)
    }

    /// Does the method, or block, make blocks?
    pub fn makes_blocks(&self, owner: Owner) -> bool {
        self.analysis.blocks.iter().any(|b| b.parent == owner)
    }

    /// Does it make blocks that contain `^`?
    pub fn makes_returning_blocks(&self, owner: Owner) -> bool {
        self.analysis
            .blocks
            .iter()
            .any(|b| b.parent == owner && b.has_block_return)
    }

    /// Arguments that its blocks ask for, the receiver among them where they use its variables.
    pub fn arguments_of_blocks(&self) -> BTreeSet<usize> {
        let blocks = &self.analysis.blocks;
        let in_block = |at: usize| blocks.iter().any(|b| (b.start..b.end).contains(&at));
        let argument = |op: Op| match op {
            // One that the selector does not name is in no frame.
            Op::PushArgument(k) => Some(usize::from(k)).filter(|&k| k < self.arity),
            Op::PushInstance(_)
            | Op::AssignInstance(_)
            | Op::PushClassVariable(_)
            | Op::ReturnSelf => Some(0),
            _ => None,
        };
        let code = self.code.iter().filter(|(at, _)| in_block(**at));
        code.filter_map(|(_, i)| argument(i.op)).collect()
    }

    /// The layout of its activations.
    pub fn layout(&self, owner: Owner) -> Layout {
        match owner {
            Some(_) => Layout::block(),
            None if self.analysis.blocks.is_empty() => {
                Layout::native(self.arity, self.parts.temporaries)
            }
            None => Layout::shared(self.arity),
        }
    }
}

/// A number of the machine's layout as it stands in the text, without a type.
pub fn bare(n: usize) -> Literal {
    Literal::usize_unsuffixed(n)
}
