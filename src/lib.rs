//! DICOM networking for every program that can call C.
//!
//! The map of the layers; arrows go down only (`tests/layers.rs` checks it):
//!
//! ```text
//! ffi -> scu, scp -> storage -> net -> runtime, ul, dimse, dataset
//! ul, dimse, dataset -> wire          runtime, wire -> error, types
//! ```
//!
//! | module      | what it knows                                                                        |
//! |-------------|--------------------------------------------------------------------------------------|
//! | [`error`]   | one error type with its causes and the phase in which it happened                    |
//! | [`types`]   | AE titles, UIDs, presentation context ids, maximum lengths, tags: values that are valid |
//! | [`wire`]    | PDUs and their items <-> bytes; no I/O, no clock, no allocation per fragment         |
//! | [`ul`]      | the upper layer of PS3.8 section 9.2: table, machine, negotiation; sans-I/O          |
//! | [`dimse`]   | command sets, status codes, message assembly and fragmenting; sans-I/O               |
//! | [`dataset`] | data sets as they pass by and in memory, headers of files, character sets; sans-I/O   |
//! | `runtime`   | owns tokio and the callback threads; the order of shutdown                           |
//! | `net`       | sockets, the association's driver, operations, request tokens, deadlines             |
//! | `storage`   | what both roles do with instances: those to be sent, where received ones are stored  |
//! | `scu`       | what a service class user asks for                                                   |
//! | `scp`       | the server and what it does with requests                                            |
//! | `ffi`       | `extern "C"`: check, convert, call, convert back                                     |
//!
//! `unsafe` is denied outside `ffi` and `net::sys`.

#![cfg_attr(test, allow(clippy::as_conversions))]

pub mod dataset;
pub mod dimse;
pub mod error;
#[cfg(feature = "net")]
pub mod ffi;
#[cfg(feature = "net")]
pub mod net;
#[cfg(feature = "net")]
pub mod runtime;
#[cfg(feature = "net")]
pub mod scp;
#[cfg(feature = "net")]
pub mod scu;
#[cfg(feature = "net")]
pub mod storage;
pub mod types;
pub mod ul;
pub mod wire;
