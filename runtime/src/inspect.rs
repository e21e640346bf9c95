//! An object as an inspector shows it: its class, its text, and what is in its slots.

use crate::object;
use crate::value::Word;
use crate::vm::Vm;
use smallworld_abi::layout::class_slot;
use std::fmt;

/// Slots that are shown; of a larger object the rest is counted.
const SHOWN: usize = 50;
/// Characters of one slot's value that are shown.
const WIDTH: usize = 60;

/// What there is to see of an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inspection {
    /// What its `printString` answers.
    pub text: String,
    /// The name of its class.
    pub class: String,
    /// Names of variables, or numbers of elements, and what is in them.
    pub slots: Vec<(String, String)>,
    /// Slots that are not shown.
    pub left_out: usize,
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  class: {}", self.text, self.class)?;
        for (name, value) in &self.slots {
            write!(f, "\n  {name}: {value}")?;
        }
        match self.left_out {
            0 => Ok(()),
            n => write!(f, "\n  and {n} more"),
        }
    }
}

impl Vm {
    /// Looks into an object whose `printString` is known.
    pub(crate) fn inspection(&self, w: Word, printed: Vec<u8>) -> Inspection {
        let class = self.class_object(self.class_of(w));
        let names = self.variables_of(class);
        // SAFETY: a word that is no SmallInt is an object.
        let size = match w.is_int() || unsafe { object::is_bytes(w) || object::is_float(w) } {
            true => 0,
            // SAFETY: as above.
            false => unsafe { object::size(w) },
        };
        let slots = (0..size.min(SHOWN)).map_while(|i| {
            let value = self.slot_of(w, i)?;
            let name = match names.get(i) {
                Some(name) => name.clone(),
                None => (i + 1 - names.len()).to_string(),
            };
            Some((name, self.brief(value)))
        });
        let slots: Vec<_> = slots.collect();
        Inspection {
            text: String::from_utf8_lossy(&printed).into_owned(),
            class: self.class_name(class),
            // Objects of the host have no slots to see.
            left_out: if slots.is_empty() {
                0
            } else {
                size - slots.len()
            },
            slots,
        }
    }

    /// The names of all variables of a class's instances, inherited ones first.
    fn variables_of(&self, class: Word) -> Vec<String> {
        let mut chain = Vec::new();
        let mut each = class;
        // A damaged chain may go round.
        while each != self.nil && chain.len() < 1000 {
            chain.push(each);
            each = self
                .slot_of(each, class_slot::SUPERCLASS)
                .unwrap_or(self.nil);
        }
        let lists = chain.into_iter().rev();
        let lists = lists.map(|c| self.strings_in(self.slot_of(c, class_slot::VARIABLES)));
        lists.flatten().collect()
    }

    /// A value in a few words.
    fn brief(&self, w: Word) -> String {
        for (special, name) in [(self.true_, "true"), (self.false_, "false")] {
            if w == special {
                return name.into();
            }
        }
        if let Some(text) = self.large_integer_text(w) {
            return text;
        }
        // SAFETY: a word that is no SmallInt is an object.
        if !w.is_int() && unsafe { object::is_bytes(w) } && self.class_of(w) != self.string_class {
            return format!("<{}>", self.class_name_of(w));
        }
        let text = match self.bytes_of(w) {
            Some(bytes) => format!("'{}'", String::from_utf8_lossy(bytes)),
            None => self.describe(w),
        };
        match text.char_indices().nth(WIDTH) {
            Some((cut, _)) => format!("{}…", &text[..cut]),
            None => text,
        }
    }
}
