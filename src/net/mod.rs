//! Where I/O lives: sockets, the association's driver, operations.

pub mod operation;
