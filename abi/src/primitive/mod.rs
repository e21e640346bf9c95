//! The primitives: their numbers, arguments and meaning, and who does them how.
//!
//! | module | has |
//! |---|---|
//! | `table` | one row for each primitive |
//! | `row` | what a row says |
//! | `define` | what is made of the rows: the types, and the tables by number |
//! | `mark` | what a method says of its activations |
//! | `listing` | the rows as the documents show them |

mod define;
mod listing;
mod mark;
mod row;
mod table;

pub use listing::markdown;
pub use mark::Mark;
pub use row::{Forms, Machine, Machines, Row};
pub use table::{
    Closures, Floats, Group, Grouped, Host, JavaScript, Numbers, Objects, Primitive, ROWS, System,
    Windows,
};

/// By machine and number: what that is.
static BY_NUMBER: [[Option<Primitive>; 256]; Machine::ALL.len()] = by_number();

const fn by_number() -> [[Option<Primitive>; 256]; Machine::ALL.len()] {
    let mut tables = [[None; 256]; Machine::ALL.len()];
    let mut m = 0;
    while m < tables.len() {
        let mut i = 0;
        while i < ROWS.len() {
            let row = &ROWS[i];
            let mut number = row.first as usize;
            while row.machines.has(Machine::ALL[m]) && number <= row.last as usize {
                assert!(tables[m][number].is_none(), "two rows have the same number");
                tables[m][number] = Some(row.primitive);
                number += 1;
            }
            i += 1;
        }
        m += 1;
    }
    tables
}

impl Machine {
    /// What each number means on this machine.
    #[inline]
    pub fn primitives(self) -> &'static [Option<Primitive>; 256] {
        &BY_NUMBER[self as usize]
    }
}

impl Primitive {
    /// What a number means, if that is the same on all machines.
    pub fn everywhere(number: u8) -> Option<Primitive> {
        let [first, rest @ ..] = &BY_NUMBER;
        let found = first[usize::from(number)];
        let same = rest.iter().all(|table| table[usize::from(number)] == found);
        found.filter(|_| same)
    }

    /// What the table says of it.
    pub const fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// Its number; of several, the first.
    pub const fn number(self) -> u8 {
        self.row().first
    }

    /// What it may do besides computing a value.
    pub const fn effects(self) -> crate::effects::Effects {
        self.row().effects
    }

    /// Has the machine a quick form of it, which neither allocates nor fails?
    pub const fn is_quick(self) -> bool {
        self.row().forms.has(Forms::QUICK)
    }

    /// Does native code do its common case in place?
    pub const fn is_open_coded(self) -> bool {
        self.row().forms.has(Forms::OPEN)
    }

    /// Does specialised code do its common case in place?
    pub const fn is_specialised(self) -> bool {
        self.row().forms.has(Forms::SPECIAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::Effects;

    #[test]
    fn numbers_mean_what_the_machine_says() {
        let of = |machine: Machine, n: usize| machine.primitives()[n];
        assert_eq!(of(Machine::SmallWorld2015, 30), Some(Primitive::SlotAt));
        assert_eq!(of(Machine::Budd2004, 100), Some(Primitive::NewSemaphore));
        assert_eq!(of(Machine::JavaScript, 100), Some(Primitive::Pi));
        assert_eq!(of(Machine::JavaScript, 60), Some(Primitive::NewWindow));
        assert_eq!(of(Machine::WebPage, 67), Some(Primitive::PageElement));
        assert_eq!(of(Machine::Budd2004, 67), None);
        assert_eq!(of(Machine::SmallWorld2015, 99), None);
        assert_eq!(of(Machine::JavaScript, 255), Some(Primitive::HostFunction));
        assert_eq!(Primitive::everywhere(30), Some(Primitive::SlotAt));
        assert_eq!(Primitive::everywhere(100), None);
        assert_eq!(Primitive::everywhere(60), None);
        assert_eq!(Primitive::SlotAt.number(), 30);
    }

    #[test]
    fn rows_agree_with_themselves() {
        for (place, row) in ROWS.iter().enumerate() {
            assert_eq!(row.primitive as usize, place);
            assert!(!row.name.is_empty() && !row.does.is_empty());
            let (quick, open) = (Forms::QUICK, Forms::OPEN);
            // Where all machines agree, short forms need not ask which it is.
            if row.forms != Forms::NONE {
                assert_eq!(Primitive::everywhere(row.first), Some(row.primitive));
            }
            let allocates = row.effects.has(Effects::ALLOCATES);
            assert!(!row.forms.has(quick) || !allocates, "{}", row.name);
            // What native code does in place, specialised code does as well.
            assert!(!row.forms.has(open) || row.forms.has(Forms::SPECIAL));
        }
        assert_eq!(Primitive::SlotAtPut.row().arity(), Some(3));
        assert_eq!(Primitive::NewArray.row().arity(), None);
        assert_eq!(Primitive::Quit.row().arity(), Some(1));
        assert_eq!(Primitive::CurrentContext.row().arity(), Some(0));
    }
}
