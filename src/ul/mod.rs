//! The upper layer of PS3.8 section 9.2. Sans-I/O.
