//! The server and what it does with requests.

mod dispatch;
mod registry;
pub mod server;
