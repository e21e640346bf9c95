//! A calculator: the sums are done by a class of an image, in Smalltalk; lines come from
//! standard input, and what the image shows on its Transcript goes to standard output.
//!
//! ```text
//! $ printf '2 * 21\n/ 4\n' | cargo run -p smallworld-example-calculator
//! 2 * 21 = 42
//! (42) / 4 = (21/2)
//! 2 lines, the total is (21/2)
//! ```

use smallworld_runtime::embed::{Error, Machine, Object, Value};
use std::io::BufRead;
use std::process::ExitCode;

smallworld_runtime::include_image!(image);

/// The image with one calculator.
struct Calculator {
    machine: Machine,
    calculator: Object,
}

impl Calculator {
    fn new() -> Result<Calculator, Error> {
        let mut machine = Machine::new(&image::NATIVE)?;
        machine.on_transcript(|text| print!("{text}"))?;
        let calculator = machine.eval("Calculator new")?;
        Ok(Calculator {
            machine,
            calculator,
        })
    }

    /// Enters a line. The total may be a number of any kind, so it comes as its text.
    fn enter(&mut self, line: &str) -> Result<String, Error> {
        let total: Value = self
            .machine
            .send(&self.calculator, "enter:", &[line.into()])?;
        self.machine.send_to(&total, "printString", &[])
    }

    /// How many lines were entered.
    fn lines(&mut self) -> Result<usize, Error> {
        let lines: Vec<Value> = self.machine.send(&self.calculator, "lines", &[])?;
        Ok(lines.len())
    }
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
    let mut calculator = Calculator::new()?;
    let mut total = String::from("0");
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        match calculator.enter(&line) {
            Ok(text) => total = text,
            // A wrong line is told about and forgotten.
            Err(problem) => println!("{}", problem.message()),
        }
    }
    println!("{} lines, the total is {total}", calculator.lines()?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[test]
    fn totals_are_numbers_of_any_kind() {
        let mut calculator = Calculator::new().unwrap();
        assert_eq!(calculator.enter("2 * 21").unwrap(), "42");
        assert_eq!(calculator.enter("/ 4").unwrap(), "(21/2)");
        let large = calculator.enter("30 factorial").unwrap();
        assert_eq!(large, "265252859812191058636308480000000");
        assert_eq!(calculator.lines().unwrap(), 3);
    }

    #[test]
    fn values_go_both_ways() {
        let mut machine = Machine::new(&image::NATIVE).unwrap();
        let calculator: Object = machine.eval("Calculator new").unwrap();
        assert_eq!(calculator.class_name(), "Calculator");
        let numbers = vec![Value::Int(1), Value::Float(0.5), Value::Int(-3)];
        let sum = machine.send(&calculator, "enterNumbers:", &[numbers.into()]);
        assert_eq!(sum, Ok(-1.5f64));
        for value in [
            Value::Nil,
            Value::Bool(true),
            Value::Bool(false),
            Value::Int(i32::MIN),
            Value::Float(-0.25),
            Value::Text("naïve".into()),
            Value::Text(String::new()),
            Value::Bytes(vec![0, 255]),
            Value::Array(vec![Value::Nil, Value::Array(vec![]), "x".into()]),
        ] {
            let same: Value = machine.send_to(&value, "yourself", &[]).unwrap();
            assert_eq!(same, value);
        }
        let wrong = machine.eval::<i32>("'text'").unwrap_err();
        assert_eq!(wrong.to_string(), "the value is a String, not a SmallInt");
        let none: Option<i32> = machine.eval("nil").unwrap();
        assert_eq!(none, None);
    }

    #[test]
    fn arrays_that_hold_themselves_end() {
        let mut machine = Machine::new(&image::NATIVE).unwrap();
        let mut value: Value = machine
            .eval("[:a | a at: 1 put: a. a at: 2 put: a. a] value: (Array new: 2)")
            .unwrap();
        let mut depth = 0;
        while let Value::Array(mut elements) = value {
            depth += 1;
            value = elements.swap_remove(0);
        }
        assert!(matches!(value, Value::Object(_)) && depth <= 16, "{depth}");
    }

    #[test]
    fn objects_are_kept_where_the_collector_moves_them() {
        let mut machine = Machine::new(&image::NATIVE).unwrap();
        let mut kept = Vec::new();
        for n in 0..50 {
            let list: Object = machine.eval("List new").unwrap();
            machine.send::<()>(&list, "add:", &[n.into()]).unwrap();
            // Places of objects that nobody holds any more are used again.
            drop(machine.eval::<Object>("Object new").unwrap());
            kept.push((n, list));
        }
        machine
            .eval::<()>("1 to: 300000 do: [:i | Array new: 9]")
            .unwrap();
        let collections = machine.vm().counts_of_collections();
        assert!(collections.0 > 0, "there must have been collections");
        for (n, list) in &kept {
            assert_eq!(machine.send(list, "last", &[]), Ok(*n));
        }
        let mut other = Machine::new(&image::NATIVE).unwrap();
        let foreign = other.send::<()>(&kept[0].1, "last", &[]).unwrap_err();
        assert!(foreign.to_string().contains("one machine"), "{foreign}");
    }

    #[test]
    fn what_fails_says_why() {
        let mut machine = Machine::new(&image::NATIVE).unwrap();
        let failed = machine.eval::<()>("3 foo").unwrap_err();
        assert_eq!(failed.message(), "3 does not understand \"foo\"");
        assert!(failed.to_string().contains("doItCommand"), "{failed}");
        let mistake = machine.eval::<()>("3 + ").unwrap_err();
        assert!(matches!(mistake, Error::Smalltalk(_)), "{mistake:?}");
        let three = machine.send_to::<()>(&3.into(), "between:and:", &[1.into()]);
        let three = three.unwrap_err().to_string();
        assert_eq!(three, "'between:and:' takes 2 arguments, not 1");
        assert!(machine.class("NoSuchClass").is_err());
        // And goes on as if nothing had been.
        assert_eq!(machine.eval("3 + 4"), Ok(7));
    }

    #[test]
    fn the_transcript_is_passed_on() {
        let mut machine = Machine::new(&image::NATIVE).unwrap();
        let seen = Arc::new(Mutex::new(String::new()));
        let sink = Arc::clone(&seen);
        machine
            .on_transcript(move |text| sink.lock().unwrap().push_str(text))
            .unwrap();
        machine.eval::<()>("Transcript showCr: 'one'").unwrap();
        machine.eval::<()>("Transcript showCr: 2").unwrap();
        machine.eval::<()>("Transcript clear").unwrap();
        machine.eval::<()>("Transcript showCr: 'three'").unwrap();
        assert_eq!(*seen.lock().unwrap(), "one\n2\nthree\n");
    }
}
