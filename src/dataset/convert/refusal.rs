//! Why a data set cannot be converted.

use crate::dataset::scan::Malformed;
use crate::types::{Tag, Uid};

/// What stands in the way, with the element where it does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotConvertible {
    /// Data sets are converted between the four uncompressed transfer syntaxes.
    #[error("the transfer syntax {0} is none of the uncompressed ones")]
    TransferSyntax(Uid),
    /// Fragments, which an uncompressed transfer syntax does not have.
    #[error("{0} is encapsulated, in an uncompressed transfer syntax")]
    Encapsulated(Tag),
    /// Lengths are even (PS3.5 7.1.1): one of the two sides would understand something else.
    #[error("{tag} has an odd length of {length} bytes")]
    OddLength {
        /// The element or item.
        tag: Tag,
        /// As it is written.
        length: u32,
    },
    /// Only sequences may have it, and items.
    #[error("{0} has undefined length, and is no sequence")]
    UndefinedLength(Tag),
    /// The order of bytes changes, and nobody knows which of them belong together.
    #[error("{0} has bytes of unknown meaning (UN), which cannot be put into another byte order")]
    Unknown(Tag),
    /// Numbers that are not whole.
    #[error("{tag} has {length} bytes, which are no numbers of {unit} bytes each")]
    Uneven {
        /// The element.
        tag: Tag,
        /// As it is written.
        length: u32,
        /// Bytes of each number.
        unit: usize,
    },
    /// A group length that is no number, so that dropping it could lose something.
    #[error("{tag} is no group length, with {length} bytes")]
    GroupLength {
        /// The element.
        tag: Tag,
        /// As it is written.
        length: u32,
    },
    /// It goes on behind the end of what it is in.
    #[error("{tag} is longer than the rest of {parent}, in which it is")]
    TooLong {
        /// The element or item.
        tag: Tag,
        /// The sequence or item with a known length.
        parent: Tag,
    },
    /// The elements cannot be followed.
    #[error("{0}")]
    Malformed(Malformed),
    /// Something other than zeros behind the zeros that end a data set.
    #[error("there are bytes behind the zeros that pad the data set")]
    BehindPadding,
    /// It ends too early.
    #[error("the data set ends in the middle of {tag}: {missing} more bytes of it must come")]
    CutOff {
        /// The element.
        tag: Tag,
        /// How many bytes of its value have not come.
        missing: u64,
    },
    /// It ends too early, in a sequence.
    #[error("the data set ends in the middle of {0}, without the delimiter at its end")]
    CutOffSequence(Tag),
    /// It ends too early, in a tag or a length.
    #[error("the data set ends in the tag and length of an element, after {present} bytes of them")]
    CutOffHeader {
        /// How many bytes are there.
        present: usize,
    },
    /// The deflate stream is not one.
    #[error("the deflate stream is broken")]
    Deflate,
    /// The deflate stream ends too early.
    #[error("the deflate stream is cut off")]
    DeflateCutOff,
    /// Something other than zeros behind the end of the deflate stream.
    #[error("there are bytes behind the end of the deflate stream")]
    BehindDeflate,
}
