//! What is made of the rows: an enum of all primitives, one of each group, and the table.

/// Makes the types of primitives from the rows, group by group.
///
/// A group's enum is for whoever does its primitives one by one: a new row does not compile before
/// there is something for it.
macro_rules! primitives {
    ($(
        $(#[doc = $group_doc:literal])*
        $group:ident {
            $(
                $variant:ident = $first:literal $(to $last:literal)?, $arguments:literal,
                $name:literal, $does:literal, $machines:expr, $effects:expr, $forms:expr;
            )*
        }
    )*) => {
        /// A primitive.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u8)]
        pub enum Primitive {
            $($(#[doc = $does] $variant,)*)*
        }

        /// What a primitive belongs to.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub enum Group {
            $($(#[doc = $group_doc])* $group,)*
        }

        $(
            $(#[doc = $group_doc])*
            #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
            pub enum $group {
                $(#[doc = $does] $variant,)*
            }
        )*

        /// A primitive in its group.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub enum Grouped {
            $($(#[doc = $group_doc])* $group($group),)*
        }

        /// The primitives, in the order of [`Primitive`].
        pub static ROWS: [Row; [$($(Primitive::$variant),*),*].len()] = [$($(
            Row {
                primitive: Primitive::$variant,
                group: Group::$group,
                first: $first,
                last: last!($first $($last)?),
                arguments: $arguments,
                name: $name,
                does: $does,
                machines: $machines,
                effects: $effects,
                forms: $forms,
            },
        )*)*];

        impl Primitive {
            /// The same, in its group.
            #[inline]
            pub const fn grouped(self) -> Grouped {
                match self {
                    $($(Primitive::$variant => Grouped::$group($group::$variant),)*)*
                }
            }
        }
    };
}

/// The last number of a row.
macro_rules! last {
    ($first:literal) => {
        $first
    };
    ($first:literal $last:literal) => {
        $last
    };
}

pub(super) use {last, primitives};
