//! Instances: where those to be sent come from. Files, memory and readers (PS3.4 annex B, PS3.10).

pub mod instance;
mod read_at;
mod rest;
#[cfg(test)]
mod tests;
mod whole;
