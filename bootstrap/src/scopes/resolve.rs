//! Finds out what names mean.

use super::{Activation, BlockNames, Meaning, Names, Place, Region, Scope, Variable};
use crate::ast::{Block, Literal, Message, MethodNode, Name, Node, NodeKind};
use crate::control::{Control, control, is_loop};
use crate::diagnostic::TextError;
use crate::language::{Blocks, Dialect, Language};

/// Names that mean the same everywhere.
const RESERVED: [&str; 6] = ["self", "super", "thisContext", "nil", "true", "false"];

/// What the names of a method are for its blocks, whatever the others mean; nothing if the frames have no
/// room for them.
pub(crate) fn resolve_own(method: &MethodNode, language: Language) -> Option<Names> {
    let scope = Scope {
        instance_variables: &[],
        class_variables: &[],
        is_class: &|_| true,
    };
    let mut resolver = Resolver::new(scope, language);
    resolver.method(method);
    let mut names = resolver.names;
    names.place_all(language.blocks).ok().map(|()| names)
}

/// What the names of a method mean; or all that is wrong with them.
pub(crate) fn resolve(
    method: &MethodNode,
    scope: Scope<'_>,
    language: Language,
) -> Result<Names, Vec<TextError>> {
    let mut resolver = Resolver::new(scope, language);
    resolver.method(method);
    let Resolver {
        mut names,
        mut errors,
        ..
    } = resolver;
    errors.sort_by_key(|error| error.offset);
    if !errors.is_empty() {
        return Err(errors);
    }
    match names.place_all(language.blocks) {
        Ok(()) => Ok(names),
        Err(message) => Err(vec![TextError::new(0, message)]),
    }
}

struct Resolver<'a> {
    scope: Scope<'a>,
    language: Language,
    names: Names,
    /// The variables that can be named, the innermost last.
    visible: Vec<(String, usize)>,
    activation: usize,
    region: usize,
    /// How many loops of the activation the place is in.
    loops: usize,
    /// Counts assignments and uses.
    clock: usize,
    errors: Vec<TextError>,
}

impl<'a> Resolver<'a> {
    fn new(scope: Scope<'a>, language: Language) -> Resolver<'a> {
        Resolver {
            scope,
            language,
            names: Names::default(),
            visible: Vec::new(),
            activation: 0,
            region: 0,
            loops: 0,
            clock: 0,
            errors: Vec::new(),
        }
    }

    fn is_current(&self) -> bool {
        self.language.dialect == Dialect::Current
    }

    fn error(&mut self, offset: usize, message: impl Into<String>) {
        self.errors.push(TextError::new(offset, message));
    }

    fn method(&mut self, method: &MethodNode) {
        self.enter_activation(None);
        let first = self.visible.len();
        for (at, name) in method.arguments.iter().enumerate() {
            self.declare(name, first, Some(at + 1));
        }
        for name in &method.temporaries {
            self.declare(name, first, None);
        }
        self.nodes(&method.statements);
    }

    fn enter_activation(&mut self, outer: Option<usize>) {
        self.activation = self.names.activations.len();
        self.region = self.names.regions.len();
        self.loops = 0;
        self.names.regions.push(Region {
            activation: self.activation,
            size: 0,
            temporary: 0,
        });
        self.names.activations.push(Activation {
            outer,
            root: self.region,
            ..Activation::default()
        });
    }

    // Names.

    /// Makes a name known; `first` is where those begin that it must differ from.
    fn declare(&mut self, name: &Name, first: usize, argument: Option<usize>) -> usize {
        let text = &name.text;
        let message = if self.is_current() {
            let twice = self.visible[first..].iter().any(|(own, _)| own == text);
            if RESERVED.contains(&text.as_str()) {
                Some(format!(
                    "'{text}' has a meaning already: choose another name"
                ))
            } else {
                twice.then(|| format!("'{text}' is already defined"))
            }
        } else {
            let taken = self.visible.iter().any(|(own, _)| own == text)
                || text == "self"
                || self.scope.instance_variables.contains(text);
            taken.then(|| format!("'{text}' is already defined"))
        };
        if let Some(message) = message {
            self.error(name.offset, message);
        }
        let assignable = argument.is_none();
        let variable = self.new_variable(text, argument, assignable);
        self.visible.push((text.clone(), variable));
        variable
    }

    fn new_variable(&mut self, name: &str, argument: Option<usize>, assignable: bool) -> usize {
        // Blocks of 2015 have no variables of their own.
        let shared = !self.is_current() && argument.is_none();
        let (activation, region) = match shared {
            true => (0, 0),
            false => (self.activation, self.region),
        };
        self.names.variables.push(Variable {
            name: name.to_string(),
            activation,
            region,
            argument,
            assignable,
            last_assigned: None,
            first_captured: None,
            assigned_elsewhere: false,
            place: Place::Nowhere,
        });
        self.names.variables.len() - 1
    }

    fn lookup(&self, name: &str) -> Option<Meaning> {
        match name {
            "self" | "super" => return Some(Meaning::Receiver),
            "thisContext" if self.is_current() => return Some(Meaning::Context),
            "nil" if self.is_current() => return Some(Meaning::Constant(Literal::Nil)),
            "true" if self.is_current() => return Some(Meaning::Constant(Literal::True)),
            "false" if self.is_current() => return Some(Meaning::Constant(Literal::False)),
            _ => {}
        }
        if let Some((_, variable)) = self.visible.iter().rev().find(|(own, _)| own == name) {
            return Some(Meaning::Variable(*variable));
        }
        let position = |names: &[String]| names.iter().position(|own| own == name);
        if let Some(at) = position(self.scope.instance_variables) {
            return Some(Meaning::Instance(at));
        }
        if let Some(at) = position(self.scope.class_variables) {
            return Some(Meaning::ClassVariable(at));
        }
        let literal = match name {
            "true" => Literal::True,
            "false" => Literal::False,
            "nil" => Literal::Nil,
            _ if (self.scope.is_class)(name) => Literal::Class(name.to_string()),
            _ => return None,
        };
        Some(Meaning::Constant(literal))
    }

    fn use_name(&mut self, name: &str, offset: usize) -> Option<Meaning> {
        let Some(meaning) = self.lookup(name) else {
            self.error(offset, format!("unknown name '{name}'"));
            return None;
        };
        if let Meaning::Variable(variable) = meaning {
            self.note_use(variable);
        }
        self.names.meanings.insert(offset, meaning.clone());
        Some(meaning)
    }

    /// Every block between a variable and its use has to bring it along.
    fn note_use(&mut self, variable: usize) {
        self.clock += 1;
        let home = self.names.variables[variable].activation;
        let mut at = self.activation;
        while at != home {
            let first = &mut self.names.variables[variable].first_captured;
            first.get_or_insert(self.clock);
            let activation = &mut self.names.activations[at];
            if !activation.uses.contains(&variable) {
                activation.uses.push(variable);
            }
            let Some(outer) = activation.outer else {
                return;
            };
            at = outer;
        }
    }

    fn note_assignment(&mut self, variable: usize) {
        self.note_use(variable);
        let (activation, region, clock) = (self.activation, self.region, self.clock);
        let variable = &mut self.names.variables[variable];
        variable.last_assigned = Some(clock);
        if variable.activation != activation || variable.region != region {
            variable.assigned_elsewhere = true;
        }
    }

    fn assign(&mut self, target: &Name, offset: usize) {
        let assignable = match self.lookup(&target.text) {
            None => {
                self.use_name(&target.text, offset);
                return;
            }
            Some(Meaning::Variable(variable)) => {
                self.note_assignment(variable);
                self.names.variables[variable].assignable
            }
            Some(Meaning::Instance(_)) => true,
            Some(_) => false,
        };
        if !assignable {
            self.error(
                offset,
                "only a temporary or an instance variable can be assigned to",
            );
        }
        self.use_name(&target.text, offset);
    }

    // The tree, in the order in which it runs.

    fn nodes(&mut self, nodes: &[Node]) {
        nodes.iter().for_each(|node| self.node(node));
    }

    fn node(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Literal(_) => {}
            NodeKind::Name(name) => {
                self.use_name(name, node.offset);
            }
            NodeKind::Assign { target, value } => {
                self.node(value);
                self.assign(target, target.offset);
            }
            NodeKind::Send { receiver, message } => self.send(receiver, message),
            NodeKind::Cascade { receiver, messages } => {
                self.node(receiver);
                for message in messages {
                    self.nodes(&message.arguments);
                }
            }
            NodeKind::Primitive { arguments, .. } => self.nodes(arguments),
            NodeKind::Block(block) => self.block(block, node.offset),
            NodeKind::Return(value) => {
                self.node(value);
                self.note_return();
            }
        }
    }

    /// A `^` needs the method's activation in all blocks around it.
    fn note_return(&mut self) {
        let mut at = self.activation;
        while let Some(outer) = self.names.activations[at].outer {
            self.names.activations[at].returns = true;
            at = outer;
        }
    }

    fn send(&mut self, receiver: &Node, message: &Message) {
        let Some(control) = control(receiver, message, self.language) else {
            self.node(receiver);
            return self.nodes(&message.arguments);
        };
        let repeats = is_loop(control);
        match receiver.as_block() {
            Some(block) if matches!(control, Control::While(_) | Control::Repeat) => {
                self.block_in_place(block, receiver.offset, true, 0);
            }
            _ => self.node(receiver),
        }
        let last = message.arguments.len().saturating_sub(1);
        for (at, argument) in message.arguments.iter().enumerate() {
            let hidden = match control {
                Control::Times => 2,
                Control::Count if message.arguments[0].as_number().is_none() => 1,
                _ => 0,
            };
            match argument.as_block() {
                Some(block) if control != Control::Count || at == last => {
                    self.block_in_place(block, argument.offset, repeats, hidden);
                }
                _ => self.node(argument),
            }
        }
    }

    fn block(&mut self, block: &Block, offset: usize) {
        let location = self.names.variables.len();
        let before = (self.activation, self.region, self.loops, self.visible.len());
        let closures = self.language.blocks == Blocks::Closures;
        match closures {
            true => self.enter_activation(Some(before.0)),
            // It may run more than once.
            false => self.loops += 1,
        }
        let mut names = BlockNames {
            location: self.temporaries_before(location),
            activation: closures.then_some(self.activation),
            repeated: !closures,
            ..BlockNames::default()
        };
        let arguments = closures && self.is_current();
        self.declare_all(block, &mut names, |at| arguments.then_some(at + 1));
        if closures && !self.is_current() {
            let parameters = names.variables.clone();
            for parameter in parameters {
                self.note_assignment(parameter);
            }
        }
        self.nodes(&block.statements);
        self.visible.truncate(before.3);
        (self.activation, self.region, self.loops) = (before.0, before.1, before.2);
        self.names.blocks.insert(offset, names);
    }

    fn declare_all(
        &mut self,
        block: &Block,
        names: &mut BlockNames,
        argument: impl Fn(usize) -> Option<usize>,
    ) {
        let first = self.visible.len();
        for (at, name) in block.parameters.iter().enumerate() {
            let variable = self.declare(name, first, argument(at));
            self.names.variables[variable].assignable = !self.is_current();
            names.variables.push(variable);
        }
        names.parameters = names.variables.len();
        for name in &block.temporaries {
            names.variables.push(self.declare(name, first, None));
        }
    }

    fn temporaries_before(&self, variable: usize) -> usize {
        let before = self.names.variables[..variable].iter();
        before.filter(|own| own.argument.is_none()).count()
    }

    /// A block that is written in place: its variables are those of the activation around it.
    fn block_in_place(&mut self, block: &Block, offset: usize, repeats: bool, hidden: usize) {
        let location = self.names.variables.len();
        let before = (self.region, self.loops, self.visible.len());
        let mut names = BlockNames {
            location: self.temporaries_before(location),
            ..BlockNames::default()
        };
        names.hidden = (0..hidden)
            .map(|_| self.new_variable("", None, false))
            .collect();
        if repeats {
            self.region = self.names.regions.len();
            self.loops += 1;
            self.names.regions.push(Region {
                activation: self.activation,
                size: 0,
                temporary: 0,
            });
            names.region = Some(self.region);
        }
        names.repeated = self.loops > 0;
        self.declare_all(block, &mut names, |_| None);
        self.nodes(&block.statements);
        self.visible.truncate(before.2);
        (self.region, self.loops) = (before.0, before.1);
        self.names.blocks.insert(offset, names);
    }
}
