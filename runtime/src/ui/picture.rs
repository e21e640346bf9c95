//! Pictures in memory and how they are drawn on (primitives 110 to 115).
//!
//! Coordinates are pixels from the top left corner, x to the right and y downward; what falls
//! outside the picture is cut off. A color is `0xRRGGBB`; higher bits do not count.

use super::Point;
use super::font;
use std::ops::Range;

/// The most pixels a picture may have (64 Mi, which take 192 MiB).
const MOST_PIXELS: usize = 1 << 26;

/// What primitive 115 draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// The outline of an oval (code 1).
    Oval,
    /// A filled oval (code 2).
    FilledOval,
    /// The outline of a rectangle (code 3).
    Rectangle,
    /// A filled rectangle (code 4).
    FilledRectangle,
    /// A line (code 5).
    Line,
}

impl Shape {
    /// The shape the last argument of primitive 115 stands for; the original machine draws nothing
    /// for other numbers.
    pub fn from_code(code: i32) -> Option<Self> {
        Some(match code {
            1 => Self::Oval,
            2 => Self::FilledOval,
            3 => Self::Rectangle,
            4 => Self::FilledRectangle,
            5 => Self::Line,
            _ => return None,
        })
    }
}

/// A picture: rows of pixels from the top, three bytes each: red, green, blue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Picture {
    /// A white picture (primitive 110).
    ///
    /// # Errors
    /// A message when a side is not positive or the picture too large.
    pub fn new(width: i32, height: i32) -> Result<Self, String> {
        let side = |length: i32| usize::try_from(length).ok().filter(|length| *length > 0);
        let size = side(width).zip(side(height));
        match size.and_then(|(w, h)| Some((w, h, w.checked_mul(h)?))) {
            Some((width, height, pixels)) if pixels <= MOST_PIXELS => Ok(Self {
                width,
                height,
                rgb: vec![255; pixels * 3],
            }),
            Some(_) => Err(format!(
                "a picture of {width} by {height} pixels is too large"
            )),
            None => Err(format!("a picture cannot have {width} by {height} pixels")),
        }
    }

    /// In pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// In pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// All pixels: rows from the top, three bytes each (red, green, blue).
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The color of a pixel as `0xRRGGBB`, if it is inside.
    pub fn pixel(&self, x: usize, y: usize) -> Option<i32> {
        let place = self.place(x, y)?;
        let bytes = self.rgb.get(place..place + 3)?;
        Some(
            bytes
                .iter()
                .fold(0, |color, byte| color << 8 | i32::from(*byte)),
        )
    }

    /// Bytes that the pixels of a picture of that size take, as far as there can be one.
    pub fn bytes_for(width: i32, height: i32) -> usize {
        let side = |length: i32| usize::try_from(length).unwrap_or(0);
        side(width).saturating_mul(side(height)).saturating_mul(3)
    }

    /// Bytes that its pixels take.
    pub fn bytes(&self) -> usize {
        self.rgb.len()
    }

    /// The picture as a PPM file (P6).
    pub fn to_ppm(&self) -> Vec<u8> {
        let mut file = format!("P6\n{} {}\n255\n", self.width, self.height).into_bytes();
        file.extend_from_slice(&self.rgb);
        file
    }

    /// Colors one pixel; does nothing outside.
    pub fn set(&mut self, x: i64, y: i64, color: i32) {
        self.row(y, x, x, color);
    }

    /// Draws another picture, its top left corner at `at` (primitive 113).
    pub fn draw_image(&mut self, at: Point, source: &Picture) {
        let (columns, rows) = self.overlap(at, source.width, source.height);
        for row in rows {
            let from = source.bytes_of_row(row, &columns);
            let to = self.bytes_of_row_at(at, row, &columns);
            if let (Some(to), Some(from)) = (self.rgb.get_mut(to), source.rgb.get(from)) {
                to.copy_from_slice(from);
            }
        }
    }

    /// Draws the picture onto itself, as it was before, its top left corner at `at`.
    pub fn draw_itself(&mut self, at: Point) {
        let (columns, rows) = self.overlap(at, self.width, self.height);
        let mut rows: Vec<usize> = rows.collect();
        // No row is read after it was written.
        if at.y > 0 {
            rows.reverse();
        }
        for row in rows {
            let from = self.bytes_of_row(row, &columns);
            let to = self.bytes_of_row_at(at, row, &columns);
            if from.end <= self.rgb.len() && to.end <= self.rgb.len() {
                self.rgb.copy_within(from, to.start);
            }
        }
    }

    /// Which columns and rows of a picture of that size lie inside, its top left corner at `at`.
    fn overlap(&self, at: Point, width: usize, height: usize) -> (Range<usize>, Range<usize>) {
        let part = |at: i32, size: usize, mine: usize| {
            let at = i64::from(at);
            let (first, last) = ((-at).max(0), (mine as i64 - at).min(size as i64));
            let bound = |n: i64| usize::try_from(n).unwrap_or(0);
            bound(first).min(size)..bound(last)
        };
        (
            part(at.x, width, self.width),
            part(at.y, height, self.height),
        )
    }

    /// Where the bytes of part of a row are.
    fn bytes_of_row(&self, row: usize, columns: &Range<usize>) -> Range<usize> {
        let start = row * self.width;
        (start + columns.start) * 3..(start + columns.end.max(columns.start)) * 3
    }

    /// Where those of another picture's row go, whose top left corner is at `at`: inside.
    fn bytes_of_row_at(&self, at: Point, row: usize, columns: &Range<usize>) -> Range<usize> {
        let moved = |n: usize, by: i32| usize::try_from(n as i64 + i64::from(by)).unwrap_or(0);
        let columns = moved(columns.start, at.x)..moved(columns.end.max(columns.start), at.x);
        self.bytes_of_row(moved(row, at.y), &columns)
    }

    /// Draws one line of text whose baseline starts at `at` (primitive 114); 6 pixels a character,
    /// 7 of them above the baseline.
    pub fn draw_text(&mut self, color: i32, at: Point, text: &[u8]) {
        let top = i64::from(at.y) - font::HEIGHT as i64;
        let mut left = i64::from(at.x);
        for byte in text {
            if left >= self.width as i64 {
                break;
            }
            for (x, y) in font::dots(*byte) {
                self.set(left + x as i64, top + y as i64, color);
            }
            left += font::WIDTH as i64 + 1;
        }
    }

    /// Draws a line, rectangle or oval (primitive 115). `to` is the other end of a line; of the
    /// other shapes it is the width and height. As in the original machine, an outline is one pixel
    /// wider and higher than the filled shape, and a negative width or height draws nothing.
    pub fn draw_shape(&mut self, shape: Shape, color: i32, at: Point, to: Point) {
        let (x, y) = (i64::from(at.x), i64::from(at.y));
        let (width, height) = (i64::from(to.x), i64::from(to.y));
        match shape {
            Shape::Line => self.line(color, (x, y), (width, height)),
            _ if width < 0 || height < 0 => {}
            Shape::Rectangle => {
                let (right, bottom) = (x + width, y + height);
                self.row(y, x, right, color);
                self.row(bottom, x, right, color);
                self.column(x, y, bottom, color);
                self.column(right, y, bottom, color);
            }
            Shape::FilledRectangle => {
                for row in self.rows_inside(y, y + height - 1) {
                    self.row(row, x, x + width - 1, color);
                }
            }
            Shape::Oval => self.oval(color, &Ellipse::new(x, y, width + 1, height + 1)),
            Shape::FilledOval => {
                let ellipse = Ellipse::new(x, y, width, height);
                for row in self.rows_inside(ellipse.top, ellipse.bottom) {
                    if let Some((left, right)) = ellipse.span(row) {
                        self.row(row, left, right, color);
                    }
                }
            }
        }
    }

    /// Bresenham's line, but only as far as it lies inside: one pixel for every step along the axis
    /// on which it is longer.
    fn line(&mut self, color: i32, from: (i64, i64), to: (i64, i64)) {
        let (across, down) = (to.0 - from.0, to.1 - from.1);
        let steep = down.abs() > across.abs();
        let (start, length, side, rise, limit) = if steep {
            (from.1, down, from.0, across, self.height)
        } else {
            (from.0, across, from.1, down, self.width)
        };
        let (first, last) = (start.min(start + length).max(0), start.max(start + length));
        for along in first..=last.min(limit as i64 - 1) {
            let steps = i128::from((along - start).abs());
            let other = i128::from(side) + rounded(steps * i128::from(rise), length.abs().into());
            let other = i64::try_from(other).unwrap_or(-1);
            if steep {
                self.set(other, along, color);
            } else {
                self.set(along, other, color);
            }
        }
    }

    /// The outline: all pixels of the oval that touch one that is not of it.
    fn oval(&mut self, color: i32, ellipse: &Ellipse) {
        for row in self.rows_inside(ellipse.top, ellipse.bottom) {
            let Some((left, right)) = ellipse.span(row) else {
                continue;
            };
            match (ellipse.span(row - 1), ellipse.span(row + 1)) {
                (Some(above), Some(below)) => {
                    let inner_left = (left + 1).max(above.0).max(below.0);
                    let inner_right = (right - 1).min(above.1).min(below.1);
                    self.row(row, left, right.min(inner_left - 1), color);
                    self.row(row, left.max(inner_right + 1), right, color);
                }
                _ => self.row(row, left, right, color),
            }
        }
    }

    /// Colors part of a row, both ends included.
    fn row(&mut self, y: i64, left: i64, right: i64, color: i32) {
        let right = right.min(self.width as i64 - 1);
        let ends = usize::try_from(left.max(0))
            .ok()
            .zip(usize::try_from(right).ok());
        let Some(((left, right), y)) = ends.zip(usize::try_from(y).ok()) else {
            return;
        };
        let (Some(first), Some(last)) = (self.place(left, y), self.place(right, y)) else {
            return;
        };
        let [_, red, green, blue] = color.to_be_bytes();
        for pixel in self
            .rgb
            .get_mut(first..last + 3)
            .unwrap_or_default()
            .chunks_exact_mut(3)
        {
            pixel.copy_from_slice(&[red, green, blue]);
        }
    }

    /// Colors part of a column, both ends included.
    fn column(&mut self, x: i64, top: i64, bottom: i64, color: i32) {
        for row in self.rows_inside(top, bottom) {
            self.set(x, row, color);
        }
    }

    fn rows_inside(&self, top: i64, bottom: i64) -> std::ops::RangeInclusive<i64> {
        top.max(0)..=bottom.min(self.height as i64 - 1)
    }

    /// Where a pixel's bytes start.
    fn place(&self, x: usize, y: usize) -> Option<usize> {
        (x < self.width && y < self.height).then(|| (y * self.width + x) * 3)
    }
}

/// `a / b` to the nearest, halves away from 0; 0 where b is 0 (a line of one point).
fn rounded(a: i128, b: i128) -> i128 {
    if b == 0 {
        0
    } else {
        (2 * a + a.signum() * b) / (2 * b)
    }
}

/// An ellipse that fills a box of pixels: a pixel is of it when its middle is.
struct Ellipse {
    top: i64,
    bottom: i64,
    middle: (f64, f64),
    radius: (f64, f64),
}

impl Ellipse {
    fn new(x: i64, y: i64, width: i64, height: i64) -> Self {
        let radius = (width as f64 / 2.0, height as f64 / 2.0);
        let middle = (x as f64 + radius.0, y as f64 + radius.1);
        Self {
            top: y,
            bottom: y + height - 1,
            middle,
            radius,
        }
    }

    /// The first and last pixel of the ellipse in a row, if it has any there.
    fn span(&self, row: i64) -> Option<(i64, i64)> {
        let away = (row as f64 + 0.5 - self.middle.1) / self.radius.1;
        let half = self.radius.0 * (1.0 - away * away).max(0.0).sqrt();
        let left = (self.middle.0 - half - 0.5).ceil() as i64;
        let right = (self.middle.0 + half - 0.5).floor() as i64;
        let inside = (self.top..=self.bottom).contains(&row);
        (inside && left <= right).then_some((left, right))
    }
}

#[cfg(test)]
mod tests;
