//! Command sets, status codes, message assembly and fragmenting (PS3.7). Sans-I/O.
//!
//! Receiving: slices of PDVs -> [`assemble::Assembler`] -> a [`command::CommandSet`] and slices of its data set.
//! Sending: [`fragment::encode_message`] for a command, [`fragment::Fragmenter`] for the headers of its data set.

pub mod assemble;
pub mod command;
pub mod decode;
pub mod describe;
pub mod element;
pub mod encode;
pub mod fragment;
pub mod message_id;
pub mod messages;
pub mod service;
pub mod status;
