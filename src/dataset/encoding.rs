//! What a transfer syntax says about the bytes of a data set (PS3.5 annex A).

use crate::error::{Error, Result};
use crate::types::Uid;
use crate::wire::uids;

/// How a transfer syntax encodes a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Encoding {
    /// How each element is written, after inflating where it is deflated.
    pub elements: Elements,
    /// The data set is one deflate stream (PS3.5 A.5).
    pub deflated: bool,
    /// Pixel data is a sequence of fragments (PS3.5 A.4), whatever is in them.
    pub encapsulated: bool,
}

/// How each element is written: whether its VR is (PS3.5 7.1), and the order of bytes (PS3.5 7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Elements {
    /// Implicit VR Little Endian (PS3.5 A.1).
    ImplicitLittleEndian,
    /// Explicit VR Little Endian (PS3.5 A.2).
    ExplicitLittleEndian,
    /// Explicit VR Big Endian (retired).
    ExplicitBigEndian,
}

impl Elements {
    /// Whether the VR of an element is written.
    #[must_use]
    pub fn is_explicit(self) -> bool {
        self != Self::ImplicitLittleEndian
    }

    /// Whether the most significant byte of a number comes first.
    #[must_use]
    pub fn is_big_endian(self) -> bool {
        self == Self::ExplicitBigEndian
    }

    /// A number of two bytes.
    #[must_use]
    pub fn short(self, bytes: [u8; 2]) -> u16 {
        if self.is_big_endian() { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    /// A number of four bytes.
    #[must_use]
    pub fn long(self, bytes: [u8; 4]) -> u32 {
        if self.is_big_endian() { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    /// [`Elements::short`], the other way.
    #[must_use]
    pub fn short_bytes(self, number: u16) -> [u8; 2] {
        if self.is_big_endian() { number.to_be_bytes() } else { number.to_le_bytes() }
    }

    /// [`Elements::long`], the other way.
    #[must_use]
    pub fn long_bytes(self, number: u32) -> [u8; 4] {
        if self.is_big_endian() { number.to_be_bytes() } else { number.to_le_bytes() }
    }
}

impl Encoding {
    /// The encoding of a transfer syntax that a caller names, in which a data set is to be read or written. Only of those
    /// that the standard has (PS3.6 table A-1): what others do to the elements nobody can tell, and what is no transfer
    /// syntax does nothing to them. Neither does one that has no elements, MIME or XML (retired).
    pub fn known(transfer_syntax: &Uid) -> Result<Self> {
        let uid = transfer_syntax.as_str();
        let has_elements = !matches!(uid, "1.2.840.10008.1.2.6.1" | "1.2.840.10008.1.2.6.2");
        if has_elements && uids::kind(uid) == Some(uids::Kind::TransferSyntax) {
            return Ok(Self::of(transfer_syntax));
        }
        let name = uids::name(uid).map(|name| format!(" ({name})")).unwrap_or_default();
        Err(Error::invalid_argument(format!(
            "{uid}{name} is no transfer syntax in which a data set can be read or written: none of PS3.6 table A-1 that \
             has elements"
        )))
    }

    /// The encoding of `transfer_syntax`, as far as anybody can say: of a data set that has it already. One that passes is
    /// not changed but where it is found to be written so, and one that is read from a file is so or malformed. All that are not named here, private ones included, are explicit VR little
    /// endian with encapsulated pixel data: PS3.5 A.4 says so of every encapsulated syntax, and PS3.5 10.1 wants of a
    /// private one that it differs from the standard's in nothing else.
    #[must_use]
    pub fn of(transfer_syntax: &Uid) -> Self {
        let native = |elements| Self { elements, deflated: false, encapsulated: false };
        let deflated = Self { deflated: true, ..native(Elements::ExplicitLittleEndian) };
        if *transfer_syntax == uids::IMPLICIT_VR_LITTLE_ENDIAN {
            return native(Elements::ImplicitLittleEndian);
        }
        if *transfer_syntax == uids::EXPLICIT_VR_LITTLE_ENDIAN {
            return native(Elements::ExplicitLittleEndian);
        }
        if *transfer_syntax == uids::EXPLICIT_VR_BIG_ENDIAN {
            return native(Elements::ExplicitBigEndian);
        }
        if *transfer_syntax == uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN {
            return deflated;
        }
        match transfer_syntax.as_str() {
            // Papyrus 3, retired; GE's private one, which differs from the default in the byte order of pixels only.
            "1.2.840.10008.1.20" | "1.2.840.113619.5.2" => native(Elements::ImplicitLittleEndian),
            // JPIP Referenced and JPIP HTJ2K Referenced: an address in place of pixel data (PS3.5 A.6, A.11).
            "1.2.840.10008.1.2.4.94" | "1.2.840.10008.1.2.4.204" => native(Elements::ExplicitLittleEndian),
            // The same, deflated (PS3.5 A.7, A.12).
            "1.2.840.10008.1.2.4.95" | "1.2.840.10008.1.2.4.205" => deflated,
            _ => Self { encapsulated: true, ..native(Elements::ExplicitLittleEndian) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_transfer_syntaxes_of_the_standard_are_known() {
        for uid in ["1.2.840.10008.1.2", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.20"] {
            let uid = Uid::from_static(uid);
            assert_eq!(Encoding::known(&uid).ok(), Some(Encoding::of(&uid)), "{uid}");
        }
        for (uid, words) in [
            ("1.2.840.10008.1.1", "1.2.840.10008.1.1 (Verification SOP Class) is no transfer syntax"),
            ("1.2.840.10008.1.2.6.2", "1.2.840.10008.1.2.6.2 (XML Encoding (Retired)) is no transfer syntax"),
            ("9.9.9", "9.9.9 is no transfer syntax"),
            // Of this one alone we know what it does, and it is not done here.
            ("1.2.840.113619.5.2", "1.2.840.113619.5.2 is no transfer syntax"),
        ] {
            let told = Encoding::known(&Uid::from_static(uid)).unwrap_err().to_string();
            assert!(told.starts_with(words), "{told}");
        }
    }

    #[test]
    fn every_kind_of_syntax() {
        use Elements::{
            ExplicitBigEndian as Big, ExplicitLittleEndian as Little, ImplicitLittleEndian as Implicit,
        };
        for (uid, elements, deflated, encapsulated) in [
            ("1.2.840.10008.1.2", Implicit, false, false),
            ("1.2.840.10008.1.2.1", Little, false, false),
            ("1.2.840.10008.1.2.1.98", Little, false, true),
            ("1.2.840.10008.1.2.1.99", Little, true, false),
            ("1.2.840.10008.1.2.2", Big, false, false),
            ("1.2.840.10008.1.2.4.50", Little, false, true),
            ("1.2.840.10008.1.2.4.94", Little, false, false),
            ("1.2.840.10008.1.2.4.205", Little, true, false),
            ("1.2.840.10008.1.2.5", Little, false, true),
            ("1.2.840.10008.1.2.8.1", Little, false, true),
            ("1.2.840.113619.5.2", Implicit, false, false),
            ("1.2.3.4", Little, false, true),
        ] {
            let expected = Encoding { elements, deflated, encapsulated };
            assert_eq!(Encoding::of(&Uid::from_static(uid)), expected, "{uid}");
        }
    }
}
