//! The macro that takes in what a build script has translated.

/// Makes a module of what the build script has translated:
/// `smallworld_runtime::include_image!(image);` gives `image::NATIVE`, the image with its
/// native code, for [`Machine::new`](crate::embed::Machine::new).
///
/// The build script is `smallworld_translator::script`'s. The crate must be of the 2024
/// edition, since generated code is.
///
/// Clippy and `cargo doc` get to see an image without native code, of which they have nothing to
/// say.
///
/// Without a name there is no module around it: for a crate that has nothing else, and that
/// allows what generated code is not clean of.
#[macro_export]
macro_rules! include_image {
    () => {
        // Lints and documentation leave out translated code, and going through it takes minutes:
        // neither gets to see it.
        #[cfg(any(clippy, doc))]
        pub use $crate::native::NO_NATIVE as NATIVE;

        /// The translated methods, one module a class.
        #[cfg(not(any(clippy, doc)))]
        #[doc(hidden)] // Thousands of pages that `cargo doc` would write.
        pub mod modules {
            include!(concat!(env!("OUT_DIR"), "/modules.rs"));
        }

        /// The image with its native code.
        #[cfg(not(any(clippy, doc)))]
        pub static NATIVE: $crate::native::NativeImage = $crate::native::NativeImage {
            // SAFETY: all of it was written by one run of the build script.
            contract: unsafe { $crate::native::Contract::holds() },
            image: include_bytes!(concat!(env!("OUT_DIR"), "/image.bin")),
            methods: modules::tables::METHODS,
            sites: modules::tables::SITES,
            units: modules::tables::UNITS,
            assumptions: modules::tables::ASSUMPTIONS,
            classes: modules::tables::CLASSES,
            about: modules::tables::ABOUT,
            profile: modules::tables::PROFILE,
        };
    };
    ($(#[$attribute:meta])* $visibility:vis $name:ident) => {
        $(#[$attribute])*
        #[allow(
            unused,
            unreachable_code,
            unreachable_pub,
            unsafe_code,
            unsafe_op_in_unsafe_fn,
            missing_docs,
            clippy::all,
            clippy::pedantic,
            clippy::undocumented_unsafe_blocks
        )]
        $visibility mod $name {
            $crate::include_image!();
        }
    };
}
