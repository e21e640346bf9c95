//! Looks into a stored image for the tests.

use smallworld_bootstrap::ast::Literal;
use std::path::Path;

struct Object {
    kind: i32,
    class: usize,
    slots: Vec<usize>,
    bytes: Vec<u8>,
}

pub struct Reader {
    objects: Vec<Object>,
}

/// A stored method.
pub struct Method {
    pub class: usize,
    pub selector: String,
    pub bytecodes: Vec<u8>,
    pub literals: Vec<usize>,
    pub text: String,
}

impl Reader {
    pub fn open(path: &Path) -> Reader {
        let data = std::fs::read(path).expect("the image can be read");
        Reader::parse(&data)
    }

    pub fn parse(data: &[u8]) -> Reader {
        let mut at = 0;
        let word = |at: &mut usize| {
            let value = i32::from_be_bytes(data[*at..*at + 4].try_into().unwrap());
            *at += 4;
            value
        };
        assert_eq!(word(&mut at), 1);
        let mut objects = Vec::new();
        while at < data.len() {
            let length = word(&mut at) as usize;
            let kind = word(&mut at);
            let class = word(&mut at) as usize;
            let count = word(&mut at) as usize;
            let slots = (0..count).map(|_| word(&mut at) as usize).collect();
            let size = match kind {
                0 => 4,
                1 => length - 4 - count,
                _ => 0,
            };
            let bytes = data[at..at + size].to_vec();
            at += size;
            objects.push(Object {
                kind,
                class,
                slots,
                bytes,
            });
        }
        Reader { objects }
    }

    fn text(&self, at: usize) -> String {
        String::from_utf8(self.objects[at].bytes.clone()).expect("text is UTF-8")
    }

    pub fn name(&self, class: usize) -> String {
        self.text(self.objects[class].slots[0])
    }

    fn class_name(&self, object: usize) -> String {
        self.name(self.objects[object].class)
    }

    /// The list of the classes a method can name.
    fn classes(&self) -> &[usize] {
        let class = (0..self.objects.len())
            .find(|at| self.objects[*at].kind == 2 && self.class_name(*at) == "MetaClass")
            .expect("there is a class Class");
        &self.objects[self.objects[class].slots[5]].slots
    }

    /// The names of the classes a method can name.
    pub fn class_names(&self) -> Vec<String> {
        self.classes().iter().map(|at| self.name(*at)).collect()
    }

    /// A class by its name.
    pub fn find_class(&self, name: &str) -> usize {
        let named = |at: &&usize| self.name(**at) == name;
        *self
            .classes()
            .iter()
            .find(named)
            .unwrap_or_else(|| panic!("no class {name}"))
    }

    pub fn methods(&self) -> Vec<Method> {
        (0..self.objects.len())
            .filter(|at| self.objects[*at].kind == 2 && self.class_name(*at) == "Method")
            .map(|at| {
                let slots = &self.objects[at].slots;
                Method {
                    class: slots[5],
                    selector: self.text(slots[0]),
                    bytecodes: self.objects[slots[1]].bytes.clone(),
                    literals: self.objects[slots[2]].slots.clone(),
                    text: self.text(slots[6]),
                }
            })
            .collect()
    }

    fn variables(&self, class: usize) -> Vec<String> {
        let list = self.objects[class].slots[4];
        self.objects[list]
            .slots
            .iter()
            .map(|at| self.text(*at))
            .collect()
    }

    pub fn instance_variables(&self, class: usize) -> Vec<String> {
        let mut chain = Vec::new();
        let mut at = class;
        while at != 0 {
            chain.push(at);
            at = self.objects[at].slots[1];
        }
        chain
            .iter()
            .rev()
            .flat_map(|class| self.variables(*class))
            .collect()
    }

    pub fn class_variables(&self, class: usize) -> Vec<String> {
        self.variables(self.objects[class].class)
    }

    pub fn literal(&self, at: usize) -> Option<Literal> {
        let object = &self.objects[at];
        Some(match self.class_name(at).as_str() {
            "SmallInt" => Literal::Integer(i32::from_be_bytes(object.bytes[..4].try_into().ok()?)),
            "String" => Literal::Str(object.bytes.clone()),
            "Char" => {
                let value = &self.objects[object.slots[0]].bytes;
                Literal::Char(u32::from(*value.last()?))
            }
            meta if meta.starts_with("Meta") => Literal::Class(self.name(at)),
            _ => return None,
        })
    }
}
