//! What both roles do with instances: where received ones are stored, and under which names.

mod attributes;
pub mod folder;
mod free_space;
mod names;
pub mod part_file;
mod place;
mod refusals;
#[cfg(test)]
mod scratch;
pub mod template;
mod unfinished;
