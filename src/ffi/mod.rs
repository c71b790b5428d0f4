//! `extern "C"`: check, convert, call, convert back. One file for each C noun; no protocol, no thread, no state here
//! but the handles.
//!
//! `include/dimse.h` is made from these files: the words above a function are its documentation there, in the order of
//! abi.md. `tests/ffi_boundary.rs` proves that every function goes through [`boundary`].

#![allow(unsafe_code, reason = "the border to C")]
#![allow(non_camel_case_types, reason = "what C sees bears its C name")]
#![allow(clippy::doc_markdown, reason = "the words go into dimse.h, where backticks are noise")]
#![allow(rustdoc::broken_intra_doc_links, reason = "the same: Sequence[0] is an item of a data set")]
#![allow(clippy::missing_safety_doc, reason = "the words above a function are its contract, in dimse.h too")]
#![allow(clippy::must_use_candidate, reason = "C calls them")]

pub mod arguments;
pub mod assoc;
pub mod assoc_options;
pub mod assoc_request;
pub mod assoc_store;
pub mod boundary;
pub mod buffer;
pub mod dataset;
pub mod dataset_codec;
pub mod dataset_edit;
pub mod delivery;
pub mod echo_options;
pub mod error;
pub mod facts;
pub mod flat;
pub mod handle;
pub mod instance;
pub mod instance_dataset;
pub mod library;
pub mod log;
pub mod number;
pub mod op;
pub mod queue;
pub mod request;
pub mod request_accept;
pub mod runtime;
pub mod server;
pub mod server_options;
pub mod server_storage;
pub mod sink;
pub mod status;
pub mod store_options;
pub mod tag;
pub mod text;
pub mod timeouts;
