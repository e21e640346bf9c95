use super::*;

const INK: i32 = 0x12_34_56;

/// A picture with '#' for pixels of that color and '.' for white.
fn looks(picture: &Picture) -> Vec<String> {
    (0..picture.height())
        .map(|y| {
            let row = (0..picture.width()).map(|x| match picture.pixel(x, y) {
                Some(INK) => '#',
                Some(0xFF_FF_FF) => '.',
                _ => '?',
            });
            row.collect()
        })
        .collect()
}

fn drawn(shape: Shape, at: (i32, i32), to: (i32, i32)) -> Vec<String> {
    let mut picture = Picture::new(8, 6).unwrap();
    let point = |(x, y)| Point { x, y };
    picture.draw_shape(shape, INK, point(at), point(to));
    looks(&picture)
}

#[test]
fn lines_in_all_directions() {
    let down = [
        "........", ".##.....", "...##...", ".....##.", "........", "........",
    ];
    assert_eq!(drawn(Shape::Line, (1, 1), (6, 3)), down);
    let steep = [
        "#.......", "#.......", ".#......", ".#......", "..#.....", "..#.....",
    ];
    assert_eq!(drawn(Shape::Line, (0, 0), (2, 5)), steep);
    assert_eq!(drawn(Shape::Line, (3, 0), (3, 9)), ["...#...."; 6]);
    let point = drawn(Shape::Line, (7, 5), (7, 5));
    assert_eq!(point[5], ".......#");
    assert_eq!(point[..5], ["........"; 5]);
    let diagonal = [
        "#.......", ".#......", "..#.....", "...#....", "....#...", ".....#..",
    ];
    assert_eq!(drawn(Shape::Line, (5, 5), (0, 0)), diagonal);
    assert_eq!(
        drawn(Shape::Line, (i32::MIN, i32::MIN), (i32::MAX, i32::MAX)),
        diagonal
    );
    assert_eq!(
        drawn(Shape::Line, (i32::MAX, -1), (i32::MIN, -1)),
        ["........"; 6]
    );
}

#[test]
fn rectangles() {
    let outline = [
        "........", ".####...", ".#..#...", ".####...", "........", "........",
    ];
    assert_eq!(drawn(Shape::Rectangle, (1, 1), (3, 2)), outline);
    let filled = [
        "........", ".###....", ".###....", "........", "........", "........",
    ];
    assert_eq!(drawn(Shape::FilledRectangle, (1, 1), (3, 2)), filled);
    assert_eq!(
        drawn(Shape::FilledRectangle, (-5, -5), (i32::MAX, i32::MAX)),
        ["########"; 6]
    );
    assert_eq!(
        drawn(Shape::Rectangle, (-5, -5), (i32::MAX, i32::MAX)),
        ["........"; 6]
    );
    for shape in [
        Shape::Rectangle,
        Shape::FilledRectangle,
        Shape::Oval,
        Shape::FilledOval,
    ] {
        assert_eq!(drawn(shape, (4, 4), (-2, 1)), ["........"; 6], "{shape:?}");
    }
    for shape in [Shape::FilledRectangle, Shape::FilledOval] {
        assert_eq!(drawn(shape, (1, 1), (0, 3)), ["........"; 6], "{shape:?}");
        assert_eq!(drawn(shape, (1, 1), (3, 0)), ["........"; 6], "{shape:?}");
    }
}

#[test]
fn ovals() {
    let filled = [
        "..####..", ".######.", "########", "########", ".######.", "..####..",
    ];
    assert_eq!(drawn(Shape::FilledOval, (0, 0), (8, 6)), filled);
    let outline = [
        "..####..", ".#....#.", "#......#", "#......#", ".#....#.", "..####..",
    ];
    assert_eq!(drawn(Shape::Oval, (0, 0), (7, 5)), outline);
    let dot = drawn(Shape::Oval, (2, 2), (0, 0));
    assert_eq!(dot[2], "..#.....");
    assert_eq!(
        drawn(Shape::FilledOval, (i32::MIN, 0), (i32::MAX, i32::MAX)),
        ["........"; 6]
    );
}

#[test]
fn text_stands_on_its_baseline() {
    let mut picture = Picture::new(12, 9).unwrap();
    picture.draw_text(INK, Point { x: 0, y: 8 }, b"Hi");
    let expected = [
        "............",
        "#...#...#...",
        "#...#.......",
        "#...#..##...",
        "#####...#...",
        "#...#...#...",
        "#...#...#...",
        "#...#..###..",
        "............",
    ];
    assert_eq!(looks(&picture), expected);
    let before = picture.clone();
    picture.draw_text(
        INK,
        Point {
            x: i32::MAX,
            y: i32::MIN,
        },
        b"out of sight",
    );
    picture.draw_text(INK, Point { x: i32::MIN, y: 8 }, b"out of sight");
    assert_eq!(picture, before);
}

#[test]
fn a_picture_on_another() {
    let mut small = Picture::new(2, 2).unwrap();
    small.draw_shape(
        Shape::FilledRectangle,
        INK,
        Point::default(),
        Point { x: 2, y: 2 },
    );
    let mut picture = Picture::new(4, 3).unwrap();
    picture.draw_image(Point { x: -1, y: -1 }, &small);
    picture.draw_image(Point { x: 3, y: 1 }, &small);
    picture.draw_image(
        Point {
            x: i32::MAX,
            y: i32::MAX,
        },
        &small,
    );
    assert_eq!(looks(&picture), ["#...", "...#", "...#"]);
}

#[test]
fn as_bytes() {
    let mut picture = Picture::new(2, 1).unwrap();
    picture.set(1, 0, INK);
    assert_eq!(picture.rgb(), [255, 255, 255, 0x12, 0x34, 0x56]);
    assert_eq!(picture.to_ppm(), b"P6\n2 1\n255\n\xff\xff\xff\x12\x34\x56");
    assert_eq!(picture.pixel(2, 0), None);
    assert_eq!(picture.pixel(0, 1), None);
}

#[test]
fn sizes_that_cannot_be() {
    assert_eq!(
        Picture::new(0, 5).unwrap_err(),
        "a picture cannot have 0 by 5 pixels"
    );
    assert_eq!(
        Picture::new(5, -1).unwrap_err(),
        "a picture cannot have 5 by -1 pixels"
    );
    let large = Picture::new(i32::MAX, i32::MAX).unwrap_err();
    assert_eq!(
        large,
        "a picture of 2147483647 by 2147483647 pixels is too large"
    );
}

#[test]
fn the_codes_of_primitive_115() {
    assert_eq!(Shape::from_code(1), Some(Shape::Oval));
    assert_eq!(Shape::from_code(4), Some(Shape::FilledRectangle));
    assert_eq!(Shape::from_code(5), Some(Shape::Line));
    assert_eq!(Shape::from_code(0), None);
    assert_eq!(Shape::from_code(6), None);
}

#[test]
fn a_picture_on_itself() {
    let mut picture = Picture::new(7, 5).unwrap();
    for n in 0..35 {
        picture.set(n % 7, n / 7, n as i32 * 7);
    }
    for x in [-8, -7, -3, 0, 1, 6, 7, 9, i32::MIN, i32::MAX] {
        for y in [-6, -5, -1, 0, 2, 4, 5, i32::MIN, i32::MAX] {
            let at = Point { x, y };
            let (mut one, mut other) = (picture.clone(), picture.clone());
            one.draw_image(at, &picture);
            other.draw_itself(at);
            assert_eq!(one, other, "{at:?}");
            for n in 0..35 {
                let (to_x, to_y) = (n % 7, n / 7);
                let from = (to_x - i64::from(x), to_y - i64::from(y));
                let inside = (0..7).contains(&from.0) && (0..5).contains(&from.1);
                let (x, y) = if inside { from } else { (to_x, to_y) };
                assert_eq!(
                    one.pixel(to_x as usize, to_y as usize),
                    picture.pixel(x as usize, y as usize),
                    "{at:?}"
                );
            }
        }
    }
}
