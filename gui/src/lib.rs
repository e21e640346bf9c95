//! The windows of an image on a display.
//!
//! | module | concept |
//! |---|---|
//! | `desk`, `machine` | what the machine and the windows share; the window primitives |
//! | `screen`, `window` | all windows; what is in one |
//! | `layout` | where panes stand |
//! | `panes`, `field`, `list`, `mouse` | drawing panes, and what a person does there |
//! | `text` | bytes of the image and characters of the screen |
//! | `keys`, `looks` | shortcuts; fonts and colors |
//! | `serve` | the machine's thread |
//! | `evaluator` | a window for images that open none themselves |
//! | `display` | native windows (feature `display`) |
//! | `program` | a whole program with windows (feature `display`) |
//!
//! The machine runs in one thread and the windows in another, with a [`Desk`] between them.

mod desk;
#[cfg(feature = "display")]
pub mod display;
mod evaluator;
mod field;
mod keys;
mod layout;
mod list;
mod looks;
mod machine;
mod mouse;
mod panes;
#[cfg(feature = "display")]
mod program;
mod screen;
mod serve;
mod text;
mod window;

pub use desk::{Desk, Waited};
pub use looks::{Theme, set_looks};
pub use machine::DeskUi;
#[cfg(feature = "display")]
pub use program::program;
pub use screen::{Arrangement, Screen};
pub use serve::{Host, serve, serve_program};
