//! Methods inside methods: the blocks of an image whose blocks have variables of their own.
//!
//! Such a block is a method of its own, among the literals of the method it is written in
//! ([`Op::PushClosure`]). It has no selector that would tell it from others, so it is named by the
//! method and its number there.

use crate::object::Image;
use smallworld_abi::bytecode::{Op, decode};

/// The class of blocks in an image whose blocks have variables of their own.
pub const CLASS_OF_CLOSURES: &str = "BlockClosure";

/// Whether the blocks of an image are closures.
pub fn has_closures(image: &Image) -> bool {
    image.class_name_bytes(image.roots.block) == Some(CLASS_OF_CLOSURES.as_bytes())
}

/// The literals that code makes closures of, in the order of the code, each once.
///
/// Code is taken instruction by instruction from its start, as compilers write it; it ends where
/// there is none.
pub fn closure_literals(code: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Ok(instruction) = decode(code, at) {
        if let Op::PushClosure { method, .. } = instruction.op {
            let literal = usize::from(method);
            if !found.contains(&literal) {
                found.push(literal);
            }
        }
        at = instruction.next;
    }
    found
}

/// The methods inside a method, an outer one before those in it, each once; `inside` answers those
/// directly in one.
pub fn methods_inside<M: Copy + PartialEq>(method: M, inside: &dyn Fn(M) -> Vec<M>) -> Vec<M> {
    let mut found = Vec::new();
    let mut waiting = inside(method);
    waiting.reverse();
    while let Some(next) = waiting.pop() {
        if next != method && !found.contains(&next) {
            found.push(next);
            let inner = inside(next);
            waiting.extend(inner.into_iter().rev());
        }
    }
    found
}

/// How the `n`-th block (from 1) in the method with that selector is called.
pub fn block_name(selector: &str, n: usize) -> String {
    format!("{selector}[{n}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_found_in_the_order_of_the_code() {
        // nil; self; a closure of literal 4; the same of 2, of 4, and of 300
        let code = [
            0x5a, 0x20, 0x82, 0xf9, 4, 0x82, 0xf9, 2, 0x82, 0xf9, 4, 0xf0, 1, 0x82, 0xf9, 44, 0xf1,
        ];
        assert_eq!(closure_literals(&code), [4, 2, 300]);
        assert_eq!(closure_literals(&[0x82, 0xf9, 1, 0xff]), [1]);
        assert!(closure_literals(&[]).is_empty());
    }

    #[test]
    fn an_outer_method_comes_before_those_in_it() {
        let inside = |m: u32| match m {
            1 => vec![2, 5],
            2 => vec![3, 4],
            // It holds itself, and one above.
            5 => vec![5, 1, 6],
            _ => vec![],
        };
        assert_eq!(methods_inside(1, &inside), [2, 3, 4, 5, 6]);
        assert!(methods_inside(3, &inside).is_empty());
    }
}
