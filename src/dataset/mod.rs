//! Data sets (PS3.5, PS3.10): the header of a file, how a transfer syntax writes elements, the elements of a data set as
//! its bytes pass by, and data sets in memory that are read and written. Sans-I/O.
//!
//! | file         | what it knows                                                                          |
//! |--------------|----------------------------------------------------------------------------------------|
//! | `encoding`   | what a transfer syntax says about the bytes                                            |
//! | `header`     | tag, VR and length of an element                                                       |
//! | `part10`     | the header of a file                                                                   |
//! | `shown`      | elements that are written in another way than is said                                  |
//! | `representation` | the VR where none is written, and the order of bytes of a value                     |
//! | `scan`       | the elements of a data set that is passed on and never held                            |
//! | `passing`    | the same, inflated where it is deflated                                                |
//! | `convert`    | from one transfer syntax to another, of a data set that is passed on                    |
//! | `charset`    | text and its bytes                                                                     |
//! | `data_set`   | a data set in memory: elements and items                                               |
//! | `path`       | how an element in it is named                                                          |
//! | `get`, `set` | its values as text, numbers and bytes                                                  |
//! | `repertoire` | which text is a value                                                                  |
//! | `read`, `write`, `deflate`, `up_to` | bytes to a data set, and back                                   |
//! | `around`     | a data set around pixel data that come from elsewhere                                  |
//! | `json`       | the DICOM JSON model                                                                   |

pub mod around;
pub mod charset;
pub mod convert;
pub mod data_set;
pub mod deflate;
pub mod dictionary;
pub mod element;
pub mod encoding;
mod get;
pub mod header;
pub mod json;
pub mod limits;
pub mod part10;
pub mod passing;
pub mod path;
pub mod read;
mod repertoire;
pub(crate) mod representation;
pub mod scan;
mod set;
mod shown;
mod swap;
pub mod tags;
mod text;
pub mod up_to;
pub mod value;
pub mod vr;
pub mod write;
