//! Text of elements: UTF-8 here, bytes in the character set of the data set there.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::charset::{CharacterSet, VrClass};
use super::data_set::{Context, DataSet};
use super::element::{Element, Value};
use super::set::padded;
use super::tags;
use super::vr::{self, Kind, VR};
use crate::error::{Cause, Error, Phase, Result};
use crate::types::Tag;

/// What was asked for, or why it cannot be.
type Words<T> = std::result::Result<T, String>;

impl Context<'_> {
    /// The values of text in `element`, whose bytes these are.
    pub(super) fn texts<'b>(self, element: &Element, bytes: &'b [u8]) -> Words<Texts<'b>> {
        let vr = element.vr();
        Ok(Texts { vr, text: self.decoded(vr, bytes)? })
    }

    /// All of the text, its backslashes included; only what is at its end is padding.
    pub(super) fn decoded(self, vr: VR, bytes: &[u8]) -> Words<Cow<'_, str>> {
        if self.is_ascii(bytes) {
            return Ok(String::from_utf8_lossy(bytes));
        }
        let decoded = match VrClass::of(vr.letters()) {
            Some(class) => {
                // An escape sequence says itself which set is meant, whether it was listed or not.
                self.set()?.reading_undeclared().decode(bytes, class)
            }
            None => CharacterSet::default().decode(bytes, VrClass::Strings),
        };
        decoded.map(Cow::Owned).map_err(|error| error.to_string())
    }

    /// The bytes of a text, without padding.
    pub(super) fn encoded(self, vr: VR, text: &str) -> Words<Vec<u8>> {
        if self.is_ascii(text.as_bytes()) {
            return Ok(text.into());
        }
        match VrClass::of(vr.letters()) {
            Some(class) => self.set()?.encode(text, class).map_err(|error| {
                format!(
                    "{error}; set SpecificCharacterSet to one that has it first, to ISO_IR 192 for instance"
                )
            }),
            None => CharacterSet::default().encode(text, VrClass::Strings).map_err(|error| {
                let vr = vr.as_str();
                format!("{:?} cannot be in a value of VR {vr}, which is ASCII", error.character)
            }),
        }
    }

    /// Whether the text of `element` is this one, in whatever way it is written.
    pub(super) fn text_is(self, element: &Element, text: &str) -> bool {
        let decoded = element.as_bytes().map(|bytes| self.decoded(element.vr(), bytes));
        matches!(decoded, Some(Ok(decoded)) if trimmed(VR::LO, &decoded) == text)
    }

    fn set(self) -> Words<CharacterSet> {
        let value = self.character_set.and_then(Element::as_bytes);
        value.map_or_else(
            || Ok(CharacterSet::default()),
            |value| CharacterSet::parse(value).map_err(|error| error.to_string()),
        )
    }

    /// Whether these are the same in Unicode and in every character set that this may be, one that nobody knows too.
    fn is_ascii(self, bytes: &[u8]) -> bool {
        bytes.is_ascii() && !bytes.contains(&ESCAPE) && !self.is_other_ascii()
    }

    /// Whether bytes below 80 may mean something else than ASCII: those of JIS X 0201 do.
    fn is_other_ascii(self) -> bool {
        let value = self.character_set.and_then(Element::as_bytes);
        value.is_some_and(|value| value.windows(2).any(|two| two == b"13"))
    }
}

/// The values of text in an element, parted as they are asked for: 16 MiB of backslashes are as many values, of which
/// none shall cost memory.
pub(super) struct Texts<'a> {
    vr: VR,
    text: Cow<'a, str>,
}

impl Texts<'_> {
    /// The values, without what pads them; none where all is blank.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let has_many = vr::kind(self.vr) == Kind::Texts;
        let whole = Some(&*self.text).filter(|text| !trimmed(self.vr, text).is_empty());
        let parts = whole.into_iter().flat_map(move |text| {
            let (many, one) = if has_many { (Some(text.split('\\')), None) } else { (None, Some(text)) };
            many.into_iter().flatten().chain(one)
        });
        parts.map(|value| trimmed(self.vr, value))
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.iter().count()
    }
}

/// Begins the escape sequences of ISO 2022.
const ESCAPE: u8 = 0x1B;

/// `text` without what is not significant at its ends (PS3.5 6.2): trailing spaces, and leading ones where several
/// values may be; NULs, with which some pad everything.
pub(super) fn trimmed(vr: VR, text: &str) -> &str {
    let text = text.trim_end_matches([' ', '\0']);
    match vr {
        VR::AE | VR::CS | VR::DS | VR::IS | VR::LO | VR::SH | VR::UI => text.trim_start_matches(' '),
        _ => text,
    }
}

impl DataSet {
    /// The same text, in another character set: `from` and `to` are the values of Specific Character Set that hold for
    /// this data set before and after. Items with one of their own stay as they are.
    pub(super) fn recoded(&self, from: Option<&Element>, to: Option<&Element>) -> Result<Self> {
        let from = Context { character_set: from, ..Context::default() };
        let to = Context { character_set: to, ..Context::default() };
        let wanted = to.set().map_err(Error::invalid_argument)?;
        if from.set().is_ok_and(|set| set == wanted) {
            return Ok(self.clone());
        }
        self.recoded_between(from, to)
    }

    fn recoded_between(&self, from: Context, to: Context) -> Result<Self> {
        let mut changed: BTreeMap<Tag, Element> = BTreeMap::new();
        for (tag, element) in self {
            match &element.value {
                Value::Items(items) => {
                    let has_own = |item: &Self| item.get(tags::SPECIFIC_CHARACTER_SET).is_some();
                    let recoded: Result<Vec<Self>> =
                        items
                            .iter()
                            .map(|item| {
                                if has_own(item) { Ok(item.clone()) } else { item.recoded_between(from, to) }
                            })
                            .collect();
                    changed.insert(*tag, Element::sequence(recoded?));
                }
                Value::Bytes(bytes) if VrClass::of(element.vr.letters()).is_some() => {
                    let recoded = from
                        .decoded(element.vr, bytes)
                        .and_then(|text| to.encoded(element.vr, text.trim_end_matches([' ', '\0'])));
                    let recoded = recoded.map_err(|words| {
                        let words =
                            format!("the text of {tag} cannot be kept in another character set: {words}");
                        Error::new(Phase::Queued, Cause::DataSet(words))
                    })?;
                    changed.insert(*tag, Element::bytes(element.vr, padded(element.vr, recoded)));
                }
                Value::Bytes(_) | Value::Fragments(_) => {}
            }
        }
        let mut set = self.clone();
        for (tag, element) in changed {
            set.put(tag, element);
        }
        Ok(set)
    }
}

/// A text in quotes as words about it show it. Whoever wrote it may have made it as long as he liked, and words are not.
pub(super) fn shown_text(text: &str) -> String {
    match front(text) {
        Some(front) => format!("{front:?}..."),
        None => format!("{text:?}"),
    }
}

/// Words that may have such a text in them, likewise.
pub(super) fn shortened(words: &str) -> Cow<'_, str> {
    front(words).map_or(Cow::Borrowed(words), |front| Cow::Owned(format!("{front}...")))
}

/// As many characters as are shown, where there are more.
fn front(text: &str) -> Option<&str> {
    /// All but long texts.
    const MOST: usize = 100;
    text.char_indices().nth(MOST).and_then(|(end, _)| text.get(..end))
}
