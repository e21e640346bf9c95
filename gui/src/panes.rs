//! Drawing the panes that show something, and handing on what a person does in them.

use crate::desk::State;
use crate::field::{self, Field};
use crate::text::readable;
use crate::{list, mouse};
use egui::accesskit::Role;
use egui::{
    Align, Button, Color32, ColorImage, Id, Label, Layout, Rect, Sense, Slider, SliderOrientation,
    TextStyle, TextureOptions, Ui, UiBuilder, Vec2, WidgetInfo,
};
use smallworld_runtime::ui::widgets::Widget;
use smallworld_runtime::ui::{ActionId, EventArgs, PaneId, Picture, PictureId};

/// What a text area asks for, in columns and rows.
const AREA: (f32, f32) = (40.0, 10.0);
/// The columns a text line asks for.
const LINE: f32 = 24.0;
/// The lines a list asks for.
const LIST_ROWS: f32 = 8.0;
/// The length a slider asks for, and its thickness.
const SLIDER: (f32, f32) = (160.0, 24.0);
/// The width of the value beside a slider.
const SLIDER_VALUE: f32 = 70.0;
/// Pictures that are larger are shown as far as they go.
const LARGEST_TEXTURE: usize = 2048;

/// The id of a pane on the screen: the same in whatever window it is drawn.
pub(crate) fn id_of(pane: PaneId) -> Id {
    Id::unique(("pane", pane.0))
}

/// How much room a pane would like.
pub(crate) fn preferred(
    ui: &Ui,
    picture: impl Fn(PictureId) -> Option<Vec2>,
    widget: &Widget,
) -> Vec2 {
    let font = TextStyle::Body.resolve(ui.style());
    let size = |text: &[u8]| {
        let text = readable(text);
        let laid_out = ui
            .painter()
            .layout_no_wrap(text, font.clone(), Color32::BLACK);
        laid_out.size()
    };
    let padding = 2.0 * ui.spacing().button_padding + Vec2::new(8.0, 4.0);
    let column = ui.text_style_height(&TextStyle::Monospace) * 0.6;
    let row = ui.text_style_height(&TextStyle::Monospace);
    match widget {
        Widget::Label { text, picture: id } => {
            let picture = id.and_then(picture).unwrap_or(Vec2::ZERO);
            size(text.bytes()).max(picture) + Vec2::new(4.0, 4.0)
        }
        Widget::Button { text, .. } => size(text) + padding,
        Widget::TextLine(_) => Vec2::new(LINE * column, row) + padding,
        Widget::TextArea(_) => Vec2::new(AREA.0 * column, AREA.1 * row) + padding,
        Widget::List { items, .. } => {
            // A list may be long; its first lines say well enough how wide it is.
            let widths = items.iter().take(500).map(|item| size(item).x);
            let width = widths.fold(60.0, f32::max).min(400.0);
            let height = list::line_height(ui) * LIST_ROWS;
            Vec2::new(width + 28.0, height + 4.0)
        }
        Widget::Slider { vertical: true, .. } => Vec2::new(SLIDER_VALUE, SLIDER.0),
        Widget::Slider { .. } => Vec2::new(SLIDER.0 + SLIDER_VALUE, SLIDER.1),
        Widget::Window(_) | Widget::Menu { .. } | Widget::Grid { .. } | Widget::Border(_) => {
            Vec2::ZERO
        }
    }
}

/// Draws one pane; `window` is the title of the window it is in.
pub(crate) fn draw(ui: &mut Ui, state: &mut State, pane: PaneId, room: Rect, window: &str) {
    let id = id_of(pane);
    let mut act = None;
    let mut picture_to_draw = None;
    let State { model, texts, .. } = state;
    let Some(found) = model.widgets_mut().find_mut(pane) else {
        return;
    };
    match &mut found.widget {
        Widget::Label { text, picture } => {
            picture_to_draw = *picture;
            let text = readable(text.bytes());
            label(ui, room, &text, picture.is_some());
        }
        Widget::Button { text, action } => {
            if ui.put(room, Button::new(readable(text))).clicked() {
                act = Some((*action, EventArgs::None, false));
            }
        }
        Widget::TextLine(text) => {
            let shown = texts.entry(pane).or_default();
            let name = &format!("{window}: line");
            field::line(ui, id, room, Field { text, shown, name });
        }
        Widget::TextArea(text) => {
            let shown = texts.entry(pane).or_default();
            let name = &format!("{window}: text");
            field::area(ui, id, room, Field { text, shown, name });
        }
        Widget::List {
            items,
            selected,
            action,
        } => {
            let name = format!("{window}: list");
            if let Some(chosen) = list::list(ui, id, room, items, *selected, &name) {
                *selected = chosen;
                let chosen = i32::try_from(chosen).unwrap_or(i32::MAX);
                act = Some((*action, EventArgs::One(chosen), false));
            }
        }
        Widget::Slider {
            vertical,
            low,
            high,
            value,
            action,
        } => {
            let range = *low..=*high;
            if slider(ui, room, value, range, *vertical, window) {
                act = action.map(|action| (action, EventArgs::One(*value), true));
            }
        }
        Widget::Window(_) | Widget::Menu { .. } | Widget::Grid { .. } | Widget::Border(_) => {}
    }
    if let Some(id) = picture_to_draw {
        picture(ui, state, id, room);
    }
    if let Some((action, args, newest_only)) = act {
        queue(state, action, args, newest_only);
    }
    mouse::events(ui, state, pane, room);
}

fn queue(state: &mut State, action: ActionId, args: EventArgs, newest_only: bool) {
    state.queue(action, args, newest_only);
}

fn label(ui: &mut Ui, room: Rect, text: &str, has_picture: bool) {
    // Beside a picture a text would be in its way.
    if text.is_empty() || has_picture {
        return;
    }
    let layout = Layout::left_to_right(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(room).layout(layout), |ui| {
        ui.shrink_clip_rect(room);
        ui.add(Label::new(text).wrap());
    });
}

/// Answers whether it was moved.
fn slider(
    ui: &mut Ui,
    room: Rect,
    value: &mut i32,
    range: std::ops::RangeInclusive<i32>,
    vertical: bool,
    window: &str,
) -> bool {
    let orientation = if vertical {
        SliderOrientation::Vertical
    } else {
        SliderOrientation::Horizontal
    };
    let inner = ui.scope_builder(UiBuilder::new().max_rect(room), |ui| {
        ui.spacing_mut().slider_width = if vertical {
            (room.height() - 2.0 * SLIDER.1).max(20.0)
        } else {
            (room.width() - SLIDER_VALUE).max(20.0)
        };
        ui.add(Slider::new(value, range).orientation(orientation))
    });
    let response = inner.inner;
    let name = format!("{window}: slider");
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_label(name));
    response.changed()
}

/// The picture of a label, one pixel for each point, at the top left corner: that is where the
/// mouse's coordinates count from.
fn picture(ui: &Ui, state: &mut State, id: PictureId, room: Rect) {
    let Some(picture) = state.model.picture(id) else {
        return;
    };
    let fresh = |(drawn, _): &(Picture, egui::TextureHandle)| drawn == picture;
    if !state.pictures.get(&id).is_some_and(fresh) {
        let image = image_of(picture);
        let options = TextureOptions::NEAREST;
        let texture = ui
            .ctx()
            .load_texture(format!("picture {}", id.0), image, options);
        state.pictures.insert(id, (picture.clone(), texture));
    }
    if let Some((_, texture)) = state.pictures.get(&id) {
        let place = Rect::from_min_size(room.min, texture.size_vec2());
        let response = ui.interact(place.intersect(room), id_of_picture(id), Sense::HOVER);
        response
            .widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("picture {}", id.0)));
        let whole = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
        let painter = ui.painter().with_clip_rect(room.intersect(ui.clip_rect()));
        painter.image(texture.id(), place, whole, Color32::WHITE);
    }
}

fn id_of_picture(picture: PictureId) -> Id {
    Id::unique(("picture", picture.0))
}

/// The pixels for the display, as many of them as a texture may have.
fn image_of(picture: &Picture) -> ColorImage {
    let width = picture.width().min(LARGEST_TEXTURE);
    let height = picture.height().min(LARGEST_TEXTURE);
    let rows = picture.rgb().chunks_exact(picture.width() * 3).take(height);
    let pixels = rows.flat_map(|row| row.chunks_exact(3).take(width));
    let colors = pixels.map(|pixel| match pixel {
        [red, green, blue] => Color32::from_rgb(*red, *green, *blue),
        _ => Color32::TRANSPARENT,
    });
    ColorImage::new([width, height], colors.collect())
}
