//! Where things are: in objects that the machine knows, and on its stack.
//!
//! Source for the slots: the format specification, "Objects the machine knows".

mod frame;
pub mod limits;

pub use frame::{DESCRIPTOR, FrameLayout, Kind, PACKED};

/// The slots of a class. Class variables follow the last of them.
pub mod class_slot {
    /// Its name, a String.
    pub const NAME: usize = 0;
    /// Its superclass; nil for the topmost.
    pub const SUPERCLASS: usize = 1;
    /// Its methods, an Array; nil for none.
    pub const METHODS: usize = 2;
    /// How many slots an instance has.
    pub const SIZE: usize = 3;
    /// The names of its instance variables, an Array.
    pub const VARIABLES: usize = 4;
    /// The first class variable, and the least number of slots.
    pub const CLASS_VARIABLES: usize = 5;
}

/// The slots of a method.
pub mod method_slot {
    /// Its selector, a String.
    pub const NAME: usize = 0;
    /// Its bytecode, a ByteArray.
    pub const BYTECODES: usize = 1;
    /// Its literals, an Array.
    pub const LITERALS: usize = 2;
    /// How many operands its contexts hold.
    pub const STACK_SIZE: usize = 3;
    /// How many temporaries it has.
    pub const TEMPORARY_SIZE: usize = 4;
    /// The class it was compiled for; super sends start above it.
    pub const CLASS: usize = 5;
    /// Its source, a String, or nil.
    pub const TEXT: usize = 6;
    /// How many slots it has at least.
    pub const COUNT: usize = 7;
    /// In an image with closures: the method that a block is written in, or nil.
    pub const OUTER: usize = 7;
    /// What the code of a method is made from.
    pub const CODE: [usize; 3] = [NAME, BYTECODES, LITERALS];
}

/// The slots of a Context. A Block begins in the same way: its activation's Context is a copy of it.
pub mod context_slot {
    /// The Method.
    pub const METHOD: usize = 0;
    /// Array of arguments, receiver first.
    pub const ARGUMENTS: usize = 1;
    /// Array of temporaries.
    pub const TEMPORARIES: usize = 2;
    /// Array, the operand stack.
    pub const STACK: usize = 3;
    /// Offset of the next bytecode.
    pub const BYTE_POINTER: usize = 4;
    /// Operands on the stack.
    pub const STACK_TOP: usize = 5;
    /// The caller's Context.
    pub const PREVIOUS: usize = 6;
    /// Slots of a Context.
    pub const CONTEXT_SIZE: usize = 7;
}

/// The slots that a Block has after those of a Context.
pub mod block_slot {
    /// Where a block's parameters go in the temporaries.
    pub const ARGUMENT_LOCATION: usize = super::context_slot::CONTEXT_SIZE;
    /// The Context that created the block.
    pub const CREATOR: usize = ARGUMENT_LOCATION + 1;
    /// Where the block's code starts.
    pub const OLD_BYTE_POINTER: usize = CREATOR + 1;
    /// Slots of a Block.
    pub const BLOCK_SIZE: usize = OLD_BYTE_POINTER + 1;
}

/// The slots of a closure: a block of an image whose blocks have variables of their own. It runs its
/// method with itself as the receiver. Values that the block captures follow.
pub mod closure_slot {
    /// The block's method.
    pub const METHOD: usize = 0;
    /// The Context of the activation that `^` returns from; nil where there is no `^`.
    pub const HOME: usize = 1;
    /// What `self` is.
    pub const RECEIVER: usize = 2;
    /// The first captured value.
    pub const CAPTURED: usize = 3;
    /// A new closure takes at least home and receiver from the stack.
    pub const LEAST_TAKEN: usize = CAPTURED - HOME;
}

/// The first of a home's arguments is the receiver.
pub const RECEIVER: usize = 0;

/// The numbers of the classes that the machine itself makes objects of. They are the same in every
/// machine; other classes get theirs after these, in the order of the image.
pub mod class_number {
    /// SmallInt, of which there are no objects.
    pub const SMALL_INT: u32 = 0;
    /// Array.
    pub const ARRAY: u32 = 1;
    /// Block.
    pub const BLOCK: u32 = 2;
    /// Context.
    pub const CONTEXT: u32 = 3;
    /// How many there are.
    pub const KNOWN: usize = 4;

    /// What belongs to these classes, each in its place.
    pub const fn in_order<T: Copy>(small_int: T, array: T, block: T, context: T) -> [T; KNOWN] {
        let mut all = [small_int; KNOWN];
        all[ARRAY as usize] = array;
        all[BLOCK as usize] = block;
        all[CONTEXT as usize] = context;
        all
    }
}

/// Words of an object before its body.
pub const HEADER_WORDS: usize = 1;
/// Words that a closure takes of which so many slots are taken from the stack.
#[inline]
pub const fn closure_words(taken: usize) -> usize {
    HEADER_WORDS + closure_slot::HOME + taken
}
/// Words that a Block takes, and a block's Context.
pub const BLOCK_WORDS: usize = HEADER_WORDS + block_slot::BLOCK_SIZE;
/// Words that a method's Context takes.
pub const CONTEXT_WORDS: usize = HEADER_WORDS + context_slot::CONTEXT_SIZE;
/// Words that a Float takes.
pub const FLOAT_WORDS: usize = HEADER_WORDS + 1;

/// Words that an Array takes.
#[inline]
pub const fn array_words(size: usize) -> usize {
    HEADER_WORDS + size
}
