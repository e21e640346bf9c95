//! Which names a method can use, and what each of them means.

use crate::ast::{Literal, Node};

/// The names a class gives to its methods.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The instance variables, inherited ones first.
    pub instance_variables: &'a [String],
    /// The class variables of the class itself.
    pub class_variables: &'a [String],
    /// Whether a name is that of a class.
    pub is_class: &'a dyn Fn(&str) -> bool,
}

/// The names visible at one place of a method.
///
/// A block's parameters live among the method's temporaries; where the block ends their places stay
/// taken and only their names disappear.
pub(crate) struct Names<'a> {
    scope: Scope<'a>,
    arguments: Vec<String>,
    /// `None` for a parameter of a block that has ended.
    temporaries: Vec<Option<String>>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(scope: Scope<'a>) -> Names<'a> {
        Names {
            scope,
            arguments: vec!["self".to_string()],
            temporaries: Vec::new(),
        }
    }

    pub(crate) fn temporary_count(&self) -> usize {
        self.temporaries.len()
    }

    /// Adds an argument of the method; false if the name is taken.
    pub(crate) fn add_argument(&mut self, name: &str) -> bool {
        let free = !self.is_instance_variable(name) && !self.is_argument(name);
        self.arguments.push(name.to_string());
        free
    }

    /// Adds a temporary or a block's parameter; false if the name is taken.
    pub(crate) fn add_temporary(&mut self, name: &str) -> bool {
        let taken = self.temporaries.iter().flatten().any(|own| own == name);
        let free = !taken && !self.is_instance_variable(name) && !self.is_argument(name);
        self.temporaries.push(Some(name.to_string()));
        free
    }

    /// Hides the temporaries added since there were `count` of them.
    pub(crate) fn hide_temporaries_from(&mut self, count: usize) {
        self.temporaries[count..].fill(None);
    }

    fn is_argument(&self, name: &str) -> bool {
        self.arguments.iter().any(|own| own == name)
    }

    fn is_instance_variable(&self, name: &str) -> bool {
        self.scope.instance_variables.iter().any(|own| own == name)
    }

    /// What a name stands for: the innermost meaning wins.
    pub(crate) fn resolve(&self, name: &str) -> Option<Node> {
        if name == "super" {
            return Some(Node::Super);
        }
        let temporary = |own: &Option<String>| own.as_deref() == Some(name);
        if let Some(at) = self.temporaries.iter().position(temporary) {
            return Some(Node::Temporary(at));
        }
        if let Some(at) = position(&self.arguments, name) {
            return Some(Node::Argument(at));
        }
        if let Some(at) = position(self.scope.instance_variables, name) {
            return Some(Node::Instance(at));
        }
        if let Some(at) = position(self.scope.class_variables, name) {
            return Some(Node::ClassVariable(at));
        }
        let literal = match name {
            "true" => Literal::True,
            "false" => Literal::False,
            "nil" => Literal::Nil,
            _ if (self.scope.is_class)(name) => Literal::Class(name.to_string()),
            _ => return None,
        };
        Some(Node::Literal(literal))
    }
}

fn position(names: &[String], name: &str) -> Option<usize> {
    names.iter().position(|own| own == name)
}
