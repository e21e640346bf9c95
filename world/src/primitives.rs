//! What the primitives do, in a few words each.

use smallworld_abi::primitive::Primitive;
use smallworld_image::Dialect;

/// What primitive `number` does on a machine; empty for one that it has not, and for the host's.
pub fn meaning(dialect: &Dialect, number: u8) -> &'static str {
    match dialect.primitive(number) {
        None | Some(Primitive::HostFunction) => "",
        Some(primitive) => primitive.row().name,
    }
}
