//! Data sets as far as networking has to know them (PS3.5, PS3.10): the header of a file, how a transfer syntax writes
//! elements, and the elements of a data set as its bytes pass by. Sans-I/O.

pub mod convert;
pub mod dictionary;
pub mod encoding;
pub mod header;
pub mod part10;
pub mod scan;
pub mod vr;
