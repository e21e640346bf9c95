//! Messages that are jumps where their blocks are written in place.

use crate::ast::{Block, Message, Node};
use crate::language::{Blocks, Dialect, Language};

/// What a message with blocks written in place does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    /// One block, which is skipped if the receiver is not this; the value is then the constant.
    If(bool, Otherwise),
    /// Two blocks, the first for this, the second for the other.
    Choice(bool),
    /// The receiver, a block, is run while it answers this; between its runs the argument, if any.
    While(bool),
    /// The receiver, a block, again and again.
    Repeat,
    /// From the receiver to the first argument, by one or by the second, which is a number.
    Count,
    /// So many times.
    Times,
    /// One block, for nil.
    IfNil,
    /// One block, for anything but nil.
    IfNotNil,
    /// Two blocks; whether the first is the one for nil.
    NilChoice(bool),
}

/// The value of a choice that has no block for its case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Otherwise {
    Nil,
    True,
    False,
}

/// What a message does, if it is one of these.
pub(crate) fn control(receiver: &Node, message: &Message, language: Language) -> Option<Control> {
    let found = by_name(&message.selector)?;
    let original = language.dialect == Dialect::Of2015;
    let known_2015 = match found {
        Control::If(..) | Control::Choice(true) => true,
        Control::While(_) => !message.arguments.is_empty(),
        _ => false,
    };
    if receiver.is_super() || original && !known_2015 {
        return None;
    }
    // The compiler of 2015 does not look at parameters.
    let any = original && language.blocks == Blocks::Shared;
    let takes = |node: &Node, counts: &[usize]| {
        node.as_block()
            .is_some_and(|block| any || counts.contains(&block.parameters.len()))
    };
    let arguments = &message.arguments;
    let fits = match found {
        Control::If(..) | Control::Choice(_) | Control::IfNil | Control::Times => {
            arguments.iter().all(|argument| takes(argument, &[0]))
        }
        Control::While(_) | Control::Repeat => {
            takes(receiver, &[0]) && arguments.iter().all(|argument| takes(argument, &[0]))
        }
        Control::Count => {
            let by_number = match arguments.as_slice() {
                [_, step, _] => step.as_number().is_some_and(is_step),
                _ => true,
            };
            by_number && arguments.last().is_some_and(|body| takes(body, &[1]))
        }
        Control::IfNotNil => takes(&arguments[0], &[0, 1]),
        Control::NilChoice(nil_first) => {
            let (nil, other) = match nil_first {
                true => (&arguments[0], &arguments[1]),
                false => (&arguments[1], &arguments[0]),
            };
            takes(nil, &[0]) && takes(other, &[0, 1])
        }
    };
    fits.then_some(found)
}

fn by_name(selector: &str) -> Option<Control> {
    Some(match selector {
        "ifTrue:" => Control::If(true, Otherwise::Nil),
        "ifFalse:" => Control::If(false, Otherwise::Nil),
        "and:" => Control::If(true, Otherwise::False),
        "or:" => Control::If(false, Otherwise::True),
        "ifTrue:ifFalse:" => Control::Choice(true),
        "ifFalse:ifTrue:" => Control::Choice(false),
        "whileTrue:" | "whileTrue" => Control::While(true),
        "whileFalse:" | "whileFalse" => Control::While(false),
        "repeat" => Control::Repeat,
        "to:do:" | "to:by:do:" => Control::Count,
        "timesRepeat:" => Control::Times,
        "ifNil:" => Control::IfNil,
        "ifNotNil:" => Control::IfNotNil,
        "ifNil:ifNotNil:" => Control::NilChoice(true),
        "ifNotNil:ifNil:" => Control::NilChoice(false),
        _ => return None,
    })
}

/// A step of zero is an error, which the message reports.
fn is_step(number: &crate::ast::Literal) -> bool {
    use crate::ast::Literal;
    !matches!(number, Literal::Integer(0)) && *number != Literal::Float(0.0)
}

/// Whether a step counts down.
pub(crate) fn counts_down(step: Option<&Node>) -> bool {
    use crate::ast::Literal;
    match step.and_then(Node::as_number) {
        Some(Literal::Integer(value)) => *value < 0,
        Some(Literal::Large { negative, .. }) => *negative,
        Some(Literal::Float(value)) => *value < 0.0,
        _ => false,
    }
}

/// The part of a message that is run again and again, if it is a block in place.
pub(crate) fn is_loop(control: Control) -> bool {
    matches!(
        control,
        Control::While(_) | Control::Repeat | Control::Count | Control::Times
    )
}

/// The block that a node is known to be.
pub(crate) fn block_of(node: &Node) -> &Block {
    static NONE: Block = Block {
        parameters: Vec::new(),
        temporaries: Vec::new(),
        statements: Vec::new(),
    };
    node.as_block().unwrap_or(&NONE)
}
