//! The upper layer of PS3.8 section 9.2. Sans-I/O.
//!
//! [`table`] is table 9-10 as data, [`machine`] performs it, [`negotiation`] answers an A-ASSOCIATE-RQ and
//! [`negotiated`] says what both sides agreed on.

pub mod machine;
pub mod negotiated;
pub mod negotiation;
pub mod table;
