//! Specialised code under way: structured, and every piece of it with what it does.
//!
//! Where a function has to look whether a pause is due, and how much room it needs, follows
//! from what its code does. So nobody writes bare Rust: whoever adds a piece says its effects,
//! and nothing is ever found out from the text.

use proc_macro2::TokenStream;
use quote::quote;
use std::collections::BTreeMap;
use std::rc::Rc;
use syn::Lifetime;

/// What a piece of code does besides computing locals.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Effects {
    /// It reads objects.
    pub reads: bool,
    /// It changes objects, or something else that would be seen if it were done twice.
    pub writes: bool,
    /// It looks for room in the nursery, on top of what the function's start has made sure of,
    /// and collects if there is none.
    pub collects: bool,
    /// It makes an object, in the room that was looked for just before.
    pub makes: bool,
    /// Words of nursery that it takes out of what the start has made sure of.
    pub takes: usize,
    /// It writes the machine stack, up to so many words above the base.
    pub frame: usize,
    /// Control leaves the function.
    pub leaves: bool,
}

impl Effects {
    /// None.
    pub const PURE: Effects = Effects {
        reads: false,
        writes: false,
        collects: false,
        makes: false,
        takes: 0,
        frame: 0,
        leaves: false,
    };
    /// Reads objects.
    pub const READS: Effects = Effects {
        reads: true,
        ..Effects::PURE
    };
    /// Changes objects.
    pub const WRITES: Effects = Effects {
        writes: true,
        ..Effects::PURE
    };
    /// Makes an object in the room that was looked for before.
    pub const MAKES: Effects = Effects {
        makes: true,
        ..Effects::PURE
    };

    /// Looks for room; what is alive is put onto the stack up to there, if there is none.
    pub const fn collects(frame: usize) -> Effects {
        Effects {
            collects: true,
            frame,
            ..Effects::PURE
        }
    }

    /// One piece of code with the effects of two, one after the other.
    pub fn and(self, then: Effects) -> Effects {
        Effects {
            reads: self.reads | then.reads,
            writes: self.writes | then.writes,
            collects: self.collects | then.collects,
            makes: self.makes | then.makes,
            takes: self.takes + then.takes,
            frame: self.frame.max(then.frame),
            leaves: self.leaves | then.leaves,
        }
    }

    /// Must the function have looked whether a pause is due before it does this?
    pub fn needs_look(self) -> bool {
        self.collects || self.makes || self.takes > 0 || self.frame > 0
    }

    /// Would it matter if it was done a second time?
    pub fn acts(self) -> bool {
        self.writes || self.needs_look()
    }
}

/// One piece.
#[derive(Clone)]
pub enum Item {
    /// One thing after the other.
    Do(TokenStream, Effects),
    /// Either the effects, or control leaves by the exit before any of them.
    Or {
        /// The Rust around the exit.
        around: Rc<dyn Fn(TokenStream) -> TokenStream>,
        /// Where control leaves: something rare.
        exit: Code,
        /// What is done if it does not.
        effects: Effects,
    },
    /// One or the other.
    If(TokenStream, Code, Code),
    /// Code that may be left to what follows.
    Block(Lifetime, Code),
    /// Code that is done again, until control leaves or breaks to a block outside.
    Loop(Lifetime, Code),
    /// To the end of a block.
    Break(Lifetime),
    /// To the beginning of a loop.
    Continue(Lifetime),
    /// The look whether a pause is due. If one is, the function is begun again afterwards.
    Look,
}

/// Code.
#[derive(Clone, Default)]
pub struct Code {
    items: Vec<Item>,
}

impl Code {
    /// Its pieces.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Adds a piece.
    pub fn item(&mut self, item: Item) {
        self.items.push(item);
    }

    /// Adds Rust with its effects.
    pub fn push(&mut self, tokens: TokenStream, effects: Effects) {
        if !tokens.is_empty() || effects != Effects::PURE {
            self.items.push(Item::Do(tokens, effects));
        }
    }

    /// Adds Rust that only computes locals.
    pub fn pure(&mut self, tokens: TokenStream) {
        self.push(tokens, Effects::PURE);
    }

    /// Adds Rust that reads objects.
    pub fn reads(&mut self, tokens: TokenStream) {
        self.push(tokens, Effects::READS);
    }

    /// Adds Rust that changes objects.
    pub fn writes(&mut self, tokens: TokenStream) {
        self.push(tokens, Effects::WRITES);
    }

    /// Adds Rust that takes words of the nursery out of what the start has made sure of.
    pub fn takes(&mut self, takes: usize, tokens: TokenStream) {
        self.push(
            tokens,
            Effects {
                takes,
                ..Effects::PURE
            },
        );
    }

    /// Adds Rust that writes the stack, up to so many words above the base.
    pub fn frame(&mut self, frame: usize, tokens: TokenStream) {
        self.push(
            tokens,
            Effects {
                frame,
                ..Effects::PURE
            },
        );
    }

    /// Adds Rust that ends by leaving the function, with up to so many words above the base.
    pub fn leaves(&mut self, frame: usize, tokens: TokenStream) {
        self.push(
            tokens,
            Effects {
                frame,
                leaves: true,
                ..Effects::PURE
            },
        );
    }

    /// Adds a choice between some effects and, before any of them, an exit.
    pub fn or(
        &mut self,
        exit: Code,
        effects: Effects,
        around: impl Fn(TokenStream) -> TokenStream + 'static,
    ) {
        self.items.push(Item::Or {
            around: Rc::new(around),
            exit,
            effects,
        });
    }

    /// Adds other code.
    pub fn append(&mut self, code: Code) {
        self.items.extend(code.items);
    }

    /// What it does in all, exits included, wherever it goes.
    pub fn effects(&self) -> Effects {
        let of = |item: &Item| match item {
            Item::Do(_, effects) => *effects,
            Item::Or { exit, effects, .. } => exit.effects().and(*effects),
            Item::If(_, yes, no) => yes.effects().and(no.effects()),
            Item::Block(_, code) | Item::Loop(_, code) => code.effects(),
            Item::Break(_) | Item::Continue(_) | Item::Look => Effects::PURE,
        };
        self.items.iter().map(of).fold(Effects::PURE, Effects::and)
    }

    /// How many exits that need a look it has.
    pub fn exits(&self) -> usize {
        let needs = |item: &&Item| match item {
            Item::Or { exit, .. } => exit.effects().needs_look(),
            _ => false,
        };
        self.items.iter().filter(needs).count()
    }

    /// Puts a look into each exit that needs one.
    pub fn look_in_exits(&mut self) {
        for item in &mut self.items {
            if let Item::Or { exit, .. } = item
                && exit.effects().needs_look()
            {
                exit.items.insert(0, Item::Look);
            }
        }
    }

    /// Puts a look before everything else.
    pub fn look_first(&mut self) {
        self.items.insert(0, Item::Look);
    }

    /// The Rust. `look` is what looks have become.
    pub fn render(&self, look: &TokenStream) -> TokenStream {
        let mut out = TokenStream::new();
        for item in &self.items {
            out.extend(match item {
                Item::Do(tokens, _) => tokens.clone(),
                Item::Or { around, exit, .. } => around(exit.render(look)),
                Item::If(test, yes, no) => {
                    let (yes, no) = (yes.render(look), no.render(look));
                    quote!(if #test { #yes } else { #no })
                }
                Item::Block(label, code) => {
                    let code = code.render(look);
                    quote!(#label: { #code })
                }
                Item::Loop(label, code) => {
                    let code = code.render(look);
                    quote!(#label: loop { #code })
                }
                Item::Break(label) => quote!(break #label;),
                Item::Continue(label) => quote!(continue #label;),
                Item::Look => look.clone(),
            });
        }
        out
    }

    /// Words of nursery that it takes at most on a way through it, out of what the start has
    /// made sure of. Looking for more room leaves that untouched: what was taken before does
    /// not count any more. Nothing if a loop takes more each time around.
    pub fn room(&self) -> Option<usize> {
        let mut room = Room {
            most: 0,
            at: BTreeMap::new(),
        };
        room.follow(self, Some(0))?;
        Some(room.most)
    }
}

/// The most that has been taken so far, followed along all ways.
struct Room {
    most: usize,
    /// At the end of each block under way.
    at: BTreeMap<String, usize>,
}

impl Room {
    /// From a state to the one at the end, if that is reached (`Some(None)` if it is not).
    fn follow(&mut self, code: &Code, taken: Option<usize>) -> Option<Option<usize>> {
        let mut taken = taken;
        for item in &code.items {
            let Some(now) = taken else { break };
            taken = match item {
                Item::Do(_, effects) => self.after(now, *effects),
                Item::Or { exit, effects, .. } => {
                    self.follow(exit, Some(now))?;
                    self.after(now, *effects)
                }
                Item::If(_, yes, no) => {
                    let (yes, no) = (self.follow(yes, taken)?, self.follow(no, taken)?);
                    yes.max(no)
                }
                Item::Block(label, code) => {
                    let end = self.follow(code, taken)?;
                    end.max(self.at.remove(&label.to_string()))
                }
                Item::Loop(label, code) => {
                    self.follow(code, taken)?;
                    let again = self.at.remove(&label.to_string());
                    if again > taken {
                        return None;
                    }
                    None
                }
                Item::Break(label) | Item::Continue(label) => {
                    let at = self.at.entry(label.to_string()).or_default();
                    *at = now.max(*at);
                    None
                }
                Item::Look => Some(0),
            };
        }
        Some(taken)
    }

    fn after(&mut self, taken: usize, effects: Effects) -> Option<usize> {
        let taken = match effects.collects {
            true => effects.takes,
            false => taken + effects.takes,
        };
        self.most = self.most.max(taken);
        (!effects.leaves).then_some(taken)
    }
}
