//! Limits on which the machine and the translator of its code have to agree.

/// Deepest operand stack of a method that is run.
pub const MAX_DEPTH: usize = 2000;

/// Words that any code writes at most above the base of its frame, the arguments of what it
/// calls included. (The largest frame of one method: 255 arguments, 255 temporaries, the
/// deepest operand stack, and a few words of the machine's.)
pub const FRAME_WORDS: usize = 3072;

/// Words of nursery that code finds at least after a pause.
pub const REGION_WORDS: usize = 4096;
