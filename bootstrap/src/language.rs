//! Which language a text is in, and what kind of code is made of it.

/// The language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// What this project's own image speaks.
    #[default]
    Current,
    /// What the images of 2004 and 2015 speak: `<-`, no cascades, no symbols, `#( )` evaluated where it
    /// stands, and variables of blocks that are variables of the method.
    Of2015,
}

impl Dialect {
    /// The dialect as it is written in a class file and on a command line.
    ///
    /// ```
    /// use smallworld_bootstrap::Dialect;
    ///
    /// assert_eq!(Dialect::named("2015"), Some(Dialect::Of2015));
    /// assert_eq!(Dialect::named("2016"), None);
    /// ```
    pub fn named(name: &str) -> Option<Dialect> {
        match name {
            "2015" => Some(Dialect::Of2015),
            "current" => Some(Dialect::Current),
            _ => None,
        }
    }
}

/// What blocks become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Blocks {
    /// Places in the code of their method, which share its temporaries.
    #[default]
    Shared,
    /// Methods of their own, which run in closures.
    Closures,
}

/// What follows the last statement of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trailing {
    /// Only the end of the text may follow.
    #[default]
    Reject,
    /// Anything may follow and is ignored, as the 2015 image's own compiler does.
    Ignore,
}

/// How a text is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Language {
    /// The language it is in.
    pub dialect: Dialect,
    /// What its blocks become.
    pub blocks: Blocks,
    /// What may follow its last statement.
    pub trailing: Trailing,
}

impl Language {
    /// What this project's own image is written in.
    pub const OWN: Language = Language {
        dialect: Dialect::Current,
        blocks: Blocks::Closures,
        trailing: Trailing::Reject,
    };

    /// What the compiler inside the 2015 image takes, and the code it makes of it.
    pub const OF_2015: Language = Language {
        dialect: Dialect::Of2015,
        blocks: Blocks::Shared,
        trailing: Trailing::Ignore,
    };

    /// The same for another dialect.
    #[must_use]
    pub const fn with_dialect(self, dialect: Dialect) -> Language {
        Language { dialect, ..self }
    }

    /// The same for other blocks.
    #[must_use]
    pub const fn with_blocks(self, blocks: Blocks) -> Language {
        Language { blocks, ..self }
    }

    /// Whether the stack is counted the way the 2015 image's compiler counts it.
    pub(crate) fn is_original(self) -> bool {
        self.dialect == Dialect::Of2015 && self.trailing == Trailing::Ignore
    }
}
