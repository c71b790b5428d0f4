//! The `dimse` command as users meet it: what it prints into a pipe and on a terminal, its exit codes, and what it says
//! about every kind of bad input. Runs `bin/dimse` of the folder that `DIMSE_BUILD` names, `build` by default.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test's way to fail")]

mod arrivals;
mod bad_input;
mod command_line;
mod dump;
mod echo;
mod files;
mod golden;
#[path = "../peers/mod.rs"]
mod peers;
mod program;
mod receive;
mod scripted_peer;
mod serve;
mod store;
mod store_bad_input;
mod store_broken;
mod store_set;
