//! The frame of an activation on the machine stack.

/// What a record on the machine stack is, for whoever walks it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// A native method activation, temporaries in the frame.
    Native,
    /// A native method activation that makes blocks: temporaries Array, arguments Array.
    NativeShared,
    /// A native block activation: temporaries Array, arguments Array, as above.
    NativeBlock,
    /// An activation the interpreter runs.
    Interpreted,
    /// An activation whose state has moved to its Context (word 0 of the record).
    Heap,
    /// Primitive 6 started a chain here.
    Boundary,
    /// The start of a process.
    Bottom,
    /// Arguments saved at a safepoint.
    Arguments,
    /// The machine asked the image to deal with an error. Whoever walks the records does not
    /// meet it.
    ErrorMark,
}

impl Kind {
    /// Its name in Rust.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Native => "Native",
            Kind::NativeShared => "NativeShared",
            Kind::NativeBlock => "NativeBlock",
            Kind::Interpreted => "Interpreted",
            Kind::Heap => "Heap",
            Kind::Boundary => "Boundary",
            Kind::Bottom => "Bottom",
            Kind::Arguments => "Arguments",
            Kind::ErrorMark => "ErrorMark",
        }
    }

    /// Is a record of this kind an activation of a method or block (and not one of the machine's
    /// marks)?
    #[inline]
    pub const fn is_activation(self) -> bool {
        match self {
            Kind::Native
            | Kind::NativeShared
            | Kind::NativeBlock
            | Kind::Interpreted
            | Kind::Heap => true,
            Kind::Boundary | Kind::Bottom | Kind::Arguments | Kind::ErrorMark => false,
        }
    }
}

/// The last word of a record, counted from its end, is the address of its descriptor, plus 1.
pub const DESCRIPTOR: usize = 1;
/// Where the descriptor does not say how large the record is, this word, counted from the end,
/// does.
pub const PACKED: usize = 2;

/// The words of an activation's frame, counted from its base.
///
/// ```text
/// base[0..n]    arguments, the receiver first (for a block: the Block, n = 1)
/// base[n]       its Context, or SmallInt 0
/// then          nothing else in a native frame of a method without blocks; in others
/// base[n + 1]     temporaries Array, or SmallInt 0 while they are in the frame
/// base[n + 2]     arguments Array, or SmallInt 0 while nobody needed it
///               and in an interpreted frame
/// base[n + 3]     the Method object
/// base[n + 4]     the address of the machine's Method, plus 1
/// then          temporaries that are in the frame
/// then          operands
/// last          in an interpreted frame a packed word; the address of the descriptor, plus 1
/// ```
///
/// While it waits for a result, all of that is written, and it is a complete *record*.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FrameLayout {
    /// What it is.
    pub kind: Kind,
    /// Arguments, receiver included (1 for a block: the Block).
    pub arguments: usize,
    /// Temporaries in the frame.
    pub inline: usize,
}

impl FrameLayout {
    /// A native method without blocks.
    #[inline]
    pub const fn native(arguments: usize, temporaries: usize) -> FrameLayout {
        FrameLayout {
            kind: Kind::Native,
            arguments,
            inline: temporaries,
        }
    }

    /// A native method with blocks.
    #[inline]
    pub const fn shared(arguments: usize) -> FrameLayout {
        FrameLayout {
            kind: Kind::NativeShared,
            arguments,
            inline: 0,
        }
    }

    /// A native block.
    #[inline]
    pub const fn block() -> FrameLayout {
        FrameLayout {
            kind: Kind::NativeBlock,
            arguments: 1,
            inline: 0,
        }
    }

    /// An interpreted method with so many temporaries in the frame.
    #[inline]
    pub const fn interpreted(arguments: usize, inline: usize) -> FrameLayout {
        FrameLayout {
            kind: Kind::Interpreted,
            arguments,
            inline,
        }
    }

    /// An interpreted block.
    #[inline]
    pub const fn interpreted_block() -> FrameLayout {
        FrameLayout::interpreted(1, 0)
    }

    /// Words between the arguments and the temporaries in the frame.
    #[inline]
    const fn fixed(self) -> usize {
        match self.kind {
            Kind::NativeShared | Kind::NativeBlock => 3,
            Kind::Interpreted => 5,
            Kind::Native
            | Kind::Heap
            | Kind::Boundary
            | Kind::Bottom
            | Kind::Arguments
            | Kind::ErrorMark => 1,
        }
    }

    /// The word for the activation's Context.
    #[inline]
    pub const fn context(self) -> usize {
        self.arguments
    }

    /// The word for the temporaries Array.
    #[inline]
    pub const fn temporaries(self) -> usize {
        self.arguments + 1
    }

    /// The word for the arguments Array.
    #[inline]
    pub const fn arguments_array(self) -> usize {
        self.arguments + 2
    }

    /// The word for the Method object, in an interpreted frame.
    #[inline]
    pub const fn method(self) -> usize {
        self.arguments + 3
    }

    /// The word for the machine's Method, in an interpreted frame.
    #[inline]
    pub const fn machine_method(self) -> usize {
        self.arguments + 4
    }

    /// The word for temporary `i`, where temporaries are in the frame.
    #[inline]
    pub const fn temporary(self, i: usize) -> usize {
        self.arguments + self.fixed() + i
    }

    /// The word for operand `i`.
    #[inline]
    pub const fn operand(self, i: usize) -> usize {
        self.temporary(self.inline) + i
    }

    /// Words of a record with `depth` operands.
    #[inline]
    pub const fn record(self, depth: usize) -> usize {
        let end = match self.kind {
            Kind::Interpreted | Kind::Heap => PACKED,
            _ => DESCRIPTOR,
        };
        self.operand(depth) + end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_each_other() {
        let plain = FrameLayout::native(2, 3);
        assert_eq!(
            (plain.context(), plain.temporary(0), plain.operand(0)),
            (2, 3, 6)
        );
        assert_eq!(plain.record(1), 8);
        for layout in [FrameLayout::shared(2), FrameLayout::block()] {
            let n = layout.arguments;
            assert_eq!(layout.temporaries(), layout.context() + 1);
            assert_eq!(layout.operand(0), layout.arguments_array() + 1);
            assert_eq!(layout.record(0), n + 4);
        }
        let interpreted = FrameLayout::interpreted(4, 2);
        assert_eq!(interpreted.temporary(0), interpreted.machine_method() + 1);
        assert_eq!(interpreted.machine_method(), interpreted.method() + 1);
        assert_eq!(interpreted.operand(1), 4 + 5 + 2 + 1);
        assert_eq!(interpreted.record(1), interpreted.operand(1) + 2);
    }
}
