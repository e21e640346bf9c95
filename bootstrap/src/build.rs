//! From source texts to an image.

use std::collections::HashSet;

use smallworld_image::Image;

use crate::ast::Literal;
use crate::compile::{CompiledMethod, compile_method};
use crate::definition::{Definitions, Fault, InitialValue, MethodDefinition};
use crate::diagnostic::{Diagnostic, Source};
use crate::hierarchy::Hierarchy;
use crate::language::{Blocks, Language};
use crate::layout::{self, BuiltMethod, ClassMethods};
use crate::scopes::Scope;
use crate::{chunk_file, class_file};

/// Builds an image from source texts, each in the class-file or the file-in format.
///
/// The same sources give the same image, in whatever order they come. If anything is wrong, the
/// answer is all that is wrong, in the order of the sources.
pub fn build(sources: &[Source]) -> Result<Image, Vec<Diagnostic>> {
    let sources: Vec<Source> = sources.iter().map(with_plain_line_ends).collect();
    let mut definitions = read(&sources);
    let mut faults = std::mem::take(&mut definitions.faults);
    let hierarchy = Hierarchy::resolve(&definitions, &mut faults);
    check_initial_values(&hierarchy, &mut faults);
    let methods = compile_all(&definitions, &hierarchy, &mut faults);
    if !faults.is_empty() {
        return Err(to_diagnostics(&sources, faults));
    }
    layout::lay_out(&hierarchy, &methods).map_err(|message| vec![without_place(message)])
}

/// Reads what the sources define, without building anything.
pub fn read(sources: &[Source]) -> Definitions {
    let mut definitions = Definitions::default();
    for (number, source) in sources.iter().enumerate() {
        if chunk_file::is_chunk_file(&source.text) {
            chunk_file::read(&source.text, number, &mut definitions);
        } else {
            class_file::read(&source.text, number, &mut definitions);
        }
    }
    definitions
}

fn with_plain_line_ends(source: &Source) -> Source {
    Source::new(source.name.clone(), source.text.replace("\r\n", "\n"))
}

fn compile_all(
    definitions: &Definitions,
    hierarchy: &Hierarchy<'_>,
    faults: &mut Vec<Fault>,
) -> Vec<ClassMethods> {
    let mut all: Vec<ClassMethods> = Vec::new();
    all.resize_with(hierarchy.classes.len(), ClassMethods::default);
    let mut seen = HashSet::new();
    for method in &definitions.methods {
        let Some(class) = hierarchy.find(&method.class) else {
            faults.push(Fault::new(
                method.place,
                format!("this method's class {} is not defined", method.class),
            ));
            continue;
        };
        let Some(code) = compile_one(method, hierarchy, class, faults) else {
            continue;
        };
        if !seen.insert((class, method.class_side, code.selector.clone())) {
            let side = if method.class_side { " class" } else { "" };
            faults.push(Fault::new(
                method.place,
                format!(
                    "{}{side} >> {} is defined twice",
                    method.class, code.selector
                ),
            ));
        }
        let list = if method.class_side {
            &mut all[class].class_side
        } else {
            &mut all[class].instance_side
        };
        list.push(BuiltMethod {
            code,
            text: method.text.clone(),
        });
    }
    for methods in &mut all {
        for list in [&mut methods.instance_side, &mut methods.class_side] {
            list.sort_by(|a, b| a.code.selector.cmp(&b.code.selector));
        }
    }
    all
}

fn compile_one(
    method: &MethodDefinition,
    hierarchy: &Hierarchy<'_>,
    class: usize,
    faults: &mut Vec<Fault>,
) -> Option<CompiledMethod> {
    let is_class = |name: &str| hierarchy.find(name).is_some();
    let class = &hierarchy.classes[class];
    let scope = if method.class_side {
        Scope {
            instance_variables: &class.class_side_variables,
            class_variables: &[],
            is_class: &is_class,
        }
    } else {
        Scope {
            instance_variables: &class.instance_variables,
            class_variables: &class.class_variables,
            is_class: &is_class,
        }
    };
    let language = Language::OWN
        .with_dialect(method.dialect)
        .with_blocks(hierarchy.blocks());
    let is_float = |literal: &Literal| matches!(literal, Literal::Float(_));
    match compile_method(&method.text, scope, language) {
        Ok(code)
            if hierarchy.blocks() == Blocks::Shared
                && code.literals.iter().any(|it| it.any(&is_float)) =>
        {
            faults.push(Fault::new(
                method.place,
                format!("{}: {NO_FLOATS}", code.selector),
            ));
            None
        }
        Ok(code) => Some(code),
        Err(errors) => {
            for error in errors {
                faults.push(Fault::new(method.place.plus(error.offset), error.message));
            }
            None
        }
    }
}

const NO_FLOATS: &str =
    "an image without closures cannot hold a float literal; compute it, as in '(5 asFloat / 2)'";

fn check_initial_values(hierarchy: &Hierarchy<'_>, faults: &mut Vec<Fault>) {
    for class in &hierarchy.classes {
        for variable in &class.definition.class_variables {
            check_value(&variable.value, hierarchy, &mut |message| {
                faults.push(Fault::new(variable.place, message));
            });
        }
    }
}

fn check_value(value: &InitialValue, hierarchy: &Hierarchy<'_>, fault: &mut dyn FnMut(String)) {
    match value {
        InitialValue::Array(values) => {
            for value in values {
                check_value(value, hierarchy, fault);
            }
        }
        InitialValue::Literal(Literal::Float(_)) if hierarchy.blocks() == Blocks::Shared => {
            fault(NO_FLOATS.to_string());
        }
        InitialValue::Literal(Literal::Class(name)) if hierarchy.find(name).is_none() => {
            fault(format!("unknown class '{name}'"));
        }
        InitialValue::Literal(_) | InitialValue::AllClasses | InitialValue::AllSymbols => {}
    }
}

fn to_diagnostics(sources: &[Source], mut faults: Vec<Fault>) -> Vec<Diagnostic> {
    faults.sort_by_key(|fault| (fault.place.source, fault.place.offset));
    faults
        .into_iter()
        .map(|fault| match sources.get(fault.place.source) {
            Some(source) => source.diagnostic(fault.place.offset, fault.message),
            None => without_place(fault.message),
        })
        .collect()
}

fn without_place(message: String) -> Diagnostic {
    Diagnostic {
        file: "the sources".to_string(),
        line: 1,
        column: 1,
        message,
        line_text: String::new(),
    }
}
