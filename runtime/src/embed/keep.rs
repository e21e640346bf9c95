//! Objects of the image that a Rust program holds on to: they stay alive, and are found
//! again when the collector has moved them.

use crate::value::Word;
use crate::vm::Vm;
use std::cell::RefCell;
use std::rc::Rc;

/// An object of the image. While one of these is there, the object is not collected.
#[derive(Clone, Debug)]
pub struct Object {
    held: Rc<Held>,
    class: Rc<str>,
}

impl Object {
    /// The name of its class.
    pub fn class_name(&self) -> &str {
        &self.class
    }
}

impl PartialEq for Object {
    /// Is it the same hold on an object? (Two holds on one object are told apart; ask the
    /// image with `==` or `=` what it thinks.)
    fn eq(&self, other: &Object) -> bool {
        Rc::ptr_eq(&self.held, &other.held)
    }
}

/// A place in the table of a machine.
#[derive(Debug)]
struct Held {
    place: usize,
    released: Released,
}

/// Places that nobody refers to any more.
type Released = Rc<RefCell<Vec<usize>>>;

impl Drop for Held {
    fn drop(&mut self) {
        self.released.borrow_mut().push(self.place);
    }
}

/// The machine's table of what is held.
#[derive(Default)]
pub(crate) struct Keeper {
    words: Vec<Word>,
    free: Vec<usize>,
    released: Released,
}

impl Keeper {
    /// Shows every object that is held.
    pub(crate) fn each_root(&mut self, show: &mut dyn FnMut(&mut Word)) {
        self.forget_released();
        for w in &mut self.words {
            show(w);
        }
    }

    fn forget_released(&mut self) {
        for place in self.released.borrow_mut().drain(..) {
            self.words[place] = Word::ZERO;
            self.free.push(place);
        }
    }

    fn keep(&mut self, word: Word) -> Held {
        self.forget_released();
        let place = match self.free.pop() {
            Some(place) => {
                self.words[place] = word;
                place
            }
            None => {
                self.words.push(word);
                self.words.len() - 1
            }
        };
        Held {
            place,
            released: Rc::clone(&self.released),
        }
    }
}

impl Vm {
    /// Holds an object for the Rust program.
    pub(crate) fn keep(&mut self, word: Word) -> Object {
        let class = self.class_name_of(word).into();
        Object {
            held: Rc::new(self.keeper.keep(word)),
            class,
        }
    }

    /// What is held; nothing if another machine holds it.
    pub(crate) fn kept(&self, object: &Object) -> Option<Word> {
        let own = Rc::ptr_eq(&object.held.released, &self.keeper.released);
        own.then(|| self.keeper.words[object.held.place])
    }
}
