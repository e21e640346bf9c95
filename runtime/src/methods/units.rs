//! Specialised methods, and whether what they rely on still holds.

use crate::code::Code;
use crate::native::NativeFact;
use crate::object;
use crate::value::Word;
use crate::vm::Vm;
use smallworld_abi::layout::class_slot;

impl Vm {
    /// Looks which specialised methods can be used as things are now.
    #[cold]
    pub(crate) fn check_units(&mut self) {
        self.units_unchecked = false;
        self.valid_units.fill(1);
        for (n, a) in self.native_table.assumptions.iter().enumerate() {
            if self.valid_units[a.unit as usize] == 0 {
                continue;
            }
            let holds = self.holds(&a.fact);
            self.valid_units[a.unit as usize] = holds as u8;
            if !holds && self.useless_units.insert(a.unit) {
                self.tell_of_unit(n);
            }
        }
        let valid = &self.valid_units;
        self.useless_units.retain(|&unit| valid[unit as usize] == 0);
    }

    /// Is something that specialised code relies on so, as things are now?
    fn holds(&mut self, fact: &NativeFact) -> bool {
        let is = |vm: &Vm, w: Word, class: u32, slots: u32| {
            // A number that the image has no class for stands for nil.
            let object = !w.is_int() && w != vm.nil && vm.class_object(class) != vm.nil;
            // SAFETY: no SmallInt, so an object.
            object
                && vm.class_of(w) == class
                && (slots == 0 || unsafe { object::has_slot(w, slots as usize - 1) })
        };
        match *fact {
            NativeFact::Finds {
                class,
                selector,
                method,
            } => {
                let selector = self.selectors.intern(selector);
                let wanted = self.native_methods[method as usize];
                let class = self.class_object(class);
                class != self.nil
                    && self.lookup(class, selector) == Some(wanted)
                    && self.methods[wanted as usize].runs_native()
            }
            NativeFact::Inherits { class, above } => {
                let (class, above) = (self.class_object(class), self.class_object(above));
                class != self.nil && self.slot_of(class, class_slot::SUPERCLASS) == Some(above)
            }
            NativeFact::Class {
                class,
                metaclass,
                slots,
            } => is(self, self.class_object(class), metaclass, slots),
            NativeFact::Literal {
                literal,
                class,
                slots,
            } => is(self, self.literal_table[literal as usize], class, slots),
            NativeFact::LiteralIsClass { literal, class } => {
                let (literal, class) = (
                    self.literal_table[literal as usize],
                    self.class_object(class),
                );
                class != self.nil && literal == class
            }
            NativeFact::Constants { nil, false_, true_ } => {
                let classes = [self.nil, self.false_, self.true_].map(|w| self.class_of(w));
                classes == [nil, false_, true_]
            }
            NativeFact::Blocks => !self.blocks_changed,
            NativeFact::Unchanged { method } => {
                // Another image may have no such method.
                let number = self.native_methods[method as usize];
                let found = self.methods.get(number as usize);
                found.is_some_and(|m| m.native == Some(method) && !m.superseded)
            }
        }
    }

    /// The specialised code for a method and a class of receivers, if it can be used.
    pub(crate) fn unit_code(&mut self, class: u32, method: u32) -> Option<Code> {
        if self.units.is_empty() {
            return None;
        }
        if self.units_unchecked {
            self.check_units();
        }
        let native = self.methods[method as usize].native?;
        let unit = *self.units.get(&(class, native))? as usize;
        (self.valid_units[unit] != 0).then(|| self.native_table.units[unit].code)
    }
}
