//! What the fuzzer does with an input, a module for each target: `run` checks what must hold for every input, and panics
//! where it does not; `seeds` are inputs to begin with, made from the golden bytes of the tests.
//!
//! `driver` is compiled inside the library (`src/net/driver/mod.rs`): no other crate can make a driver.

#![allow(clippy::unwrap_used, reason = "a finding is a panic")]

#[path = "../../tests/wire/bytes.rs"]
mod bytes;
#[path = "../../tests/wire/golden.rs"]
mod golden;
#[path = "../../tests/wire/stream.rs"]
mod stream;

pub mod command;
pub mod convert;
pub mod data_set;
pub mod message;
pub mod negotiation;
pub mod part10;
pub mod pdu;
pub mod scan;
mod script;
pub mod upper_layer;
