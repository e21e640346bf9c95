//! How everything looks: sizes of letters, light and dark.

use egui::{FontFamily, FontId, TextStyle, ThemePreference};

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the desktop says; light where it does not say.
    #[default]
    System,
    /// Dark letters on light ground.
    Light,
    /// Light letters on dark ground.
    Dark,
}

/// Letters of panes and menus, in points; the display's scale factor comes on top.
const LETTERS: f32 = 14.0;
/// Letters of text areas, which are wider.
const MONOSPACE: f32 = 13.5;

/// Sets up the looks of all windows, once.
pub fn set_looks(ctx: &egui::Context, theme: Theme) {
    ctx.options_mut(|options| {
        options.fallback_theme = egui::Theme::Light;
    });
    ctx.set_theme(match theme {
        Theme::System => ThemePreference::System,
        Theme::Light => ThemePreference::Light,
        Theme::Dark => ThemePreference::Dark,
    });
    ctx.all_styles_mut(|style| {
        let proportional = FontId::new(LETTERS, FontFamily::Proportional);
        for name in [TextStyle::Body, TextStyle::Button] {
            style.text_styles.insert(name, proportional.clone());
        }
        let monospace = FontId::new(MONOSPACE, FontFamily::Monospace);
        style.text_styles.insert(TextStyle::Monospace, monospace);
        // What a program does should be there at once.
        style.animation_time = 0.05;
        style.scroll_animation = egui::style::ScrollAnimation::none();
    });
}
