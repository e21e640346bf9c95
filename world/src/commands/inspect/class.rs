//! What is said of a class: where it stands, its variables, its methods on both sides.

use super::metaclasses;
use crate::commands::Output;
use crate::console::{counted, grouped, one_line, padded};
use crate::failure::Outcome;
use crate::json::Json;
use crate::listing::literal_text;
use crate::subject::superclasses;
use crate::variables::{class_variables, instance_variables, own_variables};
use smallworld_image::{Image, MethodRef, ObjId, class_slot, method_shape};

/// A class, looked at.
pub struct ClassView {
    class: ObjId,
    superclasses: Vec<ObjId>,
    subclasses: Vec<ObjId>,
    instances: usize,
    methods: Vec<Method>,
    /// The class side and its methods; nothing for a metaclass.
    class_side: Option<(ObjId, Vec<Method>)>,
}

/// A method in the list.
struct Method {
    selector: String,
    /// What is in it; or what is wrong with it.
    about: Result<About, String>,
}

struct About {
    bytes: usize,
    first_comment: String,
    /// Its text, where the image has it.
    source: Option<String>,
}

impl ClassView {
    /// Looks at a class.
    pub fn of(image: &Image, class: ObjId) -> ClassView {
        let classes = image.classes();
        let metaclasses = metaclasses(image, &classes);
        let subclasses = classes.iter().copied();
        let class_side = image
            .class_of(class)
            .filter(|side| metaclasses.contains(side) && !metaclasses.contains(&class));
        let mut view = ClassView {
            class,
            superclasses: superclasses(image, class),
            subclasses: subclasses
                .filter(|&other| image.superclass_of(other) == Some(class))
                .collect(),
            instances: image.objects.iter().filter(|o| o.class == class).count(),
            methods: methods(image, class),
            class_side: class_side.map(|side| (side, methods(image, side))),
        };
        view.subclasses
            .sort_by_key(|&class| image.name_of_class(class));
        view
    }

    /// For people.
    pub fn write(&self, image: &Image, output: &mut Output<'_>) -> Outcome {
        let style = output.style;
        let names = |classes: &[ObjId], separator: &str| {
            let names: Vec<String> = classes.iter().map(|&c| image.name_of_class(c)).collect();
            names.join(separator)
        };
        let name = image.name_of_class(self.class);
        let number = style.faint(&format!("(object {})", self.class.0));
        writeln!(output.out, "{} {number}\n", style.heading(&name))?;

        let own = own_variables(image, self.class);
        let all = instance_variables(image, self.class);
        let inherited = &all[..all.len() - own.len()];
        let superclasses = match self.superclasses.as_slice() {
            [] => "none".to_owned(),
            chain => names(chain, " < "),
        };
        let mut variables = own.join(" ");
        if !inherited.is_empty() {
            let inherited = style.faint(&format!("(inherited: {})", inherited.join(" ")));
            let blank = if own.is_empty() { "" } else { " " };
            variables = format!("{variables}{blank}{inherited}");
        }
        let facts = [
            ("superclasses", superclasses),
            ("subclasses", names(&self.subclasses, ", ")),
            ("variables", variables),
            ("instances", grouped(self.instances)),
        ];
        for (name, fact) in facts {
            if !fact.is_empty() {
                writeln!(output.out, "  {}{fact}", padded(name, 17))?;
            }
        }
        for (place, (variable, value)) in self.class_variables(image).into_iter().enumerate() {
            let heading = if place == 0 { "class variables" } else { "" };
            writeln!(output.out, "  {}{variable} = {value}", padded(heading, 17))?;
        }
        write_methods("methods", &self.methods, output)?;
        if let Some((side, methods)) = &self.class_side
            && !methods.is_empty()
        {
            let title = format!("class side, {}", image.name_of_class(*side));
            write_methods(&title, methods, output)?;
        }
        Ok(())
    }

    /// Names and values of the slots beyond those every class has.
    fn class_variables(&self, image: &Image) -> Vec<(String, String)> {
        let names = class_variables(image, self.class);
        let slots = image.slots_of(self.class).unwrap_or_default();
        let values = slots.iter().skip(class_slot::CLASS_VARIABLES).enumerate();
        values
            .map(|(n, &value)| {
                let name = names.get(n).cloned();
                let name = name.unwrap_or_else(|| format!("(unnamed {n})"));
                (name, literal_text(image, value))
            })
            .collect()
    }

    /// For programs.
    pub fn json(&self, image: &Image) -> Json {
        let names = |classes: &[ObjId]| -> Json {
            classes.iter().map(|&c| image.name_of_class(c)).collect()
        };
        let variables = self.class_variables(image);
        let class_variables = variables
            .into_iter()
            .map(|(name, value)| Json::Object(vec![("name", name.into()), ("value", value.into())]))
            .collect();
        let side = self.class_side.as_ref();
        Json::Object(vec![
            ("class", image.name_of_class(self.class).into()),
            ("object", (self.class.index()).into()),
            ("superclasses", names(&self.superclasses)),
            ("subclasses", names(&self.subclasses)),
            (
                "variables",
                own_variables(image, self.class).into_iter().collect(),
            ),
            (
                "allVariables",
                instance_variables(image, self.class).into_iter().collect(),
            ),
            ("classVariables", class_variables),
            ("instances", self.instances.into()),
            ("methods", methods_json(&self.methods)),
            (
                "classSide",
                side.map(|(class, _)| image.name_of_class(*class)).into(),
            ),
            (
                "classMethods",
                side.map_or(Json::List(vec![]), |(_, methods)| methods_json(methods)),
            ),
        ])
    }
}

fn methods(image: &Image, class: ObjId) -> Vec<Method> {
    let methods = image.methods_of(class).iter().enumerate();
    methods
        .map(|(index, &method)| match method_shape(image, method) {
            Ok(parts) => Method {
                selector: one_line(parts.name),
                about: Ok(About {
                    bytes: parts.code.len(),
                    first_comment: first_comment(parts.text.unwrap_or_default()),
                    source: parts
                        .text
                        .map(|text| String::from_utf8_lossy(text).into_owned()),
                }),
            },
            Err(problem) => {
                let found = MethodRef {
                    class,
                    method,
                    index,
                    block: 0,
                };
                let name = found.name(image);
                Method {
                    selector: name
                        .split_once(">>")
                        .map_or("", |(_, name)| name)
                        .to_owned(),
                    about: Err(problem.message),
                }
            }
        })
        .collect()
}

/// The first line of the first comment of a method, with what stands before it being its header only.
fn first_comment(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let Some((before, rest)) = text.split_once('"') else {
        return String::new();
    };
    // A string or a statement before it: then it does not say what the method is for.
    if before.contains(['\'', '.', '^', '[', '$']) {
        return String::new();
    }
    let comment = rest.split('"').next().unwrap_or_default();
    let line = comment.trim().lines().next().unwrap_or_default();
    one_line(line.trim_end().as_bytes())
}

fn write_methods(title: &str, methods: &[Method], output: &mut Output<'_>) -> Outcome {
    let style = output.style;
    let title = format!("{title} ({})", grouped(methods.len()));
    writeln!(output.out, "\n{}", style.heading(&title))?;
    let widths = methods.iter().map(|method| method.selector.chars().count());
    let width = widths.max().unwrap_or(0).min(40);
    for method in methods {
        let selector = style.selector(&padded(&method.selector, width));
        match &method.about {
            Ok(about) => {
                let size = format!("{:>10}", counted(about.bytes, "byte"));
                let comment = style.faint(&about.first_comment);
                let line = format!("  {selector}  {size}  {comment}");
                writeln!(output.out, "{}", line.trim_end())?;
            }
            Err(problem) => writeln!(output.out, "  {selector}  {}", style.bad(problem))?,
        }
    }
    Ok(())
}

/// The methods of a class for programs, with their sources.
pub fn methods_of_class_json(image: &Image, class: ObjId) -> Json {
    methods_json(&methods(image, class))
}

fn methods_json(methods: &[Method]) -> Json {
    let methods = methods.iter().map(|method| {
        let mut members = vec![("selector", Json::from(method.selector.as_str()))];
        match &method.about {
            Ok(about) => {
                members.push(("bytes", about.bytes.into()));
                if !about.first_comment.is_empty() {
                    members.push(("comment", about.first_comment.as_str().into()));
                }
                members.push(("source", about.source.clone().into()));
            }
            Err(problem) => members.push(("problem", problem.as_str().into())),
        }
        Json::Object(members)
    });
    methods.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_after_the_header_says_what_a_method_is_for() {
        assert_eq!(first_comment(b"size\n\t\"How many.\" ^ 3"), "How many.");
        assert_eq!(first_comment(b"x: a | t |\n\t\"One\n\ttwo.\""), "One");
        assert_eq!(first_comment(b"x ^ 'a \"b\"'"), "");
        assert_eq!(first_comment(b"x \"open"), "open");
        assert_eq!(first_comment(b""), "");
    }
}
