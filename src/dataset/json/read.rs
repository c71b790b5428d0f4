//! DICOM JSON to a data set (PS3.18 F.2).
//!
//! A value is found as a slice of the text, which the JSON parser does without going deeper, and taken apart when its
//! VR is known: so the depth is a data set's, whatever the text is.

use std::borrow::Cow;
use std::collections::btree_map;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::super::charset::VrClass;
use super::super::data_set::{Context, DataSet};
use super::super::element::{Element, Value};
use super::super::limits::Limits;
use super::super::path::Path;
use super::super::scan::MAXIMUM_NESTING;
use super::super::set::padded;
use super::super::tags;
use super::super::value::{self, Unfit};
use super::super::vr::{self, Kind, VR};
use crate::error::{Cause, Error, Phase, Result};
use crate::types::Tag;

/// Reads one JSON object. The data set gets Specific Character Set `ISO_IR 192` where it has one, or needs it.
pub fn from_json(text: &str, limits: Limits) -> Result<DataSet> {
    if text.len() > limits.bytes {
        return Err(fault(format!("the JSON text is longer than the limit of {} bytes", limits.bytes)));
    }
    let mut set = Reader { elements_left: limits.elements, limits }.data_set(text, 0)?;
    if needs_character_set(&set) {
        set.put(tags::SPECIFIC_CHARACTER_SET, utf8());
    }
    Ok(set)
}

/// Whether there is text that is not ASCII, and nothing says what it is.
fn needs_character_set(set: &DataSet) -> bool {
    let needs = |element: &Element| match &element.value {
        Value::Items(items) => items.iter().any(needs_character_set),
        Value::Bytes(bytes) => VrClass::of(element.vr.letters()).is_some() && !bytes.is_ascii(),
        Value::Fragments(_) => false,
    };
    set.get(tags::SPECIFIC_CHARACTER_SET).is_none() && set.iter().any(|(_, element)| needs(element))
}

/// Text is put in as UTF-8.
fn utf8() -> Element {
    Element::bytes(VR::CS, *b"ISO_IR 192")
}

struct Reader {
    elements_left: usize,
    limits: Limits,
}

/// An element, its value still to be read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Member<'a> {
    vr: Cow<'a, str>,
    #[serde(rename = "Value", borrow)]
    value: Option<&'a RawValue>,
    #[serde(rename = "InlineBinary", borrow)]
    inline_binary: Option<Cow<'a, str>>,
    #[serde(rename = "BulkDataURI", borrow)]
    bulk_data: Option<&'a RawValue>,
}

/// The members of an object, in the order of the text.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Listed;
        impl<'de> Visitor<'de> for Listed {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object of elements")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(key) = map.next_key::<Key>()? {
                    members.push((key.0, map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Listed)
    }
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl Reader {
    fn data_set(&mut self, text: &str, depth: u32) -> Result<DataSet> {
        let Members(members) = parsed(text, "a data set")?;
        let mut set = DataSet::empty();
        for (key, member) in members {
            self.count(1)?;
            let tag = tag_of(&key)?;
            if let Some(words) = tags::belongs_elsewhere(tag) {
                return Err(fault(format!("{tag} in JSON: {words}")));
            }
            let element = self.element(tag, member.get(), depth)?;
            if tag.element == 0 {
                continue;
            }
            match set.entry(tag) {
                btree_map::Entry::Vacant(vacant) => vacant.insert(element),
                btree_map::Entry::Occupied(_) => return Err(fault(format!("{tag} is there twice"))),
            };
        }
        Ok(set)
    }

    fn element(&mut self, tag: Tag, text: &str, depth: u32) -> Result<Element> {
        let member: Member = parsed(text, &tag.to_string())?;
        let Some(vr) = member.vr.as_bytes().try_into().ok().and_then(VR::from_letters) else {
            return Err(fault(format!("{tag} has the VR {:?}, which the standard does not have", member.vr)));
        };
        if member.bulk_data.is_some() {
            return Err(fault(format!(
                "{tag} has a BulkDataURI: retrieve its value and put it in as InlineBinary, or leave it out"
            )));
        }
        // `depth` sequences are around it.
        if vr == VR::SQ && depth >= MAXIMUM_NESTING {
            return Err(fault(format!(
                "{tag} in JSON: more than {MAXIMUM_NESTING} sequences are in each other"
            )));
        }
        let bytes = match (member.value, member.inline_binary) {
            (Some(_), Some(_)) => return Err(fault(format!("{tag} has both Value and InlineBinary"))),
            // Whatever it says: JSON is UTF-8, and so is text from here on.
            _ if tag == tags::SPECIFIC_CHARACTER_SET && matches!(vr, VR::CS | VR::UN) => return Ok(utf8()),
            _ if tag == tags::SPECIFIC_CHARACTER_SET => {
                return Err(fault(format!("{tag} has VR {}, not CS (PS3.6)", vr.as_str())));
            }
            (None, Some(binary)) if vr::kind(vr) == Kind::Bytes => {
                let bytes = STANDARD.decode(binary.as_bytes());
                let wrong = |error| fault(format!("{tag} has an InlineBinary that is no base64: {error}"));
                return Ok(Element::bytes(vr, bytes.map_err(wrong)?));
            }
            (None, Some(_)) => {
                return Err(fault(format!("{tag} has an InlineBinary, which VR {} has not", vr.as_str())));
            }
            (Some(value), None) if vr == VR::SQ => return self.sequence(tag, value.get(), depth),
            (None, None) if vr == VR::SQ => return Ok(Element::sequence(Vec::new())),
            (None, None) => Vec::new(),
            (Some(value), None) => self.values(tag, vr, value.get())?,
        };
        Ok(Element::bytes(vr, padded(vr, bytes)))
    }

    fn sequence(&mut self, tag: Tag, text: &str, depth: u32) -> Result<Element> {
        let items: Vec<Option<&RawValue>> = parsed(text, &tag.to_string())?;
        self.count(items.len())?;
        let items: Result<Vec<DataSet>> = items
            .into_iter()
            .map(|item| {
                // An empty item may be null.
                item.map_or_else(
                    || Ok(DataSet::empty()),
                    |item| self.data_set(item.get(), depth.saturating_add(1)),
                )
            })
            .collect();
        Ok(Element::sequence(items?))
    }

    /// The bytes of the values in `text`, which is an array. Each counts as much as an element: here it costs as much.
    fn values(&mut self, tag: Tag, vr: VR, text: &str) -> Result<Vec<u8>> {
        let values: Vec<&RawValue> = parsed(text, &tag.to_string())?;
        self.count(values.len())?;
        let wrong = |unfit: Unfit| {
            let (Unfit::Vr(words) | Unfit::Value(words)) = unfit;
            fault(format!("{tag} in JSON: {words}"))
        };
        let mut bytes = Vec::new();
        if let Kind::Texts | Kind::Text = vr::kind(vr) {
            if vr::kind(vr) == Kind::Text && values.len() > 1 {
                return Err(fault(format!("{tag} has {} values, but VR {vr} has one", values.len())));
            }
            let set = utf8();
            let context = Context { character_set: Some(&set), ..Context::default() };
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    bytes.push(b'\\');
                }
                let text = text_of(tag, vr, value.get())?;
                let encoded = context.encoded(vr, &text).map_err(|words| wrong(Unfit::Value(words)))?;
                bytes.extend_from_slice(&encoded);
            }
            return Ok(bytes);
        }
        for value in values {
            bytes.extend_from_slice(&number_bytes(vr, value.get()).map_err(wrong)?);
        }
        Ok(bytes)
    }

    fn count(&mut self, more: usize) -> Result<()> {
        self.elements_left = self.elements_left.checked_sub(more).ok_or_else(|| {
            let limit = self.limits.elements;
            fault(format!("the data set has more than the limit of {limit} elements and items"))
        })?;
        Ok(())
    }
}

/// One value of text: a string, a number where the VR is one, an object where it is a name, or null.
fn text_of(tag: Tag, vr: VR, text: &str) -> Result<String> {
    #[derive(Deserialize, Default)]
    #[serde(default, rename_all = "PascalCase", deny_unknown_fields)]
    struct PersonName {
        alphabetic: Option<String>,
        ideographic: Option<String>,
        phonetic: Option<String>,
    }
    let is_number = matches!(vr, VR::IS | VR::DS) && !text.starts_with(['"', 'n']);
    let value = if text == "null" {
        String::new()
    } else if is_number {
        decimal(vr, text).unwrap_or_else(|| text.to_owned())
    } else if vr == VR::PN && text.starts_with('{') {
        let name: PersonName = parsed(text, &tag.to_string())?;
        let groups = [name.alphabetic, name.ideographic, name.phonetic].map(Option::unwrap_or_default);
        // The last has what is behind it too, as this library writes names that have more than three.
        if let Some(group) = groups.iter().take(2).find(|group| group.contains('=')) {
            return Err(fault(format!(
                "{tag} has an = in {group:?}, which would make it two component groups"
            )));
        }
        groups.join("=").trim_end_matches('=').to_owned()
    } else {
        parsed::<String>(text, &tag.to_string())?
    };
    if vr::kind(vr) == Kind::Texts && value.contains('\\') {
        return Err(fault(format!("{tag} has a backslash in {value:?}, which would make it two values")));
    }
    match value::not_a_value(vr, &value) {
        // A string is what somebody else had, whatever that was.
        Some(words) if is_number => Err(fault(format!("{tag} in JSON: {words}"))),
        _ => Ok(value),
    }
}

/// A number that does not stand as it is: an integer that somebody wrote as a floating point number, and one with more
/// digits than a DS holds, as many as there is room for.
fn decimal(vr: VR, text: &str) -> Option<String> {
    if vr == VR::IS {
        return value::integer_of(text).map(|integer| integer.to_string());
    }
    let bytes = (text.len() > 16).then(|| value::float_of(text)).flatten();
    let bytes = value::float_bytes(VR::DS, bytes?).ok()?;
    String::from_utf8(bytes).ok()
}

/// The bytes of a number, or a tag.
fn number_bytes(vr: VR, text: &str) -> std::result::Result<Vec<u8>, Unfit> {
    let string: Option<String> = serde_json::from_str(text).ok();
    let text = string.as_deref().unwrap_or(text);
    match vr::kind(vr) {
        Kind::Floats { .. } => match text {
            "NaN" => value::float_bytes(vr, f64::NAN),
            "Infinity" | "inf" => value::float_bytes(vr, f64::INFINITY),
            "-Infinity" | "-inf" => value::float_bytes(vr, f64::NEG_INFINITY),
            _ => value::binary_of_text(vr, text),
        },
        // Some write every number as a floating point number.
        Kind::Integers { .. } => match value::integer_of(text) {
            Some(integer) => value::integer_bytes(vr, integer),
            None => value::binary_of_text(vr, text),
        },
        _ => value::binary_of_text(vr, text),
    }
}

fn tag_of(key: &str) -> Result<Tag> {
    let tag = key.parse::<Path>().ok().filter(|_| key.len() == 8).and_then(|path| path.tag());
    tag.ok_or_else(|| fault(format!("{key:?} in JSON is no tag; it must be eight hexadecimal digits")))
}

fn parsed<'a, T: Deserialize<'a>>(text: &'a str, what: &str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| fault(format!("{what} is not as the DICOM JSON model has it: {error}")))
}

fn fault(words: String) -> Error {
    Error::new(Phase::Queued, Cause::DataSet(words))
}
