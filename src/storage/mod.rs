//! What both roles do with instances (PS3.4 annex B, PS3.10): where those to be sent come from, files, memory and
//! readers; and the folder in which received ones are stored.

pub mod arrival;
pub mod contexts;
pub(crate) mod converted;
pub mod data_set;
pub mod edit;
pub mod folder;
mod from_data_set;
pub mod head;
pub mod instance;
mod memory;
pub mod path;
mod read_at;
pub(crate) mod refronted;
pub(crate) mod refusals;
mod rest;
pub(crate) mod single_file;
pub mod stored;
#[cfg(test)]
mod tests;
pub mod watch;
mod whole;
mod writing;
