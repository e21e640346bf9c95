//! What holds of all crates: where `unsafe` may be, and what is depended on.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Modules of the runtime that may contain `unsafe`: those that know the layout of objects
/// and frames, or hold words across a collection. The compiler denies it everywhere else.
const UNSAFE_MODULES: [&str; 30] = [
    "allocate",
    "blocks",
    "bug",
    "closures",
    "code",
    "context",
    "embed",
    "errors",
    "exchange",
    "frame",
    "hosts",
    "inspect",
    "interpreter",
    "interrupt",
    "intrinsics",
    "loader",
    "memory",
    "methods",
    "native",
    "object",
    "pause",
    "perform",
    "primitives",
    "process",
    "reporting",
    "sampling",
    "saver",
    "sends",
    "vm",
    "workspace",
];

/// Files that say where `unsafe` is allowed: the list above, and the crates whose body is
/// translated code.
const ALLOWING: [&str; 9] = [
    "generated/src/lib.rs",
    "runtime/src/embed/include.rs",
    "runtime/src/lib.rs",
    "tests/differential-closures/src/lib.rs",
    "tests/differential-native/src/lib.rs",
    "tests/native-debug/src/lib.rs",
    "tests/native-release/src/lib.rs",
    "tests/native-rules/src/lib.rs",
    "tests/native-special/src/lib.rs",
];

/// Licences that go with this project's own
/// (the last two are those of the fonts that the windows bring along).
const LICENCES: [&str; 8] = [
    "MIT",
    "Apache-2.0",
    "Unlicense",
    "Unicode-3.0",
    "Zlib",
    "BSD-3-Clause",
    "OFL-1.1",
    "Ubuntu-font-1.0",
];

/// Crates that are there in two versions, because others ask for them.
const TWICE: [&str; 1] = ["syn"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files with that ending, as paths from the root.
fn files(ending: &str) -> Vec<PathBuf> {
    let (mut open, mut found) = (vec![root().to_path_buf()], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "target" && name != "fuzz" && !name.starts_with('.') {
                    open.push(path);
                }
            } else if name.ends_with(ending) {
                found.push(path.strip_prefix(root()).unwrap().to_path_buf());
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

#[test]
fn unsafe_is_where_the_list_says() {
    let manifest = read(Path::new("Cargo.toml"));
    for line in [
        "unsafe_code = \"deny\"",
        "unsafe_op_in_unsafe_fn = \"deny\"",
        "undocumented_unsafe_blocks = \"warn\"",
    ] {
        assert!(manifest.contains(line), "no '{line}' in Cargo.toml");
    }
    // Every crate takes part.
    let manifests = files("Cargo.toml");
    assert!(manifests.len() > 10);
    for manifest in manifests {
        let text = read(&manifest);
        let takes_part = text.contains("[lints]\nworkspace = true");
        assert!(takes_part, "{} has no lints", manifest.display());
    }
    // An `allow` is a word in a list, maybe one of several lines.
    let this = Path::new("tests/workspace.rs");
    let allows = |path: &PathBuf| path != this && read(path).contains("unsafe_code");
    let (mut allowing, denying): (Vec<_>, Vec<_>) =
        files(".rs").into_iter().filter(allows).partition(|path| {
            read(path)
                .lines()
                .filter(|line| line.contains("unsafe_code"))
                .any(|line| !line.contains("deny") && !line.contains("forbid"))
        });
    allowing.sort();
    assert_eq!(allowing, ALLOWING.map(PathBuf::from));
    assert!(denying.len() < 5, "{denying:?}");
    let modules = read(Path::new("runtime/src/lib.rs"));
    let listed: Vec<&str> = modules
        .split("#[allow(unsafe_code)]\n")
        .skip(1)
        .filter_map(|rest| rest.split(';').next()?.split_whitespace().last())
        .collect();
    assert_eq!(listed, UNSAFE_MODULES);
    assert_eq!(modules.matches("unsafe_code").count(), UNSAFE_MODULES.len());
}

/// Values as Rust prints them have names of types in them, which no user should see.
#[test]
fn messages_are_not_values_of_rust() {
    // There it is a time, or what the library hands over as text.
    const MAY: [&str; 1] = ["src/trace.rs"];
    let product = [
        "abi",
        "bootstrap",
        "gui",
        "image",
        "profile",
        "runtime",
        "src",
        "translator",
        "world",
    ];
    for path in files(".rs") {
        let of_product = product.iter().any(|folder| path.starts_with(folder));
        if !of_product
            || path
                .iter()
                .any(|part| part == "tests" || part == "tests.rs")
            || MAY.iter().any(|m| path == Path::new(m))
        {
            continue;
        }
        let text = read(&path);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            let shows = line.contains(":?}") || line.contains(":#?}");
            assert!(!shows, "{}:{}: {line}", path.display(), number + 1);
        }
    }
}

#[test]
fn every_crate_has_the_lints() {
    // Those of the root, `missing_docs` among them.
    let manifests: Vec<PathBuf> = files("Cargo.toml");
    assert!(manifests.len() > 20, "{manifests:?}");
    for path in manifests {
        let text = read(&path);
        let path = path.display();
        assert!(text.contains("[lints]\nworkspace = true\n"), "{path}");
    }
}

/// Lines of `cargo tree` for what the program and its tests are built from.
fn tree(arguments: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "--workspace",
            "--prefix",
            "none",
        ])
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problem}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: BTreeSet<String> = text.lines().map(str::to_string).collect();
    // Our own crates show where they are.
    lines
        .into_iter()
        .filter(|l| !l.is_empty() && !l.contains(" (") || l.contains("|"))
        .collect()
}

#[test]
fn dependencies_have_licences_that_fit() {
    let mut count = 0;
    for line in tree(&["--no-dedupe", "--format", "{p}|{l}"]) {
        let Some((package, licence)) = line.split_once('|') else {
            continue;
        };
        // Cargo marks what it has shown already.
        let licence = licence.trim_end_matches(" (*)");
        let known = |term: &str| LICENCES.contains(&term.trim_matches(['(', ')', ' ']));
        let fits = licence
            .split(" AND ")
            .all(|part| part.split(" OR ").flat_map(|p| p.split('/')).any(known));
        assert!(fits, "{package}: '{licence}' is none of {LICENCES:?}");
        count += 1;
    }
    assert!(count > 30, "{count}");
    println!("{count} packages, all with licences that fit");
}

#[test]
fn no_crate_is_there_twice_without_need() {
    let twice: BTreeSet<String> = tree(&["--duplicates", "--depth", "0"])
        .iter()
        .filter_map(|line| Some(line.split_whitespace().next()?.to_string()))
        .collect();
    let known = TWICE.map(str::to_string).into_iter().collect();
    assert_eq!(twice, known, "see TWICE");
}

#[test]
fn dependencies_come_from_the_registry_with_checksums() {
    let lock = read(Path::new("Cargo.lock"));
    for package in lock.split("[[package]]").skip(1) {
        let Some(source) = package.lines().find(|line| line.starts_with("source")) else {
            continue;
        };
        assert!(source.contains("crates.io-index"), "{package}");
        assert!(package.contains("\nchecksum = "), "{package}");
    }
}

#[test]
fn the_files_that_contributing_names_are_there() {
    let text = std::fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let mut count = 0;
    for (n, quoted) in text.split('`').enumerate() {
        let folder = quoted.split('/').next().unwrap_or_default();
        let is_path = quoted
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
        if n % 2 == 1 && quoted.contains('/') && is_path && root().join(folder).is_dir() {
            assert!(root().join(quoted).exists(), "CONTRIBUTING names {quoted}");
            count += 1;
        }
    }
    assert!(count > 30, "only {count} files");
}
