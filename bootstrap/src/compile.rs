//! From the text of one method to its code.

use crate::ast::Literal;
use crate::codegen;
use crate::diagnostic::TextError;
use crate::language::Language;
use crate::parser;
use crate::scopes::{self, Scope};

/// A compiled method, not yet an object of an image.
#[derive(Debug, Clone, PartialEq)]
pub struct CompiledMethod {
    /// The selector.
    pub selector: String,
    /// The instructions.
    pub bytecodes: Vec<u8>,
    /// The literals the instructions refer to.
    pub literals: Vec<Literal>,
    /// How many slots the stack of an activation needs.
    pub stack_size: usize,
    /// How many temporaries an activation has, the parameters of blocks among them.
    pub temporary_size: usize,
}

/// Compiles the text of a method.
///
/// The result is what the compiler inside the image makes of the same text. The errors are all those
/// that could be found, at offsets into `text`.
///
/// ```
/// use smallworld_bootstrap::{compile_method, Language, Scope};
///
/// let scope = Scope {
///     instance_variables: &[],
///     class_variables: &[],
///     is_class: &|_| false,
/// };
/// let method = compile_method("twice: n ^ n + n", scope, Language::OWN).unwrap();
/// assert_eq!(method.selector, "twice:");
/// assert_eq!(method.bytecodes, [0x21, 0x21, 0xb2, 0xf2, 0xf5, 0xf1]);
/// ```
pub fn compile_method(
    text: &str,
    scope: Scope<'_>,
    language: Language,
) -> Result<CompiledMethod, Vec<TextError>> {
    let method = parser::parse_method(text, language).map_err(|error| vec![error])?;
    let names = scopes::resolve(&method, scope, language)?;
    codegen::generate(&method, &names, language).map_err(|message| vec![TextError::new(0, message)])
}
