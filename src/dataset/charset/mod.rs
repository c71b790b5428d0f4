//! Character sets: the text of a data set and its bytes, in both directions (PS3.5 6.1, PS3.3 C.12.1.1.2). Sans-I/O.
//!
//! [`CharacterSet::parse`] reads the value of Specific Character Set (0008,0005); [`CharacterSet::decode`] turns the
//! bytes of a value into text and [`CharacterSet::encode`] text into bytes. Both need to know the [`VrClass`], since
//! delimiters end what escape sequences began, and a byte 5C is a delimiter in some VRs and a character in others.
//!
//! Nothing is guessed and nothing replaced: what is not in the set is an error that says where, in both directions, and
//! whoever called has the bytes, or the text, still. `decode(encode(text)) == text` holds for all that is encoded.
//!
//! | (0008,0005)                              | what it is here                                               |
//! |------------------------------------------|---------------------------------------------------------------|
//! | missing, empty                           | `ISO_IR 6`; a byte above 7F is an error                       |
//! | one value, `ISO_IR ..`                   | that set; escape sequences are errors                         |
//! | several, or one `ISO 2022 IR ..`         | code extension; an empty value 1 is `ISO 2022 IR 6`           |
//! | `ISO_IR 192`, `GB18030`, `GBK`           | that set alone, whatever is behind it (PS3.5 6.1.2.5.4 d)     |
//! | the same behind the default repertoire   | that set alone, since it contains the default repertoire      |
//! | the same behind any other                | an error: which of the two the bytes are in cannot be known   |
//! | blanks, `_`, `-`, `+`, case as they come | the defined term that has these letters and digits            |
//! | `IR` or `ISO` missing, as in `ISO 2022 58` | the defined term with that number                           |
//!
//! Controls of C0 are the same in every set and stay as they are, but for ESC, which begins escape sequences and
//! nothing else (PS3.5 6.1.3). Codes 80 to 9F are nothing in sets of one byte: who writes them means another set.

mod alone;
mod graphic;
mod iso2022;
mod terms;

use std::fmt;

use alone::Alone;
use iso2022::CodeExtension;

/// A value of Specific Character Set (0008,0005): how text becomes bytes. The default is the one of data sets that have
/// none, `ISO_IR 6`.
///
/// `Display` writes the value of (0008,0005), in the standard's spelling; it parses to the same character set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharacterSet(Coding);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Coding {
    Alone(Alone),
    /// Everything that is made of the sets of ISO 2022, with code extension or without.
    Iso2022(CodeExtension),
}

/// The VRs in which text is in the data set's character set (PS3.5 6.1.2.2), by what delimits text in them. All other
/// VRs are in the default repertoire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VrClass {
    /// SH, LO, UC: several values, with a backslash between them.
    Strings,
    /// PN: likewise, and `^` and `=` between the components and groups of a name.
    PersonNames,
    /// ST, LT, UT: one value, in which a backslash is a character.
    Text,
}

impl VrClass {
    /// The class of `vr`; `None` where Specific Character Set does not apply to it.
    #[must_use]
    pub fn of(vr: [u8; 2]) -> Option<Self> {
        match &vr {
            b"SH" | b"LO" | b"UC" => Some(Self::Strings),
            b"PN" => Some(Self::PersonNames),
            b"ST" | b"LT" | b"UT" => Some(Self::Text),
            _ => None,
        }
    }

    /// Whether a code is a delimiter, in front of which the initial character set has to be active.
    fn delimits(self, code: u8) -> bool {
        match code {
            b'\\' => self != Self::Text,
            b'^' | b'=' => self == Self::PersonNames,
            _ => false,
        }
    }
}

impl CharacterSet {
    /// Reads the value of (0008,0005), with its padding and with a backslash between values.
    pub fn parse(value: &[u8]) -> Result<Self, InvalidTerm> {
        terms::parse(value).map(Self)
    }

    /// Reads a value of (0008,0005) that is to be written: a reader forgives more.
    pub fn to_write(value: &[u8]) -> Result<Self, InvalidTerm> {
        terms::check(value)?;
        Self::parse(value)
    }

    /// The same, but escape sequences are followed to every set of PS3.3 tables C.12-3 and C.12-4, whether
    /// (0008,0005) lists it or not: an escape sequence says itself which set is meant. Reading only; what is written
    /// keeps to the sets listed. Sets that stand alone have no escape sequences, so they stay as they are.
    #[must_use]
    pub fn reading_undeclared(self) -> Self {
        match self.0 {
            Coding::Alone(_) => self,
            Coding::Iso2022(extension) => Self(Coding::Iso2022(extension.reading_undeclared())),
        }
    }

    /// The text of an element's value, with the padding that it has. In [`VrClass::Strings`] and
    /// [`VrClass::PersonNames`] every backslash of the text is a delimiter between two values.
    ///
    /// Where the bytes 5C and 7E are romaji (`ISO_IR 13`), they are yen sign and overline, as JIS X 0201 has it, unless
    /// 5C is a delimiter (PS3.5 H.1.1, note 3).
    pub fn decode(&self, bytes: &[u8], class: VrClass) -> Result<String, DecodeError> {
        match &self.0 {
            Coding::Alone(set) => set.decode(bytes),
            Coding::Iso2022(extension) => extension.decode(bytes, class),
        }
    }

    /// The values of an element, at least one, as [`CharacterSet::decode`] reads them. A byte 5C that is half of a
    /// character parts none.
    pub fn decode_values(&self, bytes: &[u8], class: VrClass) -> Result<Vec<String>, DecodeError> {
        let text = self.decode(bytes, class)?;
        Ok(match class {
            VrClass::Strings | VrClass::PersonNames => text.split('\\').map(str::to_owned).collect(),
            VrClass::Text => vec![text],
        })
    }

    /// The bytes of `text`, without padding. In [`VrClass::Strings`] and [`VrClass::PersonNames`] a backslash in it is
    /// a delimiter between two values.
    ///
    /// With code extension, the initial character set is active again before every delimiter and control and at the
    /// end (PS3.5 6.1.2.5.3), and a set is designated when the active ones do not have the next character: of those
    /// that have it the one which goes furthest, and of equals the one listed first. Behind a two-byte set in G0 there
    /// is an escape sequence in front of all else, a space too: many readers take what follows one to be of one set.
    pub fn encode(&self, text: &str, class: VrClass) -> Result<Vec<u8>, EncodeError> {
        let encoded = match &self.0 {
            Coding::Alone(set) => set.encode(text),
            Coding::Iso2022(extension) => extension.encode(text, class),
        };
        encoded.map_err(|Unencodable { character, offset }| EncodeError {
            character,
            offset,
            set: self.to_string(),
        })
    }

    /// The values of (0008,0005), in the standard's spelling.
    #[must_use]
    pub fn terms(&self) -> Vec<&'static str> {
        match &self.0 {
            Coding::Alone(set) => vec![set.term()],
            Coding::Iso2022(extension) => extension.terms(),
        }
    }
}

impl Default for CharacterSet {
    fn default() -> Self {
        Self(Coding::Iso2022(CodeExtension::none()))
    }
}

impl fmt::Display for CharacterSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.terms().join("\\"))
    }
}

/// A value of (0008,0005) that says nothing about what the bytes of text mean. What is ASCII may be text all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTerm {
    /// A value that is no defined term, nor one misspelled.
    #[error("Specific Character Set has the value \"{0}\", which is no defined term")]
    Unknown(String),
    /// A set that stands alone behind one that it does not contain.
    #[error("Specific Character Set has the value {0}, which stands alone, behind another one")]
    NotAlone(&'static str),
    /// To be written: a set that stands alone, as one of several values.
    #[error(
        "Specific Character Set cannot have the value {0} beside others, since it stands alone: set all values to it"
    )]
    Beside(&'static str),
    /// To be written: a term without code extension, as one of several values.
    #[error("Specific Character Set cannot have the value {alone} beside others, where it is {extended}")]
    NotExtended {
        /// As it is written alone.
        alone: &'static str,
        /// As it is written beside others.
        extended: &'static str,
    },
}

/// Bytes that are no text in their character set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}: {reason}")]
pub struct DecodeError {
    /// Where the character, or the escape sequence, begins that cannot be read.
    pub offset: usize,
    /// What is wrong with it.
    pub reason: Undecodable,
}

/// Why bytes are no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    /// No character, in the set that is active there, has the code that begins with this byte.
    #[error("the character set has no character with a code that begins with {0:02X}")]
    NoCharacter(u8),
    /// The value ends in a character, or in an escape sequence.
    #[error("the value ends in the middle of a character")]
    CutOff,
    /// An escape sequence to a set that (0008,0005) does not list: the term that it should have listed.
    #[error("an escape sequence to {0}, which Specific Character Set does not list")]
    Undeclared(&'static str),
    /// ESC, and behind it nothing of PS3.3 tables C.12-3 and C.12-4.
    #[error("an escape sequence that DICOM does not have")]
    UnknownEscape,
}

impl Undecodable {
    fn at(self, offset: usize) -> DecodeError {
        DecodeError { offset, reason: self }
    }
}

/// A character that the character set does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{character:?} (U+{:04X}) cannot be written in the character set {set}", u32::from(*.character))]
pub struct EncodeError {
    /// The character.
    pub character: char,
    /// Where in the text it is, in bytes of UTF-8.
    pub offset: usize,
    /// The value of (0008,0005).
    pub set: String,
}

/// An [`EncodeError`] of a set that does not know its name.
struct Unencodable {
    character: char,
    offset: usize,
}

/// Begins escape sequences, and is nothing else (PS3.5 6.1.3).
const ESC: u8 = 0x1B;
