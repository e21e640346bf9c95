//! Host primitives: methods of the image whose work is done by Rust functions.
//!
//! ```text
//! $ cargo run -p smallworld-example-primitives
//! #('many' 'happy' 'returns')
//! 0.479425538604203
//! 3 times
//! tick 42
//! primitive 201 failed: argument 1 must be a Float, not a String
//! ```

use smallworld_runtime::embed::{Error, Machine, Object, Value};
use std::cell::RefCell;
use std::process::ExitCode;
use std::rc::Rc;

smallworld_runtime::include_image!(image);

/// Blocks that the image wants to be run, by name.
type Listeners = Rc<RefCell<Vec<(String, Object)>>>;

/// A machine with the primitives of `classes/Host.st`.
fn machine() -> Result<(Machine, Listeners), Error> {
    let mut machine = Machine::new(&image::NATIVE)?;
    machine.primitive(200, |call| {
        let text: String = call.get(0)?;
        let words = text.split_whitespace().map(Value::from);
        Ok(Value::Array(words.collect()))
    })?;
    machine.primitive(201, |call| Ok(call.get::<f64>(0)?.sin().into()))?;
    let mut count = 0;
    machine.primitive(202, move |_| {
        count += 1;
        Ok(count.into())
    })?;
    // A primitive cannot send messages; it can keep a block for when nothing runs.
    let listeners = Listeners::default();
    let kept = Rc::clone(&listeners);
    machine.primitive(203, move |call| {
        kept.borrow_mut().push((call.get(0)?, call.get(1)?));
        Ok(Value::Nil)
    })?;
    Ok((machine, listeners))
}

/// Something has happened: runs the blocks that wait for it, and answers their values.
fn happened(
    machine: &mut Machine,
    listeners: &Listeners,
    what: &str,
    number: i32,
) -> Result<Vec<Value>, Error> {
    let waiting = listeners.borrow().clone();
    let wanted = waiting.iter().filter(|(name, _)| name == what);
    wanted
        .map(|(_, block)| machine.send(block, "value:", &[number.into()]))
        .collect()
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Error> {
    let (mut machine, listeners) = machine()?;
    let words: String = machine.eval("(Host words: 'many  happy returns') printString")?;
    println!("{words}");
    println!("{:.15}", machine.eval::<f64>("(1 asFloat / 2) hostSine")?);
    let times: i32 = machine.eval("[Host count. Host count. Host count] value")?;
    println!("{times} times");
    machine.eval::<()>("Host when: 'tick' do: [:n | 'tick ' + n]")?;
    for value in happened(&mut machine, &listeners, "tick", 42)? {
        let text: String = machine.send_to(&value, "displayString", &[])?;
        println!("{text}");
    }
    if let Err(problem) = machine.eval::<()>("Host sine: 'x'") {
        println!("{}", problem.message());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_functions_are_methods() {
        let (mut machine, _) = machine().unwrap();
        let words: Vec<Value> = machine.eval("Host words: 'naïve café'").unwrap();
        assert_eq!(words, [Value::from("naïve"), Value::from("café")]);
        let sine: f64 = machine.eval("1 hostSine").unwrap();
        assert!((sine - 1f64.sin()).abs() < 1e-12);
        assert_eq!(machine.eval("Host count + Host count"), Ok(3));
    }

    #[test]
    fn their_errors_are_errors_of_the_image() {
        let (mut machine, _) = machine().unwrap();
        let caught = "[Host sine: nil] on: Error do: [:e | e messageText]";
        let caught: String = machine.eval(caught).unwrap();
        assert_eq!(
            caught,
            "primitive 201 failed: argument 1 must be a Float, not nil"
        );
        machine
            .primitive(201, |_| panic!("the test wants it"))
            .unwrap();
        let told = machine.eval::<()>("1 hostSine").unwrap_err();
        assert!(told.message().contains("panicked"), "{told}");
        assert_eq!(machine.eval("3 + 4"), Ok(7));
        assert!(machine.primitive(199, |_| Ok(Value::Nil)).is_err());
    }

    #[test]
    fn a_number_without_a_function_is_an_error() {
        let mut machine = Machine::new(&image::NATIVE).unwrap();
        let told = machine.eval::<()>("Host count").unwrap_err();
        assert_eq!(
            told.message(),
            "primitive 202 failed: the host has no primitive 202"
        );
    }

    #[test]
    fn blocks_are_kept_and_run_later() {
        let (mut machine, listeners) = machine().unwrap();
        machine
            .eval::<()>("Host when: 'tick' do: [:n | n * n]")
            .unwrap();
        machine
            .eval::<()>("1 to: 300000 do: [:i | Array new: 9]")
            .unwrap();
        let answers = happened(&mut machine, &listeners, "tick", 12).unwrap();
        assert_eq!(answers, [Value::Int(144)]);
        let nothing = happened(&mut machine, &listeners, "tock", 12).unwrap();
        assert_eq!(nothing, []);
    }
}
