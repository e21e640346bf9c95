//! Limits on which the machine and the translator of its code have to agree.

use super::{BLOCK_WORDS, FrameLayout, Kind, array_words};

/// Deepest operand stack of a method that is run.
pub const MAX_DEPTH: usize = 2000;

/// The most arguments, receiver included, and the most temporaries of a method.
pub const MOST_IN_A_BYTE: usize = u8::MAX as usize;

/// Words that any code writes at most above the base of its frame, the arguments of what it
/// calls included. (The largest frame of one method: 255 arguments, 255 temporaries, the
/// deepest operand stack, and a few words of the machine's.)
pub const FRAME_WORDS: usize = 3072;

/// Words of the stack above its limit. Whoever finds it full still has these.
pub const STACK_RESERVE: usize = 4096;

/// Words of nursery that code finds at least after a pause.
pub const REGION_WORDS: usize = 4096;

/// Objects of one kind that a side exit makes by its table at most; the translator writes exits with
/// more in place.
pub const MOST_MADE_AT_EXIT: usize = 16;

/// Words of nursery that one bytecode takes at most: a block with the Array of its home's
/// arguments, and the Context of what creates it, which may be a block as well.
pub const fn words_of_block(arguments: usize) -> usize {
    BLOCK_WORDS + array_words(arguments) + BLOCK_WORDS
}

// The largest frame of the interpreter, which has more words of its own than native code has.
const _: () = {
    let largest = FrameLayout {
        kind: Kind::Interpreted,
        arguments: MOST_IN_A_BYTE,
        inline: MOST_IN_A_BYTE,
    };
    assert!(largest.record(MAX_DEPTH) <= FRAME_WORDS);
};
