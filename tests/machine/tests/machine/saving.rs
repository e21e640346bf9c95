//! Images out of a machine and into one again.

use smallworld_image::{Format, Image};
use smallworld_machine_tests::graph::same_graph;
use smallworld_machine_tests::{Machine, in_each_tier};
use smallworld_oracle::isolate::Folder;
use smallworld_oracle::tier::{IMAGE_2004, IMAGE_2015, OPTIMISED};
use smallworld_oracle::{Shared, World};
use std::path::Path;

/// A machine of the world's tier with an image from a file.
fn load(world: &World, file: &Path) -> Machine {
    let mut world = world.clone_for(Image::read_file(file).unwrap()).unwrap();
    world.tier = world.tier.resaved(world.tier.name);
    Machine::new(&world)
}

#[test]
fn files_are_written_as_they_were_read() {
    let Some(shared) = Shared::find() else { return };
    for (name, format) in [(IMAGE_2015, Format::V1), (IMAGE_2004, Format::Swst)] {
        let bytes = std::fs::read(shared.image_path(name)).unwrap();
        let image = Image::read(&bytes).unwrap();
        assert_eq!(image.format, format);
        assert!(image.write(format) == bytes, "{name} changed");
    }
}

#[test]
fn a_machine_that_did_nothing_exports_what_it_loaded() {
    let Some(shared) = Shared::find() else { return };
    for name in [IMAGE_2015, IMAGE_2004] {
        let world = World::new(&shared, name, OPTIMISED).unwrap();
        let exported = world.machine().export();
        let objects = same_graph(world.image(), &exported).unwrap();
        assert!(objects > 4000, "{objects}");
        let written = Image::read(&exported.write(exported.format)).unwrap();
        same_graph(world.image(), &written).unwrap();
    }
}

#[test]
fn the_other_format_keeps_the_meaning() {
    let Some(shared) = Shared::find() else { return };
    for (name, other) in [(IMAGE_2015, Format::Swst), (IMAGE_2004, Format::V1)] {
        let image = shared.image(name).unwrap();
        let converted = Image::read(&image.write(other)).unwrap();
        same_graph(&image, &converted).unwrap();
        let back = Image::read(&converted.write(image.format)).unwrap();
        same_graph(&image, &back).unwrap();
    }
}

#[test]
fn every_method_of_a_saved_image_is_native_again() {
    let Some(shared) = Shared::find() else { return };
    for name in [IMAGE_2015, IMAGE_2004] {
        let fresh = World::new(&shared, name, OPTIMISED)
            .unwrap()
            .machine()
            .counts();
        assert_eq!((fresh.native, fresh.interpreted.len()), (fresh.methods, 0));
        let again = World::new(&shared, name, OPTIMISED.resaved("resaved")).unwrap();
        let again = again.machine().counts();
        assert_eq!((again.native, again.methods), (fresh.native, fresh.methods));
    }
}

#[test]
fn what_was_done_is_saved() {
    in_each_tier(|world| {
        let folder = Folder::new().unwrap();
        let file = folder.file("saved.image");
        let mut m = Machine::new(world);
        m.define("Kept");
        m.run("Kept keep: #(1 2.5 'three' nil)");
        m.compile("Object", "added ^ Kept kept size");
        m.vm.save_image(&file).unwrap();
        m.expect("nil added", "4");

        let mut again = load(world, &file);
        again.expect("nil added", "4");
        again.expect("(Kept kept at: 3)", "three");
        // Host objects, Floats among them, are nil in the file.
        again.expect("(Kept kept at: 2) isNil printString", "true");
        again.expect("((1 to: 100) inject: 0 into: [:a :b | a + b])", "5050");
        let second = folder.file("second.image");
        again.vm.save_image(&second).unwrap();
        let (one, two) = (
            Image::read_file(&file).unwrap(),
            Image::read_file(&second).unwrap(),
        );
        assert!(two.objects.len() < one.objects.len() + 200);
    });
}

#[test]
fn a_program_saves_itself() {
    in_each_tier(|world| {
        let folder = Folder::new().unwrap();
        let file = folder.file("inside.image");
        let mut m = Machine::new(world);
        m.define("Kept");
        m.run("Kept keep: 'before'");
        m.expect(
            &format!("[<29 '{}'>. Kept keep: 'after'. 5] value", file.display()),
            "5",
        );
        m.expect("Kept kept", "after");
        let mut again = load(world, &file);
        again.expect("Kept kept", "before");
    });
}

#[test]
fn blocks_and_contexts_live_on_in_a_saved_image() {
    in_each_tier(|world| {
        let folder = Folder::new().unwrap();
        let file = folder.file("blocks.image");
        let mut m = Machine::new(world);
        m.define("Kept");
        m.compile("Object", "adder: n ^ [:x | x + n]");
        m.run("Kept keep: #((nil adder: 5) (nil adder: 7) (Context current))");
        m.expect("(Kept kept at: 1) value: 1", "6");
        m.vm.save_image(&file).unwrap();
        let mut again = load(world, &file);
        again.expect(
            "((Kept kept at: 1) value: 1) * ((Kept kept at: 2) value: 2)",
            "54",
        );
        again.expect(
            "((Kept kept at: 3) backtrace find: 'doItCommand') notNil printString",
            "true",
        );
    });
}

#[test]
fn a_save_that_fails_changes_nothing() {
    in_each_tier(|world| {
        let folder = Folder::new().unwrap();
        let mut m = Machine::new(world);
        let problem =
            m.vm.save_image(&folder.file("no/such/folder.image"))
                .unwrap_err();
        assert!(problem.contains("folder.image"), "{problem}");
        let text = m.error(&format!("<29 '{}'>", folder.file("no/x.image").display()));
        assert!(text.contains("x.image"), "{text}");
        m.expect("3 + 4", "7");
        assert_eq!(std::fs::read_dir(&folder.path).unwrap().count(), 0);
    });
}
