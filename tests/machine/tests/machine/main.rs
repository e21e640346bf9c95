//! What a machine must withstand, in each tier.

mod changes;
mod counts;
mod errors;
mod inlined;
mod memory;
mod processes;
mod recursion;
mod returns;
mod saving;
mod windows;
