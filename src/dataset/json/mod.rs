//! The DICOM JSON model (PS3.18 annex F), in UTF-8.
//!
//! | here                                | there                                                                      |
//! |-------------------------------------|----------------------------------------------------------------------------|
//! | DS, IS                              | a number where it is valid, one in JSON too, and comes back as it was,     |
//! |                                     | else a string (read: a string is kept as it is, a number is rounded to the |
//! |                                     | 16 characters of a DS; 5.0 is an integer)                                  |
//! | SV, UV                              | a number up to 2^53, beyond that a string, which loses no digit            |
//! | FL, FD                              | a number; `"NaN"`, `"Infinity"` and `"-Infinity"` where it is none         |
//! | OB, OD, OF, OL, OV, OW, UN          | InlineBinary, in little endian; in both directions an odd length is made   |
//! |                                     | even, and what is no whole number of those that the VR has is refused      |
//! | encapsulated pixel data             | refused: it has no InlineBinary                                            |
//! | Specific Character Set              | ISO_IR 192, since that is what JSON is in; none where there was none       |
//! |                                     | (read: whatever it is there, none included)                                |
//! | null                                | an empty value (read: of binary values the only one, since they cannot be  |
//! |                                     | empty one by one)                                                          |
//! | BulkDataURI                         | refused by name: what it stands for is not here, and must not get lost     |

mod read;
mod shape;
mod write;

pub use read::from_json;
pub use write::to_json;
