//! What a build hands over: an image, the code of its methods, and what that relies on.

use crate::code::Code;

/// One translated method.
pub struct NativeMethod {
    /// Its number in the image's object table.
    pub object: u32,
    /// Fingerprint of class name, selector, bytecodes and literals.
    pub fingerprint: u64,
    /// Entry.
    pub code: Code,
    /// Blocks: offset of their code, and its translation.
    pub blocks: &'static [(u32, Code)],
    /// Its literals' place in the table of all; after them comes the Method object.
    pub first_literal: u32,
    /// How many literals it has.
    pub literals: u32,
}

/// One send site of translated code.
pub struct NativeSite {
    /// The selector.
    pub selector: &'static [u8],
    /// How many values it passes, the receiver included.
    pub arity: u8,
    /// Is it a super send?
    pub is_super: bool,
    /// Number of the native method.
    pub method: u32,
    /// Bytecode offset.
    pub ip: u32,
}

/// A method specialised for one class of receivers.
pub struct NativeUnit {
    /// The class's number.
    pub class: u32,
    /// Number of the native method.
    pub method: u32,
    /// Entry.
    pub code: Code,
    /// Places at which its code leaves for the baseline, in the order of their numbers.
    pub exits: &'static [NativeExit],
}

/// A place at which specialised code leaves for the baseline.
pub struct NativeExit {
    /// Number of the native method whose activation goes on there.
    pub method: u32,
    /// Offset in its bytecode.
    pub ip: u32,
}

/// Something that a specialised method relies on.
pub struct NativeAssumption {
    /// Number of the unit.
    pub unit: u32,
    /// What has to be so.
    pub fact: NativeFact,
}

/// What specialised code takes for granted, in this image or another. Classes are given by
/// their numbers, literals by their places in the table.
pub enum NativeFact {
    /// A lookup that starts at the class finds the native method.
    Finds {
        /// The class.
        class: u32,
        /// The selector.
        selector: &'static [u8],
        /// The method.
        method: u32,
    },
    /// The class that this one inherits from is that one.
    Inherits {
        /// The class.
        class: u32,
        /// The one above.
        above: u32,
    },
    /// The class is an instance of its metaclass, and has so many slots at least.
    Class {
        /// The class.
        class: u32,
        /// The metaclass.
        metaclass: u32,
        /// Its slots.
        slots: u32,
    },
    /// The literal is an instance of the class, and has so many slots at least.
    Literal {
        /// The literal.
        literal: u32,
        /// The class.
        class: u32,
        /// Its slots.
        slots: u32,
    },
    /// The literal is the class itself.
    LiteralIsClass {
        /// The literal.
        literal: u32,
        /// The class.
        class: u32,
    },
    /// nil, false and true are the instances of these classes.
    Constants {
        /// The class of nil.
        nil: u32,
        /// The class of false.
        false_: u32,
        /// The class of true.
        true_: u32,
    },
    /// No program has changed a Block that native code made.
    Blocks,
    /// The native method is what it was at the build, and so are its blocks.
    Unchanged {
        /// The method.
        method: u32,
    },
}

/// The profile that a build was guided by, and how well it matched the image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NativeProfile {
    /// How its file was called.
    pub name: &'static str,
    /// Hash of what it says.
    pub hash: u64,
    /// Sites that were used.
    pub matched: usize,
    /// Sites of methods whose bytecode had changed.
    pub stale: usize,
    /// Sites of methods or classes that were not there.
    pub unmatched: usize,
    /// How often specialised code was left for the baseline when it was recorded.
    pub exits: u64,
}

/// Says that a [`NativeImage`] is what the translator made of an image. The machine calls its
/// code and follows its tables without a doubt, so only the module that takes in a
/// translation may say so.
pub struct Contract(());

impl Contract {
    /// It is so.
    ///
    /// # Safety
    /// Image, code and tables come from one run of the translator, unchanged, and the
    /// translator is of the same version as this crate.
    pub const unsafe fn holds() -> Contract {
        Contract(())
    }
}

/// Everything a build hands over.
pub struct NativeImage {
    /// It is what the translator made.
    pub contract: Contract,
    /// The image file.
    pub image: &'static [u8],
    /// The methods.
    pub methods: &'static [NativeMethod],
    /// The send sites.
    pub sites: &'static [NativeSite],
    /// Methods specialised by a profile.
    pub units: &'static [NativeUnit],
    /// What they rely on.
    pub assumptions: &'static [NativeAssumption],
    /// Names of the classes that the code tests for, in the order of their numbers.
    pub classes: &'static [&'static [u8]],
    /// How the build came about, for `info`: name of the image, hash.
    pub about: &'static str,
    /// The profile, if there was one.
    pub profile: Option<NativeProfile>,
}

/// A build without native code: everything is interpreted.
pub static NO_NATIVE: NativeImage = NativeImage {
    contract: Contract(()),
    image: &[],
    methods: &[],
    sites: &[],
    units: &[],
    assumptions: &[],
    classes: &[],
    about: "",
    profile: None,
};
