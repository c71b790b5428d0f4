//! What a service class user asks for: one file for each service.

pub mod echo;
mod pace;
pub mod store;
