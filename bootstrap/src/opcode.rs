//! The instruction set as the compiler uses it; the numbers are those of the image format.

/// An operation: the high half of an instruction's byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Op {
    /// Pushes an instance variable of the receiver.
    PushInstance = 1,
    /// Pushes an argument; 0 is the receiver.
    PushArgument = 2,
    /// Pushes a temporary.
    PushTemporary = 3,
    /// Pushes a literal.
    PushLiteral = 4,
    /// Pushes 0–9, nil (10), true (11) or false (12).
    PushConstant = 5,
    /// Assigns an instance variable.
    AssignInstance = 6,
    /// Assigns a temporary.
    AssignTemporary = 7,
    /// Gathers arguments, receiver included.
    MarkArguments = 8,
    /// Sends the message whose selector is a literal.
    Send = 9,
    /// A [`Unary`] test.
    Unary = 10,
    /// `<`, `<=` or `+`.
    Binary = 11,
    /// Pushes a block.
    PushBlock = 12,
    /// Runs a primitive.
    Primitive = 13,
    /// Pushes a class variable.
    PushClassVariable = 14,
    /// One of [`Special`].
    Special = 15,
}

/// The operands of [`Op::Special`] the compiler uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Special {
    /// Returns the receiver.
    ReturnSelf = 1,
    /// Returns the top of the stack.
    ReturnTop = 2,
    /// Returns the top of the stack from a block's home method.
    ReturnFromHome = 3,
    /// Drops the top of the stack.
    Pop = 5,
    /// Goes to the offset in the next byte.
    Jump = 6,
    /// Goes there if the top of the stack is true.
    JumpIfTrue = 7,
    /// Goes there if it is false.
    JumpIfFalse = 8,
    /// Sends to the superclass.
    SendToSuper = 11,
}

/// The operands of [`Op::Unary`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Unary {
    /// `isNil`
    IsNil = 0,
    /// `notNil`
    NotNil = 1,
}
