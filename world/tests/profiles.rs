//! Profiles as a user meets them: merging, reports, what is refused. What takes a release build (`profile`,
//! `optimize`) is tested as far as it goes without one; `docs/TESTING.md` says how the rest is tried.

mod common;

use common::{Folder, kernel_image, root, world_in};
use smallworld_image::{Image, hash_bytes, method_shape};
use smallworld_profile::{
    Count, MethodName, MethodProfile, Profile, SiteProfile, TargetProfile, codec,
};

/// A site that met these classes, that often.
fn site(selector: &str, classes: &[(&str, &str, u64)]) -> SiteProfile {
    let target = |&(class, holder, count): &(&str, &str, u64)| TargetProfile {
        class: class.into(),
        method: Some(MethodName {
            class: holder.into(),
            selector: selector.into(),
        }),
        count: count.into(),
    };
    SiteProfile {
        selector: selector.into(),
        targets: classes.iter().map(target).collect(),
        megamorphic: Count::ZERO,
    }
}

/// A method with one site at the offset 12.
fn add(profile: &mut Profile, name: (&str, &str), hash: u64, site: SiteProfile) {
    let name = MethodName {
        class: name.0.into(),
        selector: name.1.into(),
    };
    let sites = [(12, site)].into();
    profile.methods.insert(
        name,
        MethodProfile {
            hash,
            sites,
            ..Default::default()
        },
    );
}

fn write(folder: &Folder, name: &str, profile: &Profile) {
    folder.write(name, codec::encode(profile).unwrap());
}

fn fib(count: u64) -> Profile {
    let mut profile = Profile::default();
    let met = site("fib:", &[("FibBenchmark", "FibBenchmark", count)]);
    add(&mut profile, ("FibBenchmark", "fib:"), 1, met);
    profile
}

#[test]
fn profiles_are_merged() {
    let folder = Folder::new("merge");
    write(&folder, "a", &fib(5));
    write(&folder, "b", &fib(7));
    let mut other = Profile::default();
    add(
        &mut other,
        ("List", "do:"),
        3,
        site("value:", &[("Block", "Block", 2)]),
    );
    write(&folder, "c", &other);
    let run = |words: &[&str]| world_in(&folder.0, words);
    let said = run(&["merge", "-o", "all", "a", "b", "c"]).done();
    assert_eq!(said, "all: 2 sites, 14 sends\n");
    let merged = codec::read(&folder.0.join("all")).unwrap();
    assert_eq!((merged.sites(), merged.total().get()), (2, 14));
    let said = run(&["merge", "-o", "hot", "all", "--top", "1"]).done();
    assert_eq!(said, "hot: 1 site, 12 sends\n");
    // Over one of them.
    run(&["merge", "-o", "a", "a", "a"]).done();
    assert_eq!(codec::read(&folder.0.join("a")).unwrap().total().get(), 10);
    run(&["merge", "a"]).refused(2);
    let said = run(&["merge", "-o", "no/x", "a"]).refused(2);
    assert!(said.contains("there is no folder"), "{said}");
    let said = run(&["merge", "-o", "x", "a", "none"]).refused(2);
    assert!(said.contains("'none'"), "{said}");
    assert_eq!(folder.names(), ["a", "all", "b", "c", "hot"]);
}

#[test]
fn files_that_are_no_profiles_are_explained() {
    let folder = Folder::new("damaged");
    let image = kernel_image(&folder);
    let bytes = codec::encode(&fib(5)).unwrap();
    folder.write("text", "This is no profile, but a text.");
    folder.write("cut", &bytes[..bytes.len() - 1]);
    let mut other = bytes.clone();
    other[8] = 9;
    folder.write("version", &other);
    for (file, expected) in [
        ("text", "this is no profile"),
        ("cut", "damaged"),
        ("version", "format version 9"),
        ("none", "No such file"),
    ] {
        for words in [
            &["report", file][..],
            &["merge", "-o", "x", file],
            &["emit", &image, "--profile", file],
            &["build", &image, "--profile", file],
        ] {
            let said = world_in(&folder.0, words).refused(2);
            assert!(said.contains(expected) && said.contains(file), "{said}");
            assert!(said.contains("cargo world profile"), "{said}");
        }
    }
}

#[test]
fn counts_may_be_as_large_as_can_be() {
    let folder = Folder::new("largest");
    let image = kernel_image(&folder);
    let mut profile = codec::read(&root().join("kernel/default.profile")).unwrap();
    // Where everything is hot, everything is specialised: a few classes are enough of that.
    let some = ["FibBenchmark", "SmallInt", "List"];
    profile
        .methods
        .retain(|name, _| some.contains(&name.class.as_str()));
    for method in profile.methods.values_mut() {
        for site in method.sites.values_mut() {
            site.megamorphic = Count::new(u64::MAX - 1);
            for target in &mut site.targets {
                target.count = Count::MAX;
            }
        }
        method.exits.insert(14, Count::MAX);
    }
    write(&folder, "p", &profile);
    let run = |words: &[&str]| world_in(&folder.0, words);
    run(&["merge", "-o", "all", "p", "p"]).done();
    assert_eq!(
        codec::read(&folder.0.join("all")).unwrap().total(),
        Count::MAX
    );
    let said = run(&["report", "all", "--image", &image]).done();
    assert!(said.contains("18,446,744,073,709,551,615"), "{said}");
    run(&["emit", &image, "FibBenchmark", "--profile", "all"]).done();
}

#[test]
fn reports_show_what_is_hot() {
    let folder = Folder::new("report");
    let mut profile = fib(60);
    let met = site("<each>", &[("Set", "Set", 3), ("List", "List", 1)]);
    add(&mut profile, ("Bag", "do:"), 3, met);
    for method in profile.methods.values_mut() {
        method.exits.insert(14, Count::new(1234));
    }
    write(&folder, "p", &profile);
    let said = world_in(&folder.0, &["report", "p"]).done();
    assert!(said.contains("1,234         Bag>>do: @14"), "{said}");
    assert!(said.contains("2 methods, 2 sites, 64 sends"), "{said}");
    assert!(said.contains("1 monomorphic, 1 polymorphic"), "{said}");
    assert!(said.contains("FibBenchmark>>fib: @12 fib:"), "{said}");
    assert!(said.contains("Set 75.0%, List 25.0%"), "{said}");
    let said = world_in(&folder.0, &["report", "p", "--top", "1"]).done();
    assert!(
        !said.contains("Set 75.0%") && said.contains("1 more"),
        "{said}"
    );
    world_in(&folder.0, &["report", "p", "--html", "p.html"]).done();
    let page = String::from_utf8(folder.read("p.html")).unwrap();
    assert!(page.contains("&lt;each&gt;") && !page.contains("<each>"));
    assert!(
        page.contains("1,234</td><td><code>Bag&gt;&gt;do: @14"),
        "{page}"
    );
    for outside in ["http", "src=", "href=\"/", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.ends_with("</body>\n</html>\n"));
    write(&folder, "empty", &Profile::default());
    let said = world_in(&folder.0, &["report", "empty"]).refused(1);
    assert!(said.contains("the profile is empty"), "{said}");
}

#[test]
fn an_image_tells_what_is_made_of_a_profile() {
    let folder = Folder::new("beside");
    let image = kernel_image(&folder);
    let default = root().join("kernel/default.profile");
    let mut profile = codec::read(&default).unwrap();
    // A method that the image has in another form, and one of no class of its.
    // They are hot, so that the page shows them.
    let met = site("x", &[("Object", "Object", 1 << 40)]);
    add(
        &mut profile,
        ("OrderedCollection", "addLast:"),
        1,
        met.clone(),
    );
    add(&mut profile, ("NoSuch", "x"), 1, met);
    write(&folder, "p", &profile);
    let words = ["report", "p", "--image", &image, "--html", "p.html"];
    world_in(&folder.0, &words).done();
    let page = String::from_utf8(folder.read("p.html")).unwrap();
    assert!(page.contains("stale: its bytecode has changed"));
    assert!(page.contains("unmatched: not in the image"));
    assert!(page.contains("<h2 id=\"specialised\">"));
    assert!(page.contains("FibBenchmark&gt;&gt;fib: for FibBenchmark"));
}

#[test]
fn what_cannot_be_profiled_is_refused_before_the_build() {
    let folder = Folder::new("refused");
    let image = kernel_image(&folder);
    let run = |words: &[&str]| world_in(&folder.0, words).refused(2);
    for command in ["profile", "optimize"] {
        let said = run(&[command, "none", "--", "bench"]);
        assert!(said.contains("cannot read 'none'"), "{said}");
        let said = run(&[command, &image, "-o", "no/x", "--", "bench"]);
        assert!(said.contains("there is no folder"), "{said}");
        run(&[command, &image, "bench"]);
    }
    let said = run(&["optimize", &image]);
    assert!(said.contains("<ARGS>"), "{said}");
    run(&["optimize", &image, "--rounds", "1", "--", "bench"]);
    assert_eq!(folder.names(), ["kernel.image"]);
}

/// The profile that the default build uses: nine of ten of its sites are as they were.
#[test]
fn the_default_profile_matches_the_kernel() {
    let path = root().join("kernel/default.profile");
    let profile = codec::read(&path).expect("the default profile can be read");
    let folder = Folder::new("default");
    let image = Image::read(&std::fs::read(kernel_image(&folder)).unwrap()).unwrap();
    let fits = |name: &MethodName, hash: u64| {
        image.methods().into_iter().any(|found| {
            let parts = method_shape(&image, found.method);
            image.name_of_class(found.class) == name.class
                && parts
                    .is_ok_and(|p| p.name == name.selector.as_bytes() && hash_bytes(p.code) == hash)
        })
    };
    let matched: usize = profile
        .methods
        .iter()
        .filter(|(name, method)| fits(name, method.hash))
        .map(|(_, method)| method.sites.len())
        .sum();
    assert!(
        matched * 10 >= profile.sites() * 9,
        "of the {} sites of kernel/default.profile only {matched} match; docs/PROFILES.md says how to record it again",
        profile.sites()
    );
}
