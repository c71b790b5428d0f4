//! Where I/O lives: sockets, the association's driver, operations, request tokens, deadlines.
//!
//! One protocol code, two ways to run it: `driver` does everything that needs no waiting; a tokio task (`cold`) or
//! the thread of a blocking call (`hot`) waits for it; `seat` says who. `listen` and `reception` are the two ways to take
//! connections.

pub mod association;
pub mod association_request;
pub(crate) mod buffers;
mod cold;
pub mod connect;
pub mod data;
mod driver;
pub(crate) mod exchange;
pub mod facts;
mod hot;
pub mod implementation;
mod io;
pub(crate) mod listen;
pub mod open_options;
pub mod operation;
mod reception;
pub mod request;
mod seat;
pub(crate) mod sys;
#[cfg(test)]
mod tests;
pub mod timeouts;
mod work;

#[cfg(fuzzing)]
pub use driver::fuzzing;
