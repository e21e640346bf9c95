//! Images that a machine can run.

use crate::methods::Findings;
use crate::native::NativeImage;
use smallworld_image::{Dialect, Image, MethodRef, ObjId, ReadError, fingerprint};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// An image that a machine can run: it has been checked, and it is known whether native code
/// was made for it. A machine relies on both.
pub struct Source {
    image: Image,
    native: &'static NativeImage,
    own: bool,
    findings: Arc<Findings>,
    fingerprints: OnceLock<HashMap<ObjId, u64>>,
    methods: OnceLock<Vec<MethodRef>>,
    dialect: OnceLock<&'static Dialect>,
}

impl Source {
    /// The image of a build, with its native code.
    ///
    /// # Errors
    /// The build has none, or it cannot be used, which a build would have found out.
    pub fn own(native: &'static NativeImage) -> Result<Source, ReadError> {
        Ok(Source::new(Image::read(native.image)?, native, true))
    }

    /// Any image. What it shares with that of the build is native.
    ///
    /// # Errors
    /// What is wrong with which object.
    pub fn other(native: &'static NativeImage, image: Image) -> Result<Source, ReadError> {
        image.check_before_writing()?;
        Ok(Source::new(image, native, false))
    }

    fn new(image: Image, native: &'static NativeImage, own: bool) -> Source {
        Source {
            image,
            native,
            own,
            findings: Arc::default(),
            fingerprints: OnceLock::new(),
            methods: OnceLock::new(),
            dialect: OnceLock::new(),
        }
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

    /// What the verifier has said of methods; for one machine more.
    pub(crate) fn findings(&self) -> Arc<Findings> {
        self.findings.begin();
        Arc::clone(&self.findings)
    }

    /// The methods of the image.
    pub(crate) fn methods(&self) -> &[MethodRef] {
        self.methods.get_or_init(|| self.image.methods())
    }

    /// The machine that the image was made for.
    pub(crate) fn dialect(&self) -> &'static Dialect {
        self.dialect.get_or_init(|| Dialect::of(&self.image))
    }

    /// The fingerprint of a method of the image, if it has one.
    pub(crate) fn fingerprint(&self, method: ObjId) -> Option<u64> {
        let all = self.fingerprints.get_or_init(|| {
            let methods = self.methods().iter().map(|found| found.method);
            methods
                .filter_map(|method| Some((method, fingerprint(&self.image, method)?)))
                .collect()
        });
        all.get(&method).copied()
    }
}
