//! The tests that the image brings along, and what its users are promised.

use anyhow::Result;
use smallworld_image::Image;
use smallworld_kernel_tests::kernels;
use smallworld_profile::{Count, MethodName};
use smallworld_runtime::native::NO_NATIVE;
use smallworld_runtime::ui::Headless;
use smallworld_runtime::{Evaluation, Options, Source, Vm};

#[test]
fn the_images_own_tests_pass() -> Result<()> {
    for kernel in kernels()? {
        let report = kernel.evaluate("TestCase runAll")?;
        let lines: Vec<&str> = report.lines().collect();
        assert!(lines.len() >= 8, "{report}");
        for line in lines {
            assert!(line.ends_with(", 0 failed"), "{report}");
        }
    }
    Ok(())
}

/// Closures, environments and marks are found by the collector at any allocation.
#[test]
fn the_images_own_tests_pass_under_stress() -> Result<()> {
    for kernel in kernels()? {
        let mut vm = kernel.machine_with(|options| options.gc_stress = 1009);
        let report = match vm.evaluate(b"TestCase runAll") {
            Ok(Evaluation::Value(report)) => String::from_utf8_lossy(&report).into_owned(),
            other => anyhow::bail!("TestCase runAll comes to {other:?}"),
        };
        let lines: Vec<&str> = report.lines().collect();
        assert!(lines.len() >= 8, "{report}");
        for line in lines {
            assert!(line.ends_with(", 0 failed"), "{report}");
        }
    }
    Ok(())
}

#[test]
fn every_class_has_a_test() -> Result<()> {
    for kernel in kernels()? {
        assert_eq!(kernel.evaluate("TestCase untested printString")?, "#()");
    }
    Ok(())
}

/// Where specialised code is left because something else happens than the profile says.
#[test]
fn exits_are_counted() -> Result<()> {
    for kernel in kernels()? {
        let mut vm = kernel.machine();
        for _ in 0..3 {
            let _ = vm.evaluate(b"[#(1 2 3) at: 5] on: Error do: [:e | 0]");
        }
        let taken = vm.exits_taken();
        let counted = taken
            .iter()
            .find(|e| (e.method.as_str(), e.class.as_str()) == ("Array>>at:", "Array"))
            .map_or(0, |e| e.count);
        let profile = vm.profile();
        let name = |m: &&MethodName| (m.class.as_str(), m.selector.as_str()) == ("Array", "at:");
        let recorded = profile
            .methods
            .keys()
            .find(name)
            .map_or(Count::default(), |m| {
                profile.methods[m].exits.values().sum()
            });
        let expected = if kernel.is_specialised() { 3 } else { 0 };
        let counted = Count::from(counted);
        assert_eq!(
            (counted, recorded),
            (expected.into(), expected.into()),
            "{taken:?}"
        );
    }
    Ok(())
}

/// Every method of the image, compiled by the image's own compiler, is what `bootstrap`
/// made of it.
#[test]
fn the_compiler_compiles_itself() -> Result<()> {
    for kernel in kernels()? {
        assert_eq!(
            kernel.evaluate("CompilerTest runTest: 'testSelfHosting'")?,
            "nil"
        );
    }
    Ok(())
}

/// Objects without a hash of their own have another one in each run of the machine; collections that
/// were saved with such objects notice.
#[test]
fn sets_find_their_elements_in_another_run() -> Result<()> {
    let put = "Smalltalk at: 'all' put: ((1 to: 50) collect: [:i | Object new]). \
               Smalltalk at: 'set' put: (Set withAll: (Smalltalk at: 'all')). \
               Smalltalk at: 'keys' put: IdentityDictionary new. \
               (Smalltalk at: 'all') doWithIndex: [:each :i | (Smalltalk at: 'keys') at: each put: i]";
    let ask = "(Smalltalk at: 'all') allSatisfy: [:each | \
               ((Smalltalk at: 'set') includes: each) and: [(Smalltalk at: 'keys') includesKey: each]]";
    let path = std::env::temp_dir().join(format!("smallworld-{}-sets.image", std::process::id()));
    for kernel in kernels()? {
        let mut vm = kernel.machine();
        vm.evaluate(put.as_bytes()).map_err(anyhow::Error::msg)?;
        vm.save_image(&path).map_err(anyhow::Error::msg)?;
        let image = Image::read(&std::fs::read(&path)?)?;
        let mut vm = Vm::new(
            &Source::other(&NO_NATIVE, image)?,
            Options::default(),
            Box::new(Headless::silent()),
        );
        let found = vm.evaluate(ask.as_bytes()).map_err(anyhow::Error::msg)?;
        assert_eq!(found, Evaluation::Value(b"true".to_vec()));
    }
    std::fs::remove_file(path)?;
    Ok(())
}

#[test]
fn promises() -> Result<()> {
    let promises = [
        (
            "30 factorial printString",
            "265252859812191058636308480000000",
        ),
        ("1000 factorial printString size", "2568"),
        ("((1/3) + (2/5)) printString", "(11/15)"),
        ("'naïve café' reversed", "éfac evïan"),
        (
            "[1/0] on: ZeroDivide do: [:e | e messageText]",
            " division by zero in fraction",
        ),
        ("2 sqrt printString", "1.4142135623730951"),
    ];
    for kernel in kernels()? {
        for (expression, expected) in promises {
            assert_eq!(kernel.evaluate(expression)?, expected, "{expression}");
        }
        let error = kernel
            .evaluate("[:x | x foo] value: 3")
            .map_err(|e| e.to_string());
        let error = error.expect_err("3 does not understand foo");
        assert!(
            error.starts_with("3 does not understand \"foo\"\n"),
            "{error}"
        );
    }
    Ok(())
}
