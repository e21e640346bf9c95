//! The prompt, with its input from a pipe.

mod support;

use support::{file, folder, run_with_input};

#[test]
fn only_answers_are_printed() {
    for words in [&[][..], &["repl"]] {
        let done = run_with_input(words, "3 + 4\n\n'abc' size\n\"nothing\"\n");
        done.is_fine("7\n3\n");
        assert_eq!(done.stderr, "");
    }
    run_with_input(&["repl"], "3 + 4").is_fine("7\n");
}

#[test]
fn variables_last() {
    let done = run_with_input(
        &["repl"],
        "x <- 3\nx + 4\ny <- List new. y add: x; x\ny add: 5\n| z |\nz\nz <- y size. z + x\n\
         list <- #(1 2)\n[:each | each + x] value: 1\nx <- x + 1\nx\n",
    );
    // There are no cascades: that line is an error, and y is still declared.
    assert_eq!(done.code, Some(0), "{done:?}");
    let session = run_with_input(
        &["repl"],
        "x <- 3\nx + 4\n| z |\nz\nz <- x. z + x\n[:each | each + x] value: 1\nx <- x + 1\nx\n",
    );
    session.is_fine("3\n7\nnil\n6\n4\n4\n4\n");
}

#[test]
fn values_survive_collections() {
    let fill = "1 to: 300 do: [:i | Array new: 10000]";
    let input = format!("x <- 'kept' + '!'\n{fill}. x\ny <- 1\n{fill}. x + y\n");
    let done = run_with_input(&["repl", "--max-heap", "16M"], &input);
    done.is_fine("kept!\nkept!\n1\nkept!1\n");
}

#[test]
fn errors_do_not_end_it() {
    let done = run_with_input(&["repl"], "nil foo\n3 +\n(4\n)\n5 )\n6\n");
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stdout.ends_with("6\n"), "{done:?}");
    assert!(done.stderr.contains("foo"), "{done:?}");
}

#[test]
fn inputs_may_have_several_lines() {
    let done = run_with_input(
        &["repl"],
        "#(1\n2\n3) size\n3 + \\\n4\n'a\nb' size\n[:x |\n  x + 1\n] value: 2\n",
    );
    done.is_fine("3\n7\n3\n3\n");
}

#[test]
fn commands_work() {
    let name = "commands_work";
    let program = file(name, "p.st", "METHOD Object\nanswer\n\t^ 42\n!\n");
    let image = folder(name).join("saved.image").display().to_string();
    let profile = folder(name).join("p.profile").display().to_string();
    let done = run_with_input(
        &["repl"],
        &format!(
            ":load {program}\n3 answer\n:save {image}\n:browse Point\n:source Point>>+\n\
             :source Object>>answer\n:source Point class>>nothing\n:time 3 + 4\n:nonsense\n\
             x <- List new. x add: 7\n:inspect x\n:inspect #(7 'x')\n:inspect 3 foo\n\
             :profile 26 benchFib\n:profile-out {profile}\n\
             :load\n:browse Nothing\n:help\n:quit\n9\n"
        ),
    );
    assert_eq!(done.code, Some(0), "{done:?}");
    for part in [
        "42\n",
        "Point (a Magnitude)",
        "+ aPoint",
        "answer\n\t^ 42",
        "7\n",
        ":browse CLASS",
        "  class: List\n",
        "  firstIndex: 1\n",
        "  values: <Array>\n",
        "  1: 7\n  2: 'x'\n",
    ] {
        assert!(done.stdout.contains(part), "no '{part}' in {done:?}");
    }
    for part in [
        " ms\n",
        ":nonsense",
        "'Nothing'",
        "class>>nothing",
        "saved in",
        " samples",
        "SmallInt>>benchFib\n",
        "\"foo\"",
    ] {
        assert!(done.stderr.contains(part), "no '{part}' in {done:?}");
    }
    assert!(!done.stdout.contains("9\n"), "it went on after :quit");
    run_with_input(&["--image", &image], "3 answer\n").is_fine("42\n");
    assert!(smallworld_profile::codec::read(profile.as_ref()).is_ok());
}

#[test]
fn new_classes_can_be_looked_at() {
    let done = run_with_input(
        &["repl"],
        "Class addNewClass: (Object subclass: 'Cat' variables: 'name' classVariables: '')\n\
         (Class at: 'Cat' ifAbsent: [nil]) compileMethod: 'name ^ name'\n\
         :browse Cat\n:source Cat>>name\n",
    );
    assert!(done.stdout.contains("Cat (a Object)"), "{done:?}");
    assert!(done.stdout.contains("name ^ name"), "{done:?}");
}

#[test]
fn files_can_be_piped_in() {
    let done = run_with_input(
        &["repl"],
        "METHOD Integer\nanswer\n\t^ self + 40\n!\n3 answer\nMETA Point\nfour\n  ^ 4 )\n!\n\
         EVAL Object compileMethod: 'five ^ 5'\nnil five\nMETHOD Object\nsix ^ 6\n",
    );
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), "43\n5\n"));
    for part in [
        "input:3:7: Point class>>four: ",
        "input:1:1: the method has no end",
    ] {
        assert!(done.stderr.contains(part), "no '{part}' in {done:?}");
    }
}
