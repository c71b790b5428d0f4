//! Values that are valid by construction: parse once at the border, then trust the type.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU8;

use crate::error::{Error, Result};

/// An application entity title (PS3.5 6.2, VR AE): up to 16 bytes, leading and trailing spaces not significant.
///
/// Made from text it is 1 to 16 printable ASCII characters without a backslash. Made from the wire it keeps the 16
/// bytes as they came (bytes above 7F are reported, never a crash), and all blank means none. Titles compare by what is
/// significant of them.
#[derive(Clone, Copy)]
pub struct AeTitle([u8; 16]);

impl AeTitle {
    /// No title: 16 spaces.
    pub const NONE: Self = Self([b' '; 16]);

    /// A title that a caller gives.
    pub fn new(text: &str) -> Result<Self> {
        let title = text.trim_matches(' ');
        if title.is_empty() {
            return Err(Error::invalid_argument("an AE title must not be empty or blank"));
        }
        if title.len() > 16 {
            return Err(Error::invalid_argument(format!(
                "the AE title {title:?} has {} characters; 16 are allowed",
                title.chars().count()
            )));
        }
        if let Some(bad) = title.chars().find(|c| !(' '..='~').contains(c) || *c == '\\') {
            return Err(Error::invalid_argument(format!(
                "the AE title {title:?} contains {bad:?}; printable ASCII without a backslash is allowed"
            )));
        }
        let mut bytes = [b' '; 16];
        for (to, from) in bytes.iter_mut().zip(title.bytes()) {
            *to = from;
        }
        Ok(Self(bytes))
    }

    /// A title as a peer sent it. One that is too long loses the spaces before it, and then what is too much.
    #[must_use]
    pub fn from_wire(raw: &[u8]) -> Self {
        let mut bytes = [b' '; 16];
        let blank =
            if raw.len() > bytes.len() { raw.iter().take_while(|byte| **byte == b' ').count() } else { 0 };
        for (to, from) in bytes.iter_mut().zip(raw.iter().skip(blank)) {
            *to = *from;
        }
        Self(bytes)
    }

    /// The 16 bytes as they go on the wire: as they came from there, or padded with spaces.
    #[must_use]
    pub fn padded(&self) -> &[u8; 16] {
        &self.0
    }

    /// The significant bytes. Spaces alone are not significant: other white space is a peer's mistake, to be seen. But
    /// trailing NULs count as padding, as some peers send them.
    #[must_use]
    pub fn trimmed(&self) -> &[u8] {
        let begin = self.0.iter().take_while(|byte| **byte == b' ').count();
        let end = self.0.iter().rposition(|byte| !matches!(byte, b' ' | 0)).map_or(begin, |last| last + 1);
        self.0.get(begin..end).unwrap_or_default()
    }

    /// Whether no title was given.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.trimmed().is_empty()
    }
}

impl PartialEq for AeTitle {
    fn eq(&self, other: &Self) -> bool {
        self.trimmed() == other.trimmed()
    }
}

impl Eq for AeTitle {}

impl PartialOrd for AeTitle {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for AeTitle {
    fn cmp(&self, other: &Self) -> Ordering {
        self.trimmed().cmp(other.trimmed())
    }
}

impl Hash for AeTitle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.trimmed().hash(state);
    }
}

impl fmt::Display for AeTitle {
    /// The title for people; bytes that are not printable ASCII come out as `\xNN`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.trimmed() {
            match byte {
                b' '..=b'~' => write!(f, "{}", char::from(*byte))?,
                _ => write!(f, "\\x{byte:02X}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for AeTitle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AeTitle({self})")
    }
}

/// A unique identifier (PS3.5 section 9): 1 to 64 digits and dots. Held in place: an association names a dozen of
/// them, and none is worth an allocation.
///
/// One that a caller gives [has the form](Self::has_form) that the standard asks for; one from the wire may have dots
/// anywhere, since there only identity matters. Components with leading zeros are accepted from both: they are
/// forbidden, but are out there.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uid {
    /// Zeros behind the text, so that UIDs compare as their texts do.
    bytes: [u8; Uid::LONGEST],
    length: NonZeroU8,
}

impl Uid {
    const LONGEST: usize = 64;

    /// A UID of the standard, known when this library is compiled.
    ///
    /// # Panics
    ///
    /// Where it has no or more than 64 characters; for a constant that is while compiling.
    #[must_use]
    pub const fn from_static(uid: &'static str) -> Self {
        match Self::holding(uid.as_bytes()) {
            Some(uid) => uid,
            None => panic!("a UID has 1 to 64 characters"),
        }
    }

    /// A UID that a caller gives.
    pub fn new(text: &str) -> Result<Self> {
        let valid = Self::holding(text.as_bytes()).filter(|_| Self::has_form(text.as_bytes()));
        valid.ok_or_else(|| {
            Error::invalid_argument(match text.len() {
                0 => "a UID must not be empty".to_owned(),
                1..=Self::LONGEST if !Self::is_held(text.as_bytes()) => {
                    format!("the UID {text:?} contains something other than digits and dots")
                }
                1..=Self::LONGEST => format!(
                    "the UID {text:?} has a component without a digit; a dot stands between two of them (PS3.5 9.1)"
                ),
                length => format!("a UID of {length} characters was given; 64 are allowed"),
            })
        })
    }

    /// A UID as a peer sent it: trailing NULs and blanks are padding. `None` where there is anything but digits and dots.
    #[must_use]
    pub fn from_wire(raw: &[u8]) -> Option<Self> {
        let end = raw.iter().rposition(|b| *b != 0 && *b != b' ').map_or(0, |last| last + 1);
        let trimmed = raw.get(..end)?;
        if Self::is_held(trimmed) { Self::holding(trimmed) } else { None }
    }

    /// Whether `text` is 1 to 64 characters of digits in groups between single dots (PS3.5 9.1, but for leading zeros).
    #[must_use]
    pub fn has_form(text: &[u8]) -> bool {
        let digits = |component: &[u8]| !component.is_empty() && component.iter().all(u8::is_ascii_digit);
        text.len() <= Self::LONGEST && text.split(|byte| *byte == b'.').all(digits)
    }

    /// The text without padding.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The text without padding, as it goes on the wire.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length.get())).unwrap_or_default()
    }

    /// `text`, where it has a length that a UID can have.
    const fn holding(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; Self::LONGEST];
        let Some((to, _)) = bytes.split_at_mut_checked(text.len()) else { return None };
        to.copy_from_slice(text);
        let [length, ..] = text.len().to_le_bytes();
        match NonZeroU8::new(length) {
            Some(length) => Some(Self { bytes, length }),
            None => None,
        }
    }

    /// Looks at all of it: without a way out at each character, which is what most of them would cost.
    fn is_held(text: &[u8]) -> bool {
        !text.iter().fold(false, |strange, b| strange | !matches!(b, b'0'..=b'9' | b'.'))
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uid({self})")
    }
}

/// A presentation context id (PS3.8 9.3.2.2): odd, 1 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PresentationContextId(u8);

impl PresentationContextId {
    /// The most contexts that one association can propose.
    pub const MOST: usize = 128;

    /// `None` for an even number.
    #[must_use]
    pub const fn new(id: u8) -> Option<Self> {
        if id % 2 == 1 { Some(Self(id)) } else { None }
    }

    /// The id of the context proposed at `index`, counted from 0; `None` from 128 on.
    #[must_use]
    pub fn from_index(index: usize) -> Option<Self> {
        u8::try_from(index).ok().filter(|index| *index < 128).map(|index| Self(index * 2 + 1))
    }

    /// The number on the wire.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for PresentationContextId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The longest variable field of a P-DATA-TF PDU that one side receives (PS3.8 D.1); 0 means that it sets no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MaxPduLength(u32);

impl MaxPduLength {
    /// What this library says unless told otherwise: 128 KiB, where large objects are near the bound of copying already.
    pub const DEFAULT: Self = Self(128 * 1024);
    /// What this library sends at most to a peer that sets no limit.
    pub const OWN_CAP: u32 = 256 * 1024;
    /// A PDV item's length, context id and control header (6 bytes) and the shortest even fragment (2 bytes).
    pub const SMALLEST_USABLE: u32 = 8;

    /// Any value is legal on the wire.
    #[must_use]
    pub const fn from_wire(value: u32) -> Self {
        Self(value)
    }

    /// The number on the wire; 0 is no limit.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The longest variable field that may be sent to a peer that announced this: its limit or our own cap.
    /// `None` where nothing fits (wire.md: below 8, abort).
    #[must_use]
    pub fn sendable(self) -> Option<u32> {
        match self.0 {
            0 => Some(Self::OWN_CAP),
            limit if limit < Self::SMALLEST_USABLE => None,
            limit => Some(limit.min(Self::OWN_CAP)),
        }
    }
}

/// A data element tag.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag {
    /// Group number.
    pub group: u16,
    /// Element number.
    pub element: u16,
}

impl Tag {
    /// The tag `(group,element)`.
    #[must_use]
    pub const fn new(group: u16, element: u16) -> Self {
        Self { group, element }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({:04X},{:04X})", self.group, self.element)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag{self}")
    }
}

/// Result, source and reason of an A-ASSOCIATE-RJ (PS3.8 9.3.4 table 9-21). Any number may come from a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rejection {
    /// 1 permanent, 2 transient.
    pub result: u8,
    /// 1 service user, 2 service provider (ACSE), 3 service provider (presentation).
    pub source: u8,
    /// Meaning depends on the source.
    pub reason: u8,
}

impl Rejection {
    /// Permanent, by the user, no reason given.
    pub const NO_REASON: Self = Self { result: 1, source: 1, reason: 1 };
    /// Permanent, by the user: the application context is not supported.
    pub const APPLICATION_CONTEXT: Self = Self { result: 1, source: 1, reason: 2 };
    /// Permanent, by the user: this calling AE title is not allowed.
    pub const CALLING_AE_TITLE: Self = Self { result: 1, source: 1, reason: 3 };
    /// Permanent, by the user: there is no such called AE title here.
    pub const CALLED_AE_TITLE: Self = Self { result: 1, source: 1, reason: 7 };
    /// Permanent, by the provider: the protocol version is not supported.
    pub const PROTOCOL_VERSION: Self = Self { result: 1, source: 2, reason: 2 };
    /// Transient, by the provider: out of memory or descriptors.
    pub const CONGESTION: Self = Self { result: 2, source: 3, reason: 1 };
    /// Transient, by the provider: a limit of associations is reached, or the server is draining.
    pub const LIMIT_EXCEEDED: Self = Self { result: 2, source: 3, reason: 2 };

    /// What the reader may do about it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match (self.result, self.source, self.reason) {
            (_, 1, 3) => "ask the peer's administrator to add this calling AE title, or correct it",
            (_, 1, 7) => "correct the called AE title",
            (2, ..) => "try again later",
            _ => "ask the peer's administrator; its log may say more",
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match (self.source, self.reason) {
            (1 | 2, 1) => "no reason given",
            (1, 2) => "application context name not supported",
            (1, 3) => "calling AE title not recognized",
            (1, 7) => "called AE title not recognized",
            (2, 2) => "protocol version not supported",
            (3, 1) => "temporary congestion",
            (3, 2) => "local limit exceeded",
            _ => "reserved reason",
        };
        let result = match self.result {
            1 => "permanent",
            2 => "transient",
            _ => "reserved result",
        };
        let source = match self.source {
            1 => "service user",
            2 => "service provider, ACSE",
            3 => "service provider, presentation",
            _ => "reserved source",
        };
        write!(f, "{reason} ({result}, by the {source}; {},{},{})", self.result, self.source, self.reason)
    }
}

/// Source and reason of an A-ABORT (PS3.8 9.3.8 table 9-26). Any number may come from a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AbortReason {
    /// 0 service user, 2 service provider.
    pub source: u8,
    /// Significant where the source is the provider.
    pub reason: u8,
}

impl AbortReason {
    /// The service user's abort.
    pub const USER: Self = Self { source: 0, reason: 0 };
    /// Provider: no reason given.
    pub const NOT_SPECIFIED: Self = Self { source: 2, reason: 0 };
    /// Provider: a PDU type that is not known.
    pub const UNRECOGNIZED_PDU: Self = Self { source: 2, reason: 1 };
    /// Provider: a known PDU at the wrong time.
    pub const UNEXPECTED_PDU: Self = Self { source: 2, reason: 2 };
    /// Provider: a parameter that is not known.
    pub const UNRECOGNIZED_PARAMETER: Self = Self { source: 2, reason: 4 };
    /// Provider: a known parameter at the wrong time.
    pub const UNEXPECTED_PARAMETER: Self = Self { source: 2, reason: 5 };
    /// Provider: a parameter with a bad value.
    pub const INVALID_PARAMETER: Self = Self { source: 2, reason: 6 };
}

impl fmt::Display for AbortReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            0 => write!(f, "by the service user"),
            2 => {
                let reason = match self.reason {
                    0 => "reason not specified",
                    1 => "unrecognized PDU",
                    2 => "unexpected PDU",
                    4 => "unrecognized PDU parameter",
                    5 => "unexpected PDU parameter",
                    6 => "invalid PDU parameter value",
                    _ => "reserved reason",
                };
                write!(f, "by the service provider, {reason} (2,{})", self.reason)
            }
            source => write!(f, "by a reserved source ({source},{})", self.reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ae_titles_from_text() {
        assert_eq!(AeTitle::new(" PACS ").unwrap().padded(), b"PACS            ");
        assert!(AeTitle::new("").is_err());
        assert!(AeTitle::new("   ").is_err());
        assert!(AeTitle::new("SEVENTEEN_LETTERS").unwrap_err().to_string().contains("17 characters"));
        assert!(AeTitle::new("A\\B").is_err());
        assert!(AeTitle::new("\u{e9}").is_err());
    }

    #[test]
    fn ae_titles_from_the_wire() {
        assert_eq!(AeTitle::from_wire(b"  PACS          "), AeTitle::new("PACS").unwrap());
        assert_eq!(AeTitle::from_wire(b"PACS\0\0\0\0\0\0\0\0\0\0\0\0"), AeTitle::new("PACS").unwrap());
        let too_long = AeTitle::from_wire(b" PACS\0\0\0\0\0\0\0\0\0\0\0\0\0\0x");
        assert_eq!(
            too_long,
            AeTitle::new("PACS").unwrap(),
            "what is cut off does not make padding significant"
        );
        assert!(AeTitle::from_wire(b"                ").is_none());
        assert!(AeTitle::from_wire(b"").is_none());
        assert_eq!(AeTitle::from_wire(b"A\xE9B").to_string(), "A\\xE9B");
        assert_eq!(AeTitle::from_wire(b"PACS\t\n").to_string(), "PACS\\x09\\x0A", "spaces alone are padding");
        let fed = AeTitle::from_wire(b"MOVE\x0C ");
        assert_eq!((fed.trimmed(), fed.to_string().as_str()), (&b"MOVE\x0C"[..], "MOVE\\x0C"));
        assert!(!AeTitle::from_wire(b"\t").is_none());
        assert!(AeTitle::from_wire(b"  \0\0 \0").is_none());
        assert_eq!(AeTitle::from_wire(b" \xE9\0").padded(), b" \xE9\0             ", "as it came");
    }

    #[test]
    fn uids() {
        assert!(Uid::new("1.2.840.10008.1.1").is_ok());
        assert!(Uid::new("").is_err());
        assert!(Uid::new("1.2/3").unwrap_err().to_string().contains("other than digits and dots"));
        for dots in ["1..2", ".1", "1.", ".", "1.2..", "..1"] {
            assert!(Uid::new(dots).unwrap_err().to_string().contains("component without a digit"), "{dots}");
            assert_eq!(Uid::from_wire(dots.as_bytes()).unwrap().as_str(), dots, "as a peer sent it");
        }
        assert!(Uid::new("1.02.0").is_ok() && Uid::new("0").is_ok());
        assert!(Uid::new(&"1".repeat(65)).is_err());
        assert_eq!(Uid::from_wire(b"1.2\0").unwrap().as_str(), "1.2");
        assert_eq!(Uid::from_wire(b"1.2 ").unwrap().as_str(), "1.2");
        assert_eq!(Uid::from_wire(b"1.\x002"), None);
        assert_eq!(Uid::from_wire(b"\0"), None);
        assert_eq!(Uid::from_wire(&[b'1'; 65]), None);
        assert_eq!(Uid::new(&"1".repeat(64)).unwrap().as_str().len(), 64);
        assert!(
            Uid::from_static("1.2") < Uid::from_static("1.2.3")
                && Uid::from_static("1.2.3") < Uid::from_static("1.20")
        );
        assert_eq!(size_of::<Option<Uid>>(), 65);
    }

    #[test]
    fn context_ids() {
        assert_eq!(PresentationContextId::new(2), None);
        assert_eq!(PresentationContextId::from_index(127).map(PresentationContextId::get), Some(255));
        assert_eq!(PresentationContextId::from_index(128), None);
    }

    #[test]
    fn what_fits_into_a_peers_maximum_length() {
        assert_eq!(MaxPduLength::from_wire(0).sendable(), Some(MaxPduLength::OWN_CAP));
        assert_eq!(MaxPduLength::from_wire(7).sendable(), None);
        assert_eq!(MaxPduLength::from_wire(8).sendable(), Some(8));
        assert_eq!(MaxPduLength::from_wire(u32::MAX).sendable(), Some(MaxPduLength::OWN_CAP));
    }

    #[test]
    fn rejections_in_words() {
        assert_eq!(
            Rejection::CALLED_AE_TITLE.to_string(),
            "called AE title not recognized (permanent, by the service user; 1,1,7)"
        );
        assert_eq!(
            Rejection { result: 9, source: 9, reason: 9 }.to_string(),
            "reserved reason (reserved result, by the reserved source; 9,9,9)"
        );
    }
}
