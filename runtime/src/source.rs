//! Images that a machine can run.

use crate::native::NativeImage;
use smallworld_image::{Image, ReadError};

/// An image that a machine can run: it has been checked, and it is known whether native code
/// was made for it. A machine relies on both.
pub struct Source {
    image: Image,
    native: &'static NativeImage,
    own: bool,
}

impl Source {
    /// The image of a build, with its native code.
    ///
    /// # Errors
    /// The build has none, or it cannot be used, which a build would have found out.
    pub fn own(native: &'static NativeImage) -> Result<Source, ReadError> {
        Ok(Source {
            image: Image::read(native.image)?,
            native,
            own: true,
        })
    }

    /// Any image. What it shares with that of the build is native.
    ///
    /// # Errors
    /// What is wrong with which object.
    pub fn other(native: &'static NativeImage, image: Image) -> Result<Source, ReadError> {
        image.check_before_writing()?;
        Ok(Source {
            image,
            native,
            own: false,
        })
    }

    /// The image.
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// The build.
    pub fn native(&self) -> &'static NativeImage {
        self.native
    }

    /// Is it the image that the build was made from?
    pub fn is_own(&self) -> bool {
        self.own
    }
}
