//! The defined terms of Specific Character Set (PS3.3 C.12.1.1.2), and how they are misspelled.

use super::alone::Alone;
use super::graphic::{
    ARABIC, CYRILLIC, GB_2312, GREEK, GraphicSet, HEBREW, ISO_646, JIS_X_0208, JIS_X_0212, KATAKANA,
    KS_X_1001, LATIN_1, LATIN_2, LATIN_3, LATIN_4, LATIN_5, LATIN_9, ROMAJI, THAI,
};
use super::iso2022::CodeExtension;
use super::{Coding, InvalidTerm};

/// A term that names sets of ISO 2022 (PS3.3 tables C.12-2 to C.12-4).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// The number in the ISO register by which it goes.
    number: &'static str,
    /// How it is written alone. Sets of two bytes cannot be alone, and have no such term.
    pub(super) alone: Option<&'static str>,
    /// How it is written with code extension.
    pub(super) extended: &'static str,
    /// The sets that it names.
    pub(super) g0: Option<&'static GraphicSet>,
    pub(super) g1: Option<&'static GraphicSet>,
}

/// All of them. The first is the default, `ISO_IR 6` or no term at all.
static TERMS: [Term; 17] = [
    Term { number: "6", alone: Some("ISO_IR 6"), extended: "ISO 2022 IR 6", g0: Some(&ISO_646), g1: None },
    single("100", "ISO_IR 100", "ISO 2022 IR 100", &ISO_646, &LATIN_1),
    single("101", "ISO_IR 101", "ISO 2022 IR 101", &ISO_646, &LATIN_2),
    single("109", "ISO_IR 109", "ISO 2022 IR 109", &ISO_646, &LATIN_3),
    single("110", "ISO_IR 110", "ISO 2022 IR 110", &ISO_646, &LATIN_4),
    single("144", "ISO_IR 144", "ISO 2022 IR 144", &ISO_646, &CYRILLIC),
    single("127", "ISO_IR 127", "ISO 2022 IR 127", &ISO_646, &ARABIC),
    single("126", "ISO_IR 126", "ISO 2022 IR 126", &ISO_646, &GREEK),
    single("138", "ISO_IR 138", "ISO 2022 IR 138", &ISO_646, &HEBREW),
    single("148", "ISO_IR 148", "ISO 2022 IR 148", &ISO_646, &LATIN_5),
    single("203", "ISO_IR 203", "ISO 2022 IR 203", &ISO_646, &LATIN_9),
    single("13", "ISO_IR 13", "ISO 2022 IR 13", &ROMAJI, &KATAKANA),
    single("166", "ISO_IR 166", "ISO 2022 IR 166", &ISO_646, &THAI),
    double("87", "ISO 2022 IR 87", Some(&JIS_X_0208), None),
    double("159", "ISO 2022 IR 159", Some(&JIS_X_0212), None),
    double("149", "ISO 2022 IR 149", None, Some(&KS_X_1001)),
    double("58", "ISO 2022 IR 58", None, Some(&GB_2312)),
];

const fn single(
    number: &'static str,
    alone: &'static str,
    extended: &'static str,
    g0: &'static GraphicSet,
    g1: &'static GraphicSet,
) -> Term {
    Term { number, alone: Some(alone), extended, g0: Some(g0), g1: Some(g1) }
}

const fn double(
    number: &'static str,
    extended: &'static str,
    g0: Option<&'static GraphicSet>,
    g1: Option<&'static GraphicSet>,
) -> Term {
    Term { number, alone: None, extended, g0, g1 }
}

impl Term {
    pub(super) fn default() -> &'static Self {
        let [default, ..] = &TERMS;
        default
    }

    /// The term that lists `set` with code extension.
    pub(super) fn of(set: &GraphicSet) -> &'static Self {
        let lists = |term: &&Term| term.sets().any(|listed| listed == set);
        TERMS.iter().find(lists).unwrap_or(Term::default())
    }

    /// The sets that it lists, G0 first.
    pub(super) fn sets(&self) -> impl Iterator<Item = &'static GraphicSet> {
        self.g0.into_iter().chain(self.g1)
    }

    fn is_default(&self) -> bool {
        *self == *Self::default()
    }
}

/// Reads the value of (0008,0005).
pub(super) fn parse(value: &[u8]) -> Result<Coding, InvalidTerm> {
    let values: Vec<&[u8]> = value.split(|byte| *byte == b'\\').map(trimmed).collect();
    let mut terms: Vec<&'static Term> = Vec::with_capacity(values.len());
    let mut is_extended = values.len() > 1;
    for (index, value) in values.into_iter().enumerate() {
        match named(value) {
            // An empty value is the default repertoire where it is the first one, and nothing behind that.
            None if value.is_empty() && index == 0 => terms.push(Term::default()),
            None if value.is_empty() => {}
            None => return Err(InvalidTerm::Unknown(value.escape_ascii().to_string())),
            Some(Named::Alone(set)) if terms.iter().all(|term| term.is_default()) => {
                return Ok(Coding::Alone(set));
            }
            Some(Named::Alone(set)) => return Err(InvalidTerm::NotAlone(set.term())),
            Some(Named::Term { term, extended }) => {
                is_extended |= extended || term.alone.is_none();
                if !terms.contains(&term) {
                    terms.push(term);
                }
            }
        }
    }
    Ok(Coding::Iso2022(CodeExtension::new(terms, is_extended)))
}

/// Refuses values that go together wrongly (PS3.3 C.12.1.1.2), though [`parse`] understands them.
pub(super) fn check(value: &[u8]) -> Result<(), InvalidTerm> {
    if !value.contains(&b'\\') {
        return Ok(());
    }
    value.split(|byte| *byte == b'\\').map(trimmed).try_for_each(|value| match named(value) {
        Some(Named::Alone(set)) => Err(InvalidTerm::Beside(set.term())),
        Some(Named::Term { term: Term { alone: Some(alone), extended, .. }, extended: false }) => {
            Err(InvalidTerm::NotExtended { alone, extended })
        }
        Some(Named::Term { .. }) | None => Ok(()),
    })
}

enum Named {
    Alone(Alone),
    Term { term: &'static Term, extended: bool },
}

/// What a value says, however it is spelled: its letters and digits. A term is `ISO_IR` or `ISO 2022 IR` and a number,
/// of which `IR` may be missing with the latter, or the name of one that stands alone.
fn named(value: &[u8]) -> Option<Named> {
    let bare: Vec<u8> =
        value.iter().filter(|byte| !b" _-+".contains(byte)).map(u8::to_ascii_uppercase).collect();
    let bare = str::from_utf8(&bare).ok()?;
    let behind_iso = bare.strip_prefix("ISO").unwrap_or(bare);
    let (extended, rest) = match behind_iso.strip_prefix("2022") {
        Some(rest) => (true, rest),
        None => (false, behind_iso),
    };
    match rest {
        "GB18030" => return Some(Named::Alone(Alone::Gb18030)),
        "GBK" => return Some(Named::Alone(Alone::Gbk)),
        _ => {}
    }
    let number = match rest.strip_prefix("IR") {
        Some(number) => number,
        None if extended => rest,
        None => return None,
    };
    if number == "192" {
        return Some(Named::Alone(Alone::Utf8));
    }
    let term = TERMS.iter().find(|term| term.number == number)?;
    Some(Named::Term { term, extended })
}

/// A value without its padding: blanks, and the NUL with which some pad.
fn trimmed(mut value: &[u8]) -> &[u8] {
    while let [b' ' | 0, rest @ ..] | [rest @ .., b' ' | 0] = value {
        value = rest;
    }
    value
}
