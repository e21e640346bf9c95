//! Methods that change at run time, by every route, take effect at once: also in senders
//! whose inline caches are warm.

use smallworld_machine_tests::{Machine, in_each_tier};

/// A machine with a class `Probe` that answers 1 to `value1`, which `asks` has sent often
/// enough that every cache on the way is warm; and with a subclass of it.
fn prepared(world: &smallworld_oracle::World) -> Machine {
    let mut m = Machine::new(world);
    m.run("Class addNewClass: (Object subclass: 'Probe' variables: 'a b' classVariables: '')");
    m.run("Class addNewClass: (Probe subclass: 'Sub' variables: '' classVariables: '')");
    m.compile("Probe", "value1 ^ 1");
    m.compile("Probe", "asks ^ self value1");
    m.expect(
        "(((1 to: 50) collect: [:i | Probe new asks]) asArray at: 50)",
        "1",
    );
    m
}

#[test]
fn compile_method() {
    in_each_tier(|world| {
        let mut m = prepared(world);
        m.compile("Probe", "value1 ^ 2");
        m.expect("Probe new asks", "2");
        m.expect("(Probe new asks) + (Sub new asks)", "4");
        m.compile("Sub", "value1 ^ super value1 + 10");
        m.expect("(Probe new asks) + (Sub new asks)", "14");
        m.compile("Probe", "value1 ^ 3");
        m.expect("(Probe new asks) + (Sub new asks)", "16");
    });
}

#[test]
fn remove_method() {
    in_each_tier(|world| {
        let mut m = prepared(world);
        m.compile("Sub", "value1 ^ 5");
        m.expect("Sub new asks", "5");
        m.run("Sub removeMethod: 'value1'");
        m.expect("Sub new asks", "1");
        m.run("Probe removeMethod: 'value1'");
        let text = m.error("Sub new asks");
        assert!(
            text.contains("value1") && text.contains("\\nasks[Sub,]\\n"),
            "{text}"
        );
    });
}

#[test]
fn assignment_to_the_methods_slot() {
    in_each_tier(|world| {
        let mut m = prepared(world);
        m.compile("Sub", "value1 ^ 7");
        m.expect("Sub new asks", "7");
        // Slot 3 of a class, by primitive 5.
        m.run("<5 #() Sub 3>");
        m.expect("Sub new asks", "1");
        m.run("<5 nil Sub 3>");
        m.expect("Sub new asks", "1");
        // By an assignment in a method of the class.
        m.compile("Sub class", "setMethods: m methods <- m");
        m.run("Sub setMethods: #((Sub parseMethod: 'value1 ^ 8'))");
        m.expect("Sub new asks", "8");
    });
}

#[test]
fn an_element_of_the_methods_array() {
    in_each_tier(|world| {
        let mut m = prepared(world);
        m.compile("Sub", "value1 ^ 7");
        m.expect("Sub new asks", "7");
        m.run("<5 (Sub parseMethod: 'value1 ^ 9') (Sub methods) 1>");
        m.expect("Sub new asks", "9");
        m.run("Sub methods at: 1 put: (Sub parseMethod: 'value1 ^ 10')");
        m.expect("Sub new asks", "10");
    });
}

#[test]
fn growth_of_the_methods_array() {
    in_each_tier(|world| {
        let mut m = prepared(world);
        m.compile("Sub", "other ^ 0");
        m.expect("Sub new asks", "1");
        // Primitive 32 grows the very Array the class has.
        m.run("<32 (Sub parseMethod: 'value1 ^ 11') (Sub methods)>");
        m.expect("Sub new asks", "11");
    });
}

#[test]
fn bytecodes_and_literals_in_place() {
    in_each_tier(|world| {
        let mut m = prepared(world);
        m.compile("Probe", "number ^ 3");
        m.compile("Probe", "asksNumber ^ self number");
        m.expect("Probe new asksNumber", "3");
        let method = "(Probe methods find: [:m | m name = 'number'] ifAbsent: [nil])";
        // The first bytecode pushes the constant 3 (16r53); make it push 4.
        m.expect(&format!("{method} byteCodes at: 1"), "83");
        m.run(&format!("<22 84 ({method} byteCodes) 1>"));
        m.expect("Probe new asksNumber", "4");

        m.compile("Probe", "text1 ^ 'abc'");
        m.compile("Probe", "asksText ^ self text1");
        m.expect("Probe new asksText", "abc");
        let method = "(Probe methods find: [:m | m name = 'text1'] ifAbsent: [nil])";
        // Slot 3 of a Method is its literals.
        m.run(&format!("<5 'xyz' <30 {method} 3> 1>"));
        m.expect("Probe new asksText", "xyz");
    });
}

#[test]
fn the_letters_of_a_selector() {
    in_each_tier(|world| {
        let mut m = prepared(world);
        m.compile("Probe", "value2 ^ 22");
        m.expect("Probe new asks", "1");
        let method = "(Probe methods find: [:m | m name = 'asks'] ifAbsent: [nil])";
        m.expect(&format!("<30 <30 {method} 3> 1>"), "value1");
        m.run(&format!("<22 50 <30 <30 {method} 3> 1> 6>"));
        m.expect("Probe new asks", "22");

        // The name of a method: value1 becomes value3.
        let method = "(Probe methods find: [:m | m name = 'value1'] ifAbsent: [nil])";
        m.compile("Probe", "asks3 ^ self value3");
        m.error("Probe new asks3");
        m.run(&format!("<22 51 <30 {method} 1> 6>"));
        m.expect("Probe new asks3", "1");
    });
}

#[test]
fn methods_of_the_image() {
    in_each_tier(|world| {
        let mut m = Machine::new(world);
        m.compile("Point", "< other ^ x < other x");
        // `max:` of Magnitude, which is native and warm, sends `<`.
        m.expect("((1 @ 2) max: (3 @ 4)) x", "3");
        m.compile("Point", "< other ^ other x < x");
        m.expect("((1 @ 2) max: (3 @ 4)) x", "1");
        m.compile("Point", "max: other ^ self + other");
        m.expect("((1 @ 2) max: (3 @ 4)) x", "4");
        m.run("Point removeMethod: 'max:'");
        m.expect("((1 @ 2) max: (3 @ 4)) x", "1");
        // Arithmetic on SmallInts is never looked up, but an overflow is sent.
        m.compile("SmallInt", "+ x ^ 'changed'");
        m.expect("3 + 4", "7");
        m.expect("2147483647 + 1", "changed");
        m.compile("SmallInt", "benchFib ^ 5");
        m.expect("20 benchFib", "5");
    });
}

#[test]
fn a_class_gets_another_superclass() {
    in_each_tier(|world| {
        let mut m = prepared(world);
        m.run("Class addNewClass: (Object subclass: 'Other' variables: '' classVariables: '')");
        m.compile("Other", "asks ^ 77");
        m.expect("Sub new asks", "1");
        m.run("<5 Other Sub 2>");
        m.expect("Sub new asks", "77");
    });
}

#[test]
fn a_method_that_is_running_goes_on_as_it_was() {
    in_each_tier(|world| {
        let mut m = prepared(world);
        m.compile(
            "Probe",
            "shed: n | r | r <- 'old'. Probe compileMethod: 'shed: n ^ ''new'''. \
             0 < n ifTrue: [r <- r + (self shed: n - 1)]. ^ r",
        );
        m.expect("Probe new shed: 1", "oldnew");
        m.expect("Probe new shed: 1", "new");
    });
}

#[test]
fn what_is_not_understood_is_understood_later() {
    in_each_tier(|world| {
        let mut m = prepared(world);
        m.compile("Object", "doesNotUnderstand: pair ^ (pair at: 1) + '!'");
        m.expect("Probe new zork", "zork!");
        m.compile("Probe", "zork ^ 4");
        m.expect("Probe new zork", "4");
        m.run("Probe removeMethod: 'zork'");
        m.expect("Probe new zork", "zork!");
    });
}
