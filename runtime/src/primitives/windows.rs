//! Primitives on windows and pictures: from machine words to the [`Ui`](crate::ui::Ui).

use super::{Arguments, Outcome, wrong};
use crate::hosts::Host;
use crate::ui::{ActionId, Borders, MouseKind, PaneId, Picture, PictureId, Point, Shape, UiError};
use crate::value::Word;
use crate::vm::{BLOCK, Vm};
use smallworld_abi::primitive::Windows;

/// Does one.
pub(super) fn run(vm: &mut Vm, a: &Arguments, primitive: Windows) -> Result<Outcome, String> {
    let bytes = bytes_kept(vm, a, primitive);
    vm.make_host_room(a.top(), bytes)
        .map_err(|e| e.to_string())?;
    let word = match primitive {
        Windows::NewWindow => {
            let id = vm.ui.new_window();
            new_pane(vm, a, id)?
        }
        Windows::ShowWindow => {
            let (w, show) = (pane(vm, a, 0)?, a.get(1)? == vm.true_);
            vm.ui.show(w, show).map_err(text_of)?;
            a.get(0)?
        }
        Windows::SetContent => {
            let (w, c) = (pane(vm, a, 0)?, pane_or_nil(vm, a.get(1)?)?);
            vm.ui.set_content(w, c).map_err(text_of)?;
            a.get(0)?
        }
        Windows::SetSize => {
            let (h, w) = (a.int(vm, 1)?, a.int(vm, 2)?);
            let window = pane(vm, a, 0)?;
            vm.ui.set_size(window, h, w).map_err(text_of)?;
            a.get(0)?
        }
        Windows::AddMenu => {
            let (w, m) = (pane(vm, a, 0)?, pane(vm, a, 1)?);
            vm.ui.add_menu(w, m).map_err(text_of)?;
            a.get(0)?
        }
        Windows::SetTitle => {
            let (w, title) = (pane(vm, a, 0)?, a.bytes(vm, 1)?.to_vec());
            vm.ui.set_title(w, &title).map_err(text_of)?;
            a.get(0)?
        }
        Windows::RepaintWindow | Windows::RepaintPane => {
            let p = pane(vm, a, 0)?;
            vm.ui.repaint(p).map_err(text_of)?;
            a.get(0)?
        }
        Windows::NewField | Windows::NewTextLine => {
            let id = vm.ui.text_line();
            new_pane(vm, a, id)?
        }
        Windows::NewLabel => {
            let text = a.bytes(vm, 1)?.to_vec();
            let id = vm.ui.label(&text);
            new_pane(vm, a, id)?
        }
        Windows::NewButton => {
            let text = a.bytes(vm, 1)?.to_vec();
            let action = action(vm, a, 2)?;
            let id = vm.ui.button(&text, action);
            new_pane(vm, a, id)?
        }
        Windows::NewTextArea => {
            let id = vm.ui.text_area();
            new_pane(vm, a, id)?
        }
        Windows::NewGrid => {
            let (columns, rows) = (a.int(vm, 1)?, a.int(vm, 2)?);
            let panes = elements(vm, a, 3)?
                .into_iter()
                .map(|w| pane_or_nil(vm, w))
                .collect::<Result<Vec<_>, _>>()?;
            let id = vm.ui.grid(columns, rows, panes).map_err(text_of)?;
            new_pane(vm, a, id)?
        }
        Windows::NewList => {
            let items = strings(vm, a, 1)?;
            let action = action(vm, a, 2)?;
            let id = vm.ui.list(items, action);
            new_pane(vm, a, id)?
        }
        Windows::NewBorder => {
            let place = |vm: &Vm, i| pane_or_nil(vm, a.get(i)?);
            let places = Borders {
                north: place(vm, 1)?,
                south: place(vm, 2)?,
                east: place(vm, 3)?,
                west: place(vm, 4)?,
                center: place(vm, 5)?,
            };
            let id = vm.ui.border(places).map_err(text_of)?;
            new_pane(vm, a, id)?
        }
        Windows::SetPicture => {
            let (p, image) = (pane(vm, a, 0)?, picture(vm, a, 1)?);
            vm.ui.set_image(p, image).map_err(text_of)?;
            a.get(0)?
        }
        Windows::TextOf | Windows::SelectedText => {
            let p = pane(vm, a, 1)?;
            let text = if primitive == Windows::TextOf {
                vm.ui.text(p)
            } else {
                vm.ui.selected_text(p)
            }
            .map_err(text_of)?;
            let class = a.class(vm, 0)?;
            vm.new_bytes(a.top(), class, &text)
                .map_err(|e| e.to_string())?
        }
        Windows::SetText | Windows::ReplaceSelection => {
            let (p, text) = (pane(vm, a, 0)?, a.bytes(vm, 1)?.to_vec());
            if primitive == Windows::SetText {
                vm.ui.set_text(p, &text)
            } else {
                vm.ui.replace_selection(p, &text)
            }
            .map_err(text_of)?;
            a.get(0)?
        }
        Windows::AppendText => {
            let (p, text) = (pane(vm, a, 0)?, a.bytes(vm, 1)?.to_vec());
            vm.ui.append_text(p, &text).map_err(text_of)?;
            a.get(0)?
        }
        Windows::SelectedIndex => {
            let p = pane(vm, a, 0)?;
            Word::int(vm.ui.selected_index(p).map_err(text_of)?)
        }
        Windows::SetItems => {
            let (p, items) = (pane(vm, a, 0)?, strings(vm, a, 1)?);
            vm.ui.set_list(p, items).map_err(text_of)?;
            a.get(0)?
        }
        Windows::NewSlider => {
            let vertical = a.get(1)? == vm.true_;
            let (low, high) = (a.int(vm, 2)?, a.int(vm, 3)?);
            let action = match a.get(4)? {
                w if w == vm.nil => None,
                _ => Some(action(vm, a, 4)?),
            };
            let id = vm.ui.slider(vertical, low, high, action);
            new_pane(vm, a, id)?
        }
        Windows::OnMouseDown | Windows::OnMouseUp | Windows::OnMouseMove => {
            let kind = match primitive {
                Windows::OnMouseDown => MouseKind::Down,
                Windows::OnMouseUp => MouseKind::Up,
                _ => MouseKind::Move,
            };
            let (p, action) = (pane(vm, a, 0)?, action(vm, a, 1)?);
            vm.ui.on_mouse(p, kind, action).map_err(text_of)?;
            a.get(0)?
        }
        Windows::NewMenu => {
            let title = a.bytes(vm, 1)?.to_vec();
            let id = vm.ui.new_menu(&title);
            new_pane(vm, a, id)?
        }
        Windows::AddItem => {
            let (m, title) = (pane(vm, a, 0)?, a.bytes(vm, 1)?.to_vec());
            let action = action(vm, a, 2)?;
            vm.ui.add_item(m, &title, action).map_err(text_of)?;
            a.get(0)?
        }
        Windows::OnClose => {
            let (w, action) = (pane(vm, a, 0)?, action(vm, a, 1)?);
            vm.ui.on_close(w, action).map_err(text_of)?;
            a.get(0)?
        }
        Windows::NewPicture => {
            let (w, h) = (a.int(vm, 1)?, a.int(vm, 2)?);
            let id = vm.ui.new_picture(w, h).map_err(text_of)?;
            new_picture(vm, a, id)?
        }
        Windows::PictureFromFile => {
            let name = a.bytes(vm, 1)?.to_vec();
            let name = vm.files.readable_name(&name)?;
            let id = match vm.ui.picture_from_file(&name) {
                Ok(id) => id,
                // What is in the way may be garbage.
                Err(e) if text_of(e.clone()).ends_with("memory exhausted") => {
                    vm.collect(a.top(), crate::memory::collector::Extent::Full);
                    vm.make_host_room(a.top(), 0).map_err(|e| e.to_string())?;
                    vm.ui.picture_from_file(&name).map_err(text_of)?
                }
                Err(e) => return Err(text_of(e)),
            };
            new_picture(vm, a, id)?
        }
        Windows::DrawPicture => {
            let (target, source) = (picture(vm, a, 0)?, picture(vm, a, 3)?);
            let at = point(vm, a, 1)?;
            vm.ui.draw_image(target, at, source).map_err(text_of)?;
            a.get(0)?
        }
        Windows::DrawText => {
            let (target, color) = (picture(vm, a, 0)?, a.int(vm, 1)?);
            let (at, text) = (point(vm, a, 2)?, a.bytes(vm, 4)?.to_vec());
            vm.ui.draw_text(target, color, at, &text).map_err(text_of)?;
            a.get(0)?
        }
        Windows::DrawShape => {
            let (target, color) = (picture(vm, a, 0)?, a.int(vm, 1)?);
            let (at, to) = (point(vm, a, 2)?, point(vm, a, 4)?);
            // The original draws nothing for a code it does not know.
            if let Some(shape) = Shape::from_code(a.int(vm, 6)?) {
                vm.ui
                    .draw_shape(target, shape, color, at, to)
                    .map_err(text_of)?;
            }
            a.get(0)?
        }
    };
    Ok(Outcome::Value(word))
}

/// Bytes that a widget takes, about.
const PANE_BYTES: usize = 256;

/// The most that the window system may keep because of a primitive, about: pixels, and texts,
/// each of which may be kept twice. A picture in a file looks itself whether there is room.
fn bytes_kept(vm: &Vm, a: &Arguments, primitive: Windows) -> usize {
    use Windows::*;
    match primitive {
        NewPicture => {
            let side = |i| a.int(vm, i).unwrap_or(0);
            return Picture::bytes_for(side(1), side(2));
        }
        ShowWindow | SetContent | SetSize | AddMenu | RepaintWindow | RepaintPane | SetPicture
        | TextOf | SelectedText | SelectedIndex | DrawPicture | DrawText | DrawShape => return 0,
        NewWindow | SetTitle | NewField | NewLabel | NewButton | NewTextLine | NewTextArea
        | NewGrid | NewList | NewBorder | SetText | SetItems | NewSlider | OnMouseDown
        | OnMouseUp | OnMouseMove | ReplaceSelection | AppendText | NewMenu | AddItem
        | PictureFromFile | OnClose => {}
    }
    let size = |w: Word| vm.bytes_of(w).map_or(0, <[u8]>::len);
    let mut bytes = 0;
    for i in 0..a.count {
        let Ok(w) = a.get(i) else { continue };
        bytes += size(w);
        if matches!(primitive, NewGrid | NewList | SetItems) {
            let mut n = 0;
            while let Some(element) = vm.slot_of(w, n) {
                bytes += size(element) + size_of::<Vec<u8>>();
                n += 1;
            }
        }
    }
    PANE_BYTES + 2 * bytes
}

fn text_of(e: UiError) -> String {
    e.to_string()
}

fn new_pane(vm: &mut Vm, a: &Arguments, id: PaneId) -> Result<Word, String> {
    let class = a.class(vm, 0)?;
    vm.new_host(a.top(), class, Host::Pane(id))
        .map_err(|e| e.to_string())
}

fn new_picture(vm: &mut Vm, a: &Arguments, id: PictureId) -> Result<Word, String> {
    let class = a.class(vm, 0)?;
    vm.new_host(a.top(), class, Host::Picture(id))
        .map_err(|e| e.to_string())
}

fn pane(vm: &Vm, a: &Arguments, i: usize) -> Result<PaneId, String> {
    let w = a.get(i)?;
    match vm.host_of(w) {
        Some(Host::Pane(id)) => Ok(id),
        _ => Err(wrong(vm, i, w, "a window or pane")),
    }
}

fn pane_or_nil(vm: &Vm, w: Word) -> Result<Option<PaneId>, String> {
    match vm.host_of(w) {
        Some(Host::Pane(id)) => Ok(Some(id)),
        _ if w == vm.nil => Ok(None),
        _ => Err(format!("an instance of {} is no pane", vm.class_name_of(w))),
    }
}

fn picture(vm: &Vm, a: &Arguments, i: usize) -> Result<PictureId, String> {
    let w = a.get(i)?;
    match vm.host_of(w) {
        Some(Host::Picture(id)) => Ok(id),
        _ => Err(wrong(vm, i, w, "a picture")),
    }
}

/// The picture primitives give y before x.
fn point(vm: &Vm, a: &Arguments, i: usize) -> Result<Point, String> {
    let (y, x) = (a.int(vm, i)?, a.int(vm, i + 1)?);
    Ok(Point { x, y })
}

fn elements(vm: &Vm, a: &Arguments, i: usize) -> Result<Vec<Word>, String> {
    let array = a.get(i)?;
    let mut words = Vec::new();
    while let Some(w) = vm.slot_of(array, words.len()) {
        words.push(w);
    }
    Ok(words)
}

fn strings(vm: &Vm, a: &Arguments, i: usize) -> Result<Vec<Vec<u8>>, String> {
    elements(vm, a, i)?
        .into_iter()
        .map(|w| match vm.bytes_of(w) {
            Some(b) => Ok(b.to_vec()),
            None => Err(wrong(vm, i, w, "an array of strings")),
        })
        .collect()
}

fn action(vm: &mut Vm, a: &Arguments, i: usize) -> Result<ActionId, String> {
    let w = a.get(i)?;
    if vm.class_of(w) != BLOCK {
        return Err(wrong(vm, i, w, "a block"));
    }
    Ok(vm.hosts.keep_action(w))
}
