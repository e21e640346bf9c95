//! Object memory under load, by programs of our own image: a small heap, large objects,
//! growth in place, deep structures. In debug builds every collection is checked.

use smallworld_kernel_tests::Kernel;
use smallworld_kernel_tests::kernels;
use smallworld_runtime::Vm;
use smallworld_runtime::observe::ExitCount;

const MIB: usize = 1 << 20;

fn small_heap(kernel: &Kernel) -> Box<Vm> {
    kernel.machine_with(|options| options.max_heap = 64 * MIB)
}

fn expect(vm: &mut Vm, expression: &str, value: &str) {
    let came = vm.evaluate(expression.as_bytes());
    let wanted = smallworld_runtime::Evaluation::Value(value.as_bytes().to_vec());
    assert_eq!(came, Ok(wanted), "{expression}");
}

#[test]
fn two_gibibytes_through_64_mebibytes() {
    for kernel in kernels().unwrap() {
        let mut vm = small_heap(&kernel);
        // In pieces of 8 KiB, of which the last thousand are kept.
        expect(
            &mut vm,
            "| ring i | ring <- Array new: 1000. i <- 0. \
             [i < 262144] whileTrue: [ \
                i <- i + 1. \
                ring at: (i rem: 1000) + 1 put: ((Array new: 1023) at: 1 put: i)]. \
             ring inject: 0 into: [:sum :each | sum + (each at: 1)]",
            // 261145 + … + 262144
            "261644500",
        );
        let counts = vm.counts();
        assert!(counts.old_bytes <= 64 * MIB, "{} bytes", counts.old_bytes);
        assert!(counts.full_collections > 20);
        println!(
            "2 GiB through 64 MiB: {} minor and {} full collections",
            counts.minor_collections, counts.full_collections
        );
    }
}

#[test]
fn large_objects_come_and_go() {
    for kernel in kernels().unwrap() {
        let mut vm = small_heap(&kernel);
        // Above 256 KiB they never are in the nursery; what they refer to is young.
        expect(
            &mut vm,
            "| i a sum | sum <- 0. i <- 0. \
             [i < 100] whileTrue: [ \
                i <- i + 1. \
                a <- Array new: 500000. \
                a at: 1 put: i printString. \
                a at: 500000 put: {a at: 1}. \
                String new: 3000000. \
                sum <- sum + ((a at: 500000) at: 1) size]. \
             sum",
            "192",
        );
        assert!(vm.counts().old_bytes <= 64 * MIB);
    }
}

#[test]
fn large_objects_are_no_reason_to_leave_specialised_code() {
    for kernel in kernels().unwrap() {
        let mut vm = small_heap(&kernel);
        // An Array too large for the nursery, and strings that native code does not make itself.
        expect(&mut vm, "SieveBenchmark new run: 40000", "4203");
        expect(&mut vm, "(('abcdefgh' * 200) + ('xy' * 300)) size", "2200");
        expect(
            &mut vm,
            "| out | out <- WriteStream on: String. \
             1 to: 5000 do: [:i | out nextPut: $a]. \
             out nextPutAll: out contents. out contents size",
            "10000",
        );
        let left = vm.exits_taken();
        let new = |e: &ExitCount| e.within.ends_with(">>new:") || e.within.ends_with("String>>+");
        assert!(!left.iter().any(new), "{left:?}");
    }
}

#[test]
fn growth_keeps_identity_young_and_old() {
    for kernel in kernels().unwrap() {
        let mut vm = small_heap(&kernel);
        expect(
            &mut vm,
            "| a b i | a <- Array new: 1. b <- {a. a. {a}}. a at: 1 put: b. i <- 0. \
             [i < 60] whileTrue: [ \
                i <- i + 1. <32 i a>. <32 a b>. \
                (b at: b size) == a ifFalse: ['other' size foo]. \
                ((b at: 3) at: 1) == a ifFalse: ['another' size foo]]. \
             (a size * 1000) + b size",
            "61063",
        );
    }
}

/// A chain of a million objects, and as many in width: collected and saved on a native stack
/// of 256 KiB.
#[test]
fn deep_structures_need_no_native_stack() {
    const CHAIN: &str = "| link i | link <- nil. i <- 0. \
        [i < 1000000] whileTrue: [i <- i + 1. link <- {link}]. \
        i <- 0. \
        [link notNil] whileTrue: [i <- i + 1. link <- link at: 1]. i";
    for kernel in kernels().unwrap() {
        let thread = std::thread::Builder::new().stack_size(256 << 10);
        let work = move || {
            let mut vm = kernel.machine_with(|options| options.native_stack = 96 << 10);
            expect(&mut vm, CHAIN, "1000000");
            expect(
                &mut vm,
                "| c | c <- Object subclass: 'Kept' variables: '' classVariables: 'link'. \
                 Class addNewClass: c. \
                 c class compileMethod: 'link: l ^ link <- l'. c class compileMethod: 'link ^ link'. 5",
                "5",
            );
            expect(
                &mut vm,
                "| link i | link <- nil. i <- 0. \
                 [i < 300000] whileTrue: [i <- i + 1. link <- {link}]. Kept link: link. i",
                "300000",
            );
            let image = vm.export();
            assert!(image.objects.len() > 300_000);
            let format = image.format;
            image.write(format).len()
        };
        let written = thread.spawn(work).unwrap().join().unwrap();
        assert!(written > 300_000 * 20, "{written}");
    }
}

#[test]
fn identity_hashes_stay_with_their_objects() {
    for kernel in kernels().unwrap() {
        let mut vm = small_heap(&kernel);
        // Thousands that go are forgotten; those that stay have moved more than once.
        expect(
            &mut vm,
            "| kept hashes | kept <- (1 to: 100) collect: [:i | Object new]. \
             hashes <- kept collect: [:each | each identityHash]. \
             1 to: 300000 do: [:i | Object new identityHash]. \
             (kept collect: [:other | other identityHash]) = hashes",
            "true",
        );
        let counts = vm.counts();
        assert!(counts.minor_collections > 0, "{}", counts.minor_collections);
        assert!(vm.host_bytes() < 32 * MIB, "{}", vm.host_bytes());
    }
}
