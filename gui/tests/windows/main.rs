//! The windows without a display: what is drawn is read, and pressed, through the accessibility
//! tree, by the names a person sees.
//!
//! | module | what |
//! |---|---|
//! | `place` | a screen in memory, with a machine or without |
//! | `panes` | each kind of pane, without a machine |
//! | `own_image` | the project's image: Transcript, Workspace, errors, browser, interrupts, the end |
//! | `other_images` | the images of 2015 and 2004, where they are there |

mod other_images;
mod own_image;
mod panes;
mod place;
