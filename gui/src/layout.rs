//! Where panes stand in a window: border layouts, grids, and what is in them.
//!
//! As in the window system of the original machines, a pane along a border of a layout has the
//! height or width it asks for, the one in the center what is left, and the cells of a grid are of
//! one size. What a pane without others inside it asks for is for the caller to say.

use egui::{Pos2, Rect, Vec2};
use smallworld_runtime::ui::PaneId;
use smallworld_runtime::ui::widgets::{Step, Widget, Widgets, grid_size};
use std::collections::{HashMap, HashSet};

/// Panes deeper inside each other than this are not shown: nothing is left of the room by then.
const DEEPEST: usize = 100;
/// Between two panes, in points.
const GAP: f32 = 4.0;

/// The panes of a window that show something by themselves, in reading order, with their places.
/// `ask` says how much room such a pane would like.
pub(crate) fn arrange(
    widgets: &Widgets,
    content: PaneId,
    room: Rect,
    ask: impl Fn(PaneId, &Widget) -> Vec2,
) -> Vec<(PaneId, Rect)> {
    let plan = Plan::new(widgets, content, ask);
    let mut placed = Vec::new();
    let mut met = HashSet::new();
    let mut ahead = vec![(content, room)];
    while let Some((id, room)) = ahead.pop() {
        if !plan.sizes.contains_key(&id) || !met.insert(id) {
            continue;
        }
        let inside = plan.inside(id, room);
        match inside {
            Some(inside) => ahead.extend(inside.into_iter().rev()),
            None => placed.push((id, room)),
        }
    }
    placed
}

/// The size at which everything in a window has the room it asks for.
pub(crate) fn preferred(
    widgets: &Widgets,
    content: PaneId,
    ask: impl Fn(PaneId, &Widget) -> Vec2,
) -> Vec2 {
    Plan::new(widgets, content, ask).size(Some(content))
}

/// What the panes of a window ask for.
struct Plan<'a> {
    widgets: &'a Widgets,
    sizes: HashMap<PaneId, Vec2>,
}

impl<'a> Plan<'a> {
    fn new(widgets: &'a Widgets, content: PaneId, ask: impl Fn(PaneId, &Widget) -> Vec2) -> Self {
        let mut plan = Plan {
            widgets,
            sizes: HashMap::new(),
        };
        let steps = widgets.walk(content);
        let near = |step: &&Step<'_>| step.depth <= DEEPEST;
        // From the inside out; a pane that stands in several places was met in the first.
        for step in steps.iter().filter(near).rev() {
            let size = match &step.pane.widget {
                Widget::Border(places) => {
                    let [n, s, e, w, c] = [
                        places.north,
                        places.south,
                        places.east,
                        places.west,
                        places.center,
                    ]
                    .map(|place| plan.size(place));
                    let middle = gapped([w.x, c.x, e.x]);
                    let across = middle.max(n.x).max(s.x);
                    let row = w.y.max(c.y).max(e.y);
                    Vec2::new(across, gapped([n.y, row, s.y]))
                }
                Widget::Grid {
                    columns,
                    rows,
                    panes,
                } => {
                    let (columns, rows) = grid_size(*columns, *rows, panes.len());
                    let cell = panes
                        .iter()
                        .map(|pane| plan.size(*pane))
                        .fold(Vec2::ZERO, Vec2::max);
                    Vec2::new(
                        spread(cell.x, columns, panes.len()),
                        spread(cell.y, rows, panes.len()),
                    )
                }
                other => ask(step.id, other),
            };
            plan.sizes.insert(step.id, size);
        }
        plan
    }

    fn size(&self, pane: Option<PaneId>) -> Vec2 {
        let size = pane.and_then(|pane| self.sizes.get(&pane));
        size.copied().unwrap_or(Vec2::ZERO)
    }

    /// The panes right inside one, with their places; nothing if it shows something itself.
    fn inside(&self, id: PaneId, room: Rect) -> Option<Vec<(PaneId, Rect)>> {
        match &self.widgets.find(id)?.widget {
            Widget::Border(places) => {
                let mut left = room;
                let height = |pane| self.size(pane).y.min(room.height());
                let north = places.north.map(|pane| {
                    let at = left.top() + height(places.north);
                    (pane, cut(&mut left, |rest| rest.split_top_bottom_at_y(at)))
                });
                let south = places.south.map(|pane| {
                    let at = left.bottom() - height(places.south).min(left.height());
                    let flip = |(a, b)| (b, a);
                    let take = |rest: Rect| flip(rest.split_top_bottom_at_y(at));
                    (pane, cut(&mut left, take))
                });
                let width = |pane| self.size(pane).x.min(room.width());
                let west = places.west.map(|pane| {
                    let at = left.left() + width(places.west);
                    (pane, cut(&mut left, |rest| rest.split_left_right_at_x(at)))
                });
                let east = places.east.map(|pane| {
                    let at = left.right() - width(places.east).min(left.width());
                    let flip = |(a, b)| (b, a);
                    let take = |rest: Rect| flip(rest.split_left_right_at_x(at));
                    (pane, cut(&mut left, take))
                });
                let center = places.center.map(|pane| (pane, left));
                let order = [north, west, center, east, south];
                Some(order.into_iter().flatten().collect())
            }
            Widget::Grid {
                columns,
                rows,
                panes,
            } => {
                let (columns, rows) = grid_size(*columns, *rows, panes.len());
                let cell = Vec2::new(
                    (room.width() + GAP) / columns as f32,
                    (room.height() + GAP) / rows as f32,
                );
                let place = |number: usize| {
                    let (row, column) = (number / columns, number % columns);
                    let corner = Vec2::new(column as f32 * cell.x, row as f32 * cell.y);
                    Rect::from_min_size(
                        room.min + corner,
                        (cell - Vec2::splat(GAP)).max(Vec2::ZERO),
                    )
                };
                let cells = panes.iter().enumerate();
                Some(
                    cells
                        .filter_map(|(number, pane)| pane.map(|pane| (pane, place(number))))
                        .collect(),
                )
            }
            _ => None,
        }
    }
}

/// Cuts a piece off and leaves a gap between it and the rest.
fn cut(left: &mut Rect, split: impl Fn(Rect) -> (Rect, Rect)) -> Rect {
    let (piece, rest) = split(*left);
    let along = piece.center().x == rest.center().x;
    let gap = if along {
        Vec2::new(0.0, GAP.min(rest.height()))
    } else {
        Vec2::new(GAP.min(rest.width()), 0.0)
    };
    *left = if piece.min.y < rest.min.y || piece.min.x < rest.min.x {
        Rect::from_min_max(rest.min + gap, rest.max)
    } else {
        Rect::from_min_max(rest.min, rest.max - gap)
    };
    piece
}

/// Lengths one after the other, with gaps between those that are something.
fn gapped(lengths: [f32; 3]) -> f32 {
    let some = lengths.iter().filter(|length| **length > 0.0).count();
    lengths.iter().sum::<f32>() + GAP * some.saturating_sub(1) as f32
}

/// Equal lengths one after the other. No program has more rows with something in them than panes.
fn spread(length: f32, count: usize, panes: usize) -> f32 {
    let count = count.min(panes.max(1)) as f32;
    count * length + (count - 1.0) * GAP
}

/// A place as whole points, so that frames of panes are sharp.
pub(crate) fn rounded(place: Rect) -> Rect {
    let round = |at: Pos2| Pos2::new(at.x.round(), at.y.round());
    Rect::from_min_max(round(place.min), round(place.max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use smallworld_runtime::ui::{ActionId, Borders, Headless, Ui};

    const ROOM: Rect = Rect {
        min: Pos2::ZERO,
        max: Pos2::new(204.0, 104.0),
    };

    fn ask(_: PaneId, widget: &Widget) -> Vec2 {
        match widget {
            Widget::Button { .. } => Vec2::new(50.0, 20.0),
            _ => Vec2::new(100.0, 60.0),
        }
    }

    fn places(ui: &Headless, content: PaneId) -> Vec<(u32, [f32; 4])> {
        let corners = |r: Rect| [r.min.x, r.min.y, r.max.x, r.max.y];
        let placed = arrange(ui.widgets(), content, ROOM, ask);
        placed
            .into_iter()
            .map(|(id, r)| (id.0, corners(r)))
            .collect()
    }

    #[test]
    fn borders_take_what_they_ask_for_and_the_center_the_rest() {
        let mut ui = Headless::silent();
        let buttons = [0, 1, 2, 3].map(|n| ui.button(b"b", ActionId(n)));
        let [north, south, east, west] = buttons.map(Some);
        let center = ui.text_area();
        let all = ui
            .border(Borders {
                north,
                south,
                east,
                west,
                center: Some(center),
            })
            .unwrap();
        let expected = vec![
            (1, [0.0, 0.0, 204.0, 20.0]),
            (4, [0.0, 24.0, 50.0, 80.0]),
            (5, [54.0, 24.0, 150.0, 80.0]),
            (3, [154.0, 24.0, 204.0, 80.0]),
            (2, [0.0, 84.0, 204.0, 104.0]),
        ];
        assert_eq!(places(&ui, all), expected);
        let size = preferred(ui.widgets(), all, ask);
        assert_eq!(size, Vec2::new(208.0, 108.0));
    }

    #[test]
    fn cells_of_a_grid_are_of_one_size() {
        let mut ui = Headless::silent();
        let [a, b] = [0, 1].map(|n| Some(ui.button(b"b", ActionId(n))));
        let row = ui.grid(3, 1, vec![a, None, b]).unwrap();
        let expected = vec![
            (1, [0.0, 0.0, 65.333_336, 104.0]),
            (2, [138.666_67, 0.0, 204.0, 104.0]),
        ];
        assert_eq!(places(&ui, row), expected);
        let size = preferred(ui.widgets(), row, ask);
        assert_eq!(size, Vec2::new(158.0, 20.0));
    }

    #[test]
    fn there_is_an_end_to_nesting() {
        let mut ui = Headless::silent();
        let mut pane = ui.text_area();
        for _ in 0..10_000 {
            // A pane in two places is in the first.
            pane = ui.grid(2, 1, vec![Some(pane), Some(pane)]).unwrap();
        }
        assert_eq!(places(&ui, pane), vec![]);
        let few = ui
            .grid(1, 3, vec![Some(PaneId(1)), Some(PaneId(1))])
            .unwrap();
        assert_eq!(places(&ui, few).len(), 1);
    }
}
