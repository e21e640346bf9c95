//! Compiles the text of every method of the 2015 image and compares with what is stored there.

#[allow(dead_code)]
mod common;

use common::Reader;
use smallworld_bootstrap::ast::Literal;
use smallworld_bootstrap::{Language, Scope, compile_method};

/// Parameters of successive blocks share a place in the temporaries: an older compiler gave the
/// place back at the end of a block.
const PLACE_REUSED: &str = "compiled when blocks gave their parameters' places back";

/// The class is not in the list of classes that a name is looked up in.
const CLASS_NOT_LISTED: &str = "names a class that is not listed any more";

/// Class-side methods see the variables of class Class as their own.
const NAME_TAKEN: &str = "its argument has the name of a variable of class Class";

/// The methods that are not reproduced, each with the reason. The image's own compiler does not
/// reproduce them either.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("Array>>+", PLACE_REUSED),
    ("Array>>inspect", PLACE_REUSED),
    ("Array>>removeAt:", PLACE_REUSED),
    ("SmallInt>>asLargeInteger", CLASS_NOT_LISTED),
    ("SmallInt>>inspect", CLASS_NOT_LISTED),
    ("Undefined>>test", CLASS_NOT_LISTED),
    ("MetaArray>>new:", NAME_TAKEN),
    ("Object>>inspect", PLACE_REUSED),
    (
        "Class>>hierarchy:",
        "a period is missing before its last statement, which is now ignored",
    ),
    ("MetaClass>>at:ifAbsent:", NAME_TAKEN),
    ("Parser>>nameNode:", PLACE_REUSED),
    ("MetaString>>new:", NAME_TAKEN),
    ("LargePositive>>negated", CLASS_NOT_LISTED),
    (
        "List>>remove:",
        "has an empty block, which is not allowed now",
    ),
    ("MetaByteArray>>new:", NAME_TAKEN),
    ("MetaFile>>openRead:", NAME_TAKEN),
    ("MetaFile>>openWrite:", NAME_TAKEN),
];

#[test]
fn stored_methods_compile_to_the_stored_code() {
    let Some(folder) = smallworld_needs::shared() else {
        return;
    };
    let image = Reader::open(&folder.join("images/smallworld-2015.image"));
    let class_names: Vec<String> = image.class_names();
    let is_class = |name: &str| class_names.iter().any(|own| own == name);

    let methods = image.methods();
    assert_eq!(methods.len(), 504);
    let mut different = Vec::new();
    for method in &methods {
        let instance_variables = image.instance_variables(method.class);
        let class_variables = image.class_variables(method.class);
        let scope = Scope {
            instance_variables: &instance_variables,
            class_variables: &class_variables,
            is_class: &is_class,
        };
        let name = format!("{}>>{}", image.name(method.class), method.selector);
        let outcome = match compile_method(&method.text, scope, Language::OF_2015) {
            Err(errors) => Err(format!(
                "{} (at byte {})",
                errors[0].message, errors[0].offset
            )),
            Ok(compiled) if compiled.selector != method.selector => Err("another selector".into()),
            Ok(compiled) if compiled.bytecodes != method.bytecodes => Err(format!(
                "bytecodes\n  {:02x?}\n  {:02x?}",
                compiled.bytecodes, method.bytecodes
            )),
            Ok(compiled) => {
                let literals: Vec<Option<Literal>> = method
                    .literals
                    .iter()
                    .map(|at| image.literal(*at))
                    .collect();
                let same = literals.len() == compiled.literals.len()
                    && literals
                        .iter()
                        .zip(&compiled.literals)
                        .all(|(stored, own)| stored.as_ref() == Some(own));
                if same {
                    Ok(())
                } else {
                    Err(format!("literals\n {:?}\n {literals:?}", compiled.literals))
                }
            }
        };
        if let Err(reason) = outcome {
            different.push((name, reason));
        }
    }
    for (name, reason) in &different {
        println!("{name}: {reason}");
    }
    println!(
        "{} of {} methods reproduced",
        methods.len() - different.len(),
        methods.len()
    );
    let names: Vec<&str> = different.iter().map(|(name, _)| name.as_str()).collect();
    let expected: Vec<&str> = EXCEPTIONS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, expected);
}
