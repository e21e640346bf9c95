//! What a machine must withstand, in each tier.

mod changes;
mod errors;
mod inlined;
mod memory;
mod processes;
mod recursion;
mod saving;
mod windows;
