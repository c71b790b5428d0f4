//! The server and what it does with requests.

mod dispatch;
pub mod network;
mod registry;
pub mod server;
pub mod undecided;
