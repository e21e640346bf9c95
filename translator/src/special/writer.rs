//! From a region's nodes to structured code: loops, merges, branches (Ramsey, "Beyond
//! Relooper", 2022, as in [`crate::flow`]).

use super::code::{Code, Item};
use super::graph::{Edge, Graph, Tail};
use std::collections::BTreeMap;

/// The code of a region.
///
/// # Errors
/// The graph cannot be written as structured code.
pub fn write(graph: Graph) -> Result<Code, String> {
    let begin = graph.begin;
    let mut writer = Writer {
        flow: graph.flow,
        nodes: graph.nodes,
    };
    writer.tree(begin)
}

struct Writer {
    flow: crate::flow::Flow,
    nodes: BTreeMap<usize, super::graph::Node>,
}

impl Writer {
    fn tree(&mut self, node: usize) -> Result<Code, String> {
        let merges = self.flow.merges_under(node);
        let mut code = self.node(node)?;
        for &m in merges.iter().rev() {
            let mut outer = Code::default();
            outer.item(Item::Block(label("b", m), code));
            outer.append(self.tree(m)?);
            code = outer;
        }
        if self.flow.is_loop(node) {
            let mut outer = Code::default();
            outer.item(Item::Loop(label("l", node), code));
            return Ok(outer);
        }
        Ok(code)
    }

    fn node(&mut self, node: usize) -> Result<Code, String> {
        let found = self.nodes.remove(&node).ok_or("a node was written twice")?;
        let mut code = found.code;
        match found.tail {
            Tail::Left => {}
            Tail::Go(edge) => code.append(self.branch(node, edge)?),
            Tail::If(test, yes, no) => {
                let (yes, no) = (self.branch(node, yes)?, self.branch(node, no)?);
                code.item(Item::If(test, yes, no));
            }
            Tail::Choose(arms, other) => {
                let mut rest = other;
                for (test, edge) in arms.into_iter().rev() {
                    let arm = self.branch(node, edge)?;
                    let mut choice = Code::default();
                    choice.item(Item::If(test, arm, rest));
                    rest = choice;
                }
                code.append(rest);
            }
        }
        Ok(code)
    }

    fn branch(&mut self, from: usize, edge: Edge) -> Result<Code, String> {
        let (to, mut code) = (edge.to, edge.code);
        if self.flow.is_backward(from, to) {
            code.item(Item::Continue(label("l", to)));
        } else if self.flow.is_merge(to) {
            code.item(Item::Break(label("b", to)));
        } else {
            code.append(self.tree(to)?);
        }
        Ok(code)
    }
}

fn label(kind: &str, at: usize) -> syn::Lifetime {
    syn::Lifetime::new(&format!("'{kind}{at}"), proc_macro2::Span::call_site())
}
