//! What translated code calls: the functions that the machine exports to it.
//!
//! [`for_each_native!`](crate::for_each_native) has one row a function: its name, the types of its
//! parameters, what it may do. The machine has it checked by the compiler that each is there and takes
//! that; the translator's tests, that what it writes calls nothing else.

use crate::effects::Effects;

/// A function that translated code may call.
#[derive(Clone, Copy, Debug)]
pub struct Native {
    /// Its name.
    pub name: &'static str,
    /// The types of its parameters, as Rust has them.
    pub parameters: &'static [&'static str],
    /// What it may do. One that [ends](Effects::ENDS) is called last, and does not come back.
    pub effects: Effects,
}

impl Native {
    /// How many values of the program it takes.
    pub fn words(&self) -> usize {
        self.parameters.iter().filter(|&&t| t == "Word").count()
    }

    /// The function of that name.
    pub fn named(name: &str) -> Option<&'static Native> {
        NATIVES.iter().find(|native| native.name == name)
    }
}

/// Calls a macro with all rows: `name(type, …): EFFECT | …;`.
#[macro_export]
macro_rules! for_each_native {
    ($callback:ident) => {
        $callback! {
            // Values that are always there.
            nil(&Vm): PURE;
            true_(&Vm): PURE;
            false_(&Vm): PURE;
            boolean(&Vm, bool): PURE;
            literal(&Vm, usize): READS;

            // Objects.
            class_of(&Vm, Word): READS;
            class_object(&Vm, u32): READS;
            class_slot(&Vm, Word, usize): READS;
            has_slot(Word, usize): READS;
            slot(Word, usize): READS;
            init_slot(Word, usize, Word): WRITES;
            store_slot(&mut Vm, Word, usize, Word): WRITES;
            is_instance(Word, u32): READS;
            is_float_of(Word, u32): READS;
            float_or_zero(Word): READS;
            believed(&Vm, &[(Word, u32)]): READS;

            // New objects, in room that has been made sure of.
            has_room(&Vm, usize): READS;
            bump_slots(&mut Vm, u32, usize): WRITES;
            bump_block(&mut Vm, Word, Word, Word, u8, Word, u32): WRITES;
            bump_nils(&mut Vm, usize): WRITES;
            array_of(&mut Vm, &[Word]): WRITES;
            closure_of(&mut Vm, &[Word]): WRITES;
            closure_of_nils(&mut Vm, usize): WRITES;
            arguments_array(&mut Vm, Fp, usize): WRITES;
            own_context(&mut Vm, Fp, usize): WRITES;
            own_block_context(&mut Vm, Fp): WRITES;
            boxed_float(&mut Vm, u32, Word, f64): WRITES;
            object_of_nils(&mut Vm, u32, Word, usize): WRITES;
            object_of_bytes(&mut Vm, u32, Word, usize): WRITES;
            size_wanted(Word): PURE;
            bytes_wanted(Word): PURE;

            // Room in the middle of specialised code.
            make_room_here(&mut Vm, Fp, usize): ALLOCATES;
            room_or_object(&mut Vm, Fp, usize, ObjectFormat, u32, Word): ALLOCATES;

            // Primitives in place, as far as they succeed.
            size_of(Word): READS;
            size_of_object(Word): READS;
            slot_at(Word, Word): READS;
            slot_within(Word, Word): READS;
            slot_at_put(&mut Vm, Word, Word, Word): WRITES;
            slot_put(&mut Vm, Word, Word, Word): WRITES;
            slot_put_within(&mut Vm, Word, Word, Word): WRITES;
            put_unwatched(&mut Vm, Word, usize, Word): WRITES;
            assigned(&mut Vm, Word, usize, Word): WRITES;
            byte_at(Word, Word): READS;
            byte_within(Word, Word): READS;
            byte_at_put(Word, Word, Word): WRITES;
            bytes_compared(Word, Word): READS;
            bytes_of_both(Word, Word): READS;
            fill_with_both(Word, Word, Word): WRITES;
            quotient(Word, Word): PURE;
            remainder(Word, Word): PURE;

            // Frames.
            get(Fp, usize): READS;
            put(Fp, usize, Word): WRITES;
            seal(Fp, &'static Descriptor): WRITES;
            further_argument(Word, usize): READS;
            no_argument(): PURE;
            argument_kept(Word, usize, Word): READS;
            block_intact(Word, usize, Word, usize): READS;
            retire_in_place(&mut Vm, Fp, usize, Fp, usize, bool): WRITES;

            // Frames of rare exits, written from tables.
            leave_by(&mut Vm, Fp, &'static FrameTable): ANY | ENDS;
            number_word(f64): PURE;

            // Pauses.
            pause_due(&Vm, Fp): READS;
            loop_pause_due(&Vm, Fp): READS;
            too_deep(&Vm): READS;
            set_pending(&mut Vm, Code, u32): WRITES;
            pause1(&mut Vm, Fp, Word): ANY | ENDS;
            pause2(&mut Vm, Fp, Word, Word): ANY | ENDS;
            pause3(&mut Vm, Fp, Word, Word, Word): ANY | ENDS;
            pause4(&mut Vm, Fp, Word, Word, Word, Word): ANY | ENDS;

            // Calls.
            send1(&mut Vm, Fp, u32, Word): ANY | ENDS;
            send2(&mut Vm, Fp, u32, Word, Word): ANY | ENDS;
            send3(&mut Vm, Fp, u32, Word, Word, Word): ANY | ENDS;
            send4(&mut Vm, Fp, u32, Word, Word, Word, Word): ANY | ENDS;
            super1(&mut Vm, Fp, u32, Word): ANY | ENDS;
            super2(&mut Vm, Fp, u32, Word, Word): ANY | ENDS;
            super3(&mut Vm, Fp, u32, Word, Word, Word): ANY | ENDS;
            super4(&mut Vm, Fp, u32, Word, Word, Word, Word): ANY | ENDS;
            primitive(&mut Vm, Fp, u32, u32): ANY | ENDS;
            value0(&mut Vm, Fp, Word): ANY | ENDS;
            value1(&mut Vm, Fp, Word, Word): ANY | ENDS;
            value2(&mut Vm, Fp, Word, Word, Word): ANY | ENDS;
            value3(&mut Vm, Fp, Word, Word, Word, Word): ANY | ENDS;
            value_many(&mut Vm, Fp, Fp, u32): ANY | ENDS;
            enter_block(&mut Vm, Fp, Word): ANY | ENDS;
            run_closure1(&mut Vm, Fp, Word): ANY | ENDS;
            run_closure2(&mut Vm, Fp, Word, Word): ANY | ENDS;
            run_closure3(&mut Vm, Fp, Word, Word, Word): ANY | ENDS;
            run_closure4(&mut Vm, Fp, Word, Word, Word, Word): ANY | ENDS;
            run_closure_many(&mut Vm, Fp, Fp, u32): ANY | ENDS;
            run_closure_with(&mut Vm, Fp, Word, Word): ANY | ENDS;

            // Returns.
            return_value(&mut Vm, Fp, Word): ENDS;
            leave(&mut Vm, Fp, usize, Word): ALLOCATES | WRITES | ENDS;
            non_local_return(&mut Vm, Fp, Word, Word): ANY | ENDS;
            home_return(&mut Vm, Fp, Word, Word): ANY | ENDS;

            // What goes wrong.
            missing_argument(&mut Vm, Fp, usize): ANY | ENDS;
            no_class_variable(&mut Vm, Fp, usize): ANY | ENDS;
            no_instance_variable(&mut Vm, Fp, usize): ANY | ENDS;
            no_slot(&mut Vm, Fp, Word, usize): ANY | ENDS;

            // Specialised code that is left.
            unit_valid(&Vm, usize): READS;
            left(&mut Vm, usize): WRITES;
            assign_elsewhere(&mut Vm, Fp, Word, usize, Word): ANY | ENDS;
            interpret_record(&mut Vm, Fp): ANY | ENDS;
        }
    };
}

macro_rules! rows {
    ($($name:ident($($parameter:ty),*): $($effect:ident)|*;)*) => {
        /// The functions that translated code may call.
        pub static NATIVES: [Native; [$(stringify!($name)),*].len()] = [$(
            Native {
                name: stringify!($name),
                parameters: &[$(stringify!($parameter)),*],
                effects: Effects::PURE$(.and(Effects::$effect))*,
            },
        )*];
    };
}

for_each_native!(rows);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_name() {
        let send = Native::named("send2").unwrap();
        assert_eq!((send.words(), send.parameters.len()), (2, 5));
        assert!(send.effects.has(Effects::ANY | Effects::ENDS));
        assert!(Native::named("nil").unwrap().effects.is_pure());
        assert!(Native::named("no_such").is_none());
        let names: std::collections::BTreeSet<_> = NATIVES.iter().map(|n| n.name).collect();
        assert_eq!(names.len(), NATIVES.len());
    }
}
