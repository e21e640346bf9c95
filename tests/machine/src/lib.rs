//! Shared by the tests of the machine.
