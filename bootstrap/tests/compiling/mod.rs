//! Compiling single methods, for tests.

use smallworld_bootstrap::{Blocks, CompiledMethod, Language, Scope, compile_method};

/// The method, of a class with two instance variables and a class variable; or what is wrong.
pub fn compile_in(text: &str, language: Language) -> Result<CompiledMethod, Vec<String>> {
    let instance_variables = ["x".to_string(), "y".to_string()];
    let class_variables = ["Origin".to_string()];
    let scope = Scope {
        instance_variables: &instance_variables,
        class_variables: &class_variables,
        is_class: &|name| name == "Object",
    };
    compile_method(text, scope, language).map_err(|errors| {
        errors
            .iter()
            .map(|error| format!("{}: {}", error.offset, error.message))
            .collect()
    })
}

/// The method in the language of our own image, with blocks that share its temporaries.
pub fn compile(text: &str) -> Result<CompiledMethod, Vec<String>> {
    compile_in(text, Language::OWN.with_blocks(Blocks::Shared))
}

/// What is wrong with it.
pub fn errors(text: &str) -> Vec<String> {
    compile(text).unwrap_err()
}

/// The code as `high:low` pairs; operand bytes are split like all others.
pub fn code_of(method: &CompiledMethod) -> String {
    let pairs: Vec<String> = method
        .bytecodes
        .iter()
        .map(|byte| format!("{}:{}", byte / 16, byte % 16))
        .collect();
    pairs.join(" ")
}

/// The code of a method in the language of our own image.
pub fn code(text: &str) -> String {
    code_of(&compile(text).unwrap())
}
