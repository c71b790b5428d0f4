//! PDUs and their items <-> bytes (PS3.8 section 9.3, PS3.7 annex D). No I/O, no clock, no allocation per fragment.

pub mod decode;
pub mod describe;
pub mod encode;
pub mod item;
pub mod pdu;
pub mod uids;
