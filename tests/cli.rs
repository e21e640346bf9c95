//! The program's commands on the project's own image, as a user meets them.

mod support;

use std::io::Write;
use std::process::Stdio;
use support::{Done, command, file, folder, run, run_with_input};

#[test]
fn eval_prints_what_print_string_answers() {
    let done = run(&["eval", "3 + 4", "'abc' reversed", "(1/3) + (2/5)", "nil"]);
    done.is_fine("7\ncba\n(11/15)\nnil\n");
    assert_eq!(done.stderr, "");
}

#[test]
fn eval_ends_with_the_first_error() {
    let done = run(&["eval", "3 + 4", "nil foo", "5"]);
    done.failed(1, "foo");
    assert_eq!(done.stdout, "7\n");
    assert!(done.stderr.contains("doItCommand[Undefined,]"), "{done:?}");
    run(&["eval", "[:x | x"]).failed(1, "");
    run(&["eval", "Object halt"]).failed(1, "ended without a value");
    run(&["eval", "[nil foo] fork. 3"]).failed(1, "foo");
}

#[test]
fn every_tier_answers_the_same() {
    for tier in ["interpreter", "baseline", "specialised"] {
        run(&["eval", "30 factorial", "--tier", tier])
            .is_fine("265252859812191058636308480000000\n");
    }
}

#[test]
fn every_tier_shows_the_same_backtrace() {
    // The activation that runs a block is gone when the block begins, and so when it cannot.
    let all = ["interpreter", "baseline", "specialised"].map(|tier| {
        let done = run(&["eval", "[0] value: 6", "--tier", tier]);
        done.failed(1, "the block takes no arguments, but 1 was given");
        done.stderr
    });
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0], all[2]);
}

#[test]
fn lines_give_a_line_each() {
    let path = file(
        "lines_give_a_line_each",
        "lines.expr",
        "# heading\n3 + 4\n#(1 2) size\n\nnil foo\n'a\\b' + Char newline asString\n",
    );
    let done = run(&["eval", "--lines", &path]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{done:?}");
    assert_eq!(lines[..2], ["OK 7", "OK 2"]);
    assert!(lines[2].starts_with("ERR ") && lines[2].ends_with("\\n "));
    assert_eq!(lines[3], "OK a\\\\b\\n");
    assert_eq!(done.stderr, "");
}

#[test]
fn fresh_lines_do_not_see_each_other() {
    let text = "Object compileMethod: 'answer ^ 42'\n3 answer\n";
    let kept = run_with_input(&["eval", "--lines", "-"], text);
    kept.is_fine("OK true\nOK 42\n");
    let fresh = run_with_input(&["eval", "--lines", "-", "--fresh"], text);
    assert!(fresh.stdout.starts_with("OK true\nERR "), "{fresh:?}");
}

#[test]
fn run_files_programs_in() {
    let name = "run_files_programs_in";
    let out = folder(name).join("out.txt");
    let good = file(
        name,
        "good.st",
        &format!(
            "METHOD Object\nanswer\n\t^ 42\n!\nEVAL (File openWrite: '{}') write: 3 answer\n",
            out.display()
        ),
    );
    run(&["run", &good]).is_fine("");
    assert_eq!(std::fs::read_to_string(out).unwrap().trim(), "42");
    let bad = file(name, "bad.st", "EVAL nil foo\n");
    run(&["run", &good, &bad]).failed(1, "foo");
    let forked = file(name, "forked.st", "EVAL [nil foo] fork\n");
    run(&["run", &forked]).failed(1, "foo");
    run(&["run", "no such.st"]).failed(2, "no such.st");
}

#[test]
fn saved_images_run() {
    let name = "saved_images_run";
    let patch = file(name, "patch.st", "METHOD Object\nanswer\n\t^ 42\n!\n");
    let image = folder(name).join("my.image").display().to_string();
    run(&["save", &image, "--run", &patch]).is_fine("");
    run(&["--image", &image, "eval", "3 answer + 1"]).is_fine("43\n");
    let again = folder(name).join("again.image").display().to_string();
    run(&["save", &again, "--image", &image]).is_fine("");
    let first = std::fs::read(&image).unwrap();
    assert!(first == std::fs::read(&again).unwrap(), "the image changed");
    run(&["save", "/no/such/folder/x.image"]).failed(2, "/no/such/folder/x.image");
    let quit = file(
        name,
        "quit.st",
        "METHOD Object\nleave\n\t<117>\n!\nEVAL 3 leave\n",
    );
    run(&["run", &quit]).is_fine("");
    run(&["save", &image, "--run", &quit]).failed(1, "nothing is saved");
    let broken = file(name, "broken.st", "EVAL nil foo\n");
    run(&["save", &image, "--run", &broken]).failed(1, "foo");
    assert!(
        first == std::fs::read(&image).unwrap(),
        "it was overwritten"
    );
}

#[test]
fn floats_are_saved() {
    let name = "floats_are_saved";
    let text = "METHOD Object\nlist\n\t^ #(6.28 (-1.0e-300 3))\n!\n";
    let patch = file(name, "patch.st", text);
    let image = folder(name).join("my.image").display().to_string();
    run(&["save", &image, "--run", &patch]).is_fine("");
    run(&["--image", &image, "eval", "nil list"]).is_fine("#(6.28 #(-1.0E-300 3))\n");
}

#[test]
fn wrong_usage_is_explained() {
    for (words, expected) in [
        (&["eval"][..], "EXPR"),
        (&["evla"], "eval"),
        (&["eval", "3", "--max-heap", "banana"], "64M"),
        (&["eval", "3", "--max-heap", "1K"], "too small"),
        (&["eval", "3", "--max-stack", "1K"], "256K"),
        (&["eval", "3", "--tier", "fast"], "baseline"),
        (&["eval", "3", "--trace", "gc=debug"], "vm/jit"),
        (&["eval", "3", "--trace", "vm=loud"], "debug"),
        (&["eval", "3", "--fresh"], "--lines"),
        (&["eval", "--lines", "no such file"], "no such file"),
        (&["eval", "3", "--no-such-option"], "--no-such-option"),
        (&["bench", "no such"], "fib"),
        (&["run"], "FILE"),
    ] {
        run(words).failed(2, expected);
    }
}

#[test]
fn unusable_images_are_explained() {
    let name = "unusable_images_are_explained";
    let image = folder(name).join("whole.image").display().to_string();
    run(&["save", &image]).is_fine("");
    let bytes = std::fs::read(&image).unwrap();
    for length in [0, 3, 4, 100, bytes.len() / 2, bytes.len() - 1] {
        let path = folder(name).join("cut.image");
        std::fs::write(&path, &bytes[..length]).unwrap();
        run(&["eval", "3", "--image", path.to_str().unwrap()]).failed(2, "cut.image");
    }
    let text = file(name, "text.image", "This is no image.\n");
    run(&["eval", "3", "--image", &text]).failed(2, "not a SmallWorld image");
    let place = folder(name).display().to_string();
    run(&["eval", "3", "--image", &place]).failed(2, &place);
    run(&["info", "--image", "no such.image"]).failed(2, "no such.image");
}

#[test]
fn info_counts() {
    let done = run(&["info"]);
    assert_eq!(done.code, Some(0));
    let line = done
        .stdout
        .lines()
        .find(|l| l.ends_with(" native"))
        .unwrap();
    let numbers: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(numbers[0], numbers[2], "every method is native: {line}");
    let json = run(&["info", "--json"]);
    assert!(json.stdout.starts_with('{') && json.stdout.ends_with("}\n"));
    assert!(json.stdout.contains(&format!("\"native\":{}", numbers[2])));
    let interpreted = run(&["info", "--tier", "interpreter"]);
    assert!(interpreted.stdout.contains(", 0 native"), "{interpreted:?}");
}

#[test]
fn info_tells_what_is_specialised() {
    let specialised = |words: &[&str]| {
        let done = run(words);
        let line = done.stdout.lines().find(|l| l.contains(" specialised"));
        let number = line.unwrap().split(' ').next().unwrap().to_string();
        (number.parse::<usize>().unwrap(), done.stdout)
    };
    let (all, text) = specialised(&["info"]);
    let json = run(&["info", "--json"]).stdout;
    assert!(json.contains(&format!(
        "\"specialised\":{all},\"specialised_valid\":{all}"
    )));
    for tier in ["interpreter", "baseline"] {
        assert_eq!(specialised(&["info", "--tier", tier]).0, 0);
    }
    let profile = text.lines().find(|l| l.starts_with("profile: ")).unwrap();
    if all == 0 {
        assert!(profile == "profile: none" || profile.contains(" sites matched, "));
    } else {
        assert!(profile.contains(" sites matched, "), "{profile}");
        assert!(json.contains("\"profile\":{\"name\":\""), "{json}");
    }
}

#[test]
fn benchmarks_run() {
    let done = run(&["bench", "list", "tak", "--runs", "1"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stdout.contains("\nlist ") && done.stdout.contains("\ntak "));
    assert!(done.stderr.contains("[2/2] tak"), "{done:?}");
    let json = run(&["bench", "list", "--runs", "2", "--json"]);
    assert!(
        json.stdout
            .contains("{\"name\":\"list\",\"runs\":2,\"median_ms\":")
    );
}

#[test]
fn endless_recursion_is_an_error() {
    let name = "endless_recursion_is_an_error";
    let program = file(
        name,
        "deep.st",
        "METHOD Object\nendless: n\n\t^ (self endless: n + 1) + 1\n!\nEVAL 3 endless: 1\n",
    );
    let done = run(&["run", &program, "--max-stack", "16M"]);
    done.failed(1, "recursion too deep");
    assert!(done.stderr.contains(" more …"), "{done:?}");
    assert!(done.stderr.lines().count() < 100);
}

#[test]
fn exhausted_memory_is_an_error() {
    let hog = "[:list | [true] whileTrue: [list add: (Array new: 1000)]] value: List new";
    let done = run(&["eval", hog, "--max-heap", "8M"]);
    done.failed(1, "memory exhausted");
    assert!(done.stderr.contains("doItCommand[Undefined,]"), "{done:?}");
    run(&["eval", "Array new: 100000000", "--max-heap", "8M"]).failed(1, "memory exhausted");
    let input = format!("{hog}\n3 + 4\n");
    let done = run_with_input(&["repl", "--max-heap", "8M"], &input);
    assert_eq!(done.stdout, "7\n", "{done:?}");
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let mut child = command(&["eval", "--lines", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut input = child.stdin.take().unwrap();
    for _ in 0..1000 {
        if input.write_all(b"3 + 4\n").is_err() {
            break;
        }
    }
    drop(input);
    let done = Done::from(child.wait_with_output().unwrap());
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
}

#[test]
fn profiles_are_written() {
    let path = folder("profiles_are_written").join("p.profile");
    for expression in ["10 benchFib", "nil foo"] {
        let _ = std::fs::remove_file(&path);
        run(&["eval", expression, "--profile-out", path.to_str().unwrap()]);
        assert!(std::fs::metadata(&path).unwrap().len() > 100);
    }
    let saw = |lines: &str, fresh: &[&str]| {
        let words = [
            "eval",
            "--lines",
            "-",
            "--profile-out",
            path.to_str().unwrap(),
        ];
        run_with_input(&[&words[..], fresh].concat(), lines);
        let profile = smallworld_profile::codec::read(&path).unwrap();
        let sites = profile.methods.values().flat_map(|m| m.sites.values());
        let fib = sites.filter(|s| s.selector == "benchFib");
        fib.map(|s| s.targets.iter().map(|t| t.count.get()).sum::<u64>())
            .sum::<u64>()
    };
    let one = saw("12 benchFib\n", &[]);
    assert!(one > 100);
    assert_eq!(saw("12 benchFib\n12 benchFib\n3\n", &["--fresh"]), 2 * one);
    run(&["eval", "3", "--profile-out", "/no/such/p"]).failed(2, "/no/such/p");
}

#[test]
fn help_has_examples() {
    run(&["-V"]).is_fine(concat!("smallworld ", env!("CARGO_PKG_VERSION"), "\n"));
    let version = run(&["--version"]).stdout;
    let lines: Vec<&str> = version.lines().collect();
    assert_eq!(lines[0], concat!("smallworld ", env!("CARGO_PKG_VERSION")));
    let hash = lines[1].rsplit_once(" (").unwrap().1.trim_end_matches(')');
    assert!(
        hash.len() == 16 && u64::from_str_radix(hash, 16).is_ok(),
        "{hash}"
    );
    assert!(lines[2].starts_with("profile: "), "{version}");
    for words in [
        &["--help"][..],
        &["eval", "--help"],
        &["run", "--help"],
        &["repl", "--help"],
        &["bench", "--help"],
        &["save", "--help"],
        &["info", "--help"],
    ] {
        let done = run(words);
        assert_eq!(done.code, Some(0));
        assert!(done.stdout.contains("Example"), "{words:?}");
    }
}

#[test]
fn events_can_be_traced() {
    let done = run(&["eval", "3", "--trace", "vm=info"]);
    done.is_fine("3\n");
    assert!(done.stderr.contains("vm: image read"), "{done:?}");
    assert_eq!(run(&["eval", "3", "--trace", "vm/jit=info"]).stderr, "");
}

#[test]
fn shells_complete_and_manuals_are_made() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&["completions", shell]);
        assert_eq!(script.code, Some(0), "{script:?}");
        for part in ["profile-out", "completions", "bench"] {
            assert!(script.stdout.contains(part), "{shell}: no '{part}'");
        }
    }
    run(&["completions", "tcsh"]).failed(2, "possible values");
    let page = run(&["man"]);
    assert!(page.stdout.contains(".TH smallworld 1"), "{page:?}");
    let folder = folder("manuals");
    run(&["man", folder.to_str().unwrap()]).is_fine("");
    let page = std::fs::read_to_string(folder.join("smallworld-eval.1")).unwrap();
    assert!(page.contains("fresh"), "{page}");
}

#[test]
fn time_is_sampled() {
    let svg = folder("time_is_sampled").join("time.svg");
    let name = svg.to_str().unwrap();
    let done = run(&["eval", "30 benchFib", "30 benchFib", "--profile-time", name]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let folded = std::fs::read_to_string(svg.with_extension("folded")).unwrap();
    let fib = folded
        .lines()
        .find(|l| l.contains("SmallInt>>benchFib;SmallInt>>benchFib"));
    let (chain, count) = fib.expect("the method was seen").rsplit_once(' ').unwrap();
    assert!(chain.starts_with("String>>doIt;"), "{chain}");
    assert!(count.parse::<u64>().unwrap() > 0);
    let picture = std::fs::read_to_string(&svg).unwrap();
    assert!(
        picture.contains("<title>SmallInt&gt;&gt;benchFib: "),
        "{picture}"
    );
    assert!(picture.trim_end().ends_with("</svg>"));
    run(&["eval", "3", "--profile-time", "/no such folder/x.svg"]).failed(2, "cannot write");
}

#[test]
fn benchmarks_are_compared() {
    let old = file("benchmarks_are_compared", "old.json", "");
    let new = run(&["bench", "fib", "--runs", "1", "--json"]);
    assert_eq!(new.code, Some(0), "{new:?}");
    std::fs::write(&old, &new.stdout).unwrap();
    let done = run(&["bench", "fib", "--runs", "1", "--compare", &old]);
    assert!(done.stdout.contains("geometric mean"), "{done:?}");
    std::fs::write(&old, "{}").unwrap();
    run(&["bench", "fib", "--compare", &old]).failed(2, "holds no benchmarks");
    run(&["bench", "fib", "--compare", "no.json"]).failed(2, "cannot read 'no.json'");
}

#[test]
fn events_are_traced() {
    let traced = |target: &str, expression: &str| {
        let done = run(&["eval", expression, "--trace", target]);
        assert_eq!(done.code, Some(0), "{done:?}");
        done.stderr
    };
    let seen = traced("vm/gc=debug", "1 to: 300000 do: [:i | Array new: 9]");
    assert!(seen.contains("vm/gc: minor collection time="), "{seen}");
    let mixed = "#(1 'a' nil 3) inject: 0 into: [:n :each | n + each printString size]";
    let seen = traced("vm/cache=debug", mixed);
    assert!(
        seen.contains(": printString to String, after 1 other"),
        "{seen}"
    );
    let seen = traced("vm/process=debug", "[3 + 4] promise wait");
    assert!(
        seen.contains("vm/process: another process goes on"),
        "{seen}"
    );
    assert!(!seen.contains("vm/cache"), "{seen}");
    let seen = traced("vm/jit/exit", "[#(1 2 3) at: 5] on: Error do: [:e | 0]");
    let left = "Array>>at: for Array: left 1 times, for the baseline in Array>>at: @";
    // Only a build with a profile has specialised code; the default build has.
    let specialised = !run(&["--version"]).stdout.contains("profile: none");
    assert_eq!(seen.contains(left), specialised, "{seen}");
}
