//! What both roles do with instances (PS3.4 annex B, PS3.10): where those to be sent come from, files, memory and
//! readers; and the folder in which received ones are stored.

pub(crate) mod arrival;
pub mod contexts;
pub(crate) mod converted;
pub mod data_set;
pub mod folder;
pub mod instance;
pub mod path;
mod read_at;
mod rest;
#[cfg(test)]
mod tests;
mod whole;
