//! Programs as their users hand them over, to `eval` and `run`: nothing of them is left out
//! without a word, and what is wrong has its place.

mod support;

use support::{file, folder, run, run_with_input, shared_image};

#[test]
fn all_statements_run() {
    run(&["eval", "3. 4", "3. ^ 4. 5", "^ 6", "7."]).is_fine("4\n4\n6\n7\n");
    let added = "Class addNewClass: (Object subclass: 'Cat' variables: '' classVariables: ''). Cat new class name";
    run(&["eval", added]).is_fine("Cat\n");
    for failing in ["nil foo. 3", "3. nil foo. 4", "3. 4. nil foo"] {
        let done = run(&["eval", failing]);
        done.failed(1, "\"foo\"");
        assert_eq!(done.stdout, "");
    }
    let name = "all_statements_run";
    let out = folder(name).join("out.txt").display().to_string();
    let program = file(
        name,
        "several.st",
        &format!(
            "EVAL Object compileMethod: 'one ^ 1'. (File openWrite: '{out}') write: nil one\n"
        ),
    );
    run(&["run", &program]).is_fine("");
    assert_eq!(std::fs::read_to_string(&out).unwrap().trim(), "1");
    let second = file(name, "second.st", "EVAL 3. nil foo\n");
    run(&["run", &second]).failed(1, "second.st:1:9: ");
    // In the image as well, and the lines of a file of expressions.
    run(&["eval", "'3. 4' doIt"]).is_fine("4\n");
    run_with_input(&["eval", "--lines", "-"], "3. 4\n").is_fine("OK 4\n");
}

/// Texts that begin with a whole statement, and where that ends.
const LEFT_OUT: [(&str, usize); 7] = [
    ("#(1 2)) size", 7),
    ("'abc' 'def'", 7),
    ("3 + 4 ^ 5", 7),
    ("3 + 4 [5]", 7),
    ("3. 4 ]", 6),
    ("3 'open", 3),
    ("3 $", 3),
];

#[test]
fn nothing_is_left_out() {
    for (text, column) in LEFT_OUT {
        let done = run(&["eval", "1", text]);
        done.failed(1, &format!("eval:1:{column}: "));
        assert_eq!(done.stdout, "1\n", "{text}");
        let done = run_with_input(&["repl"], &format!("{text}\n2\n"));
        if !text.contains("open") {
            assert!(done.stdout.ends_with("2\n"), "{done:?}");
            assert!(!done.stderr.is_empty(), "{text}");
        }
    }
    run(&["eval", "3. (4"]).failed(1, "eval:1:6: ");
    run(&["eval", "(3\n  + 4"]).failed(1, "eval:2:6: ");
    run(&["eval", "Object parseMethod: 'foo ^ 3 ) 4'"]).failed(1, "1:9: unexpected ')'");
}

#[test]
fn files_are_understood_as_a_whole() {
    let name = "files_are_understood_as_a_whole";
    let out = folder(name).join("out.txt");
    // From a run before.
    let _ = std::fs::remove_file(&out);
    let first = format!("EVAL (File openWrite: '{}') write: 'x'\n", out.display());
    for (at, (text, place)) in [
        ("nil foo\n", "2:1: "),
        ("\n  !\n", "3:3: "),
        (
            "Class Foo Object\nMethods Foo 'all'\n  bar\n    ^ 1\n]\n",
            "2:1: ",
        ),
        ("EVAL\n", "2:5: "),
        ("EVALUATE 3\n", "2:1: "),
        ("METHOD Object\nfoo\n", "2:1: the method has no end"),
        ("METHOD 3\nfoo\n!\n", "2:1: "),
        ("METHOD Object\nfoo\n\t^ 1 ) 2\n!\n", "4:6: Object>>foo: "),
        (
            "META Object\nfoo\n\t^ 1 'a'\n!\n",
            "4:6: Object class>>foo: ",
        ),
        ("EVAL 3) foo\n", "2:7: "),
        ("EVAL 3.\n 4\n", "3:2: "),
        ("\"a\nb", "2:1: unterminated comment"),
    ]
    .into_iter()
    .enumerate()
    {
        let program = file(name, &format!("{at}.st"), &format!("{first}{text}"));
        run(&["run", &program]).failed(1, &format!("{at}.st:{place}"));
        assert!(!out.exists(), "it has begun, in spite of {text}");
    }
    let fine = format!("\"One\ntwo\" \"three\"\r\n\r\n{first}  \n\"four\"");
    run(&["run", &file(name, "fine.st", &fine)]).is_fine("");
    assert!(out.exists());
    let junk = file(name, "junk.st", "EVAL 1\nnil foo\n3 bar\n");
    let done = run(&["run", &junk]);
    done.failed(1, "junk.st:2:1: ");
    done.failed(1, "junk.st:3:1: ");
    run(&[
        "save",
        &folder(name).join("no.image").display().to_string(),
        "--run",
        &junk,
    ])
    .failed(1, "junk.st:2:1: ");
    assert!(!folder(name).join("no.image").exists());
}

#[test]
fn scripts_are_statements() {
    let name = "scripts_are_statements";
    let script = file(
        name,
        "sum.st",
        "#!/usr/bin/env -S smallworld run\n\"Adds\"\n| sum |\nsum := 0.\n\
         Smalltalk arguments do: [:each | sum := sum + each asNumber].\nsum displayNl\n",
    );
    run(&["run", &script, "--", "3", "4"]).is_fine("7\n");
    let wrong = file(
        name,
        "wrong.st",
        "#!x\n3 displayNl.\nnil foo.\n4 displayNl\n",
    );
    let done = run(&["run", &wrong]);
    done.failed(1, "wrong.st:3:1: ");
    assert_eq!(done.stdout, "3\n");
    // It is read as a whole before it runs.
    let broken = file(name, "broken.st", "3 displayNl.\n(4\n");
    let done = run(&["run", &broken]);
    done.failed(1, "broken.st:2:3: ");
    assert_eq!(done.stdout, "");
}

#[test]
fn files_of_chunks_are_filed_in() {
    let name = "files_of_chunks";
    let text = "Object subclass: #Greeter\n\tinstanceVariableNames: 'name'\n\tclassVariableNames: 'Made'\n\
                \tpackage: 'Tests'!\n\n!Greeter commentStamp: '' prior: 0!\nIt's kind!! Always.!\n\n\
                !Greeter methodsFor: 'x'!\nname: aString\n\tMade := (Made ifNil: [0]) + 1.\n\tname := aString!\n\n\
                greet\n\t^ 'Hello, ' , name , '!!'! !\n\n!Greeter class methodsFor: 'y'!\nmade\n\t^ Made! !\n\n\
                | one |\none := Greeter new name: 'World'; yourself.\none greet displayNl.\n\
                Greeter made displayNl!\n\nGreeter comment displayNl!\n";
    let chunks = file(name, "greeter.st", text);
    run(&["run", &chunks]).is_fine("Hello, World!\n1\nIt's kind! Always.\n");
    let wrong = file(
        name,
        "wrong.st",
        "3 displayNl!\n\n!Object methodsFor: 'x'!\nfoo ^ (3! !\n",
    );
    let done = run(&["run", &wrong]);
    done.failed(1, "wrong.st:4:9: Object>>foo: ");
    assert_eq!(done.stdout, "");
    let unknown = file(name, "unknown.st", "!Object frobnicate: 'x'!\n");
    run(&["run", &unknown]).failed(1, "unknown.st:1:2: ");
}

#[test]
fn errors_of_files_have_places() {
    let name = "errors_of_files_have_places";
    let failing = |file_name: &str, text: &str, parts: &[&str]| {
        let done = run(&["run", &file(name, file_name, text)]);
        for part in parts {
            done.failed(1, part);
        }
    };
    failing(
        "open.st",
        "METHOD Object\ngood\n\t^ 1\n!\nMETHOD Object\nbad\n\t^ 1 + (2\n!\n",
        &[
            "unexpected the end of the text, expected ')'",
            "open.st:7:10: Object>>bad: ",
        ],
    );
    failing(
        "name.st",
        "META Point\nbad\n\t^ zork\n!\n",
        &["unknown name 'zork'", "name.st:2:1: Point class>>bad: "],
    );
    failing(
        "class.st",
        "\nMETHOD Zork\nbad\n!\n",
        &["class.st:2:1: there is no class 'Zork'"],
    );
    failing(
        "dnu.st",
        "EVAL 3\n\nEVAL nil foo\nEVAL nil bar\n",
        &["\"foo\"", "dnu.st:3:6: ", "    EVAL nil foo\n"],
    );
    failing(
        "ended.st",
        "EVAL Object halt\n",
        &["ended without a value", "ended.st:1:6: "],
    );
}

#[test]
fn files_may_hold_any_bytes() {
    let name = "files_may_hold_any_bytes";
    let out = folder(name).join("out.txt");
    let program = folder(name).join("latin.st");
    let mut text = format!("EVAL (File openWrite: '{}') write: 'na", out.display()).into_bytes();
    text.extend(b"\xefve'\n");
    std::fs::write(&program, text).unwrap();
    run(&["run", program.to_str().unwrap()]).is_fine("");
    assert_eq!(std::fs::read(out).unwrap(), b"na\xefve");
}

#[test]
fn the_transcript_is_on_standard_output() {
    let show = "Transcript show: 'hello'";
    let done = run(&["eval", show, "Transcript clear. Transcript show: 3. 4"]);
    done.is_fine("hello\nTranscript\n3\n4\n");
    assert_eq!(done.stderr, "");
    let program = file("transcript", "show.st", &format!("EVAL {show}\n"));
    run(&["run", &program]).is_fine("hello\n");
    let input = format!("{show}. 5\n:load {program}\n");
    for words in [&[][..], &["repl"]] {
        run_with_input(words, &input).is_fine("hello\n5\nhello\n");
    }
}

#[test]
fn images_start_up_first() {
    let name = "images_start_up_first";
    let image = |file_name: &str, body: &str| {
        let patch = format!("META SmallWorld\nstartUp\n\t{body}\n!\n");
        let patch = file(name, &format!("{file_name}.st"), &patch);
        let image = folder(name).join(file_name).display().to_string();
        run(&["save", &image, "--run", &patch]).is_fine("");
        image
    };
    let program = file(name, "p.st", "EVAL Transcript show: nil started\n");
    let good = image(
        "good.image",
        "Transcript open. Object compileMethod: 'started ^ 42'",
    );
    run(&["--image", &good, "eval", "nil started"]).is_fine("42\n");
    run(&["--image", &good, "run", &program]).is_fine("42\n");
    run_with_input(&["--image", &good, "repl"], "nil started\n").is_fine("42\n");
    // One that cannot start says so, and can still be worked with.
    let bad = image("bad.image", "nil noStart");
    let done = run(&["--image", &bad, "eval", "3 + 4"]);
    done.is_fine("7\n");
    assert!(done.stderr.contains("noStart"), "{done:?}");
    let quits = image("quits.image", "<117 self>");
    run(&["--image", &quits, "eval", "3 + 4"]).is_fine("");
}

#[test]
fn negative_numbers_are_expressions() {
    run(&["eval", "-5", "-5 abs", "--tier", "baseline", "- 3"]).is_fine("-5\n5\n-3\n");
    run(&["eval", "--", "-5", "3 + 4"]).is_fine("-5\n7\n");
    run(&["eval", "-x"]).failed(2, "-x");
    let image = folder("negative_numbers")
        .join("nogui.image")
        .display()
        .to_string();
    run(&["save", &image]).is_fine("");
    run(&["--image", &image, "eval", "-7"]).is_fine("-7\n");
}

/// Their compilers and file readers leave out what they do not understand; `smallworld` does not.
#[test]
fn images_of_others_leave_nothing_out() {
    let name = "images_of_others";
    for year in [2015, 2004] {
        let Some(image) = shared_image(year) else {
            return;
        };
        let with = |words: &[&str]| run(&[&["--image", &image, "--headless"], words].concat());
        with(&["eval", "3. 4", "3. ^ 4. 5"]).is_fine("4\n4\n");
        for (text, column) in LEFT_OUT {
            with(&["eval", text]).failed(1, &format!("eval:1:{column}: "));
        }
        // Their own compilers have the last word on what they do not leave out.
        with(&["eval", "#foo"]).failed(1, "does not use symbols");
        with(&["eval", "((((((((((3))))))))))"]).is_fine("3\n");
        let deep = format!("{}3{}", "(".repeat(250), ")".repeat(250));
        with(&["eval", &deep]).is_fine("3\n");
        with(&["eval", &format!("{deep} ) 4")]).failed(1, "nested too deeply");
        let junk = file(name, "junk.st", "EVAL 3\nnil foo\n");
        with(&["run", &junk]).failed(1, "junk.st:2:1: ");
        let bad = file(name, "bad.st", "METHOD Object\nbad\n\t^ 1 ) 2\n!\n");
        with(&["run", &bad]).failed(1, "bad.st:3:6: Object>>bad: ");
        let out = folder(name).join("out.txt");
        let _ = std::fs::remove_file(&out);
        let several = format!(
            "METHOD Object\none\n\t^ 1\n!\nEVAL 3. (File openWrite: '{}') write: nil one printString\n",
            out.display()
        );
        with(&["run", &file(name, "several.st", &several)]).is_fine("");
        assert_eq!(std::fs::read_to_string(&out).unwrap(), "1");
        // After an error the older image goes on with the next line; the program has failed.
        std::fs::remove_file(&out).unwrap();
        let failing = format!("EVAL nil foo\n{several}");
        with(&["run", &file(name, "failing.st", &failing)]).failed(1, "failing.st:1:6: ");
        assert_eq!(out.exists(), year == 2004);
    }
    let image = shared_image(2015).unwrap();
    let done = run(&["--image", &image, "eval", "Transcript show: 'x'. 3"]);
    done.is_fine("x\n3\n");
    assert_eq!(done.stderr, "");
    let show = file(name, "show.st", "EVAL Transcript show: 'x'\n");
    run(&["--image", &image, "run", &show]).is_fine("x\n");
}
