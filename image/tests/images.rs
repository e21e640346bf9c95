//! The real images, when they are there: read, written, checked, every method verified.

mod common;

use common::{real_images, same_graph, small_world};
use smallworld_image::{Format, Image, ObjId, Op, decode, method_shape};

#[test]
fn reading_and_writing_gives_the_same_bytes() {
    for (name, bytes) in real_images() {
        let image = Image::read(&bytes).unwrap();
        assert!(
            image.write(image.format) == bytes,
            "{name} came back changed"
        );
    }
}

#[test]
fn converting_there_and_back_keeps_the_graph() {
    let mut images: Vec<_> = real_images()
        .into_iter()
        .map(|(name, bytes)| (name, Image::read(&bytes).unwrap()))
        .collect();
    images.push(("the hand-made image", small_world().image));
    for (name, image) in images {
        let (one, other) = match image.format {
            Format::V1 => (Format::V1, Format::Swst),
            Format::Swst => (Format::Swst, Format::V1),
        };
        let converted = Image::read(&image.write(other)).unwrap();
        assert_eq!(converted.format, other);
        let back = Image::read(&converted.write(one)).unwrap();
        let there = same_graph(&image, &converted).expect(name);
        assert_eq!(there, converted.objects.len(), "{name}");
        assert_eq!(same_graph(&image, &back), Ok(there), "{name}");
        assert_eq!(back.write(one), image.write(one), "{name}");
    }
}

#[test]
fn an_image_in_another_order_is_stable_after_one_round_trip() {
    let mut image = small_world().image;
    // Swap two objects that are no roots by position in SWST, and leave one unreachable.
    let (a, b) = (30, 40);
    image.objects.swap(a, b);
    let swap = |id: &mut ObjId| match id.index() {
        n if n == a => *id = ObjId(b as u32),
        n if n == b => *id = ObjId(a as u32),
        _ => {}
    };
    for object in &mut image.objects {
        swap(&mut object.class);
        object.slots.iter_mut().for_each(swap);
    }
    let roots = &mut image.roots;
    for root in [&mut roots.array, &mut roots.block, &mut roots.context] {
        swap(root);
    }
    swap(&mut roots.small_int);
    roots.small_ints.iter_mut().for_each(swap);
    let stray = image.objects[roots.small_ints[3].index()].clone();
    image.objects.push(stray);
    for format in [Format::V1, Format::Swst] {
        let once = image.write(format);
        let read = Image::read(&once).unwrap();
        assert!(read.objects.len() < image.objects.len());
        assert_eq!(same_graph(&image, &read), Ok(read.objects.len()));
        assert_eq!(read.write(format), once);
    }
}

#[test]
fn real_images_are_sound() {
    for (name, bytes) in real_images() {
        let image = Image::read(&bytes).unwrap();
        let problems = image.check();
        assert!(problems.is_empty(), "{name}: {problems:#?}");
        let expected = if image.format == Format::V1 {
            (104, 504)
        } else {
            (102, 501)
        };
        assert_eq!((image.classes().len(), image.methods().len()), expected);
    }
}

#[test]
fn real_methods_verify_and_fit_their_stacks() {
    for (name, bytes) in real_images() {
        let image = Image::read(&bytes).unwrap();
        let mut blocks = 0;
        for found in image.methods() {
            let place = found.name(&image);
            let parts = method_shape(&image, found.method).unwrap();
            assert_eq!(parts.class, found.class, "{name} {place}");
            let analysis = parts.verify(&image).unwrap();
            assert!(
                usize::from(analysis.max_depth) <= parts.stack_size,
                "{place}"
            );
            assert_eq!(analysis.depth.len(), parts.code.len());
            for block in &analysis.blocks {
                blocks += 1;
                let push = decode(parts.code, block.push_at).unwrap();
                let (params_at, end) = (block.params_at, block.end);
                assert_eq!(push.op, Op::PushBlock { params_at, end });
                assert_eq!(
                    (push.next, analysis.depth[block.start]),
                    (block.start, Some(0))
                );
            }
            for at in analysis.starts() {
                let block = analysis.block_at[at].map(|n| &analysis.blocks[usize::from(n)]);
                assert!(block.is_none_or(|block| (block.start..block.end).contains(&at)));
            }
            assert!(!parts.disassemble(&image).is_empty());
        }
        assert!(blocks > 100, "{name} has {blocks} blocks");
    }
}

#[test]
fn classes_are_found_without_instances_and_methods() {
    let image = small_world().image;
    let names: Vec<String> = image
        .classes()
        .into_iter()
        .map(|class| image.name_of_class(class))
        .collect();
    for name in [
        "Object",
        "Context",
        "MetaContext",
        "Method",
        "Class",
        "MetaClass",
    ] {
        assert!(
            names.iter().any(|found| found == name),
            "{name} in {names:?}"
        );
    }
    assert_eq!(names.len(), 20);
    assert!(image.classes().is_sorted());
    let methods: Vec<String> = image.methods().iter().map(|m| m.name(&image)).collect();
    assert_eq!(methods, ["Object>>yourself", "SmallInt>>min:"]);
}
